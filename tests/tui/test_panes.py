"""The table and the text pane on their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import overload

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from tests.tui.driving import settle
from tui.widgets.table import Column, Row, Table
from tui.widgets.text_pane import Line, TextPane


class Endless(Sequence[Row]):
    """A hundred thousand rows that notes which of them were asked for."""

    def __init__(self) -> None:
        self.asked: set[int] = set()

    def __len__(self) -> int:
        return 100_000

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        self.asked.add(place)
        return Row(place, (Content(f"SKU-{place}"), lambda width: Content(f"{width} cells")))


class TableApp(App[None]):
    """A table and nothing else."""

    def __init__(self, *, marks: bool = False) -> None:
        super().__init__()
        self._marks = marks

    def compose(self) -> ComposeResult:
        """The table."""
        yield Table((Column("sku", least=9, most=20), Column("rest")), marks=self._marks)


class PaneApp(App[None]):
    """A text pane and nothing else."""

    def compose(self) -> ComposeResult:
        """The pane."""
        yield TextPane(follow=True)


def _drawn(widget: Table | TextPane) -> list[str]:
    return ["".join(segment.text for segment in widget.render_line(y)).rstrip() for y in range(widget.size.height)]


def _lines(first: int, last: int) -> list[Line]:
    return [Line(Content(f"line {number}")) for number in range(first, last)]


class TestTable:
    async def test_asks_only_for_rows_in_view(self) -> None:
        """The length of a table costs nothing, at its start as at its end."""
        app = TableApp()
        async with app.run_test(size=(40, 10)) as pilot:
            rows = Endless()
            table = app.screen.query_one(Table)
            table.show(rows)
            await pilot.pause()
            assert _drawn(table)[1] == "> SKU-0     27 cells"
            await pilot.press("end")
            assert table.key == 99_999
            assert _drawn(table)[-1].startswith("> SKU-99999")
            assert len(rows.asked) < 3_000

    @pytest.mark.parametrize(
        ("keys", "key"),
        [
            (["j"], 1),
            (["down", "down", "k"], 1),
            (["up"], 0),
            (["pagedown"], 8),
            (["pagedown", "pagedown", "pageup"], 8),
            (["G"], 99_999),
            (["G", "j"], 99_999),
            (["G", "g"], 0),
        ],
    )
    async def test_keys(self, keys: list[str], key: int) -> None:
        """Every movement has its keys, and stops at the ends."""
        app = TableApp()
        async with app.run_test(size=(40, 10)) as pilot:
            table = app.screen.query_one(Table)
            table.show(Endless())
            await pilot.pause()
            await pilot.press(*keys)
            assert table.key == key

    async def test_cursor_stays_on_its_row(self) -> None:
        """New rows above do not move the cursor to another thing; a row that goes leaves it nearby."""
        app = TableApp()
        async with app.run_test(size=(40, 10)) as pilot:
            table = app.screen.query_one(Table)
            make = Endless().__getitem__
            table.show([make(number) for number in (5, 4, 3)])
            await pilot.press("down")
            table.show([make(number) for number in (7, 6, 5, 4, 3)])
            assert table.key == 4
            table.show([make(number) for number in (7, 6, 5)])
            assert table.key == 5
            table.show([])
            assert table.key is None
            await pilot.press("down", "end", "pageup")
            assert table.key is None

    async def test_marks(self) -> None:
        """Rows are marked beside the one under the cursor; a table without marks has no such key."""
        app = TableApp(marks=True)
        async with app.run_test(size=(40, 10)) as pilot:
            table = app.screen.query_one(Table)
            table.show(Endless())
            await pilot.press("space", "j", "space", "k")
            assert table.marked == {0, 2}
            assert [line[:2] for line in _drawn(table)[1:5]] == [" *", "  ", ">*", "  "]
            await pilot.press("space")
            assert table.marked == {0}
            table.mark(frozenset())
            assert _drawn(table)[1].startswith("  ")
        app = TableApp()
        async with app.run_test(size=(40, 10)) as pilot:
            table = app.screen.query_one(Table)
            table.show(Endless())
            await pilot.press("space")
            assert (table.marked, table.key) == (frozenset(), 0)


class TestTextPane:
    async def test_follows_until_the_reader_scrolls_up(self) -> None:
        """At its end the pane goes along; above it nothing moves; End follows again."""
        app = PaneApp()
        async with app.run_test(size=(40, 10)) as pilot:
            pane = app.screen.query_one(TextPane)
            pane.append(_lines(0, 30))
            await pilot.pause()
            assert _drawn(pane)[-1] == "line 29"
            await pilot.press("k")
            assert not pane.following
            pane.append(_lines(30, 60))
            await pilot.pause()
            assert _drawn(pane)[-1] == "line 28"
            await pilot.press("end")
            assert pane.following
            pane.append(_lines(60, 61))
            await pilot.pause()
            assert _drawn(pane)[-1] == "line 60"

    async def test_wraps_to_the_width(self) -> None:
        """A long line goes on beneath its text, and the end stays in view when the terminal shrinks."""
        app = PaneApp()
        async with app.run_test(size=(60, 6)) as pilot:
            pane = app.screen.query_one(TextPane)
            pane.append([*_lines(0, 10), Line(Content("12:00:00 one two three four five six seven eight"), indent=9)])
            await pilot.pause()
            assert _drawn(pane)[-1].startswith("12:00:00 one")
            await pilot.resize_terminal(30, 6)
            for _ in range(100):  # Textual scrolls by a timer after a resize
                await settle(pilot)
                if _drawn(pane)[-3:-2] == ["line 9"]:
                    break
                await asyncio.sleep(0.02)
            assert _drawn(pane)[-3:] == ["line 9", "12:00:00 one two three four", "         five six seven eight"]

    async def test_keeps_the_last_lines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A log without end does not fill the memory."""
        monkeypatch.setattr(TextPane, "KEPT", 100)
        app = PaneApp()
        async with app.run_test(size=(40, 10)) as pilot:
            pane = app.screen.query_one(TextPane)
            pane.append(_lines(0, 250))
            await pilot.pause()
            assert len(pane.lines) == 100
            assert _drawn(pane)[-1] == "line 249"

    async def test_replacing_keeps_the_place(self) -> None:
        """What is read again does not jump."""
        app = PaneApp()
        async with app.run_test(size=(40, 10)) as pilot:
            pane = app.screen.query_one(TextPane)
            pane.replace(_lines(0, 50))
            await pilot.pause()
            await pilot.press("home", "j", "j")
            pane.replace(_lines(0, 51))
            await pilot.pause()
            assert _drawn(pane)[0] == "line 2"
            pane.clear()
            await pilot.pause()
            assert _drawn(pane) == [""] * 10
            assert pane.following
