"""Imports of a range: by pages of searchOrders, or by Amazon's reports, whichever is expected to be quicker.

By reports, what is to be acted on is searched for and sent first. Then of each thirty days one report of the whole
seller account names all orders; those that the store gets are read whole (`whole`), of the rest figures are kept. All
that was read is found in the mirror, so an interrupted job asks for nothing twice. The stream and its watermark are not
touched: an order that both read is one row, and what is newer counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from core import clock
from core.amazon.marketplaces import by_id
from core.amazon.orders import OrderQuery
from core.amazon.processing import FATAL
from core.amazon.reports import ReportRequest
from core.amazon.tokens import Revoked
from core.amazon.transport import AmazonClient, TokenExpired
from core.errors import AuthorizationError, CrossdockError, Rejected, RemoteError, WaitUntil
from core.jobs.context import JobContext
from core.jobs.expected import Expected
from core.jobs.phases import READ
from core.jobs.standing import Standing
from core.jobs.turns import alone
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.orders.backfill_document import document, summary
from core.orders.checkpoint import Backfill, Checkpoint
from core.orders.document import HISTORY, STATUSES
from core.orders.forecast import Range, forecast, quotas, writing
from core.orders.plan.backfill import REPORTS, SEARCH, Amount, BackfillPlan, plan, windows
from core.orders.pull import pull_range
from core.orders.report_rows import BY_ORDER_DATE, BadRow, ReportOrder, read_orders
from core.orders.reported import count, in_range, only_reported, store_reported, store_unreadable
from core.orders.whole import Send, WholeReader, send_meanwhile
from core.quota import QuotaWait
from core.state import State
from core.sync.reports import Reports
from core.words import counted

if TYPE_CHECKING:
    from core.download import Document

_RECENT = timedelta(hours=6)
"""A report so old is used again: what has changed since, the stream reads."""
_ROWS = 1_000
"""Orders of a report that are written together."""
_SAMPLE = 50
"""Orders from which on it is believed how long one takes in the store."""
_MOST_TIMES = 100
"""How many more orders than were read may be expected."""
_BLIND = timedelta(minutes=2, seconds=30)
"""Amazon takes no upper bound of a search that is younger than two minutes."""
_OPEN = tuple(status for status in STATUSES if status not in HISTORY)


class BackfillImport:
    """One import of a range, as it stands. `send` plans what was read and brings it into the store."""

    def __init__(self, context: JobContext, client: AmazonClient, channel: Channel, wanted: Range, send: Send) -> None:
        self._context = context
        self._client = client
        self._channel = channel
        self._wanted = wanted
        self._send = send
        self._own = channel.marketplace_id

    def read(self) -> None:
        """Read the range to its end, from wherever the job stands; raises WaitUntil and QuotaWait to go on later."""
        # It may take days, and the schedule has to go on meanwhile, and what Amazon tells of.
        self._stand(beside=True)
        if self._plan is None:
            self._decide()
        if self._plan is not None and self._plan.route == REPORTS:
            self._by_reports()
        else:
            self._by_pages()
        self._stand(beside=False)

    def _stand(self, *, beside: bool) -> None:
        with self._context.database.write() as session:
            self._context.save(session, replace(self._context.state(Standing), beside=beside))

    @property
    def _state(self) -> Backfill:
        return self._context.state(Backfill)

    @property
    def _plan(self) -> BackfillPlan | None:
        return self._state.plan

    def _decide(self) -> None:
        with self._context.database.read() as session:
            made = forecast(session, self._client, self._channel, self._wanted)
        self._context.event(f"Reading {summary(made)}.")
        self._save(plan=made, until=self._wanted.end)

    # -- by pages -------------------------------------------------------------------------------------------

    def _by_pages(self) -> None:
        """Page by page; where there are more orders than was expected, reports may be the quicker way after all."""
        try:
            self._search(self._query())
        except QuotaWait:
            if not self._are_reports_quicker():
                raise
            self._by_reports()

    def _are_reports_quicker(self) -> bool:
        """Decide anew, by how far so many orders have led."""
        with self._context.database.read() as session:
            read = count(session, in_range(self._channel.account_id, self._own, self._wanted.start, self._wanted.end))
            last = self._last_read(session)
        share = (last - self._wanted.start) / (self._wanted.end - self._wanted.start) if last else 0.0
        expected = min(int(read / share), _MOST_TIMES * read) if share > 0 else read
        left = max(expected - read, 0)
        whole = left if self._wanted.whole else 0
        found = plan(self._wanted.start, self._wanted.end, Amount(left, 0, whole), quotas(self._client))
        if found.route != REPORTS:
            return False
        self._context.event("There are more orders than expected: Amazon's reports are the quicker way.")
        self._save(plan=found)
        return True

    def _last_read(self, session: Session) -> datetime | None:
        """When the newest order was placed that pages have shown, as far as they came in the order of that."""
        placed = in_range(self._channel.account_id, self._own, self._wanted.start, self._wanted.end)
        query = select(AmazonOrder.created_at).where(placed, col(AmazonOrder.backfill) == self._wanted.history)
        return session.exec(query.order_by(col(AmazonOrder.created_at).desc()).limit(1)).first()

    # -- by reports -----------------------------------------------------------------------------------------

    def _by_reports(self) -> None:
        if not self._state.open_read:
            self._search(replace(self._query(), statuses=_OPEN))
            self._save(open_read=True)
        if self._all_on_saved_pages():
            return
        self._read_reports()
        if not self._state.open_sent:
            self._send_open()
        if self._plan is not None and not self._plan.amount.counted:
            self._recount()
        self._read_whole()
        with self._context.database.read() as session:
            kept = count(session, self._placed(), only_reported())
        self._context.seen(kept)
        if kept:
            self._context.event(
                f"{counted(kept, 'order')} of history stay here as reports tell them: dates, status and items; "
                "no buyer, no address, no total."
            )

    def _read_whole(self) -> None:
        """Read whole what is to be; jobs whose ranges overlap take turns, so that none reads what the other has."""
        with self._context.database.read() as session:
            if not count(session, self._placed(), self._wanted.to_read(self._channel)):
                return
        reader = partial(WholeReader, self._context, self._client, self._channel, self._wanted, self._send)
        lease = f"whole/{self._channel.account_id}/{self._own}"
        alone(self._context, lease, "another job that reads orders whole", lambda turn: reader(turn).read())

    def _all_on_saved_pages(self) -> bool:
        """Read the pages that are saved up, where nothing is known of the seller: of a small shop that is all of them.

        Whatever is read there the store gets; what it would not get is not read so.
        """
        assert self._plan is not None
        if self._state.tried or not (self._plan.amount.unknown and self._wanted.whole):
            return False
        whole = self._search(self._query(), may_ask=self._is_page_saved)
        if whole:
            self._context.event("There are so few orders that no report is needed.")
        else:
            self._save(tried=True)
        return whole

    def _is_page_saved(self) -> bool:
        return quotas(self._client)[SEARCH].at_hand >= 1

    def _read_reports(self) -> None:
        """Ask for all reports, then read each as it is made; what takes time meanwhile is done."""
        requests = [self._request(*bounds) for bounds in windows(self._wanted.start, self._wanted.end)]
        reports = Reports(
            self._context,
            self._client,
            self._channel.account_id,
            recent=_RECENT,
            others=not self._state.looked,
        )
        while left := [one for one in range(len(requests)) if not self._state.reports_read >> one & 1]:
            waits: list[WaitUntil | QuotaWait] = []
            if wait := self._ask(reports, {number: requests[number] for number in left}):
                waits.append(wait)
            self._save(looked=True)
            for number in left:
                try:
                    self._read_window(reports, number, requests[number])
                except (WaitUntil, QuotaWait) as later:
                    waits.append(later)
            if any(not self._state.reports_read >> one & 1 for one in left):
                self._wait(waits, len(requests))

    def _ask(self, reports: Reports, wanted: dict[int, ReportRequest]) -> WaitUntil | QuotaWait | None:
        """Ask for what was not asked for yet, as far as the quota goes."""
        for number, one in wanted.items():
            self._context.check()
            try:
                if not self._state.by_pages >> number & 1:
                    reports.ask(one)
            except (WaitUntil, QuotaWait) as wait:
                return wait
            except (Rejected, AuthorizationError) as error:
                # An app may read orders and no reports, and not every region has to have these.
                if isinstance(error, Revoked | TokenExpired):
                    raise
                self._without_report(number, error)
        return None

    def _without_report(self, number: int, error: CrossdockError) -> None:
        self._context.event(f"{error} Its orders are read page by page.", level="warning")
        self._save(by_pages=self._state.by_pages | 1 << number)

    def _wait(self, waits: list[WaitUntil | QuotaWait], of: int) -> None:
        """Come back when the first of the waits is over; what is open reaches the store meanwhile."""
        if not self._state.open_sent:
            self._send_open()
            return
        done = self._state.reports_read.bit_count()
        self._context.progress(step=f"Reading reports of all orders, {done} of {of} read")
        raise WaitUntil(min(wait.until for wait in waits), "Amazon to make its reports of orders")

    def _send_open(self) -> None:
        """Bring what was read so far into the store, which shows how long an order takes there."""
        before, begun = self._context.state(Standing).delivered, clock.now()
        self._send(None)
        written = self._context.state(Standing).delivered - before
        seconds = -clock.seconds_until(begun) / written if written >= _SAMPLE else 0.0
        self._save(open_sent=True, writing=seconds)

    def _read_window(self, reports: Reports, number: int, request: ReportRequest) -> None:
        if self._state.by_pages >> number & 1:
            self._page_through(number, request)
            return
        asked = reports.known(request)
        if asked is None:
            return  # its turn to be asked for comes
        self._context.phase(READ, "order")
        try:
            with reports.opened(request) as report:
                if report is not None:
                    self._store(report, request)
        except RemoteError as error:
            if error.code != FATAL:
                raise
            self._without_report(number, error)
            self._page_through(number, request)
            return
        self._save(reports_read=self._state.reports_read | 1 << number)

    def _page_through(self, number: int, request: ReportRequest) -> None:
        """Search for the orders of a stretch of which there is no report."""
        self._search(replace(self._query(), created_after=request.start, created_before=self._bound(request)))
        self._save(reports_read=self._state.reports_read | 1 << number)

    def _store(self, report: Document, request: ReportRequest) -> None:
        """The orders of a report into the mirror; those of other marketplaces are not this channel's business."""
        place = by_id(self._own)
        some: list[ReportOrder] = []
        bad: list[BadRow] = []
        for found in read_orders(report, japanese=place is not None and place.country == "JP"):
            if isinstance(found, BadRow):
                bad.append(found)
            elif found.listed_in == self._own:
                some.append(found)
            if len(some) == _ROWS:
                self._write(some)
                some = []
        self._write(some)
        self._tell_bad(bad, request)

    def _write(self, orders: list[ReportOrder]) -> None:
        known = self._context.state(Checkpoint)
        with self._context.database.write() as session:
            store_reported(session, self._channel.account_id, orders, self._wanted.wish)
            self._context.progress(done=known.read + len(orders))
            self._context.save(session, replace(known, read=known.read + len(orders)))
        self._context.check()

    def _tell_bad(self, bad: list[BadRow], request: ReportRequest) -> None:
        """Rows that cannot be read: their orders are read singly; where not even its number is known, it is told."""
        if not bad:
            return
        lost = [row for row in bad if not row.order_id]
        assert request.start is not None
        with self._context.database.write() as session:
            place = self._channel.account_id, self._own
            store_unreadable(session, *place, request.start, bad, self._wanted.wish)
            self._context.save(session)
        self._context.event(
            f"{counted(len(bad), 'row')} of a report cannot be read (line {bad[0].line}: {bad[0].why}); their orders "
            "are read singly.",
            level="warning",
        )
        for row in lost:
            self._context.event(f"Line {row.line} of a report names no order: {row.why}.", level="error")

    def _recount(self) -> None:
        """Once the reports have told how many orders there are, say how long the rest takes."""
        with self._context.database.read() as session:
            orders = count(session, self._placed())
            whole = count(session, self._placed(), self._wanted.to_read(self._channel))
            stored = count(session, self._placed(), ~only_reported())
        amount = Amount(orders, 0, whole, counted=True, stored=whole + stored, writing=self._state.writing or writing())
        assert self._plan is not None
        self._save(plan=self._plan.counted(amount, quotas(self._client)))

    # -- both -----------------------------------------------------------------------------------------------

    def _search(self, query: OrderQuery, may_ask: Callable[[], bool] = lambda: True) -> bool:
        """All pages of a search, from the page where it stands; False when `may_ask` ended it before.

        While the next page waits for the quota, the store gets those that were read.
        """
        account_id, wish, begun = self._channel.account_id, self._wanted.wish, clock.now()
        try:
            return pull_range(self._context, self._client, account_id, query, self._own, wish, may_ask)
        except QuotaWait:
            send_meanwhile(self._context, self._send, begun)
            raise

    def _query(self) -> OrderQuery:
        return OrderQuery(
            created_after=self._wanted.start,
            created_before=self._wanted.before,
            marketplace_ids=(self._own,),
        )

    def _request(self, start: datetime, end: datetime) -> ReportRequest:
        with self._context.database.read() as session:
            query = select(Channel.marketplace_id).where(col(Channel.account_id) == self._channel.account_id)
            places = sorted(set(session.exec(query)))
        # The report holds all of the account whatever is named here; so all its channels ask for the same one.
        return ReportRequest(BY_ORDER_DATE, tuple(places[:25]), {}, start, end)

    def _placed(self) -> ColumnElement[bool]:
        return in_range(self._channel.account_id, self._own, self._wanted.start, self._wanted.end)

    def _bound(self, request: ReportRequest) -> datetime | None:
        """Where a search of a report's stretch ends."""
        assert request.end is not None
        return request.end if request.end < min(self._wanted.end, clock.now() - _BLIND) else self._wanted.before

    def _save(self, **changes: Any) -> None:
        """Note a step; a search that led to it is over."""
        with self._context.database.write() as session:
            states: list[State] = [replace(self._context.state(Checkpoint), window=None)]
            if made := changes.get("plan"):
                states.append(Expected(document(made)))
            self._context.save(session, *states, replace(self._state, **changes))
