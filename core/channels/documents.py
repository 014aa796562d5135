"""The documents of `channel add` and `channel edit`."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from core.documents import Document
from core.money import parse_amount
from core.stores import check_name

STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)
SERVICE_LEVELS = (
    "EXPEDITED",
    "FREE_ECONOMY",
    "NEXT_DAY",
    "PRIORITY",
    "SAME_DAY",
    "SECOND_DAY",
    "SCHEDULED",
    "STANDARD",
)
LONGEST_HISTORY_DAYS = 720
_FULFILMENT = {"both": "both", "merchant": "merchant", "fbm": "merchant", "amazon": "amazon", "fba": "amazon"}


class Payments(Document):
    """Store payments for cash on delivery and for prepaid orders."""

    cod: int | None = Field(default=None, gt=0, strict=True)
    prepaid: int | None = Field(default=None, gt=0, strict=True)


class ChannelSettings(Document):
    """Settings of a channel; what is left out comes from `store prepare`, then from the global settings."""

    use_queue: bool = True
    sync_products: bool = False
    pull_products: bool = False
    push_products: bool = False
    pull_orders: bool = True
    orders_from: datetime | None = None
    orders_to: datetime | None = None
    order_statuses: list[str] = Field(default_factory=lambda: ["UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"])
    fulfilment: str = "both"
    push_shipments: bool = False
    auto_pull_orders_minutes: int | None = Field(default=None, ge=0, le=10_080)
    auto_pull_products_minutes: int | None = Field(default=None, ge=0, le=10_080)
    payments: Payments = Field(default_factory=Payments)
    shipping: dict[str, Annotated[int, Field(gt=0, strict=True)]] = Field(default_factory=dict)
    carriers: dict[str, str] = Field(default_factory=dict)
    statuses: dict[str, str] = Field(default_factory=dict)
    exchange_rate: str | None = None

    @field_validator("orders_from", "orders_to")
    @classmethod
    def _zoned(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("it has no time zone; write for example 2026-01-01T00:00:00Z")
        return value

    @field_validator("orders_to")
    @classmethod
    def _range(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        start = info.data.get("orders_from")
        if value and start and start > value:
            raise ValueError("it is before orders_from")
        return value

    @field_validator("order_statuses")
    @classmethod
    def _known_statuses(cls, value: list[str]) -> list[str]:
        return [_one_of(status, STATUSES, "order status") for status in value]

    @field_validator("fulfilment", mode="before")
    @classmethod
    def _fulfilment(cls, value: object) -> str:
        mode = _FULFILMENT.get(str(value).lower())
        if mode is None:
            raise ValueError("it is one of both, merchant (FBM), amazon (FBA)")
        return mode

    @field_validator("shipping")
    @classmethod
    def _levels(cls, value: dict[str, int]) -> dict[str, int]:
        for level in value:
            _one_of(level, (*SERVICE_LEVELS, "default"), "service level")
        return value

    @field_validator("statuses")
    @classmethod
    def _letters(cls, value: dict[str, str]) -> dict[str, str]:
        for status, letter in value.items():
            _one_of(status, (*STATUSES, "NO_STOCK"), "order status")
            if not re.fullmatch(r"[A-Z0-9]", letter):
                raise ValueError(f"{status}: {letter!r} is no status letter of a store")
        return value

    @field_validator("exchange_rate", mode="before")
    @classmethod
    def _rate(cls, value: object) -> str | None:
        if value is None or value == "":
            return None
        rate = parse_amount(value)
        if not Decimal("0.000001") <= rate <= Decimal("1000000"):
            raise ValueError("it is the price of one unit of Amazon's currency in the store's currency")
        return str(rate)


class Notifications(Document):
    """Where Amazon's notifications are read."""

    aws_access_key: str = ""
    aws_secret_key: str = ""
    role_arn: str = ""
    queue_arn: str = ""
    queue_url: str = ""


class ChannelDocument(Document):
    """What `channel add` takes for a private app; only the name and the credentials are required."""

    name: str
    store: str | None = None
    company_id: int | None = Field(default=None, gt=0)
    app_mode: Literal["private"] = "private"
    region: str | None = None
    country: str | None = None
    api_mode: Literal["live", "sandbox"] = "live"
    app_status: Literal["active", "draft"] = "active"
    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)
    refresh_token: str = Field(min_length=1)
    seller_id: str = Field(min_length=1)
    settings: ChannelSettings = Field(default_factory=ChannelSettings)
    notifications: Notifications | None = None

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        return check_name(value)


class ChannelChanges(Document):
    """What `channel edit` takes: the name, and what changes; maps inside `settings` are replaced key by key."""

    name: str
    company_id: int | None = Field(default=None, gt=0)
    app_status: Literal["active", "draft"] | None = None
    client_secret: str | None = Field(default=None, min_length=1)
    refresh_token: str | None = Field(default=None, min_length=1)
    settings: dict[str, Any] | None = None
    notifications: Notifications | None = None


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is no {what}; known are {', '.join(known)}")
    return value
