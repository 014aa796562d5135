"""Runs one job once: claim, call its flow, and write how it ended.

Knows no queue: the worker calls `run` with an id from the queue, the command line calls `run_here` for direct work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from core import clock
from core.amazon.tokens import Revoked
from core.amazon.transport import TokenExpired
from core.errors import ConfigurationError, CrossdockError, OutcomeUnknown, RemoteBusy, Unreachable, WaitUntil
from core.flows import FLOWS, flow_of, kind_of
from core.flows.again import take_back
from core.identity import new_owner
from core.jobs import lifecycle
from core.jobs.context import TROUBLES, Cancelled, JobContext, Stopping, new_problems
from core.jobs.lifecycle import LostLease
from core.jobs.standing import Standing, steps
from core.logs import log_context
from core.model.job import Job, JobEvent, JobState
from core.quota import QuotaWait
from core.redaction import redact
from core.sync.delivering import deliver
from core.sync.flow import Flow
from core.workspace import Workspace

log = logging.getLogger(__name__)

_PATIENCE: dict[type[CrossdockError], tuple[float, ...]] = {
    Unreachable: (2, 5, 10),
    RemoteBusy: (5, 15, 45, 120, 300),
    OutcomeUnknown: (5, 15, 45, 120, 300),
    TokenExpired: (5, 30),
}
"""Seconds to wait before each new try of a job whose remote is not usable; after the last it fails."""
_DATABASE_PATIENCE = (2, 5, 15, 45, 120, 300)
"""The same for a database that broke off."""
_PATIENCE_ONCE_BEGUN = (2, 5, 10, 30, 60, 120, 300)
"""A remote that took some of the work already is worth a longer wait."""


def run(
    workspace: Workspace,
    job_id: int,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    flows: Sequence[Flow] = FLOWS,
) -> JobState | None:
    """Run a job until it ends, has to wait, or is stopped; None when it was not ours to run."""
    owner = new_owner()
    job = lifecycle.claim(workspace.database, job_id, owner)
    if job is None:
        return None
    context = JobContext(
        workspace.database,
        job,
        owner,
        should_stop=should_stop,
        deliver=lambda context, channel, remote: deliver(
            workspace, context, channel, remote, flow_of(job, flows), flows
        ),
    )
    with log_context(job=job_id, channel=job.channel_name), context.keeping_lease():
        try:
            return _run(workspace, job, context, flows)
        except LostLease:
            log.warning("another worker has taken the job over")
            return None
        except OperationalError as error:
            log.warning("the database is gone (%s); the job goes on when its lease has run out", _reason(error))
            return None


def run_here(
    workspace: Workspace,
    job_id: int,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_wait: Callable[[Job], None] = lambda job: None,
) -> None:
    """Run a job in this process to its end, after those that stand before it, sleeping through its waits."""
    while not should_stop():
        # Without a worker nobody else would bring jobs that stand before this one to their end.
        lifecycle.recover(workspace.database)
        with workspace.database.read() as session:
            if JobState(session.get_one(Job, job_id).state).is_final:
                return  # it was answered at once
            earlier = lifecycle.standing_before(session, job_id)
        for number in [*earlier, job_id]:
            run(workspace, number, should_stop=should_stop)
        with workspace.database.read() as session:
            job = session.get_one(Job, job_id)
        if JobState(job.state).is_final:
            return
        if job.not_before is not None:
            on_wait(job)
            clock.sleep(min(max(clock.seconds_until(job.not_before), 0.05), clock.from_real(0.5)))
        else:
            clock.sleep(clock.from_real(0.2))


def _run(workspace: Workspace, job: Job, context: JobContext, flows: Sequence[Flow]) -> JobState:
    kind = kind_of(job, flows)
    try:
        if kind is None:
            raise ConfigurationError(
                f"Jobs of the kind {job.kind!r} are not known to this version.",
                next_step="Run it with the version that asked for it, or cancel it.",
            )
        kind.run(workspace, context)
    except Cancelled:
        with context.database.write() as session:
            take_back(session, job, kind)
        return _finish(context, JobState.CANCELLED, message="Cancelled by an operator.")
    except Stopping:
        with context.database.write() as session:
            context.save(session)
            lifecycle.release(session, context.job_id, context.owner)
        return JobState.QUEUED
    except WaitUntil as wait:
        return _pause(context, wait)
    except QuotaWait as wait:
        operation = wait.key.rsplit("/", 1)[-1]
        return _pause(context, WaitUntil(wait.until, f"Amazon's quota for {operation}"))
    except LostLease:
        raise
    except CrossdockError as error:
        return _setback(context, job, error)
    except OperationalError as error:
        return _broken_off(context, job, error)
    except Exception as error:
        log.exception("the job failed by a fault of the program")
        return _finish(
            context,
            JobState.FAILED,
            message=f"A fault of the program ({type(error).__name__}); please report it with the log.",
            exit_code=1,
        )
    return _succeed(context)


def _succeed(context: JobContext) -> JobState:
    context.flush()
    with context.database.read() as session:
        counts = session.get_one(Job, context.job_id).counts
    troubled = any(counts.get(result) for result in TROUBLES)
    return _finish(context, JobState.FINISHED_WITH_PROBLEMS if troubled else JobState.SUCCEEDED)


def _finish(context: JobContext, state: JobState, *, message: str = "", exit_code: int = 0) -> JobState:
    context.end_phase()
    if message:
        context.event(message, level="info" if state is JobState.CANCELLED else "error")
    with context.database.write() as session:
        context.save(session)
        new = new_problems(session, context.job_id)
        values = {"message": message, "exit_code": exit_code, "new_problems": new}
        lifecycle.finish(session, context.job_id, context.owner, state, **values)
    return state


def _pause(context: JobContext, wait: WaitUntil, **values: object) -> JobState:
    standing = context.state(Standing)
    if standing.waited_for != wait.reason:  # looking again every second is not news
        context.event(f"Waiting for {wait.reason}.")
        context.keep(replace(standing, waited_for=wait.reason))
    with context.database.write() as session:
        context.save(session)
        lifecycle.pause(session, context.job_id, context.owner, wait.until, wait.reason, **values)
    return JobState.WAITING


def _setback(context: JobContext, job: Job, error: CrossdockError) -> JobState:
    """A remote that cannot be used now gets time; anything else ends the job."""
    if isinstance(error, Revoked):
        context.event("The seller account waits for authorization; its other jobs rest.", level="warning")
    delays = next((delays for kind, delays in _PATIENCE.items() if isinstance(error, kind)), ())
    if delays and context.state(Standing).delivered:
        delays = _PATIENCE_ONCE_BEGUN
    # Work that got further since the last setback earns the full patience again.
    setbacks = job.setbacks if steps(context.checkpoint) == steps(job.checkpoint) else 0
    if setbacks < len(delays):
        context.event(str(error), level="warning")
        until = clock.now() + timedelta(seconds=delays[setbacks])
        return _pause(context, WaitUntil(until, f"{error.subject or 'the remote'} to be usable"), setbacks=setbacks + 1)
    return _finish(context, JobState.FAILED, message=str(error), exit_code=error.exit_code)


def _broken_off(context: JobContext, job: Job, error: OperationalError) -> JobState:
    """The database ended a transaction of ours: a restart, a failover, a deadlock, a lock held for too long.

    What the context holds may belong to that transaction, so nothing of it is written: the job goes on from the
    checkpoint that is stored.
    """
    reason = _reason(error)
    log.warning("the database broke off: %s", reason)
    with context.database.write() as session:
        stored = session.get_one(Job, context.job_id)
        stands = steps(stored.checkpoint) == steps(job.checkpoint) and stored.done == job.done
        setbacks = job.setbacks if stands else 0
        session.add(JobEvent(job_id=context.job_id, level="warning", text=f"The database broke off: {reason}."))
        if setbacks >= len(_DATABASE_PATIENCE):
            message = f"The database cannot be used: {reason}. Check the server, then retry."
            lifecycle.finish(session, context.job_id, context.owner, JobState.FAILED, message=message, exit_code=3)
            return JobState.FAILED
        until = clock.after(_DATABASE_PATIENCE[setbacks])
        lifecycle.pause(
            session, context.job_id, context.owner, until, "the database to be usable", setbacks=setbacks + 1
        )
    return JobState.WAITING


def _reason(error: OperationalError) -> str:
    return redact(str(error.orig)).strip().partition("\n")[0].rstrip(".")
