"""An import of products: its calls against the fewest that are possible, and what a product costs the processor.

A preview reads the seller's listings, the import itself plans and delivers them, and another one finds nothing to do.
"""

from __future__ import annotations

import math

from bench.measure import Result, taking
from bench.shop import Shop, shop
from core.actor import LOCAL_ADMIN
from core.amazon.items import AT_ONCE
from core.amazon.operations import SEARCH_CATALOG, SEARCH_LISTINGS
from core.categories.actions import map_category, refresh_categories
from core.flows import runner
from core.model.job import Job
from core.products.actions import import_products

MOST = 1_000
PER_KNOWN = 10
"""One of so many listings has a product already."""
REPORT, BATCHES = ("createReport", "getReportDocument", "getReports"), ("searchListingsItems", "searchCatalogItems")
ONCE = 2
"""Calls that a report takes at least; `getReports` looks for an earlier one where there are no options."""


def run(orders: int) -> list[Result]:
    """Import a catalogue, and again."""
    count = min(orders, MOST)
    known = max(count // PER_KNOWN, 1)
    world = {"orders": 1, "other_orders": 0, "products": known, "listings": count - known, "quota_scale": 0}
    with shop(**world) as it:
        it.tell_sandbox("processing", {"queue": 0, "work": 0})
        it.lift_quota(SEARCH_LISTINGS, SEARCH_CATALOG)
        _map_categories(it)
        it.forget_calls()
        with taking() as reading:
            _import(it, preview=True)
        read = it.calls()["amazon"]
        it.forget_calls()
        with taking() as writing:
            job = _import(it)
        store = it.calls()["store"]
        it.forget_calls()
        _import(it)
        again = it.calls()
        audit = it.ask_sandbox("audit/catalogue")
    made = job.counts["created"] + job.counts["updated"]
    right = "every one exact" if audit["ok"] else "NOT AS EXPECTED"
    batches = math.ceil(count / AT_ONCE)
    return [
        Result(f"report calls for {count} listings", _sum(read, REPORT), "calls", ONCE, f"{read['getReport']} polls"),
        Result("batch calls", _sum(read, BATCHES), "calls", 2 * batches, f"{AT_ONCE} listings each, two sides"),
        Result("store calls per product", sum(store.values()) / made, "calls", note=f"{made} delivered, {right}"),
        Result("writes when imported again", _writes(again.get("store", {})), "calls", note="nothing has changed"),
        Result("batch calls when imported again", _sum(again.get("amazon", {}), BATCHES), "calls"),
        Result("CPU to read a listing", 1000 * reading.cpu / count, "ms", note="planned as well"),
        Result("CPU to deliver a product", 1000 * writing.cpu / made, "ms", note="planned as well"),
    ]


def _import(it: Shop, *, preview: bool = False) -> Job:
    asked = import_products(it.workspace, LOCAL_ADMIN, it.channel, preview=preview, direct=True)
    runner.run_here(it.workspace, asked.job_id)
    return it.job(asked.job_id)


def _map_categories(it: Shop) -> None:
    asked = refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    runner.run_here(it.workspace, asked.job_id)
    for one in it.documents["categories"]:
        map_category(it.workspace, LOCAL_ADMIN, it.channel, one["cscart"], one["amazon"], one["product_type"])


def _sum(calls: dict[str, int], names: tuple[str, ...]) -> int:
    return sum(calls.get(name, 0) for name in names)


def _writes(calls: dict[str, int]) -> int:
    """Calls that change something."""
    return sum(count for name, count in calls.items() if not name.startswith(("get", "list")))
