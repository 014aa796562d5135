"""Lists of orders, in windows: first the keys of everything that matches, then the rows that are looked at.

A hundred thousand orders are listed from indexes alone; what Amazon said of an order (`raw`) is never read here. What
became of an order is not stored: `_state` defines it, once, from its link, its problem and its unsent intent.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from core.actor import Actor
from core.database import Database, plain_rows
from core.documents import NOT_SHOWN
from core.errors import UsageError
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.outbox import IS_UNSENT, OutboxIntent
from core.model.problem import Problem
from core.money import Money
from core.orders import NAME
from core.orders.mirror import is_reported
from core.orders.plan.problems import CODES
from core.people.rights import note_channel, visible_channels
from core.windows import NEWEST, Keys, ListFilter, in_order

IMPORTED = "imported"
HELD = "held"
WAITING = "waiting"
FAILED = "failed"
LEFT = "left"
STATES = (IMPORTED, HELD, WAITING, FAILED, LEFT)
"""In the store; not sent, with the reason; to be planned or sent; not as it should be; not selected by the channel."""

OLDEST, SHIP_BY, HIGHEST, LOWEST = "oldest", "ship by", "highest total", "lowest total"
SORTS: Mapping[str, Sequence[Any]] = {
    NEWEST: (col(AmazonOrder.created_at).desc(), col(AmazonOrder.id).desc()),
    OLDEST: (col(AmazonOrder.created_at), col(AmazonOrder.id)),
    SHIP_BY: (col(AmazonOrder.ship_by).nulls_last(), col(AmazonOrder.id)),
    HIGHEST: (col(AmazonOrder.total_minor).desc().nulls_last(), col(AmazonOrder.id).desc()),
    LOWEST: (col(AmazonOrder.total_minor).nulls_last(), col(AmazonOrder.id).desc()),
}
"""The orders in which orders can be listed; all of it stands in the index of the list. Totals are compared as numbers,
whatever their currency."""

_SUBJECT = "order "
_IS_OPEN = and_(col(Problem.flow) == NAME, col(Problem.resolved_at).is_(None))
_LONGEST_NUMBER = 10
"""Digits of a store order's number at most."""
_SHOWN = (
    "order_id",
    "status",
    "fulfilled_by",
    "created_at",
    "updated_at",
    "total_minor",
    "currency",
    "item_count",
    "held_by",
    "ship_by",
)


@dataclass(frozen=True)
class OrderFilter(ListFilter):
    """Which orders to list, by when they were placed, and in which of `SORTS`.

    Each word of `text` has to be part of the order's number, of one of its SKUs or of its problem's code or title, or
    to begin the number of its store order.
    """


@dataclass(frozen=True)
class OrderView:
    """One Amazon order with what became of it; `state` is one of `STATES`."""

    key: int = field(metadata=NOT_SHOWN)
    order_id: str
    channel: str
    amazon_status: str
    fulfilled_by: str
    created_at: datetime
    updated_at: datetime
    total: str
    currency: str
    items: int
    sku: str = field(metadata=NOT_SHOWN)
    """That of its first line; empty for an order without lines."""
    ship_by: datetime | None = field(metadata=NOT_SHOWN)
    """When it is to leave at the latest; None where Amazon has not said so."""
    state: str
    held_by: str
    """The operator who holds it back by hand, or empty."""
    store_order_id: int | None
    store_status: str
    code: str
    message: str
    fix: str
    store_order_ids: tuple[int, ...] = ()
    """All that it became: in a Multi-Vendor store one for each vendor."""


def order_keys(database: Database, actor: Actor, wanted: OrderFilter) -> Keys[str]:
    """Everything that matches, in the wanted order; the counts leave the code aside too.

    A vendor sees the orders of the own company's channels.
    """
    note_channel(database, actor, wanted.channel)
    scope = _scope(actor, wanted.channel)
    query = _orders(scope, col(AmazonOrder.id), _state_by_sets(scope), _with_code(scope, wanted.code))
    for word in wanted.text.split():
        query = query.where(_contains(scope, word))
    query = _between(query, wanted).order_by(*SORTS[wanted.sort])
    with database.read() as session:
        rows = plain_rows(session, query)
    counted = Counter(state for _, state, _ in rows)
    states = wanted.states or frozenset(STATES)
    keys = array("q", [key for key, state, coded in rows if coded and state in states])
    return Keys(keys, {state: counted[state] for state in STATES}, len(rows))


def newest_order_keys(database: Database, actor: Actor, channel: str, limit: int) -> array[int]:
    """The first keys of `order_keys`, of a channel or all, in a tenth of its time: no state is looked up."""
    note_channel(database, actor, channel)
    query = _orders(_scope(actor, channel), col(AmazonOrder.id)).order_by(*SORTS[NEWEST]).limit(limit)
    with database.read() as session:
        return array("q", session.connection().execute(query).scalars())


def order_rows(database: Database, actor: Actor, keys: Sequence[int]) -> list[OrderView]:
    """The orders of some keys, in that order; those that are gone or not the operator's are left out."""
    query = _details(_scope(actor)).order_by(col(OrderLink.company_id))
    with database.read() as session:

        def read(some: Sequence[int]) -> Iterator[OrderView]:
            found: dict[int, OrderView] = {}
            for row in session.connection().execute(query.where(col(AmazonOrder.id).in_(some))):
                view = found.get(row.key) or _view(row)
                more = (row.store_order_id,) if row.store_order_id else ()
                found[row.key] = replace(view, store_order_ids=(*view.store_order_ids, *more))
            return iter(found.values())

        return in_order(keys, read, lambda order: order.key)


def order_key(session: Session, channel: Channel, order_id: str) -> int | None:
    """The key of one of the channel's orders; None when it has not been read."""
    query = select(col(AmazonOrder.id)).where(of_channel(session, channel), col(AmazonOrder.order_id) == order_id)
    return session.connection().execute(query).scalar_one_or_none()


def not_read(channel: str, order_id: str) -> UsageError:
    """What to say of an order that the mirror does not have."""
    return UsageError(
        "It has not been read.", subject=f"order {order_id}", next_step=f"Run: {_read(channel, order_id)}"
    )


def only_figures_left(channel: str, order_id: str, fingerprint: str) -> UsageError:
    """What to say of an order of which the mirror has no document: it cannot be planned."""
    return UsageError(
        "It is known from Amazon's report of orders alone, which has no buyer, no address and no total."
        if is_reported(fingerprint)
        else "Its personal data was deleted when it had been kept long enough; only figures are left.",
        subject=f"order {order_id}",
        next_step=f"Read it again: {_read(channel, order_id)}",
    )


def _read(channel: str, order_id: str) -> str:
    return f"crossdock orders import --channel {channel} --order-id {order_id}"


def of_channel(session: Session, channel: Channel) -> ColumnElement[bool]:
    """Says which orders are a channel's: those of its marketplace.

    An order that does not tell its marketplace stands with the first enabled channel of its account, so that it is
    seen, and planned, once.
    """
    first = select(func.min(Channel.id)).where(col(Channel.account_id) == channel.account_id, col(Channel.enabled))
    stands_in = session.connection().execute(first).scalar_one() == channel.id
    marketplaces = [channel.marketplace_id, ""] if stands_in else [channel.marketplace_id]
    return and_(col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.marketplace_id).in_(marketplaces))


def _scope(actor: Actor, channel: str = "") -> Subquery:
    """The operator's channels, or the one of a name, with the marketplaces whose orders are theirs (`of_channel`)."""
    columns = [col(getattr(Channel, name)) for name in ("id", "name", "store_id", "account_id")]
    mine = [visible_channels(actor)]
    if channel:
        mine.append(col(Channel.name) == channel)
    first = select(func.min(Channel.id)).where(col(Channel.enabled)).group_by(col(Channel.account_id))
    return union_all(
        select(*columns, col(Channel.marketplace_id)).where(*mine),
        select(*columns, literal("").label("marketplace_id")).where(*mine, col(Channel.id).in_(first)),
    ).subquery("scope")


def _orders(scope: Subquery, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(scope)
        .join(
            AmazonOrder,
            and_(
                col(AmazonOrder.account_id) == scope.c.account_id,
                col(AmazonOrder.marketplace_id) == scope.c.marketplace_id,
            ),
        )
    )


def _between(query: Select[Any], wanted: OrderFilter) -> Select[Any]:
    placed = col(AmazonOrder.created_at)
    if wanted.since is not None:
        query = query.where(placed >= wanted.since)
    return query if wanted.before is None else query.where(placed < wanted.before)


def _state(
    is_unsent: ColumnElement[bool], has_problem: ColumnElement[bool], is_linked: ColumnElement[bool]
) -> ColumnElement[str]:
    """What became of an order; the only definition."""
    differs = or_(is_linked, ~col(AmazonOrder.dirty))
    return case(
        (is_unsent, WAITING), (and_(has_problem, differs), FAILED), (has_problem, HELD), else_=_quiet_state(is_linked)
    )


def _quiet_state(is_linked: ColumnElement[bool]) -> ColumnElement[str]:
    """The same of an order without an unsent intent or open problem."""
    return case((is_linked, IMPORTED), (col(AmazonOrder.dirty), WAITING), else_=LEFT)


def _state_by_sets(scope: Subquery) -> ColumnElement[str]:
    """The state for all orders at once: most are quiet, and the few others are found as sets."""
    key = col(AmazonOrder.id)
    intents, troubles = _with_intent(scope).cte("intents"), _with_problem(scope).cte("troubles")
    is_unsent, has_problem = key.in_(select(intents.c.id)), key.in_(select(troubles.c.id))
    is_loud = key.in_(union(select(intents.c.id), select(troubles.c.id)))
    is_linked = _linked(scope)
    return case((is_loud, _state(is_unsent, has_problem, is_linked)), else_=_quiet_state(is_linked))


def _linked(scope: Subquery) -> ColumnElement[bool]:
    return (
        select(col(OrderLink.id))
        .where(col(OrderLink.channel_id) == scope.c.id, col(OrderLink.order_id) == col(AmazonOrder.order_id))
        .exists()
    )


def _with_intent(scope: Subquery) -> Select[Any]:
    """Keys of the orders for which something is still to be written."""
    order, mine = aliased(AmazonOrder), scope.alias("unsent_in")
    return (
        select(col(order.id))
        .select_from(mine)
        .join(OutboxIntent, and_(_is_towards(mine), IS_UNSENT))
        .join(order, _is_about(order, mine, col(OutboxIntent.subject)))
    )


def _with_problem(scope: Subquery, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Keys of the orders that have an open problem."""
    order, mine = aliased(AmazonOrder), scope.alias("trouble_in")
    return (
        select(col(order.id))
        .select_from(mine)
        .join(Problem, and_(col(Problem.channel_id) == mine.c.id, _IS_OPEN))
        .join(order, _is_about(order, mine, col(Problem.subject)))
        .where(*conditions)
    )


def _is_towards(scope: Any) -> ColumnElement[bool]:
    """Whether an intent writes orders to the store of a scope."""
    remote = literal("store ") + cast(scope.c.store_id, String)
    return and_(col(OutboxIntent.remote) == remote, col(OutboxIntent.flow) == NAME)


def _first_problem(scope: Subquery, subject: Any) -> Any:
    """The problem that is shown of an order that may have several."""
    first = aliased(Problem)
    return (
        select(func.min(first.id))
        .where(
            col(first.channel_id) == scope.c.id,
            col(first.flow) == NAME,
            col(first.subject) == subject,
            col(first.resolved_at).is_(None),
        )
        .scalar_subquery()
    )


def _is_about(order: type[AmazonOrder], scope: Any, subject: Any) -> ColumnElement[bool]:
    return and_(
        col(order.account_id) == scope.c.account_id,
        col(order.order_id) == func.substr(subject, len(_SUBJECT) + 1),
    )


def _with_code(scope: Subquery, code: str) -> ColumnElement[bool]:
    if not code:
        return literal(True)
    return col(AmazonOrder.id).in_(_with_problem(scope, col(Problem.code) == code))


def _contains(scope: Subquery, word: str) -> ColumnElement[bool]:
    """Whether a word that is being typed says something of an order."""
    titled = [code.name for code in CODES if word.casefold() in code.title.casefold()]
    coded = or_(col(Problem.code).icontains(word, autoescape=True), col(Problem.code).in_(titled))
    of_items = select(col(AmazonOrderItem.order_id)).where(
        col(AmazonOrderItem.account_id).in_(select(scope.c.account_id)),
        col(AmazonOrderItem.sku).icontains(word, autoescape=True),
    )
    found = [
        col(AmazonOrder.order_id).icontains(word, autoescape=True),
        col(AmazonOrder.order_id).in_(of_items),
        col(AmazonOrder.id).in_(_with_problem(scope, coded)),
    ]
    if word.isascii() and word.isdigit():
        found.append(col(AmazonOrder.order_id).in_(_of_store_orders(scope, word)))
    return or_(*found)


def _of_store_orders(scope: Subquery, digits: str) -> Select[Any]:
    """Orders whose store order's number begins with `digits`: as ranges, which an index serves."""
    number = col(OrderLink.store_order_id)
    ranges = [
        number.between(int(digits) * 10**more, (int(digits) + 1) * 10**more - 1)
        for more in range(_LONGEST_NUMBER - len(digits))
    ]
    return select(col(OrderLink.order_id)).where(
        col(OrderLink.store_id).in_(select(scope.c.store_id)),
        col(OrderLink.channel_id).in_(select(scope.c.id)),
        or_(literal(False), *ranges),
    )


def _details(scope: Subquery) -> Select[Any]:
    """The rows as they are shown."""
    subject = literal(_SUBJECT) + col(AmazonOrder.order_id)
    is_unsent = (
        select(col(OutboxIntent.id)).where(_is_towards(scope), col(OutboxIntent.subject) == subject, IS_UNSENT).exists()
    )
    state = _state(is_unsent, col(Problem.id).is_not(None), col(OrderLink.id).is_not(None))
    return (
        _orders(
            scope,
            col(AmazonOrder.id).label("key"),
            scope.c.name.label("channel"),
            state.label("state"),
            *(getattr(AmazonOrder, name) for name in _SHOWN),
            _first_sku().label("sku"),
            col(OrderLink.store_order_id),
            col(OrderLink.store_status),
            col(Problem.code),
            col(Problem.message),
            col(Problem.fix),
        )
        .outerjoin(
            OrderLink,
            and_(col(OrderLink.channel_id) == scope.c.id, col(OrderLink.order_id) == col(AmazonOrder.order_id)),
        )
        .outerjoin(
            Problem,
            col(Problem.id) == _first_problem(scope, subject),
        )
    )


def _first_sku() -> Any:
    """The SKU of an order's first line, as Amazon counts them."""
    item = aliased(AmazonOrderItem)
    return (
        select(col(item.sku))
        .where(col(item.account_id) == col(AmazonOrder.account_id), col(item.order_id) == col(AmazonOrder.order_id))
        .order_by(col(item.id))
        .limit(1)
        .scalar_subquery()
    )


def _view(row: Any) -> OrderView:
    total = None if row.total_minor is None else Money.from_minor(row.total_minor, row.currency).amount
    return OrderView(
        key=row.key,
        order_id=row.order_id,
        channel=row.channel,
        amazon_status=row.status,
        fulfilled_by=row.fulfilled_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        total="" if total is None else str(total),
        currency=row.currency,
        items=row.item_count,
        sku=row.sku or "",
        ship_by=row.ship_by,
        state=row.state,
        held_by=row.held_by,
        store_order_id=row.store_order_id,
        store_status=row.store_status or "",
        code=row.code or "",
        message=row.message or "",
        fix=row.fix or "",
    )
