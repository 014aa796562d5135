"""What the Shipments screen knows of the parcel under the cursor beyond the list, and of orders without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.actor import Actor
from core.channels.views import list_channels
from core.jobs import views
from core.shipments import NAME
from core.shipments.list import ShipmentView
from core.shipments.plan.problems import SHIPMENT_MISSING
from core.subjects import Subject
from core.sync.history import HistoryEntry, history_of
from core.sync.problems import problem_groups, problem_of, problems_in
from core.workspace import Workspace


@dataclass(frozen=True)
class ShipmentDetail:
    """What the list does not hold of one parcel."""

    job: int | None
    """The last job that had to do with it."""
    about: str
    """What its problem is about: the key of the carriers' mapping, or empty."""
    missing: int
    """Orders of the channel that were completed in the store without a shipment."""
    history: tuple[HistoryEntry, ...] = ()
    """What happened to it, newest first."""


@dataclass(frozen=True)
class Unshipped:
    """What a person may enter a parcel for."""

    channels: tuple[str, ...]
    orders: Mapping[str, Sequence[str]]
    """Orders that were completed in the store without a shipment, by channel, the oldest first."""


def read_detail(workspace: Workspace, actor: Actor, parcel: ShipmentView) -> ShipmentDetail:
    """Everything about one parcel that the list does not hold."""
    database, subject = workspace.database, Subject("shipment", str(parcel.shipment_id))
    problem = problem_of(database, actor, parcel.channel, subject) if parcel.problem else None
    job = views.last_job_of(database, actor, parcel.channel, subject)
    missing = sum(_missing(workspace, actor, parcel.channel).values())
    history = tuple(history_of(database, actor, parcel.channel, subject, NAME))
    return ShipmentDetail(job, problem.about if problem else "", missing, history)


def read_unshipped(workspace: Workspace, actor: Actor) -> Unshipped:
    """The channels, and their orders that wait for a parcel."""
    channels = tuple(channel.name for channel in list_channels(workspace, actor))
    orders = {
        name: [it.subject.id for it in problems_in(workspace.database, actor, name, SHIPMENT_MISSING.name, "")]
        for name in _missing(workspace, actor)
    }
    return Unshipped(channels, orders)


def _missing(workspace: Workspace, actor: Actor, channel: str = "") -> dict[str, int]:
    """How many orders were completed without a shipment, by channel."""
    groups = problem_groups(workspace.database, actor, channel)
    return {group.channel: group.count for group in groups if group.code == SHIPMENT_MISSING.name}
