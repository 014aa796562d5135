"""A long list, what is known of the row under the cursor, and the keys to choose what is listed.

A subclass says what core and its texts say: `keys` and `rows` of the list, `row` as a line of the table, `detail` and
its `lines`. Here is the rest: filter line, states with their numbers, channels, marks, rows that are read when they
come into view, and reading, in a thread, only what may have changed.
"""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from core.actor import Actor
from core.channels.views import list_channels
from core.windows import NEWEST as NEWEST_FIRST
from core.windows import Keys
from core.workspace import Workspace
from tui.frame.dates import FROM, read_dates, written
from tui.frame.history import history_lines
from tui.frame.live import LiveScreen
from tui.frame.scope import channel_part, states_line
from tui.frame.window import NEWEST, Detail, Filter, Query, Snapshot, View, Window
from tui.keymap import spoken
from tui.text import foreign
from tui.widgets.choice import Choice
from tui.widgets.click_text import ClickText
from tui.widgets.filter_line import FilterLine
from tui.widgets.paged import PagedRows, around
from tui.widgets.pane import Pane, Panes
from tui.widgets.pick import Pick
from tui.widgets.table import Cell, Column, Row, Table
from tui.widgets.text_pane import Line, TextPane

NARROWING = ("channel", "text", "since", "before")
"""What of a filter leaves rows uncounted."""
CHANNEL_WIDTH = 12
"""Cells of a channel's name at most."""


class Browse(LiveScreen[Snapshot[Filter, View, Detail]]):
    """The list beside or above its details; where there is room, beside these what happened.

    A filter is a frozen dataclass with a `channel`, and with `states`, `text` and `sort` where these can be chosen.
    """

    AUTO_FOCUS = "Table"
    NEEDS_WORKER = True

    EVERYTHING: ClassVar[Any]
    """The filter that lets everything through."""
    NAME: ClassVar[str] = ""
    """Stands over the list."""
    SORTS: ClassVar[Sequence[str]] = ()
    """The orders in which core can list it."""
    STATES: ClassVar[Mapping[str, frozenset[Any]]] = {}
    """What one may choose by its state: the states, by the word for them."""
    HINT: ClassVar[str] = ""
    """What the filter line searches."""
    COLUMNS: ClassVar[Sequence[Column]]
    CHANNEL: ClassVar[Column | None] = None
    """Stands before the others when there are several channels, so that every row says its own."""
    cells: ClassVar[Callable[[Any], tuple[Cell, ...]]]
    """Makes a line of the list, in the order of `COLUMNS`, of what `rows` gave; a staticmethod."""
    NOTHING: ClassVar[str]
    """The sentence while there is nothing at all, with the key that helps."""
    NONE_FITS: ClassVar[str] = ""
    """Stands in the list while nothing fits the filter, with the key that helps."""

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.window: Window[Filter, View, Detail] = Window(self.EVERYTHING, self._paged)
        self._go_to: int | None = None
        self._wrong_date = ""
        self._copied: tuple[tuple[int | None, str], int] = (None, ""), 0
        """The row of which something was copied and what that was first, and how much of it has been."""

    # -- for subclasses: what core says, all of it in a thread, and how it reads --------------------------

    @abstractmethod
    def keys(self, wanted: Filter) -> Keys[Any]:
        """Everything that matches."""

    @abstractmethod
    def rows(self, keys: Sequence[int]) -> Mapping[int, View]:
        """The rows of some keys, without those that are gone."""

    def detail(self, view: View, known: Detail | None) -> Detail | None:
        """What the list does not hold of a row; `known` is what was read of the same row before."""
        return None

    def newest(self, wanted: Filter, limit: int) -> array[int] | None:
        """The first of `keys`, if they can be had in a fraction of the time."""
        return None

    def as_of(self) -> Hashable:
        """Another value as soon as `keys` may answer something else."""
        return self.workspace.database.state()

    def lines(self, view: View, detail: Detail | None) -> Iterable[Line]:
        """The details of a row; `detail` is None while it is being read."""
        return ()

    def heading(self, view: View) -> tuple[Content, Content]:
        """What stands over the details of a row: what it is, and what became of it."""
        return Content("Details"), Content("")

    def history(self, view: View, detail: Detail | None) -> Iterable[Line]:
        """What happened to a row, newest first: the `history` of its details, where these have one."""
        return history_lines(getattr(detail, "history", ()))

    def copies(self, view: View) -> Sequence[tuple[str, str]]:
        """What can be copied of a row, the most wanted first: what it is, and its text."""
        return ()

    def scope(self, room: int) -> Content:
        """The line above the list, in so many cells: what can be chosen, how much there is, and what is chosen."""
        return states_line(self.STATES, self.window, room) + channel_part(self.window) + self._dates()

    def none_fits(self, wanted: Filter) -> str:
        """The sentence in place of the body while nothing fits; "" where the body stays."""
        return ""

    def show_detail(self) -> None:
        """Show what is known of the row under the cursor; until it was read, what was shown before, with its name."""
        view, detail = self.chosen, self.window.detail
        if view is not None and detail is not None and detail[0] != self.table.key:
            return
        title, outcome = (Content("Details"), Content("")) if view is None else self.heading(view)
        for pane in self.query("#details-pane").results(Pane):
            pane.set_title(title)
            pane.set_count(outcome)
        self.query_one("#details", TextPane).replace([] if view is None else list(self.lines(view, self.known)))
        for history in self.query("#history").results(TextPane):
            history.replace([] if view is None else list(self.history(view, self.known)))

    def body(self) -> Iterable[Widget]:
        """The lines with the filter, the list, its details and what happened."""
        yield FilterLine(self.HINT)
        yield ClickText(id="scope")
        with Panes(classes="browse"):
            yield Pane(Table(self.COLUMNS, marks=True), title=self.NAME, id="list-pane")
            yield Pane(TextPane(id="details"), title="Details", id="details-pane")
            yield Pane(TextPane(id="history"), title="History", id="history-pane")

    # -- for subclasses: to use ---------------------------------------------------------------------------

    @property
    def table(self) -> Table:
        """The list."""
        return self.query(Table).first()

    @property
    def chosen(self) -> View | None:
        """The row under the cursor, as last read."""
        return self.window.rows.item(self.table.key) if self.query_one("#body").display else None

    @property
    def known(self) -> Detail | None:
        """What else is known of the row under the cursor; None while it is being read."""
        detail = self.window.detail
        return detail[1] if detail is not None and detail[0] == self.table.key else None

    @property
    def marked(self) -> list[int]:
        """The keys of the marked rows; without any, that of the row under the cursor."""
        key = self.table.key
        return sorted(self.table.marked) or ([key] if key is not None and self.chosen is not None else [])

    def channel_names(self) -> list[str]:
        """The channels that the operator may see. Runs in a thread."""
        return [channel.name for channel in list_channels(self.workspace, self.actor)]

    def look_for(self, wanted: Filter, key: int | None = None) -> None:
        """List what fits `wanted`, with the cursor on `key`."""
        self.window.wanted, self._go_to = wanted, key
        for line in self.query(FilterLine):
            line.set(written(wanted.text, wanted.since, wanted.before))
        self.set_focus(self.table)
        self.refresh_before_keys()

    def choose(self, wanted: Filter) -> None:
        """List something else, if there is anything."""
        if wanted != self.window.wanted and self.window.has_any:
            self.window.wanted = wanted
            self._show_scope()
            # Whoever types a filter goes on typing.
            (self.refresh_now if isinstance(self.focused, Input) else self.refresh_before_keys)()

    # -- data ---------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], Snapshot[Filter, View, Detail]]:
        """What is in view, and all keys after something was committed or another filter was chosen."""
        table = self.table
        cursor = table.key if self._go_to is None else self._go_to
        return partial(self._look, self.window.query(table.in_view, table.size.height, cursor))

    def _look(self, query: Query[Filter, Detail]) -> Snapshot[Filter, View, Detail]:
        keys_as_of, rows_as_of = self.as_of(), self.workspace.database.state()
        keys, is_whole = self._listed(query) if keys_as_of != query.keys_as_of else (None, False)
        asked, cursor = list(query.unread), query.cursor
        listed = query.known if keys is None else keys.keys
        changed = rows_as_of != query.rows_as_of or keys is not None
        if changed and listed is not None:
            asked = list(around(listed, query.in_view))
            if cursor not in listed:
                cursor = listed[0] if listed else None
        detail = query.detail
        is_new = changed or detail is None or detail[0] != cursor
        if is_new and cursor is not None and cursor not in asked:
            asked.append(cursor)
        rows = self.rows(asked) if asked else {}
        return Snapshot(
            query=query,
            keys_as_of=keys_as_of,
            rows_as_of=rows_as_of,
            keys=keys,
            is_whole=is_whole,
            total=self._total(query.wanted, keys) if is_whole and keys is not None else None,
            channels=self.channel_names() if keys is not None else None,
            asked=asked,
            rows=rows,
            detail=self._detail_of(cursor, rows, detail) if is_new else detail,
        )

    def _listed(self, query: Query[Filter, Detail]) -> tuple[Keys[Any] | None, bool]:
        """The keys, and whether these are all; first, and while all of them are not due, the newest."""
        known = query.known
        if known is None or not query.keys_due:
            newest = self.newest(query.wanted, NEWEST)
            if newest is not None and known is not None:
                again = set(newest)
                return Keys(newest + array("q", [key for key in known if key not in again])), False
            if newest is not None and len(newest) == NEWEST and (query.cursor is None or query.cursor in newest):
                return Keys(newest), False
        return (self.keys(query.wanted), True) if known is None or query.keys_due else (None, False)

    def _total(self, wanted: Any, keys: Keys[Any]) -> int | None:
        if not any(getattr(wanted, name, None) for name in NARROWING):
            return keys.total
        return None if keys.total else self.keys(self.EVERYTHING).total

    def _detail_of(
        self, key: int | None, rows: Mapping[int, View], known: tuple[int, Detail] | None
    ) -> tuple[int, Detail] | None:
        if key is None or key not in rows:
            return None
        detail = self.detail(rows[key], known[1] if known is not None and known[0] == key else None)
        return None if detail is None else (key, detail)

    def nothing(self, data: Snapshot[Filter, View, Detail]) -> str:
        """How the first row comes in, or the way out of a filter that nothing fits."""
        if self.window.count(data) == 0:
            return self.NOTHING
        listed = self.window.rows.keys if data.keys is None else data.keys.keys
        return "" if listed else self.none_fits(data.query.wanted)

    def show(self, data: Snapshot[Filter, View, Detail]) -> None:
        """Show a snapshot."""
        several = self.window.several
        first = self.window.take(data, self.table.key)
        if several != self.window.several:
            self.table.arrange(self._columns(self.window.several))
        self.table.show_sort(getattr(data.query.wanted, "sort", ""))
        self.table.say_when_empty(spoken(self.app, self.NONE_FITS))
        self.table.show(self.window.rows, key=first if self._go_to is None else self._go_to)
        if data.query.cursor == self._go_to:
            self._go_to = None
        if not self.window.is_whole:  # the picture first
            self.call_after_refresh(self.refresh_now)
        self._show_scope()
        self.show_detail()

    def _columns(self, several: bool) -> Sequence[Column]:
        if not several or self.CHANNEL is None:
            return self.COLUMNS
        width = min(max(len(self.CHANNEL.title), *map(len, self.window.channels)), CHANNEL_WIDTH)
        return (replace(self.CHANNEL, least=width, most=width), *self.COLUMNS)

    def _paged(self, several: bool) -> PagedRows[View]:
        says_channel = several and self.CHANNEL is not None

        def row(key: int, view: Any) -> Row:
            cells = self.cells(view)
            return Row(key, (foreign(view.channel), *cells) if says_channel else cells)

        return PagedRows(len(self.COLUMNS) + says_channel, row, partial(self.call_later, self.refresh_now))

    def _show_scope(self) -> None:
        self.query_one("#scope", ClickText).fit(self.scope)
        for pane in self.query("#list-pane").results(Pane):
            sort = getattr(self.window.wanted, "sort", NEWEST_FIRST)
            is_usual = sort == getattr(self.EVERYTHING, "sort", NEWEST_FIRST)
            pane.set_title(self.NAME if is_usual else f"{self.NAME}, {sort}")
            pane.set_count(self._counted())

    def _counted(self) -> str:
        """How much is listed of how much, and how much of it is marked."""
        window, listed = self.window, len(self.window.rows)
        total = window.total or listed
        said = f"{listed:,} of {total:,}" if listed != total else f"{total:,}"
        marked = f"{len(self.table.marked):,} marked" if self.table.marked else ""
        return " · ".join(part for part in (said if window.is_whole else "…", marked) if part)

    @on(Table.MarksChanged)
    def _show_marks(self, event: Table.MarksChanged) -> None:
        if event.table is self.table:
            event.stop()
            self._show_scope()

    @on(Table.Highlighted)
    def _turn(self, event: Table.Highlighted) -> None:
        if event.table is self.table:
            event.stop()
            for pane in self.query("#details"):
                pane.scroll_to(y=0, animate=False)
            self.show_detail()
            if self.known is None:
                self.refresh_now()

    # -- choosing -----------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type to filter."""
        if self.query_one("#body").display:
            self.query_one(FilterLine).type_here()

    @on(FilterLine.Changed)
    def _filter_text(self, event: FilterLine.Changed) -> None:
        event.stop()
        typed = read_dates(event.text)
        self._wrong_date = typed.wrong
        self.choose(replace(self.window.wanted, text=typed.text, since=typed.since, before=typed.before))
        self._show_scope()

    @on(FilterLine.Left)
    def _to_list(self, event: FilterLine.Left) -> None:
        event.stop()
        self.set_focus(self.table)
        self.refresh_before_keys()

    def action_state(self, by: int) -> None:
        """Show another state."""
        states = list(self.STATES.values())
        now = states.index(self.window.wanted.states) if self.window.wanted.states in states else 0
        self.choose(replace(self.window.wanted, states=states[(now + by) % len(states)]))

    def action_pick_state(self, number: int) -> None:
        """Show the state that was clicked."""
        self.choose(replace(self.window.wanted, states=list(self.STATES.values())[number]))

    def action_sort(self) -> None:
        """Ask in which order to list."""
        pick = Pick("List in which order?", [Choice(sort) for sort in self.SORTS], current=self.window.wanted.sort)
        self.app.push_screen(pick, lambda choice: choice and self._sort(str(choice.value)))

    @on(Table.SortAsked)
    def _sort_by_heading(self, event: Table.SortAsked) -> None:
        event.stop()
        self._sort(event.sort)

    def _sort(self, sort: str) -> None:
        self.choose(replace(self.window.wanted, sort=sort))

    def action_copy(self) -> None:
        """Copy what the marked rows are called; of the row under the cursor, pressed again, the next thing."""
        view = self.chosen
        if self.table.marked:
            self.use(partial(self.rows, self.marked), self._copy_names)
        elif view is None or not self.copies(view):
            self.notify_nothing_chosen()
        else:
            self.copy_next(self.copies(view))

    def copy_next(self, things: Sequence[tuple[str, str]]) -> None:
        """Copy the first of what can be copied of the row under the cursor; asked again, the next one."""
        asked, count = (self.table.key, things[0][0]), self._copied[1]
        count = count if asked == self._copied[0] else 0
        what, text = things[count % len(things)]
        self._copied = asked, count + 1
        self.app.copy_to_clipboard(text)
        self.notify(f"Copied the {what}: {text}")

    def _copy_names(self, views: Mapping[int, View]) -> None:
        names = [self.copies(view)[0] for view in views.values()]
        self.app.copy_to_clipboard("\n".join(text for _, text in names))
        if len(names) == 1:
            self.notify(f"Copied the {names[0][0]}: {names[0][1]}")
        else:
            self.notify(f"Copied {len(names):,} {names[0][0]}s." if names else "Nothing was copied.")

    def action_channel(self) -> None:
        """Show the next channel; after the last one all."""
        names = ["", *self.window.channels]
        now = names.index(self.window.wanted.channel) if self.window.wanted.channel in names else 0
        self.choose(replace(self.window.wanted, channel=names[(now + 1) % len(names)]))

    def action_details(self) -> None:
        """Into the details."""
        self.set_focus(self.query_one("#details", TextPane))

    def action_back(self) -> None:
        """Back to the list; from there take the marks away, then the filter."""
        if self.focused is not self.table:
            self.set_focus(self.table)
        elif self.table.marked:
            self.table.mark(frozenset())
        else:
            for line in self.query(FilterLine):
                line.clear()
            self.choose(self._everything)

    @property
    def _everything(self) -> Any:
        """The filter that lets everything through, in the order that was chosen."""
        return replace(self.EVERYTHING, sort=self.window.wanted.sort) if self.SORTS else self.EVERYTHING

    def _dates(self) -> Content:
        """Between which days the list was asked for, and what is no day."""
        wanted = self.window.wanted
        said = Content("")
        if days := written("", wanted.since, wanted.before):
            said += Content.styled(f" {days}", "bold")
        if self._wrong_date:
            said += foreign(f" {self._wrong_date}", "bold $text-warning")
            said += Content.styled(f": type {FROM}2026-11-01", "$text-warning")
        return said


def list_keys(screen: str, things: str) -> Iterator[Binding]:
    """The keys to choose what of `things` is listed, and to move between list and details."""
    hidden = partial(Binding, show=False)
    yield Binding(
        "slash", "search", "Filter", key_display="/", id=f"{screen}.search", tooltip="Type to filter the list"
    )
    yield Binding("s", "sort", "Sort", id=f"{screen}.sort", tooltip="Choose the order of the list")
    yield Binding("y", "copy", "Copy", id=f"{screen}.copy", tooltip="To the clipboard; again for the next thing")
    yield hidden("right", "state(1)", "Next state", id=f"{screen}.next_state", tooltip="Show another state")
    yield hidden("left", "state(-1)", "Previous state", id=f"{screen}.previous_state")
    yield hidden("c", "channel", "Channel", id=f"{screen}.channel", tooltip="Show the next channel, or all")
    yield hidden("enter", "details", "Details", id=f"{screen}.details", tooltip="Into the details; scrolls")
    yield hidden("escape", "back", "Back", id=f"{screen}.back", tooltip=f"To the list; there, show all {things}")
