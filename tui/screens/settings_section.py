"""A section of the settings: a list, what is known of the line under the cursor, and keys that change it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen

from core.actor import Actor
from core.workspace import Workspace
from tui.screens.live import LiveScreen
from tui.text import foreign
from tui.widgets.table import Cell, Column, Row, Table
from tui.widgets.text_pane import Line, TextPane

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Section(Container, Generic[Item]):
    """Reads a list in a thread, shows it, and keeps the cursor on its line when others come and go."""

    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    COLUMNS: ClassVar[Sequence[Column]]
    EMPTY: ClassVar[str]
    """Said instead of a list; names the key that helps."""
    ADMINS: ClassVar[bool] = False
    """Whether only administrators see the section."""
    ADMIN_KEYS: ClassVar[frozenset[str]] = frozenset()
    """Actions that are an administrator's; others do not see their keys. Core refuses them in any case."""

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(id=self.NAME, classes="section")
        self.workspace = workspace
        self.actor = actor
        self._items: dict[int, Item] = {}
        self._keys: dict[str, int] = {}

    # -- for subclasses -------------------------------------------------------------------------------------

    @abstractmethod
    def read(self) -> Sequence[Item]:
        """The list. Runs in a thread."""

    @abstractmethod
    def name_of(self, item: Item) -> str:
        """What tells an item from the others."""

    @abstractmethod
    def cells(self, item: Item) -> tuple[Cell, ...]:
        """A line of the list."""

    def detail(self, item: Item) -> Sequence[Line]:
        """What is known of an item."""
        return ()

    # -- frame ----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The list and the details."""
        yield Table(self.COLUMNS)
        yield TextPane()

    def show(self, items: Sequence[Item]) -> None:
        """Show what was read."""
        self._items = {self._key_of(item): item for item in items}
        self.query_one(Table).show([Row(key, self.cells(item)) for key, item in self._items.items()])
        self._show_detail()

    def enter(self) -> None:
        """Give the list the focus."""
        self.query_one(Table).focus()

    def point_at(self, name: str) -> None:
        """Put the cursor on an item."""
        key = self._keys.get(name)
        if key is not None:
            self.query_one(Table).show([Row(k, self.cells(i)) for k, i in self._items.items()], key=key)

    @property
    def chosen(self) -> Item | None:
        """The item under the cursor."""
        return self._items.get(self.query_one(Table).key or 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of administrators for administrators."""
        return self.actor.is_admin or action not in self.ADMIN_KEYS

    @on(Table.Highlighted)
    def _highlighted(self, event: Table.Highlighted) -> None:
        event.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        item = self.chosen
        lines = self.detail(item) if item is not None else [Line(Content(self.EMPTY))]
        self.query_one(TextPane).replace(lines)

    def _key_of(self, item: Item) -> int:
        return self._keys.setdefault(self.name_of(item), len(self._keys) + 1)

    # -- doing ----------------------------------------------------------------------------------------------

    @property
    def place(self) -> LiveScreen[Any]:
        """The screen around the section."""
        screen = self.screen
        assert isinstance(screen, LiveScreen)
        return screen

    def wanted(self) -> Item | None:
        """The item under the cursor for a key that needs one; says so when there is none."""
        item = self.chosen
        if item is None:
            self.place.tell_nothing_chosen()
        return item

    def use(self, work: Callable[[], Answer], then: Callable[[Answer], None]) -> None:
        """Run a use case in a thread, then `then` with its result; an error becomes a toast."""
        self.place.use(work, then)

    def ask(self, modal: Screen[Answer], then: Callable[[Answer], None]) -> None:
        """Open a window; `then` gets its answer unless it was left."""

        def answered(answer: Answer | None) -> None:
            if answer is not None and answer is not False:
                then(answer)

        self.app.push_screen(modal, answered)


def fact(label: str, value: object, *, style: str = "") -> Line:
    """A line "label  value" of the details; the value may be foreign text."""
    return Line(Content.assemble((f"{label:<14} ", "$text-muted"), foreign(value, style)), indent=15)
