"""The store order that an Amazon order becomes, and the request bodies that make it.

Recipe (facts: CS-Cart order routines): POST ignores line prices, so it only brings products, address and date; the
PUT then sets exact prices, shipping and total. Lines are gross, because a total of gross lines survives later edits
in the store. The Amazon order id stands where it can be searched: as the local part of an address that receives no
mail, in the payment information, and in the first line of the staff notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any

from core.orders.plan.changes import Sold

MARKER_DOMAIN = "orders.invalid"
"""`.invalid` can never receive mail (RFC 2606)."""


@dataclass(frozen=True)
class PlannedLine:
    """`amount` units of a product at an exact gross unit price, in the store's currency."""

    product_id: int
    amount: int
    price: Decimal
    sku: str
    asin: str
    item_id: str
    """Amazon's order item."""
    title: str = ""
    """What Amazon calls the article, where a placeholder stands for it."""

    @property
    def total(self) -> Decimal:
        """Gross amount of the line."""
        return self.price * self.amount


@dataclass(frozen=True)
class PlannedOrder:
    """Everything a store order needs; `status` is where it ends, `timestamp` is unix seconds."""

    order_id: str
    company_id: int | None
    payment_id: int
    shipping_id: int
    status: str
    timestamp: int
    currency: str
    lines: tuple[PlannedLine, ...]
    shipping_cost: Decimal
    total: Decimal
    tax: Decimal
    tax_id: int | None
    address: Mapping[str, str]
    details: str
    amazon_status: str
    onward: Mapping[str, str] = field(default_factory=dict)
    """Status codes that an earlier import may have left it with → the one it has to have now; see `adopting`."""
    vendor_id: int | None = None
    """Multi-Vendor: whose products they are, where no vendor's channel says so."""
    parts: int = 1
    """Store orders that the Amazon order becomes, one per vendor; this is one of them."""
    lacking: str = ""
    """What Amazon has not sent of the address; see `changes`."""
    stand_in: int | None = None
    """The product that it is made with, where the store would cut down its lines; the correction takes it out again."""
    if_backordered: str = ""
    """`flag` or `allow`: the store may make it backordered for want of stock; `flag` tells somebody."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Number of a profile field of the store → its text."""

    @property
    def link_company(self) -> int:
        """Of which company's part a link tells: one order has one link, whosever it is."""
        return (self.vendor_id if self.parts > 1 else self.company_id) or 0

    @property
    def sold(self) -> tuple[Sold, ...]:
        """Amazon's items in it."""
        units: dict[tuple[str, str, int], int] = {}
        for line in self.lines:
            key = line.item_id, line.sku, line.product_id
            units[key] = units.get(key, 0) + line.amount
        return tuple(Sold(*key, count, count) for key, count in units.items())

    @property
    def products(self) -> list[int]:
        """Products whose stock the order moves."""
        return sorted({line.product_id for line in self.lines})

    def to_content(self) -> dict[str, Any]:
        """As JSON, for the outbox."""
        content: dict[str, Any] = _stringed(asdict(self))
        return content

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> PlannedOrder:
        """Back from the outbox."""
        values = {field.name: content[field.name] for field in fields(cls) if field.name in content}
        values["lines"] = tuple(PlannedLine(**{**line, "price": Decimal(line["price"])}) for line in content["lines"])
        for name in ("shipping_cost", "total", "tax"):
            values[name] = Decimal(content[name])
        return cls(**values)


@dataclass(frozen=True)
class StoreLine:
    """A line as the store has it, for comparing and for keeping its item id on edits."""

    item_id: str
    product_id: int
    amount: int
    price: Decimal


def create_body(order: PlannedOrder) -> dict[str, Any]:
    """The body of the POST: one line per product, because the store merges equal products."""
    products: dict[str, dict[str, Any]] = {}
    for line in order.lines:
        new = {"product_id": line.product_id, "amount": 0, "extra": _extra(line)}
        products.setdefault(str(line.product_id), new)["amount"] += line.amount
    if order.stand_in is not None:
        products = {str(order.stand_in): {"product_id": order.stand_in, "amount": 1}}
    return {
        "payment_id": order.payment_id,
        "shipping_id": order.shipping_id,
        "timestamp": order.timestamp,
        "user_data": _user_data(order),
        "details": order.details,
        "payment_info": {"transaction_id": order.order_id},
        "discount": 0,
        "subtotal_discount": 0,
        "promotions": {},
        "products": products,
        # Fields that the store does not ask for at its checkout reach the order only from the top level.
        **order.address,
        "email": marker_email(order.order_id),
    }


def correct_body(order: PlannedOrder, present: Sequence[StoreLine]) -> dict[str, Any]:
    """The body of the PUT that makes the order exact; `present` are the lines the store has now.

    Every line is sent, for those left out would be removed; the first has a price, so the store takes all of them
    as they are. Lines the store does not have yet get new whole numbers as keys.
    """
    free = list(present)
    products: dict[str, Any] = {}
    fresh = 1
    for line in order.lines:
        match = next((old for old in free if old.product_id == line.product_id), None)
        if match is not None:
            free.remove(match)
            key = match.item_id
        else:
            while str(fresh) in products or any(old.item_id == str(fresh) for old in present):
                fresh += 1
            key = str(fresh)
        products[key] = _exact_line(order, line)
    cost = _plain(order.shipping_cost)
    body = {
        "products": products,
        "stored_shipping": {"0": {"0": cost}},
        "shipping_cost": cost,
        "subtotal": _plain(sum((line.total for line in order.lines), Decimal(0))),
        "subtotal_discount": 0,
        "discount": 0,
        "promotions": {},
        "total": _plain(order.total),
        "status": order.status,
    }
    if order.tax_id is not None and order.tax:
        body["taxes"] = {str(order.tax_id): _tax(order, list(products))}
    return body


def address_body(order: PlannedOrder, present: Sequence[StoreLine]) -> dict[str, Any]:
    """The body of the PUT that gives an exact order its address: such an edit has to repeat all that is exact."""
    address = {**order.address, "email": marker_email(order.order_id)}
    return {**correct_body(order, present), "user_data": _user_data(order), **address}


def differences(
    order: PlannedOrder, lines: Sequence[StoreLine], total: Decimal, shipping_cost: Decimal | None
) -> list[str]:
    """What the store has otherwise than planned, in words; empty when it is exact to the cent."""
    found = []
    planned_amounts = _by_product((line.product_id, Decimal(line.amount)) for line in order.lines)
    present_amounts = _by_product((line.product_id, Decimal(line.amount)) for line in lines)
    planned_money = _by_product((line.product_id, line.total) for line in order.lines)
    present_money = _by_product((line.product_id, line.price * line.amount) for line in lines)
    for product in sorted(planned_amounts.keys() | present_amounts.keys()):
        planned, present = planned_amounts.get(product), present_amounts.get(product)
        if planned != present:
            found.append(f"product {product}: {present or 0} instead of {planned or 0}")
        elif planned_money[product] != present_money[product]:
            found.append(f"product {product}: {present_money[product]} instead of {planned_money[product]}")
    if shipping_cost is not None and shipping_cost != order.shipping_cost:
        found.append(f"shipping {shipping_cost} instead of {order.shipping_cost}")
    if total != order.total:
        found.append(f"total {total} instead of {order.total}")
    return found


def marker_email(order_id: str) -> str:
    """The address under which the store order is found again."""
    return f"{order_id.lower()}@{MARKER_DOMAIN}"


def _user_data(order: PlannedOrder) -> dict[str, Any]:
    """Whole each time: some builds replace what they have of it."""
    known = {**order.address, "email": marker_email(order.order_id), "tax_exempt": "Y"}
    return known | ({"fields": dict(order.fields)} if order.fields else {})


def _by_product(pairs: Any) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for product_id, value in pairs:
        sums[product_id] = sums.get(product_id, Decimal(0)) + value
    return sums


def _exact_line(order: PlannedOrder, line: PlannedLine) -> dict[str, Any]:
    return {
        "product_id": line.product_id,
        "amount": line.amount,
        "price": _plain(line.price),
        "stored_price": "Y",
        "discount": 0,
        "company_id": order.vendor_id or order.company_id or 0,
        "product_options": {},
        "extra": _extra(line),
    }


def _extra(line: PlannedLine) -> dict[str, str]:
    known = {"amazon_order_item_id": line.item_id, "asin": line.asin, "amazon_sku": line.sku}
    return known | ({"amazon_title": line.title} if line.title else {})


def _tax(order: PlannedOrder, keys: Sequence[str]) -> dict[str, Any]:
    tax = _plain(order.tax)
    return {
        "description": "Amazon tax",
        "rate_type": "F",
        "rate_value": tax,
        "price_includes_tax": "Y",
        "priority": 0,
        "tax_subtotal": tax,
        "calculation_type": "subtotal",
        "applies": {"P": tax, "S": 0, "items": {"P": dict.fromkeys(keys, True), "S": {}}},
    }


def _plain(amount: Decimal) -> str:
    """Without exponent, as the store writes amounts itself."""
    return f"{amount:f}"


def _stringed(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, dict):
        return {key: _stringed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_stringed(item) for item in value]
    return value
