"""Amazon's report of all listings of a marketplace, read as a stream, whatever its size.

Facts (GET_MERCHANT_LISTINGS_ALL_DATA): TSV without quotes; headers in ten languages, with repeated names; 15 to 43
columns; rows that are shorter than the header; NUL in empty cells; texts that hold line breaks. What cannot be read is
told as such, row by row. Names are not taken from it: some letters are lost in its charset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from io import TextIOWrapper
from typing import TYPE_CHECKING, NamedTuple, TextIO, cast

from core.errors import RemoteError
from core.products.headers import (
    ASIN,
    CHANNEL,
    DESCRIPTION,
    ID_TYPE,
    LISTING_ID,
    NAME,
    PRICE,
    PRODUCT_ID,
    QUANTITY,
    SKU,
    STATUS,
    positions,
    status_of,
)

if TYPE_CHECKING:
    from core.download import Document

REPORT = "GET_MERCHANT_LISTINGS_ALL_DATA"
OPTIONS = {"preferredReportDocumentLocale": "en_US"}
_ASIN = re.compile(r"[A-Z0-9]{10}")
_ASIN_TYPE = "1"
_LONGEST_SKU = 40
_MOST_JOINED = 50
"""Lines that one row may be broken into."""
_LOST = "\ufffd"
MERCHANT, AMAZON = "MERCHANT", "AMAZON"


class Row(NamedTuple):
    """What is taken from one row; texts are empty where the report does not say."""

    sku: str
    asin: str
    fulfilment: str
    status: str
    price: str
    quantity: str
    digest: str
    """Of all that it says of the listing but for price and quantity."""


class BadRow(NamedTuple):
    """One that cannot be read; `sku` is empty where not even that is known."""

    line: int
    sku: str
    why: str


def read_rows(document: Document, *, japanese: bool = False) -> Iterator[Row | BadRow]:
    """The rows of a report in their order. Raises RemoteError for what is not such a report, before the first row."""
    text = cast(TextIOWrapper, document.text("cp932" if japanese else "cp1252"))
    text.reconfigure(newline="\n")  # a single carriage return ends no row
    head = text.readline()
    where = positions(_cells(head))
    if SKU not in where or len(where) < 3:
        raise unusable(f"its columns are not known ({_shown(head)})" if head.strip() else "it is empty")
    yield from _Reader(where, len(_cells(head))).rows(text)


def unusable(why: str) -> RemoteError:
    """The error for a report of which nothing may be believed."""
    return RemoteError(
        f"The report of listings is not usable: {why}.",
        subject="Amazon",
        next_step="Nothing was changed. Run the import again in half an hour, when Amazon makes a new report; "
        "if it stays so, report it with the names of its columns.",
    )


class _Reader:
    def __init__(self, where: dict[str, int], width: int) -> None:
        self._width = width
        self._where = where
        self._sku = where[SKU]
        self._at = [where.get(name, -1) for name in (ASIN, PRODUCT_ID, ID_TYPE, CHANNEL, STATUS, PRICE, QUANTITY)]
        self._told = [where[name] for name in (NAME, DESCRIPTION, LISTING_ID) if name in where]
        self._statuses: dict[str, str] = {}

    def rows(self, text: TextIO) -> Iterator[Row | BadRow]:
        pending: list[str] = []
        begun = joined = 0
        for number, line in enumerate(text, 1):
            cells = line.rstrip("\r\n").split("\t")
            if pending:
                whole = [*pending[:-1], f"{pending[-1]} {cells[0]}", *cells[1:]]
                if len(whole) <= self._width and joined < _MOST_JOINED:
                    cells, joined = whole, joined + 1
                else:
                    yield BadRow(begun, "", "it ends before its SKU")
                    pending, joined = [], 0
            if len(cells) <= self._sku:
                if cells != [""] or pending:
                    begun, pending = begun if pending else number + 1, cells
                continue
            is_cut = line[-1] != "\n" and len(cells) < self._width
            row = self._row(cells, begun if pending else number + 1)
            pending, joined = [], 0
            # Without the line end after it, it has lost its end too.
            if isinstance(row, Row) and is_cut:
                row = BadRow(number + 1, row.sku, "it is the last one, and cut off")
            if row is not None:
                yield row
        if pending:
            yield BadRow(begun, "", "it ends before its SKU")

    def _row(self, cells: list[str], number: int) -> Row | BadRow | None:
        count = len(cells)
        if count > self._width:
            cells = self._aligned(cells)
            if not cells:
                return BadRow(number, "", f"it has {count} cells, its header {self._width}")
        sku = cells[self._sku].strip(" \0")
        if not sku:
            return BadRow(number, "", "it has no SKU") if any(cell.strip(" \0") for cell in cells) else None
        if _LOST in sku or len(sku) > _LONGEST_SKU:
            return BadRow(number, "", "its SKU cannot be decoded" if _LOST in sku else "its SKU is too long")
        cells.append("")  # what stands behind the last cell, and in columns that there are not
        end = len(cells) - 1
        asin, product_id, id_type, channel, status, price, quantity = [
            cells[at].strip(" \0") if 0 <= at < end else "" for at in self._at
        ]
        if not asin and id_type == _ASIN_TYPE and _ASIN.fullmatch(product_id):
            asin = product_id
        fulfilment = (
            (MERCHANT if channel == "DEFAULT" else AMAZON if channel[:6] == "AMAZON" else "") if channel else ""
        )
        known = self._statuses.get(status)
        if known is None:
            known = self._statuses[status] = status_of(status)
        told = "\t".join([asin, fulfilment, known, *[cells[at] for at in self._told if at < end]])
        digest = blake2b(told.encode("utf-8", "replace"), digest_size=12).hexdigest()
        return Row(sku, asin, fulfilment, known, price, quantity, digest)

    def _aligned(self, cells: list[str]) -> list[str]:
        """The cells of a row with too many: empty ones at its end are dropped, or tabs in its texts undone.

        That is believed only if a known column has then what it must have; else nothing is.
        """
        if not any(cell.strip(" \0\r") for cell in cells[self._width :]):
            return cells[: self._width]
        more, first = len(cells) - self._width, max(self._told[:2], default=-1)
        if not 0 <= first < self._sku:
            return []
        moved = [*cells[:first], " ".join(cells[first : first + more + 1]), *cells[first + more + 1 :]]
        asin, channel = self._at[0], self._at[3]
        fits = (asin >= 0 and _ASIN.fullmatch(moved[asin].strip())) or (
            channel >= 0 and re.fullmatch(r"DEFAULT|AMAZON_\w+", moved[channel].strip())
        )
        return moved if fits else []


def _cells(head: str) -> list[str]:
    return head.rstrip("\r\n").split("\t")


def _shown(head: str) -> str:
    return ", ".join(_cells(head)[:4])[:80]
