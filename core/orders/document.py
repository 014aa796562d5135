"""Reads one order of the Orders API 2026-01-01 into exact, typed values.

Knows nothing of clients or tables, so that pulling and planning see an order alike. Money: Amazon's breakdown types
are kept apart (`Part`), because whether tax stands inside the prices, and with which sign discounts come, differs
between marketplaces and is decided where the parts are added up. Source: Orders API 2026-01-01, `Order`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.foreign_json import storable
from core.money import parse_amount
from core.orders import AMAZON

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
PENDING_STATUSES = frozenset({"PENDING", "PENDING_AVAILABILITY"})
OPEN_STATUSES = PENDING_STATUSES | {"UNSHIPPED", "PARTIALLY_SHIPPED"}
CANCELLED = "CANCELLED"
SHIPPED = "SHIPPED"
HISTORY = frozenset({SHIPPED, CANCELLED, "UNFULFILLABLE"})
"""Statuses of orders for which nothing is left to be done."""

LONGEST_WORD = 100
"""Characters of ids and codes; Amazon's have 30 at the most."""
LONGEST_SKU = 255
"""Characters of a SKU; Amazon's have 40 at the most. Databases cannot index texts of any length."""
_YEARS = range(1970, 3000)

_DETAILED = frozenset({"TAX", "DISCOUNT"})
_CASH_ON_DELIVERY = frozenset({"cashondelivery", "cod"})


class MalformedOrder(ValueError):
    """The document is not an order; the message says which part is wrong, without personal data."""


@dataclass(frozen=True, slots=True)
class Part:
    """One amount of a breakdown: `kind` is Amazon's type, `subtype` what a tax or discount belongs to."""

    kind: str
    subtype: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One line: `parts` are amounts of the whole line, in the order's currency."""

    item_id: str
    sku: str
    asin: str
    title: str
    quantity: int
    parts: tuple[Part, ...]
    gift_message: str = ""
    cancel_reason: str = ""
    unfulfilled: int | None = None
    """Units that Amazon still waits for; None where it does not tell."""
    fulfilled: int | None = None
    """Units that have left; None where it does not tell."""
    total: Decimal | None = None
    """What Amazon states as the sum of its parts."""
    facilitator_tax: bool = False
    """Amazon pays its tax to the authorities itself."""


@dataclass(frozen=True, slots=True)
class Package:
    """A parcel that Amazon knows of a merchant's order, whoever told it."""

    reference: str
    carrier: str
    tracking: str
    units: Mapping[str, int]
    """Item id → units in it."""
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where the order goes; empty text where Amazon withheld a field."""

    name: str = ""
    company: str = ""
    street: str = ""
    """Amazon's first address line."""
    more: tuple[str, ...] = ()
    """Its second and third."""
    city: str = ""
    county: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One Amazon order. Times are aware UTC; money is in `currency` (ISO 4217), major unit."""

    order_id: str
    marketplace_id: str
    sales_channel: str
    status: str
    fulfilled_by: str
    service_level: str
    created_at: datetime
    updated_at: datetime
    shipped_at: datetime | None
    """When the last package left, as far as Amazon tells."""
    items: tuple[Item, ...]
    currency: str
    grand_total: Decimal | None
    charges: tuple[Part, ...]
    """Amounts of the whole order that no item carries, such as a delivery tip."""
    address: Address
    buyer_name: str
    buyer_email: str
    buyer_company: str
    buyer_tax_number: str
    """The buyer's VAT or other registration, which orders of businesses have."""
    purchase_order: str
    payment_methods: tuple[str, ...]
    cash_on_delivery_constraint: bool
    replaces: str
    """The order this one replaces or exchanges, or empty."""
    cancel_requested: bool
    packages: tuple[Package, ...] = ()
    programs: frozenset[str] = frozenset()
    ship_by: datetime | None = None
    """The latest moment at which it is to leave."""

    @property
    def is_pending(self) -> bool:
        """Not payable yet: no address and no reliable prices."""
        return self.status in PENDING_STATUSES

    @property
    def has_ended(self) -> bool:
        """Shipped whole, cancelled, or never to be shipped; so are statuses that are not known."""
        return self.status not in OPEN_STATUSES

    @property
    def by_amazon(self) -> bool:
        """Amazon ships it from its own stock."""
        return self.fulfilled_by == AMAZON


def read(document: Any) -> Order:
    """Read an order; raises MalformedOrder when a part that matters is missing or senseless."""
    if not isinstance(document, Mapping):
        raise MalformedOrder("it is not an object")
    fulfillment = _object(document, "fulfillment")
    items = tuple(_item(entry) for entry in _required_list(document, "orderItems"))
    currency, grand_total = _grand_total(document)
    foreign = _currencies(document) - {currency, ""}
    if currency and foreign:
        raise MalformedOrder(f"amounts in {currency} and {', '.join(sorted(foreign)[:3])} stand side by side")
    recipient = _object(document, "recipient")
    buyer = _object(document, "buyer")
    sales_channel = _object(document, "salesChannel")
    return Order(
        order_id=_identity(document, "orderId"),
        marketplace_id=_word(sales_channel, "marketplaceId"),
        sales_channel=_word(sales_channel, "channelName"),
        status=_required_word(fulfillment, "fulfillmentStatus"),
        fulfilled_by=_word(fulfillment, "fulfilledBy"),
        service_level=_word(fulfillment, "fulfillmentServiceLevel"),
        created_at=_time(document, "createdTime"),
        updated_at=_time(document, "lastUpdatedTime"),
        shipped_at=_shipped_at(document),
        items=items,
        currency=currency or next(iter(sorted(_currencies(document))), ""),
        grand_total=grand_total,
        charges=tuple(_charges(document, items)),
        address=_address(_object(recipient, "deliveryAddress")),
        buyer_name=_text(buyer, "buyerName"),
        buyer_email=_text(buyer, "buyerEmail"),
        buyer_company=_text(buyer, "buyerCompanyName"),
        buyer_tax_number=_buyer_tax_number(document),
        purchase_order=_text(buyer, "buyerPurchaseOrderNumber"),
        payment_methods=tuple(
            method
            for entry in _list(_object(document, "payment"), "paymentExecutions")
            if (method := _word(entry, "paymentMethod"))
        ),
        cash_on_delivery_constraint=any(_must_collect(entry) for entry in _list(document, "orderItems")),
        replaces=_replaced(document),
        cancel_requested=any(
            _object(_object(entry, "cancellation"), "cancellationRequest") for entry in _list(document, "orderItems")
        ),
        packages=tuple(_packages(document)),
        programs=_programs(document),
        ship_by=_moment(_object(fulfillment, "shipByWindow"), "latestDateTime"),
    )


def known_by(document: Any) -> tuple[str, str]:
    """Order id and marketplace id of what cannot be read as an order; empty where they are unusable too."""
    if not isinstance(document, Mapping):
        return "", ""
    try:
        order_id = _identity(document, "orderId")
    except MalformedOrder:
        order_id = ""
    try:
        return order_id, _word(_object(document, "salesChannel"), "marketplaceId")
    except MalformedOrder:
        return order_id, ""


def is_cash_on_delivery(method: str) -> bool:
    """Whether a payment method of Amazon means that the buyer pays at the door."""
    return "".join(filter(str.isalpha, method)).lower() in _CASH_ON_DELIVERY


def _item(entry: Mapping[str, Any]) -> Item:
    product = _object(entry, "product")
    quantity = entry.get("quantityOrdered")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 0 <= quantity <= 1_000_000:
        raise MalformedOrder("quantityOrdered of an item is not a whole number")
    fulfillment = _object(entry, "fulfillment")
    cancellation = _object(entry, "cancellation")
    proceeds = _object(entry, "proceeds")
    return Item(
        item_id=_identity(entry, "orderItemId"),
        sku=_word(product, "sellerSku", LONGEST_SKU),
        asin=_word(product, "asin"),
        title=_text(product, "title"),
        quantity=quantity,
        parts=tuple(_parts(proceeds)) or tuple(_from_unit_price(product, quantity)),
        gift_message=_text(_object(_object(fulfillment, "packing"), "giftOption"), "giftMessage"),
        cancel_reason=_text(_object(cancellation, "cancellationRequest"), "cancelReason"),
        unfulfilled=_count(fulfillment, "quantityUnfulfilled"),
        fulfilled=_count(fulfillment, "quantityFulfilled"),
        total=_money(proceeds["proceedsTotal"]) if proceeds.get("proceedsTotal") else None,
        facilitator_tax=any(
            _text(one, "model") == "MARKETPLACE_FACILITATOR" for one in _list(_object(entry, "tax"), "taxCollections")
        ),
    )


def _packages(document: Mapping[str, Any]) -> Iterator[Package]:
    for entry in _list(document, "packages"):
        units: dict[str, int] = {}
        for item in _list(entry, "packageItems"):
            item_id = _text(item, "orderItemId")
            units[item_id] = units.get(item_id, 0) + (_count(item, "quantity") or 0)
        yield Package(
            reference=_text(entry, "packageReferenceId"),
            carrier=_text(entry, "carrier"),
            tracking=_text(entry, "trackingNumber"),
            units=units,
            shipped_at=_moment(entry, "shipTime"),
        )


def _programs(document: Mapping[str, Any]) -> frozenset[str]:
    value = document.get("programs")
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()


def _count(entry: Mapping[str, Any], name: str) -> int | None:
    value = entry.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _moment(entry: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return _time(entry, name)
    except MalformedOrder:
        return None


def _parts(proceeds: Mapping[str, Any]) -> Iterator[Part]:
    """The breakdowns of an item; what a tax or discount does not explain belongs to the item itself."""
    for entry in _list(proceeds, "breakdowns"):
        kind = _required_word(entry, "type")
        whole = _money(entry.get("subtotal"))
        if kind not in _DETAILED:
            yield Part(kind, "", whole)
            continue
        explained = Decimal(0)
        for detail in _list(entry, "detailedBreakdowns"):
            value = _money(detail.get("value"))
            explained += value
            yield Part(kind, _word(detail, "subtype") or "ITEM", value)
        if explained != whole:
            yield Part(kind, "ITEM", whole - explained)


def _from_unit_price(product: Mapping[str, Any], quantity: int) -> Iterator[Part]:
    price = _object(product, "price").get("unitPrice")
    if price:
        yield Part("ITEM", "", _money(price) * quantity)


def _charges(document: Mapping[str, Any], items: tuple[Item, ...]) -> Iterator[Part]:
    """What the order's own breakdown has beyond the sum of its items."""
    for entry in _list(_object(document, "proceeds"), "breakdowns"):
        kind = _required_word(entry, "type")
        if kind in _DETAILED or kind == "ITEM":
            continue
        of_items = sum((part.amount for item in items for part in item.parts if part.kind == kind), Decimal(0))
        rest = _money(entry.get("subtotal")) - of_items
        if rest:
            yield Part(kind, _word(entry, "status"), rest)


def _grand_total(document: Mapping[str, Any]) -> tuple[str, Decimal | None]:
    total = _object(document, "proceeds").get("grandTotal")
    if total is None or total == {}:
        return "", None
    if not isinstance(total, Mapping):
        raise MalformedOrder("grandTotal is not an amount")
    return _required_word(total, "currencyCode"), _money(total)


def _currencies(value: Any) -> set[str]:
    """All currency codes of the order's proceeds, wherever they stand."""
    if isinstance(value, Mapping):
        code = _word(value, "currencyCode")
        found = {code} if code else set()
        # Payments and points may be in a currency of their own.
        inner = (item for name, item in value.items() if name not in {"payment", "expense", "product", "tax"})
        return found.union(*map(_currencies, inner))
    if isinstance(value, list):
        return set().union(*map(_currencies, value))
    return set()


def _money(value: Any) -> Decimal:
    if not isinstance(value, Mapping):
        raise MalformedOrder("an amount is missing")
    try:
        return parse_amount(value.get("amount"))
    except ValueError:
        raise MalformedOrder("an amount is not a number") from None


def _shipped_at(document: Mapping[str, Any]) -> datetime | None:
    times = (_moment(package, "shipTime") for package in _list(document, "packages"))
    return max(filter(None, times), default=None)


def _must_collect(entry: Mapping[str, Any]) -> bool:
    shipping = _object(_object(entry, "fulfillment"), "shipping")
    return bool(_object(shipping, "shippingConstraints").get("cashOnDelivery"))


def _replaced(document: Mapping[str, Any]) -> str:
    for entry in _list(document, "associatedOrders"):
        if _text(entry, "associationType") in {"REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"}:
            return _word(entry, "orderId")
    return ""


def _buyer_tax_number(document: Mapping[str, Any]) -> str:
    known = _list(_object(document, "tax"), "taxRegistrations")
    of_buyer = (_text(one, "taxRegistrationNumber") for one in known if _text(one, "entityType") == "BUYER")
    return next(filter(None, of_buyer), "")


def _address(entry: Mapping[str, Any]) -> Address:
    return Address(
        name=_text(entry, "name"),
        company=_text(entry, "companyName"),
        street=_text(entry, "addressLine1"),
        more=tuple(filter(None, (_text(entry, "addressLine2"), _text(entry, "addressLine3")))),
        city=_text(entry, "city") or _text(entry, "municipality"),
        county=_text(entry, "districtOrCounty"),
        state=_text(entry, "stateOrRegion"),
        postal_code=_text(entry, "postalCode"),
        country=_text(entry, "countryCode"),
        phone=_text(entry, "phone"),
    )


def _time(entry: Mapping[str, Any], name: str) -> datetime:
    try:
        timestamp = datetime.fromisoformat(str(entry.get(name)))
        if timestamp.tzinfo is None:
            raise MalformedOrder(f"{name} has no time zone")
        timestamp = timestamp.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, MalformedOrder) else MalformedOrder(f"{name} is not a valid time") from None
    if timestamp.year not in _YEARS:
        raise MalformedOrder(f"{name} is not a valid time")
    return timestamp


def _object(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(entry: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = entry.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _required_list(entry: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = entry.get(name)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise MalformedOrder(f"{name} is missing")
    return value


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return storable(value).strip() if isinstance(value, str) else ""


def _word(entry: Mapping[str, Any], name: str, longest: int = LONGEST_WORD) -> str:
    """An id or a code; empty when it is missing."""
    value = _text(entry, name)
    if len(value) > longest:
        raise MalformedOrder(f"{name} has {len(value)} characters")
    return value


def _required_word(entry: Mapping[str, Any], name: str) -> str:
    value = _word(entry, name)
    if not value:
        raise MalformedOrder(f"{name} is missing")
    return value


def _identity(entry: Mapping[str, Any], name: str) -> str:
    """What an order or item is known by: replaced characters would make it another one."""
    value = _required_word(entry, name)
    if not value.isprintable() or "�" in value:
        raise MalformedOrder(f"{name} holds characters that no id has")
    return value
