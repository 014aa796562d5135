"""`crossdock jobs …`"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any

import typer
from sqlalchemy.exc import NoResultFound

from core import clock
from core.actor import Actor
from core.database import Database
from core.errors import UsageError
from core.flows import again, title_of_job
from core.jobs import views
from core.jobs.views import EventView, JobView
from core.jobs.wording import starter
from tui.commands.common import Json, command, group, session, show
from tui.commands.job_text import duration, state_of, when
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish, show_job

app = group("jobs", "Jobs: list, show, log, cancel, retry.")

_POLL = 0.5


@command(app, "list", "jobs list", "jobs list --limit 200 --json")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """The newest jobs."""
    with session() as (workspace, actor):
        jobs = views.list_jobs(workspace.database, actor, limit=limit)
        documents = documents_of(workspace.database, actor, jobs) if as_json else []
    rows = [(job.id, title_of_job(job), state_of(job), when(job.started_at), _took(job), starter(job)) for job in jobs]
    empty = ["There are no jobs yet. Start one with: crossdock orders import --channel NAME"]
    head = ("job", "what", "state", "started (UTC)", "took", "by")
    lines = table(rows, head, whole=("job",), spare=("by", "took", "started (UTC)")) if rows else empty
    show({"jobs": documents}, lines, as_json=as_json)


def documents_of(database: Database, actor: Actor, jobs: Iterable[JobView]) -> list[dict[str, Any]]:
    """The documents of jobs that are still there: an idle run of a schedule goes when the next one begins."""
    found = []
    for job in jobs:
        with suppress(UsageError, NoResultFound):
            found.append(views.job_document(database, actor, job))
    return found


@command(app, "show", "jobs show 31", "jobs show 31 --all")
def show_one(
    job_id: Annotated[int, typer.Argument(metavar="ID")],
    each: Annotated[bool, typer.Option("--all", help="Every problem in place of their causes.")] = False,
    as_json: Json = False,
) -> None:
    """One job with its counts, calls and problems."""
    with session() as (workspace, actor):
        show_job(workspace, actor, views.get_job(workspace.database, actor, job_id), as_json=as_json, each=each)


@command(app, "log", "jobs log 31 --follow")
def log(
    job_id: Annotated[int, typer.Argument(metavar="ID")],
    follow: Annotated[bool, typer.Option("--follow", help="Until the job ends.")] = False,
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
        show({"job": job_id, "events": events}, [], as_json=True)


@command(app, "cancel")
def cancel(job_id: Annotated[int, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Cancel a job between two items; what was begun is brought to its end."""
    with session() as (workspace, actor):
        again.cancel(workspace.database, actor, job_id)
        document = views.job_document(workspace.database, actor, views.get_job(workspace.database, actor, job_id))
    show(document, [f"Cancelling job {job_id} after the current item."], as_json=as_json)


@command(app, "retry", "jobs retry 31 --wait")
def retry(
    job_id: Annotated[int, typer.Argument(metavar="ID")],
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Run the failed and held items of an ended job again, as a new job."""
    with session() as (workspace, actor):
        asked = again.retry(workspace.database, actor, job_id, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


def _took(job: JobView) -> str:
    if job.started_at is None:
        return ""
    return duration(((job.finished_at or clock.now()) - job.started_at).total_seconds())


def _line(event: EventView) -> str:
    subject = f"{event.subject}: " if event.subject else ""
    return f"{event.at.isoformat(timespec='seconds')}  {event.level:7}  {subject}{event.text}"
