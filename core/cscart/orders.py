"""Orders: search, read, create and edit.

Traps absorbed here (facts: CS-Cart REST API "Orders" and the shipped order routines): a POST ignores line prices; a
full PUT rebuilds the order from what is sent; a PUT of nothing but `status` is the fast path and answers 200 even
when it was refused; lists and maps come in several shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.cscart import shapes
from core.cscart.transport import Params, StoreClient
from core.errors import OutcomeUnknown, Rejected

IDS_PER_CALL = 50
_SEARCH_PAGE = 100
_LONGEST_SEARCH = 20
"""Pages read at the most when a store ignores the filter that was asked for."""


@dataclass(frozen=True)
class OrderLine:
    """One line of a store order; `price` is per unit, after its discount."""

    item_id: str
    product_id: int
    amount: int
    price: Decimal
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreOrder:
    """A store order as far as imports look at it; money in the store's primary currency."""

    order_id: int
    status: str
    total: Decimal
    shipping_cost: Decimal | None
    """None where the store does not tell it."""
    timestamp: int
    company_id: int | None
    email: str
    details: str
    transaction_id: str
    lines: tuple[OrderLine, ...]

    def mentions(self, marker: str) -> bool:
        """Whether this is the order made for the Amazon order id `marker`."""
        return (
            self.email.split("@")[0].lower() == marker.lower()
            or self.transaction_id == marker
            or f"amazon_order_id={marker}" in self.details.splitlines()
        )


def create(client: StoreClient, body: Mapping[str, Any], *, company_id: int | None) -> tuple[int, StoreOrder | None]:
    """Create an order, under the storefront `company_id` where the store wants it so.

    Returns its id, and the order itself where the store sends it back. Raises as `StoreClient.write` does.
    """
    path = f"stores/{company_id}/orders" if company_id is not None else "orders"
    answer = client.write("POST", path, body)
    order_id = shapes.integer(answer.get("order_id"))
    if not order_id:
        raise OutcomeUnknown("It created an order without telling its number.", subject=client.access.subject)
    data = answer.get("order_data")
    return order_id, parse(data) if isinstance(data, Mapping) and data.get("products") else None


def edit(client: StoreClient, order_id: int, body: Mapping[str, Any]) -> None:
    """Rebuild an order from `body`; prices hold only for lines with `stored_price`."""
    client.write("PUT", f"orders/{order_id}", body)


def set_status(client: StoreClient, order_id: int, letter: str) -> None:
    """Change nothing but the status; the answer tells nothing, so read back where it matters."""
    client.write("PUT", f"orders/{order_id}", {"status": letter})


def get(client: StoreClient, order_id: int) -> StoreOrder | None:
    """One order, or None when the store has none with this number."""
    try:
        return parse(client.get(f"orders/{order_id}"))
    except Rejected as error:
        if error.status == 404:
            return None
        raise


def get_many(client: StoreClient, order_ids: Sequence[int]) -> dict[int, StoreOrder]:
    """Whole orders by number; one call per 50. Falls back to one by one for those the list leaves out."""
    found: dict[int, StoreOrder] = {}
    for start in range(0, len(order_ids), IDS_PER_CALL):
        wanted = order_ids[start : start + IDS_PER_CALL]
        params: Params = (
            ("order_id", ",".join(map(str, wanted))),
            ("include_incompleted", 1),
            ("get_orders_data", 1),
            ("items_per_page", len(wanted)),
        )
        for order in _parse_all(shapes.rows(client.get("orders", params, large=True), "orders")):
            if order.order_id in wanted and order.lines:  # a plain row has none
                found[order.order_id] = order
    for order_id in order_ids:
        if order_id not in found:
            single = get(client, order_id)
            if single is not None:
                found[order_id] = single
    return found


def find(client: StoreClient, marker: str, *, filtered: bool = True) -> list[StoreOrder]:
    """All orders made for the Amazon order id `marker`, lowest number first; one call.

    `filtered` is False for a store that was found to ignore the e-mail filter: then the newest orders are looked
    through.
    """
    params: list[tuple[str, str | int]] = [("email", marker)] if filtered else []
    params += [("include_incompleted", 1), ("get_orders_data", 1), ("sort_by", "order_id"), ("sort_order", "desc")]
    found: dict[int, StoreOrder] = {}
    seen = 0  # the host may cap the size of pages
    for page in range(1, _LONGEST_SEARCH + 1):
        body = client.get("orders", (*params, ("page", page), ("items_per_page", _SEARCH_PAGE)), large=True)
        rows = shapes.rows(body, "orders")
        for order in _parse_all(rows):
            if order.mentions(marker):
                found[order.order_id] = order
        seen += len(rows)
        if not rows or seen >= (shapes.total_items(body) or 0):
            break
    whole = (order if order.lines else get(client, order.order_id) for order in found.values())
    return sorted((order for order in whole if order is not None), key=lambda order: order.order_id)


def parse(row: Mapping[str, Any]) -> StoreOrder:
    """A whole order; raises OutcomeUnknown when it is not one."""
    try:
        return StoreOrder(
            order_id=int(row["order_id"]),
            status=shapes.text(row.get("status")),
            total=shapes.amount(row["total"]),
            shipping_cost=shapes.amount(row["shipping_cost"]) if "shipping_cost" in row else None,
            timestamp=shapes.integer(row.get("timestamp")) or 0,
            company_id=shapes.integer(row.get("company_id")),
            email=shapes.text(row.get("email")),
            details=shapes.text(row.get("details")),
            transaction_id=shapes.text(shapes.mapping(row.get("payment_info")).get("transaction_id")),
            lines=tuple(_line(key, line) for key, line in shapes.mapping(row.get("products")).items()),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise OutcomeUnknown("An order came in a form that cannot be read.", subject="the store") from None


def _parse_all(rows: Iterable[Mapping[str, Any]]) -> Iterable[StoreOrder]:
    """The readable ones; an unreadable order of somebody else must not hide ours."""
    for row in rows:
        with suppress(OutcomeUnknown):
            yield parse(row)


def _line(key: str, line: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        item_id=shapes.text(line.get("item_id")) or key,
        product_id=int(line["product_id"]),
        amount=int(line["amount"]),
        price=shapes.amount(line.get("price")),
        extra=shapes.mapping(line.get("extra")),
    )


def marked(
    client: StoreClient, domain: str, *, filtered: bool = True, window: tuple[int, int] | None = None
) -> dict[str, int]:
    """All orders whose e-mail address is of `domain`, by the part before the @; one call per 500.

    `filtered` is False for a store that was found to ignore the e-mail filter: then all its orders are read.
    `window` (unix seconds) limits the search to orders dated inside it.
    """
    found: dict[str, int] = {}
    seen: set[int] = set()
    page = 1
    while True:
        wanted: list[tuple[str, str | int]] = [("email", f"@{domain}")] if filtered else []
        if window is not None:
            wanted += [("period", "C"), ("time_from", window[0]), ("time_to", window[1])]
        params: Params = (
            *wanted,
            ("include_incompleted", 1),
            ("sort_by", "order_id"),
            ("sort_order", "asc"),
            ("page", page),
            ("items_per_page", 500),
        )
        body = client.get("orders", params, large=True)
        ids = {}
        for row in shapes.rows(body, "orders"):
            order_id = shapes.integer(row.get("order_id"))
            if order_id is not None and order_id not in seen:
                ids[order_id] = shapes.text(row.get("email"))
        seen.update(ids)
        for order_id, email in ids.items():
            marker, _, at = email.rpartition("@")
            if at == domain:
                found.setdefault(marker, order_id)
        total = shapes.total_items(body)
        if not ids or (total is not None and len(seen) >= total):
            return found
        page += 1
