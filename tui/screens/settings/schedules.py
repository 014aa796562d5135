"""What runs by itself: the interval of each stream of each channel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import schedules
from core.schedules import ScheduleView
from core.words import every
from tui import guides
from tui.frame.section import Section, fact
from tui.frame.starting import begin, words_for
from tui.screens.settings.schedule_steps import ScheduleSteps
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line


class SchedulesSection(Section[ScheduleView]):
    """A line per channel and stream."""

    NAME = "schedules"
    TITLE = "Schedules"
    COLUMNS = (
        Column("channel", least=12, most=30),
        Column("what", most=12),
        Column("every", right=True, least=8, most=12),
        Column("next"),
    )
    EMPTY = "There is no channel yet; its imports can run on a schedule."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "edit", "Interval", id="schedules.edit", tooltip="Set how often it runs; 0 is off"),
        Binding("r", "run", "Run now", id="schedules.run", tooltip="Run it now, whatever its schedule"),
        Binding("p", "pause", "Pause", id="schedules.pause", tooltip="Pause it, or resume it; the interval stays"),
    ]

    def read(self) -> Sequence[ScheduleView]:
        """The schedules of all channels that the operator may see."""
        return schedules.list_schedules(self.workspace.database, self.actor)

    def name_of(self, item: ScheduleView) -> str:
        """Channel and stream."""
        return f"{item.channel} {item.stream}"

    def cells(self, item: ScheduleView) -> tuple[Cell, ...]:
        """Channel, stream, interval, next run."""
        off = Content.styled("off", "$text-warning" if item.stream == "orders" else "")
        interval = Content(every(item.every_minutes)) if item.every_minutes else off
        following = f"{item.off_by.replace('_', ' ')} is off" if item.off_by else "–"
        if item.next_run:
            following = timestamps.full(item.next_run)
        if item.next_run and (item.paused or not item.enabled):
            following = "paused" if item.paused else "paused: the channel is disabled"
        return foreign(item.channel), Content(item.stream), interval, Content(following)

    def detail(self, item: ScheduleView) -> Sequence[Line]:
        """What that means."""
        off = [] if item.every_minutes else [fact("Schedule", "off: e sets the interval", style="$text-warning")]
        return [*off, fact("Interval", guides.SCHEDULE[0])]

    def action_edit(self) -> None:
        """Ask for the interval of the line under the cursor."""
        if item := self.wanted():
            ScheduleSteps(self.screen).set_interval(item.channel, ceil(item.every_minutes), item.stream)

    def action_run(self) -> None:
        """Run the stream under the cursor now."""
        if item := self.wanted():
            request = partial(schedules.run, self.workspace, self.actor, item.channel, item.stream)
            begin(self.screen, request, lambda asked: self.screen.notify(words_for(asked)))

    def action_pause(self) -> None:
        """Pause the schedule under the cursor, or resume it."""
        if item := self.wanted():
            paused = not item.paused
            change = partial(schedules.set_paused, self.workspace, self.actor, item.channel, paused, item.stream)
            words = "resumed" if item.paused else "paused"
            self.screen.use(
                change, lambda _: self.screen.notify(f"Schedule of {item.channel}, {item.stream}: {words}.")
            )
