"""The flow of price and stock with all that the program has to know of it."""

from __future__ import annotations

from core.jobs.kinds import JobKind, contains
from core.later import Later
from core.offers.plan import problems as offers
from core.stock import CONTENT, EVERYTHING, NAME, WRITE_KIND
from core.stock.plan import problems
from core.submissions import issues
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream

SYNC = JobKind(
    name="products.sync",
    title="Sync products",
    run=Later("core.flows.sync:sync_products"),
    subject="sku",
    plan_again=Later("core.flows.sync:plan_again"),
    retry_params=lambda skus: {},
    covers=lambda job, asked: contains(job.params, asked, ()) and job.started_at is None,
    kept=(CONTENT,),
    named=lambda params: "Sync all products" if params.get(EVERYTHING) else "",
)

COMPARE = JobKind(
    name="stock.compare",
    title="Compare stock",
    run=Later("core.stock.comparing:compare"),
    subject="sku",
    plan_again=Later("core.stock.flow:plan_again"),
    retry_params=lambda skus: {},
    covers=lambda job, asked: True,
)

FLOW = Flow(
    name=NAME,
    jobs=(SYNC, COMPARE),
    streams=(
        Stream(
            "stock",
            SYNC.name,
            interval="push_every_seconds",
            start=Later("core.stock.actions:push"),
            switches=("push_stock",),
            unit=1,
        ),
    ),
    writes=(Writes("seller", frozenset({WRITE_KIND}), Later("core.stock.sender:OfferSender")),),
    codes=(*offers.CODES, *problems.CODES, *issues.CODES),
    fixes={
        FixKind.RELEASE: Later("core.stock.actions:release_prices"),
        FixKind.RETRY: Later("core.stock.actions:retry"),
        problems.MANY_VANISHED: Later("core.stock.actions:release_vanished"),
        problems.COUNTS_UNCONFIRMED: Later("core.stock.actions:release_counts"),
    },
)
