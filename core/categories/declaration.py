"""The flow of categories with all that the program has to know of it."""

from __future__ import annotations

from core.categories import NAME
from core.categories.flow import REFRESH
from core.sync.flow import Flow
from core.sync.streams import Stream

FLOW = Flow(
    name=NAME,
    jobs=(REFRESH,),
    streams=(Stream("categories", REFRESH.name, interval="auto_pull_categories_minutes"),),
)
