"""Shipments: the newest, those of an order, and making one.

Traps absorbed here (facts: CS-Cart REST API "Shipments"): pages past the end repeat the last one; in lists of several
orders `one_full` and `group_key` belong to the first row's order, so neither is read; an empty map comes as a list;
lines that an order does not have are not refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.cscart import shapes
from core.cscart.transport import Params, StoreClient
from core.errors import OutcomeUnknown

PAGE_SIZE = 500
_LAST_MOMENT = 2**32 - 1
"""Unix seconds that the store's column holds."""


@dataclass(frozen=True)
class Shipment:
    """One parcel: `items` are units by line of its order."""

    shipment_id: int
    order_id: int
    carrier: str
    method: str
    tracking: str
    items: Mapping[str, int]
    shipped_at: datetime
    comments: str


@dataclass(frozen=True)
class ShipmentPage:
    """One page, and how many shipments there are altogether as far as the store tells."""

    shipments: list[Shipment]
    total: int | None


def newest(client: StoreClient, page: int, *, size: int = PAGE_SIZE) -> ShipmentPage:
    """A page of all shipments, the highest number first; one call. Past the end the last page is repeated."""
    params: Params = (("sort_by", "id"), ("sort_order", "desc"), ("page", page), ("items_per_page", size))
    body = client.get("shipments", params, large=True)
    return ShipmentPage(_parse_all(shapes.rows(body, "shipments")), shapes.total_items(body))


def of_order(client: StoreClient, order_id: int) -> list[Shipment]:
    """The shipments of an order, lowest number first; one call."""
    params: Params = (("order_id", order_id), ("items_per_page", PAGE_SIZE))
    found = _parse_all(shapes.rows(client.get("shipments", params), "shipments"))
    return sorted((one for one in found if one.order_id == order_id), key=lambda one: one.shipment_id)


def create(
    client: StoreClient,
    order_id: int,
    *,
    shipping_id: int,
    carrier: str,
    tracking: str,
    comments: str,
    items: Mapping[str, int] | None = None,
    shipped_at: datetime | None = None,
) -> int:
    """Make a shipment of these units, or of all that is left to ship; returns its number. Mails nobody."""
    body: dict[str, Any] = {
        "order_id": order_id,
        "shipping_id": shipping_id,
        "carrier": carrier,
        "tracking_number": tracking,
        "comments": comments,
    }
    if items:
        body["products"] = dict(items)
    if shipped_at is not None:
        body["timestamp"] = int(shipped_at.timestamp())
    number = shapes.integer(client.write("POST", "shipments", body).get("shipment_id"))
    if number is None:
        raise OutcomeUnknown("A shipment was made without its number being told.", subject=client.access.subject)
    return number


def _parse_all(rows: Sequence[Mapping[str, Any]]) -> list[Shipment]:
    """The readable ones: one without numbers is nobody's parcel."""
    found = (_parse(row) for row in rows)
    return [one for one in found if one is not None]


def _parse(row: Mapping[str, Any]) -> Shipment | None:
    shipment_id, order_id = shapes.integer(row.get("shipment_id")), shapes.integer(row.get("order_id"))
    if shipment_id is None or order_id is None:
        return None
    seconds = shapes.integer(row.get("shipment_timestamp"), _LAST_MOMENT) or 0
    return Shipment(
        shipment_id=shipment_id,
        order_id=order_id,
        carrier=shapes.name(row.get("carrier")).strip(),
        method=shapes.name(row.get("shipping")).strip(),
        tracking=shapes.name(row.get("tracking_number")).strip(),
        items=dict(_items(shapes.mapping(row.get("products")))),
        shipped_at=datetime.fromtimestamp(max(seconds, 0), UTC),
        comments=shapes.text(row.get("comments")),
    )


def _items(products: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    for key, value in products.items():
        amount = shapes.integer(value)
        if amount is not None and amount > 0:
            yield key, amount
