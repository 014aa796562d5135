"""Adding a channel, the consent of its seller, a look at what works, and an import of its orders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core import global_settings, orders, stores
from core.channels.verification import verify
from core.channels.views import ChannelView
from core.checks import Check
from core.jobs.requests import Requested
from core.jobs.views import live_workers
from tasks.start import start
from tui.screens.channel_authorize import Authorize
from tui.screens.channel_form import new_form
from tui.screens.steps import Steps
from tui.text import clean
from tui.widgets.checklist import Checklist
from tui.widgets.confirm import Confirm

ASKING = "Asking Amazon and the store, a few seconds …"
NO_WORKER = "No worker is running, so nobody would do it until one is started with: crossdock worker"


class ChannelSteps(Steps):
    """Each step leads to the next one."""

    def add(self) -> None:
        """Read what a new channel begins with, then open its form."""
        self.place.use(self._beginnings, self._open, opens=True)

    def _beginnings(self) -> tuple[str, str | None]:
        """The usual app mode, and the store where there is only one."""
        known = stores.list_stores(self.workspace, self.actor)
        return global_settings.app_mode(self.workspace.database), known[0].name if len(known) == 1 else None

    def _open(self, begun: tuple[str, str | None]) -> None:
        self.ask(new_form(self.workspace, self.actor, *begun), self._added)

    def _added(self, channel: ChannelView) -> None:
        """The consent of its seller is next, or a look at what works."""
        if channel.authorized_at is None:
            self.authorize(channel.name)
        else:
            self.verify(channel.name)

    def authorize(self, name: str) -> None:
        """Ask the seller for the consent, for the first time or again."""
        self.ask(Authorize(self.workspace, self.actor, name), lambda _: self.verify(name))

    def verify(self, name: str) -> None:
        """Show what works."""
        self.ask(Checklist(f"Channel {clean(name)}", partial(self._checks, name), asking=ASKING))

    def _checks(self, name: str) -> Sequence[Check]:
        checks, _ = verify(self.workspace, self.actor, name)
        return checks

    # -- import ---------------------------------------------------------------------------------------------

    def import_orders(self, channel: ChannelView) -> None:
        """Import what is new; without a worker the operator decides who does it."""
        by_worker = channel.settings.get("use_queue", True)
        self.place.use(
            lambda: live_workers(self.workspace.database) > 0 or not by_worker,
            partial(self._import, channel.name),
            opens=True,
        )

    def _import(self, name: str, somebody_does_it: bool) -> None:
        if somebody_does_it:
            self.place.use(partial(self._start, name, direct=False), self._show, opens=True)
            return
        question = Confirm(f"{NO_WORKER}\nImport the orders of {clean(name)} here and now?", yes="Here", no="Not now")
        work = partial(self._start, name, direct=True)
        self.ask(question, lambda _: self.place.use(work, self._show, opens=True))

    def _start(self, name: str, *, direct: bool) -> Requested:
        asked = orders.import_orders(self.workspace, self.actor, name, direct=direct)
        start(self.workspace, asked)
        return asked

    def _show(self, asked: Requested) -> None:
        self.place.frame.go("jobs", job=asked.job_id)
