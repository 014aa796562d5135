"""A list that a screen is made of, what is known of the line under the cursor, and keys that change it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from core.actor import Actor
from core.workspace import Workspace
from tui.frame.live import LiveScreen
from tui.frame.steps import Steps
from tui.text import clean, foreign
from tui.widgets.named import Numbers
from tui.widgets.pane import Pane, Panes
from tui.widgets.table import Cell, Column, Row, Table
from tui.widgets.text_pane import Line, TextPane

Item = TypeVar("Item")


class Section(Panes, Generic[Item]):
    """Reads a list in a thread, shows it, and keeps the cursor on its line when others come and go."""

    if TYPE_CHECKING:
        screen: LiveScreen[Any]

    IS_PART_OF_SCREEN: ClassVar[bool] = True
    """Its keys are those of the screen it stands in, in help and palette."""
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
        self._numbers = Numbers()
        self._sought: int | None = None
        """The item to stand on, until the list that holds it is read."""

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
        yield Pane(Table(self.COLUMNS), title=self.TITLE, classes="list")
        yield Pane(TextPane(), title="Details", classes="about")

    def show(self, items: Sequence[Item]) -> None:
        """Show what was read."""
        self._items = {self._numbers[self.name_of(item)]: item for item in items}
        sought, self._sought = self._sought, None
        self.query_one(Table).show(self._rows(), key=sought)
        self.query_one(".list", Pane).set_count(f"{len(items):,}")
        self._show_detail()

    def enter(self) -> None:
        """Give the list the focus."""
        self.query_one(Table).focus()

    def point_at(self, name: str) -> None:
        """Put the cursor on an item, as soon as it is read."""
        number = self._numbers[name]
        if number in self._items:
            self.query_one(Table).show(self._rows(), key=number)
        else:
            self._sought = number

    @property
    def chosen(self) -> Item | None:
        """The item under the cursor."""
        key = self.query_one(Table).key
        return None if key is None else self._items.get(key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of administrators for administrators."""
        allowed = self.actor.is_admin or action not in self.ADMIN_KEYS
        return allowed and super().check_action(action, parameters)

    @on(Table.Highlighted)
    def _highlighted(self, event: Table.Highlighted) -> None:
        event.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        item = self.chosen
        lines = self.detail(item) if item is not None else [Line(Content(self.EMPTY))]
        self.query_one(TextPane).replace(lines)

    def _rows(self) -> list[Row]:
        return [Row(number, self.cells(item)) for number, item in self._items.items()]

    def wanted(self) -> Item | None:
        """The item under the cursor for a key that needs one; says so when there is none."""
        item = self.chosen
        if item is None:
            self.screen.notify_nothing_chosen()
        return item

    @property
    def steps(self) -> Steps:
        """The windows that open over the screen."""
        return Steps(self.screen)


class SectionScreen(LiveScreen[Sequence[Item]], Generic[Item]):
    """A screen that consists of one section."""

    SECTION: ClassVar[type[Section[Any]]]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.section: Section[Item] = self.SECTION(workspace, actor)

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield self.section

    def on_mount(self) -> None:
        """Begin in the list, even while it is empty."""
        self.section.enter()

    def reader(self) -> Callable[[], Sequence[Item]]:
        """Read the list."""
        return self.section.read

    def show(self, data: Sequence[Item]) -> None:
        """Show a reading."""
        self.section.show(data)

    def focus_on(self, *, name: str = "", **_: Any) -> None:
        """Put the cursor on an item."""
        self.section.point_at(name)


def fact(label: str, value: object, *, style: str = "") -> Line:
    """A line "label  value" of the details; both may be foreign text."""
    return Line(Content.assemble((f"{clean(label):<14} ", "$text-muted"), foreign(value, style)), indent=15)
