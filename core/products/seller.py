"""Whose listings are read and written."""

from __future__ import annotations

from dataclasses import dataclass

from core.amazon.marketplaces import by_id
from core.amazon.transport import AmazonClient
from core.errors import ConfigurationError
from core.model.base import stored_id
from core.model.channel import Channel
from core.workspace import Workspace, channel_parts


@dataclass(frozen=True)
class Seller:
    """The seller of a channel, with the currency of the marketplace."""

    client: AmazonClient
    seller_id: str
    channel: Channel
    currency: str


def seller_of(workspace: Workspace, channel: Channel, client: AmazonClient) -> Seller:
    """The seller of a channel. Raises ConfigurationError where that is not known."""
    with workspace.database.read() as session:
        _, account, _, _ = channel_parts(session, stored_id(channel.id))
    place = by_id(channel.marketplace_id)
    if place is None or not account.seller_id:
        raise ConfigurationError(
            "Its marketplace is not known to this version." if place is None else "Its seller is not known.",
            subject=f"channel {channel.name}",
            next_step=f"Run: crossdock channel verify {channel.name}",
        )
    return Seller(client, account.seller_id, channel, place.currency)
