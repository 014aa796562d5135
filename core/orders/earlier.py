"""Orders of an earlier life: the database may be older than the store (a restored backup, a new home)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    if context.state(Checkpoint).looked_for_earlier and len(outbox.channels) == 1:
        return
    with context.database.read() as session:
        is_new = not all(has_links(session, channel_id) for channel_id in outbox.channels)
        days = unsent_days(session, outbox.channels, CREATE_KIND)
    if days is not None:
        known = api.marked(client, MARKER_DOMAIN, filtered=email_filter, window=None if is_new else days)
        found = _look_up_first(outbox, [f"order {marker.upper()}" for marker in known])
        if found:
            context.event(f"{found} orders seem to be in the store already; looking at each.", level="warning")
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), looked_for_earlier=True))


def _look_up_first(outbox: Outbox, subjects: Sequence[str]) -> int:
    """Let waiting creations about these subjects be looked up before they are sent; returns how many are its own.

    What this database never sent was made by an earlier life, and people may have worked on it since.
    """

    def mark(session: Session) -> int:
        starts = range(0, len(subjects), _AT_ONCE)
        return sum(_mark(session, outbox, subjects[start : start + _AT_ONCE]) for start in starts)

    return outbox.write(mark)


def _mark(session: Session, outbox: Outbox, subjects: Sequence[str]) -> int:
    of_others = outbox.channels - {outbox.channel_id}
    if of_others:
        _mark_of(session, outbox, of_others, subjects)
    return _mark_of(session, outbox, {outbox.channel_id}, subjects)


def _mark_of(session: Session, outbox: Outbox, channels: Collection[int], subjects: Sequence[str]) -> int:
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
