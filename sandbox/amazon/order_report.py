"""How the reports of all orders are written: in which bytes, with which columns, and what is odd about them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

COLUMNS = (
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "url",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
    "is-business-order",
    "purchase-order-number",
    "price-designation",
)
BUSINESS_COLUMNS = COLUMNS[-3:]
"""Files of older accounts end before these."""


@dataclass
class OrderReportForm:
    """How a report of all orders comes.

    charset   as its Content-Type says; empty: it does not say, and the text is UTF-8
    mark      the text begins with a byte order mark
    business  with the last three columns, of business orders
    extra     a column that nobody knows stands at the end
    nul       empty cells hold a NUL
    shuffled  the rows of an order need not stand together
    hidden    numbers of orders that are not in it
    lag       seconds of the sandbox's clock by which reports are behind
    """

    charset: str = "Cp1252"
    mark: bool = False
    business: bool = True
    extra: bool = False
    nul: bool = False
    shuffled: bool = False
    hidden: frozenset[str] = frozenset()
    lag: float = 0.0

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change some of it; ValueError for what there is not."""
        known = {field.name for field in fields(self)}
        if unknown := changes.keys() - known:
            raise ValueError(f"{sorted(unknown)[0]} is not known; known are {', '.join(sorted(known))}")
        for name, value in changes.items():
            setattr(self, name, frozenset(value) if name == "hidden" else value)

    @property
    def content_type(self) -> str:
        """What its answer says."""
        return f"text/plain;charset={self.charset}" if self.charset else "text/plain"

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the header."""
        known = COLUMNS if self.business else COLUMNS[: -len(BUSINESS_COLUMNS)]
        return (*known, "is-sandbox") if self.extra else known

    def written(self, rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
        """The whole text: TSV without quotes, as Amazon writes it; nothing where there is no row."""
        rows = iter(rows)
        first = next(rows, None)
        if first is None:
            return
        yield ("\ufeff" if self.mark else "") + "\t".join(self.columns) + "\r\n"
        for cells in itertools.chain((first,), rows):
            yield self._row(cells)

    def _row(self, cells: Mapping[str, str]) -> str:
        empty = "\0" if self.nul else ""
        return "\t".join(cells.get(name, "").replace("\t", " ") or empty for name in self.columns) + "\r\n"
