"""Starting work and following it: through the queue, or here with --direct."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from core import clock
from core.actor import Actor
from core.errors import ConfigurationError
from core.jobs import views
from core.jobs.requests import Requested
from core.jobs.views import JobView
from core.model.job import Job, JobState
from core.workspace import Workspace
from tasks.start import start
from tui.commands.common import plain, show

Wait = Annotated[bool, typer.Option("--wait", help="Follow the job to its end.")]
Direct = Annotated[bool, typer.Option("--direct", help="Run here, without the queue.")]

STARTING_WORKER = 10.0
"""Real seconds granted to a worker that is just being started."""
RESTARTING_WORKER = 60.0
"""Real seconds granted to a worker that is being restarted while somebody waits."""
_POLL = 0.3


def finish(workspace: Workspace, actor: Actor, asked: Requested, *, wait: bool, as_json: bool) -> int:
    """Run, follow or just name a requested job; prints its document and returns the exit code."""
    with _interruptible() as stopping:
        run = start(workspace, asked, should_stop=stopping.is_set, on_wait=_tell_wait)
        if run:
            run.wait()
    if not run:
        _tell_where(workspace, asked)
        if wait:
            follow(workspace, actor, asked.job_id)
    job = views.get_job(workspace.database, actor, asked.job_id)
    document = views.job_document(workspace.database, actor, job)
    show(document, job_lines(document), as_json=as_json)
    if run and not job.state.is_final:
        return 1  # interrupted: the rest is still to be done
    return views.exit_code([job]) if job.state.is_final else 0


def finish_or_say(
    workspace: Workspace,
    actor: Actor,
    asked: Requested | None,
    document: dict[str, Any],
    line: str,
    *,
    wait: bool,
    as_json: bool,
) -> int:
    """The same for a change that may need no job: then the change alone is told."""
    if asked is None:
        show(document, [line], as_json=as_json)
        return 0
    if not as_json:
        print(plain(f"{line} Job {asked.job_id} plans the orders that waited for it."))
    return finish(workspace, actor, asked, wait=wait, as_json=as_json)


def follow(workspace: Workspace, actor: Actor, job_id: int) -> None:
    """Wait for a job's end, telling its steps on standard error.

    Raises ConfigurationError when no worker lives to run it.
    """
    alone_since = time.monotonic()
    patience = STARTING_WORKER
    told = ""
    while True:
        job = views.get_job(workspace.database, actor, job_id)
        if job.state.is_final:
            return
        if views.live_workers(workspace.database):
            alone_since, patience = time.monotonic(), RESTARTING_WORKER
        elif time.monotonic() - alone_since > patience:
            raise ConfigurationError(
                f"No worker is running; job {job_id} stays {job.state}.",
                next_step="Start one with: crossdock worker (or use --direct).",
            )
        now = progress_line(job)
        if now != told:
            print(plain(now), file=sys.stderr)
            told = now
        time.sleep(_POLL)


def progress_line(job: JobView) -> str:
    """One line that says where a job stands."""
    if job.state is JobState.WAITING and job.waiting_until is not None:
        rest = max(int(clock.seconds_until(job.waiting_until)), 0)
        return f"job {job.id} waiting for {job.waiting_for}, {rest // 60} min {rest % 60} s"
    total = f"/{job.total}" if job.total is not None else ""
    return f"job {job.id} {job.state} {job.step} {job.done}{total}".rstrip()


def job_lines(document: dict[str, Any]) -> Iterator[str]:
    """A job's document for people."""
    yield f"Job {document['job']} ({document['kind']}, channel {document['channel']}): {document['state']}"
    yield "  " + ", ".join(f"{count} {name}" for name, count in document["counts"].items())
    calls = ", ".join(f"{count} {name}" for name, count in document["calls"].items()) or "none"
    yield f"  calls to Amazon: {calls}; {document['refused_calls']} refused"
    if document.get("message"):
        yield f"  {document['message']}"
    for problem in document["problems"]:
        yield f"  {problem['subject']}  {problem['code']}: {problem['message']}"
        yield f"      → {problem['fix']}"


def _tell_where(workspace: Workspace, asked: Requested) -> None:
    if asked.joined:
        print(f"Job {asked.job_id} does this already; joined it.", file=sys.stderr)
    elif not views.live_workers(workspace.database):
        print("No worker is running; the job waits. Start one with: crossdock worker", file=sys.stderr)


def _tell_wait(job: Job) -> None:
    print(f"job {job.id} waiting for {plain(job.waiting_for)}", file=sys.stderr)


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Lets SIGINT and SIGTERM end direct work between two items, with its checkpoint kept."""
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
