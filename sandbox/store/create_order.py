"""Creating orders: `POST /orders`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.store import php
from sandbox.store.cart import Lines, add_products, calculate, choose_shipping
from sandbox.store.columns import merge_columns, merge_user_data, timestamp
from sandbox.store.errors import ApiError
from sandbox.store.model import ZERO, StoreLine, StoreOrder
from sandbox.store.money import decimal
from sandbox.store.state import API_USER_ID, PARENT, Store
from sandbox.store.stock import INCOMPLETE, change_status

OPEN, PAID = "O", "P"


def place_order(store: Store, body: dict[str, Any], company_id: int | None) -> list[StoreOrder]:
    """Create the order of `body`; the result is that order, then its sub-orders if it was split by vendor.

    `company_id` is the storefront or vendor of the path, if any.
    """
    _require_inputs(body)
    company = _company(store, company_id)
    draft = _draft(store, body, company)
    vendors = sorted({line.company_id for line in draft.lines.values()})
    if not store.options.multivendor or len(vendors) < 2:
        draft.company_id = company or vendors[0]
        _price(store, draft, body, [draft.company_id])
        merge_columns(draft, body, store.options.decimals)
        return [_save(store, draft, body)]
    return _place_split(store, draft, body, vendors)


def _require_inputs(body: Mapping[str, Any]) -> None:
    missing = [name for name in ("payment_id", "products") if php.empty(body.get(name))]
    if php.empty(body.get("user_data")) and php.empty(body.get("user_id")):
        missing.append("user_id/user_data")
    if php.empty(body.get("shipping_id")) and php.empty(body.get("shipping_ids")):
        missing.append("shipping_id/shipping_ids")
    if missing:
        raise ApiError(400, *(f"The field {name} is required" for name in missing))


def _company(store: Store, company_id: int | None) -> int:
    """The storefront the order belongs to; 0 in Multi-Vendor, where the lines decide."""
    if company_id is not None:
        return company_id
    if store.options.multivendor:
        return 0
    if store.options.single_storefront:
        return store.options.company_ids[0]
    raise ApiError(400, "Please select a storefront first")


def _draft(store: Store, body: dict[str, Any], company: int) -> StoreOrder:
    now = store.now()
    order = StoreOrder(0, company, INCOMPLETE, now, now, issuer_id=API_USER_ID)
    order.payment_id = php.integer(body["payment_id"])
    order.user_id = php.integer(body.get("user_id"))
    # The profile keys of the top level are laid over later, but the shipping address has to be known now.
    merge_user_data(order, php.mapping(body.get("user_data")), tuple(store.options.disabled_profile_fields))
    if "s_country" in body:
        order.profile["s_country"] = str(body["s_country"])
    lines = Lines(company, order.tax_exempt, trims=True)
    add_products(store, lines, body["products"])
    if not lines.found:
        raise ApiError(400)
    order.lines = lines.found
    return order


def _price(store: Store, order: StoreOrder, body: Mapping[str, Any], groups: list[int]) -> None:
    """Shipping, totals and the checks before an order is placed."""
    country = order.profile.get("s_country") or store.setting("default_country")
    wanted = body.get("shipping_ids") if php.empty(body.get("shipping_id")) else body.get("shipping_id")
    chosen = choose_shipping(store, wanted, groups, country)
    if chosen is None:
        raise ApiError(403, "There are no shipping methods available for your address")
    order.shipping = chosen
    calculate(store, order, sum((one.rate for one in chosen), ZERO))
    payment = store.payments.get(order.payment_id)
    if payment is None or payment["status"] != "A":
        raise ApiError(400, "The selected payment method is not available")
    least = decimal(store.setting("min_order_amount"))
    if order.subtotal < least:
        raise ApiError(403, f"The minimum order amount is {least}")


def _save(store: Store, order: StoreOrder, body: Mapping[str, Any]) -> StoreOrder:
    """Insert as incomplete, then open: that is when stock is taken.

    The trap: an `order_id` in the body replaces that order in place of adding one.
    """
    asked = php.integer(body.get("order_id"))
    old = store.orders.get(asked)
    wanted_time = timestamp(body["timestamp"]) if "timestamp" in body else None
    if wanted_time is not None:
        order.timestamp = wanted_time
    if old is not None:
        change_status(store, old, INCOMPLETE, {})
        order.timestamp = old.timestamp
        order.payment_info = old.payment_info | order.payment_info
    order.order_id = asked if asked > 0 else store.new_order_id()
    store.put_order(order)
    free = order.total == 0 and not store.options.multivendor
    change_status(store, order, PAID if free else OPEN, dict(body))
    return order


def _place_split(store: Store, draft: StoreOrder, body: dict[str, Any], vendors: list[int]) -> list[StoreOrder]:
    """One hidden parent and an order per vendor; overrides of money reach the parent only."""
    _price(store, draft, body, vendors)
    merge_columns(draft, body, store.options.decimals)
    draft.order_id, draft.is_parent_order, draft.status = store.new_order_id(), True, PARENT
    rest = {name: value for name, value in body.items() if name != "order_id"}
    parts: list[StoreOrder] = []
    for vendor in vendors:
        lines = _lines_of(draft, vendor)
        part = replace(draft, lines=lines, company_id=vendor, is_parent_order=False, status=INCOMPLETE)
        part.profile, part.payment_info = dict(draft.profile), dict(draft.payment_info)
        part.parent_order_id = draft.order_id
        part.shipping = [one for one in draft.shipping if one.group_key == vendor]
        calculate(store, part, sum((one.rate for one in part.shipping), ZERO))
        part.total += part.payment_surcharge
        parts.append(part)
    store.put_order(draft)
    return [draft, *(_save(store, part, rest) for part in parts)]


def _lines_of(order: StoreOrder, vendor: int) -> dict[int, StoreLine]:
    return {number: replace(line) for number, line in order.lines.items() if line.company_id == vendor}
