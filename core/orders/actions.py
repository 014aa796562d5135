"""Use cases around orders: ask for imports, list, hold, release, retry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select, update

from core import clock
from core.actor import Actor
from core.amazon.orders import HISTORY
from core.database import upsert
from core.errors import ItemsRefused, UsageError
from core.jobs.requests import Requested, request
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import JobItem
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, OutboxIntent
from core.orders import NAME, RETURNS
from core.orders.backfill_document import document
from core.orders.declaration import ORDERS_IMPORT, ORDERS_PURGE, ORDERS_RECONCILE
from core.orders.document import STATUSES as AMAZON_STATUSES
from core.orders.forecast import is_range
from core.orders.list import (
    STATES,
    OrderFilter,
    OrderView,
    not_read,
    of_channel,
    only_figures_left,
    order_keys,
    order_rows,
)
from core.orders.plan import problems
from core.orders.plan.rules import INTO_STORE, MIRROR_ONLY
from core.orders.plan_only import answered, expected
from core.people.audit import record
from core.people.rights import require_channel
from core.subjects import Owner, Subject
from core.sync.channel_job import require_enabled, require_usable
from core.sync.codes import Code
from core.sync.decisions import Hold
from core.sync.outbox import withdraw
from core.sync.problems import open_codes, raise_problems, resolve_problems
from core.timestamps import timestamp
from core.workspace import Workspace

_MOST_NAMED = 1_000
"""Orders that one request may name."""


def import_orders(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    created_from: str | None = None,
    created_to: str | None = None,
    statuses: Sequence[str] = (),
    order_ids: Sequence[str] = (),
    history: str | None = None,
    plan_only: bool = False,
    direct: bool = False,
) -> Requested:
    """Ask for an import; without a range it is the incremental stream. Times are ISO 8601 with a zone.

    `history`, which only a range has, is what becomes of orders for which nothing is left to be done: "mirror" or
    "store"; None leaves it to the channel's rules. With `plan_only` a range is answered by an ended job with its plan,
    at once and without a call; of anything else it reads and plans, and writes nothing.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    params = _range(created_from, created_to, history)
    if order_ids and params:
        raise UsageError(
            "--order-id does not go with --from and --to.",
            fields={"order_ids": "single orders do not go with a range of dates"},
        )
    if statuses:
        params["statuses"] = sorted({_status(status) for status in statuses})
    if order_ids:
        params["order_ids"] = sorted(dict.fromkeys(order_id.strip() for order_id in order_ids))
    if plan_only:
        params["plan_only"] = True
        if is_range(params):
            return answered(workspace, actor, channel, params)
    return request(workspace.database, actor, ORDERS_IMPORT, channel, params, direct=direct)


def expected_import(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    created_from: str | None = None,
    created_to: str | None = None,
    statuses: Sequence[str] = (),
    history: str | None = None,
) -> dict[str, Any]:
    """What an import of a range will take, as the document of its job has it; asks Amazon for nothing."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    params = _range(created_from, created_to, history)
    params["statuses"] = sorted({_status(status) for status in statuses})
    return document(expected(workspace, channel, params))


def _range(created_from: str | None, created_to: str | None, history: str | None) -> dict[str, Any]:
    """Parameters of a range; none without one."""
    start, end = timestamp("--from", created_from), timestamp("--to", created_to)
    if start and end and start > end:
        raise UsageError("--from is after --to.", fields={"to": "it is before the first date"})
    params = _bounds(start, end) if start or end else {}
    return params if history is None else {**params, "history": _history(history, with_range=bool(params))}


def _history(word: str, *, with_range: bool) -> str:
    if word not in (MIRROR_ONLY, INTO_STORE):
        raise UsageError(
            f"--history: unknown {word!r}.",
            next_step=f"Known are {MIRROR_ONLY} and {INTO_STORE}.",
            fields={"history": f"it is {MIRROR_ONLY} or {INTO_STORE}"},
        )
    if not with_range:
        raise UsageError(
            "--history goes with --from or --to.",
            fields={"history": "it goes with a range of dates"},
        )
    return word


def _bounds(start: datetime | None, end: datetime | None) -> dict[str, Any]:
    latest = clock.now() - timedelta(minutes=2, seconds=30)
    earliest = clock.now() - HISTORY
    if start and start < earliest:
        raise UsageError(
            f"--from is more than {HISTORY.days} days ago; Amazon keeps orders for two years.",
            next_step=f"The earliest possible is {earliest.date().isoformat()}.",
            fields={"from": f"it is more than {HISTORY.days} days ago"},
        )
    if start and start > latest:
        raise UsageError(
            "--from is in the future.",
            next_step="Amazon shows orders two minutes after they are made.",
            fields={"from": "it is in the future"},
        )
    params = {"from": start.isoformat()} if start else {"earliest": earliest.isoformat()}
    # Amazon refuses an upper bound that is not two minutes old; without one it uses its own clock.
    if end and end < latest:
        params["to"] = end.isoformat()
    return params


def reconcile(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    placed_from: str | None = None,
    placed_to: str | None = None,
    direct: bool = False,
) -> Requested:
    """Ask for a comparison with Amazon's report of all orders; without a range of the last 60 days."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    params = _range(placed_from, placed_to, None)
    return request(workspace.database, actor, ORDERS_RECONCILE, channel, params, direct=direct)


def purge_orders(workspace: Workspace, actor: Actor, channel_name: str, *, direct: bool = False) -> Requested:
    """Ask for the deletion of the personal data whose time is over; no remote is asked, so any channel will do."""
    channel = require_channel(workspace.database, actor, channel_name)
    return request(workspace.database, actor, ORDERS_PURGE, channel, {}, direct=direct)


def list_orders(
    workspace: Workspace,
    actor: Actor,
    channel_name: str | None = None,
    *,
    states: Sequence[str] = (),
    code: str = "",
    text: str = "",
    placed_from: str | None = None,
    placed_to: str | None = None,
    limit: int | None = None,
) -> list[OrderView]:
    """The orders of a channel, or of all, that were read, newest first. Times are ISO 8601 with a zone."""
    for state in states:
        if state not in STATES:
            raise UsageError(f"Unknown order state {state!r}.", next_step=f"Known are {', '.join(STATES)}.")
    if channel_name is not None:
        require_channel(workspace.database, actor, channel_name)
    since, until = timestamp("--from", placed_from), timestamp("--to", placed_to)
    wanted = OrderFilter(
        text=text,
        states=frozenset(states),
        channel=channel_name or "",
        code=code,
        since=since,
        before=until and until + timedelta(microseconds=1),
    )
    keys = order_keys(workspace.database, actor, wanted).keys
    return order_rows(workspace.database, actor, keys if limit is None else keys[:limit])


def hold(workspace: Workspace, actor: Actor, channel_name: str, order_ids: Sequence[str]) -> list[OrderView]:
    """Keep orders back from the store until they are released; all of them or none.

    Raises ItemsRefused for orders that are in the store already, are being sent to it, or have not been read.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.write() as session:
        found = _read_orders(session, channel, order_ids)
        _refuse_linked(session, channel, found)
        subjects = [Subject("order", order_id) for order_id in found]
        waited = _unsent(session, channel, subjects)
        left = withdraw(session, channel, Owner.store(channel.store_id), NAME, subjects)
        _refuse({Subject.parse(intent.subject).id: _on_its_way(intent.subject) for intent in left})
        holds = {one: problems.held_by_hand(actor.name, channel.name, one.id) for one in subjects}
        _set(session, found.values(), held_by=actor.name, dirty=True)
        raise_problems(session, _owner(channel), NAME, {subject: [hold] for subject, hold in holds.items()})
        # A job that would have sent them tells that they are held.
        results = [
            {"job_id": job_id, "subject": str(subject), "result": "held", **_as_item(holds[subject])}
            for subject, job_id in waited
        ]
        upsert(session, JobItem, results, keys=["job_id", "subject"], update=["result", "code", "message", "fix"])
        for order_id in found:
            record(session, actor, "order.hold", f"order {order_id}", channel=channel.name)
        keys = [row.id for row in found.values()]
    return order_rows(workspace.database, actor, keys)


def release(
    workspace: Workspace, actor: Actor, channel_name: str, order_ids: Sequence[str], *, direct: bool = False
) -> Requested:
    """Let orders go that were held by hand; they are planned again by the job that is returned."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_enabled(channel)
    with workspace.database.write() as session:
        found = _read_orders(session, channel, order_ids)
        _refuse({order_id: _not_held(order_id) for order_id, row in found.items() if not row.held_by})
        for order_id in found:
            record(session, actor, "order.release", f"order {order_id}", channel=channel.name)
        _set(session, found.values(), held_by="", dirty=True)
        resolve_problems(session, _owner(channel), NAME, [Subject("order", order_id) for order_id in found])
    return replan(workspace, actor, channel, list(found), direct=direct)


def retry(
    workspace: Workspace, actor: Actor, channel_name: str, order_ids: Sequence[str], *, direct: bool = False
) -> Requested:
    """Plan orders again from what was read of them; one that differs in the store is made exact."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_enabled(channel)
    with workspace.database.write() as session:
        found = _read_orders(session, channel, order_ids, told=(problems.NOT_ANONYMISED, problems.ORDER_REFUNDED))
        gone = [Subject("order", order_id) for order_id, row in found.items() if row.purged]
        resolve_problems(session, _owner(channel), NAME, gone, (problems.NOT_ANONYMISED.name,))
        resolve_problems(session, _owner(channel), RETURNS, [Subject("order", order_id) for order_id in found])
        _set(session, [row for row in found.values() if not row.purged], dirty=True)
        for order_id in found:
            record(session, actor, "order.retry", f"order {order_id}", channel=channel.name)
    return replan(workspace, actor, channel, list(found), direct=direct)


def read_again(
    workspace: Workspace, actor: Actor, channel_name: str, order_ids: Sequence[str], *, direct: bool = False
) -> Requested:
    """Read orders by their numbers, because what was known of them is deleted."""
    return import_orders(workspace, actor, channel_name, order_ids=order_ids, direct=direct)


def replan(
    workspace: Workspace, actor: Actor, channel: Channel, order_ids: Sequence[str], *, direct: bool = False
) -> Requested:
    """Ask for orders to be planned without reading them from Amazon again.

    Very many are not named one by one: then everything of the channel that waits is planned. The caller has checked
    the actor's rights.
    """
    named = sorted(set(order_ids))
    params = {"replan": named if len(named) <= _MOST_NAMED else []}
    return request(workspace.database, actor, ORDERS_IMPORT, channel, params, direct=direct)


def _read_orders(
    session: Session, channel: Channel, order_ids: Sequence[str], *, told: Sequence[Code] = ()
) -> dict[str, Row[Any]]:
    """Key, number and holder of each order; raises ItemsRefused for those not read, or of which figures are left.

    Orders with an open problem of a code in `told` may be such.
    """
    wanted = list(dict.fromkeys(order_id.strip() for order_id in order_ids))
    if not 1 <= len(wanted) <= _MOST_NAMED:
        raise UsageError(f"Name one to {_MOST_NAMED} orders.")
    query: Any = select_columns(
        col(AmazonOrder.id).label("id"),
        col(AmazonOrder.order_id),
        col(AmazonOrder.held_by),
        col(AmazonOrder.raw).is_(None).label("purged"),
        col(AmazonOrder.fingerprint),
    ).where(of_channel(session, channel), col(AmazonOrder.order_id).in_(wanted))
    found: dict[str, Row[Any]] = {row.order_id: row for row in session.connection().execute(query)}
    _refuse({order_id: not_read(channel.name, order_id) for order_id in wanted if order_id not in found})
    purged = [order_id for order_id in wanted if found[order_id].purged]
    if told:
        names = {code.name for code in told}
        purged = [one for one in purged if not names & _open_codes(session, channel, one)]
    left = {order_id: found[order_id].fingerprint for order_id in purged}
    _refuse({order_id: only_figures_left(channel.name, order_id, known) for order_id, known in left.items()})
    return {order_id: found[order_id] for order_id in wanted}


def _open_codes(session: Session, channel: Channel, order_id: str) -> frozenset[str]:
    subject = Subject("order", order_id)
    return frozenset().union(*(open_codes(session, _owner(channel), flow, subject) for flow in (NAME, RETURNS)))


def _refuse_linked(session: Session, channel: Channel, found: Iterable[str]) -> None:
    links = session.exec(
        select(OrderLink).where(col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_(list(found)))
    ).all()
    _refuse({link.order_id: _in_the_store(link) for link in links})


def _refuse(reasons: Mapping[str, UsageError]) -> None:
    if reasons:
        raise ItemsRefused(reasons)


def _in_the_store(link: OrderLink) -> UsageError:
    what = f"It is in the store already, as order {link.store_order_id}."
    return UsageError(what, subject=f"order {link.order_id}", next_step="Change it in the store.")


def _on_its_way(subject: str) -> UsageError:
    how = "Let it arrive, then change it in the store."
    return UsageError("It is on its way into the store.", subject=subject, next_step=how)


def _not_held(order_id: str) -> UsageError:
    return UsageError("Nobody holds it back by hand.", subject=f"order {order_id}")


def _unsent(session: Session, channel: Channel, subjects: Sequence[Subject]) -> list[tuple[Subject, int]]:
    """Subject and job of the open intents about orders."""
    query = select(OutboxIntent.subject, OutboxIntent.job_id).where(
        col(OutboxIntent.remote) == str(Owner.store(channel.store_id)),
        col(OutboxIntent.flow) == NAME,
        col(OutboxIntent.subject).in_([str(subject) for subject in subjects]),
        IS_OPEN,
    )
    return [(Subject.parse(subject), job_id) for subject, job_id in session.exec(query) if job_id is not None]


def _owner(channel: Channel) -> Owner:
    return Owner.channel(stored_id(channel.id))


def _set(session: Session, rows: Iterable[Row[Any]], **values: Any) -> None:
    session.exec(update(AmazonOrder).where(col(AmazonOrder.id).in_([row.id for row in rows])).values(**values))


def _as_item(hold: Hold) -> dict[str, str]:
    return {"code": hold.code, "message": hold.message, "fix": hold.fix}


def _status(text: str) -> str:
    status = text.strip().upper()
    if status not in AMAZON_STATUSES:
        known = ", ".join(AMAZON_STATUSES)
        raise UsageError(f"--status: unknown order status {text!r}.", next_step=f"Known are {known}.")
    return status
