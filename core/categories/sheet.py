"""Mappings as a table in a CSV file: written for spreadsheets, and read as these write it.

Only the columns `cscart`, `amazon` and `product_type` are needed; paths and counts are there for people.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.categories.mapping import MappingView
from core.errors import UsageError
from core.plain_text import clean

COLUMNS = ("cscart", "cscart_path", "amazon", "amazon_path", "product_type", "export_default", "subtree", "products")
_NEEDED = ("cscart", "amazon", "product_type")
_DELIMITERS = ",;\t"
_YES, _NO = ("true", "yes", "1", "x"), ("false", "no", "0", "")
_FORMULA = ("=", "+", "-", "@")
_LONGEST_CELL = 10_000
_MOST_TOLD = 10
"""Faults that one error tells in its sentence."""
_MOST_NAMED = 200
"""Faults that it names line by line beside that."""
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Line:
    """One line with something in it; `amazon` is empty where nothing is to belong to the category."""

    number: int
    cscart: int
    amazon: str
    product_type: str
    export_default: bool
    subtree: bool


class Faults:
    """What is wrong in a file, line by line: all of it is told at once."""

    def __init__(self) -> None:
        self._found: dict[int, str] = {}

    def add(self, number: int, what: str) -> None:
        """Note the first fault of a line."""
        self._found.setdefault(number, what)

    def refuse(self) -> None:
        """Raise UsageError when there is any."""
        if not self._found:
            return
        told = [f"line {number}: {self._found[number]}" for number in sorted(self._found)[:_MOST_TOLD]]
        rest = len(self._found) - len(told)
        more = f"; and {rest} more" if rest else ""
        raise UsageError(
            f"Nothing was changed, for the file has faults: {'; '.join(told)}{more}.",
            subject="CSV",
            next_step="Correct them and import it again.",
            fields={f"line {number}": self._found[number] for number in sorted(self._found)[:_MOST_NAMED]},
        )


def written(rows: Iterable[MappingView]) -> str:
    """The file, a line for each; a category to which nothing belongs has an empty `amazon`."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        flags = ("true" if row.export_default else "", "true" if row.subtree else "")
        told = map(_harmless, (row.cscart_path, row.amazon or "", row.amazon_path, row.product_type))
        table.writerow((row.cscart, *told, *flags, row.products))
    return file.getvalue()


def read(data: bytes, faults: Faults) -> list[Line]:
    """The lines of a file with any of the usual delimiters and encodings; what is wrong with one goes to `faults`.

    Raises UsageError for what is no such table.
    """
    if len(data) > MOST_BYTES:
        raise UsageError(f"It is larger than {MOST_BYTES // 1_000_000} MB.", subject="CSV")
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
        missing = [name for name in _NEEDED if name not in table.fieldnames]
        if missing:
            raise UsageError(
                f"Its first line names no column {', '.join(missing)}.",
                subject="CSV",
                next_step="Begin with a file of: crossdock categories export",
            )
        lines = [line for row in table if (line := _line(table.line_num, row, faults)) is not None]
    except csv.Error as error:
        raise UsageError(f"Line {table.line_num} cannot be read: {error}.", subject="CSV") from None
    return lines


def _line(number: int, row: Mapping[str, object], faults: Faults) -> Line | None:
    told = {name: value.strip() for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}
    if not any(told.values()):
        return None
    cscart = told["cscart"]
    if not (cscart.isascii() and cscart.isdecimal() and 0 < int(cscart[:11]) < 2**31):
        faults.add(number, f"{cscart[:40]!r} is no number of a category")
        return None
    if told["amazon"] and not told["product_type"]:
        faults.add(number, "its product type is missing")
    flags = {}
    for name in ("export_default", "subtree"):
        value = told.get(name, "").lower()
        if value not in (*_YES, *_NO):
            faults.add(number, f"{name} is true or false, not {value[:40]!r}")
        flags[name] = value in _YES
    return Line(number, int(cscart), told["amazon"], told["product_type"], flags["export_default"], flags["subtree"])


def _decoded(data: bytes) -> str:
    """As spreadsheets write: UTF-8 with or without a mark, UTF-16 with one, or the old one of Windows."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise UsageError("It is no text.", subject="CSV", next_step="Save it as CSV in UTF-8.")


def _harmless(text: str) -> str:
    """Text that does nothing to a terminal, and that no spreadsheet takes for a formula."""
    shown = clean(text, limit=_LONGEST_CELL)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
