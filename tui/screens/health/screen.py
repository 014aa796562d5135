"""Health: workers, queue, schedules, this machine, what expires, and Amazon's quotas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from core import health
from core.actor import Actor
from core.checks import Check
from core.doctor.condition import condition
from core.health import History
from core.health.quotas import AccountQuota, account_quotas
from core.workspace import Workspace
from tui.frame.live import LiveScreen
from tui.screens.health import text as health_text
from tui.widgets.fixed import FittedText
from tui.widgets.named import Numbers
from tui.widgets.pane import Pane
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane

LEADS = {
    "workers": "jobs",
    "queue": "jobs",
    "jobs": "jobs",
    "backlog": "jobs",
    "channel": "channels",
    "schedules": "settings",
    "personal": "settings",
    "app": "settings",
    "notifications": "notifications",
}
"""The screen that tells more, by the first word of a check."""
SECTIONS = {"app": "apps", "personal": "schedules"}
"""Sections of the settings that are not called like the check."""


@dataclass(frozen=True)
class HealthSnapshot:
    """One reading; `history` is None when it was read only lately."""

    checks: Sequence[Check]
    quotas: Sequence[AccountQuota]
    history: History | None


class HealthScreen(LiveScreen[HealthSnapshot]):
    """What was looked at over Amazon's quotas; where there is room, also the calls of two weeks."""

    HISTORY_EVERY: ClassVar[float] = 10.0
    """Real seconds between two readings of the history, which costs the most and changes the least."""

    HELP = (
        "Whether everything that works behind the screens is in order: what is not comes first, then what expires soon."
        " {health.open} leads to where more is said about it. Below are Amazon's quotas, those that have to wait first."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="health.open", tooltip="To the screen that says more about it"),
        Binding("tab", "app.focus_next", "Next pane", id="health.next_pane", tooltip="To the next pane"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._history: History | None = None
        self._history_at: float | None = None
        self._check_numbers, self._quota_numbers = Numbers(), Numbers()

    def body(self) -> Iterable[Widget]:
        """Panes from what needs a person to what is only good to know."""
        with Container(id="health-top"):
            yield Pane(Table(health_text.CHECKS, id="checks"), title="Condition", id="checks-pane")
            yield Pane(TextPane(id="check"), id="check-pane")
        with Container(id="health-charts"):
            yield Pane(FittedText(id="calls-chart"), title="Calls to Amazon, 14 days", id="calls-pane")
            yield Pane(FittedText(id="refused-chart"), title="Refused calls, 14 days", id="refused-pane")
        yield Pane(Table(health_text.QUOTAS, id="quotas"), title="Amazon's quotas", id="quotas-pane")

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], HealthSnapshot]:
        """Look at everything and, now and then, at the last days."""
        due = self._history_at is None or time.monotonic() - self._history_at >= self.HISTORY_EVERY
        return partial(self._read, due)

    def _read(self, with_history: bool) -> HealthSnapshot:
        database = self.workspace.database
        return HealthSnapshot(
            condition(self.workspace, self.actor),
            account_quotas(database, self.actor),
            health.history(database, self.actor) if with_history else None,
        )

    def show(self, data: HealthSnapshot) -> None:
        """Show a reading."""
        if data.history is not None:
            self._history, self._history_at = data.history, time.monotonic()
        numbers = self._check_numbers
        self.query_one("#checks", Table).show([health_text.check_row(one, numbers[one.name]) for one in data.checks])
        self.query_one("#checks-pane", Pane).set_count(health_text.checks_sum(data.checks))
        rows = [health_text.quota_row(one, self._quota_numbers[_name(one)]) for one in data.quotas]
        self.query_one("#quotas", Table).show(rows)
        self.query_one("#quotas-pane", Pane).set_count(health_text.quotas_sum(data.quotas))
        days = self._history.days if self._history else ()
        self._show_chart("calls", [day.calls for day in days])
        self._show_chart("refused", [day.refused for day in days])
        self._show_check()

    def _show_chart(self, name: str, values: Sequence[int]) -> None:
        days = self._history.days if self._history else ()
        chart = self.query_one(f"#{name}-chart", FittedText)
        chart.fit(lambda width: health_text.chart(days, values, max(chart.size.height - 1, 1), width))
        self.query_one(f"#{name}-pane", Pane).set_count(health_text.calls_sum(values))

    @on(Table.Highlighted, "#checks")
    def _show_check(self) -> None:
        check = self._check
        self.query_one("#check-pane", Pane).set_title(check.name if check else "")
        self.query_one("#check", TextPane).replace(health_text.check_lines(check) if check else [])

    # -- actions --------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """To the screen that says more about what is under the cursor."""
        check = self._check
        kind, _, name = check.name.partition(" ") if check else ("", "", "")
        screen = LEADS.get(kind)
        if screen is None:
            self.notify("No screen says more about it.")
        elif screen == "settings":
            self.shell.go(screen, section=SECTIONS.get(kind, kind), name=name.partition(":")[0])
        else:
            self.shell.go(screen, **({"name": name.partition(":")[0]} if kind == "channel" else {}))

    @property
    def _check(self) -> Check | None:
        """The check under the cursor, as last read."""
        name = self._check_numbers.name_of(self.query_one("#checks", Table).key)
        return next((one for one in self.read.checks if one.name == name), None) if self.read else None


def _name(one: AccountQuota) -> str:
    return " ".join([one.quota.operation, *one.channels])
