"""What runs by itself: every channel with the interval of its order import. An interval is a setting of the channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from core.actor import Actor
from core.audit import record
from core.channels import registry
from core.database import Database
from core.errors import UsageError
from core.model.channel import Channel
from core.model.schedule import Schedule
from core.rights import visible_channels
from core.workspace import Workspace

ORDERS = "orders"
LONGEST_MINUTES = 10_080
"""A week; also the limit of the channel's settings."""


@dataclass(frozen=True)
class ScheduleView:
    """A stream of a channel; `every_minutes` is 0 and `next_run` None while it does not run by itself."""

    channel: str
    stream: str
    every_minutes: int
    next_run: datetime | None
    enabled: bool
    """Schedules of a disabled channel rest."""
    paused: bool = False
    """It keeps its interval and rests until it is resumed."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "next_run": self.next_run.isoformat() if self.next_run else None}


def list_schedules(database: Database, actor: Actor) -> list[ScheduleView]:
    """The order import of every channel that the operator may see, by channel."""
    query = (
        select(Channel, Schedule)
        .join(Schedule, (col(Schedule.channel_id) == Channel.id) & (col(Schedule.stream) == ORDERS), isouter=True)
        .where(visible_channels(actor))
        .order_by(Channel.name)
    )
    with database.read() as session:
        return [
            ScheduleView(
                channel.name,
                ORDERS,
                schedule.every_minutes if schedule else 0,
                schedule.next_run if schedule else None,
                channel.enabled,
                schedule.paused if schedule else False,
            )
            for channel, schedule in session.exec(query).all()
        ]


def set_interval(workspace: Workspace, actor: Actor, channel: str, minutes: int) -> None:
    """Let the orders of a channel be imported every so many minutes; 0 is off. Raises UsageError beyond a week."""
    settings = {"auto_pull_orders_minutes": minutes, **({"pull_orders": True} if minutes else {})}
    registry.edit(workspace, actor, {"name": channel, "settings": settings})


def set_paused(workspace: Workspace, actor: Actor, channel: str | None, paused: bool) -> list[ScheduleView]:
    """Let the schedules of a channel, or of all channels that the operator may see, rest or go on.

    Raises UsageError for a channel whose orders do not run by themselves anyway.
    """
    if channel is not None:
        registry.get(workspace, actor, channel)
    found = [
        view
        for view in list_schedules(workspace.database, actor)
        if view.every_minutes and channel in (None, view.channel)
    ]
    if channel is not None and not found:
        raise UsageError(
            "Nothing of it runs by itself.",
            subject=f"channel {channel}",
            next_step="Set an interval with: crossdock schedule set --every MINUTES",
        )
    names = [view.channel for view in found]
    with workspace.database.write() as session:
        ids = session.exec(select(Channel.id).where(col(Channel.name).in_(names))).all()
        session.exec(update(Schedule).where(col(Schedule.channel_id).in_(ids)).values(paused=paused))
        for name in names:
            record(session, actor, "schedule.pause" if paused else "schedule.resume", f"channel {name}")
    return [view for view in list_schedules(workspace.database, actor) if view.channel in names]
