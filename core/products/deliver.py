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
from core.products import WRITE_KIND, features, own, pictures, refusals
from core.products.differences import (
    LONG,
    SHARED,
    Body,
    Chosen,
    changes,
    creation,
    feature_body,
    has,
    lacking,
    pictures_lacking,
    texts_of,
)
from core.products.evidence import Evidence, Own, evidence
from core.products.features import Features
from core.products.mirror import forget_in, mirror_in, written_in
from core.products.pictures import Pictures
from core.products.plan import problems
from core.products.sender import ProductSender, Standing
from core.products.sightings import Sightings
from core.products.traces import Traces, is_as_left, left
from core.products.wanted import WantedProduct
from core.state import State
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Ended, GoesOn, Missing, Outcome
from core.sync.dirty import watch_anew

CREATE = "create"
UPDATE = "update"
DEFAULT = "default"
"""Texts of another language are written into the default as well."""
OWN = "own"
DOUBLE = "double "
"""The step in which a double is deleted, before its number."""


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
        self._traces = Traces(self)

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
        present = api.get(self.client, number, wanted.language)
        if present is None:
            self.fail(intent, problems.product_deleted(wanted.sku, number))
            return
        if not _is_of_company(present.row, wanted.company_id):
            self.fail(intent, problems.product_foreign(wanted.sku, number))
            return
        if not known.written and self._is_touched(intent, wanted, present):
            intent.evidence = replace(known, touched=True).into(intent.evidence)
        chosen = self._features.chosen(intent, wanted)
        if chosen is None:
            return
        lacks = [one for one in chosen if not has(one, present)]
        body = changes(wanted, present, self.store.currency) | feature_body(lacks)
        if body and not self._change(intent, wanted, present, body, lacks):
            return
        if evidence(intent).half_written and not self._fill_default(intent, wanted, number):
            return
        if evidence(intent).own and not self._give_back(intent):
            return
        self._picture(intent, wanted, number, present)

    def _change(
        self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct, body: Body, chosen: Sequence[Chosen]
    ) -> bool:
        """Write what differs; False when the intent is on its way already because that went wrong."""
        known = evidence(intent)
        if not known.own and not SHARED.isdisjoint(body):
            known = replace(known, own=own.of_other_members(self.client, present, self.languages))
        half = tuple(name for name in LONG if name in body) if wanted.language else ()
        intent.evidence = replace(known, written=True, half_written=half).into(intent.evidence)
        write = partial(api.update, self.client, present.row.product_id, body, wanted.language)
        with self._features.saving(chosen) as saved:
            if self.calling(intent, UPDATE, write) is None:
                return False
            saved()
        return True

    def _fill_default(self, intent: OutboxIntent, wanted: WantedProduct, number: int) -> bool:
        """Write texts that were changed in one language into the default too, where it has none; False as `_change`."""
        half = evidence(intent).half_written
        present = api.get(self.client, number)
        told = {} if present is None else {"full_description": present.description, **present.texts}
        blank = [name for name in half if not told.get(name, "?").strip()]
        if blank:
            body = texts_of(wanted, self.store.currency, blank)
            if self.calling(intent, DEFAULT, partial(api.update, self.client, number, body)) is None:
                return False
        intent.evidence = replace(evidence(intent), half_written=()).into(intent.evidence)
        return True

    def _give_back(self, intent: OutboxIntent) -> bool:
        """Give the other members of its family what the store has written over; False as for `_change`."""
        for number, language, body in own.to_give_back(self.client, evidence(intent).own):
            if self.calling(intent, OWN, partial(api.update, self.client, number, body, language)) is None:
                return False
        self._remember(evidence(intent).own)
        intent.evidence = replace(evidence(intent), own=()).into(intent.evidence)
        return True

    def _remember(self, keep: Sequence[Own]) -> None:
        """Note of members that were as the program had left them that they are so again; one call for 50."""
        ours = [one.product_id for one in keep if self.standing(one.product_id, one.changed_at) is Standing.OURS]
        if ours:
            found = api.get_many(self.client, list(dict.fromkeys(ours)))
            self.outbox.write(lambda session: written_in(session, self.store, found.values()))

    def _picture(self, intent: OutboxIntent, wanted: WantedProduct, number: int, present: StoredProduct | None) -> None:
        """Let the store download what it lacks; then it has all that was planned."""
        if self._pictures.write(intent, wanted, number, present):
            self.outbox.sent(intent)

    def _is_touched(self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct) -> bool:
        """Whether somebody else has changed a product that the program wrote."""
        standing = self.standing(present.row.product_id, present.changed_at)
        if standing is not Standing.OURS:
            return standing is Standing.TOUCHED
        before = self._traces.of(intent).left
        return before is not None and before.language == wanted.language and not is_as_left(before, present)

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        wanted, number = _wanted(intent), _number(intent)
        if intent.step.startswith(features.STEP):
            return self._goes_on(intent) if self._features.is_made(wanted, intent.step) else Missing()
        if number is None:
            return self._look_for_created(intent, wanted)
        if intent.step.startswith(DOUBLE):
            return self._look_for_double(intent)
        present = api.get(self.client, number, wanted.language)
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
        asked: dict[str, list[OutboxIntent]] = {}
        for intent in intents:
            asked.setdefault(_wanted(intent).language, []).append(intent)
        found: dict[int, Outcome] = {}
        for language, some in asked.items():
            present = api.get_many(self.client, sorted({_number(intent) or 0 for intent in some}), language)
            for intent in some:
                found[stored_id(intent.id)] = self._read(intent, present.get(_number(intent) or 0))
        return found

    def _read(self, intent: OutboxIntent, listed: StoredProduct | None) -> Outcome:
        wanted, number = _wanted(intent), _number(intent) or 0
        present, exact = listed, evidence(intent).pictured
        if present is None or self._lacking(wanted, present) or any(pictures_lacking(wanted, present, exact=exact)):
            present = api.get(self.client, number, wanted.language)  # lists may show less than there is
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
            is_alike = row.sku == wanted.sku and row.company_id == present.row.company_id
            if is_alike and row.product_id != present.row.product_id:
                return self._without(intent, wanted, present, row.product_id)
        return Arrived(present)

    def _without(self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct, number: int) -> Outcome:
        """Delete what the first creation has made after all; what is not as it was made is somebody else's by now."""
        double = api.get(self.client, number, wanted.language)
        if double is not None and (self._lacking(wanted, double) or double.main_image):
            hold = refusals.sku_taken(wanted.sku, dict.fromkeys((present.row.product_id, number), wanted.sku))
            self.fail(intent, hold, lambda session: self._mirror(session, [(intent, present, wanted.images)]))
        elif self.calling(intent, f"{DOUBLE}{number}", partial(api.delete, self.client, number)) is not None:
            text = f"Product {number} was a double of {present.row.product_id} and was deleted."
            self.tell(intent, text, level="warning")
            self.outbox.sent(intent)
        return GoesOn()

    def _look_for_double(self, intent: OutboxIntent) -> Outcome:
        if api.get(self.client, int(intent.step.removeprefix(DOUBLE))) is not None:
            return Missing()
        self.outbox.sent(intent)
        return GoesOn()

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
        written = [present.row.product_id for intent, present in ends if evidence(intent).written]
        watch_anew(session, stored_id(self.store.id), written)
        return [_result(intent, present) for intent, present in ends]

    def _mirror(
        self, session: Session, seen: Sequence[tuple[OutboxIntent, StoredProduct, Sequence[str] | None]]
    ) -> None:
        """Bring the mirror up to date, with where the pictures came from; None leaves what is known of that.

        What somebody else had changed before stays as theirs: an undo does not delete it.
        """
        for language in {_wanted(intent).language for intent, _, _ in seen}:
            mine = [(present, images) for intent, present, images in seen if _wanted(intent).language == language]
            sources = {present.row.product_id: list(images) for present, images in mine if images is not None}
            mirror_in(session, self.store, [present.row for present, _ in mine], sources, language=language)
        ours = [(intent, present) for intent, present, _ in seen if _is_ours(evidence(intent))]
        written_in(session, self.store, [present for _, present in ours])
        for intent, present in ours:
            known = evidence(intent)
            trace = left(present, _wanted(intent).language, pictured=known.pictured)
            intent.evidence = replace(known, left=trace).into(intent.evidence)


def _wanted(intent: OutboxIntent) -> WantedProduct:
    return WantedProduct.from_json(intent.content or {})


def _number(intent: OutboxIntent) -> int | None:
    """The store's number of the product, once it is known."""
    return evidence(intent).product_id or _wanted(intent).product_id


def _is_of_company(row: ProductRow, company_id: int | None) -> bool:
    return not company_id or row.company_id in (None, 0, company_id)


def _is_ours(known: Evidence) -> bool:
    return known.written and not known.touched


def _result(intent: OutboxIntent, present: StoredProduct) -> ItemResult:
    known = evidence(intent)
    made = "created" if known.creating else "updated" if known.written else "unchanged"
    return ItemResult(intent.subject, made, message=f"product {present.row.product_id}")
