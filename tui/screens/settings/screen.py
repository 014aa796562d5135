"""Settings: stores, apps, operators and everything else that is set up once, each in a section of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from core.actor import Actor
from core.workspace import Workspace
from tui.frame.live import LiveScreen
from tui.frame.section import Section
from tui.screens.settings.apps import AppsSection
from tui.screens.settings.global_settings import GlobalSection
from tui.screens.settings.keys import KeysSection
from tui.screens.settings.operators import OperatorsSection
from tui.screens.settings.schedules import SchedulesSection
from tui.screens.settings.stores import StoresSection
from tui.widgets.tabs import Tab

SECTIONS: tuple[type[Section[Any]], ...] = (
    StoresSection,
    AppsSection,
    OperatorsSection,
    GlobalSection,
    SchedulesSection,
    KeysSection,
)


@dataclass(frozen=True)
class SectionSnapshot:
    """A reading of one section."""

    section: str
    items: Sequence[Any]


class SettingsScreen(LiveScreen[SectionSnapshot]):
    """The sections as tabs; only the open one is read."""

    HELP = "Everything that is set up once. {tabs.next} opens the next section."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "tab(-1)", "Previous section", show=False, id="settings.previous"),
        Binding("right,l", "tab(1)", "Next section", show=False, id="settings.next"),
        Binding("w", "first_steps", "First steps", show=False, id="settings.first_steps", tooltip="Led step by step"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._sections = [section(workspace, actor) for section in SECTIONS if actor.is_admin or not section.ADMINS]
        self._open = 0

    def body(self) -> Iterable[Widget]:
        """The sections."""
        yield ContentSwitcher(*self._sections, initial=self._sections[0].id)

    def on_mount(self) -> None:
        """Open the first section."""
        self.open(0)

    def open(self, number: int) -> None:
        """Open a section; the focus goes along."""
        self._open = number % len(self._sections)
        self.query_one(ContentSwitcher).current = self.section.id
        self.show_tabs()
        self.section.enter()
        self.refresh_before_keys()

    def tabs(self) -> Sequence[Tab]:
        """The sections."""
        return [Tab(section.NAME, section.TITLE) for section in self._sections]

    @property
    def tab(self) -> str:
        """The name of the open section."""
        return self.section.NAME

    def open_tab(self, name: str) -> None:
        """Open a section by its name."""
        self.focus_on(section=name)

    @property
    def section(self) -> Section[Any]:
        """The open section."""
        return self._sections[self._open]

    def focus_on(self, *, section: str = "", name: str = "") -> None:
        """Open a section by its name, with the cursor on one of its items."""
        number = next((n for n, known in enumerate(self._sections) if section == known.NAME), self._open)
        self.open(number)
        if name:
            self.section.point_at(name)

    def reader(self) -> Callable[[], SectionSnapshot]:
        """Read the open section."""
        section = self.section
        return lambda: SectionSnapshot(section.NAME, section.read())

    def show(self, data: SectionSnapshot) -> None:
        """Show a reading, unless another section was opened meanwhile."""
        if data.section == self.section.NAME:
            self.section.show(data.items)

    def action_first_steps(self) -> None:
        """Open the first start, at the step that is next."""
        if self.actor.is_admin:
            self.shell.lead()
