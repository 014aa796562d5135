"""The flow of products with all that the program has to know of it."""

from __future__ import annotations

from core.products import NAME, actions
from core.products.flow import IMPORT
from core.products.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow
from core.sync.streams import Stream

FLOW = Flow(
    name=NAME,
    jobs=(IMPORT,),
    streams=(Stream("products", IMPORT.name, interval="auto_pull_products_minutes", switch="pull_products"),),
    codes=problems.CODES,
    fixes={FixKind.RETRY: actions.retry},
)
