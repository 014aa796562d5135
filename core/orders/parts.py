"""What both deliveries of orders share, and how one intent carries several store orders of one Amazon order.

    part 1: sent, read back ─▶ part 2: sent, read back ─▶ … ─▶ verified

The parts go one after the other, and what is wrong with one stops none of the others: it is told when the last of them
has ended. An intent of one part is the same without this.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlmodel import Session, col, update

from core.cscart import orders as api
from core.cscart.orders import StoreOrder
from core.cscart.transport import StoreClient
from core.errors import CrossdockError
from core.jobs.context import ItemResult
from core.model.order import AmazonOrder
from core.model.outbox import WAITING, OutboxIntent
from core.orders.evidence import Evidence, evidence
from core.orders.plan import problems
from core.orders.plan.store_order import StoreLine
from core.orders.refusals import refusal
from core.sync.codes import Code
from core.sync.decisions import Hold
from core.sync.delivery import Delivery, Ended, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace

CORRECT = "correct"
"""The step at which a store order is there and is made exact."""
_MORE = "more"
_REFUSED_FIX = "Correct what the store says (stock, payment, shipping method), then retry."


def in_parts(contents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The content of an intent that carries these, one after the other."""
    first, *rest = contents
    return {**first, **({_MORE: [dict(one) for one in rest]} if rest else {})}


def parts(intent: OutboxIntent) -> list[Mapping[str, Any]]:
    """What an intent carries."""
    content = intent.content or {}
    return [content, *content.get(_MORE, ())]


def part(intent: OutboxIntent) -> Mapping[str, Any]:
    """What an intent carries now."""
    return parts(intent)[evidence(intent).part]


def number(intent: OutboxIntent) -> int | None:
    """The store's number of the order that it is at, once it is known."""
    found = evidence(intent).order_id or part(intent).get("store_order_id")
    return int(found) if found else None


def marker(intent: OutboxIntent) -> str:
    """Amazon's number of the order."""
    return intent.subject.removeprefix("order ")


class StoreOrderDelivery(Delivery):
    """Carries intents about store orders."""

    doing = "Writing orders to the store"

    def __init__(self, outbox: Outbox, client: StoreClient, pace: Pace, *, settle_seconds: float, tell: Tell) -> None:
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self.client = client

    # -- what they differ in ----------------------------------------------------------------------------------

    @abstractmethod
    def understands(self, intent: OutboxIntent) -> bool:
        """Whether the content of an intent is what this version of the program writes; may raise what reading does."""

    @abstractmethod
    def compared(self, intent: OutboxIntent, present: StoreOrder) -> Outcome:
        """Whether a store order is as it should be."""

    @abstractmethod
    def ended(self, session: Session, intent: OutboxIntent, order: StoreOrder) -> ItemResult:
        """Note in the caller's transaction that a store order is as it should be; what is to be said of it."""

    # -- what they share --------------------------------------------------------------------------------------

    def odd(self, intent: OutboxIntent) -> Hold | None:
        try:
            evidence(intent)
            understood = self.understands(intent)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            understood = False
        if understood:
            return None
        return Hold(
            problems.UNREADABLE,
            "What was planned of it cannot be read by this version of the program.",
            "Plan it again with: crossdock orders retry",
        )

    def present(self, intent: OutboxIntent) -> StoreOrder | None:
        """The store order as it is now; None where it is not there, or not made yet."""
        found = number(intent)
        return api.get(self.client, found) if found else None

    def look(self, intent: OutboxIntent) -> Outcome:
        return self.judged(intent, self.present(intent))

    def judged(self, intent: OutboxIntent, present: StoreOrder | None) -> Outcome:
        """The same, whether it is there or not."""
        return Ended(gone(intent)) if present is None else self.compared(intent, present)

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        numbered = [(intent, number(intent) or 0) for intent in intents]
        present = api.get_many(self.client, sorted({found for _, found in numbered}))
        return {intent.id or 0: self.read(intent, found, present) for intent, found in numbered}

    def read(self, intent: OutboxIntent, found: int, present: Mapping[int, StoreOrder | None]) -> Outcome:
        """What was read back of one."""
        if found in present and present[found] is None:
            return Ended(_unreadable(found))
        return self.judged(intent, present.get(found))

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        found = number(intent)
        if found is None:
            return Hold(problems.STORE_REFUSED, refusal(error), error.next_step or _REFUSED_FIX)
        return Hold(
            problems.STORE_DIFFERS,
            f"Store order {found} is there but cannot be changed: {refusal(error)}",
            f"Compare store order {found} with Amazon by hand.",
        )

    # -- one part after the other -----------------------------------------------------------------------------

    def fail(self, intent: OutboxIntent, hold: Hold, also: Callable[[Session], None] = lambda session: None) -> None:
        item = ItemResult(intent.subject, "failed", hold.code, hold.message, hold.fix)
        if not self._has_next(intent):
            said = _merged(intent, item)
            super().fail(intent, Hold(Code.stored(said.code), said.message, said.fix), also)
            return
        self.tell(intent, hold.message, level="error")

        def failed(session: Session) -> ItemResult:
            self.given_up(session, intent)
            also(session)
            return item

        self._go_on(intent, failed)

    def end(self, ends: Sequence[tuple[OutboxIntent, Any]]) -> None:
        last = [(intent, order) for intent, order in ends if not self._has_next(intent)]
        for intent, order in ends:
            if self._has_next(intent):
                self._go_on(intent, partial(self.ended, intent=intent, order=order))
        super().end(last)

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, StoreOrder]]) -> list[ItemResult]:
        return [_merged(intent, self.ended(session, intent, order)) for intent, order in ends]

    def _has_next(self, intent: OutboxIntent) -> bool:
        if not (intent.content or {}).get(_MORE) or self.odd(intent) is not None:
            return False
        return evidence(intent).part + 1 < len(parts(intent))

    def _go_on(self, intent: OutboxIntent, end: Callable[[Session], ItemResult]) -> None:
        """End the part that an intent is at, and let it wait with the next."""
        before = intent.evidence
        known = evidence(intent)
        next_number = parts(intent)[known.part + 1].get("store_order_id")

        def go_on(session: Session) -> None:
            intent.evidence = before  # the transaction may be tried again
            item = end(session)
            made = (*known.made, number(intent) or 0)
            found = Evidence(part=known.part + 1, made=made, code=known.code, said=known.said, fix=known.fix)
            if item.result == "failed":
                said = _merged(intent, item)
                found = replace(found, code=said.code, said=said.message, fix=said.fix)
            step = CORRECT if next_number else ""
            values = {"state": WAITING, "step": step, "not_before": None, "sent_at": None}
            self.outbox.note_in(session, intent, evidence=found.to_json(), **values)

        self.outbox.write(go_on)


def _merged(intent: OutboxIntent, item: ItemResult) -> ItemResult:
    """What is said of all parts: the first that is wrong gives the code."""
    known = evidence(intent)
    if known.code:
        more = f" {item.message}" if item.result == "failed" else ""
        return ItemResult(item.subject, "failed", known.code, f"{known.said}{more}", known.fix)
    if known.made and item.result != "failed":
        numbers = ", ".join(map(str, (*known.made, number(intent) or 0)))
        return replace(item, message=f"store orders {numbers}")
    return item


def gone(intent: OutboxIntent) -> Hold:
    """The problem of a store order that somebody has deleted."""
    return Hold(
        problems.ORDER_DELETED,
        f"Store order {number(intent)} is not there any more.",
        "Restore it in the store, or leave it deleted: it is not created again.",
    )


def keeps_differing(order: StoreOrder, wanted: str, found: Sequence[str], fix: str) -> Hold:
    """The problem of a store order that stays otherwise than it was written."""
    said = [*found, *([f"status {order.status} instead of {wanted}"] if order.status != wanted else [])]
    return Hold(problems.STORE_DIFFERS, f"Store order {order.order_id} is not as sent: {'; '.join(said)}.", fix)


def store_lines(order: StoreOrder) -> list[StoreLine]:
    """The lines of a store order, as plans compare them."""
    return [StoreLine(line.item_id, line.product_id, line.amount, line.price) for line in order.lines]


def plan_again(session: Session, intent: OutboxIntent) -> None:
    """Let the next import look at the order again."""
    mine = col(AmazonOrder.order_id) == marker(intent), col(AmazonOrder.raw).is_not(None)
    session.exec(update(AmazonOrder).where(*mine).values(dirty=True))


def _unreadable(found: int) -> Hold:
    return Hold(
        problems.STORE_DIFFERS,
        f"Store order {found} comes in a form that cannot be read.",
        "Look at it in the store, then try again with: crossdock orders retry",
    )
