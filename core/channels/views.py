"""Channels as people see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import select

from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.model.account import ACCOUNT_NEEDS_AUTHORIZATION, App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.store import Store
from core.people.rights import visible_channels
from core.vault import is_sealed, secret_state
from core.workspace import Workspace, channel_parts

_SEALED = "Its secrets cannot be read with the present key: enter them again."
_SECRET_SETTINGS = ("aws_access_key", "aws_secret_key")


@dataclass(frozen=True)
class ChannelView:
    """A channel as people see it; credentials are never shown."""

    name: str
    store: str
    company_id: int | None
    app_mode: str
    app: str
    region: str
    country: str
    marketplace_id: str
    seller_id: str
    seller_proven: bool
    """Whether Amazon has confirmed that the authorization is this seller's."""
    client_id: str
    api_mode: str
    app_status: str
    enabled: bool
    state: str
    state_reason: str
    settings: dict[str, Any]
    notifications: dict[str, Any]
    """Keys are shown as `set` only."""
    connected_at: datetime
    authorized_at: datetime | None
    """None until the seller of a public app has authorized it."""
    revision: int
    client_secret: str
    """`set`, `not set`, or `unreadable` when the key that encrypted it is lost; so is the refresh token."""
    refresh_token: str


def view(channel: Channel, account: SellerAccount, app: App, store: Store) -> ChannelView:
    """What may be shown of a channel."""
    marketplace = by_id(channel.marketplace_id)
    sealed = is_sealed(app.client_secret, account.refresh_token)
    return ChannelView(
        name=channel.name,
        store=store.name,
        company_id=channel.company_id,
        app_mode=channel.app_mode,
        app=app.name,
        region=account.region,
        country=marketplace.country if marketplace else "",
        marketplace_id=channel.marketplace_id,
        seller_id=account.seller_id or "",
        seller_proven=account.proven_at is not None,
        client_id=app.client_id,
        api_mode=account.api_mode,
        app_status=channel.app_status,
        enabled=channel.enabled,
        state=ACCOUNT_NEEDS_AUTHORIZATION if sealed else account.state,
        state_reason=_SEALED if sealed else account.state_reason,
        settings=channel.settings,
        notifications=_masked({} if is_sealed(channel.notifications) else channel.notifications or {}),
        connected_at=channel.connected_at,
        authorized_at=account.authorized_at if account.refresh_token else None,
        revision=channel.revision,
        client_secret=secret_state(app.client_secret),
        refresh_token=secret_state(account.refresh_token),
    )


def list_channels(workspace: Workspace, actor: Actor) -> list[ChannelView]:
    """All channels that the operator may see, by name."""
    with workspace.database.read() as session:
        channels = session.exec(select(Channel).where(visible_channels(actor)).order_by(Channel.name)).all()
        return [view(*channel_parts(session, stored_id(channel.id))) for channel in channels]


def _masked(notifications: dict[str, Any]) -> dict[str, Any]:
    return {name: "set" if value and name in _SECRET_SETTINGS else value for name, value in notifications.items()}
