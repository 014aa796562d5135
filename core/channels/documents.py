"""The documents of `channel add` and `channel edit`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from core.amazon.carriers import check_carrier
from core.amazon.credential_forms import (
    check_client_id,
    check_client_secret,
    check_queue_arn,
    check_refresh_token,
    check_role_arn,
    check_seller_id,
    is_eventbridge,
)
from core.documents import Document, check
from core.exchange import parse_rates
from core.names import Name
from core.offers.plan.rules import check_price_rule
from core.orders.document import SERVICE_LEVELS, STATUSES
from core.orders.plan.rules import FacilitatorTax, FbaRecipient, OutOfStock, UnknownSku
from core.products.plan.rules import DEFAULT_POLICY, LENGTH_UNITS, POLICIES, WEIGHT_UNITS
from core.settings import check_base_url

_FULFILMENT = {"both": "both", "merchant": "merchant", "fbm": "merchant", "amazon": "amazon", "fba": "amazon"}


class Payments(Document):
    """Store payments for cash on delivery and for prepaid orders."""

    cod: int | None = Field(default=None, gt=0, strict=True)
    prepaid: int | None = Field(default=None, gt=0, strict=True)


class OrderFields(Document):
    """Numbers of the store's own profile fields for what orders of businesses say."""

    purchase_order: int | None = Field(default=None, gt=0, strict=True)
    vat_number: int | None = Field(default=None, gt=0, strict=True)


class PriceSettings(Document):
    """What prices at Amazon are beside those of the store; amounts are in the marketplace's currency."""

    percent: str | None = None
    amount: str | None = None
    ending: str | None = None
    minimum: str | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _rule(cls, value: object, info: ValidationInfo) -> str | None:
        return None if value in (None, "") else check_price_rule(info.field_name or "", value)


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
    anonymise_orders: bool = False
    push_shipments: bool = False
    pull_shipments: bool = False
    auto_push_shipments_minutes: int | None = Field(default=15, ge=0, le=10_080)
    auto_pull_orders_minutes: int | None = Field(default=None, ge=0, le=10_080)
    auto_reconcile_orders_minutes: int | None = Field(default=None, ge=0, le=10_080)
    auto_purge_orders_minutes: int | None = Field(default=None, ge=1, le=1_440)
    auto_pull_products_minutes: int | None = Field(default=None, ge=0, le=10_080)
    push_stock: bool = False
    push_every_seconds: int | None = Field(default=30, ge=0, le=604_800)
    buffer: int = Field(default=0, ge=0, le=100_000)
    quantity_minimum: int = Field(default=0, ge=0, le=100_000)
    quantity_cap: int | None = Field(default=None, ge=1, le=100_000)
    price_rules: PriceSettings = Field(default_factory=PriceSettings)
    auto_follow_listings_minutes: int | None = Field(default=15, ge=0, le=10_080)
    auto_pull_categories_minutes: int | None = Field(default=None, ge=0, le=10_080)
    product_fields: dict[str, str] = Field(default_factory=dict)
    product_identifier: str | None = Field(default=None, max_length=100)
    weight_unit: str = "kg"
    length_unit: str = "cm"
    payments: Payments = Field(default_factory=Payments)
    shipping: dict[str, Annotated[int, Field(gt=0, strict=True)]] = Field(default_factory=dict)
    carriers: dict[str, str] = Field(default_factory=dict)
    statuses: dict[str, str] = Field(default_factory=dict)
    exchange_rate: str | None = None
    exchange_rate_days: int | None = Field(default=None, ge=1, le=3_660)
    facilitator_tax: FacilitatorTax = "included"
    fba_recipient: FbaRecipient = "placeholder"
    out_of_stock: OutOfStock = "hold"
    unknown_sku: UnknownSku = "hold"
    placeholder_product: int | None = Field(default=None, gt=0, strict=True)
    order_fields: OrderFields = Field(default_factory=OrderFields)

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

    @field_validator("carriers")
    @classmethod
    def _carriers(cls, value: dict[str, str]) -> dict[str, str]:
        return {carrier: check_carrier(code) for carrier, code in value.items()}

    @field_validator("statuses")
    @classmethod
    def _status_codes(cls, value: dict[str, str]) -> dict[str, str]:
        for status, code in value.items():
            _one_of(status, (*STATUSES, "NO_STOCK"), "order status")
            if not re.fullmatch(r"[A-Z0-9]", code):
                raise ValueError(f"{status}: {code!r} is not a status code of a store")
        return value

    @field_validator("product_fields")
    @classmethod
    def _fields(cls, value: dict[str, str]) -> dict[str, str]:
        for name, policy in value.items():
            _one_of(name, tuple(DEFAULT_POLICY), "field of a product")
            _one_of(policy, POLICIES, "policy")
        return value

    @field_validator("weight_unit")
    @classmethod
    def _weight_unit(cls, value: str) -> str:
        return _one_of(value, WEIGHT_UNITS, "unit of weight")

    @field_validator("length_unit")
    @classmethod
    def _length_unit(cls, value: str) -> str:
        return _one_of(value, LENGTH_UNITS, "unit of length")

    @field_validator("exchange_rate", mode="before")
    @classmethod
    def _rate(cls, value: object) -> str | None:
        return str(parse_rates(value)) or None


class Notifications(Document):
    """Where Amazon's notifications are read; `delivery` follows from the ARN when it is left out.

    With `machine_keys` a vendor's channel without AWS keys may use those of this machine; only admins can set it.
    """

    aws_access_key: str = ""
    aws_secret_key: str = ""
    machine_keys: bool = False
    role_arn: str = ""
    queue_arn: str = ""
    queue_url: str = ""
    delivery: Literal["sqs", "eventbridge"] | None = None

    @field_validator("aws_access_key", "aws_secret_key")
    @classmethod
    def _key(cls, value: str) -> str:
        if re.search(r"\s", value):
            raise ValueError("a key has no spaces or line breaks; copy it whole")
        return value

    @field_validator("role_arn")
    @classmethod
    def _role(cls, value: str) -> str:
        return check_role_arn(value) if value else ""

    @field_validator("queue_arn")
    @classmethod
    def _arn(cls, value: str) -> str:
        return check_queue_arn(value) if value else ""

    @field_validator("queue_url")
    @classmethod
    def _url(cls, value: str) -> str:
        return check_base_url(value) if value else ""

    @field_validator("delivery", mode="after")
    @classmethod
    def _delivery(cls, value: str | None, info: ValidationInfo) -> str | None:
        arn = info.data.get("queue_arn")
        if value is not None and arn and (value == "eventbridge") != is_eventbridge(arn):
            raise ValueError(f"the ARN is one of {'EventBridge' if is_eventbridge(arn) else 'a queue'}")
        return value

    @property
    def delivered_by(self) -> str:
        """`sqs` or `eventbridge`."""
        return self.delivery or ("eventbridge" if is_eventbridge(self.queue_arn) else "sqs")


class _Channel(Document):
    """What every channel has, whoever gives it access to Amazon."""

    name: Name
    store: str | None = None
    company_id: int | None = Field(default=None, ge=0, lt=2**31)
    country: str | None = None
    app_status: Literal["active", "draft"] = "active"
    settings: ChannelSettings = Field(default_factory=ChannelSettings)
    notifications: Notifications | None = None


class ChannelDocument(_Channel):
    """What `channel add` takes for a private app; only the name and the credentials are required."""

    app_mode: Literal["private"] = "private"
    region: str | None = None
    api_mode: Literal["live", "sandbox"] = "live"
    client_id: Annotated[str, AfterValidator(check_client_id)]
    client_secret: Annotated[str, AfterValidator(check_client_secret)]
    refresh_token: Annotated[str, AfterValidator(check_refresh_token)]
    seller_id: Annotated[str, AfterValidator(check_seller_id)]


class PublicChannelDocument(_Channel):
    """What `channel add` takes for a public app; the seller authorizes it afterwards."""

    app_mode: Literal["public"] = "public"
    app: str | None = None
    """May be left out where there is one public app, or the global settings name one."""
    region: str | None = None
    country: str
    api_mode: Literal["live", "sandbox"] | None = None


class JoiningChannelDocument(_Channel):
    """What `channel add` takes for another marketplace of a seller who is connected already."""

    seller_of: str
    """The channel whose seller account, and with it credentials and quotas, this one shares."""


AnyChannelDocument = ChannelDocument | PublicChannelDocument | JoiningChannelDocument


def check_channel(document: dict[str, Any], source: str, *, app_mode: str) -> AnyChannelDocument:
    """Check the document of `channel add`; `app_mode` is that of documents that do not tell."""
    if "seller_of" in document:
        return check(JoiningChannelDocument, document, source)
    has_credentials = "client_id" in document or "refresh_token" in document
    told = document.get("app_mode", "private" if has_credentials else app_mode)
    if told == "public":
        return check(PublicChannelDocument, document, source)
    return check(ChannelDocument, document, source)


class ChannelChanges(Document):
    """What `channel edit` takes: the name, and what changes; with `revision`, only if nobody changed it since.

    Maps inside `settings`, and `notifications`, are replaced key by key; null takes a key out.
    """

    name: str
    company_id: int | None = Field(default=None, ge=0, lt=2**31)
    app_status: Literal["active", "draft"] | None = None
    client_secret: Annotated[str, AfterValidator(check_client_secret)] | None = None
    refresh_token: Annotated[str, AfterValidator(check_refresh_token)] | None = None
    settings: dict[str, Any] | None = None
    notifications: dict[str, Any] | None = None
    revision: int | None = Field(default=None, gt=0)


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is no {what}; known are {', '.join(known)}")
    return value
