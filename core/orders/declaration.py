"""The flow of orders with all that the program has to know of it."""

from __future__ import annotations

from core.orders import NAME, actions
from core.orders.deliver import OrderDelivery
from core.orders.flow import ORDERS_IMPORT, sender
from core.orders.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream

FLOW = Flow(
    name=NAME,
    jobs=(ORDERS_IMPORT,),
    streams=(Stream("orders", ORDERS_IMPORT.name, interval="auto_pull_orders_minutes", switches=("pull_orders",)),),
    writes=(Writes("store", OrderDelivery.kinds, sender),),
    codes=problems.CODES,
    fixes={FixKind.RELEASE: actions.release, FixKind.RETRY: actions.retry},
)
