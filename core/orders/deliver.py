"""Delivers orders to the store: create, make exact, follow Amazon's status.

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

from sqlmodel import Session, col, update

from core import clock
from core.cscart import orders as api
from core.cscart.orders import StoreOrder
from core.cscart.transport import StoreClient
from core.errors import CrossdockError, Rejected
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.order import AmazonOrder
from core.model.outbox import SENDING, WAITING, OutboxIntent
from core.orders import CREATE_KIND, STATUS_KIND
from core.orders.evidence import evidence
from core.orders.links import note_seen, write_link
from core.orders.plan import adopting, problems
from core.orders.plan.anonymous import left_as
from core.orders.plan.store_order import PlannedOrder, StoreLine, correct_body, create_body, differences
from core.orders.refusals import refusal
from core.state import State
from core.sync.decisions import Hold
from core.sync.delivery import MOST_REPEATS, Arrived, Delivery, Differs, Ended, GoesOn, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.tries import tries
from core.sync.wording import RemoteChanged

CREATE = "create"
CORRECT = "correct"
STATUS = "status"

_LATE = 3_600.0
"""Seconds after an unanswered creation from which what is found may have been worked on: a restored backup, a worker
that was away. It is taken over like an order of an earlier life."""
_STATUS_CONTENT = {"store_order_id", "letter", "cancels", "expected", "shipped", "ended", "amazon_status"}
_REFUSED_FIX = "Correct what the store says (stock, payment, shipping method), then retry."
_DIFFERS_FIX = (
    "Check stock, quantity rules and promotions in the store, then make it exact with: crossdock orders retry"
)


class OtherEdition(RemoteChanged):
    """The store turned out to be of another edition than the one that orders were planned for."""


class OrderDelivery(Delivery):
    """Carries orders into one store."""

    kinds = frozenset({CREATE_KIND, STATUS_KIND})
    doing = "Writing orders to the store"

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
    ) -> None:
        """`cancelled_status` tells the status of cancelled orders by channel; `look_for_earlier` is done once before
        anything is created, `edition_disproved` when the store is of another edition."""
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self._client = client
        self._under_stores = under_stores
        self._is_marketplace = is_marketplace
        self._email_filter = email_filter
        self._cancelled_status = cancelled_status
        self._look_for_earlier = look_for_earlier
        self._edition_disproved = edition_disproved

    def ready(self) -> None:
        self._look_for_earlier()

    def odd(self, intent: OutboxIntent) -> Hold | None:
        if _is_understood(intent):
            return None
        return Hold(
            problems.UNREADABLE,
            "What was planned of it cannot be read by this version of the program.",
            "Plan it again with: crossdock orders retry",
        )

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, intent: OutboxIntent) -> None:
        if intent.kind == STATUS_KIND:
            self._change_status(intent)
        elif intent.step == CORRECT:
            self._correct(intent, _planned(intent), self._present(intent))
        else:
            self._create(intent)

    def _create(self, intent: OutboxIntent) -> None:
        order = _planned(intent)
        answer = self.calling(intent, CREATE, lambda: self._made(order))
        if answer is None:
            return
        order_id, made, by_marketplace = answer
        self._linked(intent, order, order_id, made.status if made else "")
        if by_marketplace and not self._is_marketplace:
            self.outbox.put_back(intent, step=CORRECT, seconds=0, message="Made in a store of another edition.")
            raise self._other_edition("It is a Multi-Vendor store, and its orders were planned as for CS-Cart")
        self._correct(intent, order, made or self._present(intent))

    def _made(self, order: PlannedOrder) -> tuple[int, StoreOrder | None, bool]:
        company = order.company_id if self._under_stores else None
        try:
            return api.create(self._client, create_body(order), company_id=company)
        except Rejected as error:
            if company is not None and error.status == 404:
                raise self._other_edition("It takes no orders under a storefront any more") from None
            raise

    def _other_edition(self, what: str) -> OtherEdition:
        # Until it is proved or told anew, no job writes to the store.
        self._edition_disproved()
        name = self._client.access.name
        return OtherEdition(
            f"{what}: nothing more is written.",
            subject=self._client.access.subject,
            next_step=f"Run: crossdock store verify {name}, and set the store's edition if it asks for it; then look "
            "at the orders that were made last. The next import goes on.",
        )

    def _linked(self, intent: OutboxIntent, order: PlannedOrder, order_id: int, status: str) -> None:
        """Keep the store's number for the order and its status there, and that it is being made exact now."""
        known = replace(evidence(intent), order_id=order_id).into(intent.evidence)

        def link(session: Session) -> None:
            write_link(session, intent, order, order_id, status)
            self.outbox.note_in(session, intent, state=SENDING, step=CORRECT, evidence=known, sent_at=clock.now())

        self.outbox.write(link)

    def _correct(self, intent: OutboxIntent, order: PlannedOrder, present: StoreOrder | None) -> None:
        """Make the store order exact: a full edit where lines or money differ, else the status alone."""
        if present is None:
            self.fail(intent, _gone(intent))
        elif evidence(intent).adopted:
            self._adopt(intent, [present])
        elif _differences(order, present):
            body = correct_body(order, lines_of(present))
            self._write(intent, lambda: api.edit(self._client, present.order_id, body))
        elif present.status != order.status:
            self._write(intent, lambda: api.set_status(self._client, present.order_id, order.status))
        else:
            self.outbox.sent(intent)

    def _write(self, intent: OutboxIntent, call: Callable[[], Any]) -> None:
        step = STATUS if intent.kind == STATUS_KIND else CORRECT
        if self.calling(intent, step, call, back=self.again(intent)[0]) is not None:
            self.outbox.sent(intent)

    def _change_status(self, intent: OutboxIntent) -> None:
        content = intent.content or {}
        present = api.get(self._client, content["store_order_id"])
        if present is None:
            self.fail(intent, _gone(intent))
            return
        intent.evidence = replace(evidence(intent), order_id=present.order_id).into(intent.evidence)
        status_code = content["letter"]
        if present.status == status_code:
            self.outbox.sent(intent)
        elif conflict := _conflict(content, present):
            self.fail(intent, conflict)
        else:
            self._write(intent, lambda: api.set_status(self._client, present.order_id, status_code))

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
        self._write(intent, lambda: api.set_status(self._client, present.order_id, status_code))

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        number = _number(intent)
        if number is None:
            return Hold(problems.STORE_REFUSED, refusal(error), error.next_step or _REFUSED_FIX)
        return Hold(
            problems.STORE_DIFFERS,
            f"Store order {number} is there but cannot be changed: {refusal(error)}",
            f"Compare store order {number} with Amazon by hand.",
        )

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        if intent.kind == CREATE_KIND and intent.step == CREATE:
            return self._look_for_created(intent)
        return self._compared(intent, self._present(intent))

    def _look_for_created(self, intent: OutboxIntent) -> Outcome:
        found = api.find(self._client, _marker(intent), filtered=self._email_filter)
        if not found:
            return Missing()
        if evidence(intent).adopted or self.age(intent) > _LATE:
            self._adopt(intent, found)
        else:
            kept = self._keep_one(intent, found)
            self.tell(intent, f"Found as store order {kept.order_id}.")
            order = _planned(intent)
            self._linked(intent, order, kept.order_id, kept.status)
            self._correct(intent, order, kept)
        return GoesOn()

    def _compared(self, intent: OutboxIntent, present: StoreOrder | None) -> Outcome:
        if present is None:
            return Ended(_gone(intent))
        arrived = present.status == _wanted_status(intent)
        if arrived and intent.kind == CREATE_KIND and not evidence(intent).adopted:
            arrived = not _differences(_planned(intent), present)
        return Arrived(present) if arrived else Differs(present)

    def may_double(self, intent: OutboxIntent) -> bool:
        return intent.kind == CREATE_KIND and intent.step == CREATE

    def again(self, intent: OutboxIntent) -> tuple[str, State | None]:
        if intent.kind == STATUS_KIND:
            return "", None
        if _number(intent) is not None:
            return CORRECT, None
        return "", replace(evidence(intent), repeated=True, adopted=False)

    def _keep_one(self, intent: OutboxIntent, found: Sequence[StoreOrder]) -> StoreOrder:
        """The lowest number stays; others are cancelled, which gives their stock back."""
        kept, *doubles = found
        status_code = self._cancelled_status(intent.channel_id)
        for double in doubles:
            if double.status == status_code:
                continue
            api.set_status(self._client, double.order_id, status_code)
            text = f"Store order {double.order_id} is a double of {kept.order_id} and was cancelled."
            self.tell(intent, text, level="warning")
        return kept

    # -- reading back ---------------------------------------------------------------------------------------

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        numbered = [(intent, _number(intent) or 0) for intent in intents]
        present = api.get_many(self._client, sorted({number for _, number in numbered}))
        return {stored_id(intent.id): self._read(intent, number, present) for intent, number in numbered}

    def _read(self, intent: OutboxIntent, number: int, found: Mapping[int, StoreOrder | None]) -> Outcome:
        present = found.get(number)
        if present is None and number in found:
            return Ended(_unreadable(number))
        outcome = self._compared(intent, present)
        if isinstance(outcome, Differs) and evidence(intent).adopted:
            # It is followed, never remade: what a person keeps changing back stays as that person wants it.
            return Arrived(present) if tries(intent).repeats >= MOST_REPEATS else outcome
        if isinstance(outcome, Arrived) and present is not None and _is_repeated(intent):
            return self._only_one(intent, present)
        return outcome

    def _only_one(self, intent: OutboxIntent, order: StoreOrder) -> Outcome:
        """After a repeated creation: wait for the first one to show up late, then keep one."""
        rest = self.settle_seconds - self.age(intent)
        if rest > 0:
            self.outbox.sent(intent, seconds=rest)
            return GoesOn()
        kept = self._keep_one(intent, api.find(self._client, _marker(intent), filtered=self._email_filter) or [order])
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
        found = [] if intent.kind == STATUS_KIND else _differences(_planned(intent), order)
        wanted = _wanted_status(intent)
        if order.status != wanted:
            found.append(f"status {order.status} instead of {wanted}")
        what = f"Store order {order.order_id} is not as sent: {'; '.join(found)}."
        created = intent.kind == CREATE_KIND
        # Lists show the status that the store order has, not the one that was planned.
        self.fail(
            intent,
            Hold(problems.STORE_DIFFERS, what, _DIFFERS_FIX),
            lambda session: note_seen(session, intent, order) if created else None,
        )

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, StoreOrder]]) -> list[ItemResult]:
        return [self._verified(session, intent, order) for intent, order in ends]

    def _verified(self, session: Session, intent: OutboxIntent, order: StoreOrder) -> ItemResult:
        if evidence(intent).adopted:
            return self._adopted(session, intent, order)
        created = intent.kind == CREATE_KIND
        amazon_status = _planned(intent).amazon_status if created else (intent.content or {})["amazon_status"]
        seen: dict[str, Any] = {"amazon_status": amazon_status, "total": str(order.total), "verified_at": clock.now()}
        if created:
            seen["left_as"] = left_as(order.buyer, lines_of(order), order.total, order.shipping_cost)
        note_seen(session, intent, order, **seen)
        text = f"store order {order.order_id}"
        return ItemResult(intent.subject, "created" if created else "updated", message=text)

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
                mine = col(AmazonOrder.order_id) == _marker(intent)
                session.exec(update(AmazonOrder).where(mine).values(dirty=True))

    def _present(self, intent: OutboxIntent) -> StoreOrder | None:
        number = _number(intent)
        return api.get(self._client, number) if number else None


def _conflict(content: Mapping[str, Any], present: StoreOrder) -> Hold | None:
    """The problem of people having moved the store order in a way that our change would undo."""
    if present.status in (content["expected"], content["letter"]):
        return None
    shipped = content["cancels"] and present.status == content["shipped"]
    undone = not content["cancels"] and present.status in content["ended"]
    if not (shipped or undone):
        return None
    return Hold(
        problems.STORE_ORDER_CHANGED,
        f"Amazon says {content['amazon_status']}, store order {present.order_id} has status {present.status}.",
        "Decide by hand: nothing was changed in the store.",
    )


def _gone(intent: OutboxIntent) -> Hold:
    return Hold(
        problems.ORDER_DELETED,
        f"Store order {_number(intent)} is not there any more.",
        "Restore it in the store, or leave it deleted: it is not created again.",
    )


def _unreadable(number: int) -> Hold:
    return Hold(
        problems.STORE_DIFFERS,
        f"Store order {number} comes in a form that cannot be read.",
        "Look at it in the store, then try again with: crossdock orders retry",
    )


def _is_understood(intent: OutboxIntent) -> bool:
    """Whether the content of an intent is what this version of the program writes."""
    content = intent.content or {}
    try:
        evidence(intent)
        if intent.kind == STATUS_KIND:
            return content.keys() >= _STATUS_CONTENT
        _planned(intent)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False
    return True


def _is_repeated(intent: OutboxIntent) -> bool:
    """Whether it was created twice, because the first creation could not be found."""
    known = evidence(intent)
    return known.repeated and not known.adopted


def _number(intent: OutboxIntent) -> int | None:
    """The store's number of the order, once it is known."""
    number = evidence(intent).order_id or (intent.content or {}).get("store_order_id")
    return int(number) if number else None


def _planned(intent: OutboxIntent) -> PlannedOrder:
    return PlannedOrder.from_content(intent.content or {})


def _marker(intent: OutboxIntent) -> str:
    return intent.subject.removeprefix("order ")


def _wanted_status(intent: OutboxIntent) -> str:
    content: dict[str, Any] = intent.content or {}
    if evidence(intent).adopted:
        return evidence(intent).letter
    return str(content["status"] if intent.kind == CREATE_KIND else content["letter"])


def lines_of(order: StoreOrder) -> list[StoreLine]:
    """The lines of a store order, as plans compare them."""
    return [StoreLine(line.item_id, line.product_id, line.amount, line.price) for line in order.lines]


def _differences(planned: PlannedOrder, present: StoreOrder) -> list[str]:
    return differences(planned, lines_of(present), present.total, present.shipping_cost)
