"""The reports of all orders of a seller account: one row for each item, and nothing that names a buyer.

They hold the whole account, whatever marketplaces are named: that filter is ignored. Statuses are spelled as the older
interface spelled them. Pending and cancelled orders have no amounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sandbox.amazon.order_book import milliseconds
from sandbox.amazon.report_types import Failed, Wanted, report_type
from sandbox.amazon.state import Amazon
from sandbox.world.draft import AMAZON, ZERO, Draft, Line
from sandbox.world.order import WorldOrder
from sandbox.world.package import units
from sandbox.world.render import UNPRICED

BY_ORDER_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_LAST_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LONGEST = timedelta(days=30)
_STATUS = {
    "PENDING": "Pending",
    "PENDING_AVAILABILITY": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Shipping",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
    "UNFULFILLABLE": "Unfulfillable",
}


def _content_type(amazon: Amazon) -> str:
    return amazon.order_report_form.content_type


@report_type(BY_ORDER_DATE, _content_type)
def _by_order_date(amazon: Amazon, wanted: Wanted) -> Iterator[str]:
    return _report(amazon, wanted, "created")


@report_type(BY_LAST_UPDATE, _content_type)
def _by_last_update(amazon: Amazon, wanted: Wanted) -> Iterator[str]:
    return _report(amazon, wanted, "lastUpdated")


def _report(amazon: Amazon, wanted: Wanted, stream: str) -> Iterator[str]:
    form, now = amazon.order_report_form, amazon.clock.now()
    end = min(wanted.end or now, now - timedelta(seconds=form.lag))
    start = wanted.start or end
    if end - start > LONGEST:
        raise Failed("The requested date range is longer than 30 days.")
    book = amazon.books[wanted.api_mode][wanted.account.seller_id]
    # Amazon's upper bound is exclusive here, unlike that of a search.
    found, _ = book.search(
        stream,
        milliseconds(start),
        milliseconds(end) - 1,
        None,
        len(book) + 1,
        lambda order: order.order_id not in form.hidden,
    )
    rows = [row for order in found for row in _rows(order)]
    if form.shuffled:
        rows = rows[::2] + rows[1::2]
    return form.written(rows)


def _rows(order: WorldOrder) -> Iterator[Mapping[str, str]]:
    draft = order.draft
    common = _common(draft)
    for line in draft.lines:
        yield common | _item(draft, line) | (_amounts(draft, line) if draft.status not in UNPRICED else {})


def _common(draft: Draft) -> dict[str, str]:
    address = (draft.recipient or {}).get("deliveryAddress", {})
    over, place = draft.status in UNPRICED, draft.marketplace
    return {
        "amazon-order-id": draft.order_id,
        "merchant-order-id": draft.alias or "",
        "purchase-date": _moment(draft.created),
        "last-updated-date": _moment(draft.updated),
        "order-status": _STATUS[draft.status],
        "fulfillment-channel": "Amazon" if draft.fulfilled_by == AMAZON else "Merchant",
        # Orders of other shops that Amazon ships.
        "sales-channel": f"Non-Amazon {place.country}" if draft.status == "UNFULFILLABLE" else place.name,
        "ship-service-level": "".join(word.capitalize() for word in draft.service_level.split("_")),
        "ship-city": "" if over else address.get("city", ""),
        "ship-state": "" if over else address.get("stateOrRegion", ""),
        "ship-postal-code": "" if over else address.get("postalCode", ""),
        "ship-country": "" if over else address.get("countryCode", ""),
        "is-business-order": "true" if draft.company else "false",
        "purchase-order-number": draft.purchase_order or "",
    }


def _item(draft: Draft, line: Line) -> dict[str, str]:
    left = line.quantity - units(draft.packages, line.item_id)
    status = _STATUS[draft.status]
    if status == "Shipping":
        status = "Unshipped" if left else "Shipped"
    return {
        "product-name": line.title,
        "sku": line.sku or "",
        "asin": line.asin,
        "item-status": status,
        "quantity": "0" if draft.status == "CANCELLED" else str(line.quantity),
        "price-designation": "Business Price" if line.business_price else "",
        "promotion-ids": ",".join(line.promotion_ids),
    }


def _amounts(draft: Draft, line: Line) -> dict[str, str]:
    found = {
        "item-price": line.parts.get("ITEM"),
        "item-tax": line.tax.get("ITEM"),
        "shipping-price": line.parts.get("SHIPPING"),
        "shipping-tax": line.tax.get("SHIPPING"),
        "gift-wrap-price": line.parts.get("GIFT_WRAP"),
        "gift-wrap-tax": line.tax.get("GIFT_WRAP"),
        "item-promotion-discount": line.discount.get("ITEM"),
        "ship-promotion-discount": line.discount.get("SHIPPING"),
    }
    told = {name: f"{amount or ZERO:.{draft.digits}f}" for name, amount in found.items() if amount is not None}
    return {"currency": draft.currency} | told


def _moment(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()
