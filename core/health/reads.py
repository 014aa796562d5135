"""The queries behind Home: each answers for all channels at once, and none touches an encrypted column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    Subquery,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from core import clock
from core.actor import Actor
from core.health.views import OrderCounts
from core.model.account import App, SellerAccount
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import Job, JobState
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_UNSENT, OutboxIntent
from core.model.problem import Problem
from core.model.quota import Quota, QuotaUsage
from core.model.schedule import Schedule
from core.model.store import Store
from core.orders import MERCHANT, STREAM
from core.orders import NAME as ORDERS
from core.orders.declaration import ORDERS_IMPORT
from core.people.rights import visible_channels
from core.subjects import Owner

UNSHIPPED = ("UNSHIPPED", "PARTIALLY_SHIPPED")
_ORDER = "order "
"""How subjects of orders begin."""


@dataclass(frozen=True)
class ChannelRow:
    """The plain columns of a channel and what it hangs on; no secret is among them."""

    id: int
    name: str
    marketplace_id: str
    enabled: bool
    app_status: str
    account_id: int
    store: str
    api_mode: str
    seller_id: str
    proven_at: datetime | None
    account_state: str
    account_reason: str
    authorized_at: datetime
    client_id: str
    app_mode: str
    secret_set_at: datetime
    secret_expires_at: datetime | None
    synced_at: datetime | None


def channels(session: Session, actor: Actor) -> list[ChannelRow]:
    """The operator's channels by name, each with the end of its last import that succeeded."""
    synced_at = (
        select(col(Job.finished_at))
        .where(
            col(Job.channel_id) == Channel.id,
            col(Job.kind) == ORDERS_IMPORT.name,
            col(Job.state).in_([JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS]),
        )
        .order_by(col(Job.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            col(Channel.id),
            col(Channel.name),
            col(Channel.marketplace_id),
            col(Channel.enabled),
            col(Channel.app_status),
            col(Channel.account_id),
            col(Store.name),
            col(SellerAccount.api_mode),
            func.coalesce(SellerAccount.seller_id, ""),
            col(SellerAccount.proven_at),
            col(SellerAccount.state),
            col(SellerAccount.state_reason),
            col(SellerAccount.authorized_at),
            col(App.client_id),
            col(App.mode),
            col(App.secret_set_at),
            col(App.secret_expires_at),
            synced_at,
        )
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .join(App, col(App.id) == SellerAccount.app_id)
        .join(Store, col(Store.id) == Channel.store_id)
        .where(visible_channels(actor))
        .order_by(col(Channel.name))
    )
    return [ChannelRow(*row) for row in rows]


def watermarks(session: Session, rows: Sequence[ChannelRow]) -> dict[tuple[int, str], datetime]:
    """Up to where orders were read, by seller account and marketplace."""
    found = session.execute(
        select(col(Cursor.owner), col(Cursor.scope), col(Cursor.position)).where(
            col(Cursor.owner).in_({str(Owner.seller(row.account_id)) for row in rows}),
            col(Cursor.stream) == STREAM,
            col(Cursor.position).is_not(None),
        )
    )
    accounts = {str(Owner.seller(row.account_id)): row.account_id for row in rows}
    return {(accounts[owner], scope): position for owner, scope, position in found}


def schedules(session: Session, ids: Sequence[int]) -> dict[int, Schedule]:
    """When orders are imported by themselves, by channel."""
    query = select(Schedule).where(col(Schedule.channel_id).in_(ids), col(Schedule.stream) == STREAM)
    return {row.channel_id: row for row in session.scalars(query)}


def problems(session: Session, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Open problems by channel and code, the most frequent first."""
    count = func.count()
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for channel, code, number in session.execute(
        select(col(Problem.channel_id), col(Problem.code), count)
        .where(col(Problem.channel_id).in_(ids), col(Problem.resolved_at).is_(None))
        .group_by(col(Problem.channel_id), col(Problem.code))
        .order_by(count.desc(), col(Problem.code))
    ):
        found[channel][code] = number
    return found


def order_counts(session: Session, ids: Sequence[int]) -> dict[int, OrderCounts]:
    """Orders that wait, are held or have failed, by channel.

    The same states as in the list of orders: what is to be written waits; a problem holds an order that is still to be
    planned and is in no store; any other problem of an order is a failure; what is still to be planned waits as well.
    """
    unsent, faulty = _to_be_written(session, ids), _with_problem(session, ids)
    waiting, held = _to_be_planned(session, ids)
    return {
        channel: OrderCounts(
            waiting=unsent.get(channel, 0) + waiting.get(channel, 0),
            held=held.get(channel, 0),
            failed=faulty.get(channel, 0) - held.get(channel, 0),
        )
        for channel in ids
    }


def _to_be_written(session: Session, ids: Sequence[int]) -> dict[int, int]:
    return _by_channel(
        session,
        select(col(OutboxIntent.channel_id), func.count())
        .where(
            col(OutboxIntent.channel_id).in_(ids),
            IS_UNSENT,
            col(OutboxIntent.flow) == ORDERS,
        )
        .group_by(col(OutboxIntent.channel_id)),
    )


def _with_problem(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Orders that were read, have an open problem, and wait for no write.

    Both are asked of each problem, by the key: joined, a server that knows nothing of new tables yet (it looks at them
    about once a minute) reads all orders of the account for each problem.
    """
    was_read = exists().where(
        col(AmazonOrder.account_id) == Channel.account_id,
        col(AmazonOrder.order_id) == func.substr(Problem.subject, len(_ORDER) + 1),
    )
    is_unsent = _is_unsent(col(Channel.store_id), col(Problem.subject))
    return _by_channel(
        session,
        select(col(Problem.channel_id), func.count(col(Problem.subject).distinct()).filter(was_read, ~is_unsent))
        .join(Channel, col(Channel.id) == Problem.channel_id)
        .where(col(Problem.channel_id).in_(ids), col(Problem.resolved_at).is_(None), col(Problem.flow) == ORDERS)
        .group_by(col(Problem.channel_id)),
    )


def _to_be_planned(session: Session, ids: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Orders that are to be planned, are in no store and wait for no write: without a problem, and with one."""
    scope = _marketplaces(ids)
    subject = literal(_ORDER).concat(AmazonOrder.order_id)
    has_problem = exists().where(
        # Its owner, not its channel: so it is found by the key that a problem has.
        col(Problem.owner) == literal("channel ").concat(cast(scope.c.id, String)),
        col(Problem.flow) == ORDERS,
        col(Problem.subject) == subject,
        col(Problem.resolved_at).is_(None),
    )
    is_linked = exists().where(col(OrderLink.channel_id) == scope.c.id, col(OrderLink.order_id) == AmazonOrder.order_id)
    found = session.execute(
        select(scope.c.id, func.count(), func.count().filter(has_problem))
        .join(
            AmazonOrder,
            and_(
                col(AmazonOrder.account_id) == scope.c.account_id,
                col(AmazonOrder.marketplace_id) == scope.c.marketplace_id,
                col(AmazonOrder.dirty),
            ),
        )
        .where(~is_linked, ~_is_unsent(scope.c.store_id, subject))
        .group_by(scope.c.id)
    ).all()
    held = {channel: faulty for channel, _, faulty in found}
    waiting = {channel: number - faulty for channel, number, faulty in found}
    return waiting, held


def _marketplaces(ids: Sequence[int]) -> Subquery:
    """Each channel with the marketplaces whose orders are its own: see `core.orders.list.of_channel`."""
    columns = [col(Channel.id), col(Channel.store_id), col(Channel.account_id)]
    first = select(func.min(Channel.id)).where(col(Channel.enabled)).group_by(col(Channel.account_id))
    return union_all(
        select(*columns, col(Channel.marketplace_id)).where(col(Channel.id).in_(ids)),
        select(*columns, literal("").label("marketplace_id")).where(
            col(Channel.id).in_(ids), col(Channel.id).in_(first)
        ),
    ).subquery("scope")


def _is_unsent(store_id: SQLColumnExpression[int], subject: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether a write about an order has still to reach a store; all columns of the key of open writes, to find it."""
    return exists().where(
        col(OutboxIntent.remote) == literal("store ").concat(cast(store_id, String)),
        col(OutboxIntent.flow) == ORDERS,
        col(OutboxIntent.store_id) == store_id,
        col(OutboxIntent.subject) == subject,
        IS_UNSENT,
    )


def _by_channel(session: Session, query: Any) -> dict[int, int]:
    return dict(session.execute(query).all())


def buckets(session: Session, keys: Iterable[str]) -> dict[str, Quota]:
    """Token buckets that have been used so far, by key."""
    return {bucket.key: bucket for bucket in session.scalars(select(Quota).where(col(Quota.key).in_(keys)))}


def buckets_of(session: Session, prefixes: Iterable[str]) -> Sequence[Quota]:
    """All token buckets that have been used so far and whose keys begin with one of `prefixes`."""
    theirs = or_(false(), *(col(Quota.key).startswith(prefix, autoescape=True) for prefix in prefixes))
    return session.scalars(select(Quota).where(theirs)).all()


def usage_today(session: Session, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Calls and refusals of the present UTC day, by bucket."""
    found = session.execute(
        select(col(QuotaUsage.key), col(QuotaUsage.calls), col(QuotaUsage.refused)).where(
            col(QuotaUsage.key).in_(keys), col(QuotaUsage.day) == clock.now().date()
        )
    )
    return {key: (calls, refused) for key, calls, refused in found}


def orders_by_day(session: Session, ids: Sequence[int], since: datetime) -> dict[str, int]:
    """Orders placed since a time, by UTC day in ISO form."""
    placed = col(AmazonOrder.created_at)
    day = _day_of(session, placed)
    found = session.execute(
        select(day, func.count())
        .select_from(Channel)
        .join(
            AmazonOrder,
            and_(
                col(AmazonOrder.account_id) == Channel.account_id,
                col(AmazonOrder.marketplace_id) == Channel.marketplace_id,
                placed >= since,
            ),
        )
        .where(col(Channel.id).in_(ids))
        .group_by(day)
    )
    return dict(found.all())


def imports_by_day(session: Session, ids: Sequence[int], since: datetime) -> dict[tuple[int, str], int]:
    """Orders that came into the store since a time, by channel and UTC day in ISO form."""
    day = _day_of(session, col(OrderLink.linked_at))
    found = session.execute(
        select(col(OrderLink.channel_id), day, func.count())
        .where(col(OrderLink.channel_id).in_(ids), col(OrderLink.linked_at) >= since)
        .group_by(col(OrderLink.channel_id), day)
    )
    return {(channel, when): number for channel, when, number in found}


def imported(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Orders in the store, by channel."""
    return _by_channel(
        session,
        select(col(OrderLink.channel_id), func.count())
        .where(col(OrderLink.channel_id).in_(ids))
        .group_by(col(OrderLink.channel_id)),
    )


def to_ship(session: Session, ids: Sequence[int], since: datetime, until: datetime) -> int:
    """Orders placed since a time, in the store, that a merchant has to hand over before `until`."""
    is_linked = exists().where(col(OrderLink.channel_id) == Channel.id, col(OrderLink.order_id) == AmazonOrder.order_id)
    found = session.execute(
        select(func.count())
        .select_from(Channel)
        .join(
            AmazonOrder,
            and_(
                col(AmazonOrder.account_id) == Channel.account_id,
                col(AmazonOrder.marketplace_id) == Channel.marketplace_id,
                col(AmazonOrder.created_at) >= since,
                col(AmazonOrder.ship_by) < until,
            ),
        )
        .where(
            col(Channel.id).in_(ids),
            col(AmazonOrder.fulfilled_by) == MERCHANT,
            col(AmazonOrder.status).in_(UNSHIPPED),
            is_linked,
        )
    )
    return int(found.scalar_one())


def _day_of(session: Session, timestamp: SQLColumnExpression[datetime]) -> ColumnElement[str]:
    """The UTC day of a timestamp in ISO form."""
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(timestamp, 1, len("2026-01-31"), type_=String)
    return func.to_char(func.timezone("UTC", timestamp), "YYYY-MM-DD", type_=String)


def usage_by_day(session: Session, accounts: Iterable[str], since: date) -> dict[date, tuple[int, int]]:
    """Calls and refusals since a day of the buckets whose keys begin with one of `accounts`."""
    theirs = or_(false(), *(col(Quota.key).startswith(account, autoescape=True) for account in accounts))
    found = session.execute(
        select(col(QuotaUsage.day), func.sum(QuotaUsage.calls), func.sum(QuotaUsage.refused))
        .where(col(QuotaUsage.key).in_(select(col(Quota.key)).where(theirs)), col(QuotaUsage.day) >= since)
        .group_by(col(QuotaUsage.day))
    )
    return {day: (int(calls), int(refused)) for day, calls, refused in found}
