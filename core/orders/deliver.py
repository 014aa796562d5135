"""Delivers new orders to the store: create, make exact. What changes later is the work of `changing`.

    create ─▶ (201) ─ correct ─▶ sent          one that was in the store already is taken over as it is
       ▼ no clear answer
    unknown ─ search ─▶ found: goes on with `correct`
                     └▶ not found for SETTLE seconds and twice more: created again, and searched once more for a double

Calls per order: one POST, one PUT where prices or status need it, and one read for fifty orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from core import clock
from core.cscart import orders as api
from core.cscart.orders import StoreOrder
from core.cscart.transport import StoreClient
from core.errors import Rejected
from core.jobs.context import ItemResult
from core.model.outbox import SENDING, WAITING, OutboxIntent
from core.orders import CREATE_KIND, backordered
from core.orders.evidence import evidence
from core.orders.links import note_seen, write_link
from core.orders.parts import (
    CORRECT,
    StoreOrderDelivery,
    gone,
    keeps_differing,
    marker,
    number,
    part,
    parts,
    plan_again,
    store_lines,
)
from core.orders.plan import adopting, problems
from core.orders.plan.anonymous import left_as
from core.orders.plan.store_order import PlannedOrder, correct_body, create_body, differences
from core.state import State
from core.sync.delivery import MOST_REPEATS, Arrived, Differs, GoesOn, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.tries import tries
from core.sync.wording import RemoteChanged

CREATE = "create"

_LATE = 3_600.0
"""Seconds after an unanswered creation from which what is found may have been worked on: a restored backup, a worker
that was away. It is taken over like an order of an earlier life."""
_DIFFERS_FIX = (
    "Check stock, quantity rules and promotions in the store, then make it exact with: crossdock orders retry"
)


class OtherEdition(RemoteChanged):
    """The store turned out to be of another edition than the one that orders were planned for."""


class OrderDelivery(StoreOrderDelivery):
    """Carries new orders into one store."""

    kinds = frozenset({CREATE_KIND})

    def __init__(
        self,
        outbox: Outbox,
        client: StoreClient,
        pace: Pace,
        *,
        settle_seconds: float,
        under_stores: bool,
        is_marketplace: bool,
        email_filter: bool,
        cancelled_status: Callable[[int], str],
        tell: Tell,
        look_for_earlier: Callable[[], None] = lambda: None,
        edition_disproved: Callable[[], None] = lambda: None,
        taken: Callable[[Session, Sequence[int]], None] = lambda session, products: None,
    ) -> None:
        """`cancelled_status` tells the status of cancelled orders by channel; `look_for_earlier` is done once before
        anything is created, `edition_disproved` when the store is of another edition, `taken` for the products of an
        order that was made, in the transaction that notes its number."""
        super().__init__(outbox, client, pace, settle_seconds=settle_seconds, tell=tell)
        self._under_stores = under_stores
        self._is_marketplace = is_marketplace
        self._email_filter = email_filter
        self._cancelled_status = cancelled_status
        self._look_for_earlier = look_for_earlier
        self._edition_disproved = edition_disproved
        self._taken = taken

    def ready(self) -> None:
        self._look_for_earlier()

    def understands(self, intent: OutboxIntent) -> bool:
        return all(PlannedOrder.from_content(one) for one in parts(intent))

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, intent: OutboxIntent) -> None:
        if intent.step == CORRECT:
            self._correct(intent, _planned(intent), self.present(intent))
        else:
            self._create(intent)

    def _create(self, intent: OutboxIntent) -> None:
        order = _planned(intent)
        if evidence(intent).part and (found := self._made_of(intent, order)):
            # The search for orders of an earlier life ended with the first of the parts.
            self._adopt(intent, found)
            return
        answer = self.calling(intent, CREATE, lambda: self._made(order))
        if answer is None:
            return
        order_id, made, by_marketplace = answer
        self._linked(intent, order, order_id, made.status if made else "")
        if by_marketplace and not self._is_marketplace:
            self.outbox.put_back(intent, step=CORRECT, seconds=0, message="Made in a store of another edition.")
            raise self._other_edition("It is a Multi-Vendor store, and its orders were planned as for CS-Cart")
        self._correct(intent, order, made or self.present(intent))

    def _made(self, order: PlannedOrder) -> tuple[int, StoreOrder | None, bool]:
        company = order.company_id if self._under_stores else None
        try:
            return api.create(self.client, create_body(order), company_id=company)
        except Rejected as error:
            if company is not None and error.status == 404:
                raise self._other_edition("It takes no orders under a storefront any more") from None
            raise

    def _other_edition(self, what: str) -> OtherEdition:
        # Until it is proved or told anew, no job writes to the store.
        self._edition_disproved()
        name = self.client.access.name
        return OtherEdition(
            f"{what}: nothing more is written.",
            subject=self.client.access.subject,
            next_step=f"Run: crossdock store verify {name}, and set the store's edition if it asks for it; then look "
            "at the orders that were made last. The next import goes on.",
        )

    def _linked(self, intent: OutboxIntent, order: PlannedOrder, order_id: int, status: str) -> None:
        """Keep the store's number for the order and its status there, and that it is being made exact now."""
        known = replace(evidence(intent), order_id=order_id).into(intent.evidence)

        def link(session: Session) -> None:
            write_link(session, intent, order, order_id, status)
            self._taken(session, order.products)
            self.outbox.note_in(session, intent, state=SENDING, step=CORRECT, evidence=known, sent_at=clock.now())

        self.outbox.write(link)

    def _correct(self, intent: OutboxIntent, order: PlannedOrder, present: StoreOrder | None) -> None:
        """Make the store order exact: a full edit where lines or money differ, else the status alone."""
        if present is None:
            self.fail(intent, gone(intent))
        elif evidence(intent).adopted:
            self._adopt(intent, [present])
        elif _differences(order, present):
            body = correct_body(order, store_lines(present))
            self._write(intent, lambda: api.edit(self.client, present.order_id, body))
        elif present.status != order.status:
            self._write(intent, lambda: api.set_status(self.client, present.order_id, order.status))
        else:
            self.outbox.sent(intent)

    def _write(self, intent: OutboxIntent, call: Callable[[], Any]) -> None:
        if self.calling(intent, CORRECT, call, back=self.again(intent)[0]) is not None:
            self.outbox.sent(intent, found=replace(evidence(intent), corrected=True))

    def _adopt(self, intent: OutboxIntent, found: Sequence[StoreOrder]) -> None:
        """Take over an order that was in the store already: what people have done with it stays."""
        order = _planned(intent)
        cancelled = self._cancelled_status(intent.channel_id)
        alive = [one for one in found if one.status != cancelled] or list(found)
        present = alive[0]
        if adopting.is_unfinished(order, present.status, _differences(order, present)):
            intent.evidence = replace(evidence(intent), adopted=False).into(intent.evidence)
            self._linked(intent, order, present.order_id, present.status)
            self._correct(intent, order, present)
            return
        status_code = adopting.status_for(order, present.status)
        known = evidence(intent)
        doubles = known.doubles or tuple(one.order_id for one in alive[1:])
        known = replace(known, adopted=True, order_id=present.order_id, letter=status_code, doubles=doubles)
        if status_code == present.status:
            self.outbox.sent(intent, found=known)
            return
        self.outbox.note(intent, evidence=known.into(intent.evidence))
        self._write(intent, lambda: api.set_status(self.client, present.order_id, status_code))

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        if intent.step == CREATE:
            return self._look_for_created(intent)
        return super().look(intent)

    def _made_of(self, intent: OutboxIntent, order: PlannedOrder) -> list[StoreOrder]:
        """The store orders that were made of it, lowest number first: of a part those of its vendor."""
        found = api.find(self.client, marker(intent), filtered=self._email_filter)
        return [one for one in found if order.parts == 1 or one.company_id == order.vendor_id]

    def _look_for_created(self, intent: OutboxIntent) -> Outcome:
        order = _planned(intent)
        found = self._made_of(intent, order)
        if not found:
            return Missing()
        if evidence(intent).adopted or self.age(intent) > _LATE:
            self._adopt(intent, found)
        else:
            kept = self._keep_one(intent, found)
            self.tell(intent, f"Found as store order {kept.order_id}.")
            self._linked(intent, order, kept.order_id, kept.status)
            self._correct(intent, order, kept)
        return GoesOn()

    def compared(self, intent: OutboxIntent, present: StoreOrder) -> Outcome:
        arrived = present.status == _wanted_status(intent) or backordered.is_accepted(intent, present.status)
        if arrived and not evidence(intent).adopted:
            arrived = not _differences(_planned(intent), present)
        return Arrived(present) if arrived else Differs(present)

    def may_double(self, intent: OutboxIntent) -> bool:
        return intent.step == CREATE

    def again(self, intent: OutboxIntent) -> tuple[str, State | None]:
        if number(intent) is not None:
            return CORRECT, None
        return "", replace(evidence(intent), repeated=True, adopted=False)

    def _keep_one(self, intent: OutboxIntent, found: Sequence[StoreOrder]) -> StoreOrder:
        """The lowest number stays; others are cancelled, which gives their stock back."""
        kept, *doubles = found
        status_code = self._cancelled_status(intent.channel_id)
        for double in doubles:
            if double.status == status_code:
                continue
            api.set_status(self.client, double.order_id, status_code)
            text = f"Store order {double.order_id} is a double of {kept.order_id} and was cancelled."
            self.tell(intent, text, level="warning")
        return kept

    # -- reading back ---------------------------------------------------------------------------------------

    def read(self, intent: OutboxIntent, found: int, present: Mapping[int, StoreOrder | None]) -> Outcome:
        outcome = super().read(intent, found, present)
        if isinstance(outcome, Differs) and evidence(intent).adopted:
            # It is followed, never remade: what a person keeps changing back stays as that person wants it.
            return Arrived(outcome.seen) if tries(intent).repeats >= MOST_REPEATS else outcome
        if isinstance(outcome, Arrived) and _is_repeated(intent):
            return self._only_one(intent, outcome.seen)
        return outcome

    def _only_one(self, intent: OutboxIntent, order: StoreOrder) -> Outcome:
        """After a repeated creation: wait for the first one to show up late, then keep one."""
        rest = self.settle_seconds - self.age(intent)
        if rest > 0:
            self.outbox.sent(intent, seconds=rest)
            return GoesOn()
        kept = self._keep_one(intent, self._made_of(intent, _planned(intent)) or [order])
        if kept.order_id == order.order_id:
            return Arrived(order)
        known = replace(evidence(intent), order_id=kept.order_id, repeated=False).into(intent.evidence)

        def keep(session: Session) -> None:
            write_link(session, intent, _planned(intent), kept.order_id, kept.status)
            self.outbox.note_in(session, intent, state=WAITING, step=CORRECT, not_before=None, evidence=known)

        self.outbox.write(keep)
        return GoesOn()

    # -- ends -----------------------------------------------------------------------------------------------

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        order: StoreOrder = outcome.seen  # type: ignore[union-attr]  # one that is missing has ended before
        hold = keeps_differing(order, _wanted_status(intent), _differences(_planned(intent), order), _DIFFERS_FIX)
        # Lists show the status that the store order has, not the one that was planned.
        self.fail(intent, hold, lambda session: note_seen(session, intent, order))

    def ended(self, session: Session, intent: OutboxIntent, order: StoreOrder) -> ItemResult:
        if evidence(intent).adopted:
            return self._adopted(session, intent, order)
        planned = _planned(intent)
        seen = {"amazon_status": planned.amazon_status, "total": str(order.total), "verified_at": clock.now()}
        left = left_as(order.buyer, store_lines(order), order.total, order.shipping_cost)
        note_seen(session, intent, order, left_as=left, **seen)
        if backordered.is_accepted(intent, order.status):
            return backordered.result(intent, order.order_id)
        return ItemResult(intent.subject, "created", message=f"store order {order.order_id}")

    def _adopted(self, session: Session, intent: OutboxIntent, order: StoreOrder) -> ItemResult:
        """Link an order that was taken over. It counts as verified, whatever differs: it is followed, never remade."""
        planned = _planned(intent)
        written = adopting.written_status(planned, order.status)
        write_link(session, intent, planned, order.order_id, written, total=str(order.total), verified_at=clock.now())
        found = adopting.trouble(planned, order.status, _differences(planned, order))
        found += [f"store order {double} was made from it too" for double in evidence(intent).doubles]
        if not found:
            return ItemResult(intent.subject, "unchanged", message=f"store order {order.order_id}, there already")
        return ItemResult(
            intent.subject,
            "failed",
            problems.STORE_ORDER_CHANGED.name,
            f"Store order {order.order_id} was there already and differs from what Amazon says: {'; '.join(found)}. "
            "It was left as it is.",
            "Compare it with Amazon by hand; when it is as it should be, settle this with: crossdock orders retry",
        )

    def given_up(self, session: Session, intent: OutboxIntent) -> None:
        with suppress(ValueError):  # whether anything was made of it cannot be read: only a person may try again
            if evidence(intent).order_id is None:
                # Nothing was made of it: the next import tries again.
                plan_again(session, intent)


def _is_repeated(intent: OutboxIntent) -> bool:
    """Whether it was created twice, because the first creation could not be found."""
    known = evidence(intent)
    return known.repeated and not known.adopted


def _planned(intent: OutboxIntent) -> PlannedOrder:
    return PlannedOrder.from_content(part(intent))


def _wanted_status(intent: OutboxIntent) -> str:
    known = evidence(intent)
    return known.letter if known.adopted else str(part(intent)["status"])


def _differences(planned: PlannedOrder, present: StoreOrder) -> list[str]:
    return differences(planned, store_lines(present), present.total, present.shipping_cost)
