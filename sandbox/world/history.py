"""Orders of the months and years before: most of them long shipped, a few cancelled, and some that are still open."""

from __future__ import annotations

from datetime import timedelta

from sandbox.world.build import World
from sandbox.world.make import whole_millisecond
from sandbox.world.marketplaces import DE, FR, GB
from sandbox.world.order import WorldOrder, expect

LONGEST_DAYS = 730
_CASES = {"merchant_shipped": 52, "amazon_shipped": 34, "cancelled": 8, "unfulfillable": 2, "merchant_unshipped": 4}
"""Kind of order -> share in hundredths."""
_OPEN = ("merchant_unshipped",)
_ELSEWHERE = 0.1
_DONE_WITHIN = 12.0
"""Days after an order in which it last changes."""
_NEWEST = timedelta(seconds=360)


def add_history(
    world: World, count: int, days: float, *, newest: float = 0.0, finished: bool = False, imported: bool = False
) -> list[WorldOrder]:
    """Add `count` orders of the last `days` days, the first of them the oldest; a tenth of other marketplaces.

    newest    days ago of the last of them
    finished  none of them is still open
    imported  the demo channel is expected to have those of its marketplace in the store, with all that is history
              outside of stock; otherwise they are none of its business
    """
    if not 0 <= newest < days <= LONGEST_DAYS:
        raise ValueError(f"days is {days}: give up to {LONGEST_DAYS}, and more than newest")
    dice, maker = world.maker.dice, world.maker
    latest = world.now - _NEWEST
    cases = {case: share for case, share in _CASES.items() if not (finished and case in _OPEN)}
    made = []
    for number in range(count):
        # Spread evenly, so that no stretch is without orders.
        age = days - (days - newest) * (number + dice.random()) / count
        created = whole_millisecond(world.now - timedelta(days=age))
        created = min(created, latest - timedelta(seconds=1))
        updated = whole_millisecond(min(created + timedelta(days=_DONE_WITHIN * dice.random(), seconds=1), latest))
        case = dice.choices(list(cases), list(cases.values()))[0]
        place = dice.choice((FR, GB)) if dice.random() < _ELSEWHERE else DE
        order = world.written(maker.draft(case, place, created, updated))
        if imported:
            order.expected = expect(order.draft, world.now - timedelta(days=LONGEST_DAYS))
        made.append(order)
    world.orders += made
    return made
