"""Dashboard: how every channel stands, what is wrong, and what the last two weeks brought."""

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
from core.health import ChannelHealth, Day, Overview
from core.jobs.requests import Requested
from core.orders import import_orders
from core.workspace import Workspace
from tasks.start import start
from tui.screens import dashboard_text
from tui.screens.live import LiveScreen
from tui.widgets.fixed import FittedText, FixedText
from tui.widgets.named import Numbers
from tui.widgets.table import Table
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line, TextPane

NO_CHANNELS = (
    "No channel is connected yet.\n\n"
    "{go.settings} leads to Settings, where {settings.first_steps} leads step by step up to the first import;"
    " {go.channels} leads to the channels themselves."
)


@dataclass(frozen=True)
class DashboardRead:
    """One reading; `days` is None when the history was read only lately."""

    overview: Overview
    days: list[Day] | None


class DashboardScreen(LiveScreen[DashboardRead]):
    """The channels over the one under the cursor and two charts."""

    HISTORY_EVERY: ClassVar[float] = 10.0
    """Real seconds between two readings of the history, which costs the most and changes the least."""

    HELP = (
        "How every channel stands. Waiting orders are on their way to the store, held ones need a person, failed ones"
        " were refused. Calls left are those of searchOrders: one comes back every three minutes.\n"
        "{dashboard.problems} shows what is wrong with a channel and how to put it right."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "problems", "Problems", id="dashboard.problems", tooltip="What needs a person, and the fixes"),
        Binding("i", "import", "Import", id="dashboard.import", tooltip="Import what is new from Amazon now"),
        Binding("o", "orders", "Orders", id="dashboard.orders", tooltip="The orders of the channel"),
        Binding("c", "channels", "Channel", show=False, id="dashboard.channel", tooltip="The settings of the channel"),
        Binding("w", "job", "Job", show=False, id="dashboard.job", tooltip="The job at work or next in line"),
        Binding(
            "v", "numbers", "Numbers", show=False, id="dashboard.numbers", tooltip="All of it over the whole screen"
        ),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.days: list[Day] = []
        self._history_at: float | None = None
        self._numbers = Numbers()
        self._columns = dashboard_text.COLUMNS

    def body(self) -> Iterable[Widget]:
        """Who works; the channels; the one under the cursor, and the charts."""
        yield FixedText(id="workers")
        yield Table(self._columns, id="channels")
        with Container(id="below"):
            yield TextPane(id="channel")
            with Container(id="charts"):
                yield FittedText(id="orders-chart")
                yield FittedText(id="calls-chart")

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], DashboardRead]:
        """Read how everything stands and, now and then, what the last days brought."""
        now = time.monotonic()
        due = self._history_at is None or now - self._history_at >= self.HISTORY_EVERY
        if due:
            self._history_at = now
        return partial(self._read, due)

    def _read(self, with_history: bool) -> DashboardRead:
        database = self.workspace.database
        days = health.history(database, self.actor) if with_history else None
        return DashboardRead(health.overview(database, self.actor), days)

    def nothing(self, data: DashboardRead) -> str:
        """How the first channel comes about."""
        self.days = data.days if data.days is not None else self.days
        return "" if data.overview.channels else NO_CHANNELS

    def show(self, data: DashboardRead) -> None:
        """Show a reading."""
        self.query_one("#workers", FixedText).say(dashboard_text.workers(data.overview))
        channels = dashboard_text.ranked(data.overview.channels)
        width = self.size.width
        if self._columns != dashboard_text.columns(width):
            self._columns = dashboard_text.columns(width)
            self._table.arrange(self._columns)
        self._table.show([dashboard_text.channel_row(one, self._numbers[one.name], width) for one in channels])
        self._table.styles.height = len(channels) + 1
        self._show_channel()
        self.query_one("#orders-chart", FittedText).fit(partial(dashboard_text.orders_chart, self.days))
        self.query_one("#calls-chart", FittedText).fit(partial(dashboard_text.calls_chart, self.days))

    def notices(self) -> Sequence[str]:
        """What is wrong, the worst first."""
        return dashboard_text.alerts(self.read.overview) if self.read is not None else ()

    @on(Table.Highlighted)
    def _show_channel(self) -> None:
        channel = self._channel
        self.query_one("#channel", TextPane).replace(dashboard_text.details(channel) if channel else [])

    def on_resize(self) -> None:
        """The list has as many columns as it has room for."""
        if self.read is not None and self.read.overview.channels:
            self.show(self.read)

    # -- actions --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that lead to a place need that place."""
        return self.frame.has(action) if action in ("problems", "orders", "channels") else True

    def action_problems(self) -> None:
        """To the problems of the channel."""
        if channel := self._chosen():
            self.frame.go("problems", channel=channel.name)

    def action_orders(self) -> None:
        """To the orders of the channel."""
        if channel := self._chosen():
            self.frame.go("orders", channel=channel.name)

    def action_channels(self) -> None:
        """To the channel itself."""
        if channel := self._chosen():
            self.frame.go("channels", name=channel.name)

    def action_import(self) -> None:
        """Start the import of what is new."""
        if channel := self._chosen():
            self.use(partial(start_import, self.workspace, self.actor, channel.name), self._imports)

    def _imports(self, requested: Requested) -> None:
        verb = "does that already" if requested.joined else "imports what is new"
        self.tell(f"Job {requested.job_id} {verb}.")

    def action_job(self) -> None:
        """To the job of the channel."""
        channel = self._chosen()
        if channel is not None and channel.job is None:
            self.tell(f"Nothing runs or waits for channel {channel.name}.")
        elif channel is not None and channel.job is not None:
            self.frame.go("jobs", job=channel.job.id)

    def action_numbers(self) -> None:
        """The channel and the days in numbers."""
        channel = self._channel
        about = dashboard_text.details(channel) if channel else []
        lines = [
            *about,
            *([Line(dashboard_text.Content(""))] if about else []),
            *dashboard_text.days_in_numbers(self.days),
        ]
        self.app.push_screen(TextModal("Dashboard in numbers", lines))

    # -- parts ----------------------------------------------------------------------------------------------

    @property
    def _table(self) -> Table:
        return self.query_one("#channels", Table)

    def _chosen(self) -> ChannelHealth | None:
        """The channel under the cursor; says so when there is none."""
        if self._channel is None:
            self.tell_nothing_chosen()
        return self._channel

    @property
    def _channel(self) -> ChannelHealth | None:
        """The channel under the cursor, as last read."""
        channels = self.read.overview.channels if self.read else ()
        name = self._numbers.name_of(self._table.key)
        return next((channel for channel in channels if channel.name == name), None)


def start_import(workspace: Workspace, actor: Actor, channel: str) -> Requested:
    """Ask for the import of what is new, and start the job where it belongs; blocks."""
    requested = import_orders(workspace, actor, channel)
    start(workspace, requested)
    return requested
