"""The flow of orders with all that the program has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.jobs.kinds import JobKind, contains
from core.later import Later
from core.model.job import Job
from core.orders import ANONYMISE_KIND, CREATE_KIND, NAME, STATUS_KIND, STREAM
from core.orders.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream
from core.words import counted


def _covers(job: Job, params: Mapping[str, Any]) -> bool:
    # One that plans already may have passed by what has changed since.
    too_late = "replan" in params and job.started_at is not None
    return contains(job.params, params, ("order_ids", "replan")) and not too_late


def _named(params: Mapping[str, Any]) -> str:
    if params.get("replan"):
        return f"Retry {counted(len(params['replan']), 'order')}"
    if "replan" in params:
        return "Retry all orders"
    what = "Preview" if params.get("plan_only") else "Import"
    if params.get("order_ids"):
        return f"{what} {counted(len(params['order_ids']), 'order')}"
    days = [f"{bound} {str(params[bound])[:10]}" for bound in ("from", "to") if params.get(bound)]
    return " ".join((what, "orders", *days))


ORDERS_IMPORT = JobKind(
    name="orders.import",
    title="Import orders",
    run=Later("core.orders.flow:import_orders"),
    subject="order",
    plan_again=Later("core.orders.flow:plan_again"),
    retry_params=lambda order_ids: {"replan": list(order_ids)},
    covers=_covers,
    named=_named,
)

FLOW = Flow(
    name=NAME,
    jobs=(ORDERS_IMPORT,),
    streams=(Stream(STREAM, ORDERS_IMPORT.name, interval="auto_pull_orders_minutes", switches=("pull_orders",)),),
    writes=(
        Writes("store", frozenset({CREATE_KIND, STATUS_KIND}), Later("core.orders.flow:sender")),
        Writes("store", frozenset({ANONYMISE_KIND}), Later("core.orders.flow:anonymiser")),
    ),
    codes=problems.CODES,
    fixes={
        FixKind.RELEASE: Later("core.orders.actions:release"),
        FixKind.RETRY: Later("core.orders.actions:retry"),
        problems.DATA_DELETED: Later("core.orders.actions:read_again"),
    },
    purge=Later("core.orders.purge:purge"),
)
