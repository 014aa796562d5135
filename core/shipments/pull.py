"""Shipments of the store into the mirror.

The stream belongs to the store: whichever channel's job comes reads for all of them, alone. An idle run costs two
calls: one page of the newest shipments, which also shows edits of the last five hundred (nothing tells their time), and
one list of Amazon's orders that changed, for those that were completed without a shipment. The lines of orders are read
when a channel plans their parcels, fifty orders at a time. Facts: CS-Cart REST API "Shipments", "Change detection".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from core import clock
from core.cscart import orders as orders_api
from core.cscart import shipments as api
from core.cscart.shipments import Shipment
from core.cscart.transport import StoreClient
from core.jobs.context import JobContext
from core.model.base import stored_id
from core.model.cursor import Cursor
from core.model.store import Store
from core.orders.plan.store_order import MARKER_DOMAIN
from core.shipments.mirror import store_gone, store_lines, store_shipments, store_statuses
from core.subjects import Owner
from core.sync.cursors import cursor

STREAM = "shipments"
FIRST_WINDOW = timedelta(days=30)
"""How far the first run goes back; older parcels are found by their orders, see `planning`."""
OVERLAP = timedelta(minutes=5)
"""By which the clocks of store and program may differ."""


def stream_lease(store: Store) -> str:
    """Name of the lease under which one job at a time reads a store's shipments."""
    return f"stream/{Owner.store(stored_id(store.id))}/{STREAM}"


_READ = "The shipments of the store were read: none is new or changed."
_READ_ANEW = "The shipments of the store were read: some are new or changed."
"""How many is not told: they are those of all companies of the store, and a vendor reads the log."""


def is_read_since(session: Session, store: Store, since: datetime) -> bool:
    """Whether another job has read everything new since then."""
    position = _cursor(session, store).position
    return position is not None and since <= position <= clock.now()


def pull_shipments(context: JobContext, client: StoreClient, store: Store) -> None:
    """Read what is new; the caller holds the lease of the stream. Raises what the client raises.

    Orders are read before their shipments: one that is completed meanwhile shows its shipment all the same.
    """
    context.progress(step="Reading shipments of the store")
    with context.database.read() as session:
        position = _cursor(session, store)
    began = clock.now()
    codes = _changed_orders(client, store, position)
    found, lowest = _new_shipments(context, client, position)
    store_id = stored_id(store.id)
    with context.database.write() as session:
        changed = store_shipments(session, store_id, found.values())
        store_gone(session, store_id, lowest, found)
        store_statuses(session, store_id, codes)
        kept = _cursor(session, store)
        kept.position = began
        kept.window = {"newest": max([int(kept.window.get("newest", 0)), *found])}
        session.add(kept)
        context.event(_READ_ANEW if changed else _READ)
        context.save(session)


def pull_order(context: JobContext, client: StoreClient, store: Store, store_order_id: int) -> int:
    """Read the shipments of one order; returns how many there are. One call."""
    found = api.of_order(client, store_order_id)
    with context.database.write() as session:
        store_shipments(session, stored_id(store.id), found)
    return len(found)


def pull_lines(context: JobContext, client: StoreClient, store: Store, store_order_ids: Sequence[int]) -> None:
    """Read the lines of orders; one call per fifty, and each fifty is kept at once."""
    step = orders_api.IDS_PER_CALL
    for start in range(0, len(store_order_ids), step):
        context.check()
        part = store_order_ids[start : start + step]
        found = orders_api.get_many(client, part)
        with context.database.write() as session:
            store_lines(session, stored_id(store.id), {number: found.get(number) for number in part})


def _cursor(session: Session, store: Store) -> Cursor:
    return cursor(session, Owner.store(stored_id(store.id)), STREAM)


def _new_shipments(context: JobContext, client: StoreClient, position: Cursor) -> tuple[Mapping[int, Shipment], int]:
    """The newest shipments back to what is known, and the lowest number from which on they are complete."""
    known = int(position.window.get("newest", 0))
    oldest = clock.now() - FIRST_WINDOW
    found: dict[int, Shipment] = {}
    page = 0
    while True:
        page += 1
        context.check()
        answer = api.newest(client, page)
        fresh = [one for one in answer.shipments if one.shipment_id not in found]
        found.update({one.shipment_id: one for one in fresh})
        # Past the end a store repeats its last page: only numbers that were not seen yet are a reason to go on.
        if answer.total is not None and len(found) >= answer.total > 0:
            return found, 0
        if not fresh:
            # Only what was seen to be complete tells what is gone: a page that fails to come tells nothing.
            return found, min(found, default=known + 1)
        last = min(fresh, key=lambda one: one.shipment_id)
        if last.shipment_id <= known or (not known and last.shipped_at < oldest):
            return found, last.shipment_id


def _changed_orders(client: StoreClient, store: Store, position: Cursor) -> dict[int, str]:
    """Amazon's orders that changed since the last run, with their statuses.

    A store that does not know when orders changed (older builds) tells all of the last thirty days.
    """
    since = (position.position or clock.now() - FIRST_WINDOW) - OVERLAP
    filters: dict[str, Any] = {"updated_at_from": int(since.timestamp())}
    if not store.capabilities.get("updated_at_filter", True):
        start, end = clock.now() - FIRST_WINDOW, clock.now() + timedelta(days=1)
        filters = {"period": "C", "time_from": int(start.timestamp()), "time_to": int(end.timestamp())}
    return orders_api.statuses(
        client, MARKER_DOMAIN, filters, filtered=bool(store.capabilities.get("email_filter", True))
    )
