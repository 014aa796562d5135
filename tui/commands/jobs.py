"""`crossdock jobs …`"""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from core.jobs import requests, views
from core.jobs.views import EventView
from tui.commands.common import Json, command, group, plain, session, show, table
from tui.commands.work import Direct, Wait, finish, job_lines, progress_line

app = group("jobs", "Jobs: list, show, log, cancel, retry.")

_POLL = 0.5


@command(app, "list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 50, as_json: Json = False
) -> None:
    """The newest jobs."""
    with session() as (workspace, actor):
        jobs = views.list_jobs(workspace.database, actor, limit=limit)
        documents = [views.job_document(workspace.database, actor, job) for job in jobs] if as_json else []
    rows = [(job.id, job.kind, job.channel, job.state, progress_line(job).split(" ", 2)[-1]) for job in jobs]
    empty = ["There are no jobs yet. Start one with: crossdock orders import --channel NAME"]
    lines = table(rows, ("job", "kind", "channel", "state", "where it stands")) if rows else empty
    show({"jobs": documents}, lines, as_json=as_json)


@command(app, "show")
def show_job(job_id: Annotated[int, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """One job with its counts, calls and problems."""
    with session() as (workspace, actor):
        job = views.get_job(workspace.database, actor, job_id)
        document = views.job_document(workspace.database, actor, job)
    show(document, job_lines(document), as_json=as_json)


@command(app, "log")
def log(
    job_id: Annotated[int, typer.Argument(metavar="ID")],
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the job ends.")] = False,
    as_json: Json = False,
) -> None:
    """The log of a job."""
    events: list[EventView] = []
    with session() as (workspace, actor):
        while True:
            ended = views.get_job(workspace.database, actor, job_id).state.is_final
            fresh = views.events_after(workspace.database, actor, job_id, events[-1].id if events else 0)
            events += fresh
            if not as_json:
                show(None, map(_line, fresh), as_json=False)
            if not fresh and (ended or not follow):
                break
            if not fresh:
                time.sleep(_POLL)
    if as_json:
        show({"job": job_id, "events": [_document(event) for event in events]}, [], as_json=True)


@command(app, "cancel")
def cancel(job_id: Annotated[int, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Cancel a job between two items; what was begun is brought to its end."""
    with session() as (workspace, actor):
        requests.cancel(workspace.database, actor, job_id)
        document = views.job_document(workspace.database, actor, views.get_job(workspace.database, actor, job_id))
    show(document, [f"Job {job_id} is being cancelled."], as_json=as_json)


@command(app, "retry")
def retry(
    job_id: Annotated[int, typer.Argument(metavar="ID")],
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Run the failed and held items of an ended job again, as a new job."""
    with session() as (workspace, actor):
        asked = requests.retry(workspace.database, actor, job_id, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


def _line(event: EventView) -> str:
    subject = f"{event.subject}: " if event.subject else ""
    return plain(f"{event.at.isoformat(timespec='seconds')}  {event.level:7}  {subject}{event.text}")


def _document(event: EventView) -> dict[str, Any]:
    return {**vars(event), "at": event.at.isoformat()}
