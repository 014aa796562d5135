"""Products out: an export of many, again, one changed price, and stock that becomes zero behind a long queue."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any

from sqlmodel import col, select

from bench.measure import Result, taking
from bench.shop import Shop, shop
from core.actor import LOCAL_ADMIN, SYSTEM
from core.amazon.operations import SEARCH_CATALOG, SEARCH_LISTINGS
from core.categories.actions import map_category, refresh_categories
from core.flows import runner
from core.jobs.requests import request
from core.listings.actions import export_products
from core.model.channel import Channel
from core.model.job import Job
from core.stock import actions as stock
from core.stock.declaration import SYNC

BAD = 0.05
"""Part of the products that Amazon would not take."""
FEEDS, RATE = 3, 300.0
"""Feeds at the most, and products per second at the least."""
WRITES = ("putListingsItem", "patchListingsItem", "createFeed")
SLOW = 90.0
"""Seconds that Amazon lets a feed wait."""
ZERO_WITHIN = 60.0
"""Seconds after which Amazon shows that something is sold out, whatever waits."""


def run(orders: int) -> list[Result]:
    """Export as many products, and go on from there."""
    with shop(orders=1, other_orders=0, products=5, quota_scale=0, settings={"push_stock": True}) as it:
        it.tell_sandbox("processing", {"queue": 0, "work": 0})
        it.tell_sandbox("listings/publishing", {"show": 0, "buyable": 0})
        it.lift_quota(SEARCH_LISTINGS, SEARCH_CATALOG)
        _map_categories(it)
        skus = it.tell_sandbox("store/fresh", {"count": orders, "bad": BAD})["skus"]
        flaws = it.ask_sandbox("store/flaws")["flaws"]
        it.forget_calls()
        with taking() as taken:
            job = _run(it, export_products(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
        first = it.calls()
        audit = it.tell_sandbox("audit/listings", {})
        it.forget_calls()
        _run(it, export_products(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
        second = _writes(it)
        stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
        _sync(it)
        good = [sku for sku in skus if sku not in flaws]
        changed = _changed(it, good[0])
        zero = _zero(it, good)
    right = "every one exact" if audit["ok"] else "NOT AS EXPECTED"
    named = "each named" if job.counts["held"] == len(flaws) else "NOT EACH NAMED"
    amazon, store = first["amazon"], first["store"]
    return [
        Result(f"feeds for {orders} products", amazon.get("createFeed", 0), "feeds", FEEDS, right),
        Result("held before anything is sent", job.counts["held"], "products", len(flaws), named),
        Result("calls to Amazon", sum(amazon.values()), "calls", note=f"{sum(store.values())} to the store"),
        Result("products read, filled in, checked and sent", orders / taken.cpu, "per s CPU", RATE, "goal: the least"),
        Result("writes when exported again", second, "calls"),
        Result("writes for one changed price", changed, "calls", 1),
        Result(f"until Amazon shows 0 behind {len(good) - 1} changes", zero, "s", ZERO_WITHIN),
    ]


def _changed(it: Shop, sku: str) -> int:
    _edit(it, sku, price="21.35")
    it.forget_calls()
    _sync(it)
    return _writes(it)


def _zero(it: Shop, skus: list[str]) -> float:
    """Everything changes and is on its way in a feed that Amazon takes minutes for; then one product sells out."""
    it.tell_sandbox("processing", {"queue": SLOW, "work": 0})
    for sku in skus[1:]:
        _edit(it, sku, amount=55)
    it.forget_calls()
    changes = Thread(target=_sync, args=(it,))
    changes.start()
    while changes.is_alive() and not it.calls().get("amazon", {}).get("createFeed"):
        time.sleep(0.2)
    left = int(it.tell_sandbox("store/sell", {"product": skus[0], "quantity": 1})["amount"])
    it.tell_sandbox("store/sell", {"product": skus[0], "quantity": left})
    began = time.monotonic()
    with it.workspace.database.read() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
    poll = Thread(target=_run, args=(it, request(it.workspace.database, SYSTEM, SYNC, channel, {}, direct=True).job_id))
    poll.start()
    while not it.tell_sandbox("audit/listings", {"skus": [skus[0]]})["ok"]:
        if time.monotonic() - began > 2 * SLOW:
            break
        time.sleep(0.2)
    seconds = time.monotonic() - began
    for one in (poll, changes):
        one.join()
    return seconds


def _edit(it: Shop, sku: str, **changes: Any) -> None:
    it.tell_sandbox("store/edit", {"product": sku, "changes": changes})


def _sync(it: Shop) -> Job:
    return _run(it, stock.sync(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)


def _run(it: Shop, job_id: int) -> Job:
    runner.run_here(it.workspace, job_id)
    return it.job(job_id)


def _writes(it: Shop) -> int:
    amazon = it.calls().get("amazon", {})
    return sum(amazon.get(name, 0) for name in WRITES)


def _map_categories(it: Shop) -> None:
    asked = refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    runner.run_here(it.workspace, asked.job_id)
    for one in it.documents["categories"]:
        map_category(it.workspace, LOCAL_ADMIN, it.channel, one["cscart"], one["amazon"], one["product_type"])
