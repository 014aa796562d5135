"""What goes over the line: the terminal shows what it would, had each picture been sent whole."""

from __future__ import annotations

import random
import re

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.shown import Shown

WIDTH, HEIGHT = 30, 4
STYLES = (
    None,
    Style(color="red"),
    Style(color="#aabbcc", bgcolor="#112233"),
    Style(color="#aabbcc", bgcolor="#445566"),
    Style(bold=True, color="#aabbcc", bgcolor="#112233"),
    Style(reverse=True, italic=True),
    Style(color="bright_blue", bgcolor="color(200)", underline=True),
    Style(color="default", bgcolor="default", dim=True),
    Style(bold=True, dim=True, color="#aabbcc"),
    Style(strike=True, bgcolor="#112233"),
)
WORDS = ("order", "  ", " ", "Größe", "│──╮", "▇▅▁", "日本", "e\u0301", "x")
OFF = {22: ("1", "2"), 23: ("3",), 24: ("4",), 27: ("7",), 29: ("9",)}
_SEQUENCE = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|(\n)|([^\x1b])")


class Screen:
    """As much of a terminal as is needed: cells with their letters and the parts of their look."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = {}
        self._x = self._y = 0
        self._look: dict[str, str] = {}

    def write(self, text: str) -> None:
        for row, column, codes, _newline, letter in _SEQUENCE.findall(text):
            if row:
                self._y, self._x = int(row) - 1, int(column) - 1
            elif letter:
                width = Strip([Segment(letter)]).cell_length
                at = self._x - (0 if width else 1)
                before = self.cells[self._y, at][0] if not width else ""
                self.cells[self._y, at] = (before + letter, self._seen(before + letter))
                if width == 2:
                    self.cells[self._y, at + 1] = ("", ())
                self._x += width
            elif codes or text:
                self._set(codes.split(";"))

    def _set(self, codes: list[str]) -> None:
        wanted = iter(codes)
        for code in wanted:
            number = int(code or 0)
            if not number:
                self._look = {}
            elif number in (38, 48):
                kind = next(wanted)
                self._look[str(number)] = ";".join([kind, *(next(wanted) for _ in range(1 if kind == "5" else 3))])
            elif number in (39, 49):
                self._look.pop(str(number - 1), None)
            elif number in OFF:
                for ended in OFF[number]:
                    self._look.pop(ended, None)
            elif 30 <= number <= 49 or 90 <= number <= 107:
                self._look["48" if 40 <= number <= 49 or number >= 100 else "38"] = code
            else:
                self._look[code] = code

    def _seen(self, text: str) -> tuple[str, ...]:
        """The look, as far as it is seen: a blank without a line shows its ground alone."""
        is_blank = text == " " and not self._look.keys() & {"4", "7", "9"}
        return tuple(sorted(f"{key} {code}" for key, code in self._look.items() if key == "48" or not is_blank))


def strip_of(chance: random.Random, width: int) -> Strip:
    """A line of some words in some styles, exactly so wide."""
    segments: list[Segment] = []
    while sum(segment.cell_length for segment in segments) < width:
        segments.append(Segment(chance.choice(WORDS), chance.choice(STYLES)))
    return Strip(segments).adjust_cell_length(width)


def update_of(chance: random.Random) -> CompositorUpdate:
    """A whole picture of one or two pieces a line, or parts of some lines."""
    if chance.random() < 0.5:
        cut = chance.choice((10, WIDTH))
        lines = [[strip_of(chance, size) for size in (cut, WIDTH - cut) if size] for _ in range(HEIGHT)]
        return LayoutUpdate(lines, Region(0, 0, WIDTH, HEIGHT))
    chops = [{0: strip_of(chance, 12), 12: strip_of(chance, WIDTH - 12)} for _ in range(HEIGHT)]
    spans = [(y, chance.choice((0, 12)), WIDTH) for y in range(HEIGHT) if chance.random() < 0.7]
    return ChopsUpdate(chops, spans or [(0, 0, WIDTH)], [[12, WIDTH]] * HEIGHT)


@pytest.fixture
def console() -> Console:
    return Console(color_system="256", force_terminal=True)


@pytest.mark.parametrize("seed", range(40))
def test_terminal_shows_the_same(seed: int, console: Console) -> None:
    chance = random.Random(seed)
    shown, whole, little = Shown(), Screen(), Screen()
    for _ in range(12):
        update = update_of(chance)
        whole.write(update.render_segments(console))
        little.write(shown.difference(update).render_segments(console))
        assert little.cells == whole.cells


def test_the_same_picture_costs_nothing(console: Console) -> None:
    update = update_of(random.Random(1))
    shown = Shown()
    assert shown.difference(update).render_segments(console)
    assert shown.difference(update).render_segments(console) == ""
    shown.forget()
    assert shown.difference(update).render_segments(console)


def test_only_what_differs_is_sent(console: Console) -> None:
    """Of a long line one word, and of its look only what is another one than before."""
    shown = Shown()
    quiet = Style(color="#aabbcc", bgcolor="#112233")
    loud = Style(color="#ff0000", bgcolor="#112233")
    region = Region(0, 0, WIDTH, 1)

    def line(word: str, style: Style) -> CompositorUpdate:
        parts = [Segment("a" * 10, quiet), Segment(word, style), Segment("b" * (WIDTH - 10 - len(word)), quiet)]
        return shown.difference(LayoutUpdate([[Strip(parts)]], region))

    line("one", quiet).render_segments(console)
    assert line("two", quiet).render_segments(console).count("two") == 1
    sent = line("two", loud).render_segments(console)
    assert sent.startswith("\x1b[1;11H")
    assert sent.endswith("two\x1b[0m")
    first = shown.difference(LayoutUpdate([[Strip([Segment("x", quiet), Segment("y", loud)])]], Region(0, 1, 2, 1)))
    assert re.fullmatch(r"\x1b\[2;1H\x1b\[38;5;\d+;48;5;\d+mx\x1b\[38;5;\d+my\x1b\[0m", first.render_segments(console))
