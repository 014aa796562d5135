"""The flow of categories with all that the program has to know of it."""

from __future__ import annotations

from core.categories import NAME
from core.jobs.kinds import JobKind
from core.later import Later
from core.sync.flow import Flow
from core.sync.streams import Stream

REFRESH = JobKind(
    name="categories.refresh",
    title="Refresh categories",
    run=Later("core.categories.flow:refresh"),
    subject="category",
    plan_again=lambda session, job, items: None,
    retry_params=lambda items: {},
    covers=lambda job, asked: True,
)

FLOW = Flow(
    name=NAME,
    jobs=(REFRESH,),
    streams=(
        Stream(
            "categories",
            REFRESH.name,
            interval="auto_pull_categories_minutes",
            start=Later("core.categories.actions:refresh_categories"),
        ),
    ),
    hears={"PRODUCT_TYPE_DEFINITIONS_CHANGE": Later("core.product_types.heard:changed")},
)
