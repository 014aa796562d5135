"""What runs by itself: the interval of each channel's order import."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import schedules
from core.schedules import LONGEST_MINUTES, ScheduleView
from tui import guides
from tui.screens.section import Section, fact
from tui.text import clean, foreign
from tui.widgets import moments
from tui.widgets.ask import Ask
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line


def check_minutes(text: str) -> str:
    """A whole number of minutes up to a week; raises ValueError."""
    if not (text.isascii() and text.isdecimal()) or int(text) > LONGEST_MINUTES:
        raise ValueError(f"it is no number of minutes from 0 to {LONGEST_MINUTES}")
    return text


class SchedulesSection(Section[ScheduleView]):
    """A line per channel."""

    NAME = "schedules"
    TITLE = "Schedules"
    COLUMNS = (
        Column("Channel", least=12, most=30),
        Column("What", most=12),
        Column("Every", right=True, least=8, most=12),
        Column("Next"),
    )
    EMPTY = "There is no channel yet; what it imports can run by itself."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "edit", "Interval", id="schedules.edit", tooltip="Set how often it runs; 0 is off"),
        Binding("p", "pause", "Pause", id="schedules.pause", tooltip="Let it rest, or go on, with its interval kept"),
    ]

    def read(self) -> Sequence[ScheduleView]:
        """The schedules of all channels that the operator may see."""
        return schedules.list_schedules(self.workspace.database, self.actor)

    def name_of(self, item: ScheduleView) -> str:
        """Channel and stream."""
        return f"{item.channel} {item.stream}"

    def cells(self, item: ScheduleView) -> tuple[Cell, ...]:
        """Channel, stream, interval, next run."""
        every = f"{item.every_minutes} min" if item.every_minutes else "off"
        following = moments.full(item.next_run) if item.next_run else "–"
        if item.next_run and (item.paused or not item.enabled):
            following = "paused" if item.paused else "rests: the channel is disabled"
        return foreign(item.channel), Content(item.stream), Content(every), Content(following)

    def detail(self, item: ScheduleView) -> Sequence[Line]:
        """What that means."""
        return [fact("Interval", guides.SCHEDULE[0])]

    def action_edit(self) -> None:
        """Ask for the interval of the line under the cursor."""
        if item := self.wanted():
            question = f"Import the orders of {clean(item.channel)} every so many minutes (0: never by itself)"
            ask = Ask(question, value=str(item.every_minutes), hint="With a worker running.", check=check_minutes)
            self.steps.ask(ask, partial(self._set, item.channel))

    def _set(self, channel: str, minutes: str | None) -> None:
        change = partial(schedules.set_interval, self.workspace, self.actor, channel, int(minutes or 0))
        self.place.use(change, lambda _: self.place.tell(f"The schedule of {channel} is saved."))

    def action_pause(self) -> None:
        """Let the schedule under the cursor rest, or go on."""
        if item := self.wanted():
            change = partial(schedules.set_paused, self.workspace, self.actor, item.channel, not item.paused)
            words = "goes on" if item.paused else "is paused"
            self.place.use(change, lambda _: self.place.tell(f"The schedule of {item.channel} {words}."))
