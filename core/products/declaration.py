"""The flow of products with all that the program has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from core.fields.plan import problems as fields
from core.jobs.kinds import JobKind, contains
from core.later import Later
from core.products import FAMILY_KIND, NAME, REMOVE_KIND, WRITE_KIND, refusals
from core.products.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream
from core.words import counted


def _named(params: Mapping[str, Any]) -> str:
    if params.get("replan"):
        return f"Retry {counted(len(params['replan']), 'listing')}"
    if "replan" in params:
        return "Retry all listings"
    what = "Preview" if params.get("plan_only") else "Import"
    if params.get("skus"):
        return f"{what} {counted(len(params['skus']), 'listing')}"
    return f"{what} new listings" if params.get("only_new") else f"{what} listings"


IMPORT = JobKind(
    name="products.import",
    title="Import listings",
    run=Later("core.products.flow:import_products"),
    subject="sku",
    plan_again=Later("core.products.flow:plan_again"),
    retry_params=lambda skus: {"replan": list(skus)},
    covers=lambda job, asked: contains(job.params, asked, ("skus", "replan", "states")) and job.started_at is None,
    named=_named,
)


def _named_undo(params: Mapping[str, Any]) -> str:
    what = counted(len(params["skus"]), "product") if params.get("skus") else "products"
    return f"Undo {what} of job {params.get('undo', '')}"


UNDO = JobKind(
    name="products.undo",
    title="Undo an import",
    run=Later("core.products.undo:undo_products"),
    subject="sku",
    plan_again=lambda session, job, skus: None,  # what is not deleted stays, until it is asked for again
    retry_params=lambda skus: {"skus": list(skus)},
    kept=("undo",),
    covers=lambda job, asked: contains(job.params, asked, ()),
    named=_named_undo,
)

STREAM = Stream(
    "products",
    IMPORT.name,
    interval="auto_pull_products_minutes",
    start=Later("core.products.actions:import_products"),
    switches=("sync_products", "pull_products"),
)

_AGAIN = Later("core.products.listings:plan_again")
_PRODUCTS = partial(Later("core.products.deliver:ProductDelivery.of"), plan_again=_AGAIN)
_FAMILIES = partial(Later("core.products.families:FamilyDelivery.of"), plan_again=_AGAIN)

FLOW = Flow(
    name=NAME,
    jobs=(IMPORT, UNDO),
    streams=(STREAM,),
    writes=(
        Writes("store", frozenset({WRITE_KIND}), _PRODUCTS),
        Writes("store", frozenset({FAMILY_KIND}), _FAMILIES),
        Writes("store", frozenset({REMOVE_KIND}), Later("core.products.removal:RemovalDelivery.of")),
    ),
    codes=(*fields.CODES, *problems.CODES, *refusals.CODES),
    fixes={FixKind.RETRY: Later("core.products.actions:retry")},
)
