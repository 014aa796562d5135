"""Rows that are read when they come into view, and the line that filters them."""

from __future__ import annotations

import time
from array import array

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Input

from tui.widgets import filter_line
from tui.widgets.filter_line import FilterLine
from tui.widgets.paged import AHEAD, KEPT, PagedRows
from tui.widgets.table import Column, Row, Table

LENGTH = 100_000


def _row(key: int, text: str) -> Row:
    return Row(key, (Content(f"{text} {key}"), Content("")))


class LongApp(App[None]):
    """A table over a hundred thousand keys; it reads when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.missed = 0
        self.rows = PagedRows(2, _row, self._count)
        self.rows.replace(array("q", range(LENGTH, 0, -1)))

    def _count(self) -> None:
        self.missed += 1

    def compose(self) -> ComposeResult:
        """The table."""
        yield Table((Column("order", most=20), Column("rest")))

    @property
    def table(self) -> Table:
        """The table."""
        return self.screen.query_one(Table)

    @property
    def drawn(self) -> list[str]:
        """The rows as they are drawn."""
        lines = [self.table.render_line(y) for y in range(1, self.table.size.height)]
        return ["".join(segment.text for segment in line).rstrip() for line in lines]

    def read(self, text: str = "order") -> list[int]:
        """Read what is in view."""
        keys = self.rows.unread(self.table.in_view)
        self.rows.arrived(keys, dict.fromkeys(keys, text))
        self.table.show(self.rows)
        return keys


class TestPagedRows:
    async def test_only_what_is_in_view_is_read(self) -> None:
        """Placeholders first, then the rows and a little around them; wherever one jumps to."""
        app = LongApp()
        async with app.run_test(size=(40, 10)) as pilot:
            app.table.show(app.rows)
            await pilot.pause()
            assert app.drawn[0] == "> …"
            assert app.missed == 1
            assert len(app.read()) == 9 + AHEAD
            assert app.drawn[0] == "> order 100000"
            await pilot.press("pagedown", "pagedown")
            assert app.drawn[-1].startswith("> order")
            assert app.missed == 1
            await pilot.press("end")
            assert app.drawn[-1] == "> …"
            assert app.missed == 2
            assert app.read()[-1] == 1
            assert app.drawn[-1] == "> order 1"
            await pilot.press("home")
            assert app.drawn[0] == "> order 100000"
            assert app.missed == 2

    async def test_the_cursor_stays_on_its_order(self) -> None:
        """New orders come in above; the cursor goes along with its own, wherever it is."""
        app = LongApp()
        async with app.run_test(size=(40, 10)) as pilot:
            app.table.show(app.rows)
            await pilot.press("end", "k")
            app.rows.replace(array("q", range(LENGTH + 3_000, 0, -1)))
            app.table.show(app.rows)
            app.read()
            assert app.table.key == 2
            assert "> order 2" in app.drawn

    async def test_changed_rows_are_read_again_in_place(self) -> None:
        """An outdated row is shown as it was until it was read again, and never twice without need."""
        app = LongApp()
        async with app.run_test(size=(40, 10)) as pilot:
            app.table.show(app.rows)
            app.read()
            app.rows.outdated()
            await pilot.press("j")
            assert app.drawn[1] == "> order 99999"
            assert app.read("moved")
            assert app.drawn[1] == "> moved 99999"
            assert app.read() == []

    async def test_what_is_gone_is_not_asked_for_for_ever(self) -> None:
        """A key without a row stays a placeholder."""
        app = LongApp()
        async with app.run_test(size=(40, 10)) as pilot:
            app.table.show(app.rows)
            await pilot.pause()
            app.rows.arrived(app.rows.unread(app.table.in_view), {})
            app.table.show(app.rows)
            assert app.drawn[0] == "> …"
            assert app.missed == 1

    def test_forgets_what_was_not_looked_at_for_long(self) -> None:
        """Paging through everything does not fill the memory."""
        rows = PagedRows(2, _row, lambda: None)
        rows.replace(array("q", range(LENGTH)))
        for start in range(0, LENGTH, 1_000):
            keys = rows.unread(range(start, start + 1_000))
            rows.arrived(keys, dict.fromkeys(keys, "order"))
        assert sum(rows[place].cells[0] != Content("…") for place in range(0, LENGTH, 10)) == KEPT // 10

    async def test_is_fast(self) -> None:
        """Opening and turning pages cost no more at a hundred thousand rows than anyone notices."""
        app = LongApp()
        async with app.run_test(size=(80, 24)) as pilot:
            start = time.perf_counter()
            app.table.show(app.rows)
            app.read()
            opened = time.perf_counter() - start
            await pilot.press("end")
            start = time.perf_counter()
            app.read()
            turned = time.perf_counter() - start
        assert opened < 0.2
        assert turned < 0.05


class FilterApp(App[None]):
    """A filter line over a table."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def compose(self) -> ComposeResult:
        """The line and the table."""
        yield FilterLine("order, SKU …")
        yield Table((Column("order"),))

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Note what is asked for."""
        self.texts.append(event.text)

    def on_filter_line_left(self) -> None:
        """Back to the table."""
        self.screen.query_one(Table).focus()


class TestFilterLine:
    async def test_filters_once_per_pause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Letters typed in a row are one filter; leaving counts at once and keeps it."""
        monkeypatch.setattr(filter_line, "PAUSE", 60.0)
        app = FilterApp()
        async with app.run_test(size=(60, 10)) as pilot:
            line = app.screen.query_one(FilterLine)
            line.type_here()
            await pilot.press("C", "A", "P", "[", "escape")
            assert app.texts == ["CAP["]
            assert isinstance(app.focused, Table)
            line.type_here()
            await pilot.press("backspace", "enter")
            assert app.texts == ["CAP[", "CAP"]
            line.type_here()
            await pilot.press("down")
            assert isinstance(app.focused, Table)
            assert app.texts == ["CAP[", "CAP"]
            line.clear()
            await pilot.pause()
            assert app.texts[-1] == line.text == app.screen.query_one(Input).value == ""

    async def test_focus_comes_before_the_next_key(self) -> None:
        """Keys that arrive in one go are not lost on the list."""
        app = FilterApp()
        async with app.run_test(size=(60, 10)):
            line = app.screen.query_one(FilterLine)
            line.type_here()
            assert app.focused is line.query_one(Input)

    async def test_waits_for_a_pause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without any further key the filter comes by itself."""
        monkeypatch.setattr(filter_line, "PAUSE", 0.001)
        app = FilterApp()
        async with app.run_test(size=(60, 10)) as pilot:
            line = app.screen.query_one(FilterLine)
            line.type_here()
            await pilot.press("x")
            while not app.texts:
                await pilot.pause()
            assert app.texts == [line.text] == ["x"]
