"""An order before it is written down: who bought what for which amounts, and how it is being fulfilled.

Amounts and signs follow the official model's own examples, and what they leave open is varied:

- In every example TAX stands on top of ITEM and SHIPPING and is positive; its details are by subtype ITEM and
  SHIPPING, and one example has a TAX entry without details. Orders without a TAX entry are as common.
- No example has a DISCOUNT (orders with promotionIds have none either), so its sign stays open. Most orders
  here have positive ones that are taken off the total, a few have negative ones that are added: only the sum
  tells. A tax on the discount (Amazon's own mapping from v0) is told in three ways, see `Line.discount_tax`.
- ITEM is the whole line, unitPrice is per unit; DELIVERY_TIP stands only at order level, and the grand total
  contains it.
- Several examples have a grand total without any breakdown at order level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.world.marketplaces import Marketplace
from sandbox.world.package import Package, free_reference, units
from sandbox.world.people import Person
from sandbox.world.product import WorldProduct

ZERO = Decimal(0)
GOODS = ("ITEM", "GIFT_WRAP")
"""The parts that belong to the goods; the rest of a line (shipping, fees) belongs to the order."""

MERCHANT = "MERCHANT"
AMAZON = "AMAZON"


@dataclass
class Line:
    """One order item. `product` is None when the store does not have it. Amounts are of the whole line.

    `parts` holds ITEM, SHIPPING, GIFT_WRAP and COD_FEE, `tax` and `discount` are by the same names; discounts
    are kept positive here; a negative one takes a discount back. An empty `tax` means no TAX entry, which is not the
    same as a TAX of zero.
    """

    item_id: str
    product: WorldProduct | None
    sku: str | None
    asin: str
    title: str
    quantity: int
    parts: dict[str, Decimal]
    tax: dict[str, Decimal] = field(default_factory=dict)
    discount: dict[str, Decimal] = field(default_factory=dict)
    tax_detailed: bool = True
    tax_counts: bool = True
    """False: TAX is told, and no part of the total."""
    discount_tax: Decimal = ZERO
    """The tax that the discount saves; then `tax` is that of the whole parts."""
    discount_tax_told: str = "negative"
    """How it stands in TAX: `negative`; `added` to the subtotal though it is to be taken off; `apart` from it."""
    facilitated: bool = False
    """Amazon pays the tax to the authorities itself."""
    business_price: bool = False
    gift_message: str | None = None
    promotion_ids: list[str] = field(default_factory=list)
    cancel_reason: str | None = None

    @property
    def goods(self) -> Decimal:
        """Gross amount of the goods: tax included, discounts taken off, gift wrap added."""
        gross = sum((self.parts.get(name, ZERO) + self._counted_tax(name) for name in GOODS), ZERO)
        return gross - self.discount_tax - sum((self.discount.get(name, ZERO) for name in GOODS), ZERO)

    @property
    def total(self) -> Decimal:
        """Gross amount of everything on this line."""
        tax = sum(map(self._counted_tax, self.tax), ZERO) - self.discount_tax
        return sum(self.parts.values(), ZERO) + tax - sum(self.discount.values(), ZERO)

    def _counted_tax(self, name: str) -> Decimal:
        return self.tax.get(name, ZERO) if self.tax_counts else ZERO


@dataclass
class Draft:
    """One order. `total_error` is what the stated grand total is off by; times are aware UTC.

    `carrier` and `tracking` are those of the packages that others than the seller's program send.
    """

    order_id: str
    marketplace: Marketplace
    currency: str
    digits: int
    created: datetime
    updated: datetime
    status: str
    fulfilled_by: str
    service_level: str
    buyer: Person
    recipient: dict[str, Any] | None
    lines: list[Line]
    case: str
    payment_methods: tuple[str, ...] = ()
    cod_constraint: bool = False
    company: str | None = None
    purchase_order: str | None = None
    vat_number: str | None = None
    programs: tuple[str, ...] = ()
    replaces: str | None = None
    alias: str | None = None
    tip: Decimal = ZERO
    tip_status: str = "FINALIZED"
    tip_counts: bool = True
    """Whether the grand total contains it, which a pending one need not."""
    other: Decimal = ZERO
    discount_sign: int = 1
    total_error: Decimal = ZERO
    order_breakdowns: bool = True
    carrier: str = "DHL"
    tracking: str = ""
    packages: list[Package] = field(default_factory=list)
    poison: str | None = None

    @property
    def total(self) -> Decimal:
        """The grand total the order should state."""
        tip = self.tip if self.tip_counts else ZERO
        return sum((line.total for line in self.lines), ZERO) + tip + self.other

    @property
    def is_cod(self) -> bool:
        """Whether the document says that the buyer pays on delivery."""
        fee = any("COD_FEE" in line.parts for line in self.lines)
        return fee or "CashOnDelivery" in self.payment_methods

    def left(self, item_id: str) -> int:
        """Units of an order item that are in no package yet."""
        return sum(line.quantity for line in self.lines if line.item_id == item_id) - units(self.packages, item_id)

    def pack(self, items: dict[str, int], **known: Any) -> Package:
        """A package of these items that others than the seller's program send now."""
        carrier = known.pop("carrier", self.carrier)
        return Package(
            **{
                "reference": free_reference(self.packages),
                "carrier": carrier,
                "service": f"{carrier} Standard",
                "tracking": self.tracking,
                "created": self.updated,
                "shipped": self.updated,
                "items": {item_id: quantity for item_id, quantity in items.items() if quantity},
                **known,
            }
        )

    def settle_packages(self) -> None:
        """Make the packages agree with the status: whatever it says has left, others have sent."""
        rest = {line.item_id: self.left(line.item_id) for line in self.lines}
        if self.status in ("UNSHIPPED", "PENDING", "PENDING_AVAILABILITY"):
            self.packages = []
        elif self.status == "SHIPPED" and any(rest.values()):
            self.packages.append(self.pack(rest))
        elif self.status == "PARTIALLY_SHIPPED" and (not self.packages or not any(rest.values())):
            # All but one unit of the first line.
            self.packages = []
            whole = {line.item_id: line.quantity for line in self.lines}
            whole[self.lines[0].item_id] -= 1
            self.packages = [self.pack(whole)]
