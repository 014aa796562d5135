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

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlmodel import Session, col, select

from core import clock
from core.cscart import features as features_api
from core.cscart import product_writes as api
from core.cscart import products as rows_api
from core.cscart.features import FILTERS, SOME_OF, VARIATIONS, Feature
from core.cscart.probe import MULTIVENDOR
from core.cscart.product_writes import StoredProduct
from core.cscart.products import ProductRow, folded_sku
from core.cscart.transport import StoreClient
from core.errors import CrossdockError
from core.jobs.context import ItemResult, JobContext
from core.model.base import stored_id
from core.model.outbox import IS_OPEN, SENDING, UNKNOWN, WAITING, OutboxIntent
from core.model.store import Store, StoreProduct
from core.products import WRITE_KIND, own, refusals
from core.products.differences import (
    SHARED,
    Body,
    Chosen,
    changes,
    choose,
    creation,
    feature_body,
    has,
    lacking,
    picture_names,
    pictures_lacking,
)
from core.products.evidence import evidence
from core.products.feature_book import FeatureBook
from core.products.mirror import forget_in, mirror_in, written_in
from core.products.plan import problems
from core.products.wanted import WantedFeature, WantedProduct
from core.state import State
from core.subjects import Subject
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Ended, GoesOn, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.remotes import Remote, StoreRemote
from core.workspace import Workspace

log = logging.getLogger(__name__)

PlanAgain = Callable[[Session, OutboxIntent], None]
"""Lets the next import plan again what an intent is about."""

CREATE = "create"
UPDATE = "update"
PICTURES = "pictures"
OWN = "own"
FEATURE = "feature "
"""The step of a feature's creation, before the feature's name."""

MOST_PICTURE_TRIES = 2
_PICTURES_PAUSE = 10.0
"""Seconds after which pictures that the store did not get are written again."""
_FIRST_GUESS = 3.0
"""Real seconds that a picture is thought to take the store, until it was measured."""
_LONGEST_CALL = 60.0
"""Real seconds that the pictures of one call may be expected to take; beyond that they are written in two."""
_LONGEST_PATIENCE = 180.0
"""Real seconds of silence after which such a call is given up."""
_LOOK_FOR_OTHERS = 2.0
"""Seconds after which is looked again whether a feature is there that another product has asked for."""
_SEEN_FOR = 60.0
"""Real seconds for which what the store has of a SKU is trusted before it is created."""


class ProductDelivery(Delivery):
    """Carries products into one store."""

    kinds = frozenset({WRITE_KIND})
    doing = "Writing products to the store"
    batch = api.WHOLE_PER_CALL

    def __init__(
        self,
        outbox: Outbox,
        client: StoreClient,
        pace: Pace,
        *,
        store: Store,
        settle_seconds: float,
        tell: Tell,
        plan_again: PlanAgain = lambda session, intent: None,
    ) -> None:
        """`plan_again` is told of an intent that failed in a way that the next import may mend."""
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self._client = client
        self._store = store
        self._plan_again = plan_again
        self._book = FeatureBook(outbox.database, client, store)
        self._sightings = _Sightings(outbox, client, bool(store.capabilities.get("filter_params", True)))
        self._seconds_per_picture = _FIRST_GUESS

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
        chosen = self._chosen(intent, wanted)
        if chosen is None:
            return
        body = creation(wanted, self._store.currency) | feature_body(chosen)
        intent.evidence = replace(evidence(intent), creating=True).into(intent.evidence)
        with self._book.new_variants(chosen) as saved:
            number = self.calling(intent, CREATE, lambda: api.create(self._client, body))
            if number is None:
                return
            saved()
        known = replace(evidence(intent), product_id=number, written=True)
        self.outbox.note(intent, evidence=known.into(intent.evidence))
        self._picture(intent, wanted, number, None)

    def _update(self, intent: OutboxIntent, wanted: WantedProduct, number: int) -> None:
        known = evidence(intent)
        present = api.get(self._client, number)
        if present is None:
            self.fail(intent, problems.product_deleted(wanted.sku, number))
            return
        if not _is_of_company(present.row, wanted.company_id):
            self.fail(intent, problems.product_foreign(wanted.sku, number))
            return
        if not known.written and self._is_touched(present):
            intent.evidence = replace(known, touched=True).into(intent.evidence)
        chosen = self._chosen(intent, wanted)
        if chosen is None:
            return
        lacks = [one for one in chosen if not has(one, present)]
        body = changes(wanted, present, self._store.currency) | feature_body(lacks)
        if body and not self._change(intent, present, body, lacks):
            return
        if evidence(intent).own and not self._give_back(intent):
            return
        self._picture(intent, wanted, number, present)

    def _change(self, intent: OutboxIntent, present: StoredProduct, body: Body, chosen: Sequence[Chosen]) -> bool:
        """Write what differs; False when the intent is on its way already because that went wrong."""
        known = evidence(intent)
        if not known.own and not SHARED.isdisjoint(body):
            known = replace(known, own=own.of_other_members(self._client, present))
        intent.evidence = replace(known, written=True).into(intent.evidence)
        number = present.row.product_id
        with self._book.new_variants(chosen) as saved:
            if self.calling(intent, UPDATE, lambda: api.update(self._client, number, body)) is None:
                return False
            saved()
        return True

    def _give_back(self, intent: OutboxIntent) -> bool:
        """Give the other members of its family what the store has written over; False as for `_change`."""
        for number, body in own.to_give_back(self._client, evidence(intent).own):
            if self.calling(intent, OWN, partial(api.update, self._client, number, body)) is None:
                return False
        intent.evidence = replace(evidence(intent), own=()).into(intent.evidence)
        return True

    # -- pictures -------------------------------------------------------------------------------------------

    def _picture(self, intent: OutboxIntent, wanted: WantedProduct, number: int, present: StoredProduct | None) -> None:
        """Let the store download what it lacks; then it has all that was planned."""
        main, others = self._pictures_to_write(intent, wanted, number, present)
        parts = [(main, others)]
        count = int(main) + (len(wanted.images or ()) - 1 if others else 0)
        if main and others and count * self._seconds_per_picture > _LONGEST_CALL:
            parts = [(True, False), (False, True)]
        for part in parts if count or others else ():
            if not self._download(intent, wanted, number, *part):
                return
        known = evidence(intent)
        if count:
            known = replace(known, pictured=True, written=True)
        self.outbox.sent(intent, found=known)

    def _pictures_to_write(
        self, intent: OutboxIntent, wanted: WantedProduct, number: int, present: StoredProduct | None
    ) -> tuple[bool, bool]:
        """Whether to write the main picture, and the additional ones."""
        if not wanted.images:
            return False, False
        known = evidence(intent)
        is_written = known.pictured or (present is not None and self._sources_of(number) == wanted.images)
        if present is not None and is_written:
            return pictures_lacking(wanted, present, exact=known.pictured)
        return True, len(wanted.images) > 1

    def _download(self, intent: OutboxIntent, wanted: WantedProduct, number: int, main: bool, others: bool) -> bool:
        """One call; False when the intent is on its way already because that went wrong."""
        images = wanted.images or ()
        count = int(main) + (len(images) - 1 if others else 0)
        expected = count * self._seconds_per_picture
        patience = min(max(self._client.access.timeout, expected * 3 + 10), _LONGEST_PATIENCE)
        write = partial(
            api.write_images,
            self._client,
            number,
            main=images[0] if main else None,
            additional=images[1:] if others else None,
            patience=patience,
        )
        began = time.monotonic()
        if self.calling(intent, PICTURES, write) is None:
            return False
        took = (time.monotonic() - began) / max(count, 1)
        self._seconds_per_picture = (self._seconds_per_picture + took) / 2
        return True

    def _sources_of(self, number: int) -> tuple[str, ...]:
        """Where the pictures came from that were written last."""
        row = self._mirrored(number)
        return tuple(row.image_sources) if row else ()

    def _is_touched(self, present: StoredProduct) -> bool:
        """Whether somebody else has changed a product that the program wrote."""
        row = self._mirrored(present.row.product_id)
        return row is not None and 0 < row.written_at < present.changed_at

    def _mirrored(self, number: int) -> StoreProduct | None:
        mine = (col(StoreProduct.store_id) == self._store.id, col(StoreProduct.product_id) == number)
        with self.outbox.database.read() as session:
            return session.exec(select(StoreProduct).where(*mine)).first()

    # -- features -------------------------------------------------------------------------------------------

    def _chosen(self, intent: OutboxIntent, wanted: WantedProduct) -> list[Chosen] | None:
        """The wanted values as the store's features take them; None when the intent is on its way already, because a
        feature has to be made first and that went wrong."""
        found = []
        for one in wanted.features:
            feature = self._find(wanted, one) or self._made(intent, wanted, one)
            if feature is None:
                return None
            chosen = choose(one, feature)
            if chosen is not None:
                found.append(chosen)
            elif one.values:
                text = f"Feature {feature.name!r} of the store cannot hold what Amazon says; it is left out."
                self.tell(intent, text, level="warning")
        return found

    def _find(self, wanted: WantedProduct, one: WantedFeature) -> Feature | None:
        return self._book.find(one, wanted.company_id, wanted.category_ids)

    def _made(self, intent: OutboxIntent, wanted: WantedProduct, one: WantedFeature) -> Feature | None:
        step = f"{FEATURE}{one.name}"
        with self._book.making_features:
            if (known := self._find(wanted, one)) is not None:
                return known
            if self._is_unsettled(intent, step):
                self.outbox.put_back(intent, step="", seconds=_LOOK_FOR_OTHERS, message="Its feature is being made.")
                return None
            self._book.look_again(one.name)
            if (known := self._find(wanted, one)) is not None:
                return known
            kind = "S" if one.varies or len(one.values) == 1 else SOME_OF
            purpose = VARIATIONS if one.varies else FILTERS
            # The vendors of a marketplace share features; a storefront has its own.
            owner = None if self._store.edition == MULTIVENDOR else wanted.company_id
            make = partial(features_api.create, self._client, one.name, kind=kind, purpose=purpose, company_id=owner)
            feature: Feature | None = self.calling(intent, step, make)
            if feature is not None:
                self._book.learn(feature)
            return feature

    def _is_unsettled(self, intent: OutboxIntent, step: str) -> bool:
        """Whether another intent has asked for the same feature and does not know what came of it."""
        query = select(OutboxIntent.id).where(
            col(OutboxIntent.remote) == str(self.outbox.remote),
            col(OutboxIntent.step) == step,
            col(OutboxIntent.state).in_([SENDING, UNKNOWN]),
            col(OutboxIntent.id) != intent.id,
            IS_OPEN,
        )
        with self.outbox.database.read() as session:
            return session.exec(query.limit(1)).first() is not None

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        wanted, number = _wanted(intent), _number(intent)
        if intent.step.startswith(FEATURE):
            return self._look_for_feature(intent, wanted)
        if number is None:
            return self._look_for_created(intent, wanted)
        present = api.get(self._client, number)
        if present is None:
            return Ended(problems.product_deleted(wanted.sku, number))
        if intent.step == UPDATE and self._lacking(wanted, present):
            return Missing()
        if intent.step == PICTURES:
            if any(pictures_lacking(wanted, present, exact=True)) or picture_names(wanted, present):
                return Missing()
            intent.evidence = replace(evidence(intent), pictured=True).into(intent.evidence)
        return self._goes_on(intent)

    def _look_for_feature(self, intent: OutboxIntent, wanted: WantedProduct) -> Outcome:
        name = intent.step.removeprefix(FEATURE)
        self._book.look_again(name)
        asked = next((one for one in wanted.features if one.name == name), None)
        return self._goes_on(intent) if asked is None or self._find(wanted, asked) else Missing()

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
        found, unknown = [], []
        for one in wanted.features:
            feature = self._find(wanted, one) if one.values else None
            chosen = choose(one, feature) if feature is not None else None
            if chosen is not None:
                found.append(chosen)
            elif one.values and feature is None:
                unknown.append(f"feature {one.name!r} is not in the store")
        return lacking(wanted, present, found, self._store.currency) + unknown

    def may_double(self, intent: OutboxIntent) -> bool:
        return _number(intent) is None

    def again(self, intent: OutboxIntent) -> tuple[str, State | None]:
        known = evidence(intent)
        is_repeated = intent.step == CREATE and _number(intent) is None
        return "", replace(known, repeated=known.repeated or is_repeated)

    # -- reading back ---------------------------------------------------------------------------------------

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        numbers = {stored_id(intent.id): _number(intent) or 0 for intent in intents}
        present = api.get_many(self._client, sorted(set(numbers.values())))
        return {
            stored_id(intent.id): self._read(intent, present.get(numbers[stored_id(intent.id)])) for intent in intents
        }

    def _read(self, intent: OutboxIntent, listed: StoredProduct | None) -> Outcome:
        wanted, number = _wanted(intent), _number(intent) or 0
        present, exact = listed, evidence(intent).pictured
        if present is None or self._lacking(wanted, present) or any(pictures_lacking(wanted, present, exact=exact)):
            present = api.get(self._client, number)  # lists may show less than there is
        if present is None:
            return Ended(problems.product_deleted(wanted.sku, number))
        if self._lacking(wanted, present):
            return Differs(present)
        if any(pictures_lacking(wanted, present, exact=exact)):
            return self._pictures_again(intent, wanted, present)
        return self._only_one(intent, wanted, present) if evidence(intent).repeated else Arrived(present)

    def _pictures_again(self, intent: OutboxIntent, wanted: WantedProduct, present: StoredProduct) -> Outcome:
        known = evidence(intent)
        if known.picture_tries < MOST_PICTURE_TRIES:
            found = replace(known, picture_tries=known.picture_tries + 1).into(intent.evidence)
            due = clock.after(_PICTURES_PAUSE * (known.picture_tries + 1))
            message = "The store did not get all pictures; written again."
            self.outbox.note(intent, state=WAITING, step="", evidence=found, not_before=due, message=message)
            return GoesOn()
        got = bool(present.main_image) + len(present.images)
        hold = refusals.images_missing(got, len(wanted.images or ()), picture_names(wanted, present))
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
                api.delete(self._client, row.product_id)
                text = f"Product {row.product_id} was a double of {present.row.product_id} and was deleted."
                self.tell(intent, text, level="warning")
        return Arrived(present)

    # -- ends -----------------------------------------------------------------------------------------------

    def fail(self, intent: OutboxIntent, hold: Hold, also: Callable[[Session], None] = lambda session: None) -> None:
        def end(session: Session) -> None:
            also(session)
            if hold.problem is problems.PRODUCT_DELETED:
                forget_in(session, self._store, _number(intent) or 0)
            if hold.problem in refusals.PLANNED_AGAIN:
                self._plan_again(session, intent)

        super().fail(intent, hold, end)

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return refusals.refused(error)

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
        mirror_in(session, self._store, [present.row for _, present, _ in seen], sources)
        known = ((evidence(intent), present) for intent, present, _ in seen)
        written_in(session, self._store, [present for one, present in known if one.written and not one.touched])


class _Sightings:
    """What the store has of SKUs that are about to be created: asked for a hundred at a time, and used once."""

    def __init__(self, outbox: Outbox, client: StoreClient, filtered: bool) -> None:
        self._outbox = outbox
        self._client = client
        self._filtered = filtered
        self._seen: dict[str, list[ProductRow]] = {}
        self._seen_at = 0.0
        self._looking = threading.Lock()

    def of(self, intent: OutboxIntent, sku: str) -> list[ProductRow]:
        """Products that the store takes for having this SKU, as they are now."""
        if intent.attempts:
            return self.now(sku)
        with self._looking:
            if sku not in self._seen or time.monotonic() - self._seen_at > _SEEN_FOR:
                self._look_ahead(intent)
            found = self._seen.pop(sku, None)
        return self.now(sku) if found is None else found

    def now(self, sku: str) -> list[ProductRow]:
        """The same, in any case by a call of its own."""
        if not self._filtered:
            return rows_api.with_sku(self._client, sku)
        return list(rows_api.by_skus_in_any_case(self._client, [sku]))

    def _look_ahead(self, intent: OutboxIntent) -> None:
        if not self._filtered:
            return
        query = select(OutboxIntent.subject).where(
            col(OutboxIntent.remote) == str(self._outbox.remote),
            col(OutboxIntent.channel_id) == intent.channel_id,
            col(OutboxIntent.kind) == WRITE_KIND,
            col(OutboxIntent.state) == WAITING,
            col(OutboxIntent.attempts) == 0,
        )
        ordered = query.order_by(col(OutboxIntent.id)).limit(rows_api.SKUS_PER_CALL)
        with self._outbox.database.read() as session:
            skus = [Subject.parse(text).id for text in session.exec(ordered).all()]
        found: dict[str, list[ProductRow]] = {folded_sku(sku): [] for sku in skus}
        for row in rows_api.by_skus_in_any_case(self._client, skus):
            found[folded_sku(row.sku)].append(row)
        self._seen = {sku: found[folded_sku(sku)] for sku in skus}
        self._seen_at = time.monotonic()


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


def products(
    workspace: Workspace,
    context: JobContext,
    outbox: Outbox,
    remote: Remote,
    plan_again: PlanAgain = lambda session, intent: None,
) -> ProductDelivery:
    """What carries products into a store."""
    assert isinstance(remote, StoreRemote)
    return ProductDelivery(
        outbox,
        remote.client,
        remote.pace,
        store=remote.store,
        settle_seconds=workspace.settings.settle_seconds,
        tell=context.event_of,
        plan_again=plan_again,
    )
