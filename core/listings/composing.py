"""Makes listings of products: the same for a preview, for planning, and when something is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from core.amazon import catalog
from core.amazon.items import AT_ONCE
from core.amazon.marketplaces import by_id
from core.amazon.transport import AmazonClient
from core.categories.mapping import stored, viewed
from core.cscart import shapes
from core.cscart.variations import Group
from core.fields.plan import identifiers
from core.fields.plan.gate import MappedTo, StoreSide
from core.fields.plan.store_item import FIELDS, StoreItem, identifier_of
from core.fields.store_items import category_of, item_of
from core.listings import store_side
from core.listings.exports import Target, exports, is_partial, sent_of
from core.listings.offering import offered
from core.listings.plan import problems
from core.listings.plan.candidate import Candidate, Kin, Listed, Wanted
from core.listings.plan.difference import message_of
from core.listings.plan.kind import Kind, kind_of, wants_search
from core.listings.plan.wanted import Draft, asin_chosen, draft_of, said_of
from core.listings.terms import TermsBook
from core.listings.twins import shared_identifiers
from core.model.channel import Channel
from core.model.listing import Listing
from core.money import Money
from core.offers.plan.rules import rules_of
from core.orders.reserved import reserved
from core.products.listings import rows_by_sku, unpacked
from core.products.mirror import linked_products
from core.submissions.message import ANY_TYPE, OFFER_ONLY, Message
from core.submissions.read import read_listings
from core.sync.decisions import Hold
from core.sync.planning import guarded
from core.workspace import Workspace, channel_parts


@dataclass(frozen=True)
class Composed:
    """What became of a target."""

    target: Target
    decision: Wanted | Sequence[Hold]
    would: Message | None = None
    """What is sent, or would be if it were not held; None where Amazon has it, or nothing can be filled in."""
    is_listed: bool = False
    name: str = ""
    """Of the product."""
    draft: Draft | None = None
    """What the product makes of it; None where nothing can be filled in."""
    is_watched: bool = False
    """The listing was there before, and only what changes of it is sent."""

    @property
    def message(self) -> Message | None:
        """What is to be sent; None where Amazon has it, or it is held."""
        return self.would if isinstance(self.decision, Wanted) else None


class Composer:
    """Makes listings for one channel; what is the same for all products is looked up once."""

    def __init__(self, workspace: Workspace, channel: Channel, client: AmazonClient, *, whole: bool = False) -> None:
        """`whole`: of listings that were there before all of the content is wanted, and not only what has changed."""
        self._whole = whole
        self._workspace = workspace
        self._database = workspace.database
        self._channel = channel
        self._client = client
        with self._database.read() as session:
            _, account, _, self._store = channel_parts(session, channel.id or 0)
            self._mapped = _mapped(session, channel)
        self._seller_id = account.seller_id or ""
        self._shop = workspace.store_client(self._store)
        self._terms = TermsBook(workspace, channel, client)
        place = by_id(channel.marketplace_id)
        self.currency = place.currency if place else self._store.currency
        self._rules = rules_of(channel.name, channel.marketplace_id, self.currency, channel.settings)

    def compose(self, targets: Sequence[Target], *, doubtful: Collection[str] = ()) -> list[Composed]:
        """What the targets are to be at Amazon, each with what of it has to be sent, in their order.

        Of `doubtful` SKUs it is not known what was written to them last; what Amazon has was read.
        """
        numbers = {one.product_id for one in targets}
        # Before the store is read: an order that gets there in between counts twice, rather than not at all.
        with self._database.read() as session:
            waiting = reserved(session, self._channel.store_id, numbers)
        bodies = store_side.products(self._shop, sorted(numbers))
        kin = self._groups(targets, bodies)
        skus = [one.sku for one in targets]
        linked = linked_products(self._database, self._channel, skus)
        with self._database.read() as session:
            listings = [row for row in rows_by_sku(session, self._channel, skus) if row.closed_at is None]
            listed = {row.sku: _listed(row, self._channel) for row in listings}
            rows = exports(session, self._channel, skus).values()
            sent = {
                row.sku: sent_of(row, is_doubtful=row.sku in doubtful)
                for row in rows
                if not (self._whole and is_partial(row))
            }
        candidates = {
            one.sku: self._candidate(
                one, bodies[one.product_id], kin.get(one.product_id), listed, sent, linked, waiting
            )
            for one in targets
            if one.product_id in bodies
        }
        self._look_up(candidates)
        self._read_unknown(candidates)
        shared = shared_identifiers(list(candidates.values()), kin, self._items, self._at_amazon)
        return [
            Composed(one, [shared[one.sku]], name=candidates[one.sku].item.name)
            if one.sku in shared
            else self._composed(one, candidates.get(one.sku))
            for one in targets
        ]

    def _items(self, product_ids: Sequence[int]) -> dict[int, StoreItem]:
        bodies = store_side.products(self._shop, product_ids)
        return {number: item_of(body, self._store.currency) for number, body in bodies.items()}

    def _at_amazon(self, skus: Sequence[str]) -> set[str]:
        """Those that the channel's marketplace has, or that were sent there."""
        with self._database.read() as session:
            listed = {row.sku for row in rows_by_sku(session, self._channel, skus) if row.closed_at is None}
            sent = {sku for sku, row in exports(session, self._channel, skus).items() if row.attributes is not None}
        return listed | sent

    def _groups(self, targets: Sequence[Target], bodies: Mapping[int, Mapping[str, Any]]) -> dict[int, Group]:
        """The groups of those that are variations, or stand for some."""
        numbers = {one.product_id for one in targets if one.is_parent or one.parent_sku}
        return store_side.groups(self._shop, sorted(numbers & bodies.keys()))

    def _candidate(
        self,
        target: Target,
        body: Mapping[str, Any],
        group: Group | None,
        listed: Mapping[str, Listed],
        sent: Mapping[str, Any],
        linked: Collection[str],
        waiting: Mapping[int, int],
    ) -> Candidate:
        item = item_of(body, self._store.currency)
        number = category_of(body)
        mapped = self._mapped.get(number or 0)
        side = StoreSide(
            self._channel.name,
            f'product {item.product_id} "{item.name[:80]}"',
            number,
            mapped.category if mapped else "",
        )
        candidate = Candidate(
            sku=target.sku,
            item=item,
            side=side,
            status=shapes.text(body.get("status")),
            mapped=mapped,
            listed=listed.get(target.sku),
            sent=sent.get(target.sku),
            kin=_kin(target, item, group),
            is_linked=target.sku in linked,
            offer=offered(item, body, self._rules, waiting),
            is_agreed=self._channel.counts_confirmed_at is not None,
        )
        seen = candidate.sent.seen if candidate.sent else None
        if seen is None:
            return candidate
        mapped, offer = self._mapped.get(seen.category or 0), offered(seen.item, body, self._rules, waiting)
        return replace(candidate, before=replace(candidate, item=seen.item, mapped=mapped, offer=offer))

    # -- Amazon's side ----------------------------------------------------------------------------------------

    def _look_up(self, candidates: dict[str, Candidate]) -> None:
        """Look in Amazon's catalogue for those that nothing else says what they become: 20 numbers a call."""
        wanted: dict[str, dict[str, list[str]]] = {}
        for sku, one in candidates.items():
            found = identifiers.read(identifier_of(one.item)) if wants_search(one, self._chosen_asin(one)) else None
            if found is not None:
                wanted.setdefault(found.kind.upper(), {}).setdefault(found.value, []).append(sku)
        for kind, by_number in wanted.items():
            for number, asins in self._asins(kind, list(by_number)).items():
                for sku in by_number[number]:
                    candidates[sku] = replace(candidates[sku], asins=asins)

    def _asins(self, kind: str, numbers: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Number → the ASINs of the items that have it."""
        items: dict[str, list[dict[str, Any]]] = {}
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            items |= catalog.by_number(self._client, self._channel.marketplace_id, kind, some)
        return {
            number: tuple(dict.fromkeys(str(one["asin"]) for one in its if one.get("asin")))
            for number, its in items.items()
        }

    def _read_unknown(self, candidates: dict[str, Candidate]) -> None:
        """Read what Amazon has of listings that this program never sent whole and whose content was not read yet.

        Of those that were there before only where something of them is to be sent: a mapping may concern all of them.
        """
        lacking = [
            sku
            for sku, one in candidates.items()
            if one.listed is not None
            and one.listed.attributes is None
            and (one.sent is None or (one.sent.is_partial and self._says_more(one)))
        ]
        read = read_listings(self._client, self._seller_id, self._channel.marketplace_id, lacking) if lacking else {}
        for sku, item in read.items():
            told = item.get("attributes") if item else None
            listed = candidates[sku].listed
            if item is None or listed is None:
                candidates[sku] = replace(candidates[sku], listed=None)
            elif isinstance(told, dict):
                candidates[sku] = replace(candidates[sku], listed=replace(listed, attributes=told))

    def _chosen_asin(self, candidate: Candidate) -> str:
        terms = self._terms.of(Kind(ANY_TYPE, OFFER_ONLY)) if self._says_asin else None
        return "" if terms is None or isinstance(terms, Hold) else asin_chosen(terms, candidate)

    @property
    def _says_asin(self) -> bool:
        """Whether somebody said where products name their ASIN."""
        return self._terms.chose("merchant_suggested_asin")

    # -- together ---------------------------------------------------------------------------------------------

    def _composed(self, target: Target, candidate: Candidate | None) -> Composed:
        if candidate is None:
            return Composed(target, [problems.sku_not_in_store(target.sku)])
        found = self._guarded(candidate)
        is_listed, name = candidate.listed is not None, candidate.item.name
        is_watched = candidate.sent is not None and candidate.sent.is_partial
        if isinstance(found, Hold):
            if is_watched and _is_as_seen(candidate):  # nothing of it is to be sent, so nothing has to be mended first
                nothing = Wanted(target.sku, candidate.listed.product_type if candidate.listed else "", "", {})
                return Composed(target, nothing, None, is_listed, name, is_watched=True)
            return Composed(target, [found], is_listed=is_listed, name=name, is_watched=is_watched)
        draft, message = found
        decision = draft.wanted if message is None and is_watched else draft.holds or draft.wanted
        return Composed(target, decision, message, is_listed, name, draft, is_watched)

    def _says_more(self, candidate: Candidate) -> bool:
        """Whether the store says something else of a listing than it did, or than was sent."""
        found = self._guarded(candidate)
        return not isinstance(found, Hold) and found[1] is not None

    def _guarded(self, candidate: Candidate) -> tuple[Draft, Message | None] | Hold:
        return guarded(f"listing {candidate.sku}", lambda: self._drafted(candidate), problems.product_unreadable)

    def _drafted(self, candidate: Candidate) -> tuple[Draft, Message | None] | Hold:
        kind = kind_of(candidate, self._chosen_asin(candidate))
        if isinstance(kind, Hold):
            return kind
        terms = self._terms.of(kind)
        if isinstance(terms, Hold):
            return terms
        draft = draft_of(candidate, kind, terms, self.currency)
        if isinstance(draft, Hold):
            return draft
        sent = candidate.sent
        if sent is not None and candidate.before is not None:
            said = said_of(candidate.before, kind, terms, self.currency)
            sent = replace(sent, attributes={**said, **sent.attributes})
        return draft, message_of(draft.wanted, candidate.listed, sent, terms.form.place())


def _is_as_seen(candidate: Candidate) -> bool:
    """Whether nothing was sent of a listing that was there before, and its product says what it said at first sight."""
    before = candidate.before
    is_untouched = candidate.sent is not None and not candidate.sent.written
    return (
        before is not None
        and is_untouched
        and before.mapped == candidate.mapped
        and _said(before.item) == _said(candidate.item)
    )


def _said(item: StoreItem) -> StoreItem:
    """A product without what no content is made of: its stock, and columns like the time of its last change."""
    return replace(item, amount=0, texts={name: told for name, told in item.texts.items() if name in FIELDS})


def _mapped(session: Session, channel: Channel) -> dict[int, MappedTo]:
    """What each category of the store is exported to."""
    rows = [row for row in stored(session, channel) if row.export_default]
    return {
        view.cscart: MappedTo(view.amazon or "", view.amazon_path, view.product_type, view.cscart, view.cscart_path)
        for view in viewed(session, channel, rows)
    }


def _listed(row: Listing, channel: Channel) -> Listed:
    source = unpacked(row.content)
    told = source.listing.get("attributes") if source else None
    return Listed(
        row.asin,
        row.product_type,
        row.parent_sku,
        told if isinstance(told, dict) else None,
        is_ours=row.exported_by == channel.id,
        price=None if row.price_minor is None else Money.from_minor(row.price_minor, row.currency),
    )


def _kin(target: Target, item: StoreItem, group: Group | None) -> Kin | None:
    if group is None or not (target.is_parent or target.parent_sku):
        return None
    names = {number: item.feature(str(number)) for number in group.feature_ids}
    features = {number: found.name if found else str(number) for number, found in names.items()}
    return Kin(target.sku if target.is_parent else target.parent_sku, features, target.is_parent)
