"""What sells out while all other changes wait: seconds from the sale in the store until Amazon shows 0.

The worker and its schedule are the real ones, the quotas are Amazon's, and the time is real: what is measured is the
next poll of the store, its plan, the way past everything that waits, and the patch.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, func, select

from bench.measure import Result
from bench.shop import Shop, shop, working
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.model.listing import Listing
from core.model.outbox import IS_OPEN, OutboxIntent
from core.model.store import StoreProduct
from core.stock import actions as stock

WAITING = 25_000
PER_LISTING = 1.15
"""Products for each listing that has a stock of ours: others are Amazon's to ship, or parents."""
SALES, APART = 5, 7.0
"""Products that sell out one after the other, and seconds between two sales: polls meet them at other moments."""
POLL, LIMIT = 30, 60.0
"""Seconds between two polls, by default; small worlds are polled more often, so that trying this out is quick."""
EVERY, PATIENCE = 0.25, 900.0
"""Seconds between two looks, and those after which it is a fault."""


def run(orders: int) -> list[Result]:
    """Let the stock of all listings change by a rule, and sell some out while that waits."""
    wanted = min(WAITING, orders * 5 // 2)
    settings = {"push_stock": True, "push_every_seconds": POLL if wanted == WAITING else POLL // 6}
    with shop(orders=1, other_orders=0, products=int(wanted * PER_LISTING), settings=settings) as it:
        it.tell_sandbox("processing", {"queue": 0, "work": 0})
        it.tell_sandbox("listings/publishing", {"show": 0, "buyable": 0})
        _sync(it)
        stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
        _sync(it)
        chosen = _with_stock(it)
        it.tell_sandbox("processing", {"queue": 600, "work": 600})  # the feed is with Amazon all the while
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"buffer": 1}})
        with working(it):
            while _changes(it) < len(chosen):
                time.sleep(EVERY)
            behind = _changes(it, IS_OPEN)
            took = _sold_out(it, chosen[-max(1, min(SALES, wanted // 1_000)) :])
    told = ", ".join(f"{seconds:.0f}" for seconds in took)
    name = f"seconds until Amazon shows 0, behind {behind:,} changes"
    return [
        Result(name, max(took), "s", LIMIT, f"the slowest of {told}; a poll every {settings['push_every_seconds']} s")
    ]


def _sync(it: Shop) -> None:
    runner.run_here(it.workspace, stock.sync(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)


def _with_stock(it: Shop) -> list[tuple[str, int]]:
    """Listings that the merchant ships, whose stock a buffer changes and a sale empties, with their pieces."""
    query = (
        select(Listing.sku, StoreProduct.amount)
        .join(StoreProduct, col(StoreProduct.sku) == Listing.sku)
        .where(col(Listing.fulfilment) == "MERCHANT", col(Listing.quantity) > 2, col(StoreProduct.amount) > 2)
        .order_by(col(Listing.id))
    )
    with it.workspace.database.read() as session:
        return list(session.exec(query).all())


def _changes(it: Shop, *conditions: Any) -> int:
    with it.workspace.database.read() as session:
        return session.exec(select(func.count()).select_from(OutboxIntent).where(*conditions)).one()


def _sold_out(it: Shop, products: Sequence[tuple[str, int]]) -> list[float]:
    """Sell all pieces of each, one after the other; the seconds until Amazon shows none."""
    left, sold_at, took = list(products), dict[str, float](), list[float]()
    began = time.monotonic()
    while left or sold_at:
        now = time.monotonic()
        if now - began > PATIENCE:
            raise RuntimeError(f"Amazon does not show 0 of {', '.join(sold_at)}")
        if left and now - began >= APART * (len(products) - len(left)):
            sku, pieces = left.pop(0)
            it.tell_sandbox("store/sell", {"product": sku, "quantity": pieces})
            sold_at[sku] = time.monotonic()
        wanted = {sku: {"quantity": 0} for sku in sold_at}
        others = {sku for sku, _ in it.tell_sandbox("audit/listings", {"wanted": wanted})["wrong"]}
        took += [time.monotonic() - sold_at.pop(sku) for sku in wanted.keys() - others]
        time.sleep(EVERY)
    return took
