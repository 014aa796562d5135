"""The state of the Amazon side: accounts, tokens, quotas and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sandbox.amazon.access import Access, Account, derived
from sandbox.amazon.order_book import OrderBook
from sandbox.amazon.quota import Buckets
from sandbox.amazon.search import PageTokens
from sandbox.clock import Clock
from sandbox.world.build import World
from sandbox.world.change import change_order, new_order
from sandbox.world.make import whole_millisecond
from sandbox.world.marketplaces import HOME, JP, US, Marketplace
from sandbox.world.order import WorldOrder

MARKETPLACES: dict[str, tuple[Marketplace, ...]] = {"eu": HOME, "na": (US,), "fe": (JP,)}
"""Region -> where its seller account sells; that of region eu sells in Japan too, so one account will do."""
FRESH_SECONDS = 180.0
"""The age of a change: just old enough to be outside the blind spot of a search."""


class Amazon:
    """One application and its seller accounts.

    The account of the first region owns the orders of the world; `other_orders` are those of the others, by
    region. `quota_scale` multiplies every usage plan, 0 switches them off.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        *,
        regions: Sequence[str] = ("eu",),
        other_orders: Mapping[str, Sequence[WorldOrder]] | None = None,
        quota_scale: float = 1.0,
    ) -> None:
        self.world = world
        self.clock = clock
        self.buckets = Buckets(clock, quota_scale)
        self.accounts = tuple(_account(world.seed, region) for region in regions)
        self.access = Access(clock, world.seed, self.accounts)
        self.page_tokens = PageTokens(derived(world.seed, "page tokens", 32))
        orders = {regions[0]: world.orders, **(other_orders or {})}
        self.books = {account.seller_id: OrderBook(orders.get(account.region, ())) for account in self.accounts}

    def account(self, region: str) -> Account:
        """The seller account of a region; KeyError when there is none."""
        for account in self.accounts:
            if account.region == region:
                return account
        raise KeyError(region)

    def update_order(self, order_id: str, *, age: float = FRESH_SECONDS, **changes: Any) -> WorldOrder:
        """Change an order of the demo account as `world.change.change_order` says.

        Its update time becomes `age` seconds ago; by default the next search sees it at once.
        """
        moment = whole_millisecond(self.clock.now() - timedelta(seconds=age))

        def change(order: WorldOrder) -> None:
            # An order never goes back in time, not even by two changes in a hurry.
            updated = max(moment, order.updated + timedelta(milliseconds=1))
            change_order(self.world, order, updated, **changes)

        return self.books[self.accounts[0].seller_id].change(order_id, change)

    def add_order(self, *, age: float = FRESH_SECONDS, **wishes: Any) -> WorldOrder:
        """A new order of the demo account, made as `world.change.new_order` says, `age` seconds old."""
        moment = whole_millisecond(self.clock.now() - timedelta(seconds=age))
        order = new_order(self.world, moment, **wishes)
        self.books[self.accounts[0].seller_id].add(order)
        return order


def _account(seed: int, region: str) -> Account:
    if region not in MARKETPLACES:
        raise ValueError(f"region is {region!r}: give one of {', '.join(MARKETPLACES)}")
    return Account(
        seller_id=f"A1SANDBOX{region.upper()}{derived(seed, f'seller {region}', 3).upper()}",
        region=region,
        store_name=f"Sandbox Trading {region.upper()}",
        marketplaces=MARKETPLACES[region],
        refresh_token=f"Atzr|IwEBI{derived(seed, f'refresh token {region}', 160)}",
    )
