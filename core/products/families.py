"""Delivers families of products to the store: variations of each other, in the only order that works.

    its products are written ─▶ what is their own is kept ─▶ group ─▶ what is their own is given back ─▶ read back

The store writes name, description, categories and features of the product that it shows for a family over those of the
others, when they join. A family of one product is no group; one that grew or lost products has its group changed. Calls
per family: one search for 100 products, one for its group, one GET for 50 before and after, one POST, and one PUT for
each product of which the store wrote something over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from core import clock
from core.cscart import product_writes, products, variations
from core.cscart.product_writes import StoredProduct
from core.cscart.variations import Group, Made
from core.errors import Rejected
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.outbox import IS_OPEN, WAITING, OutboxIntent
from core.products import FAMILY_KIND, WRITE_KIND, own, refusals
from core.products.evidence import family_evidence
from core.products.feature_book import FeatureBook
from core.products.languages import DEFAULT
from core.products.mirror import mirror_in, written_in
from core.products.sender import ProductSender, Standing
from core.products.wanted import WantedFamily, WantedFeature
from core.subjects import Subject
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Ended, GoesOn, Missing, Outcome
from core.sync.dirty import watch_anew

GROUP = "group"
ADD = "add"
DETACH = "detach"
SHOW = "show"
OWN = "own"
_UNTOLD = 200
"""The reason of a refusal that the store does not tell."""
_WAIT = 2.0
"""Seconds after which is looked again whether the products of a family are written."""
_AT_ONCE = 500


_Present = Mapping[int, StoredProduct]
"""Products of a family as they are in the store, by number."""


@dataclass(frozen=True)
class _Members:
    """Products of a family by SKU, in its order, and those that the store does not have."""

    numbers: Mapping[str, int]
    missing: Sequence[str]

    @property
    def ids(self) -> list[int]:
        return list(dict.fromkeys(self.numbers.values()))


class FamilyDelivery(ProductSender):
    """Carries families into one store."""

    kinds = frozenset({FAMILY_KIND})
    doing = "Making families of products"
    batch = 10

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._book = FeatureBook(self.outbox.database, self.client, self.store)

    def odd(self, intent: OutboxIntent) -> Hold | None:
        try:
            family_evidence(intent)
            return None if _family(intent).skus else refusals.unreadable()
        except (TypeError, ValueError):
            return refusals.unreadable()

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, intent: OutboxIntent) -> None:
        family = _family(intent)
        if self._is_being_written(intent, family):
            self.outbox.note(intent, not_before=clock.after(_WAIT), message="Its products are being written.")
            return
        members = self._members(intent, family)
        groups = variations.of_products(self.client, members.ids) if members.ids else []
        if len(groups) > 1:
            self.fail(intent, refusals.family_taken([group.code for group in groups]))
        elif self._grouped(intent, family, members, groups) and self._given_back(intent):
            self.outbox.sent(intent)

    def _grouped(self, intent: OutboxIntent, family: WantedFamily, members: _Members, groups: Sequence[Group]) -> bool:
        """Let the members be one group; False when the intent has ended, or is on its way already."""
        if groups:
            return self._changed(intent, family, members, groups[0])
        if len(members.ids) < 2:
            return True
        company_id = self._company(intent)
        found = [self._book.find(WantedFeature(name, varies=True), company_id, None) for name in family.features]
        features = [feature.feature_id for feature in found if feature is not None and feature.varies]
        if not features or len(features) != len(family.features):
            lacking = [
                name
                for name, feature in zip(family.features, found, strict=True)
                if feature is None or not feature.varies
            ]
            self.fail(intent, refusals.family_without_features(lacking))
            return False
        code = variations.group_code(family.code)
        self._keep(intent, members.ids)
        made: Made | None = self.calling(
            intent, GROUP, lambda: variations.create(self.client, members.ids, code=code, feature_ids=features)
        )
        if made is None:
            return False
        refused = {str(number): status for number, status in made.refused.items()}
        known = replace(family_evidence(intent), group_id=made.group_id, refused=refused, changed=True)
        intent.evidence = known.into(intent.evidence)
        return True

    def _changed(self, intent: OutboxIntent, family: WantedFamily, members: _Members, group: Group) -> bool:
        """Let a group that is there have these members, the first of them shown for all; False as for `_grouped`."""
        known = replace(family_evidence(intent), group_id=group.group_id)
        intent.evidence = known.into(intent.evidence)
        joining = [number for number in members.ids if number not in group.parents]
        is_ours = group.code == variations.group_code(family.code)
        leaving = [number for number in group.parents if number not in members.ids] if is_ours else []
        first = members.ids[0]
        is_shown = not is_ours or group.parents.get(first, 0) == 0
        if joining or not is_shown:
            self._keep(intent, [*joining, *(group.parents if not is_shown or first in joining else ())])
        for number in leaving:
            if self.calling(intent, DETACH, partial(variations.detach, self.client, number)) is None:
                return False
        for number in joining:
            if not self._joined(intent, number, group.group_id):
                return False
        is_in = str(first) not in family_evidence(intent).refused
        show = partial(variations.show_for_all, self.client, first)
        must_show = is_ours and is_in and (not is_shown or first in joining)
        if must_show and self.calling(intent, SHOW, show) is None:
            return False
        if joining or leaving or not is_shown:
            intent.evidence = replace(family_evidence(intent), changed=True).into(intent.evidence)
        return True

    def _joined(self, intent: OutboxIntent, number: int, group_id: int) -> bool:
        """Put one product into the group; what the store refuses is remembered, and stops none of the others."""

        def join() -> bool:
            try:
                variations.add(self.client, number, group_id)
            except Rejected:
                return False
            return True

        taken = self.calling(intent, ADD, join)
        if taken is None:
            return False
        if not taken:
            known = family_evidence(intent)
            refused = {**known.refused, str(number): _UNTOLD}
            intent.evidence = replace(known, refused=refused).into(intent.evidence)
        return True

    def _keep(self, intent: OutboxIntent, product_ids: Sequence[int]) -> None:
        """Remember what products have of their own, as far as that is not kept already; written with the next call."""
        known = family_evidence(intent)
        kept = {one.product_id for one in known.own}
        fresh = [number for number in product_ids if number not in kept]
        found = own.read(self.client, fresh, self.languages)
        first = found[self.languages[0]]
        touched = [key for key, one in first.items() if self.standing(key, one.changed_at) is Standing.TOUCHED]
        known = replace(known, own=(*known.own, *own.kept(found)), touched=(*known.touched, *touched))
        intent.evidence = known.into(intent.evidence)

    def _given_back(self, intent: OutboxIntent) -> bool:
        """Write what the store has written over; False when the intent is on its way already."""
        for number, language, body in own.to_give_back(self.client, family_evidence(intent).own):
            write = partial(product_writes.update, self.client, number, body, language)
            if self.calling(intent, OWN, write) is None:
                return False
        return True

    # -- who belongs to it ----------------------------------------------------------------------------------

    def _is_being_written(self, intent: OutboxIntent, family: WantedFamily) -> bool:
        """Whether one of its products is still to be written, or to be read back."""
        subjects = [str(Subject("sku", sku)) for sku in family.skus]
        about = (
            col(OutboxIntent.remote) == str(self.outbox.remote),
            col(OutboxIntent.channel_id) == intent.channel_id,
            col(OutboxIntent.kind) == WRITE_KIND,
            IS_OPEN,
        )
        with self.outbox.database.read() as session:
            return any(
                session.exec(
                    select(OutboxIntent.id)
                    .where(*about, col(OutboxIntent.subject).in_(subjects[start : start + _AT_ONCE]))
                    .limit(1)
                ).first()
                for start in range(0, len(subjects), _AT_ONCE)
            )

    def _members(self, intent: OutboxIntent, family: WantedFamily) -> _Members:
        """One call for 100 of its SKUs; those that a person has linked mean the product that they are linked to."""
        linked = self._links(intent, family)
        coded = [sku for sku in family.skus if sku not in linked]
        company_id = self._company(intent)
        numbers = dict(linked)
        rows = (
            products.by_skus(self.client, coded)
            if self.has_filter
            else (row for sku in coded for row in products.with_sku(self.client, sku) if row.sku == sku)
        )
        for row in rows:
            if not company_id or row.company_id in (None, 0, company_id):
                numbers[row.sku] = min(row.product_id, numbers.get(row.sku, row.product_id))
        in_order = {sku: numbers[sku] for sku in family.skus if sku in numbers}
        return _Members(in_order, [sku for sku in family.skus if sku not in numbers])

    def _links(self, intent: OutboxIntent, family: WantedFamily) -> dict[str, int]:
        query = select(ListingLink).where(col(ListingLink.channel_id) == intent.channel_id)
        wanted = set(family.skus)
        with self.outbox.database.read() as session:
            return {link.sku: link.product_id for link in session.exec(query) if link.sku in wanted}

    def _company(self, intent: OutboxIntent) -> int | None:
        with self.outbox.database.read() as session:
            return session.get_one(Channel, intent.channel_id).company_id

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        if intent.step == GROUP:
            members = self._members(intent, _family(intent))
            if not variations.of_products(self.client, members.ids):
                return Missing()
        # Every other step looks at what is there before it writes, and may be repeated.
        self.outbox.note(intent, state=WAITING, step="", not_before=None)
        return GoesOn()

    def may_double(self, intent: OutboxIntent) -> bool:
        return intent.step == GROUP

    # -- reading back ---------------------------------------------------------------------------------------

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        return {stored_id(intent.id): self._read(intent) for intent in intents}

    def _read(self, intent: OutboxIntent) -> Outcome:
        family, known = _family(intent), family_evidence(intent)
        members = self._members(intent, family)
        refused = {sku: known.refused[str(one)] for sku, one in members.numbers.items() if str(one) in known.refused}
        if len(members.ids) > 1:
            groups = variations.of_products(self.client, members.ids)
            together = set(groups[0].parents) if len(groups) == 1 else set[int]()
            apart = [sku for sku, number in members.numbers.items() if number not in together and sku not in refused]
            if apart:
                return Differs([f"{sku} is not in the family" for sku in apart])
        languages = dict.fromkeys(one.language for one in known.own) or [DEFAULT]
        found = own.read(self.client, members.ids, list(languages))
        if lost := {number for number, _, _ in own.lost(known.own, found)}:
            return Differs([f"product {number} has lost what was its own" for number in sorted(lost)])
        present = next(iter(found.values()))
        if refused:
            return Ended(refusals.family_refused(refused))
        return Ended(refusals.family_incomplete(members.missing)) if members.missing else Arrived(present)

    # -- ends -----------------------------------------------------------------------------------------------

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, refusals.product_differs(outcome.seen if isinstance(outcome, Differs) else ["it is gone"]))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, _Present]]) -> list[ItemResult]:
        results = []
        for intent, present in ends:
            known = family_evidence(intent)
            ours = {one.product_id for one in known.own} - {*known.touched}
            language = next((one.language for one in known.own), DEFAULT)
            mirror_in(session, self.store, [one.row for one in present.values()], {}, language=language)
            written_in(session, self.store, [one for number, one in present.items() if number in ours])
            watch_anew(session, stored_id(self.store.id), present.keys() if known.changed else ())
            message = f"family of {len(present)} products"
            results.append(ItemResult(intent.subject, "updated" if known.changed else "unchanged", message=message))
        return results


def _family(intent: OutboxIntent) -> WantedFamily:
    return WantedFamily.from_json(intent.content or {})
