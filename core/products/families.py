"""Delivers families of products to the store: variations of each other, in the only order that works.

    its products are written ─▶ what is their own is kept ─▶ group ─▶ what is their own is given back ─▶ read back

The store writes name, description, categories and features of the product that it shows for a family over those of the
others, when they join. A family of one product is no group; one that grew or lost products has its group changed. Calls
per family: one search for 100 products, one for its group, one GET for 50 before and after, one POST, and one PUT for
each product of which the store wrote something over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlmodel import Session, col, select

from core import clock
from core.cscart import product_writes, products, variations
from core.cscart.product_writes import StoredProduct
from core.cscart.transport import StoreClient
from core.cscart.variations import Group, Made
from core.errors import CrossdockError, Rejected
from core.jobs.context import ItemResult, JobContext
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.outbox import IS_OPEN, WAITING, OutboxIntent
from core.model.store import Store
from core.products import FAMILY_KIND, WRITE_KIND, own, refusals
from core.products.deliver import PlanAgain
from core.products.evidence import Own, family_evidence
from core.products.feature_book import FeatureBook
from core.products.mirror import mirror_in, written_in
from core.products.wanted import WantedFamily, WantedFeature
from core.subjects import Subject
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Ended, GoesOn, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.remotes import Remote, StoreRemote
from core.workspace import Workspace

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


class FamilyDelivery(Delivery):
    """Carries families into one store."""

    kinds = frozenset({FAMILY_KIND})
    doing = "Making families of products"
    batch = 10

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
        self._plan_again = plan_again
        self._client = client
        self._store = store
        self._filtered = bool(store.capabilities.get("filter_params", True))
        self._book = FeatureBook(outbox.database, client, store)

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
        groups = variations.of_products(self._client, members.ids) if members.ids else []
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
        features = [feature.feature_id for feature in found if feature is not None]
        if not features or len(features) != len(family.features):
            lacking = [name for name, feature in zip(family.features, found, strict=True) if feature is None]
            self.fail(intent, refusals.family_without_features(lacking))
            return False
        code = variations.group_code(family.code)
        self._keep(intent, members.ids)
        made: Made | None = self.calling(
            intent, GROUP, lambda: variations.create(self._client, members.ids, code=code, feature_ids=features)
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
            if self.calling(intent, DETACH, partial(variations.detach, self._client, number)) is None:
                return False
        for number in joining:
            if not self._joined(intent, number, group.group_id):
                return False
        is_in = str(first) not in family_evidence(intent).refused
        show = partial(variations.show_for_all, self._client, first)
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
                variations.add(self._client, number, group_id)
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
        fresh = own.of_products(
            product_writes.get_many(self._client, [number for number in product_ids if number not in kept]).values()
        )
        intent.evidence = replace(known, own=(*known.own, *fresh)).into(intent.evidence)

    def _given_back(self, intent: OutboxIntent) -> bool:
        """Write what the store has written over; False when the intent is on its way already."""
        for number, body in own.to_give_back(self._client, family_evidence(intent).own):
            if self.calling(intent, OWN, partial(product_writes.update, self._client, number, body)) is None:
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
            products.by_skus(self._client, coded)
            if self._filtered
            else (row for sku in coded for row in products.with_sku(self._client, sku) if row.sku == sku)
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
            if not variations.of_products(self._client, members.ids):
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
            groups = variations.of_products(self._client, members.ids)
            together = set(groups[0].parents) if len(groups) == 1 else set[int]()
            apart = [sku for sku, number in members.numbers.items() if number not in together and sku not in refused]
            if apart:
                return Differs([f"{sku} is not in the family" for sku in apart])
        present = product_writes.get_many(self._client, members.ids)
        if lost := [one.product_id for one in known.own if one.product_id in present and _lost(one, present)]:
            return Differs([f"product {number} has lost what was its own" for number in lost])
        if refused:
            return Ended(refusals.family_refused(refused))
        return Ended(refusals.family_incomplete(members.missing)) if members.missing else Arrived(present)

    # -- ends -----------------------------------------------------------------------------------------------

    def fail(self, intent: OutboxIntent, hold: Hold, also: Callable[[Session], None] = lambda session: None) -> None:
        def end(session: Session) -> None:
            also(session)
            if hold.problem in refusals.PLANNED_AGAIN:
                self._plan_again(session, intent)

        super().fail(intent, hold, end)

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return refusals.refused(error)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, refusals.product_differs(outcome.seen if isinstance(outcome, Differs) else ["it is gone"]))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, _Present]]) -> list[ItemResult]:
        results = []
        for intent, present in ends:
            mirror_in(session, self._store, [one.row for one in present.values()], {})
            is_changed = family_evidence(intent).changed
            if is_changed:
                written_in(session, self._store, present.values())
            message = f"family of {len(present)} products"
            results.append(ItemResult(intent.subject, "updated" if is_changed else "unchanged", message=message))
        return results


def _family(intent: OutboxIntent) -> WantedFamily:
    return WantedFamily.from_json(intent.content or {})


def _lost(kept: Own, present: _Present) -> bool:
    return bool(own.lost(kept, present[kept.product_id]))


def families(
    workspace: Workspace,
    context: JobContext,
    outbox: Outbox,
    remote: Remote,
    plan_again: PlanAgain = lambda session, intent: None,
) -> FamilyDelivery:
    """What carries families into a store."""
    assert isinstance(remote, StoreRemote)
    return FamilyDelivery(
        outbox,
        remote.client,
        remote.pace,
        store=remote.store,
        settle_seconds=workspace.settings.settle_seconds,
        tell=context.event_of,
        plan_again=plan_again,
    )
