"""Tables: on a terminal a row is a line, with colours; in a pipe no column is left out, and nothing is coloured."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from core.plain_text import clean
from tui.commands.terminal import Line, Tone, Word, columns, painted

CELL = 120
"""Characters of one cell that are printed; all of it stands in the JSON document."""
_LEAST = 8
"""Cells that a column keeps when a table does not fit the terminal."""
_USEFUL = 14
"""Cells without which a column says little: before that, one that can be spared goes."""
_GAP = 2


def table(
    rows: Iterable[Iterable[object]], head: Sequence[str], *, whole: Container[str] = (), spare: Sequence[str] = ()
) -> Iterator[str]:
    """Columns as wide as their widest cell, under their `head`.

    Where they do not fit the terminal, those of `spare` are left out one after the other, then the widest give way,
    those of `whole` last of all.
    """
    cells = [[_word(cell) for cell in row] for row in rows]
    widths = [min(max(_width(text) for text in (name, *column)), CELL) for name, *column in _columns(head, cells)]
    chosen = list(range(len(head)))
    if sys.stdout.isatty():
        chosen = _spared(head, widths, whole, spare)
        _narrow(widths, chosen, {at for at in chosen if head[at] in whole})
    for row in [[Word(name, Tone.HEAD) for name in head], *cells]:
        parts = [painted(_cell(row[at].text, widths[at]), row[at].tone) for at in chosen[:-1]]
        last = row[chosen[-1]]
        parts.append(painted(_cell(last.text, widths[chosen[-1]]).rstrip(), last.tone))
        yield Line((" " * _GAP).join(parts).rstrip())


def _word(cell: object) -> Word:
    text = clean("" if cell is None else cell, limit=CELL + 1)
    return Word(text, cell.tone if isinstance(cell, Word) else Tone.PLAIN)


def _columns(head: Sequence[str], cells: Sequence[Sequence[Word]]) -> Iterator[list[str]]:
    for at, name in enumerate(head):
        yield [name, *(row[at].text for row in cells)]


def _spared(head: Sequence[str], widths: Sequence[int], whole: Container[str], spare: Sequence[str]) -> list[int]:
    """The columns that stay."""
    chosen = list(range(len(head)))
    for name in spare:
        needed = [widths[at] if head[at] in whole else min(widths[at], _USEFUL) for at in chosen]
        if _total(needed) <= columns():
            break
        chosen.remove(head.index(name))
    return chosen


def _narrow(widths: list[int], chosen: Sequence[int], whole: Container[int]) -> None:
    for some in ([at for at in chosen if at not in whole], chosen):
        while _total([widths[at] for at in chosen]) > columns():
            widest = max(some, key=lambda at: widths[at], default=None)
            if widest is None or widths[widest] <= _LEAST:
                break
            widths[widest] -= 1


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _cell(text: str, width: int) -> str:
    if _width(text) <= width:
        return text + " " * (width - _width(text))
    return f"{set_cell_size(text, width - 1)}…"
