"""Starting work and following it: through the queue, or here with --direct."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

import typer

from core.actor import Actor
from core.errors import ConfigurationError
from core.jobs import views
from core.jobs.requests import Requested
from core.jobs.views import JobView
from core.model.job import Job
from core.workspace import Workspace
from tasks.start import Run, start
from tui.commands.common import print_json, say, show, tell
from tui.commands.job_text import each_line, job_lines
from tui.commands.progress import Progress
from tui.exact_text import TITLE, exact_parts
from tui.program import call

Wait = Annotated[bool, typer.Option("--wait", help="Follow the job to its end.")]
Direct = Annotated[bool, typer.Option("--direct", help="Run here, without the queue.")]

STARTING_WORKER = 10.0
"""Real seconds granted to a worker that is just being started."""
RESTARTING_WORKER = 60.0
"""Real seconds granted to a worker that is being restarted while somebody waits."""
_POLL = 0.3
_PREVIEWS = 10
"""Previews that are printed where not all are asked for."""


def finish(workspace: Workspace, actor: Actor, asked: Requested, *, wait: bool, as_json: bool) -> int:
    """Run, follow or just name a requested job; prints its document and returns the exit code."""
    progress = Progress()
    with _interruptible() as stopping:
        run = start(workspace, asked, should_stop=stopping.is_set, on_wait=_unsaid if progress.is_live else _tell_wait)
        if run:
            _watch(workspace, actor, asked.job_id, run, progress)
    if not run:
        _tell_where(workspace, asked, wait=wait)
        if wait:
            follow(workspace, actor, asked.job_id)
    job = views.get_job(workspace.database, actor, asked.job_id)
    show_job(workspace, actor, job, as_json=as_json)
    if run and not job.state.is_final:
        return 1  # interrupted: the rest is still to be done
    return views.exit_code([job]) if job.state.is_final else 0


def show_job(workspace: Workspace, actor: Actor, job: JobView, *, as_json: bool, each: bool = False) -> None:
    """Print a job: its document, or what people want to know of it; with `each`, every problem and not the causes."""
    if as_json:
        details = views.item_details(workspace.database, actor, job.id)
        more = {"previews": details} if details else {}
        print_json({**views.job_document(workspace.database, actor, job), **more})
        return
    problems = views.item_problems(workspace.database, actor, job.id)
    lines = [*job_lines(job), "", *each_line(problems)] if each else job_lines(job, problems)
    show(None, [*lines, *_previews(workspace, actor, job.id, each=each)], as_json=False)


def _previews(workspace: Workspace, actor: Actor, job_id: int, *, each: bool) -> Iterator[str]:
    """What a preview would have sent: all, or some and how the others are seen."""
    found = views.item_details(workspace.database, actor, job_id, None if each else _PREVIEWS + 1)
    for view in found if each else found[:_PREVIEWS]:
        yield ""
        yield from (f"{'' if part.kind == TITLE else '  '}{part.text}" for part in exact_parts(view))
    if not each and len(found) > _PREVIEWS:
        yield from ("", f"There are more: crossdock jobs show {job_id} --all")


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
        say(f"{line} Job {asked.job_id} plans the orders that were held for it.")
    return finish(workspace, actor, asked, wait=wait, as_json=as_json)


def follow(workspace: Workspace, actor: Actor, job_id: int, patience: float | None = None) -> None:
    """Wait for a job's end, telling its steps on standard error; for a first worker so many real seconds.

    Raises ConfigurationError when no worker lives to run it.
    """
    alone_since = time.monotonic()
    patience = STARTING_WORKER if patience is None else patience
    with closing(Progress()) as progress:
        while True:
            job = views.get_job(workspace.database, actor, job_id)
            if job.state.is_final:
                return
            if views.live_workers(workspace.database):
                alone_since, patience = time.monotonic(), RESTARTING_WORKER
            elif time.monotonic() - alone_since > patience:
                raise ConfigurationError(
                    f"No worker is running; job {job_id} stays {job.state}.",
                    next_step=f"Start one with: {call()} worker (or use --direct).",
                )
            progress.show(job)
            time.sleep(_POLL)


def _watch(workspace: Workspace, actor: Actor, job_id: int, run: Run, progress: Progress) -> None:
    """Wait for a job that runs here; on a terminal it is seen how far it is."""
    if progress.is_live:
        with closing(progress), _without_chatter():
            while run.is_running:
                progress.show(views.get_job(workspace.database, actor, job_id))
                run.join(_POLL)
    run.wait()


def _tell_where(workspace: Workspace, asked: Requested, *, wait: bool) -> None:
    if asked.joined:
        tell(f"Job {asked.job_id} does this already; joined it.")
    elif not views.live_workers(workspace.database):
        instead = "" if wait else ", or run it here with --direct"
        tell(f"No worker is running; the job is queued. Start one with: crossdock worker{instead}")


def _tell_wait(job: Job) -> None:
    tell(f"job {job.id} waiting for {job.waiting_for}")


def _unsaid(job: Job) -> None:
    """The line that shows progress says it."""


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep what the log only informs of out of the line that is written over."""
    root = logging.getLogger()
    before = root.level
    if before == logging.INFO:
        root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(before)


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
