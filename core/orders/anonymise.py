"""Replaces the buyer's data in the store orders that the program made, once it was deleted here; by choice.

Only an order that is as the program left it is touched: other names, lines or money than it wrote there are somebody's
work, and become a problem. The store rebuilds an order for it, so lines and money are said again as they are, and read
back. Calls per order: one GET, one PUT, and one read for fifty orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, and_, col, exists, literal, select, update

from core.cscart import orders as api
from core.cscart.orders import StoreOrder
from core.cscart.repeating import unchanged, with_buyer
from core.cscart.transport import StoreClient
from core.errors import CrossdockError
from core.jobs.context import ItemResult, JobContext
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.orders import ANONYMISE_KIND, NAME
from core.orders.kept import is_over
from core.orders.parts import store_lines
from core.orders.plan import problems
from core.orders.plan.anonymous import is_as_left, is_neutral, neutral_fields
from core.orders.refusals import refusal
from core.state import State
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Missing, Outcome, Tell
from core.sync.outbox import NewIntent, Outbox, open_about, post
from core.sync.pace import Pace
from core.sync.tries import tries

ANONYMISE = "anonymise"
_MOST = 1_000
"""Orders of one job; the next one goes on."""


@dataclass(frozen=True)
class AsItWas(State):
    """A store order before its buyer's data was replaced; nothing personal."""

    body: Mapping[str, Any] = field(default_factory=dict)
    """Lines and money, as an edit says them."""
    status: str = ""
    figures: str = ""
    """What has to be the same afterwards."""


def post_due(context: JobContext, channel: Channel) -> None:
    """Put the store orders into the outbox whose buyer's data is not kept here any more."""
    if not channel.settings.get("anonymise_orders"):
        return
    remote = Owner.store(channel.store_id)
    numbered = channel.settings.get("order_fields") or {}
    emptied = [str(numbered["vat_number"])] if numbered.get("vat_number") else []
    with context.database.write() as session:
        due = {Subject("order", link.order_id): link for link in _due(session, channel)}
        for subject in open_about(session, channel, remote, NAME, list(due)):
            del due[subject]
        intents = [
            NewIntent(
                subject,
                ANONYMISE_KIND,
                {"store_order_id": link.store_order_id, "left_as": link.left_as, "emptied": emptied},
                [f"product {product}" for product in link.products],
            )
            for subject, link in due.items()
        ]
        post(session, channel, context.job_id, remote, NAME, intents)


def _due(session: Session, channel: Channel) -> Sequence[OrderLink]:
    """Those of which nobody has been told: what failed is tried again when a person says so."""
    told = exists().where(
        col(Problem.owner) == str(Owner.channel(channel.id or 0)),
        col(Problem.flow) == NAME,
        col(Problem.subject) == literal("order ").concat(col(OrderLink.order_id)),
        col(Problem.code) == problems.NOT_ANONYMISED.name,
        col(Problem.resolved_at).is_(None),
    )
    order = and_(
        col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.order_id) == col(OrderLink.order_id)
    )
    return session.exec(
        select(OrderLink)
        .join(AmazonOrder, order)
        .where(
            col(OrderLink.channel_id) == channel.id,
            col(OrderLink.left_as) != "",
            col(AmazonOrder.raw).is_(None),
            is_over(session),
            ~told,
        )
        .order_by(col(OrderLink.id))
        .limit(_MOST)
    ).all()


class Anonymiser(Delivery):
    """Replaces buyers' data in one store."""

    kinds = frozenset({ANONYMISE_KIND})
    doing = "Replacing buyers' data in the store"

    def __init__(self, outbox: Outbox, client: StoreClient, pace: Pace, *, settle_seconds: float, tell: Tell) -> None:
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self._client = client

    def odd(self, intent: OutboxIntent) -> Hold | None:
        if (intent.content or {}).keys() >= {"store_order_id", "left_as"}:
            return None
        return _hold("What was planned of it cannot be read by this version of the program.")

    def send(self, intent: OutboxIntent) -> None:
        row = api.whole(self._client, _number(intent))
        present = api.parse(row) if row is not None else None
        before = AsItWas.from_json(intent.evidence)
        if row is None or present is None or (is_neutral(present.buyer) and not before.figures):
            self.outbox.sent(intent)  # deleted, or done by somebody else
            return
        if not before.figures:
            if not _is_ours(intent, present):
                self.fail(intent, _changed(present), lambda session: _forget(session, [intent]))
                return
            before = AsItWas(unchanged(row), present.status, _figures(present))
            self.outbox.note(intent, evidence=before.into(intent.evidence))
        emptied = (intent.content or {}).get("emptied", ())
        body = {**before.body, **with_buyer(row, neutral_fields(present.details), emptied)}
        if tries(intent).repeats:  # else the store gives it back by itself, whatever somebody does to it meanwhile
            body["status"] = before.status
        if self.calling(intent, ANONYMISE, lambda: api.edit(self._client, present.order_id, body)) is not None:
            self.outbox.sent(intent)

    def look(self, intent: OutboxIntent) -> Outcome:
        return _compared(intent, api.get(self._client, _number(intent)))

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        present = api.get_many(self._client, sorted({_number(intent) for intent in intents}))
        return {intent.id or 0: _compared(intent, present.get(_number(intent))) for intent in intents}

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return _hold(f"The buyer's data in store order {_number(intent)} is not replaced: {refusal(error)}")

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        what = f"Store order {_number(intent)} is not as it was before its buyer's data was replaced."
        self.fail(intent, _hold(what, "Compare its lines, total and status with Amazon by hand."))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, StoreOrder | None]]) -> list[ItemResult]:
        _forget(session, [intent for intent, _ in ends])
        return [
            ItemResult(intent.subject, "updated", message=f"the buyer's data in store order {_number(intent)} is gone")
            for intent, _ in ends
        ]


def _compared(intent: OutboxIntent, present: StoreOrder | None) -> Outcome:
    if present is None:
        return Arrived()
    if not is_neutral(present.buyer):
        return Missing()
    before = AsItWas.from_json(intent.evidence).figures
    return Arrived(present) if before in ("", _figures(present)) else Differs(present)


def _figures(present: StoreOrder) -> str:
    lines = sorted(f"{line.product_id}: {line.amount} at {line.price:.2f}" for line in present.lines)
    return f"{present.status}, {present.total:.2f}, {present.shipping_cost or 0:.2f}, {'; '.join(lines)}"


def _is_ours(intent: OutboxIntent, present: StoreOrder) -> bool:
    digest = (intent.content or {})["left_as"]
    return present.mentions(Subject.parse(intent.subject).id) and is_as_left(
        digest, present.buyer, store_lines(present), present.total, present.shipping_cost
    )


def _number(intent: OutboxIntent) -> int:
    return int((intent.content or {})["store_order_id"])


def _changed(present: StoreOrder) -> Hold:
    return _hold(
        f"Somebody has changed names, lines or money of store order {present.order_id} since it was made: "
        "its buyer's data is left as it is."
    )


def _hold(what: str, how: str = "") -> Hold:
    fix = how or "Replace the buyer's data there by hand, then settle this with: crossdock orders retry"
    return Hold(problems.NOT_ANONYMISED, what, fix)


def _forget(session: Session, intents: Sequence[OutboxIntent]) -> None:
    """Nothing is to be done to these store orders any more."""
    numbers = [_number(intent) for intent in intents]
    session.exec(
        update(OrderLink)
        .where(col(OrderLink.store_id) == intents[0].store_id, col(OrderLink.store_order_id).in_(numbers))
        .values(left_as="")
    )
