"""Order statuses and the stock they move, without the lock the real store lacks too."""

from __future__ import annotations

import time
from typing import Any

from sandbox.store import php
from sandbox.store.model import StoreLine, StoreOrder, StoreProduct
from sandbox.store.state import Mail, Store

BACKORDERED = "B"
INCOMPLETE = "N"
NOTIFY_KEYS = ("notify_user", "notify_department", "notify_vendor")


def is_tracked(product: StoreProduct) -> bool:
    """Whether orders change the amount of the product."""
    return product.tracking != "D"


def may_oversell(store: Store, product: StoreProduct) -> bool:
    """Whether an order may take more than there is."""
    return store.allows_negative or product.out_of_stock_actions == "B"


def change_status(store: Store, order: StoreOrder, status_code: str, body: dict[str, Any]) -> bool:
    """Give `order` a status and move stock; False when refused or nothing to change.

    Too little stock on the way into a status that takes it makes the order backordered instead.
    """
    effect = store.inventory_effect(status_code)
    if effect is None or status_code == order.status:
        return False
    before = store.inventory_effect(order.status)
    if before == "I" and effect == "D":
        if not _take(store, order):
            if order.status == BACKORDERED:
                return False
            status_code = BACKORDERED
    elif before == "D" and effect == "I":
        _give_back(store, order)
    order.status = status_code
    order.updated_at = store.now()
    _send_mails(store, order, body)
    return True


def _send_mails(store: Store, order: StoreOrder, body: dict[str, Any]) -> None:
    """Any non-empty notify value sends mail, the text "N" among them."""
    for key in NOTIFY_KEYS:
        if not php.empty(body.get(key)):
            store.mails.append(Mail(order.order_id, key.removeprefix("notify_"), order.status))


def _take(store: Store, order: StoreOrder) -> bool:
    taken: list[StoreLine] = []
    for line in order.lines.values():
        if not _write_amount(store, line, -line.amount):
            for done in taken:
                _write_amount(store, done, done.amount)
            return False
        taken.append(line)
    return True


def _give_back(store: Store, order: StoreOrder) -> None:
    for line in order.lines.values():
        _write_amount(store, line, line.amount)


def _write_amount(store: Store, line: StoreLine, change: int) -> bool:
    """Read, compute, write back: what another request writes in between is lost. False: not enough there."""
    product = store.products.get(line.product_id)
    if product is None or not is_tracked(product):
        return True
    amount = product.amount
    if change < 0 and amount + change < 0 and not may_oversell(store, product):
        return False
    time.sleep(store.options.stock_window)
    product.amount = amount + change
    return True
