"""Orders: search, read, create and edit.

Traps absorbed here (facts: CS-Cart REST API "Orders" and the shipped order routines): a POST ignores line prices; a
full PUT rebuilds the order from what is sent; a PUT of nothing but `status` is the fast path and answers 200 even
when it was refused; lists and maps come in several shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from core.cscart import shapes
from core.cscart.in_parts import id_size, in_parts
from core.cscart.repeating import buyer_of
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
    is_split: bool = False
    """Parent or part of an order that Multi-Vendor split by vendors."""
    shipping_id: int | None = None
    """The first of its shipping methods."""
    has_shipments: bool = False
    """Whether something of it was shipped in the store."""
    buyer: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Who the buyer is and where it goes, by the store's fields; personal data."""

    def mentions(self, marker: str) -> bool:
        """Whether this is the order made for the Amazon order id `marker`."""
        return (
            self.email.split("@")[0].lower() == marker.lower()
            or self.transaction_id == marker
            or f"amazon_order_id={marker}" in self.details.splitlines()
        )


class Created(NamedTuple):
    """What the store said of an order that it made."""

    order_id: int
    order: StoreOrder | None
    """None where the store does not send it back."""
    by_marketplace: bool
    """The answer is one that only Multi-Vendor gives."""


def create(client: StoreClient, body: Mapping[str, Any], *, company_id: int | None) -> Created:
    """Create an order, under the storefront `company_id` where the store wants it so.

    Raises as `StoreClient.write` does.
    """
    path = f"stores/{company_id}/orders" if company_id is not None else "orders"
    answer = client.write("POST", path, body)
    order_id = shapes.integer(answer.get("order_id"))
    if not order_id:
        raise OutcomeUnknown("It created an order without telling its number.", subject=client.access.subject)
    data = answer.get("order_data")
    order = parse(data) if isinstance(data, Mapping) and data.get("products") else None
    return Created(order_id, order, "suborder_ids" in answer or bool(order and order.is_split))


def edit(client: StoreClient, order_id: int, body: Mapping[str, Any]) -> None:
    """Rebuild an order from `body`; prices hold only for lines with `stored_price`."""
    client.write("PUT", f"orders/{order_id}", body)


def set_status(client: StoreClient, order_id: int, status_code: str) -> None:
    """Change nothing but the status; the answer tells nothing, so read back where it matters."""
    client.write("PUT", f"orders/{order_id}", {"status": status_code})


def get(client: StoreClient, order_id: int) -> StoreOrder | None:
    """One order, or None when the store has none with this number."""
    body = whole(client, order_id)
    return None if body is None else parse(body)


def whole(client: StoreClient, order_id: int) -> dict[str, Any] | None:
    """One order with all that the store tells of it, or None when it has none with this number."""
    try:
        return client.get(f"orders/{order_id}")
    except Rejected as error:
        if error.status == 404:
            return None
        raise


def get_many(client: StoreClient, order_ids: Sequence[int]) -> dict[int, StoreOrder | None]:
    """Whole orders by number; one call per 50. Falls back to one by one for those the list leaves out.

    None stands for an order that is there and cannot be read.
    """

    def read(wanted: Sequence[int]) -> Iterable[StoreOrder]:
        params: Params = (
            ("order_id", ",".join(map(str, wanted))),
            ("include_incompleted", 1),
            ("get_orders_data", 1),
            ("items_per_page", len(wanted)),
        )
        rows = _parse_all(shapes.rows(client.get("orders", params, large=True), "orders"))
        return (order for order in rows if order.order_id in wanted and order.lines)  # a plain row has none

    listed = in_parts(order_ids, read, most=IDS_PER_CALL, size=id_size)
    found: dict[int, StoreOrder | None] = {order.order_id: order for order in listed}
    for order_id in order_ids:
        body = None if order_id in found else whole(client, order_id)
        if body is not None:
            found[order_id] = next(iter(_parse_all([body])), None)
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
    orders = (order if order.lines else get(client, order.order_id) for order in found.values())
    return sorted((order for order in orders if order is not None), key=lambda order: order.order_id)


def parse(row: Mapping[str, Any]) -> StoreOrder:
    """A whole order; raises OutcomeUnknown when it is not one."""
    try:
        return StoreOrder(
            order_id=_whole(row["order_id"]),
            status=shapes.text(row.get("status")),
            total=shapes.amount(row["total"]),
            shipping_cost=shapes.amount(row["shipping_cost"]) if "shipping_cost" in row else None,
            timestamp=shapes.integer(row.get("timestamp"), shapes.LAST_TIMESTAMP) or 0,
            company_id=shapes.integer(row.get("company_id")),
            email=shapes.text(row.get("email")),
            details=shapes.text(row.get("details")),
            transaction_id=shapes.text(shapes.mapping(row.get("payment_info")).get("transaction_id")),
            lines=tuple(_line(key, line) for key, line in shapes.mapping(row.get("products")).items()),
            is_split=is_split(row),
            shipping_id=_shipping_id(row),
            has_shipments=bool(row.get("shipment_ids")),
            buyer=buyer_of(row),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise OutcomeUnknown("An order came in a form that cannot be read.", subject="the store") from None


def _shipping_id(row: Mapping[str, Any]) -> int | None:
    chosen = next(iter(shapes.mapping(row.get("shipping")).values()), None)
    return shapes.integer(shapes.mapping(chosen).get("shipping_id"))


def is_split(row: Mapping[str, Any]) -> bool:
    """Whether a row is the parent or a part of a split order, which only Multi-Vendor has."""
    return shapes.text(row.get("is_parent_order")) == "Y" or (shapes.integer(row.get("parent_order_id")) or 0) > 0


def _parse_all(rows: Iterable[Mapping[str, Any]]) -> Iterable[StoreOrder]:
    """The readable ones; an unreadable order of somebody else must not hide ours."""
    for row in rows:
        with suppress(OutcomeUnknown):
            yield parse(row)


def _line(key: str, line: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        item_id=shapes.text(line.get("item_id")) or key,
        product_id=_whole(line["product_id"]),
        amount=_whole(line["amount"]),
        price=shapes.amount(line.get("price")),
        extra=shapes.mapping(line.get("extra")),
    )


def _whole(value: Any) -> int:
    number = shapes.integer(value)
    if number is None:
        raise ValueError("it is not a whole number")
    return number


@dataclass(frozen=True)
class Sale:
    """An order as far as stock is concerned."""

    order_id: int
    changed_at: int
    """In the store's unix seconds; 0 where the store does not tell it."""
    status: str
    product_ids: frozenset[int]


def sales(client: StoreClient, since: int | None) -> Iterator[Sale]:
    """Orders made or changed since, in the store's unix seconds; a call for each 100. None: only the newest 100."""
    narrowed: Params = () if since is None else (("updated_at_from", since),)
    seen: set[int] = set()
    page = 1
    while True:
        window: Params = (("sort_by", "order_id"), ("sort_order", "desc"), ("page", page))
        params: Params = (*narrowed, ("get_orders_data", 1), *window, ("items_per_page", _SEARCH_PAGE))
        body = client.get("orders", params, large=True)
        fresh = [sale for sale in map(_sale, shapes.rows(body, "orders")) if sale and sale.order_id not in seen]
        seen.update(sale.order_id for sale in fresh)
        yield from fresh
        total = shapes.total_items(body)
        if since is None or not fresh or (total is not None and len(seen) >= total):
            return
        page += 1


def _sale(row: Mapping[str, Any]) -> Sale | None:
    order_id = shapes.integer(row.get("order_id"))
    if order_id is None:
        return None
    numbers = (
        shapes.integer(shapes.mapping(line).get("product_id")) for line in shapes.mapping(row.get("products")).values()
    )
    changed_at = shapes.integer(row.get("updated_at"), shapes.LAST_TIMESTAMP) or 0
    products = frozenset(number for number in numbers if number is not None)
    return Sale(order_id, changed_at, shapes.text(row.get("status")), products)


def marked(
    client: StoreClient, domain: str, *, filtered: bool = True, window: tuple[int, int] | None = None
) -> dict[str, int]:
    """All orders whose e-mail address is of `domain`, by the part before the @; one call per 500.

    `filtered` is False for a store that was found to ignore the e-mail filter: then all its orders are read.
    `window` (unix seconds) limits the search to orders dated inside it.
    """
    narrowed: dict[str, str | int] = {}
    if window is not None:
        narrowed = {"period": "C", "time_from": window[0], "time_to": window[1]}
    found: dict[str, int] = {}
    for order_id, row in _of_domain(client, domain, narrowed, filtered=filtered):
        found.setdefault(shapes.text(row.get("email")).rpartition("@")[0], order_id)
    return found


def statuses(
    client: StoreClient, domain: str, narrowed: Mapping[str, str | int], *, filtered: bool = True
) -> dict[int, str]:
    """The status letters of such orders by number, as far as other filters (`narrowed`) let them through."""
    rows = _of_domain(client, domain, narrowed, filtered=filtered)
    return {order_id: shapes.text(row.get("status")) for order_id, row in rows}


def _of_domain(
    client: StoreClient, domain: str, narrowed: Mapping[str, str | int], *, filtered: bool
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Plain rows of the orders whose e-mail address is of a domain, lowest number first; one call per 500."""
    seen: set[int] = set()
    page = 1
    while True:
        params: Params = (
            *([("email", f"@{domain}")] if filtered else []),
            *narrowed.items(),
            ("include_incompleted", 1),
            ("sort_by", "order_id"),
            ("sort_order", "asc"),
            ("page", page),
            ("items_per_page", 500),
        )
        body = client.get("orders", params, large=True)
        fresh = {}
        for row in shapes.rows(body, "orders"):
            order_id = shapes.integer(row.get("order_id"))
            if order_id is not None and order_id not in seen:
                fresh[order_id] = row
        seen.update(fresh)
        for order_id, row in fresh.items():
            if shapes.text(row.get("email")).rpartition("@")[2] == domain:
                yield order_id, row
        total = shapes.total_items(body)
        if not fresh or (total is not None and len(seen) >= total):
            return
        page += 1
