"""Shipments over REST: what has been packed for which order, by which carrier, under which tracking number.

A shipment changes neither the order's status nor its `updated_at`, unless it brings `order_status`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.store import php
from sandbox.store.call import Call, Reply
from sandbox.store.columns import timestamp
from sandbox.store.errors import ApiError
from sandbox.store.model import StoreOrder, StoreShipment
from sandbox.store.order_list import window
from sandbox.store.order_view import shipped_amount
from sandbox.store.paging import envelope
from sandbox.store.state import Store
from sandbox.store.stock import change_status
from sandbox.world.carriers import IN_STORE

PACKED, PICKED_UP = "A", "P"
CHANGEABLE = frozenset({"tracking_number", "comments", "status", "timestamp"})
"""What `PUT` takes; old builds take the carrier too."""

Row = dict[str, Any]
Test = Callable[[StoreShipment, StoreOrder], bool]

SORTS: dict[str, Callable[[StoreShipment, StoreOrder], Any]] = {
    "id": lambda shipment, _: shipment.shipment_id,
    "status": lambda shipment, _: shipment.status,
    "order_id": lambda shipment, _: shipment.order_id,
    "shipment_date": lambda shipment, _: shipment.timestamp,
    "order_date": lambda _, order: order.timestamp,
    "customer": lambda _, order: order.profile.get("lastname", ""),
}


def index(store: Store, call: Call) -> Reply:
    """`GET /shipments`: the newest first; a page beyond the last repeats it."""
    query, tests = call.query, _tests(store, call)
    found = [pair for pair in _shipments(store) if all(test(*pair) for test in tests)]
    sort_by = str(query.get("sort_by", ""))
    sort_by = sort_by if sort_by in SORTS else "id"
    descending = str(query.get("sort_order", "desc")) != "asc"
    found.sort(key=lambda pair: SORTS[sort_by](*pair), reverse=descending)
    first = found[0][1] if found else None
    rows = envelope(
        "shipments",
        found,
        lambda pair: _row(store, *pair, judged_by=first),
        query,
        store.options,
        sort=(sort_by, "desc" if descending else "asc"),
        total_when_unlimited=False,
    )
    return Reply(200, rows)


def get(store: Store, call: Call) -> Reply:
    """`GET /shipments/:id`."""
    return Reply(200, shipment_row(store, _found(store, call)))


def create(store: Store, call: Call) -> Reply:
    """`POST /shipments`: amounts are cut to what is left, and only when nothing is left it refuses."""
    body = call.body
    _require_inputs(body)
    order = store.orders.get(php.integer(body["order_id"]))
    if order is None or call.company_id not in (None, order.company_id):
        raise ApiError(400)
    shipment = add_shipment(store, order, body)
    return Reply(201, {"shipment_id": shipment.shipment_id}, note=f"order {order.order_id}")


def add_shipment(store: Store, order: StoreOrder, body: Mapping[str, Any]) -> StoreShipment:
    """A new shipment of `order`; ApiError when nothing is left for it."""
    with store.lock:
        products = _products(store, order, body)
        if not products:
            raise ApiError(400)
        shipment = StoreShipment(
            shipment_id=store.new_shipment_id(),
            order_id=order.order_id,
            shipping_id=php.integer(body["shipping_id"]),
            carrier=str(body.get("carrier") or ""),
            tracking_number=str(body.get("tracking_number") or ""),
            timestamp=_moment(body) or store.now(),
            status=str(body.get("status") or (PICKED_UP if store.options.old_build else PACKED)),
            comments=str(body.get("comments") or ""),
            products=products,
        )
        store.shipments[shipment.shipment_id] = shipment
    if not php.empty(body.get("order_status")):
        # Nobody asked for mail, and the buyer gets one.
        change_status(store, order, str(body["order_status"]), {"notify_user": True})
    return shipment


def update(store: Store, call: Call) -> Reply:
    """`PUT /shipments/:id`: leaves no trace in any time, and does not mind an id that is unknown."""
    shipment = store.shipments.get(call.number)
    if shipment is not None:
        allowed = CHANGEABLE | {"carrier"} if store.options.old_build else CHANGEABLE
        order = store.orders.get(shipment.order_id)
        if not set(call.body) <= allowed or (store.options.old_build and not (order and _holds_all(shipment, order))):
            raise ApiError(400, "Shipment update is not allowed")
        edit(shipment, call.body)
    return Reply(200, {"shipment_id": call.object_id})


def edit(shipment: StoreShipment, changes: Mapping[str, Any]) -> None:
    """Write new texts into a shipment, and its time if that is among them."""
    for name in ("carrier", "tracking_number", "comments", "status"):
        if name in changes:
            setattr(shipment, name, str(changes[name] or ""))
    shipment.timestamp = _moment(changes) or shipment.timestamp


def delete(store: Store, call: Call) -> Reply:
    """`DELETE /shipments/:id`: stock stays as it is."""
    store.remove_shipment(_found(store, call).shipment_id)
    return Reply(204, None)


def shipment_row(store: Store, shipment: StoreShipment) -> Row:
    """A shipment as its own `GET` shows it."""
    order = store.orders[shipment.order_id]
    return _row(store, shipment, order, judged_by=order)


def _shipments(store: Store) -> list[tuple[StoreShipment, StoreOrder]]:
    with store.lock:
        return [(shipment, store.orders[shipment.order_id]) for shipment in store.shipments.values()]


def _found(store: Store, call: Call) -> StoreShipment:
    shipment = store.shipments.get(call.number)
    if shipment is None or call.company_id not in (None, store.orders[shipment.order_id].company_id):
        raise ApiError(404)
    return shipment


def _require_inputs(body: Mapping[str, Any]) -> None:
    missing = [name for name in ("order_id", "shipping_id") if php.empty(body.get(name))]
    if php.empty(body.get("carrier")) and php.empty(body.get("tracking_number")):
        missing.append("tracking_number")
    if missing:
        raise ApiError(400, *(f"The field {name} is required" for name in missing))


def _products(store: Store, order: StoreOrder, body: Mapping[str, Any]) -> dict[int, int]:
    """Item id -> units; an id that is none of the order's is taken as it comes."""
    left = {number: line.amount - shipped_amount(store, order, number) for number, line in order.lines.items()}
    if php.empty(body.get("products")):
        wanted = left
    else:
        given = {php.integer(key): php.integer(amount) for key, amount in php.items(body["products"])}
        wanted = {number: min(amount, left.get(number, amount)) for number, amount in given.items()}
    return {number: amount for number, amount in wanted.items() if amount > 0}


def _moment(body: Mapping[str, Any]) -> int | None:
    return timestamp(body["timestamp"]) if not php.empty(body.get("timestamp")) else None


def _holds_all(shipment: StoreShipment, order: StoreOrder) -> bool:
    """Whether a shipment holds an order whole; as the store sees it, by item ids that mean nothing elsewhere."""
    return all(shipment.products.get(number, 0) >= line.amount for number, line in order.lines.items())


def _row(store: Store, shipment: StoreShipment, order: StoreOrder, *, judged_by: StoreOrder | None) -> Row:
    """The trap: `one_full` and `group_key` of every row of a list speak of the order of its first row."""
    names = ("s_firstname", "s_lastname", "firstname", "lastname", "company")
    shipping = store.shippings.get(shipment.shipping_id)
    return {
        "shipment_id": str(shipment.shipment_id),
        "shipment_timestamp": str(shipment.timestamp),
        "comments": shipment.comments,
        "status": shipment.status,
        "order_id": str(order.order_id),
        "order_timestamp": str(order.timestamp),
        **{name: order.profile.get(name, "") for name in names},
        "user_id": str(order.user_id),
        "shipping_id": str(shipment.shipping_id),
        "shipping": shipping["shipping"] if shipping else None,
        "tracking_number": shipment.tracking_number,
        "carrier": shipment.carrier,
        "carrier_info": _carrier_info(shipment),
        "products": php.array({number: str(amount) for number, amount in shipment.products.items()}),
        "group_key": 0,
        "one_full": judged_by is not None and _holds_all(shipment, judged_by),
    }


def _carrier_info(shipment: StoreShipment) -> dict[str, str] | list[Any]:
    """A name and a link; the store makes up a name for a carrier that it does not know."""
    if not shipment.carrier:
        return []
    known = IN_STORE.get(shipment.carrier)
    if known is None:
        return {"name": f"_carrier_{shipment.carrier}", "tracking_url": ""}
    return {"name": known.name, "tracking_url": f"https://{known.code}.example/{shipment.tracking_number}"}


def _tests(store: Store, call: Call) -> list[Test]:
    query, tests = call.query, []
    if call.company_id is not None:
        tests.append(lambda _, order: order.company_id == call.company_id)
    tests += _id_tests(query) + _text_tests(query)
    for kind in ("shipment", "order"):
        tests += _time_tests(kind, query, store.now())
    return tests


def _id_tests(query: Mapping[str, Any]) -> list[Test]:
    orders, shipments, products = (php.integers(query.get(name)) for name in ("order_id", "shipment_id", "p_ids"))
    statuses = php.values(query.get("status"))
    tests: list[Test] = []
    if orders:
        tests.append(lambda shipment, _: shipment.order_id in orders)
    if shipments:
        tests.append(lambda shipment, _: shipment.shipment_id in shipments)
    if statuses:
        tests.append(lambda shipment, _: shipment.status in statuses)
    if products:
        tests.append(lambda shipment, order: not products.isdisjoint(_product_ids(shipment, order)))
    return tests


def _product_ids(shipment: StoreShipment, order: StoreOrder) -> set[int]:
    return {order.lines[number].product_id for number in shipment.products if number in order.lines}


def _text_tests(query: Mapping[str, Any]) -> list[Test]:
    name, company = (str(query.get(key) or "").strip() for key in ("cname", "company"))
    tests: list[Test] = []
    if name:
        meets_name = php.like(name).search
        tests.append(
            lambda _, order: bool(
                meets_name(f"{order.profile.get('firstname', '')} {order.profile.get('lastname', '')}")
            )
        )
    if company:
        meets_company = php.like(company).search
        tests.append(lambda _, order: bool(meets_company(order.company)))
    return tests


def _time_tests(kind: str, query: Mapping[str, Any], now: int) -> list[Test]:
    asked = {name: query.get(f"{kind}_{name}") for name in ("period", "time_from", "time_to")}
    start, end = window(asked, now)

    def test(shipment: StoreShipment, order: StoreOrder) -> bool:
        at = shipment.timestamp if kind == "shipment" else order.timestamp
        return (start is None or at >= start) and (end is None or at <= end)

    return [] if start is None and end is None else [test]
