"""The flow of listings with all that the program has to know of it."""

from __future__ import annotations

from core.fields.plan import problems as fields
from core.listings import NAME, actions
from core.listings.closing import ClosingDelivery
from core.listings.flow import CLOSE, EXPORT
from core.listings.following import FOLLOW
from core.listings.plan import problems
from core.listings.sender import ListingDelivery
from core.submissions import issues
from core.sync.codes import FixKind
from core.sync.flow import Flow, Writes
from core.sync.streams import Stream

FLOW = Flow(
    name=NAME,
    jobs=(EXPORT, CLOSE, FOLLOW),
    streams=(
        Stream(
            "listings",
            FOLLOW.name,
            interval="auto_follow_listings_minutes",
            switches=("sync_products", "push_products"),
        ),
    ),
    writes=(
        Writes("seller", ListingDelivery.kinds, ListingDelivery),
        Writes("seller", ClosingDelivery.kinds, ClosingDelivery),
    ),
    codes=(*fields.CODES, *problems.CODES, *issues.CODES),
    fixes={FixKind.RETRY: actions.retry},
)
