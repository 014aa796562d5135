"""What the mapping screen reads, in a thread, and only after something was committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.actor import Actor
from core.categories.declaration import REFRESH
from core.channels.views import ChannelView, list_channels
from core.jobs import views
from core.jobs.views import JobView
from core.mappings import choices as mappings
from core.mappings.choices import KINDS, Mapped
from core.sync.problems import problem_groups
from core.workspace import Workspace

Read = Callable[[str], Any]
"""Reads the open tab for a channel, by its name."""


@dataclass(frozen=True)
class Wanted:
    """What to read: the open tab, for which channel ("": the first), and the job that was started here last."""

    section: str
    channel: str
    started: int | None


@dataclass(frozen=True)
class Snapshot:
    """A reading; `channel` is None while there are none."""

    wanted: Wanted
    as_of: str
    channels: Sequence[ChannelView]
    channel: ChannelView | None
    data: Any
    job: JobView | None


@dataclass(frozen=True)
class Meaning:
    """A key of a mapping with what it means, and how many items are held for it."""

    of: Mapped
    held: int
    noun: str


def look(workspace: Workspace, actor: Actor, wanted: Wanted, read: Read, known: Snapshot | None) -> Snapshot:
    """What is wanted; `known` while nothing was committed since."""
    as_of = workspace.database.state()
    if known is not None and (known.as_of, known.wanted) == (as_of, wanted):
        return known
    channels = list_channels(workspace, actor)
    channel = next((one for one in channels if one.name == wanted.channel), channels[0] if channels else None)
    data = read(channel.name) if channel else None
    return Snapshot(wanted, as_of, channels, channel, data, _job(workspace, actor, channel, wanted.started))


def meanings(workspace: Workspace, actor: Actor, kind: str, channel: str) -> list[Meaning]:
    """The keys of a kind; of carriers also those that are not mapped and hold something up."""
    rows = mappings.mapping(workspace, actor, channel, kind)
    codes = {code.name for code in KINDS[kind].codes}
    groups = {
        group.about.partition(".")[2]: group
        for group in problem_groups(workspace.database, actor, channel)
        if group.about.partition(".")[0] == kind and (group.code in codes or not codes)
    }
    missing = [Mapped(key, "", "", "", "") for key in sorted(groups.keys() - {row.key for row in rows}) if key]
    return [
        Meaning(row, groups[row.key].count, groups[row.key].subject.kind)
        if row.key in groups
        else Meaning(row, 0, "order")
        for row in (*missing, *rows)
    ]


def _job(workspace: Workspace, actor: Actor, channel: ChannelView | None, started: int | None) -> JobView | None:
    """The refresh that runs for a channel, whoever started it; else the job that was started here."""
    active = views.list_jobs(workspace.database, actor, active_only=True) if channel else []
    for job in active:
        if channel and job.kind == REFRESH.name and job.channel == channel.name:
            return job
    return None if started is None else views.get_job(workspace.database, actor, started)
