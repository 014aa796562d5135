"""Changing and deleting orders: `PUT /orders/:id`, `DELETE /orders/:id`."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from sandbox.store import php
from sandbox.store.cart import (
    Lines,
    add_products,
    calculate,
    choose_shipping,
    drop_zero_priced,
    is_verbatim,
    take_verbatim,
)
from sandbox.store.columns import merge_columns, merge_user_data
from sandbox.store.errors import ApiError
from sandbox.store.model import ZERO, StoreOrder
from sandbox.store.money import decimal, rounded
from sandbox.store.state import Store
from sandbox.store.stock import INCOMPLETE, NOTIFY_KEYS, change_status


def is_status_only(store: Store, body: dict[str, Any]) -> bool:
    """Whether `body` takes the fast path; in old builds notify keys lead to the full rebuild."""
    allowed = {"status"} if store.options.old_build else {"status", *NOTIFY_KEYS}
    return "status" in body and set(body) <= allowed


def change_only_status(store: Store, order_id: int, body: dict[str, Any]) -> None:
    """The fast path: never complains, not even about an order that is not there."""
    order = store.orders.get(order_id)
    if order is not None:
        change_status(store, order, str(body["status"]), body)


def rebuild(store: Store, order_id: int, body: dict[str, Any]) -> None:
    """The full path: all is calculated anew, the request laid over it, stock goes back and out again."""
    old = store.orders.get(order_id)
    if old is None:
        raise ApiError(404)
    order = _rebuilt(store, old, body)
    status = old.status
    # The old lines give their stock back, the new ones take theirs.
    change_status(store, old, INCOMPLETE, {})
    order.status = INCOMPLETE
    store.put_order(order)
    change_status(store, order, status, body)
    if "status" in body:
        change_status(store, order, str(body["status"]), body)
    order.updated_at = store.now()


def delete_order(store: Store, order_id: int) -> None:
    """Restore the stock, then forget the order."""
    order = store.orders.get(order_id)
    if order is None:
        raise ApiError(404)
    change_status(store, order, INCOMPLETE, {})
    store.remove_order(order_id)


def _rebuilt(store: Store, old: StoreOrder, body: dict[str, Any]) -> StoreOrder:
    """The order as it comes out of the edit, not yet stored."""
    order = deepcopy(old)
    if not php.empty(body.get("payment_id")):
        order.payment_id = php.integer(body["payment_id"])
    if "user_data" in body:
        merge_user_data(order, php.mapping(body["user_data"]), tuple(store.options.disabled_profile_fields))
    if not php.empty(body.get("products")):
        _replace_lines(store, order, body["products"])
    else:
        drop_zero_priced(store, order.lines)
    if not order.lines:
        raise ApiError(400)
    _choose_shipping(store, order, body)
    calculate(store, order, _shipping_cost(store, order, body))
    # A bare shipping_cost loses against the stored rates.
    overrides = {name: value for name, value in body.items() if name != "shipping_cost"}
    merge_columns(order, overrides, store.options.decimals)
    return order


def _replace_lines(store: Store, order: StoreOrder, products: Any) -> None:
    """Lines not in the request are gone afterwards, in either form."""
    scope = 0 if store.options.multivendor else order.company_id
    lines = Lines(scope, order.tax_exempt, trims=False)
    if is_verbatim(products):
        take_verbatim(store, lines, products)
    else:
        add_products(store, lines, products)
    order.lines = lines.found


def _choose_shipping(store: Store, order: StoreOrder, body: dict[str, Any]) -> None:
    """Rate the chosen methods again; one that is no longer available is silently replaced."""
    wanted: Any = {str(one.group_key): one.shipping_id for one in order.shipping}
    for name in ("shipping_ids", "shipping_id"):
        if not php.empty(body.get(name)):
            wanted = body[name]
    if php.empty(wanted):
        return
    country = str(body.get("s_country") or order.profile.get("s_country") or store.setting("default_country"))
    groups = [one.group_key for one in order.shipping] or [order.company_id]
    chosen = choose_shipping(store, wanted, groups, country)
    if chosen is None:
        raise ApiError(400)
    order.shipping = chosen


def _shipping_cost(store: Store, order: StoreOrder, body: dict[str, Any]) -> Decimal:
    """`stored_shipping` {group index: {shipping index: cost}} if sent, else what the methods' rates give."""
    if "stored_shipping" not in body:
        return sum((one.rate for one in order.shipping), ZERO)
    cost = ZERO
    stored = php.mapping(body["stored_shipping"])
    for index, chosen in enumerate(order.shipping):
        group = php.mapping(stored.get(str(index)))
        cost += decimal(group["0"]) if "0" in group else chosen.rate
    return rounded(cost, store.options.decimals)
