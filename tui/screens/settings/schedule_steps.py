"""How often a stream of a channel runs by itself."""

from __future__ import annotations

from functools import partial

from core import schedules
from core.schedules import LONGEST_MINUTES
from tui.frame.steps import Steps
from tui.text import clean
from tui.widgets.ask import Ask

USUAL_MINUTES = 15
HINT = f"{USUAL_MINUTES} is usual; 0: schedule off. A worker has to run."
_WORK = {"orders": "Import new orders", "shipments": "Confirm shipments"}


def check_minutes(text: str) -> str:
    """A whole number of minutes up to a week; raises ValueError."""
    if not (text.isascii() and text.isdecimal()) or int(text) > LONGEST_MINUTES:
        raise ValueError(f"it is not a number of minutes from 0 to {LONGEST_MINUTES}")
    return text


class ScheduleSteps(Steps):
    """What can be done with a schedule."""

    def set_interval(self, channel: str, minutes: int, stream: str = "orders") -> None:
        """Ask for the interval; where the schedule is off, the usual one is proposed."""
        question = f"{_WORK.get(stream, f'Run {clean(stream)}')} of {clean(channel)} every so many minutes"
        window = Ask(question, value=str(minutes or USUAL_MINUTES), hint=HINT, check=check_minutes)
        self.ask(window, partial(self._set, channel, stream))

    def _set(self, channel: str, stream: str, minutes: str | None) -> None:
        every = int(minutes or 0)
        change = partial(schedules.set_interval, self.workspace, self.actor, channel, every, stream)
        words = f"every {every} min" if every else "off"
        self.screen.use(change, lambda _: self.screen.notify(f"Schedule of {channel}, {stream}: {words}."))
