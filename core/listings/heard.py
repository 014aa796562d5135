"""Amazon says that a listing's state or issues changed: what this program sent of it is looked at now.

Sources: LISTINGS_ITEM_STATUS_CHANGE 1.0, LISTINGS_ITEM_ISSUES_CHANGE 2023-12-13.
"""

from __future__ import annotations

from collections.abc import Sequence

from core import clock
from core.actor import SYSTEM
from core.jobs.requests import request
from core.listings.declaration import FOLLOW
from core.listings.exports import exports
from core.model.channel import Channel
from core.model.listing_export import CLOSED
from core.sync.hearing import Heard, Notice
from core.workspace import Workspace


def changed(workspace: Workspace, channel: Channel, notices: Sequence[Notice]) -> Heard:
    """Have the listings followed; those that others made are read with the next import."""
    skus = {notice.id: str(notice.about.get("sku", "")) for notice in notices}
    with workspace.database.write() as session:
        rows = exports(session, channel, sorted(set(skus.values())))
        followed = {sku for sku, row in rows.items() if row.attributes is not None and row.state != CLOSED}
        for sku in followed:
            rows[sku].next_look = clock.now()
            session.add(rows[sku])
    if not followed:
        return Heard()
    asked = request(workspace.database, SYSTEM, FOLLOW, channel, {})
    return Heard(frozenset(id for id, sku in skus.items() if sku in followed), asked)
