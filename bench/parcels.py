"""Shipments: how long parcels take to leave, next to what Amazon's quota makes inevitable, and what one costs."""

from __future__ import annotations

from datetime import datetime

from bench.calls import inevitable
from bench.measure import Result, taking
from bench.shop import Shop, shop
from core.actor import LOCAL_ADMIN
from core.amazon.operations import CONFIRM_SHIPMENT
from core.flows import runner
from core.shipments.actions import push_shipments

MOST = 2_750
"""Orders, of which about 1,000 parcels come."""
PRODUCTS = 300
SPEED = 6
"""Seconds of both clocks that pass in a real one. On faster ones this machine's calls would count, not the quota."""
CARRIERS = {"dhl": "DHL", "ups": "UPS", "fedex": "FedEx"}


def run(orders: int) -> list[Result]:
    """Import orders, let the store ship them all, and push."""
    world = {"orders": min(orders, MOST), "other_orders": 0, "products": PRODUCTS, "quota_scale": 0}
    with shop(test_clock=f"0,{SPEED}", settings={"carriers": CARRIERS}, **world) as it:
        it.lift_quota()
        runner.run_here(it.workspace, it.ask())
        it.tell_sandbox("quota", {"scale": 1})
        parcels = len(it.tell_sandbox("warehouse/ship", {})["shipments"])
        asked = push_shipments(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
        with taking() as taken:
            runner.run_here(it.workspace, asked.job_id)
        job, told = it.job(asked.job_id), _told(it)
        right = it.ask_sandbox("audit/shipments")["ok"]
    made = max(job.counts["created"], 1)
    note = f"{made} of {parcels} parcels, {'each told once' if right else 'NOT AS EXPECTED'}"
    return [
        Result("time in which parcels leave", (max(told) - min(told)).total_seconds(), "s", _least(made), note),
        Result("calls to Amazon for a parcel", sum(job.calls.values()) / made, "calls", 1.0),
        Result("refused calls", float(job.refused_calls), "calls", note="429"),
        Result("CPU to tell of a parcel", 1000 * taken.cpu / made, "ms", note="reading, planning and waiting included"),
    ]


def _least(parcels: int) -> float | None:
    return inevitable(parcels, CONFIRM_SHIPMENT.plan) or None


def _told(it: Shop) -> list[datetime]:
    """When Amazon was told, parcel by parcel."""
    entries = it.ask_sandbox("ledger?side=amazon&operation=confirmShipment&limit=100000")["entries"]
    return [datetime.fromisoformat(entry["at"]) for entry in entries]
