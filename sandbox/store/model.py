"""The records of the store: products, features and groups of them, orders and their lines, shipments."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)

CONTACT_FIELDS = ("firstname", "lastname", "company", "email", "phone", "fax", "url")
ADDRESS_PARTS = (
    "firstname",
    "lastname",
    "address",
    "address_2",
    "city",
    "county",
    "state",
    "country",
    "zipcode",
    "phone",
    "address_type",
)
ADDRESS_FIELDS = tuple(f"{side}_{part}" for side in ("b", "s") for part in ADDRESS_PARTS)
PROFILE_FIELDS = CONTACT_FIELDS + ADDRESS_FIELDS
"""Text columns of an order that describe the customer."""


@dataclass
class StoreFeature:
    """A feature; `variants` are names by variant id, `company_id` 0 is everybody's."""

    feature_id: int
    description: str
    feature_type: str
    purpose: str = "find_products"
    company_id: int = 0
    categories_path: str = ""
    status: str = "A"
    parent_id: str = "0"
    feature_code: str = ""
    display_on_catalog: str = "Y"
    """Whether lists of products show it, and not only the product itself."""
    variants: dict[int, str] = field(default_factory=dict)
    last_variant: int = 0
    """Variants made so far: their ids never come back."""


@dataclass
class StoreGroup:
    """A variation group: its features with their purposes, and its products, the one that is shown for all first."""

    group_id: int
    code: str
    features: dict[int, str]
    product_ids: list[int] = field(default_factory=list)
    created_at: int = 0


@dataclass
class StoreImage:
    """A picture of a product, and where it was downloaded from."""

    pair_id: int
    address: str
    main: bool


@dataclass
class StoreProduct:
    """A product; times are unix seconds, prices in the store's currency."""

    product_id: int
    product_code: str
    product: str
    price: Decimal
    amount: int
    initial_amount: int
    company_id: int
    category_ids: list[int]
    timestamp: int
    updated_timestamp: int
    asin: str = ""
    status: str = "A"
    product_type: str = "P"
    list_price: Decimal = ZERO
    weight: Decimal = ZERO
    tracking: str = "B"
    zero_price_action: str = "R"
    out_of_stock_actions: str = "N"
    min_qty: int = 0
    max_qty: int = 0
    qty_step: int = 0
    tax_ids: list[int] = field(default_factory=list)
    full_description: str = ""
    short_description: str = ""
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    """Language -> texts, where they are others than those of the default language."""
    features: dict[int, list[int] | str] = field(default_factory=dict)
    """Feature id -> variant ids, or a text."""
    images: list[StoreImage] = field(default_factory=list)
    other: dict[str, Any] = field(default_factory=dict)
    """Fields a caller wrote that no rule of the sandbox reads."""


@dataclass
class StoreLine:
    """One line of an order; `price` is the unit price after `discount` (per unit), `base_price` before."""

    item_id: int
    product_id: int
    product_code: str
    product: str
    amount: int
    price: Decimal
    base_price: Decimal
    discount: Decimal
    company_id: int
    stored_price: bool
    product_options: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def subtotal(self) -> Decimal:
        return self.price * self.amount


@dataclass
class ChosenShipping:
    """A shipping method chosen for one group of products; `rate` is what the method's own rates gave."""

    shipping_id: int
    shipping: str
    rate: Decimal
    group_key: int


@dataclass
class StoreOrder:
    """An order as its table row plus lines; times are unix seconds, money in the store's currency."""

    order_id: int
    company_id: int
    status: str
    timestamp: int
    updated_at: int
    payment_id: int = 0
    user_id: int = 0
    issuer_id: int | None = None
    profile: dict[str, str] = field(default_factory=dict)
    """The columns of `PROFILE_FIELDS` that are set."""
    profile_fields: dict[str, Any] = field(default_factory=dict)
    """Custom profile fields: field id -> value."""
    tax_exempt: bool = False
    lines: dict[int, StoreLine] = field(default_factory=dict)
    shipping: list[ChosenShipping] = field(default_factory=list)
    total: Decimal = ZERO
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    subtotal_discount: Decimal = ZERO
    payment_surcharge: Decimal = ZERO
    shipping_cost: Decimal = ZERO
    taxes: dict[str, Any] = field(default_factory=dict)
    promotions: dict[str, Any] = field(default_factory=dict)
    coupons: dict[str, Any] = field(default_factory=dict)
    notes: str = ""
    details: str = ""
    payment_info: dict[str, Any] = field(default_factory=dict)
    lang_code: str = "en"
    is_parent_order: bool = False
    parent_order_id: int = 0

    @property
    def email(self) -> str:
        return self.profile.get("email", "")

    @property
    def company(self) -> str:
        return self.profile.get("company", "")


@dataclass
class StoreShipment:
    """What was packed of one order: one carrier, one tracking number. `products` is item id -> units."""

    shipment_id: int
    order_id: int
    shipping_id: int
    carrier: str
    tracking_number: str
    timestamp: int
    status: str
    comments: str
    products: dict[int, int]
