"""The people in the store's warehouse: they ship what was imported, and mend what they got wrong."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from sandbox.audit import amazon_ids
from sandbox.clock import Clock
from sandbox.store.model import StoreOrder, StoreShipment
from sandbox.store.order_view import shipped_amount
from sandbox.store.shipments import add_shipment
from sandbox.store.state import Store
from sandbox.world.draft import MERCHANT
from sandbox.world.order import WorldOrder
from sandbox.world.package import OTHERS, units
from sandbox.world.parcel import Parcel, pack

COMPLETE = "C"
_WAITING = ("O", "P", COMPLETE)
"""Statuses of store orders that are to be packed."""
_DUE = ("UNSHIPPED", "PARTIALLY_SHIPPED")


class Shift:
    """Work that is done again and again, by the clock of the sandbox, until the next one begins."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0

    def begin(self, every: float, work: Callable[[], object]) -> None:
        """Do `work` each time that `every` sandbox seconds have passed; 0: end what has been done so far."""
        self._number += 1
        if every > 0:
            threading.Thread(target=self._go_on, args=(self._number, every, work), daemon=True).start()

    def _go_on(self, number: int, every: float, work: Callable[[], object]) -> None:
        due = self._clock.timestamp() + every
        while True:
            self._clock.sleep(max(due - self._clock.timestamp(), 0.0))
            if number != self._number:
                return
            work()
            due += every


Wanted = str | int | Sequence[str | int]


def ship(
    store: Store,
    sold: Iterable[WorldOrder],
    *,
    orders: Wanted = "open",
    way: str = "drawn",
    carrier: str | None = None,
    tracking: str | None = None,
    complete: bool = False,
) -> list[StoreShipment]:
    """Ship imported orders; returns the new shipments.

    orders    "open": all that wait at Amazon for the merchant; "third": every third of them; a number: so many; or a
              list of Amazon's and the store's ids, which are shipped whatever Amazon says of them by now
    way       see `world.parcel.WAYS`
    carrier, tracking  in place of those drawn; an empty text is none
    complete  the store order becomes complete with its last parcel
    """
    known = {order.order_id: order for order in sold}
    done: list[StoreShipment] = []
    for order, amazon_order in _chosen(store, known, orders):
        before = len(store.shipments_of(order.order_id))
        parcels = pack(amazon_order.order_id, _to_ship(store, order, amazon_order), way, before=before)
        for number, parcel in enumerate(parcels, start=1):
            last = complete and number == len(parcels)
            done.append(_shipped(store, order, parcel, carrier, tracking, COMPLETE if last else ""))
    return done


def _chosen(store: Store, known: Mapping[str, WorldOrder], wanted: Wanted) -> list[tuple[StoreOrder, WorldOrder]]:
    imported = []
    for order in sorted(store.all_orders(), key=lambda one: one.order_id):
        ids = amazon_ids(order) & known.keys()
        if len(ids) == 1 and not order.is_parent_order:
            imported.append((order, known[ids.pop()]))
    if isinstance(wanted, str | int):
        due = [(order, sold) for order, sold in imported if _is_due(order, sold) and _to_ship(store, order, sold)]
        if isinstance(wanted, int):
            return due[:wanted]
        if wanted not in ("open", "third"):
            raise ValueError(f"orders is {wanted!r}: give 'open', 'third', a number or ids")
        return due if wanted == "open" else due[::3]
    asked = {str(one) for one in wanted}
    found = [pair for pair in imported if {str(pair[0].order_id), pair[1].order_id} & asked]
    missing = asked - {text for order, sold in found for text in (str(order.order_id), sold.order_id)}
    if missing:
        raise ValueError(f"not in the store: {', '.join(sorted(missing))}")
    return found


def _is_due(order: StoreOrder, sold: WorldOrder) -> bool:
    draft = sold.draft
    return order.status in _WAITING and draft.fulfilled_by == MERCHANT and draft.status in _DUE


def _to_ship(store: Store, order: StoreOrder, sold: WorldOrder) -> dict[int, int]:
    """Product id -> units that are in no shipment of the store and that nobody else has sent."""
    entered = {shipment.tracking_number for shipment in store.shipments_of(order.order_id)}
    elsewhere = [one for one in sold.draft.packages if one.origin == OTHERS and one.tracking not in entered]
    wanted: Counter[int] = Counter()
    for line in order.lines.values():
        wanted[line.product_id] += line.amount - shipped_amount(store, order, line.item_id)
    if sold.draft.status in _DUE:
        for item in sold.draft.lines:
            if item.product is not None:
                wanted[item.product.product_id] -= units(elsewhere, item.item_id)
    return {product_id: number for product_id, number in wanted.items() if number > 0}


def _shipped(
    store: Store, order: StoreOrder, parcel: Parcel, carrier: str | None, tracking: str | None, status: str
) -> StoreShipment:
    """The store's shipment of a parcel: its products by the lines of the order."""
    rest, products = Counter(parcel.contents), {}
    for number, line in order.lines.items():
        amount = min(line.amount - shipped_amount(store, order, number), rest[line.product_id])
        if amount > 0:
            products[str(number)] = amount
            rest[line.product_id] -= amount
    body = {
        "shipping_id": order.shipping[0].shipping_id if order.shipping else 1,
        "carrier": parcel.carrier if carrier is None else carrier,
        "tracking_number": parcel.tracking if tracking is None else tracking,
        "products": products,
        "order_status": status,
    }
    return add_shipment(store, order, body)
