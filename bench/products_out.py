"""Products out: an export of many, again, and one changed price."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import col, select

from bench.measure import Result, peak_memory, taking
from bench.shop import Shop, shop
from core.actor import LOCAL_ADMIN
from core.amazon.operations import SEARCH_CATALOG, SEARCH_LISTINGS
from core.categories.actions import map_category, refresh_categories
from core.flows import runner
from core.jobs.views import item_problems
from core.listings.actions import export_products
from core.model.base import stored_id
from core.model.job import Job
from core.model.store import StoreProduct
from core.stock import actions as stock

BAD = 0.05
"""Part of the products that Amazon would not take."""
LEFT_OUT = ("wrong_material",)
"""Flaws of values that Amazon does not require: they are left out, and the log of the job says so."""
FEEDS, RATE, MOST_MEMORY = 3, 300.0, 300.0
"""Feeds at the most, products per second at the least, MB at the most."""
OF_FEEDS = ("createFeedDocument", "createFeed", "getFeedDocument")
WRITES = ("putListingsItem", "patchListingsItem", "createFeed")


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
        refused = {f"sku {sku}" for sku, flaw in flaws.items() if flaw not in LEFT_OUT}
        held = {one.subject for one in item_problems(it.workspace.database, LOCAL_ADMIN, stored_id(job.id))}
        audit = it.tell_sandbox("audit/listings", {})
        it.forget_calls()
        _run(it, export_products(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
        second = _writes(it)
        stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
        _sync(it)
        good = [sku for sku in skus if sku not in flaws]  # the first are variations, which change together
        changed = _changed(it, good[-1])
    right = "every one exact" if audit["ok"] else "NOT AS EXPECTED"
    named = "each named" if held == refused else f"NOT AS EXPECTED: {', '.join(sorted(held ^ refused)[:5])}"
    amazon, store = first["amazon"], first["store"]
    return [
        Result(f"feeds for {orders:,} products", amazon.get("createFeed", 0), "feeds", FEEDS, right),
        Result("calls of the feeds", sum(amazon.get(name, 0) for name in OF_FEEDS), "calls", 3 * FEEDS),
        Result("held before anything is sent", len(held), "products", len(refused), named),
        Result("all calls to Amazon", sum(amazon.values()), "calls", note=f"{sum(store.values()):,} to the store"),
        Result("products read, filled in, checked and sent", orders / taken.cpu, "per s CPU", RATE, "goal: the least"),
        Result("memory", peak_memory(), "MB", MOST_MEMORY, "the goal is the most"),
        Result("writes when exported again", second, "calls"),
        Result("writes for one changed price", changed, "calls", 1),
    ]


def _changed(it: Shop, sku: str) -> int:
    with it.workspace.database.read() as session:
        (minor,) = session.exec(select(StoreProduct.price_minor).where(col(StoreProduct.sku) == sku))
    it.tell_sandbox("store/edit", {"product": sku, "changes": {"price": str(Decimal(minor + 1) / 100)}})
    it.forget_calls()
    _sync(it)
    return _writes(it)


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
