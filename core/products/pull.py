"""Listings into the mirror: one report for all, then whole listings, twenty at a time, of what is new or changed.

The seller's data sets and the catalogue's have quotas of their own, so both are asked side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, func, or_, select

from core import clock
from core.amazon import catalog, listings
from core.amazon.items import AT_ONCE
from core.amazon.marketplaces import by_id
from core.amazon.reports import ReportRequest
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import READ
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing import Listing
from core.products import NAME
from core.products.checkpoint import Checkpoint
from core.products.listings import close_absent, moved_in, of_channel, restored, store_content, store_rows
from core.products.plan import problems
from core.products.plan.source import Source
from core.products.report import OPTIONS, REPORT, BadRow, Row, read_rows
from core.products.seller import Seller
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.problems import raise_problems, resolve_problems
from core.sync.reports import Reports, fetched
from core.words import counted

if TYPE_CHECKING:
    from core.download import Document

_ROWS = 2_000
"""Rows of the report that are written together."""
_SETTLED = timedelta(hours=1)
"""A listing that was seen this recently may be younger than the report: it is not closed for not being in it."""
_AHEAD = 20_000


def pull_list(context: JobContext, seller: Seller) -> None:
    """Bring the list of all listings up to date. A report that is not usable, or empty, changes nothing."""
    wanted = ReportRequest(REPORT, (seller.channel.marketplace_id,), OPTIONS)
    reports = Reports(context, seller.client, seller.channel.account_id)
    asked_at = reports.ask(wanted).at
    with reports.opened(wanted) as report:
        if report is None:
            return
        context.phase(READ, "listing")
        context.progress(step="Reading the list of listings")
        ListReading(context, seller.channel, seller.currency, asked_at).read(report)


def told_otherwise(context: JobContext, seller: Seller) -> list[str]:
    """SKUs whose price or stock the list of all listings tells otherwise than it is known; nothing is written."""
    wanted = ReportRequest(REPORT, (seller.channel.marketplace_id,), OPTIONS)
    skus: list[str] = []
    with fetched(context, seller.client, seller.channel.account_id, wanted) as report:
        if report is None:
            return skus
        context.phase(READ, "listing")
        for some in _in_parts(_rows(report, seller.channel), _ROWS):
            with context.database.read() as session:
                rows = restored(session, seller.channel, [row for row in some if isinstance(row, Row)])
                skus += moved_in(session, seller.channel, seller.currency, rows)
            context.check()
    return skus


class ListReading:
    """One reading of the report, of any length: nothing of its rows is kept but a byte each."""

    def __init__(self, context: JobContext, channel: Channel, currency: str, asked_at: datetime) -> None:
        """`asked_at` is when the report was asked for."""
        self._context = context
        self._channel = channel
        self._currency = currency
        self._asked_at = asked_at
        self._present = bytearray()
        """By the listings' numbers, whether they are in the report."""
        self._bad: list[BadRow] = []
        self._rows = 0
        self.new = self.changed = 0
        """Listings that the report tells for the first time, and otherwise than before."""

    def read(self, report: Document) -> None:
        for some in _in_parts(_rows(report, self._channel), _ROWS):
            self._write([row for row in some if isinstance(row, Row)])
            self._bad += [row for row in some if isinstance(row, BadRow)][: problems.MOST_NAMED - len(self._bad) + 1]
            self._context.check()
        self._tell()
        if self._rows and not self._bad:
            self._close_absent()

    def _write(self, rows: Sequence[Row]) -> None:
        with self._context.database.write() as session:
            rows = restored(session, self._channel, rows)
            changes = store_rows(session, self._channel, self._currency, rows, asked_at=self._asked_at)
            self._rows += len(rows)
            self._context.progress(done=self._rows)
            self._context.save(session)
        self.new += changes.new
        self.changed += changes.changed
        self._present.extend(bytes(max(max(changes.ids, default=0) + 1 - len(self._present), 0)))
        for key in changes.ids:
            self._present[key] = 1

    def _tell(self) -> None:
        channel, context = self._channel, self._context
        if not self._rows:
            context.event("Amazon's report has no listings: nothing was changed.", level="warning")
        context.event(f"{counted(self._rows, 'listing')}: {self.new} new, {self.changed} changed.")
        subject, owner = Subject("channel", channel.name), Owner.channel(stored_id(channel.id))
        with context.database.write() as session:
            if self._bad:
                _hold(session, context, channel, subject, problems.rows_unreadable(self._bad))
            else:
                resolve_problems(session, owner, NAME, [subject])
            context.save(session)

    def _close_absent(self) -> None:
        """Close what the seller does not list any more."""
        channel, settled = self._channel, clock.now() - _SETTLED
        old = or_(col(Listing.read_at).is_(None), col(Listing.read_at) < settled)
        query = select(Listing.id).where(
            of_channel(channel), col(Listing.closed_at).is_(None), old, col(Listing.seen_at) < settled
        )
        with self._context.database.read() as session:
            keys = map(stored_id, session.exec(query.execution_options(yield_per=_ROWS)))
            gone = [key for key in keys if key >= len(self._present) or not self._present[key]]
        for start in range(0, len(gone), _ROWS):
            with self._context.database.write() as session:
                close_absent(session, channel, gone[start : start + _ROWS])
                self._context.save(session)
            self._context.check()
        if gone:
            self._context.event(f"{counted(len(gone), 'listing')} closed at Amazon.")


def _rows(report: Document, channel: Channel) -> Iterable[Row | BadRow]:
    place = by_id(channel.marketplace_id)
    return read_rows(report, japanese=place is not None and place.country == "JP")


def pull_changed(context: JobContext, seller: Seller) -> None:
    """Read whole listings of all that are new, or that the report tells otherwise than before."""
    query = select(Listing).where(
        of_channel(seller.channel),
        col(Listing.read_hash) != col(Listing.row_hash),
        col(Listing.closed_at).is_(None),
    )
    columns: list[Any] = [Listing.id, Listing.sku, Listing.asin]
    reader, done = Reader(seller), 0
    with context.database.read() as session:
        total = session.connection().execute(query.with_only_columns(func.count())).scalar_one()
    if not total:
        return
    context.phase(READ, "whole listing")
    context.progress(step="Reading new and changed listings", done=0, total=total)
    last = 0
    while True:
        with context.database.read() as session:
            beyond = query.where(col(Listing.id) > last).order_by(col(Listing.id)).limit(_AHEAD)
            rows = session.connection().execute(beyond.with_only_columns(*columns)).all()
        if not rows:
            return
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            context.check()
            done += len(some)
            _read(context, seller, reader, {sku: asin for _, sku, asin in some}, done, 0)
        last = rows[-1][0]


def pull_named(context: JobContext, seller: Seller, skus: Sequence[str]) -> None:
    """Read whole listings by their SKUs; no report is needed."""
    reader, done = Reader(seller), context.state(Checkpoint).named
    context.phase(READ, "whole listing")
    context.progress(step="Reading the listings", done=done, total=len(skus))
    while done < len(skus):
        context.check()
        some = skus[done : done + AT_ONCE]
        done += len(some)
        _read(context, seller, reader, dict.fromkeys(some, ""), done, done)


def _read(context: JobContext, seller: Seller, reader: Reader, asins: Mapping[str, str], done: int, named: int) -> None:
    """Read some listings and write them; those that Amazon does not give out are held."""
    found = reader.read(asins)
    with context.database.write() as session:
        subjects = [Subject("sku", sku) for sku in found]
        resolve_problems(
            session, Owner.channel(stored_id(seller.channel.id)), NAME, subjects
        )  # its plan tells the rest
        for sku in store_content(session, seller.channel, seller.currency, found):
            odd = problems.listing_unreadable("it is of a form that this version of the program does not know")
            _hold(session, context, seller.channel, Subject("sku", sku), odd)
        for sku in asins.keys() - found.keys():
            _hold(session, context, seller.channel, Subject("sku", sku), problems.listing_unknown(sku))
        context.progress(done=done)
        context.save(session, replace(context.state(Checkpoint), named=named))


def _hold(session: Session, context: JobContext, channel: Channel, subject: Subject, hold: Hold) -> None:
    raise_problems(session, Owner.channel(stored_id(channel.id)), NAME, {subject: [hold]})
    context.result(ItemResult(str(subject), "held", hold.code, hold.message, hold.fix))


class Reader:
    """Reads whole listings, with what the catalogue knows of them."""

    def __init__(self, seller: Seller) -> None:
        self._seller = seller
        self._client = seller.client
        self._place = seller.channel.marketplace_id
        self._never: dict[str, frozenset[str]] = {"listing": frozenset(), "catalogue": frozenset()}
        """Data sets that did not come when they were asked for singly either."""

    def read(self, asins: Mapping[str, str]) -> dict[str, Source]:
        """Up to 20 listings, by SKU; `asins` are theirs, as far as they are known. Two calls where nothing is odd."""
        known = [asin for asin in dict.fromkeys(asins.values()) if asin]
        with ThreadPoolExecutor(2) as both:
            own = both.submit(self._listings, list(asins))
            items = both.submit(self._items, known)
            found, catalogue = own.result(), items.result()
        told = {sku: _asin(listing, self._place) or asins[sku] for sku, listing in found.items()}
        if more := [asin for asin in dict.fromkeys(told.values()) if asin and asin not in known]:
            catalogue |= self._items(more)
        return {sku: Source(listing, catalogue.get(told[sku], {})) for sku, listing in found.items()}

    def _listings(self, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
        seller_id = self._seller.seller_id
        together = [sku for sku in skus if listings.can_be_searched(sku)]
        found = listings.search(self._client, seller_id, self._place, together) if together else {}

        def single(sku: str) -> dict[str, Any] | None:
            return listings.get(self._client, seller_id, self._place, sku)

        alone = {sku: single(sku) for sku in skus if sku not in together}
        whole = self._completed("listing", found, listings.lacking, single)
        return whole | {sku: _told(one, listings.lacking) for sku, one in alone.items() if one is not None}

    def _items(self, asins: Sequence[str]) -> dict[str, dict[str, Any]]:
        found = catalog.search(self._client, self._place, asins) if asins else {}
        return self._completed("catalogue", found, catalog.lacking, self._item)

    def _item(self, asin: str) -> dict[str, Any] | None:
        return catalog.get(self._client, self._place, asin)

    def _completed(
        self,
        side: str,
        found: Mapping[str, dict[str, Any]],
        lacking: Callable[[dict[str, Any]], frozenset[str]],
        single: Callable[[str], dict[str, Any] | None],
    ) -> dict[str, dict[str, Any]]:
        """The same, where what lacks data sets is asked for singly.

        A data set that does not come then either is not asked for again by this job: of it nothing is known.
        """
        whole = {}
        for key, item in found.items():
            if lacking(item) - self._never[side]:
                item = {**item, **(single(key) or {})}
                self._never[side] |= lacking(item)
            whole[key] = _told(item, lacking)
        return whole


def _told(item: dict[str, Any], lacking: Callable[[dict[str, Any]], frozenset[str]]) -> dict[str, Any]:
    """What was told of an item: a data set that has not the promised form was not."""
    missing = lacking(item)
    return {name: value for name, value in item.items() if name not in missing}


def _asin(listing: Mapping[str, Any], marketplace_id: str) -> str:
    with suppress(StopIteration):
        return str(next(Source(listing).of_place(listing, "summaries", marketplace_id)).get("asin") or "")
    return ""


def _in_parts(found: Iterable[Row | BadRow], size: int) -> Iterable[list[Row | BadRow]]:
    part: list[Row | BadRow] = []
    for row in found:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
