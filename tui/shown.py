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
        look, at = _PLAIN, (-1, -1)
        for x, y, cells in self._shown.changes(self._update, console):
            sent.append(_moved(at, x, y))
            is_certain = all(wanted is not None for _, wanted in cells)
            at = (x + len(cells), y) if is_certain else (-1, -1)
            for text, wanted in cells:
                reached = _reached(look, wanted or _PLAIN, text)
                if reached is not look:
                    sent.append(_turned(look, reached))
                    look = reached
                sent.append(text)
        return "".join([*sent, _turned(look, _PLAIN)])


def _moved(at: tuple[int, int], x: int, y: int) -> str:
    """What brings the cursor from where it is to another cell; forward in a line is the shortest to say."""
    if at[1] != y or x < at[0]:
        return Control.move_to(x, y).segment.text
    return f"\x1b[{x - at[0]}C" if x > at[0] else ""


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
    differing = [at for at, (old, new) in enumerate(zip(before, cells, strict=True)) if old != new]
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


def _cells(strip: Strip, console: Console) -> list[_Cell]:
    """The cells of a strip; as one where terminals do not agree how wide a character is, or where there is a link."""
    if all(_is_simple(segment) for segment in strip):
        colours = console._color_system or ColorSystem.TRUECOLOR
        looks = ((text, _look(style, colours)) for text, style, _ in strip)
        return [(letter, _blank(look) if letter == " " else look) for text, look in looks for letter in text]
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


_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""Attributes that are seen where nothing is written: lines, and colours that are exchanged."""


@lru_cache(maxsize=4096)
def _blank(look: _Look) -> _Look:
    """What of a look is seen of a space: its ground."""
    return look if _ON_BLANKS.intersection(look.attributes.split(";")) else _one(_Look("", "", look.ground))


@lru_cache(maxsize=4096)
def _reached(old: _Look, wanted: _Look, text: str) -> _Look:
    """The look to write with: a space takes whatever colour there is, so that the terminal is not told another."""
    if text != " " or wanted.colour or wanted.attributes:
        return wanted
    return _one(_Look("" if _blank(old) is old else old.attributes, old.colour, wanted.ground))


@lru_cache(maxsize=4096)
def _turned(old: _Look, new: _Look) -> str:
    """What makes the terminal write like `new` after `old`."""
    if old == new:
        return ""
    has_less = (old.colour and not new.colour) or (old.ground and not new.ground)
    if has_less or (old.attributes and old.attributes != new.attributes):
        return f"\x1b[{';'.join(code for code in ('0', new.attributes, new.colour, new.ground) if code)}m"
    pairs = ((old.attributes, new.attributes), (old.colour, new.colour), (old.ground, new.ground))
    return f"\x1b[{';'.join(code for was, code in pairs if code != was)}m"
