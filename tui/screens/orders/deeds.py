"""What can be done with many orders at once, and the question that says so before it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.orders import actions as orders
from core.orders.list import OrderView
from core.words import counted
from tui.frame.starts_jobs import UseCase


@dataclass(frozen=True)
class Deed:
    """Something that is done with the marked orders, or with the one under the cursor."""

    verb: str
    """What the key that does it is called."""
    done: str
    """What is said afterwards: "2 orders are held back"."""
    use_case: Callable[[], UseCase]
    fits: Callable[[OrderView], bool]
    """Whether anything comes of it for an order."""
    follows: str
    """What comes of it, before their number."""
    otherwise: str
    """Why nothing comes of it for the others, before their number."""


HOLD = Deed(
    "Hold",
    "held back",
    lambda: orders.hold,
    lambda order: order.store_order_id is None,
    "Kept out of the store until released",
    "In the store already, to be changed there",
)
RELEASE = Deed(
    "Release",
    "released",
    lambda: orders.release,
    lambda order: bool(order.held_by),
    "Planned at once, and sent to the store if nothing else holds them",
    "Not held by hand",
)
RETRY = Deed(
    "Retry",
    "planned again",
    lambda: orders.retry,
    lambda order: True,
    "Planned again from what was read; what is in the store already is made exact",
    "",
)


def question(deed: Deed, found: Iterable[OrderView]) -> str:
    """What would be done with how many of these orders, and with how many nothing."""
    fitting = [deed.fits(order) for order in found]
    count, rest = sum(fitting), len(fitting) - sum(fitting)
    lines = [f"{deed.verb} {counted(len(fitting), 'order')}?", ""]
    if count:
        lines.append(f"{deed.follows}: {count:,}")
    if rest:
        lines.append(f"{deed.otherwise}: {rest:,}")
    return "\n".join(lines)
