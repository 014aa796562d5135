"""What plans are made from: the channel's rules and the store's products, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.exchange import Rates

Fulfilment = Literal["both", "merchant", "amazon"]
AS_CHANNEL, MIRROR_ONLY, INTO_STORE = "channel", "mirror", "store"
HISTORIES = (AS_CHANNEL, MIRROR_ONLY, INTO_STORE)
"""What an import of a range does with history: what the channel's own rules say, nothing in the store, or all that the
channel selects, without moving stock."""


@dataclass(frozen=True)
class ChannelRules:
    """Settings and mappings of one channel, completed from `store prepare` and the global settings."""

    channel: str
    marketplace_id: str
    country: str
    """ISO 3166 code of the marketplace; stands in for what Amazon withholds of its own orders' addresses."""
    store_currency: str
    company_id: int | None
    connected_at: datetime
    order_statuses: frozenset[str]
    fulfilment: Fulfilment
    orders_from: datetime | None
    orders_to: datetime | None
    payment_cod: int | None
    payment_prepaid: int | None
    shipping: Mapping[str, int]
    """Service level → shipping id; `default` serves every level not named."""
    statuses: Mapping[str, str]
    """Amazon status → status code of the store; `NO_STOCK` for orders that must not move stock."""
    exchange_rates: Rates
    tax_id: int | None
    history: str = ""
    """One of `HISTORIES` for an order that an import of a range has asked for; else empty."""
    companies_are_vendors: bool = False
    """Multi-Vendor: a product of another company is another company's product."""
    store_payments: Mapping[int, bool] = field(default_factory=dict)
    """Payments of the store → active."""
    store_shippings: Mapping[int, bool] = field(default_factory=dict)
    store_statuses: Mapping[str, bool] = field(default_factory=dict)
    """Order statuses of the store → whether they give stock back."""

    def may_use(self, company_id: int | None) -> bool:
        """Whether products of a company may stand in the channel's orders."""
        return company_id in (None, 0, self.company_id) or not (self.companies_are_vendors and self.company_id)


@dataclass(frozen=True)
class StoreOrderRef:
    """What we know of the store order that an Amazon order became."""

    store_order_id: int
    store_status: str
    amazon_status: str
    verified: bool = True
    """Whether the store order was found to be as planned; one that was not is made exact first."""
