"""The flow of orders with all that the program has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.jobs.kinds import JobKind, contains
from core.later import Later
from core.model.job import Job
from core.orders import ANONYMISE_KIND, CREATE_KIND, NAME, PURGE_STREAM, RECONCILE_STREAM, STATUS_KIND, STREAM
from core.orders.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream
from core.words import counted


def _covers(job: Job, params: Mapping[str, Any]) -> bool:
    # One that has begun may have passed by what has changed since.
    too_late = bool({"order_ids", "replan"} & params.keys()) and job.started_at is not None
    return contains(job.params, params, ("order_ids", "replan")) and not too_late


def _named(params: Mapping[str, Any]) -> str:
    if params.get("replan"):
        return f"Retry {counted(len(params['replan']), 'order')}"
    if "replan" in params:
        return "Retry all orders"
    what = "Preview" if params.get("plan_only") else "Import"
    if params.get("order_ids"):
        return f"{what} {counted(len(params['order_ids']), 'order')}"
    return " ".join((what, "orders", *_days(params)))


def _days(params: Mapping[str, Any]) -> list[str]:
    return [f"{bound} {str(params[bound])[:10]}" for bound in ("from", "to") if params.get(bound)]


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


def _reconciled(params: Mapping[str, Any]) -> str:
    if params.get("replan"):
        return f"Reconcile {counted(len(params['replan']), 'order')} again"
    return " ".join(("Reconcile orders", *_days(params)))


ORDERS_RECONCILE = JobKind(
    name="orders.reconcile",
    title="Reconcile orders",
    run=Later("core.orders.reconcile:reconcile_orders"),
    subject="order",
    plan_again=Later("core.orders.flow:plan_again"),
    retry_params=lambda order_ids: {"replan": list(order_ids)},
    covers=lambda job, params: contains(job.params, params, ("replan",)),
    named=_reconciled,
)

ORDERS_PURGE = JobKind(
    name="orders.purge",
    title="Delete personal data",
    run=Later("core.orders.purge:purge_orders"),
    subject="order",
    plan_again=lambda session, job, order_ids: None,
    retry_params=lambda order_ids: {},
    covers=lambda job, params: True,
)

FLOW = Flow(
    name=NAME,
    jobs=(ORDERS_IMPORT, ORDERS_RECONCILE, ORDERS_PURGE),
    streams=(
        Stream(
            STREAM,
            ORDERS_IMPORT.name,
            interval="auto_pull_orders_minutes",
            start=Later("core.orders.actions:import_orders"),
            switches=("pull_orders",),
        ),
        Stream(
            RECONCILE_STREAM,
            ORDERS_RECONCILE.name,
            interval="auto_reconcile_orders_minutes",
            start=Later("core.orders.actions:reconcile"),
            switches=("pull_orders",),
            beside="auto_pull_orders_minutes",
            usual=1_440,
        ),
        Stream(
            PURGE_STREAM,
            ORDERS_PURGE.name,
            interval="auto_purge_orders_minutes",
            start=Later("core.orders.actions:purge_orders"),
            usual=60,
            asks_nobody=True,
        ),
    ),
    writes=(
        Writes("store", frozenset({CREATE_KIND}), Later("core.orders.flow:sender"), shared=True),
        Writes("store", frozenset({STATUS_KIND}), Later("core.orders.flow:changing_sender")),
        Writes("store", frozenset({ANONYMISE_KIND}), Later("core.orders.flow:anonymiser")),
    ),
    codes=problems.CODES,
    fixes={
        FixKind.RELEASE: Later("core.orders.actions:release"),
        FixKind.RETRY: Later("core.orders.actions:retry"),
        problems.DATA_DELETED: Later("core.orders.actions:read_again"),
        problems.ORDER_MISSING: Later("core.orders.actions:read_again"),
    },
    hears={"ORDER_CHANGE": Later("core.orders.heard:changed")},
)
