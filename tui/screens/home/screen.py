"""Home: how every channel stands, what is wrong, and what the last two weeks brought."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from core import health
from core.actor import Actor
from core.health import ChannelHealth, Day, History, Overview
from core.jobs.views import JobView
from core.sync.problems import ProblemGroup, problem_groups
from core.workspace import Workspace
from tui.frame.problem_fixes import request_of
from tui.frame.problem_lines import is_one_by_one, node_cells
from tui.frame.problem_tree import Node, Tree
from tui.frame.starting import begin, words_for
from tui.frame.starts_jobs import StartsJobs
from tui.keymap import spoken
from tui.screens.home import text as home_text
from tui.widgets.fixed import FittedText
from tui.widgets.named import Numbers
from tui.widgets.pane import Pane
from tui.widgets.table import Row, Table
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line, TextPane

NO_CHANNELS = (
    "No channel is connected yet.\n\n"
    "{go.settings} leads to Settings, where {settings.first_steps} leads step by step up to the first import;"
    " {go.channels} leads to the channels themselves."
)


@dataclass(frozen=True)
class HomeSnapshot:
    """One reading; `history` is None when it was read only lately."""

    overview: Overview
    groups: Sequence[ProblemGroup]
    """What needs a person, or waits."""
    history: History | None


class HomeScreen(StartsJobs[HomeSnapshot]):
    """The channels, today's numbers, two charts, what needs a person, and what runs."""

    HISTORY_EVERY: ClassVar[float] = 10.0
    """Real seconds between two readings of the history, which costs the most and changes the least."""

    NEEDS_WORKER = True
    HELP = (
        "How every channel stands, what needs a person, and what runs. {home.next_pane} leads from pane to pane.\n"
        "{home.fix} fixes the cause under the cursor, or leads to the problems of the channel; {home.undo} takes the"
        " last fix back where that is possible. {home.edit} sets how often a channel imports by itself."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "fix", "Fix", id="home.fix", tooltip="Fix the cause, or go to the problems of the channel"),
        Binding("u", "undo", "Undo", id="home.undo", tooltip="Undo the last fix that was made here"),
        Binding("right", "inside", "Open", show=False, id="home.inside", tooltip="Open the cause under the cursor"),
        Binding("left", "outside", "Close", show=False, id="home.outside", tooltip="Close the cause"),
        Binding("i", "import", "Import", id="home.import", tooltip="Import new orders from Amazon now"),
        Binding("e", "edit", "Schedule", id="home.edit", tooltip="Set how often the channel imports by itself"),
        Binding("o", "orders", "Orders", id="home.orders", tooltip="The orders of the channel"),
        Binding("enter", "open", "Open", id="home.open", tooltip="What is under the cursor: problems, or the job"),
        Binding("tab", "app.focus_next", "Next pane", id="home.next_pane", tooltip="To the next pane"),
        Binding("c", "channels", "Channel", show=False, id="home.channel", tooltip="The settings of the channel"),
        Binding("w", "job", "Job", show=False, id="home.job", tooltip="The running job, or the next one"),
        Binding(
            "v", "numbers", "Details", id="home.numbers", tooltip="What is under the cursor, and the days in numbers"
        ),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.history: History | None = None
        self._history_at: float | None = None
        self._channel_numbers = Numbers()
        self._tree = Tree(array("q"), {}, {})
        self._opened: frozenset[int] = frozenset()
        self._focus = "channels"

    def body(self) -> Iterable[Widget]:
        """Panes from the most urgent to what is only good to know."""
        with Container(id="home-top"):
            yield Pane(Table(home_text.COLUMNS, id="channels"), title="Channels", id="channels-pane")
            yield Pane(FittedText(id="today"), title="Today", id="today-pane")
        with Container(id="home-charts"):
            yield Pane(FittedText(id="orders-chart"), id="orders-pane")
            yield Pane(FittedText(id="calls-chart"), id="calls-pane")
        with Container(id="home-below"):
            yield Pane(Table(home_text.CAUSES, id="causes"), title="Needs you", id="causes-pane")
            with Container(id="home-right"):
                yield Pane(TextPane(id="about"), id="about-pane")
                yield Pane(Table(home_text.JOBS, id="activity"), title="Activity", id="activity-pane")

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], HomeSnapshot]:
        """Read how everything stands and, after the first time and then now and then, what the last days brought."""
        is_fresh = self._history_at is not None and time.monotonic() - self._history_at < self.HISTORY_EVERY
        return partial(self._read, self.read is not None and not is_fresh)

    def _read(self, with_history: bool) -> HomeSnapshot:
        database = self.workspace.database
        history = health.history(database, self.actor) if with_history else None
        return HomeSnapshot(health.overview(database, self.actor), problem_groups(database, self.actor), history)

    def nothing(self, data: HomeSnapshot) -> str:
        """How the first channel comes about."""
        if data.history is not None:  # not every reading arrives: beneath another screen it is dropped
            self.history, self._history_at = data.history, time.monotonic()
        return "" if data.overview.channels else NO_CHANNELS

    def show(self, data: HomeSnapshot) -> None:
        """Show a reading."""
        overview = data.overview
        self._show_channels(overview)
        self._show_causes(data.groups)
        self._show_activity(overview)
        self._text("today").fit(partial(home_text.today_block, overview, self.history))
        days = self.history.days if self.history else ()
        self._show_chart("orders", days, [day.orders for day in days], home_text.orders_sum(days))
        self._show_chart("calls", days, [day.calls for day in days], home_text.calls_sum(days))
        self._show_about()
        if self.history is None:
            self.refresh_now()

    def _show_channels(self, overview: Overview) -> None:
        channels = home_text.ranked(overview.channels)
        edit_key = spoken(self.app, "{home.edit}")
        numbers = self._channel_numbers
        rows = [home_text.channel_row(one, numbers[one.name], self.history, edit_key) for one in channels]
        self._table("channels").show(rows)
        narrow = home_text.today_line(overview, self.history)
        self.query_one("#channels-pane", Pane).set_count(f"{len(channels):,}" if self.has_class("-wide") else narrow)
        around = 3  # two edges and the heading
        self.query_one("#home-top").styles.height = max(len(channels) + around, 5)

    def _show_causes(self, groups: Sequence[ProblemGroup]) -> None:
        self._tree = home_text.needs_you(groups, self._opened)
        self._table("causes").show([Row(key, node_cells(self._tree.nodes[key])) for key in self._tree.keys])
        self.query_one("#causes-pane", Pane).set_count(home_text.needs_you_count(groups))

    def _show_activity(self, overview: Overview) -> None:
        self._table("activity").show([home_text.job_row(job) for job in overview.jobs])
        active = f"{overview.active_jobs:,} running or queued" if overview.active_jobs else "nothing runs"
        self.query_one("#activity-pane", Pane).set_count(active if overview.jobs else "no job has run yet")

    def _show_chart(self, name: str, days: Sequence[Day], values: Sequence[int], counted: str) -> None:
        chart = self._text(f"{name}-chart")
        chart.fit(lambda width: home_text.chart(days, values, max(chart.size.height - 1, 1), width))
        pane = self.query_one(f"#{name}-pane", Pane)
        pane.set_title(home_text.CHARTS[name] if self.has_class("-wide") else name.capitalize())
        pane.set_count(counted)

    def on_resize(self) -> None:
        """Titles are as long as there is room for."""
        if self.read is not None and self.read.overview.channels:
            self.show(self.read)

    def notices(self) -> Sequence[str]:
        """What is wrong, the worst first."""
        return home_text.alerts(self.read.overview) if self.read is not None else ()

    # -- what is under the cursor ---------------------------------------------------------------------------

    @on(Table.Highlighted)
    def _show_about(self) -> None:
        title, lines = self._about()
        self.query_one("#about-pane", Pane).set_title(title)
        self.query_one("#about", TextPane).replace(lines)

    def on_descendant_focus(self) -> None:
        """The details are those of the list that has the focus, and stay while they have it themselves."""
        if isinstance(self.focused, Table) and self.focused.id:
            self._focus = self.focused.id
            if self.read is not None:
                self._show_about()

    def _about(self) -> tuple[str, list[Line]]:
        if self._focus == "causes" and (node := self._node):
            return node.code.title, home_text.cause_lines(node, spoken(self.app, "{home.fix}"))
        if self._focus == "activity" and (job := self._job):
            return f"Job {job.id}", home_text.job_lines(job)
        channel = self._channel
        return (channel.name, home_text.details(channel)) if channel else ("", [])

    # -- actions --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that lead to a screen need that screen, and a fix is undone once there is one."""
        if action == "undo":
            return self.undo is not None
        needed = {"fix": "problems", "orders": "orders", "channels": "channels"}.get(action)
        return self.shell.has(needed) if needed else super().check_action(action, parameters)

    def used(self) -> None:
        """A fix may be there to undo."""
        super().used()
        self.refresh_bindings()

    def action_open(self) -> None:
        """To what is under the cursor."""
        if self._focus == "activity" and (job := self._job):
            self.shell.go("jobs", job=job.id)
        elif self._focus == "causes" and (node := self._node):
            self.shell.go("problems", channel=node.channel, code=node.code.name, about=node.about)
        elif channel := self._chosen():
            self.shell.go("problems", channel=channel.name)

    def action_fix(self) -> None:
        """Fix the cause; one whose parts are fixed one after the other is opened. Of a channel to its problems."""
        node = self._node if self._focus == "causes" else None
        if node is None:
            self.action_open()
        elif is_one_by_one(node):
            self.action_inside()
        else:
            from tui.frame.fixing import fix  # it loads what no first picture needs

            fix(self, request_of(self.workspace, self.actor, node))

    def action_undo(self) -> None:
        """Take the last fix back."""
        from tui.frame.fixing import undo

        undo(self)

    def action_inside(self) -> None:
        """Open the cause under the cursor, or go to the first line in it."""
        node = self._node if self._focus == "causes" else None
        if node is not None and node.is_open is False:
            self._open(self._opened | {node.key})
        elif node is not None and node.is_open:
            self._table("causes").action_move(1)

    def action_outside(self) -> None:
        """Close the cause under the cursor, or that which holds the line."""
        node = self._node if self._focus == "causes" else None
        if node is not None:
            self._open(self._opened - {self._tree.parent(node)}, key=self._tree.parent(node))

    def _open(self, opened: frozenset[int], *, key: int | None = None) -> None:
        self._opened = opened
        if self.read is not None:
            self._show_causes(self.read.groups)
        table = self._table("causes")
        if key in self._tree.nodes:
            table.cursor = list(self._tree.keys).index(key)

    def action_orders(self) -> None:
        """To the orders of the channel."""
        if channel := self._chosen():
            self.shell.go("orders", channel=channel.name)

    def action_channels(self) -> None:
        """To the channel itself."""
        if channel := self._chosen():
            self.shell.go("channels", name=channel.name)

    def action_edit(self) -> None:
        """Set how often the channel imports by itself."""
        from tui.screens.settings.schedule_steps import ScheduleSteps

        if channel := self._chosen():
            ScheduleSteps(self).set_interval(channel.name, channel.every_minutes)

    def action_import(self) -> None:
        """Start the import of what is new."""
        from core.orders.actions import import_orders  # it loads what no first picture needs

        if channel := self._chosen():
            work = partial(import_orders, self.workspace, self.actor, channel.name)
            begin(self, work, lambda requested: self.notify(words_for(requested), job=requested.job_id))

    def action_job(self) -> None:
        """To the job of the channel."""
        channel = self._chosen()
        if channel is not None and channel.job is None:
            self.notify(f"No jobs for channel {channel.name}.")
        elif channel is not None and channel.job is not None:
            self.shell.go("jobs", job=channel.job.id)

    def action_numbers(self) -> None:
        """What is under the cursor, and the days in numbers, over the whole screen."""
        _, about = self._about()
        days = home_text.days_in_numbers(self.history.days if self.history else ())
        lines = [*about, *([Line(Content(""))] if about else []), *days]
        self.app.push_screen(TextModal("Home in numbers", lines))

    # -- parts ----------------------------------------------------------------------------------------------

    def _table(self, name: str) -> Table:
        return self.query_one(f"#{name}", Table)

    def _text(self, name: str) -> FittedText:
        return self.query_one(f"#{name}", FittedText)

    def _chosen(self) -> ChannelHealth | None:
        """The channel under the cursor; says so when there is none."""
        if self._channel is None:
            self.notify_nothing_chosen()
        return self._channel

    @property
    def _channel(self) -> ChannelHealth | None:
        """The channel under the cursor, as last read."""
        channels = self.read.overview.channels if self.read else ()
        name = self._channel_numbers.name_of(self._table("channels").key)
        return next((channel for channel in channels if channel.name == name), None)

    @property
    def _node(self) -> Node | None:
        """The cause under the cursor, or the part of one."""
        key = self._table("causes").key
        return None if key is None else self._tree.nodes.get(key)

    @property
    def _job(self) -> JobView | None:
        """The job under the cursor."""
        jobs = self.read.overview.jobs if self.read else ()
        key = self._table("activity").key
        return next((job for job in jobs if job.id == key), None)
