"""What changed in the store: three calls at the most, however many products it has.

Edits carry a time stamp, so one list brings them. Stock that orders take carries none: the list of changed orders tells
which products to read again. What neither shows (SQL, imports of files, deletions) is found by reading all products,
a page at a time, around and around. The stream belongs to the store: whichever channel's job comes reads for all.
Facts: CS-Cart REST API "Change detection".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import func
from sqlmodel import Session, col, select, update

from core import clock
from core.cscart import orders as orders_api
from core.cscart import products as api
from core.cscart.orders import Sale
from core.cscart.products import ProductRow
from core.cscart.transport import StoreClient
from core.jobs.context import JobContext
from core.model.base import stored_id
from core.model.cursor import Cursor
from core.model.offer import Offer
from core.model.store import Store, StoreProduct
from core.products.mirror import mirror_in
from core.products.offers import mark_edited
from core.state import State
from core.subjects import Owner
from core.sync.cursors import cursor
from core.windows import AT_ONCE

STREAM = "stock"
OVERLAP = 120
"""Seconds by which time stamps of the store may come late: a save begins before it can be seen."""
ROUND = timedelta(minutes=10)
"""How long reading all products takes at least; with more than 10,000, a page with each poll takes longer."""
GAP = timedelta(hours=1)
"""After a longer pause everything is read, in place of a long list of changes."""
RECENT = timedelta(seconds=10)
"""What another job has read so lately need not be read again by a schedule."""
GONE = 2
"""Complete readings that do not show a product, after which it counts as gone."""
_AHEAD = 86_400
"""Seconds by which the store's clock may be ahead; a later time stamp is a mistake, and would hide all other edits."""
_MOST_LOOKED_FOR = 500
"""Vanished products that are asked for by their numbers; of more a person decides anyway."""
_WITHOUT_TIME = 100
"""Rows that are taken of a store that does not tell when a product was edited."""


_INCOMPLETE = "Not all products of the store came, so what is missing proves nothing; they are read again."
"""How many is not told: they are those of all companies of the store, and a vendor reads the log."""


@dataclass(frozen=True)
class Position(State):
    """How far a store was read; times are the store's own, in unix seconds, where nothing else is said."""

    edited_to: int = 0
    """The last edit that was seen."""
    edited: Mapping[int, int] = field(default_factory=dict)
    """Products that may be listed again, each with when it was edited; negative while it may be edited once more within
    the same second."""
    sold_to: int = 0
    """The last change of an order that was seen."""
    sold: Mapping[int, str] = field(default_factory=dict)
    """Orders that may be listed again, as they were seen."""
    page: int = 1
    """The next page of all products."""
    pages: int = 1
    received: int = 0
    """Rows that the round has brought so far."""
    round_at: datetime | None = None
    """When the round began, by our clock."""
    page_at: datetime | None = None
    """When its last page was read."""
    rounds: int = 0
    """Complete rounds."""


def stream_lease(store: Store) -> str:
    """Name of the lease under which one job at a time watches a store."""
    return f"stream/{Owner.store(stored_id(store.id))}/{STREAM}"


def is_read_since(session: Session, store: Store, since: datetime) -> bool:
    """Whether the store was watched since then."""
    position = _cursor(session, store).position
    return position is not None and since <= position <= clock.now()


def rounds(session: Session, store: Store) -> int:
    """How often all products of a store were read completely."""
    return Position.from_json(_cursor(session, store).window).rounds


def watch(context: JobContext, client: StoreClient, store: Store, *, everything: bool) -> None:
    """Bring the mirror up to date; with `everything` by reading all products. The caller holds the lease.

    Raises what the client raises: what was read until then is kept, and the position stays where it was.
    """
    context.progress(step="Looking for changes in the store")
    with context.database.read() as session:
        kept = _cursor(session, store)
    began, last = clock.now(), kept.position
    position = Position.from_json(kept.window)
    if last is None or began - last > GAP:
        everything = True
    if last is None:
        with context.database.write() as session:
            mark_edited(session, stored_id(store.id))
    position = _edits(context, client, store, position, began - last if last else GAP, first=last is None)
    position = _sales(context, client, store, position, began, everything)
    if everything:
        position = replace(position, page=1, received=0, round_at=None)
    if everything or _page_is_due(position):
        position = _next_page(context, client, store, position)
    while everything and position.page > 1:
        context.check()
        position = _next_page(context, client, store, position)
    with context.database.write() as session:
        kept = _cursor(session, store)
        kept.position, kept.window = began, position.to_json()
        session.add(kept)
        context.save(session)


def _cursor(session: Session, store: Store) -> Cursor:
    return cursor(session, Owner.store(stored_id(store.id)), STREAM)


def _keep(
    context: JobContext, store: Store, rows: Iterable[ProductRow], edited: Callable[[ProductRow], bool] | None = None
) -> None:
    """Write rows into the mirror; what is said of the `edited` ones at Amazon is planned again as well."""
    iterator = iter(rows)
    while part := list(islice(iterator, AT_ONCE)):
        with context.database.write() as session:
            mirror_in(session, store, part, {})
            if edited is not None:
                mark_edited(session, stored_id(store.id), [row.product_id for row in part if edited(row)])
        context.check()


def _edits(
    context: JobContext, client: StoreClient, store: Store, position: Position, pause: timedelta, *, first: bool
) -> Position:
    """Read what was saved since; the first time no more than how late it is by the store's clock."""
    hours = int(pause.total_seconds() // 3600) + 2
    newest, known = position.edited_to, position.edited
    taken: list[ProductRow] = []
    latest = int(clock.now().timestamp()) + _AHEAD
    for row in api.edited(client, hours):
        newest = max(newest, row.edited_at if row.edited_at <= latest else 0)
        is_older = row.edited_at < position.edited_to - OVERLAP if row.edited_at else len(taken) >= _WITHOUT_TIME
        if first or is_older:
            break
        taken.append(row)
    _keep(context, store, taken, lambda row: not row.edited_at or known.get(row.product_id) != row.edited_at)
    again = {row.product_id: _noted(row, newest, known) for row in taken if row.edited_at >= newest - OVERLAP}
    return replace(position, edited_to=newest, edited=again)


def _noted(row: ProductRow, newest: int, known: Mapping[int, int]) -> int:
    """An edit as it is remembered: the newest one counts as known when it was seen twice."""
    is_known = row.edited_at < newest or abs(known.get(row.product_id, 0)) == row.edited_at
    return row.edited_at if is_known else -row.edited_at


def _sales(
    context: JobContext, client: StoreClient, store: Store, position: Position, began: datetime, everything: bool
) -> Position:
    """Read the products of orders that were made or changed since; before everything is read, only which those are."""
    since = position.sold_to - OVERLAP if position.sold_to else int((began - GAP).timestamp())
    knows_time = store.capabilities.get("updated_at_filter", True)
    found = list(orders_api.sales(client, since if knows_time else None))
    fresh = [sale for sale in found if position.sold.get(sale.order_id) != _seen(sale)]
    numbers = sorted({number for sale in fresh for number in sale.product_ids})
    if numbers and not everything:
        _keep(context, store, api.by_ids(client, numbers))
    newest = max([position.sold_to, *(sale.changed_at for sale in found)])
    again = {sale.order_id: _seen(sale) for sale in found if not knows_time or sale.changed_at >= newest - OVERLAP}
    return replace(position, sold_to=newest, sold=again)


def _seen(sale: Sale) -> str:
    return f"{sale.changed_at} {sale.status}"


def _page_is_due(position: Position) -> bool:
    return position.page_at is None or clock.now() - position.page_at >= ROUND / position.pages


def _next_page(context: JobContext, client: StoreClient, store: Store, position: Position) -> Position:
    """Read the next page of all products; after the last one see what has vanished. The next is 1 again then."""
    began = position.round_at or clock.now()
    page = api.page_of_all(client, position.page)
    _keep(context, store, page.rows)
    received = position.received + len(page.rows)
    pages = max(position.page, -(-(page.total or 0) // api.PAGE_SIZE))
    position = replace(position, page_at=clock.now(), pages=pages)
    if page.rows and (page.total is None or received < page.total):
        return replace(position, page=position.page + 1, received=received, round_at=began)
    is_complete = _end_round(context, client, store, began, page.total)
    return replace(position, page=1, received=0, round_at=None, rounds=position.rounds + is_complete)


def _end_round(context: JobContext, client: StoreClient, store: Store, began: datetime, total: int | None) -> bool:
    """Count what a round did not show; returns whether it showed as many products as the store says there are."""
    mine = col(StoreProduct.store_id) == store.id
    absent = func.coalesce(col(StoreProduct.shown_at), col(StoreProduct.seen_at)) < began
    with context.database.write() as session:
        shown = session.exec(select(func.count()).select_from(StoreProduct).where(mine, ~absent)).one()
        if total is not None and shown < total:
            context.event(_INCOMPLETE, level="warning")
            return False
        session.exec(update(StoreProduct).where(mine, absent).values(missing=col(StoreProduct.missing) + 1))
        query = select(StoreProduct.product_id).where(mine, col(StoreProduct.missing) == GONE)
        vanished = session.exec(query.limit(_MOST_LOOKED_FOR + 1)).all()
        _mark_vanished(session, store)
    if len(vanished) <= _MOST_LOOKED_FOR:
        _keep(context, store, api.by_ids(client, vanished))  # one that is still there is known again
    return True


def _mark_vanished(session: Session, store: Store) -> None:
    """Let the offers of products that count as gone be planned, each once."""
    vanished = select(StoreProduct.product_id).where(
        col(StoreProduct.store_id) == store.id, col(StoreProduct.missing) == GONE
    )
    theirs = (col(Offer.store_id) == store.id, col(Offer.product_id).in_(vanished))
    session.exec(update(Offer).where(*theirs).values(dirty=True))
