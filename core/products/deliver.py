"""Delivers products to the store: creates or updates them, then their pictures, and reads back.

    create ─▶ (201) ─ pictures ─▶ sent          update: read, compare, write what differs, pictures ─▶ sent
       ▼ no clear answer
    unknown ─ search by SKU ─▶ found: goes on with what differs
                            └▶ not found for SETTLE seconds and once more: created again, and a double is looked for

The store answers 200 although it did not take a feature, or did not get a picture, so all is read back; pictures that
are missing are written again, the main one and the others apart. Calls: one search for 100 that are created; one POST
per creation, one GET and one PUT per update; one PUT where there are pictures; one GET for 50 to read back. A feature
that has to be made costs two, and all features are read once per job that writes any (one GET for 100).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlmodel import Session

from core.cscart import product_writes as api
from core.cscart.product_writes import StoredProduct
from core.cscart.products import ProductRow
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.outbox import WAITING, OutboxIntent
from core.products import features, own, pictures, refusals
from core.products.differences import (
    SHARED,
    Body,
    Chosen,
    changes,
    creation,
    feature_body,
    has,
    lacking,
    pictures_lacking,
)
from core.products.evidence import evidence
from core.products.features import Features
from core.products.mirror import forget_in, mirror_in, written_in
from core.products.pictures import Pictures
from core.products.plan import problems
from core.products.sender import ProductSender
from core.products.sightings import Sightings
from core.products.wanted import WRITE_KIND, WantedProduct
from core.state import State
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Ended, GoesOn, Missing, Outcome

CREATE = "create"
UPDATE = "update"
OWN = "own"


class ProductDelivery(ProductSender):
    """Carries products into one store."""

    kinds = frozenset({WRITE_KIND})
    doing = "Writing products to the store"
    batch = api.WHOLE_PER_CALL

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._features = Features(self)
        self._pictures = Pictures(self)
        self._sightings = Sightings(self)

    def odd(self, intent: OutboxIntent) -> Hold | None:
        try:
            evidence(intent)
            return None if _wanted(intent).sku else refusals.unreadable()
        except (ArithmeticError, TypeError, ValueError):
            return refusals.unreadable()

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, intent: OutboxIntent) -> None:
        wanted, known = _wanted(intent), evidence(intent)
        number = _number(intent)
        if number is None:
            found = self._there_already(intent, wanted)
            if isinstance(found, Hold):
                self.fail(intent, found)
            elif found is None:
                self._create(intent, wanted)
            else:
                intent.evidence = replace(known, product_id=found).into(intent.evidence)
                self._update(intent, wanted, found)
        else:
            self._update(intent, wanted, number)

    def _there_already(self, intent: OutboxIntent, wanted: WantedProduct) -> int | Hold | None:
        """The product that was made of it already; why none may be made; or None."""
        seen = self._sightings.of(intent, wanted.sku)
        mine = [row for row in seen if _is_of_company(row, wanted.company_id)]
        exact = [row for row in mine if row.sku == wanted.sku]
        if len(exact) != len(mine) or len(exact) > 1:
            if evidence(intent).creating and exact:
                return min(row.product_id for row in exact)
            return refusals.sku_taken(wanted.sku, {row.product_id: row.sku for row in mine})
        if exact and not evidence(intent).creating:
            return refusals.product_appeared(exact[0].product_id)
        return exact[0].product_id if exact else None

    def _create(self, intent: OutboxIntent, wanted: WantedProduct) -> None:
        if not wanted.name:
            self.fail(intent, refusals.nameless())
            return
        chosen = self._features.chosen(intent, wanted)
        if chosen is None:
            return
        body = creation(wanted, self.store.currency) | feature_body(chosen)
        intent.evidence = replace(evidence(intent), creating=True).into(intent.evidence)
        with self._features.saving(chosen) as saved:
            number = self.calling(intent, CREATE, lambda: api.create(self.client, body))
            if number is None:
                return
            saved()
        known = replace(evidence(intent), product_id=number, written=True)
        self.outbox.note(intent, evidence=known.into(intent.evidence))
        self._picture(intent, wanted, number, None)

    def _update(self, intent: OutboxIntent, wanted: WantedProduct, number: int) -> None:
        known = evidence(intent)
        present = api.get(self.client, number)
        if present is None:
            self.fail(intent, problems.product_deleted(wanted.sku, number))
            return
        if not _is_of_company(present.row, wanted.company_id):
            self.fail(intent, problems.product_foreign(wanted.sku, number))
            return
        if not known.written and self._is_touched(present):
            intent.evidence = replace(known, touched=True).into(intent.evidence)
        chosen = self._features.chosen(intent, wanted)
        if chosen is None:
            return
        lacks = [one for one in chosen if not has(one, present)]
        body = changes(wanted, present, self.store.currency) | feature_body(lacks)
        if body and not self._change(intent, present, body, lacks):
            return
        if evidence(intent).own and not self._give_back(intent):
            return
        self._picture(intent, wanted, number, present)

    def _change(self, intent: OutboxIntent, present: StoredProduct, body: Body, chosen: Sequence[Chosen]) -> bool:
        """Write what differs; False when the intent is on its way already because that went wrong."""
        known = evidence(intent)
        if not known.own and not SHARED.isdisjoint(body):
            known = replace(known, own=own.of_other_members(self.client, present))
        intent.evidence = replace(known, written=True).into(intent.evidence)
        number = present.row.product_id
        with self._features.saving(chosen) as saved:
            if self.calling(intent, UPDATE, lambda: api.update(self.client, number, body)) is None:
                return False
            saved()
        return True

    def _give_back(self, intent: OutboxIntent) -> bool:
        """Give the other members of its family what the store has written over; False as for `_change`."""
        for number, body in own.to_give_back(self.client, evidence(intent).own):
            if self.calling(intent, OWN, partial(api.update, self.client, number, body)) is None:
                return False
        intent.evidence = replace(evidence(intent), own=()).into(intent.evidence)
        return True

    def _picture(self, intent: OutboxIntent, wanted: WantedProduct, number: int, present: StoredProduct | None) -> None:
        """Let the store download what it lacks; then it has all that was planned."""
        if self._pictures.write(intent, wanted, number, present):
            self.outbox.sent(intent)

    def _is_touched(self, present: StoredProduct) -> bool:
        """Whether somebody else has changed a product that the program wrote."""
        row = self.mirrored(present.row.product_id)
        return row is not None and 0 < row.written_at < present.changed_at

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        wanted, number = _wanted(intent), _number(intent)
        if intent.step.startswith(features.STEP):
            return self._goes_on(intent) if self._features.is_made(wanted, intent.step) else Missing()
        if number is None:
            return self._look_for_created(intent, wanted)
        present = api.get(self.client, number)
        if present is None:
            return Ended(problems.product_deleted(wanted.sku, number))
        if intent.step == UPDATE and self._lacking(wanted, present):
            return Missing()
        if intent.step == pictures.PICTURES:
            if not self._pictures.are_there(wanted, present):
                return Missing()
            intent.evidence = replace(evidence(intent), pictured=True).into(intent.evidence)
        return self._goes_on(intent)

    def _look_for_created(self, intent: OutboxIntent, wanted: WantedProduct) -> Outcome:
        found = self._there_already(intent, wanted)
        if found is None:
            return Missing()
        if isinstance(found, Hold):
            return Ended(found)
        self.tell(intent, f"Found as product {found}.")
        intent.evidence = replace(evidence(intent), product_id=found, written=True).into(intent.evidence)
        return self._goes_on(intent)

    def _goes_on(self, intent: OutboxIntent) -> GoesOn:
        self.outbox.note(intent, state=WAITING, step="", not_before=None)
        return GoesOn()

    def _lacking(self, wanted: WantedProduct, present: StoredProduct) -> list[str]:
        found, unknown = self._features.known(wanted)
        missing = [f"feature {name!r} is not in the store" for name in unknown]
        return lacking(wanted, present, found, self.store.currency) + missing

    def may_double(self, intent: OutboxIntent) -> bool:
        return _number(intent) is None

    def again(self, intent: OutboxIntent) -> tuple[str, State | None]:
        known = evidence(intent)
        is_repeated = intent.step == CREATE and _number(intent) is None
        return "", replace(known, repeated=known.repeated or is_repeated)

    # -- reading back ---------------------------------------------------------------------------------------

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        numbers = {stored_id(intent.id): _number(intent) or 0 for intent in intents}
        present = api.get_many(self.client, sorted(set(numbers.values())))
        return {
            stored_id(intent.id): self._read(intent, present.get(numbers[stored_id(intent.id)])) for intent in intents
        }

    def _read(self, intent: OutboxIntent, listed: StoredProduct | None) -> Outcome:
        wanted, number = _wanted(intent), _number(intent) or 0
        present, exact = listed, evidence(intent).pictured
        if present is None or self._lacking(wanted, present) or any(pictures_lacking(wanted, present, exact=exact)):
            present = api.get(self.client, number)  # lists may show less than there is
        if present is None:
            return Ended(problems.product_deleted(wanted.sku, number))
        if self._lacking(wanted, present):
            return Differs(present)
        if any(pictures_lacking(wanted, present, exact=exact)):
            return self._pictures_again(intent, wanted, present)
        return self._only_one(intent, wanted, present) if evidence(intent).repeated else Arrived(present)

    def _pictures_again(self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct) -> Outcome:
        hold = self._pictures.again(intent, wanted, present)
        if hold is not None:
            self.fail(intent, hold, lambda session: self._mirror(session, [(intent, present, ())]))
        return GoesOn()

    def _only_one(self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct) -> Outcome:
        """After a repeated creation: wait for the first one to show up late, then keep one."""
        rest = self.settle_seconds - self.age(intent)
        if rest > 0:
            self.outbox.sent(intent, seconds=rest)
            return GoesOn()
        for row in self._sightings.now(wanted.sku):
            is_double = row.sku == wanted.sku and row.company_id == present.row.company_id
            if is_double and row.product_id != present.row.product_id and row.name == present.row.name:
                api.delete(self.client, row.product_id)
                text = f"Product {row.product_id} was a double of {present.row.product_id} and was deleted."
                self.tell(intent, text, level="warning")
        return Arrived(present)

    # -- ends -----------------------------------------------------------------------------------------------

    def fail(self, intent: OutboxIntent, hold: Hold, also: Callable[[Session], None] = lambda session: None) -> None:
        def end(session: Session) -> None:
            also(session)
            if hold.problem is problems.PRODUCT_DELETED:
                forget_in(session, self.store, _number(intent) or 0)

        super().fail(intent, hold, end)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        present: StoredProduct = outcome.seen  # type: ignore[union-attr]  # one that is missing has ended before
        hold = refusals.product_differs(self._lacking(_wanted(intent), present))
        self.fail(intent, hold, lambda session: self._mirror(session, [(intent, present, None)]))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, StoredProduct]]) -> list[ItemResult]:
        self._mirror(session, [(intent, present, _wanted(intent).images) for intent, present in ends])
        return [_result(intent, present) for intent, present in ends]

    def _mirror(
        self, session: Session, seen: Sequence[tuple[OutboxIntent, StoredProduct, Sequence[str] | None]]
    ) -> None:
        """Bring the mirror up to date, with where the pictures came from; None leaves what is known of that.

        What somebody else had changed before stays as theirs: an undo does not delete it.
        """
        sources = {present.row.product_id: list(images) for _, present, images in seen if images is not None}
        mirror_in(session, self.store, [present.row for _, present, _ in seen], sources)
        known = ((evidence(intent), present) for intent, present, _ in seen)
        written_in(session, self.store, [present for one, present in known if one.written and not one.touched])


def _wanted(intent: OutboxIntent) -> WantedProduct:
    return WantedProduct.from_json(intent.content or {})


def _number(intent: OutboxIntent) -> int | None:
    """The store's number of the product, once it is known."""
    return evidence(intent).product_id or _wanted(intent).product_id


def _is_of_company(row: ProductRow, company_id: int | None) -> bool:
    return not company_id or row.company_id in (None, 0, company_id)


def _result(intent: OutboxIntent, present: StoredProduct) -> ItemResult:
    known = evidence(intent)
    made = "created" if known.creating else "updated" if known.written else "unchanged"
    return ItemResult(intent.subject, made, message=f"product {present.row.product_id}")
