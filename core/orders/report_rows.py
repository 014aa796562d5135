"""Amazon's reports of all orders, read as a stream, whatever their size.

Facts (GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL and ..._BY_LAST_UPDATE_GENERAL): TSV without quotes, a row
for each item, 29 columns or more; no number of the item, no buyer, no street. They hold the whole seller account of a
region, whatever marketplaces were asked for; `sales-channel` says which one an order is of. Statuses are spelled as
the older Orders API spelled them. What cannot be read is told as such, row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from io import TextIOWrapper
from typing import TYPE_CHECKING, NamedTuple, cast

from core.amazon.marketplaces import MARKETPLACES
from core.amazon.orders import parse_time
from core.errors import RemoteError
from core.foreign_json import storable
from core.money import parse_amount
from core.orders import AMAZON, MERCHANT
from core.orders.document import LONGEST_SKU, LONGEST_WORD

if TYPE_CHECKING:
    from core.download import Document

BY_ORDER_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_LAST_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LONGEST = timedelta(days=30)
"""Of which one report can be."""

AMOUNTS = (
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
)
_NEEDED = ("amazon-order-id", "purchase-date", "last-updated-date", "order-status", "sales-channel", "sku")
_KNOWN = (*_NEEDED, "fulfillment-channel", "asin", "item-status", "quantity", "currency", *AMOUNTS)
ORDER_ID = re.compile(r"[A-Z0-9]{3}-\d{7}-\d{7}")

_SITES = {
    "AU": "com.au", "BE": "com.be", "BR": "com.br", "GB": "co.uk", "JP": "co.jp", "MX": "com.mx", "TR": "com.tr",
    "US": "com", "ZA": "co.za",
}  # fmt: skip
"""By country, where it is not the country's own."""
_CHANNELS = {f"amazon.{_SITES.get(one.country, one.country.lower())}": one.id for one in MARKETPLACES}
_CHANNELS["amazon.jp"] = _CHANNELS["amazon.co.jp"]
_ELSEWHERE = "non-amazon"
"""How the sales channel of an order of another shop begins that Amazon ships; the country may follow."""
_CHANNELS |= {f"{_ELSEWHERE} {one.country.lower()}": one.id for one in MARKETPLACES}
_CHANNELS[f"{_ELSEWHERE} uk"] = _CHANNELS[f"{_ELSEWHERE} gb"]
_FULFILLED_BY = {"amazon": AMAZON, "afn": AMAZON, "merchant": MERCHANT, "mfn": MERCHANT}

_OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED")
_STATUSES: dict[str, tuple[str, ...]] = {
    "pending": ("PENDING", "PENDING_AVAILABILITY"),
    "pendingavailability": ("PENDING_AVAILABILITY",),
    "unshipped": ("UNSHIPPED",),
    "partiallyshipped": ("PARTIALLY_SHIPPED",),
    "shipping": _OPEN,
    "shipped": ("SHIPPED",),
    "complete": ("SHIPPED",),
    "invoiceunconfirmed": ("SHIPPED",),
    "cancelled": ("CANCELLED",),
    "canceled": ("CANCELLED",),
    "unfulfillable": ("UNFULFILLABLE",),
}
"""How a report spells a status, without what is no letter → what the Orders API may call it, the likeliest first."""


class Row(NamedTuple):
    """One item of an order; texts are empty where the report does not say."""

    line: int
    order_id: str
    created_at: datetime
    updated_at: datetime
    status: str
    """As the report spells it."""
    fulfilled_by: str
    sales_channel: str
    sku: str
    asin: str
    item_status: str
    quantity: int
    currency: str
    amounts: Mapping[str, Decimal]
    """Of the whole line, by the names of their columns; only those that the report tells."""


class BadRow(NamedTuple):
    """One that cannot be read; `order_id` is empty where not even that is known."""

    line: int
    order_id: str
    why: str


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """An order as far as its rows tell. There is no number of an item: an item is known by its place among the rows."""

    order_id: str
    rows: tuple[Row, ...]
    again: bool = False
    """Rows of it stood elsewhere in the report: these are further items."""

    @property
    def created_at(self) -> datetime:
        """When it was placed."""
        return self.rows[0].created_at

    @property
    def updated_at(self) -> datetime:
        """When it last changed; to the second, while the Orders API tells milliseconds."""
        return max(row.updated_at for row in self.rows)

    @property
    def status(self) -> str:
        """What the Orders API most likely calls its status; the report's own word where that is not known."""
        return next(iter(self.may_be), self.rows[0].status)

    @property
    def may_be(self) -> tuple[str, ...]:
        """The statuses of the Orders API that the report's word may stand for; none for an unknown word."""
        return statuses_of(self.rows[0].status)

    @property
    def fulfilled_by(self) -> str:
        """AMAZON or MERCHANT; empty where the report says neither."""
        return self.rows[0].fulfilled_by

    @property
    def marketplace_id(self) -> str:
        """Empty for what was not placed on Amazon, and for a site that is not known."""
        return "" if self.is_elsewhere else self.listed_in

    @property
    def listed_in(self) -> str:
        """The same, but for orders of another shop that of the country which their channel names."""
        return marketplace_of(self.rows[0].sales_channel)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was placed in another shop, and Amazon only ships it."""
        return self.rows[0].sales_channel.casefold().startswith(_ELSEWHERE)

    @property
    def currency(self) -> str:
        """The first that a row names; empty for orders without amounts."""
        return next((row.currency for row in self.rows if row.currency), "")

    @property
    def charged(self) -> Decimal | None:
        """The sum of what the report tells; None where it leaves that open. Fees and tips have no column.

        Amazon does not say whether prices include tax, so an order that states tax has no certain sum here.
        """
        if not any("item-price" in row.amounts for row in self.rows):
            return None
        if any(row.currency != self.currency for row in self.rows if row.amounts):
            return None
        total = Decimal(0)
        for row in self.rows:
            for name, amount in row.amounts.items():
                if name.endswith("-tax") and amount:
                    return None
                total += -abs(amount) if name.endswith("-discount") else amount
        return total

    @property
    def digest(self) -> str:
        """Of all that its rows tell; the same rows again have the same."""
        told = "\n".join(repr(row[1:]) for row in self.rows)
        return blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()


def statuses_of(word: str) -> tuple[str, ...]:
    """The statuses of the Orders API that a report's word may stand for, the likeliest first; none if it is unknown.

    What is said after a dash ("Shipped - Delivered to Buyer") is about the parcel, but for one that waits to be
    picked up.
    """
    head, _, rest = word.partition(" - ")
    if rest and head.strip().casefold() == "pending":
        return ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
    return _STATUSES.get("".join(filter(str.isalpha, head)).casefold(), ())


def marketplace_of(sales_channel: str) -> str:
    """The marketplace of a sales channel ("Amazon.de", "Non-Amazon DE"); empty where it names none that is known."""
    return _CHANNELS.get(sales_channel.strip().casefold().removeprefix("www."), "")


def read_orders(document: Document, *, japanese: bool = False) -> Iterator[ReportOrder | BadRow]:
    """The orders of a report, and its unreadable rows. Raises as `read_rows`.

    Rows of an order usually stand together. Those that do not come as an order of their own, marked `again`.
    """
    seen: set[int] = set()
    pending: list[Row] = []
    for row in read_rows(document, japanese=japanese):
        if isinstance(row, BadRow):
            yield row
            continue
        if pending and row.order_id != pending[0].order_id:
            yield _joined(pending, seen)
            pending = []
        pending.append(row)
    if pending:
        yield _joined(pending, seen)


def _joined(rows: list[Row], seen: set[int]) -> ReportOrder:
    key = hash(rows[0].order_id)  # of its digits alone a set of numbers is a third as large
    again = key in seen
    seen.add(key)
    return ReportOrder(rows[0].order_id, tuple(rows), again)


def read_rows(document: Document, *, japanese: bool = False) -> Iterator[Row | BadRow]:
    """The rows of a report in their order. Raises RemoteError for what is not such a report, before the first row."""
    text = cast(TextIOWrapper, document.text("cp932" if japanese else "cp1252"))
    text.reconfigure(newline="\n")  # a single carriage return ends no row
    head = [cell.strip(" \0\r\n").casefold() for cell in text.readline().split("\t")]
    where = {name: head.index(name) for name in _KNOWN if name in head}
    if missing := [name for name in _NEEDED if name not in where]:
        raise _unusable(f"it has no column {missing[0]}" if any(head) else "it is empty")
    yield from _rows(text, where, len(head))


def _rows(text: Iterable[str], where: Mapping[str, int], width: int) -> Iterator[Row | BadRow]:
    is_broken = False
    for number, line in enumerate(text, 2):
        cells = [cell.strip(" \0") for cell in line.rstrip("\r\n").split("\t")]
        if not any(cells):
            continue
        order_id = cells[where["amazon-order-id"]] if where["amazon-order-id"] < len(cells) else ""
        if not ORDER_ID.fullmatch(order_id):
            # The rest of a row that a line break in a text has cut in two: its first part was told.
            if not is_broken:
                yield BadRow(number, "", "it does not begin with the number of an order")
            continue
        try:
            row: Row | BadRow = _row(number, order_id, cells, where, width)
        except ValueError as error:
            row = BadRow(number, order_id, str(error))
        is_broken = isinstance(row, BadRow)
        yield row


def _row(number: int, order_id: str, cells: list[str], where: Mapping[str, int], width: int) -> Row:
    """One row; raises ValueError with the reason why it cannot be read."""
    if len(cells) <= where["sku"]:
        raise ValueError("it ends before its SKU")
    if any(cells[width:]):
        raise ValueError(f"it has {len(cells)} cells, its header {width}")

    def cell(name: str, longest: int = LONGEST_WORD) -> str:
        at = where.get(name, width)
        text = storable(cells[at]) if at < len(cells) else ""
        if len(text) > longest:
            raise ValueError(f"its {name} is too long")
        return text

    return Row(
        number,
        order_id,
        _moment(cell("purchase-date"), "purchase-date"),
        _moment(cell("last-updated-date"), "last-updated-date"),
        cell("order-status"),
        _FULFILLED_BY.get(cell("fulfillment-channel").casefold(), ""),
        cell("sales-channel"),
        cell("sku", LONGEST_SKU),
        cell("asin"),
        cell("item-status"),
        _count(cell("quantity")),
        cell("currency"),
        {name: _amount(text, name) for name in AMOUNTS if (text := cell(name))},
    )


def _moment(text: str, name: str) -> datetime:
    try:
        return parse_time(text.replace(" ", "") if "T" in text else text)  # "…T18:53:56+ 00 :00" is told as well
    except (ValueError, OverflowError):
        raise ValueError(f"its {name} is not a time with a zone") from None


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{0,7}", text):
        raise ValueError("its quantity is not a number")
    return int(text or 0)


def _amount(text: str, name: str) -> Decimal:
    try:
        return parse_amount(text)
    except ValueError:
        raise ValueError(f"its {name} is not an amount") from None


def _unusable(why: str) -> RemoteError:
    return RemoteError(
        f"The report of orders is not usable: {why}.",
        subject="Amazon",
        next_step="Nothing was changed. Run it again in half an hour, when Amazon makes a new report; if it stays so, "
        "report it with the names of its columns.",
    )
