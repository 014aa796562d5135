"""What the jobs of one channel have in common, whatever their flow: when they may be asked for, how they begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session

from core import clock
from core.amazon.tokens import Revoked, SecretRefused
from core.amazon.transport import AmazonClient
from core.errors import ConfigurationError, RemoteBusy
from core.jobs.context import JobContext
from core.jobs.turns import queue_behind
from core.model.account import ACCOUNT_OK
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.store import Store
from core.workspace import Workspace, channel_parts, unauthorized


class Mark(Protocol):
    """Marks items of a channel, by their ids, as planned or as to be planned."""

    def __call__(self, channel: Channel, session: Session, items: Sequence[str], /, *, dirty: bool) -> object: ...


@dataclass(frozen=True)
class ChannelJob:
    """A job and the channel that it is about."""

    job: Job
    channel: Channel
    store: Store


def require_enabled(channel: Channel) -> None:
    """Raise ConfigurationError when nothing may be asked of a channel."""
    if not channel.enabled:
        raise ConfigurationError(
            "It is disabled.",
            subject=f"channel {channel.name}",
            next_step=f"Run: crossdock channel enable {channel.name}",
        )


def require_usable(workspace: Workspace, channel: Channel) -> None:
    """The same when its seller's account waits for authorization."""
    require_enabled(channel)
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    if account.state != ACCOUNT_OK:
        raise unauthorized(account, app, f"channel {channel.name}")


def begin(workspace: Workspace, context: JobContext, *, in_turn: bool = True) -> ChannelJob:
    """The channel of a job, once it is the job's turn; raises ConfigurationError when it is gone or disabled.

    Without `in_turn` it does not wait for earlier ones of its kind.
    """
    with workspace.database.read() as session:
        job = session.get_one(Job, context.job_id)
        if job.channel_id is None:
            raise ConfigurationError("Its channel was deleted.", next_step="Start such a job for another channel.")
        channel, _, _, store = channel_parts(session, job.channel_id)
    if not channel.enabled:
        raise ConfigurationError(
            "It is disabled.", subject=f"channel {channel.name}", next_step="Run: crossdock channel enable"
        )
    if in_turn:
        queue_behind(context)
    return ChannelJob(job, channel, store)


def amazon(workspace: Workspace, context: JobContext, channel: Channel) -> AmazonClient:
    """A client for the seller of a channel, whose calls count for the job.

    Raises AuthorizationError when the account waits for authorization.
    """
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    return workspace.amazon(
        account,
        app,
        draft=channel.app_status == "draft",
        meter=context,
        background=context.background,
        should_stop=context.stopping,
    )


@contextmanager
def parking(workspace: Workspace, channel: Channel) -> Iterator[None]:
    """Let the seller's account rest when it turns out that Amazon was told to let us in no more, or the whole app.

    Raises RemoteBusy where the client secret was replaced meanwhile: the same is tried again with the new one.
    """
    begun = clock.now()
    try:
        yield
    except Revoked as error:
        workspace.park(channel.account_id, error)
        raise
    except SecretRefused as error:
        if not workspace.park_app(channel.account_id, error, begun):
            raise RemoteBusy("The client secret has just been replaced.", subject=error.subject) from None
        raise


def planned_again_by(mark: Mark) -> Callable[[Session, Job, Sequence[str]], None]:
    """What a job kind does with items of a job that are to be planned again."""

    def plan_again(session: Session, job: Job, items: Sequence[str]) -> None:
        channel = session.get(Channel, job.channel_id) if job.channel_id else None
        if channel is not None:
            mark(channel, session, items, dirty=True)

    return plan_again
