"""Orders of an earlier life: the database may be older than the store (a restored backup, a new home)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from sqlmodel import Session, col, update

from core import clock
from core.cscart import orders as api
from core.cscart.transport import StoreClient
from core.jobs.context import JobContext
from core.model.outbox import UNKNOWN, WAITING, OutboxIntent
from core.orders import CREATE_KIND
from core.orders.checkpoint import Checkpoint
from core.orders.deliver import CREATE
from core.orders.evidence import Evidence
from core.orders.links import has_links, unsent_days
from core.orders.plan.store_order import MARKER_DOMAIN
from core.sync.outbox import Outbox

_AT_ONCE = 500


def find_earlier(context: JobContext, outbox: Outbox, client: StoreClient, email_filter: bool) -> None:
    """Let what the store has already be looked at instead of being made again; once per job, and for what it shares.

    One call per 500 marked orders of the days in question; a channel without any link looks through all of them.
    """
    known = context.state(Checkpoint)
    new = {job: one for job, one in outbox.sharing.items() if one.last > known.looked_to.get(job, 0)}
    channels = {one.channel_id for one in new.values()} | (set() if known.looked_for_earlier else {outbox.channel_id})
    if not channels:
        return
    with context.database.read() as session:
        is_new = not all(has_links(session, channel_id) for channel_id in channels)
        days = unsent_days(session, channels, CREATE_KIND)
    if days is not None:
        found = api.marked(client, MARKER_DOMAIN, filtered=email_filter, window=None if is_new else days)
        own = _look_up_first(outbox, channels, [f"order {marker.upper()}" for marker in found])
        if own:
            context.event(f"{own} orders seem to be in the store already; looking at each.", level="warning")
    looked_to = known.looked_to | {job: one.last for job, one in new.items()}
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), looked_for_earlier=True, looked_to=looked_to))


def _look_up_first(outbox: Outbox, channels: Set[int], subjects: Sequence[str]) -> int:
    """Let waiting creations about these subjects be looked up before they are sent; returns how many are its own.

    What this database never sent was made by an earlier life, and people may have worked on it since.
    """

    own = channels & {outbox.channel_id}

    def mark(session: Session) -> int:
        marked = 0
        for start in range(0, len(subjects), _AT_ONCE):
            some = subjects[start : start + _AT_ONCE]
            marked += _mark(session, outbox, own, some)
            _mark(session, outbox, channels - own, some)
        return marked

    return outbox.write(mark)


def _mark(session: Session, outbox: Outbox, channels: Set[int], subjects: Sequence[str]) -> int:
    if not channels:
        return 0
    waiting = (
        col(OutboxIntent.remote) == str(outbox.remote),
        col(OutboxIntent.channel_id).in_(channels),
        col(OutboxIntent.kind) == CREATE_KIND,
        col(OutboxIntent.state) == WAITING,
        col(OutboxIntent.step) == "",
        col(OutboxIntent.subject).in_(subjects),
    )
    look_up = {"state": UNKNOWN, "step": CREATE}
    foreign = look_up | {"sent_at": clock.now(), "evidence": Evidence(adopted=True).to_json()}
    never_sent = (*waiting, col(OutboxIntent.attempts) == 0)
    first = session.exec(update(OutboxIntent).where(*never_sent).values(**foreign))
    rest = session.exec(update(OutboxIntent).where(*waiting).values(**look_up))
    return int(first.rowcount) + int(rest.rowcount)
