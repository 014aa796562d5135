"""What an import of a range will take, answered before anything is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import clock
from core.actor import Actor
from core.errors import CrossdockError
from core.identity import new_owner
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.jobs.expected import Expected
from core.jobs.requests import Requested, request
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import JobState
from core.orders.backfill_document import document, summary
from core.orders.declaration import ORDERS_IMPORT
from core.orders.forecast import Range, forecast
from core.orders.plan.backfill import BackfillPlan
from core.workspace import Workspace, channel_parts


def expected(workspace: Workspace, channel: Channel, params: Mapping[str, Any]) -> BackfillPlan:
    """The plan of a job that is not asked for yet; raises AuthorizationError when its seller is not authorized."""
    with workspace.database.read() as session:
        channel, account, app, _ = channel_parts(session, stored_id(channel.id))
        client = workspace.amazon(account, app, draft=channel.app_status == "draft")
        return forecast(session, client, channel, Range.of(params, channel, clock.now()))


def tell(workspace: Workspace, context: JobContext, channel: Channel) -> None:
    """Let a job that is only to plan a range have its plan."""
    plan = expected(workspace, channel, context.params)
    context.event(f"Planned only: {summary(plan)}.")
    with workspace.database.write() as session:
        context.save(session, Expected(document(plan)))


def answered(workspace: Workspace, actor: Actor, channel: Channel, params: dict[str, Any]) -> Requested:
    """A job that has ended, with its plan."""
    asked = request(workspace.database, actor, ORDERS_IMPORT, channel, params, direct=True)
    job = lifecycle.claim(workspace.database, asked.job_id, owner := new_owner())
    if job is None:
        return asked
    state, failure = JobState.SUCCEEDED, {}
    try:
        tell(workspace, JobContext(workspace.database, job, owner), channel)
    except CrossdockError as error:
        state, failure = JobState.FAILED, {"message": str(error), "exit_code": error.exit_code}
    with workspace.database.write() as session:
        lifecycle.finish(session, asked.job_id, owner, state, **failure)
    return asked
