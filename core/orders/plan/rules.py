"""What plans are made from: the channel's rules and the store's products, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.exchange import Rates
from core.orders.document import HISTORY, PENDING_STATUSES
from core.orders.plan.changes import Sold
from core.products.refs import ProductRef

Fulfilment = Literal["both", "merchant", "amazon"]
FacilitatorTax = Literal["included", "left_out"]
"""What becomes of tax that Amazon collects and pays to the authorities itself."""
FbaRecipient = Literal["placeholder", "hold"]
"""What becomes of orders that Amazon ships to somebody it does not name."""
OutOfStock = Literal["hold", "flag", "allow"]
"""What becomes of orders for more than the store has, which it makes backordered: not sent, told, or nothing."""
UnknownSku = Literal["hold", "placeholder"]
"""What becomes of orders with a SKU that no product carries."""
AS_CHANNEL, MIRROR_ONLY, INTO_STORE = "channel", "mirror", "store"
HISTORIES = (AS_CHANNEL, MIRROR_ONLY, INTO_STORE)
"""What an import of a range does with history: what the channel's own rules say, nothing in the store, or all that the
channel selects, without moving stock."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants of the orders that are read for a range, or by their numbers."""

    history: str = ""
    """One of `HISTORIES`."""
    statuses: frozenset[str] = frozenset()
    """Only these were asked for; empty where all were."""

    def of(self, status: str) -> str:
        """What is noted of an order with this status. What is open when it is read is not history, whatever becomes of
        it; what was not asked for goes by the channel's rules, unless it is to stay here."""
        wanted = AS_CHANNEL if self.history and status not in HISTORY else self.history
        is_asked = not self.statuses or status in self.statuses or status in PENDING_STATUSES
        return wanted if is_asked or wanted == MIRROR_ONLY else ""


NO_WISH = Wish()
"""Of what is read because it has changed: the channel's rules alone decide."""


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
    exchange_rate_days: int | None = None
    """For so many days a rate serves from its first day on; None: until the next one."""
    facilitator_tax: FacilitatorTax = "included"
    fba_recipient: FbaRecipient = "placeholder"
    out_of_stock: OutOfStock = "hold"
    unknown_sku: UnknownSku = "hold"
    placeholder_product: int | None = None
    placeholder: ProductRef | None = None
    """What the store has under the number of `placeholder_product`."""
    order_fields: Mapping[str, int] = field(default_factory=dict)
    """`purchase_order` or `vat_number` → number of the store's profile field."""
    history: str = ""
    """One of `HISTORIES` for an order that an import of a range has asked for; else empty."""
    companies_are_vendors: bool = False
    """Multi-Vendor: a product of another company is another company's product."""
    store_payments: Mapping[int, bool] = field(default_factory=dict)
    """Payments of the store → active."""
    store_shippings: Mapping[int, bool] = field(default_factory=dict)
    store_statuses: Mapping[str, bool] = field(default_factory=dict)
    """Order statuses of the store → whether they give stock back."""

    @property
    def prices_without_tax(self) -> bool:
        """Whether prices of the marketplace never hold tax: sales tax comes on top of them."""
        return self.country in ("US", "CA")

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
    company_id: int = 0
    """The vendor, where the Amazon order became several store orders."""
    parts: int = 1
    """How many it becomes."""
    lines: tuple[Sold, ...] = ()
    """Amazon's items in it; empty where an earlier version of the program wrote it."""
    lacking: str = ""
    """What Amazon had not sent of the address; see `changes`."""
    left_as: str = ""
    """Digest of the store order as we left it; empty for one that was taken over."""
