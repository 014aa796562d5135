"""Tells Amazon of parcels, and makes sure that it knows.

    confirm ─▶ (204) ─ read back ─▶ shown: verified
       ▼ no clear answer      └▶ not shown for SETTLE seconds: told again, five times at the most, then a problem
    unknown ─ look ─▶ shown, or told again

204 is not proof: Amazon has dropped what it accepted. Calls per parcel: one confirmShipment, and to read back either
one getOrder per order (up to `SINGLY` parcels: 0.5 per second, 30 saved up) or one searchOrders per hundred (0.0056 per
second, 20 saved up, and nothing younger than two minutes), whichever the quotas let through sooner.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from core import clock
from core.amazon import orders as orders_api
from core.amazon import shipments as api
from core.amazon.carriers import OTHER, carrier_name
from core.amazon.orders import OrderQuery
from core.amazon.shipments import Confirmation
from core.amazon.transport import AmazonClient
from core.errors import CrossdockError, OutcomeUnknown, Rejected, RemoteBusy, Unreachable
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.cursor import Cursor
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, OutboxIntent
from core.orders.document import CANCELLED, MalformedOrder, Order, Package, read
from core.orders.mirror import store_orders
from core.orders.pull import BLIND_SPOT
from core.quota import QuotaWait
from core.shipments import CONFIRM_KIND, NAME
from core.shipments.checkpoint import Evidence
from core.shipments.mirror import mark, told
from core.shipments.plan import problems
from core.shipments.plan.carrier import plain
from core.shipments.plan.decide import barred, package_of
from core.shipments.refusals import refusal
from core.subjects import Subject
from core.sync.cursors import cursor
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Ended, GoesOn, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.wording import status_of

log = logging.getLogger(__name__)

CONFIRM = "confirm"
SINGLY = 80
"""Parcels up to which reading them one by one is over sooner than a search that waits for Amazon's blind spot."""
_AT_ONCE = 20
"""Orders read one by one between two looks at whether the job is to end."""
FRESH = 900.0
"""Seconds for which what was planned from may be relied on; after that the order is looked at before it is told."""
_SKEW = timedelta(minutes=1)
"""By which our clock may be ahead of Amazon's, which takes no moment to come."""
_FIRST_LOOK = 1 / 3
"""Of the settling time, after which a confirmation is read back first."""
_CONTENT = {
    "order_id",
    "marketplace_id",
    "reference",
    "carrier",
    "carrier_key",
    "tracking",
    "shipped_at",
    "created_at",
    "units",
    "edits",
    "asked_at",
}


Seen = Mapping[str, Order | None]
"""Orders by number as they were read back; None for one that Amazon does not give out."""


class _NotGivenOut(CrossdockError):
    """Amazon does not give out an order, or not in a form that can be read: nothing can be said of its parcels."""


class Confirmations(Delivery):
    """Carries confirmations to one seller account."""

    kinds = frozenset({CONFIRM_KIND})
    doing = "Telling Amazon of shipments"
    batch = 1_000
    most_repeats = 4

    def __init__(
        self,
        outbox: Outbox,
        client: AmazonClient,
        pace: Pace,
        *,
        account_id: int,
        settle_seconds: float,
        tell: Tell,
    ) -> None:
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self._client = client
        self._account_id = account_id

    def odd(self, intent: OutboxIntent) -> Hold | None:
        return None if (intent.content or {}).keys() >= _CONTENT else problems.unreadable()

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, intent: OutboxIntent) -> None:
        content = intent.content or {}
        try:
            order = None if content["edits"] else self._news(intent)
        except _NotGivenOut as error:
            self.fail(intent, problems.order_incomplete(error.what.rstrip(".")))
            return
        if order is not None and _package(intent, order) is not None:
            self.outbox.sent(intent)
            return
        if order is not None and (hold := barred(order)):
            self.fail(intent, hold)
            return
        if self.calling(intent, CONFIRM, lambda: self._confirm(intent)) is not None:
            self.outbox.sent(intent, seconds=self.settle_seconds * _FIRST_LOOK)

    def _news(self, intent: OutboxIntent) -> Order | None:
        """The order, where it may be otherwise than it was planned from: a buyer may have asked to cancel since.

        What another job has read of it meanwhile is at hand; Amazon is asked only when the plan is old.
        """
        content = intent.content or {}
        asked = datetime.fromisoformat(content["asked_at"])
        if clock.seconds_until(asked) < -FRESH:
            return self._order(content["order_id"])
        query = select(AmazonOrder).where(
            col(AmazonOrder.account_id) == self._account_id,
            col(AmazonOrder.order_id) == content["order_id"],
            col(AmazonOrder.seen_at) > asked,
        )
        with self.outbox.database.read() as session:
            row = session.exec(query).first()
        return dict(_readable([row.raw])).get(row.order_id) if row is not None else None

    def _confirm(self, intent: OutboxIntent) -> None:
        content = intent.content or {}
        created = datetime.fromisoformat(content["created_at"])
        left = min(datetime.fromisoformat(content["shipped_at"]), clock.now() - _SKEW)
        confirmation = Confirmation(
            content["order_id"],
            content["marketplace_id"],
            _reference(intent),
            content["carrier"],
            content["tracking"],
            max(left, created),
            content["units"],
        )
        try:
            api.confirm(self._client, confirmation)
        except Rejected as error:
            # It may be this very parcel that was confirmed: by an earlier life, or by another tool.
            if not api.says_fulfilled(error) or not isinstance(self.look(intent), Arrived):
                raise

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        if isinstance(error, Rejected):
            intent.evidence = replace(Evidence.from_json(intent.evidence), refused=True).into(intent.evidence)
            if not (intent.content or {})["tracking"] and not api.says_fulfilled(error):
                return problems.tracking_missing()
        return problems.amazon_refused(refusal(error))

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        try:
            return self._compared(intent, self._order((intent.content or {})["order_id"]))
        except _NotGivenOut:
            # What cannot be looked at is not sent again: it may be there.
            return Ended(problems.not_shown())

    def _compared(self, intent: OutboxIntent, order: Order) -> Outcome:
        content = intent.content or {}
        package = _package(intent, order)
        if package is None:
            return Ended(problems.order_cancelled()) if order.status == CANCELLED else Missing()
        carrier = carrier_name(content["carrier"])
        same = plain(package.tracking) == plain(content["tracking"])
        if content["edits"] and same and package.reference == _reference(intent) and package.carrier != OTHER:
            same = package.carrier.casefold() == carrier.casefold()
        if not same:
            return Differs(package)
        if package.carrier == OTHER and carrier != OTHER:
            self.tell(intent, f"Amazon shows its carrier {carrier!r} as {OTHER!r}.", level="warning")
        return Arrived(order)

    def _order(self, order_id: str) -> Order:
        """The order as it is now, which the mirror learns too; one call. Raises _NotGivenOut."""
        try:
            order = self._kept([orders_api.get(self._client, order_id)]).get(order_id)
        except Rejected as error:
            raise _NotGivenOut(f"Amazon does not give it out{status_of(error)}.") from None
        if order is None:
            raise _NotGivenOut("It came in a form that cannot be read.")
        return order

    def _kept(self, documents: Sequence[Any]) -> dict[str, Order]:
        """Readable orders by number, written into the mirror."""
        with self.outbox.database.write() as session:
            store_orders(session, self._account_id, documents)
        return dict(_readable(documents))

    # -- reading back ---------------------------------------------------------------------------------------

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        orders = dict.fromkeys((intent.content or {})["order_id"] for intent in intents)
        open_now, last_sent = self._outstanding()
        if open_now <= SINGLY:
            singly = self._read_singly(list(orders)[:_AT_ONCE])
            # Those left out are due still: their turn comes at once.
            return {
                stored_id(one.id): self._judged(one, singly) if _is_in(one, singly) else GoesOn() for one in intents
            }
        # The very same moment for all, late enough for the last of them: then one search shows them together.
        shown = (last_sent or clock.now()) + BLIND_SPOT + _SKEW
        if shown > clock.now():
            return {stored_id(one.id): self._postponed(one, shown) for one in intents}
        found, until = self._search(intents)
        if until is None:  # what did not change is not there
            return {stored_id(one.id): self._judged(one, found) for one in intents}
        return {
            stored_id(one.id): self._judged(one, found) if _is_in(one, found) else self._postponed(one, until)
            for one in intents
        }

    def _outstanding(self) -> tuple[int, datetime | None]:
        """How many parcels are not seen at Amazon yet, and when the last of them was sent."""
        query = select(func.count(), func.max(OutboxIntent.sent_at)).where(
            col(OutboxIntent.remote) == str(self.outbox.remote), col(OutboxIntent.kind) == CONFIRM_KIND, IS_OPEN
        )
        with self.outbox.database.read() as session:
            return session.exec(query).one()

    def _read_singly(self, order_ids: Sequence[str]) -> Seen:
        """Orders by number, as far as the quota reaches; None for one that Amazon does not give out."""
        found: dict[str, Order | None] = {}
        for order_id in order_ids:
            try:
                found[order_id] = self._order(order_id)
            except (QuotaWait, RemoteBusy, OutcomeUnknown, Unreachable):
                if not found:
                    raise
                break
            except _NotGivenOut as error:
                log.warning("order %s cannot be read back: %s", order_id, error)
                found[order_id] = None
        return found

    def _search(self, intents: Sequence[OutboxIntent]) -> tuple[Seen, datetime | None]:
        """What changed since the first of them was sent; with the moment to go on where the quota ended it.

        Where it goes on is kept with each page, for the job leaves its worker meanwhile: a page is paid for once.
        """
        window = self._window(intents)
        query = OrderQuery(
            updated_after=datetime.fromisoformat(window["after"]), marketplace_ids=tuple(window["marketplaces"])
        )
        found: dict[str, Order | None] = {}
        while True:
            try:
                page = orders_api.search(self._client, query, window.get("token"))
            except QuotaWait as wait:
                return found, wait.until
            except orders_api.TokenRefused:
                self._keep_window({})
                raise OutcomeUnknown("Amazon does not take its own page token.", subject="Amazon") from None
            found.update(self._kept(page.orders))
            window = {**window, "token": page.next_token}
            self._keep_window(window if page.next_token else {})
            if not page.next_token:
                return found, None

    def _window(self, intents: Sequence[OutboxIntent]) -> dict[str, Any]:
        """The search that is under way, or a new one."""
        with self.outbox.database.read() as session:
            kept = self._position(session).window
        if kept and all(_was_sent_before(intent, kept["began"]) for intent in intents):
            return dict(kept)
        first = min(intent.sent_at or intent.created_at for intent in intents)
        marketplaces = sorted({(intent.content or {})["marketplace_id"] for intent in intents})
        return {
            "after": (first - _SKEW).isoformat(),
            "marketplaces": marketplaces,
            "began": clock.now().isoformat(),
        }

    def _keep_window(self, window: dict[str, Any]) -> None:
        def keep(session: Session) -> None:
            position = self._position(session)
            position.window = window
            session.add(position)

        self.outbox.write(keep)

    def _position(self, session: Session) -> Cursor:
        return cursor(session, self.outbox.remote, NAME, "read back")

    def _judged(self, intent: OutboxIntent, seen: Seen) -> Outcome:
        """What became of an intent by what was read of its order (nothing: it has not changed)."""
        order = seen.get((intent.content or {})["order_id"])
        outcome = self._compared(intent, order) if order is not None else Missing()
        if isinstance(outcome, Missing | Differs) and (rest := self.settle_seconds - self.age(intent)) > 0:
            return self._postponed(intent, clock.after(rest))
        # What cannot be looked at is not sent again: it may be there.
        return Ended(problems.not_shown()) if order is None and _is_in(intent, seen) else outcome

    def _postponed(self, intent: OutboxIntent, until: datetime) -> GoesOn:
        self.outbox.note(intent, not_before=until)
        return GoesOn()

    # -- ends -----------------------------------------------------------------------------------------------

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, problems.not_shown())

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        results = []
        for intent, _ in ends:
            content = intent.content or {}
            seen = told(content["reference"], content["carrier_key"], content["tracking"], content["units"])
            mark(session, intent.store_id, [_number(intent)], told=seen, confirmed_at=clock.now())
            message = f"order {content['order_id']}"
            if content.get("warning"):
                message = f"{message}. {content['warning']}"
            results.append(ItemResult(intent.subject, "updated" if content["edits"] else "created", message=message))
        return results

    def given_up(self, session: Session, intent: OutboxIntent) -> None:
        # What Amazon refused is the same the next time, so a person comes first; all else is looked at again.
        again = not Evidence.from_json(intent.evidence).refused
        mark(session, intent.store_id, [_number(intent)], dirty=again)


def _readable(documents: Sequence[Any]) -> Iterator[tuple[str, Order]]:
    for document in documents:
        with suppress(MalformedOrder):
            order = read(document)
            yield order.order_id, order


def _was_sent_before(intent: OutboxIntent, timestamp: str) -> bool:
    """Whether a search that began then shows what became of it."""
    return intent.sent_at is not None and intent.sent_at + BLIND_SPOT <= datetime.fromisoformat(timestamp)


def _is_in(intent: OutboxIntent, seen: Seen) -> bool:
    return (intent.content or {})["order_id"] in seen


def _package(intent: OutboxIntent, order: Order) -> Package | None:
    """What Amazon has of the parcel that an intent tells of."""
    content = intent.content or {}
    return package_of(order, _reference(intent), content["tracking"], content["units"], content.get("others", ()))


def _reference(intent: OutboxIntent) -> str:
    return str((intent.content or {})["reference"])


def _number(intent: OutboxIntent) -> int:
    """The parcel's number in the store."""
    return int(Subject.parse(intent.subject).id)
