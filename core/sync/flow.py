"""What a flow is to the rest of the program: a wing of its own folder declares it, and `core.flows` lists it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.jobs.kinds import JobKind
from core.sync.codes import Code, FixKind
from core.sync.hearing import Hears
from core.sync.streams import Stream

if TYPE_CHECKING:
    # A declaration is loaded by whoever looks at anything; what runs it is not.
    from core.actor import Actor
    from core.jobs.context import JobContext, RemoteKind
    from core.jobs.requests import Requested
    from core.sync.lane import Sender
    from core.sync.outbox import Outbox
    from core.sync.remotes import Remote
    from core.workspace import Workspace

Fix = Callable[["Workspace", "Actor", str, Sequence[str]], "Requested"]
"""A use case that fixes items of a channel, by its name and their ids; gives the job that comes of it."""


@dataclass(frozen=True)
class Writes:
    """The writes of a flow to one kind of remote, and who carries them."""

    remote: RemoteKind
    kinds: frozenset[str]
    """Kinds of its intents: "order.create"."""
    sender: Callable[[Workspace, JobContext, Outbox, Remote], Sender]
    shared: bool = False
    """Whether the job at the remote sends them for those that stand in line there as well; see `Outbox.share`."""


@dataclass(frozen=True)
class Flow:
    """One flow with all that the program has to know of it."""

    name: str
    jobs: Sequence[JobKind]
    streams: Sequence[Stream] = ()
    writes: Sequence[Writes] = ()
    codes: Sequence[Code] = ()
    """What can be wrong with its items."""
    fixes: Mapping[FixKind | Code, Fix] = field(default_factory=dict)
    """What the kinds `RELEASE` and `RETRY` do with its items, or with those that have a code of it; the other kinds do
    the same for every flow."""
    hears: Mapping[str, Hears] = field(default_factory=dict)
    """What it does when Amazon tells of a change, by the type of the notification."""
