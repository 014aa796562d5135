"""Mappings as a table in a CSV file.

Only the columns `cscart`, `amazon` and `product_type` are needed; paths and counts are there for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core import sheets
from core.categories.mapping import MappingView
from core.sheets import Faults

COLUMNS = ("cscart", "cscart_path", "amazon", "amazon_path", "product_type", "export_default", "subtree", "products")
_NEEDED = ("cscart", "amazon", "product_type")


@dataclass(frozen=True)
class Line:
    """One line with something in it; `amazon` is empty where nothing is to belong to the category."""

    number: int
    cscart: int
    amazon: str
    product_type: str
    export_default: bool
    subtree: bool


def written(rows: Iterable[MappingView]) -> str:
    """The file, a line for each; a category to which nothing belongs has an empty `amazon`."""
    return sheets.written(COLUMNS, map(_cells, rows))


def read(data: bytes, faults: Faults) -> list[Line]:
    """The lines of a file; what is wrong with one goes to `faults`. Raises UsageError for what is no such table."""
    rows = sheets.read(data, _NEEDED, "crossdock categories export")
    return [line for number, told in rows if (line := _line(number, told, faults)) is not None]


def _cells(row: MappingView) -> tuple[object, ...]:
    flags = ("true" if row.export_default else "", "true" if row.subtree else "")
    return row.cscart, row.cscart_path, row.amazon or "", row.amazon_path, row.product_type, *flags, row.products


def _line(number: int, told: Mapping[str, str], faults: Faults) -> Line | None:
    cscart = told["cscart"]
    if not (cscart.isascii() and cscart.isdecimal() and 0 < int(cscart[:11]) < 2**31):
        faults.add(number, f"{cscart[:40]!r} is not a number of a category")
        return None
    if told["amazon"] and not told["product_type"]:
        faults.add(number, "its product type is missing")
    default, subtree = (sheets.flag(told, name, number, faults) for name in ("export_default", "subtree"))
    return Line(number, int(cscart), told["amazon"], told["product_type"], default, subtree)
