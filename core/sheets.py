"""Tables in CSV files: written for spreadsheets, read as these write them, and refused whole, every fault named."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.errors import UsageError
from core.plain_text import clean

MOST_BYTES = 10_000_000
_DELIMITERS = ",;\t"
_YES, _NO = ("true", "yes", "1", "x"), ("false", "no", "0", "")
_FORMULA = ("=", "+", "-", "@")
_LONGEST_CELL = 10_000
_MOST_TOLD = 10
"""Faults that one error tells in its sentence."""
_MOST_NAMED = 200
"""Faults that it names line by line beside that."""


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


def written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A file with these columns; text in it is harmless to terminals and spreadsheets."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(columns)
    table.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return file.getvalue()


def read(data: bytes, needed: Sequence[str], export: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The lines with something in them, by number, as column → cell; columns are found whatever their case.

    Raises UsageError for what is no table with the columns `needed`; `export` is the command that writes one.
    """
    if len(data) > MOST_BYTES:
        raise UsageError(f"It is larger than {MOST_BYTES // 1_000_000} MB.", subject="CSV")
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
        missing = [name for name in needed if name not in table.fieldnames]
        if missing:
            raise UsageError(
                f"Its first line names no column {', '.join(missing)}.",
                subject="CSV",
                next_step=f"Begin with a file of: {export}",
            )
        for row in table:
            told = {name: _plain(cell) for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
            if any(told.values()):
                yield table.line_num, told
    except csv.Error as error:
        raise UsageError(f"Line {table.line_num} cannot be read: {error}.", subject="CSV") from None


def flag(told: Mapping[str, str], name: str, number: int, faults: Faults) -> bool:
    """Whether a cell says yes; one that says neither goes to `faults`."""
    value = told.get(name, "").lower()
    if value not in (*_YES, *_NO):
        faults.add(number, f"{name} is true or false, not {value[:40]!r}")
    return value in _YES


def _decoded(data: bytes) -> str:
    """As spreadsheets write: UTF-8 with or without a mark, UTF-16 with one, or the old one of Windows."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise UsageError("It is not text.", subject="CSV", next_step="Save it as CSV in UTF-8.")


def _harmless(text: str) -> str:
    """Text that does nothing to a terminal, and that no spreadsheet takes for a formula."""
    shown = clean(text, limit=_LONGEST_CELL)
    return f"'{shown}" if _is_formula(shown) else shown


def _plain(cell: str) -> str:
    """A cell without the blanks around it, and without the mark that keeps it from being a formula."""
    told = cell.strip()
    return told[1:] if told.startswith("'") and _is_formula(told[1:]) else told


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet takes it for one, or would without the marks before it."""
    return text.lstrip("'").startswith(_FORMULA)
