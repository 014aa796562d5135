"""What the first start does at each of its steps: the windows that Channels and Settings open as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core import global_settings
from core.first_start import Progress
from core.global_settings import GlobalView
from core.jobs.requests import Requested
from core.model.account import MODE_PRIVATE, MODE_PUBLIC
from core.model.operator import ROLE_ADMIN
from tui import guides
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.channels.steps import ChannelSteps
from tui.screens.channels.text import minutes_of
from tui.screens.first_start.service import ServiceWindow
from tui.screens.settings.account_steps import AccountSteps
from tui.screens.settings.app_fields import MODES
from tui.screens.settings.app_steps import AppSteps
from tui.screens.settings.schedule_steps import ScheduleSteps
from tui.screens.settings.store_steps import StoreSteps


class FirstSteps(Steps):
    """One method for each step, in their order."""

    def take(self, number: int, now: Progress) -> None:
        """Take a step, as things stand now."""
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
        steps[number](now)

    def _account(self, now: Progress) -> None:
        AccountSteps(self.screen).add(role=ROLE_ADMIN)

    def _store(self, now: Progress) -> None:
        if now.unprepared:
            StoreSteps(self.screen).verify(now.unprepared)
        else:
            StoreSteps(self.screen).add()

    def _app(self, now: Progress) -> None:
        field = Field(
            "app_mode", "App mode", "choice", choices=MODES, required=True, help="f1 explains the difference."
        )
        begun = {"app_mode": now.app_mode or MODE_PRIVATE}
        form = FormModal(
            "Which kind of app?", [field], self._decide, values=begun, verb="Continue", guide=guides.APP_MODE
        )
        self.ask(form, self._decided)

    def _decide(self, entered: Entered) -> GlobalView:
        wanted = {"app_mode": entered.values["app_mode"]}
        return global_settings.change(self.workspace, self.actor, wanted)

    def _decided(self, settings: GlobalView) -> None:
        if settings.app_mode == MODE_PUBLIC:
            AppSteps(self.screen).add()

    def _channel(self, now: Progress) -> None:
        if not now.stores:
            self.screen.notify("A channel needs a store: take step 2 first.")
        elif now.waiting and now.waiting.app_mode == MODE_PUBLIC:
            ChannelSteps(self.screen).authorize(now.waiting.name)
        else:
            ChannelSteps(self.screen).add()

    def _import(self, now: Progress) -> None:
        if now.connected is None:
            self.screen.notify("An import needs a connected channel: take step 4 first.")
        else:
            ChannelSteps(self.screen).import_orders(now.connected, self._started)

    def _started(self, asked: Requested) -> None:
        self.screen.notify(f"Job {asked.job_id} imports the orders. Its progress is in Activity.", job=asked.job_id)

    def _schedule(self, now: Progress) -> None:
        channel = now.unscheduled or now.connected
        if channel is None:
            self.screen.notify("A schedule needs a connected channel: take step 4 first.")
        else:
            ScheduleSteps(self.screen).set_interval(channel.name, minutes_of(channel))

    def _worker(self, now: Progress) -> None:
        self.screen.app.push_screen(ServiceWindow(self.workspace, self.actor))
