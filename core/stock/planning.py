"""Plans the dirty offers of a channel: finds their products, sees whether too many vanished, and decides of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select, update

from core.database import Database
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import PLANNED
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.listing import Listing
from core.model.offer import Offer
from core.model.store import Store, StoreProduct
from core.offers.plan.rules import Rules
from core.products import offers
from core.products.offers import of_place
from core.products.plan.problems import several_products
from core.stock import NAME, WRITE_KIND
from core.stock.checkpoint import Checkpoint, Matching
from core.stock.plan import problems
from core.stock.plan.decide import Decision
from core.stock.situations import Known, known_of, rules_for
from core.stock.watch import GONE, rounds
from core.subjects import Owner, Subject
from core.sync.cursors import cursor
from core.sync.decisions import Hold
from core.sync.outbox import NewIntent
from core.sync.planning import Decided, chunks, guarded, write
from core.sync.problems import open_codes, raise_problems, resolve_problems

_MATCHING = "offers"


class Planning:
    """One job's planning."""

    def __init__(self, context: JobContext, channel: Channel, store: Store) -> None:
        self._context = context
        self._channel = channel
        self._store = store
        self._rules: Rules = rules_for(channel)
        self._everything = False
        self._is_unconfirmed = False
        self._put_aside: list[str] = []
        """SKUs that a decision about the whole channel keeps from being written; it marks them again."""
        self._holds_vanished = False
        self._of_channel: list[Hold] = []
        """What holds back more than single listings."""

    def match(self, *, everything: bool) -> None:
        """Give listings the offers that they lack: all of them now and then, in between those that are new."""
        context, channel = self._context, self._channel
        with context.database.read() as session:
            known = Matching.from_json(_matching(session, channel).window)
            now = Matching(offers.newest_listing(session, channel), rounds(session, self._store))
        self._everything = everything or known.rounds != now.rounds
        since = 0 if self._everything else known.listing
        several = match_missing(context.database, channel, self._store, since)
        with context.database.write() as session:
            if self._everything:
                session.exec(update(Offer).where(of_place(channel)).values(dirty=True))
            self._hold_several(session, several)
            position = _matching(session, channel)
            position.window = now.to_json()
            session.add(position)
            context.save(session, replace(context.state(Checkpoint), matched=True))

    def run(self) -> None:
        """Plan what is dirty."""
        self._context.phase(PLANNED, "listing")
        self._see_vanished()
        dirty = select(Offer).where(of_place(self._channel), col(Offer.dirty))
        done = 0
        for keys in chunks(
            self._context.database, dirty, col(Offer.id), self._context.state(Checkpoint).offers_planned_to
        ):
            self._context.check()
            self._plan(keys)
            done += len(keys)
            self._context.progress(done=done)
        with self._context.database.write() as session:
            self._hold_channel(session)
            self._context.save(session, replace(self._context.state(Checkpoint), offers_planned=True))

    def _plan(self, keys: Sequence[int]) -> None:
        context, channel = self._context, self._channel
        with context.database.write() as session:
            skus = session.exec(select(Offer.sku).where(col(Offer.id).in_(keys))).all()
            known = known_of(session, channel, skus)
            decided = Decided()
            for sku in skus:
                self._sort_in(decided, sku, known.get(sku))
            mark_it_clean = partial(mark_clean, channel)
            write(session, context, channel, Owner.seller(channel.account_id), NAME, decided, mark_it_clean)
            # Held ones too: whatever releases one marks it again, and nobody plans all of them twice a minute.
            held = [subject.id for subject in decided.held]
            mark_clean(channel, session, [*held, *self._put_aside])
            self._put_aside.clear()
            context.save(session, replace(context.state(Checkpoint), offers_planned_to=keys[-1]))

    def _sort_in(self, decided: Decided, sku: str, known: Known | None) -> None:
        subject = Subject("sku", sku)
        if known is None:  # its listing is closed
            decided.settled.append(subject)
            return
        if known.is_vanished and self._holds_vanished:
            self._put_aside.append(sku)
            return
        decision = guarded(f"the price of {sku}", lambda: known.decide(self._rules), _odd)
        if known.is_existing and self._channel.counts_confirmed_at is None and not decision.is_empty:
            self._is_unconfirmed = True
            self._put_aside.append(sku)
            return
        if decision.holds:
            decided.held[subject] = decision.holds
            hold = decision.holds[0]
            decided.results.append(ItemResult(str(subject), "held", hold.code, hold.message, hold.fix))
        if not decision.is_empty:
            urgent = decision.quantity == 0
            decided.intents.append(NewIntent(subject, WRITE_KIND, locks=[str(subject)], urgent=urgent))
        elif not decision.holds:
            decided.settled.append(subject)
            if "everything" in self._context.params:
                decided.results.append(ItemResult(str(subject), "unchanged"))

    def _see_vanished(self) -> None:
        """Let the products that have left the store count, unless they are so many that it looks like an accident."""
        context, channel = self._context, self._channel
        with context.database.write() as session:
            total = session.exec(select(func.count()).select_from(Offer).where(of_place(channel), ~col(Offer.gone)))
            vanished = list(session.exec(select(Offer.sku).where(*vanished_of(channel))))
            hold = problems.many_vanished(len(vanished), of := total.one(), channel.name)
            self._holds_vanished = len(vanished) > max(1.0, problems.MOST_VANISHED * of)
            if not self._holds_vanished:
                offers.mark(session, channel, vanished, gone=True, dirty=True)
            self._of_channel += [hold] if self._holds_vanished else []

    def _hold_channel(self, session: Session) -> None:
        """Say what holds back more than single listings, or that nothing does any more."""
        channel, subject = self._channel, Subject("channel", self._channel.name)
        owner = Owner.channel(stored_id(channel.id))
        before = open_codes(session, owner, NAME, subject)
        stays = not self._everything and problems.COUNTS_UNCONFIRMED.name in before
        if self._is_unconfirmed or (stays and channel.counts_confirmed_at is None):
            self._of_channel.append(problems.counts_unconfirmed(channel.name))
        if not self._of_channel:
            resolve_problems(session, owner, NAME, [subject])
            return
        raise_problems(session, owner, NAME, {subject: self._of_channel})
        hold = next((one for one in self._of_channel if self._everything or one.code not in before), None)
        if hold is not None:  # what is known already is no news to a schedule
            self._context.result(ItemResult(str(subject), "held", hold.code, hold.message, hold.fix))

    def _hold_several(self, session: Session, several: Mapping[str, tuple[int, ...]]) -> None:
        """A person has to say which of several products a SKU means."""
        held = {sku: several_products(sku, numbers) for sku, numbers in several.items()}
        owner = Owner.channel(stored_id(self._channel.id))
        raise_problems(session, owner, NAME, {Subject("sku", sku): [hold] for sku, hold in held.items()})
        for sku, hold in held.items():
            self._context.result(ItemResult(f"sku {sku}", "held", hold.code, hold.message, hold.fix))


def match_missing(database: Database, channel: Channel, store: Store, since: int = 0) -> dict[str, tuple[int, ...]]:
    """Give listings with keys beyond `since` the offers that they lack; returns SKUs that several products carry."""
    several: dict[str, tuple[int, ...]] = {}
    for keys in chunks(database, offers.unmatched(channel, since), col(Listing.id), 0):
        with database.write() as session:
            skus = session.exec(select(Listing.sku).where(col(Listing.id).in_(keys))).all()
            several |= offers.match(session, channel, store, skus).several
    return several


def vanished_of(channel: Channel) -> tuple[ColumnElement[bool], ...]:
    """Says of an `Offer` in a query whether its product has left the store without that counting yet."""
    there = select(StoreProduct.id).where(
        col(StoreProduct.store_id) == Offer.store_id,
        col(StoreProduct.product_id) == Offer.product_id,
        col(StoreProduct.missing) < GONE,
    )
    return of_place(channel), ~col(Offer.gone), ~there.exists()


def mark_clean(channel: Channel, session: Session, skus: Sequence[str], *, dirty: bool = False) -> None:
    """Note that offers need no planning any more; with `dirty` that they are to be planned again."""
    offers.mark(session, channel, skus, dirty=dirty)


def _matching(session: Session, channel: Channel) -> Cursor:
    return cursor(session, Owner.seller(channel.account_id), _MATCHING, channel.marketplace_id)


def _odd(why: str) -> Decision:
    return Decision(holds=(problems.unreadable(why),))
