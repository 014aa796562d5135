"""Request keys merged over a calculated order: the store takes any column name at the top level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.store import php
from sandbox.store.model import PROFILE_FIELDS, StoreOrder
from sandbox.store.money import decimal, rounded

MONEY = ("total", "subtotal", "discount", "subtotal_discount", "payment_surcharge", "shipping_cost")
MAPS = ("taxes", "promotions", "coupons")
TEXTS = ("notes", "details", "lang_code")


def merge_user_data(order: StoreOrder, user_data: Mapping[str, Any], disabled: tuple[str, ...]) -> None:
    """Copy the customer of `user_data`; address fields not enabled for checkout are left out."""
    for name in PROFILE_FIELDS:
        if name in user_data and name not in disabled:
            order.profile[name] = _text(user_data[name])
    if "tax_exempt" in user_data:
        order.tax_exempt = str(user_data["tax_exempt"]) == "Y"
    if "lang_code" in user_data:
        order.lang_code = _text(user_data["lang_code"])
    order.profile_fields.update(php.mapping(user_data.get("fields")))
    for name in ("firstname", "lastname", "phone"):
        if not order.profile.get(name):
            order.profile[name] = order.profile.get(f"b_{name}") or order.profile.get(f"s_{name}") or ""


def merge_columns(order: StoreOrder, body: Mapping[str, Any], decimals: int) -> None:
    """Lay the request's top-level keys over the order, then add the payment's surcharge to the total."""
    for name in MONEY:
        if name in body:
            setattr(order, name, rounded(decimal(body[name]), decimals))
    for name in MAPS:
        if name in body:
            setattr(order, name, php.mapping(body[name]))
    for name in TEXTS:
        if name in body:
            setattr(order, name, _text(body[name]))
    for name in PROFILE_FIELDS:
        if name in body:
            order.profile[name] = _text(body[name])
    if "tax_exempt" in body:
        order.tax_exempt = str(body["tax_exempt"]) == "Y"
    if "parent_order_id" in body:
        order.parent_order_id = php.integer(body["parent_order_id"])
    if "is_parent_order" in body:
        order.is_parent_order = str(body["is_parent_order"]) == "Y"
    order.payment_info = order.payment_info | php.mapping(body.get("payment_info"))
    order.total += order.payment_surcharge


def timestamp(value: Any) -> int | None:
    """Unix seconds, also from m/d/Y text; None when it is neither."""
    if php.is_number(value):
        return php.integer(value)
    try:
        return int(datetime.strptime(str(value), "%m/%d/%Y").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _text(value: Any) -> str:
    return "" if value is None else str(value)
