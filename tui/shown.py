"""What the terminal shows already, so that only what differs goes over the line.

Textual paints a place that is gone to as a whole, often twice: once it is laid out, and once what it holds is there.
Most cells of it are those of the place before. Here they are remembered as they were sent; a picture becomes the cells
that differ, and of their looks what changes from one stretch to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_NEAR = 8
"""Cells that are sent again rather than to move the cursor over them, which takes as many bytes."""

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
"""What ends an attribute of SGR (ECMA-48, 8.3.117) that is in use; the others are ended with all at once."""
_UNSEEN_ON_BLANKS = frozenset({"", "1", "2", "3"})


@dataclass(frozen=True)
class _Look:
    """How cells are to look: the parameters of SGR (ECMA-48, 8.3.117), by what they set."""

    attributes: str = ""
    colour: str = ""
    ground: str = ""


_PLAIN = _Look()
_Cell = tuple[str, _Look | None]
"""A character and its look. Without a look: all of a strip as it is sent, in its first cell, or what that covers."""


class Shown:
    """The cells of the terminal, as far as they are known."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, _Cell]] = {}

    def forget(self) -> None:
        """Something else may have written to the terminal, or it has another size."""
        self._lines.clear()

    def difference(self, update: CompositorUpdate) -> CompositorUpdate:
        """What has to be sent in place of `update`; found out when it is rendered, which is when it is sent."""
        return _Difference(self, update) if isinstance(update, LayoutUpdate | ChopsUpdate) else update

    def changes(self, update: CompositorUpdate, console: Console) -> Iterator[tuple[int, int, Sequence[_Cell]]]:
        """Column, line and cells of each stretch that differs; from then on they count as shown."""
        for x, y, strip in _pieces(update):
            known = self._lines.setdefault(y, {})
            cells = _cells(strip, console)
            before = [known.get(at) for at in range(x, x + len(cells))]
            known.update(enumerate(cells, x))
            for first, end in _stretches(before, cells):
                yield x + first, y, cells[first:end]


class _Difference(CompositorUpdate):
    def __init__(self, shown: Shown, update: CompositorUpdate) -> None:
        self._shown = shown
        self._update = update

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        sent: list[str] = []
        look, reached = _PLAIN, None
        for x, y, cells in self._shown.changes(self._update, console):
            if reached != (x, y):
                sent.append(Control.move_to(x, y).segment.text)
            for text, cell in cells:
                wanted = cell or _PLAIN
                if wanted is not look and not (text == " " and _is_blank_alike(look, wanted)):
                    sent.append(_turned(look, wanted))
                    look = wanted
                sent.append(text)
            # How far a strip leads that is sent as it is, terminals do not agree.
            reached = None if any(cell is None for _, cell in cells) else (x + len(cells), y)
        return "".join([*sent, _turned(look, _PLAIN)])


def _pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Column, line and content of everything that an update sends."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield x, y, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, first, last in update.spans:
            for end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if piece is not None and x <= last and end > first:
                    yield x, y, piece if end <= last else piece.crop(0, last - x)


def _stretches(before: Sequence[_Cell | None], cells: Sequence[_Cell]) -> list[tuple[int, int]]:
    """From where to where cells are sent, so that all that differ are."""
    differing = [at for at, (old, new) in enumerate(zip(before, cells, strict=True)) if not _is_alike(old, new)]
    if not differing:
        return []
    if any(cell is not None and cell[1] is None for cell in (*before, *cells)):
        return [(0, len(cells))]
    found = [(differing[0], differing[0] + 1)]
    for at in differing[1:]:
        if at - found[-1][1] < _NEAR:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _is_alike(old: _Cell | None, new: _Cell) -> bool:
    if old is None or old == new:
        return old == new
    (letter, before), (wanted, after) = old, new
    return letter == wanted == " " and before is not None and after is not None and _is_blank_alike(before, after)


def _cells(strip: Strip, console: Console) -> list[_Cell]:
    """The cells of a strip; as one where terminals do not agree how wide a character is, or where there is a link."""
    if all(_is_simple(segment) for segment in strip):
        colours = console._color_system or ColorSystem.TRUECOLOR
        return [(letter, _look(style, colours)) for text, style, _ in strip for letter in text]
    return [(strip.render(console), None), *[("", None)] * (strip.cell_length - 1)]


def _is_simple(segment: Segment) -> bool:
    text, style, _ = segment
    return (style is None or not style.link) and (
        text.isascii() or all(get_character_cell_size(letter) == 1 for letter in text)
    )


@lru_cache(maxsize=4096)
def _look(style: Style | None, colours: ColorSystem) -> _Look:
    if style is None:
        return _PLAIN
    codes = Strip.render_style(style, "", colours).removesuffix("\x1b[0m")[len("\x1b[") : -len("m")]
    wanted = iter(codes.split(";") if codes else ())
    attributes, colour, ground = list[str](), list[str](), list[str]()
    for code in wanted:
        number = int(code)
        is_ground = number == 48 or 40 <= number <= 49 or 100 <= number <= 107
        is_colour = 30 <= number <= 39 or 90 <= number <= 97
        kind = ground if is_ground else colour if is_colour else attributes
        kind.append(code)
        if number in (38, 48):  # by its number in a palette, or by three parts
            kind.append(space := next(wanted))
            kind.extend(next(wanted) for _ in range(1 if space == "5" else 3))
    return _one(_Look(*(";".join(some) for some in (attributes, colour, ground))))


@lru_cache(maxsize=4096)
def _one(look: _Look) -> _Look:
    """One object for all that are equal: most comparisons are of one with itself."""
    return _PLAIN if look == _PLAIN else look


@lru_cache(maxsize=4096)
def _turned(old: _Look, new: _Look) -> str:
    """What makes the terminal write like `new` after `old`."""
    if old == new:
        return ""
    before, after = (look.attributes.split(";") if look.attributes else [] for look in (old, new))
    less = [code for code in before if code not in after]
    if new == _PLAIN or not all(code in _OFF for code in less):
        return f"\x1b[{';'.join(code for code in ('0', new.attributes, new.colour, new.ground) if code)}m"
    # Bold and dim end together, so what is to stay of them is said anew.
    ended = list(dict.fromkeys(_OFF[code] for code in less))
    begun = [code for code in after if code not in before or _OFF.get(code) in ended]
    colour = new.colour or "39" if new.colour != old.colour else ""
    ground = new.ground or "49" if new.ground != old.ground else ""
    return f"\x1b[{';'.join(code for code in (*ended, *begun, colour, ground) if code)}m"


@lru_cache(maxsize=4096)
def _is_blank_alike(old: _Look, new: _Look) -> bool:
    """Whether a blank looks the same in both: it shows its ground, and lines through and beneath it."""
    seen = [[code for code in look.attributes.split(";") if code not in _UNSEEN_ON_BLANKS] for look in (old, new)]
    return old.ground == new.ground and seen[0] == seen[1] and not seen[0]
