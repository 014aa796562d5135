"""Builds a world: deterministic by seed, with dates relative to the moment it starts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.world.cases import FOREIGN_CASES, deal
from sandbox.world.draft import Draft
from sandbox.world.make import Maker, moments, whole_millisecond
from sandbox.world.marketplaces import DE, FR, GB, IT, JP, Marketplace
from sandbox.world.order import WorldOrder, expect
from sandbox.world.product import WorldProduct, build_products
from sandbox.world.render import render

ORDERS_FROM_DAYS = 30
"""The demo channel imports orders created at most so long before it was connected."""

OTHERS = ((FR, 40), (GB, 30), (JP, 15), (IT, 15))
POISONS = ("no_items", "bad_amount", "bad_created", "unknown_values")


@dataclass
class World:
    """What exists on both sides at the start, and what a right import makes of it."""

    seed: int
    now: datetime
    products: list[WorldProduct]
    orders: list[WorldOrder]
    maker: Maker = field(repr=False)

    @property
    def orders_from(self) -> datetime:
        """Orders created before this are none of the demo channel's business."""
        return self.now - timedelta(days=ORDERS_FROM_DAYS)

    def order(self, order_id: str) -> WorldOrder:
        """One order; KeyError when there is none."""
        for order in self.orders:
            if order.order_id == order_id:
                return order
        raise KeyError(order_id)

    def written(self, draft: Draft) -> WorldOrder:
        """A draft with its document and expectation."""
        return WorldOrder(
            order_id=draft.order_id,
            marketplace_id=draft.marketplace.marketplace_id,
            document=render(draft),
            expected=expect(draft, self.orders_from),
            draft=draft,
        )

    def summary(self) -> dict[str, Any]:
        """Numbers of orders by marketplace, status, fulfilment and expected outcome."""
        demo = [order for order in self.orders if order.marketplace_id == DE.marketplace_id]
        return {
            "seed": self.seed,
            "now": self.now,
            "orders_from": self.orders_from,
            "products": len(self.products),
            "orders": len(self.orders),
            "marketplaces": dict(Counter(order.draft.marketplace.name for order in self.orders)),
            "demo_statuses": dict(Counter(order.draft.status for order in demo)),
            "demo_fulfilled_by": dict(Counter(order.draft.fulfilled_by for order in demo)),
            "demo_outcomes": dict(Counter(order.expected.outcome for order in demo)),
            "demo_held": dict(Counter(order.expected.code for order in demo if order.expected.code)),
        }


def build_world(
    seed: int,
    products: int = 300,
    orders: int = 1000,
    other_orders: int = 300,
    *,
    now: datetime,
    poison: int = 0,
) -> World:
    """A world of `orders` orders in the demo marketplace, `poison` broken ones, `other_orders` elsewhere.

    `now` (aware) is cut to whole milliseconds; nothing in the world is newer than five minutes before it.
    """
    dice = random.Random(f"orders {seed}")
    stock = build_products(seed, products)
    world = World(seed, whole_millisecond(now), stock, [], Maker(dice, stock))
    cases = [(case, DE) for case in deal(dice, orders)]
    cases += _cases_elsewhere(dice, other_orders)
    for case, marketplace, created, updated in _dated(dice, world.now, cases):
        draft = world.maker.draft(case, marketplace, created, updated)
        world.orders.append(world.written(draft))
    _add_poison(world, poison)
    return world


def build_orders(
    seed: str, products: Sequence[WorldProduct], marketplace: Marketplace, count: int, now: datetime
) -> list[WorldOrder]:
    """Orders of another seller account; the same seed text gives the same ones."""
    dice = random.Random(f"orders of {marketplace.name} {seed}")
    world = World(0, whole_millisecond(now), list(products), [], Maker(dice, products))
    cases = [(dice.choice(FOREIGN_CASES), marketplace) for _ in range(count)]
    return [
        world.written(world.maker.draft(case, place, created, updated))
        for case, place, created, updated in _dated(dice, world.now, cases)
    ]


def _cases_elsewhere(dice: random.Random, count: int) -> list[tuple[str, Marketplace]]:
    places = [place for place, _ in OTHERS]
    weights = [weight for _, weight in OTHERS]
    return [(dice.choice(FOREIGN_CASES), place) for place in dice.choices(places, weights, k=count)]


def _dated(
    dice: random.Random, now: datetime, cases: Sequence[tuple[str, Marketplace]]
) -> list[tuple[str, Marketplace, datetime, datetime]]:
    """The cases with their times; about one update in ten falls on the very millisecond of another."""
    dated = []
    shared: datetime | None = None
    for case, place in cases:
        created, updated = moments(dice, now, case, shared)
        dated.append((case, place, created, updated))
        chance = 0.06 if shared is None else 0.6
        shared = updated if dice.random() < chance else None
    return dated


def _add_poison(world: World, count: int) -> None:
    dice = world.maker.dice
    for number in range(count):
        poison = POISONS[number % len(POISONS)]
        case = dice.choice(("merchant_unshipped", "amazon_shipped"))
        created, updated = moments(dice, world.now, case, None)
        draft = world.maker.draft(case, DE, created, updated)
        draft.poison = poison
        if poison == "unknown_values":
            # The odd values stand in for the drawn ones, so the expectation must not follow those.
            draft.service_level, draft.payment_methods = "BY_DRONE", ("SeaShells",)
            for line in draft.lines:
                line.parts.pop("COD_FEE", None)
                line.tax.pop("COD_FEE", None)
        draft.case = f"poison_{poison}"
        world.orders.append(world.written(draft))
