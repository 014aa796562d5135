"""Mirrors what Amazon has changed of orders that are in the store, by the cheapest call that is safe.

A change of status is the store's fast path: nothing is calculated anew. An address that Amazon has sent since needs the
whole order to be written, so that happens only while the order is as we wrote it. What the store cannot take without
undoing what a person did, or what has left, is a problem: units that were cancelled, a cancellation of what is
shipped, an address of an order that somebody has changed. Calls: one GET, one PUT, and one read for fifty orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from core.cscart import orders as api
from core.cscart.orders import StoreOrder
from core.jobs.context import ItemResult
from core.model.outbox import OutboxIntent
from core.orders import STATUS_KIND
from core.orders.document import SHIPPED
from core.orders.evidence import Evidence, evidence
from core.orders.links import note_seen
from core.orders.parts import StoreOrderDelivery, gone, keeps_differing, part, parts, plan_again, store_lines
from core.orders.plan import problems
from core.orders.plan.anonymous import is_as_left, left_as
from core.orders.plan.changes import Sold, differing_units, has_address, sold_from
from core.orders.plan.store_order import PlannedOrder, address_body, differences
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Missing, Outcome

STATUS = "status"
_CONTENT = {"store_order_id", "letter", "cancels", "expected", "shipped", "ended", "amazon_status"}
_DIFFERS_FIX = "Look at the order in the store, then try again with: crossdock orders retry"
_CHANGED_FIX = "Change the store order by hand as Amazon has it; the next import sees that, and settles this."


class ChangeDelivery(StoreOrderDelivery):
    """Carries later changes of orders into one store."""

    kinds = frozenset({STATUS_KIND})

    def understands(self, intent: OutboxIntent) -> bool:
        for content in parts(intent):
            sold_from(content.get("sold", ()))
            if content.get("filled"):
                PlannedOrder.from_content(content["filled"])
        return all(content.keys() >= _CONTENT for content in parts(intent))

    def send(self, intent: OutboxIntent) -> None:
        content, present = part(intent), self.present(intent)
        if present is None:
            self.fail(intent, gone(intent))
            return
        intent.evidence = replace(evidence(intent), order_id=present.order_id).into(intent.evidence)
        if (conflict := _conflict(content, present)) is not None:
            self.fail(intent, conflict)
            return
        known = replace(evidence(intent), letter=_status_for(content, present))
        filled = _filled(content)
        if content.get("lacking") is not None and not (filled and has_address(present.buyer, filled.address)):
            known = replace(known, unfilled=not _may_write(content, filled, present))
        intent.evidence = known.into(intent.evidence)
        if filled is not None and not self._is_filled(intent, present):
            intent.evidence = replace(known, filled=True).into(intent.evidence)
            # Staff notes are said again, for people write there too.
            body = address_body(filled, store_lines(present)) | {"details": present.details}
            self._write(intent, lambda: api.edit(self.client, present.order_id, body))
        elif known.letter != present.status:
            self._write(intent, lambda: api.set_status(self.client, present.order_id, known.letter))
        else:
            self.outbox.sent(intent, found=known)

    def _write(self, intent: OutboxIntent, call: Any) -> None:
        if self.calling(intent, STATUS, call) is not None:
            self.outbox.sent(intent, found=replace(evidence(intent), corrected=True))

    def compared(self, intent: OutboxIntent, present: StoreOrder) -> Outcome:
        arrived = present.status == _wanted_status(intent) and self._is_filled(intent, present)
        return Arrived(present) if arrived else Differs(present)

    def _is_filled(self, intent: OutboxIntent, present: StoreOrder) -> bool:
        """Whether it has the address that it should get; true where it should get none."""
        filled = _filled(part(intent))
        return filled is None or evidence(intent).unfilled or has_address(present.buyer, filled.address)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        order: StoreOrder = outcome.seen  # type: ignore[union-attr]  # one that is missing has ended before
        found = [] if self._is_filled(intent, order) else ["it has another address"]
        self.fail(intent, keeps_differing(order, _wanted_status(intent), found, _DIFFERS_FIX))

    def ended(self, session: Session, intent: OutboxIntent, order: StoreOrder) -> ItemResult:
        content, known = part(intent), evidence(intent)
        sold = sold_from(content.get("sold", ()))
        trouble = _trouble(content, known, sold, order)
        seen: dict[str, Any] = {"amazon_status": content["amazon_status"]}
        if sold and not trouble:
            seen["lines"] = [one.to_json() for one in sold]
        if content.get("lacking") is not None and not known.unfilled:
            seen["lacking"] = content["lacking"]
            if known.filled:
                seen["left_as"] = left_as(order.buyer, store_lines(order), order.total, order.shipping_cost)
        note_seen(session, intent, order, **seen)
        if not trouble:
            return ItemResult(intent.subject, "updated", message=f"store order {order.order_id}")
        plan_again(session, intent)  # until a person has changed it
        said = f"Store order {order.order_id}: {'; '.join(trouble)}."
        return ItemResult(intent.subject, "failed", problems.ORDER_CHANGED.name, said, _CHANGED_FIX)


def _conflict(content: Mapping[str, Any], present: StoreOrder) -> Hold | None:
    """The problem of people having moved the store order in a way that our change would undo."""
    if present.status == content["letter"]:
        return None
    if content["cancels"]:
        undone = present.has_shipments or (present.status == content["shipped"] != content["expected"])
    else:
        undone = present.status != content["expected"] and present.status in content["ended"]
    if not undone:
        return None
    shipped = " and was shipped" if content["cancels"] and present.has_shipments else ""
    return Hold(
        problems.STORE_ORDER_CHANGED,
        f"Amazon says {content['amazon_status']}, store order {present.order_id} has status {present.status}{shipped}.",
        "Decide by hand: nothing was changed in the store.",
    )


def _status_for(content: Mapping[str, Any], present: StoreOrder) -> str:
    """The status that the store order gets: what people have moved it to stays, until it is shipped or cancelled."""
    is_moved = present.status not in (content["expected"], content["letter"])
    ends = content["cancels"] or content["amazon_status"] == SHIPPED
    return present.status if is_moved and not ends else str(content["letter"])


def _may_write(content: Mapping[str, Any], filled: PlannedOrder | None, present: StoreOrder) -> bool:
    """Whether the whole order may be written: nobody has changed it since we did, and its amounts are still those."""
    if filled is None or present.status != content["expected"]:
        return False
    there = store_lines(present), present.total, present.shipping_cost
    return is_as_left(content.get("left_as", ""), present.buyer, *there) and not differences(filled, *there)


def _trouble(content: Mapping[str, Any], known: Evidence, sold: tuple[Sold, ...], order: StoreOrder) -> list[str]:
    found = [
        f"Amazon has {one}" for one in differing_units(sold, ((one.product_id, one.amount) for one in order.lines))
    ]
    if content.get("lacking") is not None and known.unfilled:
        why = "somebody has changed the order meanwhile" if content.get("filled") else "the order cannot be planned now"
        found.append(f"Amazon has sent the address since, and {why}")
    return found


def _filled(content: Mapping[str, Any]) -> PlannedOrder | None:
    filled = content.get("filled")
    return PlannedOrder.from_content(filled) if filled else None


def _wanted_status(intent: OutboxIntent) -> str:
    return evidence(intent).letter or str(part(intent)["letter"])
