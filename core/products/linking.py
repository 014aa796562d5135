"""Writing down which product of the store a SKU means, and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from core import clock
from core.actor import Actor
from core.database import upsert
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink
from core.people.audit import record
from core.products.offers import match_again

_KEY = ("channel_id", "sku")


def link_in(
    session: Session, linked_by: str, channel: Channel, sku: str, product_id: int, why: Mapping[str, Any] | None = None
) -> None:
    """Link a SKU in the caller's transaction, in place of an earlier link; the audit says `why` too."""
    row = {
        "channel_id": stored_id(channel.id),
        "sku": sku,
        "store_id": channel.store_id,
        "product_id": product_id,
        "linked_by": linked_by,
        "linked_at": clock.now(),
    }
    upsert(session, ListingLink, [row], keys=_KEY, update=[name for name in row if name not in _KEY])
    match_again(session, channel, sku)
    told = {"channel": channel.name, "product_id": product_id, **(why or {})}
    record(session, Actor(linked_by), "listing.link", f"sku {sku}", **told)
