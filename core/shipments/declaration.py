"""The flow of shipments with all that the program has to know of it."""

from __future__ import annotations

from core.shipments import NAME, actions
from core.shipments.deliver import Confirmations
from core.shipments.enter import Entries
from core.shipments.flow import PUSH, confirmations, entries
from core.shipments.plan import problems
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream

FLOW = Flow(
    name=NAME,
    jobs=(PUSH,),
    streams=(Stream("shipments", PUSH.name, interval="auto_push_shipments_minutes", switches=("push_shipments",)),),
    writes=(
        Writes("seller", Confirmations.kinds, confirmations),
        Writes("store", Entries.kinds, entries),
    ),
    codes=problems.CODES,
    fixes={FixKind.RETRY: actions.retry},
)
