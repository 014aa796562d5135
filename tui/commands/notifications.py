"""`crossdock notifications …`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from core.flows import HEARS
from core.jobs.requests import Requested
from core.notifications import actions, unreadable
from core.notifications.actions import Standing
from core.words import counted
from core.workspace import Workspace
from tasks.start import start
from tui.commands.common import ChannelOption, Json, Limit, checklist_lines, command, group, session, show
from tui.commands.table import table

app = group("notifications", "Notifications of Amazon: setup, status, poll, retry, drop.")

MessageIds = Annotated[list[int], typer.Argument(metavar="MESSAGE…")]
_SHOWN = 10
"""Messages that are listed without --limit; in JSON all of them."""


@command(app, "setup", "notifications setup --channel de")
def set_up(channel: ChannelOption, as_json: Json = False) -> int:
    """Let Amazon tell of changes in the channel's queue: destination and subscriptions, once."""
    with session() as (workspace, actor):
        return _show(actions.set_up(workspace, actor, channel), as_json)


@command(app, "status", "notifications status --channel de", "notifications status --channel de --limit 50")
def status(channel: ChannelOption, limit: Limit = None, as_json: Json = False) -> int:
    """How the queue, Amazon's subscriptions and what came by them stand; the messages that are of no use by number."""
    with session() as (workspace, actor):
        return _show(actions.status(workspace, actor, channel), as_json, limit)


@command(app, "retry", "notifications retry 12 13")
def retry(messages: MessageIds, as_json: Json = False) -> int:
    """Read messages again that could not be acted upon; status names them by their numbers."""
    asked: list[Requested] = []
    with session() as (workspace, actor):
        done = unreadable.try_again(workspace, actor, set(messages), HEARS, asked.append)
        jobs = _started(workspace, asked)
    told = f"{done} of {counted(len(messages), 'message')} done with."
    show({"done": done, "jobs": jobs}, [told, *_about(jobs)], as_json=as_json)
    return 0 if done == len(messages) else 1


@command(app, "drop", "notifications drop 12 13")
def drop(messages: MessageIds, as_json: Json = False) -> None:
    """Delete messages that could not be acted upon, for good."""
    with session() as (workspace, actor):
        dropped = unreadable.drop(workspace, actor, set(messages))
    show({"dropped": dropped}, [f"{counted(dropped, 'message')} dropped."], as_json=as_json)


@command(app, "poll", "notifications poll --channel de")
def poll(channel: ChannelOption, as_json: Json = False) -> None:
    """Take what waits in the queue, here and once; a worker does it by itself all the time."""
    with session() as (workspace, actor):
        received = actions.poll(workspace, actor, channel, HEARS)
        jobs = _started(workspace, received.asked)
    counts = {name: received.counts[name] for name in actions.MESSAGES}
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    show({"messages": counts, "jobs": jobs}, [f"{told}.", *_about(jobs)], as_json=as_json)


def _started(workspace: Workspace, asked: Sequence[Requested]) -> list[int]:
    """Start jobs, and wait for those that run here; their numbers."""
    for run in [start(workspace, one) for one in asked]:
        if run is not None:
            run.wait()
    return [one.job_id for one in asked]


def _about(jobs: Sequence[int]) -> list[str]:
    return [f"{counted(len(jobs), 'job')} looked or will look: {', '.join(map(str, jobs))}."] if jobs else []


def _show(standing: Standing, as_json: bool, limit: int | None = None) -> int:
    document = standing.document()
    document["unreadable"] = document["unreadable"][:limit]
    show(document, list(_lines(document, limit or _SHOWN)), as_json=as_json)
    return 0 if standing.ok else 3


def _lines(document: dict[str, Any], limit: int) -> Iterator[str]:
    yield from checklist_lines(document)
    if document["subscriptions"]:
        rows = [(one["type"], one["state"], one["id"]) for one in document["subscriptions"]]
        yield from table(rows, ("type", "state", "subscription"))
    if document["unreadable"]:
        kept = document["unreadable"][:limit]
        rows = [(one["id"], one["received_at"][:16].replace("T", " "), one["type"], one["reason"]) for one in kept]
        yield from table(rows, ("message", "received", "type", "why it was of no use"))
    yield "Messages: " + ", ".join(f"{count} {name}" for name, count in document["messages"].items())
