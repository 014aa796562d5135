"""The job `orders.purge`: deletes the personal data of orders whose time is over; their figures stay.

Personal data is in the mirror (`raw`) and in what still waits to be written to the store. An order of which something
is still to be made is taken out of the outbox; where all its store orders are known the intent goes on without the
address, which it needs no more. One whose creation was never answered is given up: should it be in the store, the next
creation of this order finds it there by its mark.

A channel's job sees to the orders of its marketplace, and to those of marketplaces where its seller has no channel. It
asks no remote, so it runs for channels that are disabled too. A clock that jumped deletes nothing before it has proved
itself, see `core.clockwatch`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session, col, literal, not_, or_, select, update

from core import clock
from core.clockwatch import ClockWatch
from core.database import Database
from core.errors import ConfigurationError
from core.jobs.context import ItemResult, JobContext
from core.jobs.idle import forget_idle
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, OutboxIntent
from core.orders import CREATE_KIND, NAME, STATUS_KIND
from core.orders.evidence import evidence
from core.orders.kept import READ_LATE, is_over
from core.orders.parts import in_parts, number, parts
from core.orders.plan import problems
from core.orders.plan.anonymous import WITHOUT_BUYER
from core.subjects import Owner, Subject
from core.sync.problems import raise_problems
from core.words import counted
from core.workspace import Workspace

_AT_ONCE = 500


class _Due(NamedTuple):
    """An order whose personal data is deleted now."""

    key: int
    account_id: int
    order_id: str
    marketplace_id: str
    waits: bool
    """It is still to be planned."""

    @property
    def subject(self) -> Subject:
        """As intents and problems name it."""
        return Subject("order", self.order_id)


def purge_orders(workspace: Workspace, context: JobContext) -> None:
    """Run the job; nothing is left to go on with when it is cut off."""
    database = workspace.database
    with database.read() as session:
        channel = session.get(Channel, session.get_one(Job, context.job_id).channel_id)
    if channel is None:
        raise ConfigurationError("Its channel was deleted.", next_step="Start such a job for another channel.")
    forget_idle(context, channel)
    if doubt := ClockWatch(database).look():
        context.event(str(doubt), level="warning")
        return

    def note(orders: Sequence[Subject]) -> None:
        for subject in orders:
            context.result(ItemResult(str(subject), "updated"))
        context.check()

    if emptied := purge(database, channel, note):
        context.event(f"Deleted the personal data of {counted(emptied, 'order')}.")


def purge(
    database: Database, channel: Channel, note: Callable[[Sequence[Subject]], object] = lambda orders: None
) -> int:
    """Delete what is due, and `note` of which orders; returns of how many."""
    emptied = 0
    while True:
        with database.write() as session:
            due = _due(session, channel)
            _empty(session, due)
        emptied += len(due)
        note([one.subject for one in due])
        if len(due) < _AT_ONCE:
            database.let_go()
            return emptied


def _due(session: Session, channel: Channel) -> list[_Due]:
    to_be_written = select(OutboxIntent.subject).where(col(OutboxIntent.flow) == NAME, IS_OPEN)
    waits = or_(col(AmazonOrder.dirty), (literal("order ") + col(AmazonOrder.order_id)).in_(to_be_written))
    marketplace, served = col(AmazonOrder.marketplace_id), select(Channel.marketplace_id)
    nobodys = marketplace.not_in(served.where(col(Channel.account_id) == channel.account_id))
    query: Any = (
        select(AmazonOrder)
        .where(
            col(AmazonOrder.account_id) == channel.account_id,
            or_(marketplace == channel.marketplace_id, nobodys),
            col(AmazonOrder.raw).is_not(None),
            is_over(session),
            or_(not_(waits), col(AmazonOrder.seen_at) < clock.now() - READ_LATE),
        )
        .limit(_AT_ONCE)
    )
    columns = (getattr(AmazonOrder, name) for name in ("id", "account_id", "order_id", "marketplace_id", "dirty"))
    return [_Due(*row) for row in session.connection().execute(query.with_only_columns(*columns))]


def _empty(session: Session, due: Sequence[_Due]) -> None:
    of_account: dict[int, list[_Due]] = defaultdict(list)
    for one in due:
        of_account[one.account_id].append(one)
    session.exec(
        update(AmazonOrder).where(col(AmazonOrder.id).in_([one.key for one in due])).values(raw=None, dirty=False)
    )
    for account_id, some in of_account.items():
        for channel in session.exec(select(Channel).where(col(Channel.account_id) == account_id)).all():
            lost = {one.subject for one in some if one.waits and one.marketplace_id == channel.marketplace_id}
            lost |= _empty_outbox(session, channel, some)
            holds = {subject: [problems.deleted(channel.name, subject.id)] for subject in lost}
            raise_problems(session, Owner.channel(stored_id(channel.id)), NAME, holds)
            _forget_digests(session, channel, some)


def _empty_outbox(session: Session, channel: Channel, due: Sequence[_Due]) -> set[Subject]:
    """The same for what waits for the store; returns the orders that will not get there, or not whole."""
    intents = session.exec(
        select(OutboxIntent).where(
            col(OutboxIntent.remote) == str(Owner.store(channel.store_id)),
            col(OutboxIntent.flow) == NAME,
            col(OutboxIntent.channel_id) == channel.id,
            col(OutboxIntent.subject).in_([str(one.subject) for one in due]),
            col(OutboxIntent.kind).in_([CREATE_KIND, STATUS_KIND]),
            IS_OPEN,
        )
    ).all()
    lost = set()
    for intent in intents:
        if intent.kind == STATUS_KIND:
            intent.content = in_parts([{**one, "filled": None} for one in parts(intent)])
        elif _is_made(intent):
            intent.content = in_parts([{**one, **WITHOUT_BUYER} for one in parts(intent)])
        else:
            session.delete(intent)
            lost.add(Subject.parse(intent.subject))
            continue
        session.add(intent)
    return lost


def _is_made(intent: OutboxIntent) -> bool:
    """Whether all store orders are there that it is still to bring about."""
    try:
        at = evidence(intent).part
        return number(intent) is not None and all(one.get("store_order_id") for one in parts(intent)[at + 1 :])
    except (LookupError, ValueError):  # of a later version
        return False


def _forget_digests(session: Session, channel: Channel, due: Sequence[_Due]) -> None:
    """Nothing is written to these store orders any more, but by whoever makes them anonymous: that asks how they were
    left. Digests of names and addresses can be guessed."""
    if channel.settings.get("anonymise_orders"):
        return
    session.exec(
        update(OrderLink)
        .where(col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_([one.order_id for one in due]))
        .values(left_as="")
    )
