"""The first start: what a new installation needs, in the order in which one thing needs the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from core import first_start
from core.actor import Actor
from core.first_start import Progress
from core.workspace import Workspace
from tui.frame.live import LiveScreen
from tui.screens.first_start.text import STEPS, heading, state_of, why
from tui.text import foreign
from tui.widgets.fixed import FixedText
from tui.widgets.table import Column, Row, Table
from tui.widgets.text_pane import TextPane


class FirstStartScreen(LiveScreen[Progress]):
    """Each step says what it needs and why, and the cursor stands on the one that is next."""

    HELP = "What is done here can be done, and changed later, in Channels and Settings as well."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "do", "Start", id="start.do", tooltip="The step under the cursor"),
        Binding("escape", "leave", "Later", id="start.leave", tooltip="Leave; Settings lead back to the same step"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._next: int | None = None

    def body(self) -> Iterable[Widget]:
        """A heading, the steps, what the one under the cursor needs and why."""
        yield FixedText(id="start-heading")
        yield Table((Column("Step", least=20, most=20), Column("State")), id="steps")
        yield TextPane(id="why")

    def on_screen_resume(self) -> None:
        """What a window did decides which step a key means."""
        self.refresh_before_keys()

    def reader(self) -> Callable[[], Progress]:
        """How far the installation has come."""
        return lambda: first_start.progress(self.workspace, self.actor)

    def show(self, data: Progress) -> None:
        """The cursor goes on to the next step when one was done."""
        self.query_one("#start-heading", FixedText).set_text(foreign(heading(data)))
        following = len(STEPS) - 1 if data.next_step is None else data.next_step
        moved = following != self._next
        self._next = following
        rows = [Row(number, (Content(step), state_of(data, number))) for number, step in enumerate(STEPS)]
        self._table.show(rows, key=following if moved else None)
        self._explain()

    def on_table_highlighted(self, event: Table.Highlighted) -> None:
        """Explain the step under the cursor."""
        event.stop()
        self._explain()

    def _explain(self) -> None:
        if self.read is not None:
            self.query_one("#why", TextPane).replace(list(why(self.read, self._table.key or 0)))

    @property
    def _table(self) -> Table:
        return self.query_one("#steps", Table)

    def action_do(self) -> None:
        """Take the step under the cursor."""
        from tui.screens.first_start.steps import FirstSteps  # windows take long to load, and none is open yet

        if self.read is not None:
            FirstSteps(self).take(self._table.key or 0, self.read)

    def action_leave(self) -> None:
        """Leave; everything that was done stays."""
        self.dismiss()
