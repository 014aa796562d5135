"""`crossdock notifications …`"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.flows import HEARS
from core.notifications import actions
from core.notifications.actions import Standing
from core.words import counted
from tasks.start import start
from tui.commands.common import ChannelOption, Json, checklist_lines, command, group, session, show
from tui.commands.table import table

app = group("notifications", "Notifications of Amazon: setup, status, poll.")


@command(app, "setup", "notifications setup --channel de")
def set_up(channel: ChannelOption, as_json: Json = False) -> int:
    """Let Amazon tell of changes in the channel's queue: destination and subscriptions, once."""
    with session() as (workspace, actor):
        return _show(actions.set_up(workspace, actor, channel), as_json)


@command(app, "status", "notifications status --channel de")
def status(channel: ChannelOption, as_json: Json = False) -> int:
    """How the queue, Amazon's subscriptions and what came by them stand."""
    with session() as (workspace, actor):
        return _show(actions.status(workspace, actor, channel), as_json)


@command(app, "poll", "notifications poll --channel de")
def poll(channel: ChannelOption, as_json: Json = False) -> None:
    """Take what waits in the queue, here and once; a worker does it by itself all the time."""
    with session() as (workspace, actor):
        received = actions.poll(workspace, actor, channel, HEARS)
        runs = [start(workspace, asked) for asked in received.asked]
        for run in runs:
            if run is not None:
                run.wait()
    counts = {name: received.counts[name] for name in actions.MESSAGES}
    jobs = [asked.job_id for asked in received.asked]
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    started = [f"{counted(len(jobs), 'job')} looked or will look: {', '.join(map(str, jobs))}."] if jobs else []
    show({"messages": counts, "jobs": jobs}, [f"{told}.", *started], as_json=as_json)


def _show(standing: Standing, as_json: bool) -> int:
    document = standing.document()
    show(document, list(_lines(document)), as_json=as_json)
    return 0 if standing.ok else 3


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield from checklist_lines(document)
    if document["subscriptions"]:
        rows = [(one["type"], one["state"], one["id"]) for one in document["subscriptions"]]
        yield from table(rows, ("type", "state", "subscription"))
    yield "Messages: " + ", ".join(f"{count} {name}" for name, count in document["messages"].items())
