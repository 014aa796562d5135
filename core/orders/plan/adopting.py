"""Orders that are in the store already although this database did not make them: a lost home, a restored backup.

Whoever made such an order may have worked on it since, so it is taken over as it is. Only two things are still done
to it: one that was made and never made exact is made exact, and one that stands as an earlier import left it follows
Amazon's status.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.orders.document import CANCELLED, SHIPPED
from core.orders.plan.store_order import PlannedOrder

_NEW = ("N", "O")
"""Status codes with which the store itself begins an order."""


def is_unfinished(order: PlannedOrder, status: str, differences: Sequence[str]) -> bool:
    """Whether the store order was made and never made exact: new in the store, and still at the store's own prices."""
    return bool(differences) and status in _NEW and order.status not in _NEW and status not in order.onward


def status_for(order: PlannedOrder, status: str) -> str:
    """The status that the store order should have, which has `status` now; one that people gave stays."""
    return order.onward.get(status, status)


def written_status(order: PlannedOrder, status: str) -> str:
    """What to remember as the status code we wrote last, so that a later change can tell what people did."""
    return status if status in order.onward.values() else order.status


def trouble(order: PlannedOrder, status: str, differences: Sequence[str]) -> list[str]:
    """What a person has to know of a store order that was taken over with `status`; empty when nothing matters.

    That people moved an order on while Amazon still waits for it is daily life, and so is it after a loss.
    """
    fits = status == order.status or status in order.onward.values()
    if fits and order.amazon_status == CANCELLED:
        return []
    found = list(differences)
    if not fits and order.amazon_status in (SHIPPED, CANCELLED):
        found.append(f"status {status}, while Amazon says {order.amazon_status}")
    elif not fits and status in _NEW:
        found.append(f"status {status} instead of {order.status}")
    return found
