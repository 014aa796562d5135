"""Notifications: seconds from an order at Amazon until it stands in the store, brought by nothing but its message.

The worker is a real one that has nothing else to do; the sandbox sends the message when the order is placed.
"""

from __future__ import annotations

import time

from bench.measure import Result, verdict
from bench.shop import Shop, shop, working
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.notifications.actions import set_up
from core.orders.actions import list_orders
from core.orders.list import IMPORTED

ORDERS = 10
GOAL, LONGEST = 10.0, 60.0
"""Seconds at the most, and those after which it is a fault."""


def run(orders: int) -> list[Result]:
    """Place orders one after the other, each when the one before is there."""
    count = min(orders, ORDERS)
    with shop(orders=1, other_orders=0, products=40) as it:
        registry.edit(
            it.workspace,
            LOCAL_ADMIN,
            {
                "name": it.channel,
                "notifications": it.documents["notifications"],
                "settings": {"auto_pull_orders_minutes": 0, "auto_reconcile_orders_minutes": 0},
            },
        )
        set_up(it.workspace, LOCAL_ADMIN, it.channel)
        with working(it):
            _brought(it)  # the first one waits for the worker to begin
            it.forget_calls()
            took = [_brought(it) for _ in range(count)]
        calls, audit = it.calls()["amazon"], it.audit()
    is_right = not (audit["doubled"] or audit["wrong"] or audit["stray"] or calls.get("searchOrders"))
    slowest = f"the slowest of {', '.join(f'{seconds:.1f}' for seconds in took)}; {verdict(count, is_right)}"
    return [
        Result("seconds until an order stands in the store", max(took), "s", GOAL, slowest),
        Result("getOrder per order", calls.get("getOrder", 0) / count, "calls", 1.0),
    ]


def _brought(it: Shop) -> float:
    """Seconds that a new order takes."""
    order_id = it.tell_sandbox("orders", {})["order_id"]
    begun = time.monotonic()
    while not _is_there(it, order_id):
        if time.monotonic() - begun > LONGEST:
            raise RuntimeError(f"order {order_id} does not come")
        time.sleep(0.05)
    return time.monotonic() - begun


def _is_there(it: Shop, order_id: str) -> bool:
    found = list_orders(it.workspace, LOCAL_ADMIN, it.channel, text=order_id)
    return bool(found) and found[0].state == IMPORTED
