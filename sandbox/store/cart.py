"""The cart: which lines an order gets, which shipping, and what it all costs."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.store import php
from sandbox.store.model import ZERO, ChosenShipping, StoreLine, StoreOrder, StoreProduct
from sandbox.store.money import decimal, rounded
from sandbox.store.reference import DESTINATIONS
from sandbox.store.state import Store
from sandbox.store.stock import is_tracked, may_oversell
from sandbox.store.tax import apply_taxes

PROMOTION_PERCENT = 10


@dataclass
class Lines:
    """The lines being put together for one company (0: any, as in Multi-Vendor)."""

    company_id: int
    tax_exempt: bool
    trims: bool
    """True when an order is created: too little stock trims a line. An edit only warns."""
    found: dict[int, StoreLine] = field(default_factory=dict)


def item_id(product_id: int, options: Mapping[str, Any]) -> int:
    """The id of a line: an unsigned CRC of product and chosen options, so equal lines fall together."""
    chosen = sorted(str(value) for value in options.values())
    return zlib.crc32("_".join([str(product_id), *chosen]).encode())


def add_products(store: Store, lines: Lines, given: Any) -> None:
    """Add `products` of a request at the store's own prices; what cannot be sold is dropped silently."""
    for key, entry in php.items(given):
        if not isinstance(entry, Mapping):
            continue
        product = store.products.get(php.integer(entry.get("product_id") or key))
        if product is None or not product.category_ids or not is_sold_by(store, product, lines.company_id):
            continue
        options = php.mapping(entry.get("product_options"))
        number = item_id(product.product_id, options)
        already = lines.found.get(number)
        wanted = php.integer(entry.get("amount")) + (already.amount if already else 0)
        amount = allowed_amount(store, product, wanted, trims=lines.trims)
        if amount <= 0:
            lines.found.pop(number, None)
            continue
        line = _store_priced(store, product, number, amount, lines.tax_exempt)
        line.product_options = options
        line.extra = php.mapping(entry.get("extra"))
        lines.found[number] = line
    drop_zero_priced(store, lines.found)


def take_verbatim(store: Store, lines: Lines, given: Any) -> None:
    """Use `products` of an edit as the cart itself: its keys are item ids, its prices count if "stored"."""
    for key, entry in php.items(given):
        if not isinstance(entry, Mapping):
            continue
        product = store.products.get(php.integer(entry.get("product_id")))
        if product is None:
            continue
        amount = allowed_amount(store, product, php.integer(entry.get("amount")), trims=False)
        if amount <= 0:
            continue
        number = php.integer(key)
        line = _store_priced(store, product, number, amount, lines.tax_exempt)
        if str(entry.get("stored_price")) == "Y":
            line.stored_price = True
            line.base_price = rounded(decimal(entry.get("price")), store.options.decimals)
        line.discount = rounded(decimal(entry.get("discount")), store.options.decimals)
        line.price = line.base_price - line.discount
        line.company_id = php.integer(entry.get("company_id"))
        line.product_options = php.mapping(entry.get("product_options"))
        line.extra = php.mapping(entry.get("extra"))
        lines.found[number] = line
    drop_zero_priced(store, lines.found)


def is_verbatim(given: Any) -> bool:
    """Whether `products` of an edit is used as is: decided by its first element alone."""
    first = next((entry for _, entry in php.items(given)), None)
    return isinstance(first, Mapping) and "product_id" in first and "price" in first


def drop_zero_priced(store: Store, found: dict[int, StoreLine]) -> None:
    """Remove lines without a price, unless the product says free is fine."""
    for number, line in list(found.items()):
        product = store.products.get(line.product_id)
        if line.price <= 0 and product is not None and product.zero_price_action == "R":
            del found[number]


def allowed_amount(store: Store, product: StoreProduct, wanted: int, *, trims: bool) -> int:
    """The amount the store makes of `wanted`; 0 drops the line."""
    if wanted <= 0:
        return 0
    amount = wanted
    if product.qty_step > 0:
        amount = -(-amount // product.qty_step) * product.qty_step
    if not trims:
        return amount
    if product.min_qty > 0:
        amount = max(amount, product.min_qty)
    if product.max_qty > 0:
        amount = min(amount, product.max_qty)
    if is_tracked(product) and not may_oversell(store, product):
        amount = min(amount, max(product.amount, 0))
    return amount


def is_sold_by(store: Store, product: StoreProduct, company_id: int) -> bool:
    """Whether a vendor or storefront sells a product: its own, or one that is shared; 0 sells all."""
    shared = not store.options.multivendor and product.product_id in store.options.shared_products
    return shared or company_id in (0, product.company_id)


def _store_priced(store: Store, product: StoreProduct, number: int, amount: int, tax_exempt: bool) -> StoreLine:
    price = rounded(product.price, store.options.decimals)
    if tax_exempt and product.tax_ids and store.options.tax_included:
        rate = decimal(store.options.tax_rate)
        price = rounded(price / (1 + rate / 100), store.options.decimals)
    return StoreLine(
        item_id=number,
        product_id=product.product_id,
        product_code=product.product_code,
        product=product.product,
        amount=amount,
        price=price,
        base_price=price,
        discount=ZERO,
        company_id=product.company_id,
        stored_price=False,
    )


def available_shippings(store: Store, country: str) -> list[tuple[int, Decimal]]:
    """Active methods with a rate row for `country`, by position: id and rate."""
    found: list[tuple[int, int, Decimal]] = []
    with store.lock:
        for number, row in store.shippings.items():
            rate = _rate(row, country)
            if row["status"] == "A" and rate is not None:
                found.append((php.integer(row.get("position")), number, rate))
    return [(number, rate) for _, number, rate in sorted(found)]


def _rate(row: Mapping[str, Any], country: str) -> Decimal | None:
    """The rate for `country`, of the most special destination; None: not available there.

    A manual method without rate rows is not available anywhere.
    """
    for destination, rates in sorted(php.mapping(row.get("rates")).items(), reverse=True):
        countries = DESTINATIONS.get(destination, frozenset())
        if isinstance(rates, Mapping) and (countries is None or country in countries):
            return _rate_value(rates)
    return None


def _rate_value(rates: Mapping[str, Any]) -> Decimal | None:
    base = decimal(rates.get("base_rate"))
    steps = php.mapping(rates.get("rate_value"))
    rows = [row for kind in steps.values() for _, row in php.items(kind) if isinstance(row, Mapping)]
    if not rows:
        return base if base else None
    return base + decimal(rows[0].get("value")) if "value" in rows[0] else base


def choose_shipping(store: Store, wanted: Any, group_keys: list[int], country: str) -> list[ChosenShipping] | None:
    """One method per group: the wanted one, else silently the first available; None: there is none at all."""
    available = available_shippings(store, country)
    if not available:
        return None
    chosen: list[ChosenShipping] = []
    for group_key in group_keys:
        asked = php.mapping(wanted).get(str(group_key)) if isinstance(wanted, dict | list) else wanted
        number, rate = next((pair for pair in available if pair[0] == php.integer(asked)), available[0])
        name = str(store.shippings[number]["shipping"])
        chosen.append(ChosenShipping(number, name, rounded(rate, store.options.decimals), group_key))
    return chosen


def surcharge(store: Store, payment_id: int, total: Decimal) -> Decimal:
    """What the payment method adds to `total`."""
    row = store.payments.get(payment_id)
    if row is None:
        return ZERO
    value = decimal(row.get("a_surcharge")) + total * decimal(row.get("p_surcharge")) / 100
    return rounded(value, store.options.decimals)


def calculate(store: Store, order: StoreOrder, shipping_cost: Decimal) -> None:
    """Fill in the money of `order` from its lines; overrides of the request come after this."""
    order.subtotal = sum((line.subtotal for line in order.lines.values()), ZERO)
    order.discount = sum((line.discount * line.amount for line in order.lines.values()), ZERO)
    order.subtotal_discount, order.promotions = ZERO, {}
    if store.options.promotions_active:
        off = order.subtotal * PROMOTION_PERCENT / 100
        order.subtotal_discount = rounded(off, store.options.decimals)
        order.promotions = {"1": {"name": "Autumn sale", "total_discount": str(order.subtotal_discount)}}
    added_taxes = apply_taxes(store, order)
    order.shipping_cost = shipping_cost
    total = order.subtotal - order.subtotal_discount + shipping_cost + added_taxes
    order.total = max(total, ZERO)
    order.payment_surcharge = surcharge(store, order.payment_id, order.total)
