"""The flow of shipments with all that the program has to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.jobs.kinds import JobKind, contains
from core.later import Later
from core.shipments import CONFIRM_KIND, ENTER_KIND, NAME
from core.shipments.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream
from core.words import counted


def _named(params: Mapping[str, Any]) -> str:
    orders: Sequence[str] = params.get("order_ids") or ()
    if "enter" in params:
        return f"Enter a shipment of {orders[0]}"
    return f"Confirm shipments of {counted(len(orders), 'order')}" if orders else ""


PUSH = JobKind(
    name="shipments.push",
    title="Confirm shipments",
    run=Later("core.shipments.flow:push_shipments"),
    subject="shipment",
    plan_again=Later("core.shipments.flow:plan_again"),
    retry_params=lambda shipment_ids: {},
    covers=lambda job, asked: contains(job.params, asked, ("order_ids",)) and job.started_at is None,
    named=_named,
)

FLOW = Flow(
    name=NAME,
    jobs=(PUSH,),
    streams=(
        Stream(
            "shipments",
            PUSH.name,
            interval="auto_push_shipments_minutes",
            start=Later("core.shipments.actions:push_shipments"),
            switches=("push_shipments",),
        ),
    ),
    writes=(
        Writes("seller", frozenset({CONFIRM_KIND}), Later("core.shipments.flow:confirmations")),
        Writes("store", frozenset({ENTER_KIND}), Later("core.shipments.flow:entries")),
    ),
    codes=problems.CODES,
    fixes={FixKind.RETRY: Later("core.shipments.actions:retry")},
)
