"""The flow of price and stock with all that the program has to know of it."""

from __future__ import annotations

from core.stock import NAME, actions
from core.stock.flow import SYNC
from core.stock.plan import problems
from core.stock.sender import OfferSender
from core.submissions import issues
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream

FLOW = Flow(
    name=NAME,
    jobs=(SYNC,),
    streams=(Stream("stock", SYNC.name, interval="push_every_seconds", switches=("push_stock",), unit=1),),
    writes=(Writes("seller", OfferSender.kinds, OfferSender),),
    codes=(*problems.CODES, *issues.CODES),
    fixes={
        FixKind.RELEASE: actions.release_prices,
        FixKind.RETRY: actions.retry,
        problems.MANY_VANISHED: actions.release_vanished,
        problems.COUNTS_UNCONFIRMED: actions.release_counts,
    },
)
