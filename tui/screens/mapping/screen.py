"""Mapping: categories, fields, payments, shipping, statuses and carriers of a channel, each in a tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from core.actor import Actor
from core.mappings.choices import KINDS
from core.workspace import Workspace
from tui.screens.mapping.categories import CategoriesSection
from tui.screens.mapping.data import Snapshot, Wanted, look
from tui.screens.mapping.fields import FieldsSection
from tui.screens.mapping.host import MappingHost
from tui.screens.mapping.values import ValuesSection
from tui.widgets.click_text import ClickText
from tui.widgets.fixed import FixedText
from tui.widgets.tabs import Tab

NO_CHANNEL = (
    "There is no channel yet, and with it nothing to map.\n\n{go.channels} leads to the channels: add one there first."
)


class MappingScreen(MappingHost):
    """The tabs of one channel; only the open one is read."""

    HELP = (
        "What of Amazon belongs to what of the store, for one channel at a time: {mapping.channel} chooses another."
        " Categories: both trees; {mapping.link} in the store's tree asks which of Amazon's belongs to a category and"
        " suggests those with a like name, in Amazon's tree it links the one under the cursor; {mapping.next} goes to"
        " the next that holds products and is not mapped. Fields: what fills each attribute of a product type, those"
        " that are required and missing first; {fields.set} sets it, {fields.unset} takes one step back, and"
        " {fields.preview} shows what a product of the store would say. The other tabs say what payments, shipping"
        " methods, statuses and carriers mean: {mapping.choose} chooses."
    )
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "channel", "Channel", show=False, id="mapping.channel", tooltip="Choose whose mappings to see"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._sections: Sequence[CategoriesSection | FieldsSection | ValuesSection] = [
            CategoriesSection(workspace, actor),
            FieldsSection(workspace, actor),
            *(ValuesSection(workspace, actor, kind) for kind in KINDS),
        ]
        self._open = 0
        self._name = ""
        """What the cursor is to go to once it was read."""

    def body(self) -> Iterable[Widget]:
        """The channel, the open tab, and what became of the last job."""
        yield ClickText(id="scope")
        yield ContentSwitcher(*self._sections, initial=self._sections[0].id)
        yield FixedText(id="started")

    def on_mount(self) -> None:
        """Begin in the open tab."""
        self.section.enter()

    # -- tabs -----------------------------------------------------------------------------------------------

    @property
    def section(self) -> CategoriesSection | FieldsSection | ValuesSection:
        """The open tab."""
        return self._sections[self._open]

    def tabs(self) -> Sequence[Tab]:
        """What is mapped."""
        return [Tab(section.NAME, section.TITLE) for section in self._sections]

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.section.NAME

    def open_tab(self, name: str) -> None:
        """Open a tab; the focus goes along."""
        self._open = next((n for n, known in enumerate(self._sections) if name == known.NAME), self._open)
        self.query_one(ContentSwitcher).current = self.section.id
        self.show_tabs()
        self.show_scope()
        self.section.enter()
        self.refresh_before_keys()

    def focus_on(self, *, section: str = "", channel: str = "", name: str = "") -> None:
        """Open a tab for a channel, with the cursor on a key, an attribute, `category.<id>` or `node.<id>`."""
        self.wanted_channel, self._name = channel or self.wanted_channel, name
        self.open_tab(section or self.tab)

    def choose_channel(self, name: str) -> None:
        """Show another channel in the open tab."""
        self.focus_on(channel=name)

    def scope(self) -> Content:
        """What the open tab lists."""
        return self.section.scope()

    def action_pick_view(self, view: str) -> None:
        """List what was clicked."""
        if isinstance(self.section, (CategoriesSection, FieldsSection)):
            self.section.pick_view(view)

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], Snapshot]:
        """Read the open tab, if anything was committed."""
        wanted = Wanted(self.section.NAME, self.wanted_channel, self.started)
        return partial(look, self.workspace, self.actor, wanted, self.section.read_for, self.read)

    def nothing(self, data: Snapshot) -> str:
        """Without a channel there is nothing to map."""
        return "" if data.channel else NO_CHANNEL

    def show(self, data: Snapshot) -> None:
        """Show a reading, unless another tab or channel was chosen meanwhile."""
        if (data.wanted.section, data.wanted.channel) != (self.section.NAME, self.wanted_channel):
            return
        self.take(data)
        self.section.show(data.data)
        if self._name:
            self.section.point_at(self._name)
            self._name = ""
        self.show_scope()
        self.show_job(data)
