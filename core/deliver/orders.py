"""Delivers order intents: create, make exact, settle what is unknown, change status, read back.

    waiting ─ create ─▶ sending ─▶ (201) ─ correct ─▶ sent ─ read back ─▶ verified
                           │                             └ differs: corrected once more, then a problem
                           ▼ no clear answer, or the worker died
                        unknown ─ search ─▶ found: goes on with `correct`
                                        └─▶ not found for SETTLE seconds and twice more: created again,
                                            and searched once more later for a double

A creation is never repeated blindly. Calls per order: one POST, one PUT where prices or status need it, and one
read for fifty orders.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session, col, func, select, update

from core import clock
from core.cscart import orders as api
from core.cscart.orders import StoreOrder
from core.cscart.pace import Pace
from core.cscart.transport import StoreClient
from core.database import upsert
from core.deliver.outbox import Outbox, Withdrawn
from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    RemoteBusy,
    Unreachable,
)
from core.jobs.context import ItemResult
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import WAITING, OutboxIntent
from core.plan import problems
from core.plan.store_order import (
    PlannedOrder,
    StoreLine,
    correct_body,
    create_body,
    differences,
)
from core.redaction import MASK

log = logging.getLogger(__name__)

CREATE = "create"
CORRECT = "correct"
STATUS = "status"

_LOOKS = (1, 3, 8, 20, 45, 80)
"""Seconds after an unanswered call at which the store is looked at; the last looks follow the settling time."""
_SECOND_LOOK = 5.0
_MAX_CORRECTIONS = 2
_MAX_BACKOFF = 60.0
_TROUBLES_IN_A_ROW = 10
_DAY = 86_400


class OrderDelivery:
    """Carries single intents through their steps; each method handles one intent and is safe in any thread."""

    def __init__(
        self,
        outbox: Outbox,
        client: StoreClient,
        pace: Pace,
        *,
        settle_seconds: float,
        under_stores: bool,
        email_filter: bool,
        cancelled_letter: Callable[[int], str],
        event: Callable[..., None],
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._pace = pace
        self._settle = settle_seconds
        self._under_stores = under_stores
        self._email_filter = email_filter
        self._cancelled_letter = cancelled_letter
        self._event = event
        self._troubles = 0
        self._last_trouble: CrossdockError | None = None

    # -- one intent -----------------------------------------------------------------------------------------

    def advance(self, intent_id: int) -> None:
        """Do the next step of an intent and all that follow without waiting; one that was withdrawn is left alone.

        Raises AuthorizationError when the store refuses the key; everything else is kept with the intent.
        """
        try:
            self._advance(self._outbox.load(intent_id))
        except Withdrawn:
            log.info("intent %s was withdrawn before it was sent", intent_id)

    def _advance(self, intent: OutboxIntent) -> None:
        try:
            if intent.state == "unknown":
                self._look(intent)
            elif intent.kind == "order.status":
                self._change_status(intent)
            elif intent.step == CORRECT:
                self._correct(intent, self._present(intent))
            else:
                self._create(intent)
        except (RemoteBusy, OutcomeUnknown, Unreachable) as error:
            # A read failed: nothing was changed by it, so the same step is due again.
            self._troubled(error)
            self._outbox.note(intent, not_before=clock.after(self._backoff(intent)), message=str(error))

    @property
    def unusable(self) -> CrossdockError | None:
        """Why the store cannot be used: its last error, after many in a row; None while it answers now and then."""
        return self._last_trouble if self._troubles >= _TROUBLES_IN_A_ROW else None

    def _answered(self) -> None:
        self._pace.went_well()
        self._troubles = 0

    def _troubled(self, error: CrossdockError) -> None:
        self._pace.trouble()
        # An unanswered write is settled by itself; a store that does not answer reads cannot be used at all.
        self._troubles += 1
        self._last_trouble = error

    def _create(self, intent: OutboxIntent) -> None:
        order = _planned(intent)
        company = order.company_id if self._under_stores else None
        self._outbox.begin(intent, CREATE)
        try:
            order_id, made = api.create(self._client, create_body(order), company_id=company)
        except CrossdockError as error:
            self._not_created(intent, error)
            return
        self._answered()
        self._linked(intent, order, order_id, made.status if made else "")
        self._correct(intent, made or self._present(intent))

    def _not_created(self, intent: OutboxIntent, error: CrossdockError) -> None:
        if isinstance(error, OutcomeUnknown):
            self._pace.trouble()
            self._event(f"{error} It may have been created; looking for it.", level="warning", subject=intent.subject)
            self._outbox.unknown(intent, seconds=_LOOKS[0], message=str(error))
        elif isinstance(error, RemoteBusy | Unreachable):
            self._troubled(error)
            self._outbox.put_back(intent, step="", seconds=self._backoff(intent, error), message=str(error))
        elif isinstance(error, AuthorizationError):
            self._outbox.put_back(intent, step="", seconds=0, message=str(error))
            raise error
        else:
            what = _without_personal_data(error.what, intent)
            self._fail(intent, problems.STORE_REFUSED, what, error.next_step or _REFUSED_FIX)
            if isinstance(error, ConfigurationError):
                raise error

    def _linked(self, intent: OutboxIntent, order: PlannedOrder, order_id: int, status: str) -> None:
        """Keep the store's number for the order and its status there, and that it is being made exact now."""
        evidence = {**intent.evidence, "order_id": order_id}
        with self._outbox.database.write() as session:
            _write_link(session, intent, order, order_id, status)
            self._outbox.note(intent, session, state="sending", step=CORRECT, evidence=evidence, sent_at=clock.now())

    def _correct(self, intent: OutboxIntent, present: StoreOrder | None) -> None:
        """Make the store order exact: a full edit where lines or money differ, else the status alone."""
        order = _planned(intent)
        if present is None:
            self._gone(intent)
            return
        if self._refuse_foreign_change(intent, order, present):
            return
        differs = _differences(order, present)
        if not differs and present.status == order.status:
            self._outbox.sent(intent)
            return
        self._outbox.begin(intent, CORRECT)
        try:
            if differs:
                api.edit(self._client, present.order_id, correct_body(order, _lines(present)))
            else:
                api.set_status(self._client, present.order_id, order.status)
        except CrossdockError as error:
            self._not_written(intent, error, CORRECT, present.order_id)
            return
        self._answered()
        self._outbox.sent(intent, corrections=int(intent.evidence.get("corrections", 0)) + 1)

    def _change_status(self, intent: OutboxIntent) -> None:
        content = intent.content or {}
        present = api.get(self._client, content["store_order_id"])
        if present is None:
            self._gone(intent)
            return
        letter = content["letter"]
        if present.status == letter:
            self._outbox.sent(intent, order_id=present.order_id)
            return
        if self._conflicts(intent, present, letter):
            return
        self._outbox.begin(intent, STATUS)
        try:
            api.set_status(self._client, present.order_id, letter)
        except CrossdockError as error:
            self._not_written(intent, error, "", present.order_id)
            return
        self._answered()
        tries = int(intent.evidence.get("corrections", 0)) + 1
        self._outbox.sent(intent, order_id=present.order_id, corrections=tries)

    def _not_written(self, intent: OutboxIntent, error: CrossdockError, step: str, order_id: int) -> None:
        if isinstance(error, OutcomeUnknown):
            self._pace.trouble()
            self._outbox.unknown(intent, seconds=_LOOKS[0], message=str(error), order_id=order_id)
        elif isinstance(error, RemoteBusy | Unreachable):
            self._troubled(error)
            self._outbox.put_back(intent, step=step, seconds=self._backoff(intent, error), message=str(error))
        elif isinstance(error, AuthorizationError):
            self._outbox.put_back(intent, step=step, seconds=0, message=str(error))
            raise error
        else:
            said = _without_personal_data(error.what, intent)
            what = f"Store order {order_id} was made but cannot be corrected: {said}"
            self._fail(intent, problems.STORE_DIFFERS, what, f"Compare store order {order_id} with Amazon by hand.")

    # -- finding out ----------------------------------------------------------------------------------------

    def _look(self, intent: OutboxIntent) -> None:
        """Look at the store for what became of an unanswered call."""
        if intent.kind == "order.create" and intent.step == CREATE:
            self._look_for_created(intent)
            return
        present = self._present(intent)
        if present is None:
            self._gone(intent)
        elif self._has_arrived(intent, present):
            self._outbox.sent(intent)
        elif self._age(intent) < self._settle:
            self._outbox.unknown(intent, seconds=self._next_look(intent))
        else:
            step = CORRECT if intent.kind == "order.create" else ""
            self._outbox.put_back(intent, step=step, seconds=0, message="The change did not arrive; sent again.")

    def _look_for_created(self, intent: OutboxIntent) -> None:
        found = api.find(self._client, _marker(intent), filtered=self._email_filter)
        self._troubles = 0
        if found:
            kept = self._keep_one(intent, found)
            self._event(f"Found as store order {kept.order_id}.", subject=intent.subject)
            self._linked(intent, _planned(intent), kept.order_id, kept.status)
            self._correct(intent, kept)
            return
        if self._age(intent) < self._settle:
            self._outbox.unknown(intent, seconds=self._next_look(intent))
            return
        quiet = int(intent.evidence.get("quiet_looks", 0)) + 1
        if quiet < 2:
            self._outbox.unknown(intent, seconds=_SECOND_LOOK, quiet_looks=quiet)
            return
        self._event("It was not created; creating it again.", level="warning", subject=intent.subject)
        self._outbox.note(
            intent,
            state="waiting",
            step="",
            not_before=None,
            evidence={**intent.evidence, "quiet_looks": 0, "repeated": True},
        )

    def _keep_one(self, intent: OutboxIntent, found: Sequence[StoreOrder]) -> StoreOrder:
        """The lowest number stays; others are cancelled, which gives their stock back."""
        kept, *doubles = found
        letter = self._cancelled_letter(intent.channel_id)
        for double in doubles:
            if double.status == letter:
                continue
            api.set_status(self._client, double.order_id, letter)
            self._event(
                f"Store order {double.order_id} is a double of {kept.order_id} and was cancelled.",
                level="warning",
                subject=intent.subject,
            )
        return kept

    def _has_arrived(self, intent: OutboxIntent, present: StoreOrder) -> bool:
        if intent.kind == "order.status":
            return present.status == _wanted_status(intent)
        order = _planned(intent)
        return present.status == order.status and not _differences(order, present)

    # -- reading back ---------------------------------------------------------------------------------------

    def verify(self, intent_ids: Sequence[int]) -> None:
        """Read sent intents back, fifty per call, and end those that are as planned."""
        intents = [self._outbox.load(intent_id) for intent_id in intent_ids]
        numbers = {intent.subject: int(intent.evidence["order_id"]) for intent in intents}
        try:
            present = api.get_many(self._client, sorted(set(numbers.values())))
        except (RemoteBusy, OutcomeUnknown, Unreachable) as error:
            self._troubled(error)
            for intent in intents:
                self._outbox.note(intent, not_before=clock.after(self._backoff(intent)), message=str(error))
            return
        self._troubles = 0
        ends: list[tuple[OutboxIntent, StoreOrder]] = []
        for intent in intents:
            order = present.get(numbers[intent.subject])
            if order is None:
                self._gone(intent)
            elif not self._has_arrived(intent, order):
                self._differs(intent, order)
            elif intent.evidence.get("repeated") and not self._sure_of_one(intent, order):
                continue
            else:
                ends.append((intent, order))
        self._end(ends)

    def _sure_of_one(self, intent: OutboxIntent, order: StoreOrder) -> bool:
        """After a repeated creation: wait for the first one to show up late, then keep one."""
        rest = self._settle - self._age(intent)
        if rest > 0:
            self._outbox.sent(intent, seconds=rest)
            return False
        kept = self._keep_one(intent, api.find(self._client, _marker(intent), filtered=self._email_filter) or [order])
        if kept.order_id == order.order_id:
            return True
        evidence = {**intent.evidence, "order_id": kept.order_id, "repeated": False}
        with self._outbox.database.write() as session:
            _write_link(session, intent, _planned(intent), kept.order_id, kept.status)
            self._outbox.note(intent, session, state="waiting", step=CORRECT, not_before=None, evidence=evidence)
        return False

    def _differs(self, intent: OutboxIntent, order: StoreOrder) -> None:
        if int(intent.evidence.get("corrections", 0)) < _MAX_CORRECTIONS:
            step = CORRECT if intent.kind == "order.create" else ""
            self._outbox.put_back(intent, step=step, seconds=1, message="The store has it otherwise; corrected again.")
            return
        found = [] if intent.kind == "order.status" else _differences(_planned(intent), order)
        wanted = _wanted_status(intent)
        if order.status != wanted:
            found.append(f"status {order.status} instead of {wanted}")
        if intent.kind == "order.create":
            self._note_status(intent, order)
        self._fail(
            intent,
            problems.STORE_DIFFERS,
            f"Store order {order.order_id} is not as sent: {'; '.join(found)}.",
            "Check stock, quantity rules and promotions in the store, then make it exact with: crossdock orders retry",
        )

    def _note_status(self, intent: OutboxIntent, order: StoreOrder) -> None:
        """Lists show the status that the store order has, not the one that was planned."""
        with self._outbox.database.write() as session:
            session.exec(
                update(OrderLink)
                .where(col(OrderLink.store_id) == intent.store_id, col(OrderLink.store_order_id) == order.order_id)
                .values(store_status=order.status)
            )

    def _end(self, ends: Sequence[tuple[OutboxIntent, StoreOrder]]) -> None:
        if not ends:
            return
        with self._outbox.database.write() as session:
            results = []
            for intent, order in ends:
                created = intent.kind == "order.create"
                amazon_status = _planned(intent).amazon_status if created else (intent.content or {})["amazon_status"]
                session.exec(
                    update(OrderLink)
                    .where(col(OrderLink.store_id) == intent.store_id, col(OrderLink.store_order_id) == order.order_id)
                    .values(
                        store_status=order.status,
                        amazon_status=amazon_status,
                        total=str(order.total),
                        verified_at=clock.now(),
                    )
                )
                text = f"store order {order.order_id}"
                results.append((intent, ItemResult(intent.subject, "created" if created else "updated", message=text)))
            self._outbox.close_in(session, results)

    # -- ends that need a person ----------------------------------------------------------------------------

    def _gone(self, intent: OutboxIntent) -> None:
        number = intent.evidence.get("order_id") or (intent.content or {}).get("store_order_id")
        self._fail(
            intent,
            problems.ORDER_DELETED,
            f"Store order {number} is not there any more.",
            "Restore it in the store, or leave it deleted: it is not created again.",
        )

    def _refuse_foreign_change(self, intent: OutboxIntent, order: PlannedOrder, present: StoreOrder) -> bool:
        """An order adopted after a loss may have been worked on since: then it is left as it is."""
        if not intent.evidence.get("adopted") or present.status in ("N", "O", order.status):
            return False
        self._outbox.note(intent, evidence={**intent.evidence, "order_id": present.order_id})
        self._fail(
            intent,
            problems.STORE_ORDER_CHANGED,
            f"Store order {present.order_id} was there already and somebody has worked on it.",
            "Nothing was changed; compare it with Amazon by hand.",
        )
        return True

    def _conflicts(self, intent: OutboxIntent, present: StoreOrder, letter: str) -> bool:
        """Whether people moved the store order in a way that our change would undo."""
        content = intent.content or {}
        if present.status in (content["expected"], letter):
            return False
        shipped = content["cancels"] and present.status == content["shipped"]
        undone = not content["cancels"] and present.status in content["ended"]
        if not (shipped or undone):
            return False
        self._fail(
            intent,
            problems.STORE_ORDER_CHANGED,
            f"Amazon says {content['amazon_status']}, store order {present.order_id} has status {present.status}.",
            "Decide by hand: nothing was changed in the store.",
        )
        return True

    def _fail(self, intent: OutboxIntent, code: str, message: str, fix: str) -> None:
        item = ItemResult(intent.subject, "failed", code, message, fix)
        self._event(message, level="error", subject=intent.subject)
        with self._outbox.database.write() as session:
            self._outbox.close_in(session, [(intent, item)])
            if "order_id" not in intent.evidence:
                # Nothing was made of it: the next import tries again.
                order_id = intent.subject.removeprefix("order ")
                session.exec(update(AmazonOrder).where(col(AmazonOrder.order_id) == order_id).values(dirty=True))

    # -- small helpers --------------------------------------------------------------------------------------

    def _present(self, intent: OutboxIntent) -> StoreOrder | None:
        number = intent.evidence.get("order_id") or (intent.content or {}).get("store_order_id")
        return api.get(self._client, int(number)) if number else None

    def _age(self, intent: OutboxIntent) -> float:
        """Seconds since the last call that changes something was made."""
        return -clock.seconds_until(intent.sent_at) if intent.sent_at else self._settle

    def _next_look(self, intent: OutboxIntent) -> float:
        age = self._age(intent)
        return next((look - age for look in _LOOKS if look > age + 0.5 and look < self._settle), self._settle - age)

    def _backoff(self, intent: OutboxIntent, error: CrossdockError | None = None) -> float:
        asked = error.retry_after if isinstance(error, RemoteBusy) else 0.0
        return max(asked, min(2.0 ** min(intent.attempts, 10), _MAX_BACKOFF))


_REFUSED_FIX = "Correct what the store says (stock, payment, shipping method), then retry."


def _without_personal_data(text: str, intent: OutboxIntent) -> str:
    """What a store said, without the parts of the address that it repeats."""
    for value in sorted((intent.content or {}).get("address", {}).values(), key=len, reverse=True):
        if len(value) > 2:
            text = text.replace(value, MASK)
    return text


def _planned(intent: OutboxIntent) -> PlannedOrder:
    return PlannedOrder.from_content(intent.content or {})


def _marker(intent: OutboxIntent) -> str:
    return intent.subject.removeprefix("order ")


def _wanted_status(intent: OutboxIntent) -> str:
    content: dict[str, Any] = intent.content or {}
    return str(content["status"] if intent.kind == "order.create" else content["letter"])


def _lines(order: StoreOrder) -> list[StoreLine]:
    return [StoreLine(line.item_id, line.product_id, line.amount, line.price) for line in order.lines]


def _differences(planned: PlannedOrder, present: StoreOrder) -> list[str]:
    return differences(planned, _lines(present), present.total, present.shipping_cost)


def _write_link(session: Session, intent: OutboxIntent, order: PlannedOrder, order_id: int, status: str) -> None:
    """Link the Amazon order to the store order, which has this status now (empty: not told).

    A repeated link changes nothing but the number and what was seen.
    """
    row = {
        "channel_id": intent.channel_id,
        "order_id": order.order_id,
        "company_id": order.company_id or 0,
        "store_id": intent.store_id,
        "store_order_id": order_id,
        "store_status": status,
        "amazon_status": order.amazon_status,
        "total": str(order.total),
        "products": order.products,
        "linked_at": clock.now(),
    }
    upsert(
        session,
        OrderLink,
        [row],
        keys=["channel_id", "order_id", "company_id"],
        update=["store_order_id", "store_status", "amazon_status", "total"],
    )


def linked_count(session: Session, channel_id: int) -> int:
    """How many orders of a channel have been linked; 0 tells a channel that never imported."""
    return len(session.exec(select(OrderLink.id).where(col(OrderLink.channel_id) == channel_id).limit(1)).all())


def unsent_days(session: Session, channel_id: int) -> tuple[int, int] | None:
    """First and last date (unix seconds, a day to spare) of the orders that wait to be created; None without any."""
    first, last = session.exec(
        select(func.min(AmazonOrder.created_at), func.max(AmazonOrder.created_at))
        .join(Channel, col(Channel.account_id) == AmazonOrder.account_id)
        .join(OutboxIntent, col(OutboxIntent.channel_id) == Channel.id)
        .where(
            col(Channel.id) == channel_id,
            func.substr(OutboxIntent.subject, len("order ") + 1) == AmazonOrder.order_id,
            col(OutboxIntent.state) == WAITING,
            col(OutboxIntent.step) == "",
            col(OutboxIntent.kind) == "order.create",
        )
    ).one()
    if first is None or last is None:
        return None
    return int(first.timestamp()) - _DAY, int(last.timestamp()) + _DAY
