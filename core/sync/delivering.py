"""Runs the lane of a remote for a job, with the senders of all flows that write there."""

from __future__ import annotations

from collections.abc import Sequence

from core.jobs.context import ItemResult, JobContext, RemoteKind
from core.jobs.turns import Turn, alone, pass_by
from core.model.base import stored_id
from core.model.channel import Channel
from core.sync.flow import Flow, Writes
from core.sync.lane import Lane
from core.sync.outbox import Outbox
from core.sync.remotes import Remote, remote
from core.workspace import Workspace


def deliver(
    workspace: Workspace,
    context: JobContext,
    channel: Channel,
    kind: RemoteKind,
    flow: str,
    flows: Sequence[Flow],
) -> None:
    """Write the channel's open intents to its store or seller account, alone at that remote.

    The job is one of `flow`; `flows` are all there are, whose begun writes are brought to their end as well. Returns
    when all of the job's have ended; raises what `Lane.run` does.
    """
    writes = [writes for flow in flows for writes in flow.writes if writes.remote == kind]
    target = remote(workspace, context, channel, kind)
    lane = f"lane/{target.owner}"
    outbox = Outbox(
        workspace.database,
        target.owner,
        stored_id(channel.id),
        lane=lane,
        owner=context.owner,
        kinds=frozenset[str]().union(*(one.kinds for one in writes)),
    )
    other = f"another job that writes to {target.name}"
    if outbox.has_own():
        shared = [kind for one in writes if one.shared for kind in one.kinds]

        def work(turn: Turn) -> None:
            outbox.share(shared, other)
            _run(workspace, context, outbox, target, flow, writes, turn)

        alone(context, lane, other, work)
    else:
        pass_by(context, lane, other)


def _run(
    workspace: Workspace,
    context: JobContext,
    outbox: Outbox,
    target: Remote,
    flow: str,
    writes: Sequence[Writes],
    turn: Turn,
) -> None:
    outbox.adopt(context.job_id, flow)
    for subject, hold in outbox.hold_unknown_kinds():
        context.result(ItemResult(str(subject), "held", hold.code, hold.message, hold.fix))
    senders = [one.sender(workspace, context, outbox, target) for one in writes]
    try:
        Lane(context, outbox, senders, target.pace, workspace.writes_stopped, turn.is_over).run()
    finally:
        with workspace.database.write() as session:
            target.learned(session)
