"""Settings: stores, apps, operators and everything else that is set up once, each in a section of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from core.actor import Actor
from core.workspace import Workspace
from tui.screens.first_start import FirstStartScreen
from tui.screens.live import LiveScreen
from tui.screens.section import Section
from tui.screens.settings_apps import AppsSection
from tui.screens.settings_audit import AuditSection
from tui.screens.settings_global import GlobalSection
from tui.screens.settings_keys import KeysSection
from tui.screens.settings_operators import OperatorsSection
from tui.screens.settings_schedules import SchedulesSection
from tui.screens.settings_stores import StoresSection
from tui.widgets.fixed import FixedText

SECTIONS: tuple[type[Section[Any]], ...] = (
    StoresSection,
    AppsSection,
    OperatorsSection,
    AuditSection,
    GlobalSection,
    SchedulesSection,
    KeysSection,
)


@dataclass(frozen=True)
class SectionRead:
    """A reading of one section."""

    section: str
    items: Sequence[Any]


class SettingsScreen(LiveScreen[SectionRead]):
    """A line with the sections over the one that is open; only that one is read."""

    HELP = "Everything that is set up once. {settings.next} opens the next section."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "section(-1)", "Section before", show=False, id="settings.previous"),
        Binding("right,l", "section(1)", "Next section", id="settings.next"),
        Binding("w", "first_steps", "First steps", show=False, id="settings.first_steps", tooltip="Led step by step"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._sections = [section(workspace, actor) for section in SECTIONS if actor.is_admin or not section.ADMINS]
        self._open = 0

    def body(self) -> Iterable[Widget]:
        """The line with the sections, and the open one."""
        yield FixedText(id="sections")
        yield ContentSwitcher(*self._sections, initial=self._sections[0].id)

    def on_mount(self) -> None:
        """Open the first section."""
        self.open(0)

    def open(self, number: int) -> None:
        """Open a section; the focus goes along."""
        self._open = number % len(self._sections)
        self.query_one(ContentSwitcher).current = self.section.id
        parts = [
            Content.styled(f"[{section.TITLE}]", "bold reverse") if section is self.section else f" {section.TITLE} "
            for section in self._sections
        ]
        self.query_one("#sections", FixedText).say(Content.assemble(*parts))
        self.section.enter()
        self.refresh_before_keys()

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

    def reader(self) -> Callable[[], SectionRead]:
        """Read the open section."""
        section = self.section
        return lambda: SectionRead(section.NAME, section.read())

    def show(self, data: SectionRead) -> None:
        """Show a reading, unless another section was opened meanwhile."""
        if data.section == self.section.NAME:
            self.section.show(data.items)

    def action_section(self, by: int) -> None:
        """Open the next or previous section."""
        self.open(self._open + by)

    def action_first_steps(self) -> None:
        """Open the first start, at the step that is next."""
        if self.actor.is_admin:
            self.app.push_screen(FirstStartScreen(self.workspace, self.actor))
