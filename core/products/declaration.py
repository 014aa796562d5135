"""The flow of products with all that the program has to know of it."""

from __future__ import annotations

from functools import partial

from core.fields.plan import problems as fields
from core.products import NAME, actions, refusals
from core.products.deliver import ProductDelivery
from core.products.families import FamilyDelivery
from core.products.flow import IMPORT, STREAM
from core.products.listings import plan_again
from core.products.plan import problems
from core.products.removal import RemovalDelivery
from core.products.undo import UNDO
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes

FLOW = Flow(
    name=NAME,
    jobs=(IMPORT, UNDO),
    streams=(STREAM,),
    writes=(
        Writes("store", ProductDelivery.kinds, partial(ProductDelivery.of, plan_again=plan_again)),
        Writes("store", FamilyDelivery.kinds, partial(FamilyDelivery.of, plan_again=plan_again)),
        Writes("store", RemovalDelivery.kinds, RemovalDelivery.of),
    ),
    codes=(*fields.CODES, *problems.CODES, *refusals.CODES),
    fixes={FixKind.RETRY: actions.retry},
)
