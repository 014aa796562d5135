"""The first start: what a new installation needs, in the order in which one thing needs the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from core import first_start, global_settings
from core.actor import Actor
from core.first_start import Progress
from core.global_settings import GlobalView
from core.jobs.requests import Requested
from core.model.account import MODE_PRIVATE, MODE_PUBLIC
from core.model.operator import ROLE_ADMIN
from core.workspace import Workspace
from tui import guides
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.frame.live import LiveScreen
from tui.screens.channels.steps import ChannelSteps
from tui.screens.channels.text import minutes_of
from tui.screens.first_start.service import ServiceWindow
from tui.screens.first_start.text import STEPS, heading, state_of, why
from tui.screens.settings.account_steps import AccountSteps
from tui.screens.settings.app_fields import MODES
from tui.screens.settings.app_steps import AppSteps
from tui.screens.settings.schedule_steps import ScheduleSteps
from tui.screens.settings.store_steps import StoreSteps
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

    # -- the steps ------------------------------------------------------------------------------------------

    def action_do(self) -> None:
        """Take the step under the cursor."""
        if self.read is not None:
            steps: Sequence[Callable[[Progress], None]]
            steps = (
                self._account,
                self._store,
                self._app,
                self._channel,
                self._import,
                self._schedule,
                self._worker,
            )
            steps[self._table.key or 0](self.read)

    def action_leave(self) -> None:
        """Leave; everything that was done stays."""
        self.dismiss()

    def _account(self, now: Progress) -> None:
        AccountSteps(self).add(role=ROLE_ADMIN)

    def _store(self, now: Progress) -> None:
        if now.unprepared:
            StoreSteps(self).verify(now.unprepared)
        else:
            StoreSteps(self).add()

    def _app(self, now: Progress) -> None:
        field = Field(
            "app_mode", "App mode", "choice", choices=MODES, required=True, help="f1 explains the difference."
        )
        begun = {"app_mode": now.app_mode or MODE_PRIVATE}
        form = FormModal(
            "Which kind of app?", [field], self._decide, values=begun, verb="Continue", guide=guides.APP_MODE
        )
        AppSteps(self).ask(form, self._decided)

    def _decide(self, entered: Entered) -> GlobalView:
        wanted = {"app_mode": entered.values["app_mode"]}
        return global_settings.change(self.workspace, self.actor, wanted)

    def _decided(self, settings: GlobalView) -> None:
        if settings.app_mode == MODE_PUBLIC:
            AppSteps(self).add()

    def _channel(self, now: Progress) -> None:
        if not now.stores:
            self.notify("A channel needs a store: take step 2 first.")
        elif now.waiting and now.waiting.app_mode == MODE_PUBLIC:
            ChannelSteps(self).authorize(now.waiting.name)
        else:
            ChannelSteps(self).add()

    def _import(self, now: Progress) -> None:
        if now.connected is None:
            self.notify("An import needs a connected channel: take step 4 first.")
        else:
            ChannelSteps(self).import_orders(now.connected, self._started)

    def _started(self, asked: Requested) -> None:
        self.notify(f"Job {asked.job_id} imports the orders. Its progress is in Activity.", job=asked.job_id)

    def _schedule(self, now: Progress) -> None:
        channel = now.unscheduled or now.connected
        if channel is None:
            self.notify("A schedule needs a connected channel: take step 4 first.")
        else:
            ScheduleSteps(self).set_interval(channel.name, minutes_of(channel))

    def _worker(self, now: Progress) -> None:
        self.app.push_screen(ServiceWindow(self.workspace, self.actor))
