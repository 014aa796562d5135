"""Channels: one marketplace of one seller account, connected to one store."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field
from core.vault import EncryptedJson


class Channel(SQLModel, table=True):
    """An "Amazon channel" of the operator; `settings` holds what section "Settings of a channel" lists."""

    __table_args__ = (UniqueConstraint("account_id", "marketplace_id"),)

    id: int | None = key_field()
    name: str = Field(unique=True)
    account_id: int = Field(foreign_key="seller_account.id")
    marketplace_id: str
    store_id: int = Field(foreign_key="store.id")
    company_id: int | None = None
    app_mode: str
    app_status: str
    enabled: bool = True
    settings: dict[str, Any] = json_field()
    notifications: dict[str, Any] | None = Field(
        default=None, sa_type=EncryptedJson(row=("account_id", "marketplace_id"))
    )
    connected_at: datetime = now_field()
    counts_confirmed_at: datetime | None = None
    """When a person agreed that the store's counts replace those of listings that were there before."""
    revision: int = 1
    """Grows with every change; tells whether settings changed since an order was planned."""
