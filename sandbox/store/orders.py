"""Orders over REST: the calls and their answers; the rules are in `create_order`, `edit` and `order_list`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.store.call import Call, Reply
from sandbox.store.create_order import place_order
from sandbox.store.echo import repeated
from sandbox.store.edit import change_only_status, delete_order, is_status_only, rebuild
from sandbox.store.errors import ApiError
from sandbox.store.order_list import list_orders
from sandbox.store.order_view import full
from sandbox.store.state import Store


def index(store: Store, call: Call) -> Reply:
    """`GET /orders`."""
    return Reply(200, list_orders(store, call.query, call.company_id))


def get(store: Store, call: Call) -> Reply:
    """`GET /orders/:id`."""
    order = store.orders.get(call.number)
    if order is None or call.company_id not in (None, order.company_id):
        raise ApiError(404)
    return Reply(200, full(store, order))


def create(store: Store, call: Call) -> Reply:
    """`POST /orders`: 201, whatever became of lines and amounts."""
    if store.options.echoes == "create":
        _refuse_repeating(store, call.body)
    order, *parts = place_order(store, call.body, call.company_id)
    body: dict[str, Any] = {"order_id": order.order_id}
    if store.options.order_data:
        body["order_data"] = full(store, order)
    if store.options.multivendor:
        body["suborder_ids"] = [part.order_id for part in parts]
        body["suborders_data"] = [full(store, part) for part in parts]
    return Reply(201, body, note=f"order {order.order_id}")


def update(store: Store, call: Call) -> Reply:
    """`PUT /orders/:id`: the fast path for a lone status, else the full rebuild."""
    order = store.orders.get(call.number)
    if store.options.echoes == "update" and order is not None:
        _refuse_repeating(store, order.profile)
    if is_status_only(store, call.body):
        change_only_status(store, call.number, call.body)
        return Reply(200, {"order_id": call.object_id}, note="status")
    rebuild(store, call.number, call.body)
    return Reply(200, {"order_id": call.object_id}, note="rebuild")


def _refuse_repeating(store: Store, columns: Mapping[str, Any]) -> None:
    with store.lock:
        store.refusals += 1
        said = repeated(columns, store.refusals)
    raise ApiError(400, f"{said}: the field phone is not accepted")


def delete(store: Store, call: Call) -> Reply:
    """`DELETE /orders/:id`."""
    delete_order(store, call.number)
    return Reply(204, None)
