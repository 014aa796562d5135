"""How schedules read in tables."""

from __future__ import annotations

from core.schedules import ScheduleView
from core.words import every
from tui.commands.job_text import when
from tui.commands.terminal import Tone, Word


def interval(view: ScheduleView) -> Word:
    """How often it runs: "15 min", "off"."""
    return Word(every(view.every_minutes)) if view.every_minutes else Word("off", Tone.LATE)


def standing(view: ScheduleView) -> str:
    """When it runs next, or why it does not."""
    if view.next_run is None:
        return f"the setting {view.off_by} is off; schedule set turns it on" if view.off_by else ""
    if view.paused:
        return "paused"
    return f"{when(view.next_run)} UTC" if view.enabled else "paused: the channel is disabled"
