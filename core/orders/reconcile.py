"""The job `orders.reconcile`: Amazon's own report of all orders against the mirror, and what was missed is fetched.

searchOrders has left orders out that getOrder gives out, for days or for ever. A report tells of all orders of a seller
and region, whatever marketplaces were asked for: so there is one for each thirty days, which the jobs of all channels
of the seller share. What the mirror lacks, or has in another status, is read one by one, and then planned and
delivered like any other order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, not_, select

from core import clock
from core.amazon import marketplaces
from core.amazon.processing import FATAL
from core.amazon.reports import ReportRequest
from core.amazon.tokens import Revoked, SecretRefused
from core.amazon.transport import AmazonClient
from core.errors import AuthorizationError, RemoteError
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import READ
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobItem
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.orders import NAME, RECONCILE_STREAM
from core.orders.checkpoint import Checkpoint
from core.orders.declaration import ORDERS_IMPORT
from core.orders.flow import of_known_edition
from core.orders.forecast import Range, is_range
from core.orders.plan import problems
from core.orders.plan.rules import MIRROR_ONLY
from core.orders.planning import plan_orders
from core.orders.pull import OVERLAP, first_timestamp, position_of, pull_single
from core.orders.report_rows import BY_ORDER_DATE, LONGEST, BadRow, ReportOrder, read_orders
from core.orders.reported import only_reported
from core.orders.returns import BY_RETURN_DATE, Refund, note, read_refunds
from core.state import State
from core.subjects import Owner, Subject
from core.sync.channel_job import amazon, begin, parking
from core.sync.cursors import cursor
from core.sync.problems import raise_problems, resolve_problems
from core.sync.reports import fetched
from core.words import counted
from core.workspace import Workspace

DAYS = timedelta(days=60)
"""Before the present, where no range is asked for."""
SHARED = timedelta(hours=2)
"""For so long the reports that a job of one channel has asked for serve the seller's other channels, once each."""
_AT_ONCE = 500
_JAPAN = next(one.id for one in marketplaces.MARKETPLACES if one.country == "JP")
T = TypeVar("T")


@dataclass(frozen=True)
class Reconciling(State):
    """How far the job is; reports are asked for by bounds that stay the same when it comes back."""

    windows: tuple[tuple[datetime, datetime], ...] = ()
    marketplaces: tuple[str, ...] = ()
    compared: int = 0
    """Windows that are done."""
    orders: int = 0
    """Orders of the channel in their reports."""
    missing: tuple[str, ...] = ()
    other_status: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    """Of an earlier job, to be planned again."""
    missed: int = 0
    """Missing ones that an import should have read."""
    unmade: str = ""
    """Why a report could not be had; the others were compared all the same."""
    returns: bool = False
    """Whether the report of returns was read, or is not to be had."""

    @property
    def concerned(self) -> tuple[str, ...]:
        """The orders that the job is about."""
        return (*self.missing, *self.other_status, *self.again)


def reconcile_orders(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands. Raises RemoteError at its end when Amazon could not make a report."""
    begun = begin(workspace, context)
    channel = begun.channel
    if not context.state(Checkpoint).pulled:
        with parking(workspace, channel):
            client = amazon(workspace, context, channel)
            _compare(context, client, channel)
            _fetch(context, client, channel)
    known = context.state(Reconciling)
    if known.concerned:
        store = of_known_edition(workspace, begun.store)
        if not context.state(Checkpoint).planned:
            plan_orders(workspace, context, channel, store, only=known.concerned)
            _count_changes(context, known)
        context.deliver(channel, "store")
    if known.unmade:
        raise RemoteError(known.unmade, subject="Amazon", next_step="All else was compared. Run it again in an hour.")


# -- reports ----------------------------------------------------------------------------------------------------------


def _compare(context: JobContext, client: AmazonClient, channel: Channel) -> None:
    """Compare the report of each window that is left with the mirror."""
    if "replan" in context.params:
        with context.database.read() as session:
            known_ids = _mirrored(session, channel, context.params["replan"])
        missing = [order_id for order_id in context.params["replan"] if order_id not in known_ids]
        context.keep(Reconciling(missing=tuple(missing), again=tuple(known_ids)))
        return
    if not context.state(Reconciling).windows:
        with context.database.write() as session:
            context.save(session, _begun(session, context, channel))
    while (known := context.state(Reconciling)).compared < len(known.windows):
        start, end = known.windows[known.compared]
        wanted = ReportRequest(BY_ORDER_DATE, known.marketplaces, start=start, end=end)
        try:
            with fetched(context, client, channel.account_id, wanted, recent=SHARED) as report:
                orders = read_orders(report, japanese=_JAPAN in known.marketplaces) if report else iter(())
                known = _compared(context, channel, known, orders)
        except RemoteError as error:
            if error.code != FATAL:
                raise
            context.event(str(error), level="error")
            known = replace(known, unmade=error.what)
        with context.database.write() as session:
            context.save(session, replace(known, compared=known.compared + 1))
    _read_returns(context, client, channel)
    known = context.state(Reconciling)
    context.seen(known.orders - len(known.concerned))
    rest = f"{known.missed:,} had been missed, {len(known.other_status):,} had another status."
    level = "warning" if known.missed else "info"
    context.event(f"Amazon's reports tell of {counted(known.orders, 'order')}: {rest}", level=level)


def _read_returns(context: JobContext, client: AmazonClient, channel: Channel) -> None:
    """Note what Amazon has refunded; of a range nothing, for returns come long after the orders were placed."""
    known = context.state(Reconciling)
    by_amazon = channel.settings.get("fulfilment") == "amazon"  # the report is of the merchant's parcels
    if known.returns or by_amazon or is_range(context.params):
        return
    start, end = known.windows[0][0], known.windows[-1][1]
    wanted = ReportRequest(BY_RETURN_DATE, known.marketplaces, start=start, end=end)
    refunds: dict[str, list[Refund]] = {}
    try:
        with fetched(context, client, channel.account_id, wanted, recent=SHARED) as report:
            refunds = read_refunds(report) if report else {}
    except (Revoked, SecretRefused):
        raise
    except (AuthorizationError, RemoteError) as error:  # all else goes on, and the next night comes
        context.event(f"What was refunded is not known. {error}", level="warning")
    with context.database.write() as session:
        note(session, context, channel, refunds)
        context.save(session, replace(known, returns=True))


def _begun(session: Session, context: JobContext, channel: Channel) -> Reconciling:
    params = context.params
    if params.get("from") or params.get("to"):
        end = datetime.fromisoformat(params["to"]) if params.get("to") else clock.now().replace(microsecond=0)
        start = datetime.fromisoformat(params["from"]) if params.get("from") else end - DAYS
    else:
        end = _shared_end(session, channel)
        start = end - DAYS
    enabled = select(Channel.marketplace_id).where(col(Channel.account_id) == channel.account_id, col(Channel.enabled))
    windows = []
    while start < end:
        windows.append((start, min(start + LONGEST, end)))
        start += LONGEST
    return Reconciling(tuple(windows), tuple(sorted({*session.exec(enabled), channel.marketplace_id})))


def _shared_end(session: Session, channel: Channel) -> datetime:
    """The present, or where the reports end that another channel of the seller has just used and this one has not."""
    now = clock.now().replace(microsecond=0)
    owner = Owner.seller(channel.account_id)
    mine = cursor(session, owner, RECONCILE_STREAM, str(channel.id))
    others = select(Channel.id).where(col(Channel.account_id) == channel.account_id, col(Channel.id) != channel.id)
    ends = [cursor(session, owner, RECONCILE_STREAM, str(key)).position for key in session.exec(others)]
    earliest = max(filter(None, (mine.position and mine.position + timedelta(seconds=1), now - SHARED)))
    end = max((end for end in ends if end and earliest <= end <= now), default=now)
    mine.position = end
    session.add(mine)
    return end


# -- comparing --------------------------------------------------------------------------------------------------------


def _compared(
    context: JobContext, channel: Channel, known: Reconciling, found: Iterator[ReportOrder | BadRow]
) -> Reconciling:
    """The same with what one report says."""
    context.phase(READ, "order")
    bad = 0
    missing, other_status = dict.fromkeys(known.missing), dict.fromkeys(known.other_status)
    with context.database.read() as session:
        since = None if context.params.get("from") else first_timestamp(channel)
        position = position_of(session, channel)
        read_to = position - OVERLAP if position else clock.now()  # the next import looks for the rest again
        for some in _chunks(found, _AT_ONCE):
            context.check()
            bad += sum(isinstance(one, BadRow) for one in some)
            own = [one for one in some if isinstance(one, ReportOrder) and _is_own(one, channel, since)]
            mirror = _mirrored(session, channel, [one.order_id for one in own])
            for order in own:
                status, updated_at = mirror.get(order.order_id, (None, None))
                if status is None:
                    known = replace(known, missed=known.missed + (order.updated_at <= read_to))
                    missing[order.order_id] = None
                elif _says_otherwise(order, status, updated_at):
                    other_status[order.order_id] = None
            known = replace(known, orders=known.orders + len(own))
            context.progress(step="Comparing Amazon's report with what is known", done=known.orders)
    if bad:
        context.event(f"{counted(bad, 'row')} of the report cannot be read and were left out.", level="warning")
    return replace(known, missing=tuple(missing), other_status=tuple(other_status))


def _is_own(order: ReportOrder, channel: Channel, since: datetime | None) -> bool:
    """Whether an import of the channel should know it: of its marketplace, and not from before it began."""
    is_old = since is not None and order.updated_at < since
    return order.marketplace_id == channel.marketplace_id and not order.again and not is_old


def _says_otherwise(order: ReportOrder, status: str, updated_at: datetime | None) -> bool:
    """Whether the report has a status that the mirror has not, and is not merely older; unknown words say nothing.

    An order that could not be read has no status: it is read again when Amazon changes it.
    """
    if not status or not order.may_be or status in order.may_be:
        return False
    # The report tells whole seconds.
    return updated_at is None or order.updated_at >= updated_at.replace(microsecond=0)


def _mirrored(session: Session, channel: Channel, order_ids: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    query = select(AmazonOrder.order_id, AmazonOrder.status, AmazonOrder.updated_at).where(
        col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.order_id).in_(order_ids)
    )
    if not _is_range_being_read(session, channel):
        query = query.where(not_(_left_unread(channel)))
    return {order_id: (status, updated_at) for order_id, status, updated_at in session.exec(query)}


def _left_unread(channel: Channel) -> ColumnElement[bool]:
    """What an import of a range knows by a report alone and would have read whole, had it come to its end."""
    wanted = Range.of({}, channel, clock.now())
    stays_here = and_(col(AmazonOrder.backfill) == MIRROR_ONLY, col(AmazonOrder.raw).is_(None))
    return and_(only_reported(), wanted.to_read(channel), not_(stays_here))


def _is_range_being_read(session: Session, channel: Channel) -> bool:
    active = col(Job.kind) == ORDERS_IMPORT.name, col(Job.channel_id) == channel.id, col(Job.state).in_(ACTIVE)
    return any(map(is_range, session.exec(select(Job.params).where(*active))))


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


# -- fetching ---------------------------------------------------------------------------------------------------------


def _fetch(context: JobContext, client: AmazonClient, channel: Channel) -> None:
    """Read what is concerned; what Amazon does not give out is still missing, and a problem."""
    known = context.state(Reconciling)
    if wanted := (*known.missing, *known.other_status):
        pull_single(context, client, channel.account_id, wanted, channel.marketplace_id)
    owner = Owner.channel(stored_id(channel.id))
    with context.database.write() as session:
        here = _mirrored(session, channel, known.missing)
        lost = [order_id for order_id in known.missing if order_id not in here]
        if not context.params and not known.unmade:
            # What no report tells of any more is nobody's loss.
            told = col(Problem.code) == problems.ORDER_MISSING.name
            query = select(Problem.subject).where(
                col(Problem.owner) == str(owner), col(Problem.flow) == NAME, told, col(Problem.resolved_at).is_(None)
            )
            gone = {Subject.parse(text) for text in session.exec(query)}
            resolve_problems(session, owner, NAME, sorted(gone))
        hold = problems.missing(channel.name)
        raise_problems(session, owner, NAME, {Subject("order", order_id): [hold] for order_id in lost})
        for order_id in lost:
            context.result(ItemResult(f"order {order_id}", "failed", hold.code, hold.message, hold.fix))
        context.save(session, replace(context.state(Checkpoint), pulled=True))


def _count_changes(context: JobContext, known: Reconciling) -> None:
    """An order with another status has changed here, also where the store has nothing to do."""
    subjects = [f"order {order_id}" for order_id in known.other_status]
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), planned=True))
        for start in range(0, len(subjects), _AT_ONCE):
            query = select(JobItem.subject).where(
                col(JobItem.job_id) == context.job_id,
                col(JobItem.result) == "unchanged",
                col(JobItem.subject).in_(subjects[start : start + _AT_ONCE]),
            )
            for subject in session.exec(query):
                context.result(ItemResult(subject, "updated", message="its status had changed"))
        context.save(session)
