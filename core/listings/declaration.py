"""The flow of listings with all that the program has to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.fields.plan import problems as fields
from core.jobs.kinds import JobKind, contains
from core.later import Later
from core.listings import CLOSE_KIND, NAME, PATCH_KIND, PUT_KIND
from core.listings.plan import problems
from core.offers.plan import problems as offers
from core.submissions import issues
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream
from core.words import counted

_AGAIN = Later("core.listings.flow:plan_again")


def _named(params: Mapping[str, Any]) -> str:
    what = "Preview" if params.get("plan_only") else "Export"
    for name in ("skus", "product_ids"):
        if params.get(name):
            return f"{what} {counted(len(params[name]), 'product')}"
    return f"{what} new products"


EXPORT = JobKind(
    name="products.export",
    title="Export products",
    run=Later("core.listings.flow:export_products"),
    subject="sku",
    plan_again=Later("core.listings.flow:take_back"),
    retry_params=lambda skus: {"skus": list(skus)},
    kept=("again",),
    covers=lambda job, asked: contains(job.params, asked, ("skus", "product_ids")) and job.started_at is None,
    named=_named,
)
CLOSE = JobKind(
    name="listings.close",
    title="Close listings",
    run=Later("core.listings.flow:close_listings"),
    subject="sku",
    plan_again=lambda session, job, skus: None,
    retry_params=lambda skus: {"skus": list(skus)},
    covers=lambda job, asked: contains(job.params, asked, ("skus",)) and job.started_at is None,
    named=lambda params: f"Close {counted(len(params.get('skus', ())), 'listing')}",
)
FOLLOW = JobKind(
    name="listings.follow",
    title="Follow listings",
    run=Later("core.listings.following:follow"),
    subject="sku",
    plan_again=_AGAIN,
    retry_params=lambda skus: {},
    covers=lambda job, asked: contains(job.params, asked, ()),
)

STREAM = Stream(
    "listings",
    FOLLOW.name,
    interval="auto_follow_listings_minutes",
    start=Later("core.listings.actions:follow_listings"),
    switches=("sync_products", "push_products"),
)
FLOW = Flow(
    name=NAME,
    jobs=(EXPORT, CLOSE, FOLLOW),
    streams=(STREAM,),
    writes=(
        Writes("seller", frozenset({PUT_KIND, PATCH_KIND}), Later("core.listings.sender:ListingDelivery")),
        Writes("seller", frozenset({CLOSE_KIND}), Later("core.listings.closing:ClosingDelivery")),
    ),
    codes=(*fields.CODES, *offers.CODES, *problems.CODES, *issues.CODES),
    fixes={
        FixKind.RETRY: Later("core.listings.actions:retry"),
        problems.STAYS_LISTED: Later("core.listings.actions:close_listings"),
    },
    hears=dict.fromkeys(
        ("LISTINGS_ITEM_STATUS_CHANGE", "LISTINGS_ITEM_ISSUES_CHANGE"), Later("core.listings.heard:changed")
    ),
)
