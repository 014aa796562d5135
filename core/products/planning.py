"""Plans the dirty listings of a channel and its families: dirty rows → plan → outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlmodel import Session, col, or_, select

from core.categories.flow import place_of
from core.categories.mapping import stored
from core.categories.search import rows_of
from core.categories.tree import current_tree
from core.cscart.probe import MULTIVENDOR
from core.exchange import parse_rates
from core.fields.rows import import_targets
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import PLANNED
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.outbox import OutboxIntent
from core.model.store import Store, StoreProduct
from core.money import Money
from core.products import FAMILY_KIND, NAME, WRITE_KIND, languages
from core.products.checkpoint import Checkpoint
from core.products.identified import Identified
from core.products.linking import link_in
from core.products.listings import mark, mark_clean, of_channel, rows_by_sku, unpacked
from core.products.mirror import linked_products, products_for, read_products
from core.products.plan import attributes, problems
from core.products.plan.decide import Decision, Item, Present, Settled, Write, plan_listing
from core.products.plan.facts import Facts
from core.products.plan.family import Member, plan_family
from core.products.plan.identity import gtins
from core.products.plan.rules import DEFAULT_POLICY, FILL_EMPTY, Mapped, Rules
from core.products.plan.source import Source
from core.products.present import filled
from core.products.refs import ProductRef
from core.products.wanted import WantedFamily
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.outbox import NewIntent, open_about
from core.sync.planning import CHUNK, Decided, chunks, guarded, write
from core.windows import AT_ONCE
from core.workspace import Workspace

_OWN_CONTENT = ("description", "features", "images", "weight", "dimensions")
"""Fields of the policy that the mirror of the store's products does not know."""


def rules_of(session: Session, channel: Channel, store: Store, *, only_new: bool = False) -> Rules:
    """The rules by which the channel's listings are planned now."""
    mapped: dict[str, list[Mapped]] = {}
    for row in sorted(stored(session, channel), key=lambda one: not one.export_default):
        mapped.setdefault(row.node_id, []).append(Mapped(row.category_id, row.product_type, row.subtree))
    settings = channel.settings
    return Rules(
        channel=channel.name,
        currency=store.currency,
        company_id=channel.company_id,
        is_marketplace=store.edition == MULTIVENDOR,
        mapped=mapped,
        rates=parse_rates(settings.get("exchange_rate")),
        targets=import_targets(session, channel),
        policy={**DEFAULT_POLICY, **(settings.get("product_fields") or {})},
        language=languages.of_channel(session, channel, store),
        weight_unit=settings.get("weight_unit") or "kg",
        length_unit=settings.get("length_unit") or "cm",
        only_new=only_new,
    )


class Planning:
    """One job's planning."""

    def __init__(self, workspace: Workspace, context: JobContext, channel: Channel, store: Store) -> None:
        self._database = workspace.database
        self._context = context
        self._channel = channel
        self._store = store
        self._client = workspace.store_client(store)
        self._remote = Owner.store(channel.store_id)
        self._preview: set[str] = set()
        """SKUs that would become products, of a job that only plans."""
        self._write = partial(write, context=context, channel=channel, remote=self._remote, flow=NAME)
        with self._database.read() as session:
            only_new = bool(context.params.get("only_new"))
            self._rules = rules_of(session, channel, store, only_new=only_new)
        which = context.params.get("by_identifier", channel.settings.get("product_identifier"))
        self._identified = Identified(self._client, which) if which else None

    # -- products ---------------------------------------------------------------------------------------------

    def products(self) -> None:
        """Plan every dirty listing that the job is about, but for parents of variations."""
        context = self._context
        context.phase(PLANNED, "listing")
        with self._database.read() as session:
            total = len(session.exec(self._dirty().with_only_columns(col(Listing.id))).all())
        context.progress(step="Planning products", done=0, total=total)
        done, last = 0, context.state(Checkpoint).planned_to
        for keys in chunks(self._database, self._dirty(), col(Listing.id), last):
            context.check()
            self._chunk(keys)
            done += len(keys)
            context.progress(done=done)

    def _dirty(self) -> Any:
        query = select(Listing).where(
            of_channel(self._channel),
            col(Listing.dirty),
            col(Listing.is_parent).is_(False),
            or_(col(Listing.content).is_not(None), col(Listing.closed_at).is_not(None)),
        )
        params = self._context.params
        if only := params.get("skus") or params.get("replan"):
            query = query.where(col(Listing.sku).in_(only))
        if states := params.get("states"):
            query = query.where(col(Listing.status).in_(states))
        return query

    def _chunk(self, keys: Sequence[int]) -> None:
        with self._database.read() as session:
            query = select(Listing).where(col(Listing.id).in_(keys), col(Listing.dirty)).order_by(col(Listing.id))
            rows = list(session.exec(query))
            items = {row.sku: guarded(f"listing {row.sku}", partial(item_of, row, self._rules), _odd) for row in rows}
            items = self._with_paths(session, items)
        present = self._present(items)
        decided = Decided()
        left: set[str] = set()
        identified: dict[str, Present] = {}
        for row in rows:
            decision = self._decide(items[row.sku], present.get(row.sku, ()))
            if isinstance(decision, Settled) and decision.stays_dirty:
                left.add(row.sku)
            if isinstance(decision, Settled | Write) and decision.identified:
                identified[row.sku] = decision.identified
            _sort_in(decided, row.sku, decision, preview=self._is_preview)
            for note in decision.notes if isinstance(decision, Write) else ():
                self._context.event(f"{note} It is left out.", level="warning", subject=f"sku {row.sku}")
        with self._database.write() as session:
            changed = self._changed(session, rows)
            decided.leave_out(changed)
            self._link(session, {sku: one for sku, one in identified.items() if Subject("sku", sku) not in changed})
            self._write(session, decided=decided, mark_clean=partial(mark_clean, self._channel))
            mark(session, self._channel, sorted(left), dirty=True)
            self._tell_preview(decided)
            self._context.save(session, replace(self._context.state(Checkpoint), planned_to=keys[-1]))

    def _decide(self, item: Item | Hold, present: Sequence[Present]) -> Decision:
        if isinstance(item, Hold):
            return item
        return guarded(f"listing {item.sku}", lambda: plan_listing(item, present, self._rules), _odd)

    def _tell_preview(self, decided: Decided) -> None:
        """Say of a job that only plans what each write would do."""
        if self._is_preview:
            self._preview.update(intent.subject.id for intent in decided.intents)
            for intent in decided.intents:
                summary = str(intent.evidence.get("summary", ""))
                self._context.result(ItemResult(str(intent.subject), "unchanged", message=summary))

    def _with_paths(self, session: Session, items: Mapping[str, Item | Hold]) -> dict[str, Item | Hold]:
        """The same with all that stands above their nodes: Amazon tells it of some only."""
        single = {path[0] for item in items.values() if isinstance(item, Item) for path in item.paths if len(path) == 1}
        tree = current_tree(session, place_of(session, self._channel)) if single else None
        above: dict[str, list[tuple[str, ...]]] = {}
        for node in rows_of(session, tree, sorted(single)) if tree else ():
            above.setdefault(node.node_id, []).append(tuple(reversed(node.path.split(","))))
        return {sku: _placed(item, above) if isinstance(item, Item) else item for sku, item in items.items()}

    @property
    def _is_preview(self) -> bool:
        """Whether the job only tells what it would do."""
        return bool(self._context.params.get("plan_only"))

    def _link(self, session: Session, identified: Mapping[str, Present]) -> None:
        """Link SKUs to the products that were found by their identifiers, unless a person has linked them since."""
        if self._is_preview:
            self._preview.update(identified)
            return
        query = select(ListingLink.sku).where(col(ListingLink.channel_id) == self._channel.id)
        for sku, one in identified.items():
            if session.exec(query.where(col(ListingLink.sku) == sku)).first() is None:
                why = {"identifier": one.identifier}
                link_in(session, self._context.requested_by, self._channel, sku, one.product_id, why)

    def _present(self, items: Mapping[str, Item | Hold]) -> dict[str, list[Present]]:
        """The store's products by SKU, with what they hold where the policy wants to know it."""
        skus = list(items)
        links = linked_products(self._database, self._channel, skus)
        found = products_for(self._database, self._client, self._store, skus, links)
        found |= self._by_identifier(items, found)
        numbers = sorted({ref.product_id for refs in found.values() for ref in refs if ref.is_there})
        asks = any(self._rules.policy[name] == FILL_EMPTY for name in _OWN_CONTENT) and not self._rules.only_new
        holds = filled(self._client, numbers, self._rules.language) if numbers and asks else {}
        rows = self._rows(numbers)
        return {sku: [self._seen(ref, rows, holds) for ref in refs] for sku, refs in found.items()}

    def _by_identifier(
        self, items: Mapping[str, Item | Hold], found: Mapping[str, Sequence[ProductRef]]
    ) -> dict[str, list[ProductRef]]:
        """Where an operator asked for it: the products with the identifiers of listings whose SKU means none."""
        if self._identified is None:
            return {}
        known: dict[str, list[ProductRef]] = {}
        for sku, item in items.items():
            has = any(ref.linked or self._rules.may_use(ref.company_id) for ref in found.get(sku, ()))
            if isinstance(item, Item) and item.gtins and not item.closed and not has:
                known[sku] = [ref for ref in self._identified.of(item.gtins) if self._rules.may_use(ref.company_id)]
        numbers = {ref.product_id for refs in known.values() for ref in refs}
        exist = read_products(self._database, self._client, self._store, numbers) if numbers else set()
        there = {sku: [ref for ref in refs if ref.product_id in exist] for sku, refs in known.items()}
        return {sku: refs for sku, refs in there.items() if refs}

    def _rows(self, numbers: Sequence[int]) -> dict[int, StoreProduct]:
        found: dict[int, StoreProduct] = {}
        for start in range(0, len(numbers), AT_ONCE):
            query = select(StoreProduct).where(
                col(StoreProduct.store_id) == self._store.id,
                col(StoreProduct.product_id).in_(numbers[start : start + AT_ONCE]),
            )
            with self._database.read() as session:
                found.update({row.product_id: row for row in session.exec(query)})
        return found

    def _seen(self, ref: ProductRef, rows: Mapping[int, StoreProduct], holds: Mapping[int, frozenset[str]]) -> Present:
        row = rows.get(ref.product_id)
        known = Present(
            ref.product_id,
            ref.company_id,
            ref.linked,
            ref.is_there,
            filled=holds.get(ref.product_id),
            identifier=ref.identifier,
        )
        if row is None:
            return known
        price = Money.from_minor(row.price_minor, self._store.currency).amount
        return replace(known, name=row.name, price=price, amount=row.amount, status=row.status)

    def _changed(self, session: Session, rows: Sequence[Listing]) -> set[Subject]:
        """Listings that another job has read anew since; they stay dirty for the next one."""
        now = {row.sku: _state(row) for row in rows_by_sku(session, self._channel, [row.sku for row in rows])}
        return {Subject("sku", row.sku) for row in rows if now.get(row.sku) != _state(row)}

    # -- families ---------------------------------------------------------------------------------------------

    def families(self) -> None:
        """Plan the families of listings that have changed; their products are planned before."""
        parents = self._parents()
        for start in range(0, len(parents), CHUNK):
            self._context.check()
            self._family_chunk(parents[start : start + CHUNK])

    def _parents(self) -> list[str]:
        """SKUs that stand for families which are to be planned."""
        own = of_channel(self._channel)
        children: Any = select(Listing.parent_sku).where(own, col(Listing.family_dirty), col(Listing.parent_sku) != "")
        heads: Any = select(Listing.sku).where(
            own, col(Listing.is_parent), or_(col(Listing.dirty), col(Listing.family_dirty))
        )
        params = self._context.params
        if only := params.get("skus") or params.get("replan"):
            children = children.where(or_(col(Listing.sku).in_(only), col(Listing.parent_sku).in_(only)))
            heads = heads.where(col(Listing.sku).in_(only))
        with self._database.read() as session:
            return sorted({*session.exec(children), *session.exec(heads)})

    def _family_chunk(self, parents: Sequence[str]) -> None:
        with self._database.read() as session:
            query = select(Listing).where(of_channel(self._channel), col(Listing.parent_sku).in_(parents))
            rows = list(session.exec(query.order_by(col(Listing.sku))))
            in_store = self._on_their_way(session, [row.sku for row in rows])
            known = self._were_families(session, parents)
        in_store |= self._in_store([row.sku for row in rows if row.sku not in in_store])
        decided, waiting = Decided(), set[str]()
        for parent in parents:
            members = [_member(row, row.sku in in_store, self._rules) for row in rows if row.parent_sku == parent]
            decision = plan_family(parent, members, parent in known)
            waits = isinstance(decision, Settled) and decision.stays_dirty
            if waits or any(not one.in_store for one in members):
                waiting.add(parent)
            _sort_family_in(decided, parent, decision)
        with self._database.write() as session:
            self._write(session, decided=decided, mark_clean=partial(_mark_family_clean, self._channel))
            _mark_family(session, self._channel, sorted(waiting), True)
            self._context.save(session)

    def _on_their_way(self, session: Session, skus: Sequence[str]) -> set[str]:
        """Those of the SKUs that are in the outbox, or would be."""
        subjects = [Subject("sku", sku) for sku in skus]
        begun = open_about(session, self._channel, self._remote, NAME, subjects)
        return {subject.id for subject in begun} | (self._preview & set(skus))

    def _in_store(self, skus: Sequence[str]) -> set[str]:
        links = linked_products(self._database, self._channel, skus)
        found = products_for(self._database, self._client, self._store, skus, links) if skus else {}
        usable = {
            sku: [ref for ref in refs if ref.is_there and self._rules.may_use(ref.company_id)]
            for sku, refs in found.items()
        }
        return {sku for sku, refs in usable.items() if len(refs) == 1}

    def _were_families(self, session: Session, parents: Collection[str]) -> set[str]:
        """Parents whose family was written before."""
        subjects = [str(Subject("sku", parent)) for parent in parents]
        query = select(OutboxIntent.subject).where(
            col(OutboxIntent.remote) == str(self._remote),
            col(OutboxIntent.channel_id) == stored_id(self._channel.id),
            col(OutboxIntent.kind) == FAMILY_KIND,
            col(OutboxIntent.subject).in_(subjects),
        )
        return {Subject.parse(text).id for text in session.exec(query)}


def item_of(row: Listing, rules: Rules) -> Item:
    """A listing as plans know it."""
    source = unpacked(row.content) or Source()
    facts = Facts.of(source, row.marketplace_id, row.currency or "EUR")
    return Item(
        sku=row.sku,
        facts=facts,
        content=attributes.read(source, row.marketplace_id, rules.imports(facts.product_type, facts.theme)),
        paths=facts.nodes,
        price=None if row.price_minor is None else Money.from_minor(row.price_minor, row.currency),
        quantity=row.quantity,
        closed=row.closed_at is not None,
        gtins=gtins(source, row.marketplace_id),
    )


def _placed(item: Item, above: Mapping[str, Sequence[tuple[str, ...]]]) -> Item:
    paths = [whole for path in item.paths for whole in (above.get(path[0], [path]) if len(path) == 1 else [path])]
    return replace(item, paths=tuple(dict.fromkeys(map(tuple, paths))))


def _odd(why: str) -> Hold:
    return problems.listing_unreadable(why)


def _state(row: Listing) -> tuple[Any, ...]:
    return row.content_hash, row.price_minor, row.quantity, row.closed_at, row.status


def _sort_in(decided: Decided, sku: str, decision: Decision, *, preview: bool) -> None:
    subject = Subject("sku", sku)
    if isinstance(decision, Hold):
        decided.held[subject] = [decision]
        decided.results.append(ItemResult(str(subject), "held", decision.code, decision.message, decision.fix))
    elif isinstance(decision, Settled):
        decided.settled.append(subject)
        would = "would be " if preview and decision.identified else ""
        decided.results.append(ItemResult(str(subject), "unchanged", message=f"{would}{decision.reason}"))
    else:
        number = decision.product.product_id
        locks = [str(subject), *([f"product {number}"] if number is not None else [])]
        evidence = {"summary": decision.summary} if preview else {}
        decided.intents.append(NewIntent(subject, WRITE_KIND, decision.product.to_json(), locks, evidence=evidence))


def _member(row: Listing, in_store: bool, rules: Rules) -> Member:
    def read() -> Member:
        item = item_of(row, rules)
        return Member(row.sku, in_store, item.facts.theme, item.content.fields.variation)

    return guarded(f"variation {row.sku}", read, lambda why: Member(row.sku, False))


def _sort_family_in(decided: Decided, parent: str, decision: WantedFamily | Settled | Hold) -> None:
    subject = Subject("sku", parent)
    if isinstance(decision, Hold):
        decided.held[subject] = [decision]
        decided.results.append(ItemResult(str(subject), "held", decision.code, decision.message, decision.fix))
    elif isinstance(decision, Settled):
        decided.settled.append(subject)
        decided.results.append(ItemResult(str(subject), "unchanged", message=decision.reason))
    else:
        locks = [str(subject), *(f"sku {sku}" for sku in decision.skus)]
        decided.intents.append(NewIntent(subject, FAMILY_KIND, decision.to_json(), locks))


def _mark_family_clean(channel: Channel, session: Session, parents: Sequence[str]) -> None:
    _mark_family(session, channel, parents, False)
    mark(session, channel, parents, dirty=False)


def _mark_family(session: Session, channel: Channel, parents: Iterable[str], dirty: bool) -> None:
    """Say of families, by their parents' SKUs, whether they are to be planned."""
    listed = list(parents)
    mark(session, channel, listed, family_dirty=dirty)
    mark(session, channel, listed, by="parent_sku", family_dirty=dirty)
