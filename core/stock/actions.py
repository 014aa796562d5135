"""Use cases around price and stock: sync, compare and confirm counts, let go what is held, try again."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from sqlmodel import col, select, update

from core import clock
from core.actor import Actor
from core.errors import ItemsRefused, UsageError
from core.jobs.requests import Requested, request
from core.model.channel import Channel
from core.model.offer import Offer
from core.model.store import Store
from core.money import Money
from core.offers.plan.price import price_of
from core.people.audit import record
from core.people.rights import require_channel
from core.products import offers
from core.products.offers import of_place
from core.stock import CONTENT, EVERYTHING
from core.stock.declaration import SYNC
from core.stock.plan.decide import wanted_quantity
from core.stock.planning import match_missing, vanished_of
from core.stock.situations import known_of, rules_for
from core.sync.channel_job import require_usable
from core.sync.planning import chunks
from core.workspace import Workspace


@dataclass(frozen=True)
class Count:
    """Pieces of one listing that was there before: what the store and the rules say, and what Amazon has."""

    sku: str
    store: int
    amazon: int | None


@dataclass(frozen=True)
class Counts:
    """The stock of listings that no export of the channel made; those that Amazon ships are left out."""

    confirmed: bool
    differences: int
    listings: list[Count]


def sync(workspace: Workspace, actor: Actor, channel_name: str, *, direct: bool = False) -> Requested:
    """Ask for the whole store to be read, and all that differs at Amazon to be written, content too."""
    channel = _usable(workspace, actor, channel_name)
    return request(workspace.database, actor, SYNC, channel, {EVERYTHING: True, CONTENT: True}, direct=direct)


def push(workspace: Workspace, actor: Actor, channel_name: str, *, direct: bool = False) -> Requested:
    """Ask for the same of price and stock; content goes with them where the channel pushes it."""
    channel = _usable(workspace, actor, channel_name)
    return request(workspace.database, actor, SYNC, channel, {EVERYTHING: True}, direct=direct)


def counts(workspace: Workspace, actor: Actor, channel_name: str) -> Counts:
    """Compare without asking anybody, as both sides were read last."""
    channel = require_channel(workspace.database, actor, channel_name)
    rules, found = rules_for(channel), list[Count]()
    with workspace.database.read() as session:
        store = session.get_one(Store, channel.store_id)
    match_missing(workspace.database, channel, store)
    query = select(Offer).where(of_place(channel))
    for keys in chunks(workspace.database, query, col(Offer.id), 0):
        with workspace.database.read() as session:
            skus = session.exec(select(Offer.sku).where(col(Offer.id).in_(keys))).all()
            known = known_of(session, channel, skus)
        for sku, one in known.items():
            wanted, _ = wanted_quantity(one.situation, rules)
            if one.is_existing and one.hold is None and wanted is not None:
                found.append(Count(sku, wanted, one.situation.listed.quantity))
    found.sort(key=lambda count: count.sku)
    differences = sum(count.store != count.amazon for count in found)
    return Counts(channel.counts_confirmed_at is not None, differences, found)


def awaits_counts(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> bool:
    """Whether nothing of a listing is changed before the counts are confirmed, for it was there before."""
    channel = require_channel(workspace.database, actor, channel_name)
    if channel.counts_confirmed_at is not None:
        return False
    with workspace.database.read() as session:
        known = known_of(session, channel, [sku]).get(sku)
    return known is not None and known.is_existing


def confirm_counts(workspace: Workspace, actor: Actor, channel_name: str) -> None:
    """Agree that price and stock of the store count for listings that were there before: the next sync writes them."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.write() as session:
        chosen = (col(Channel.id) == channel.id, col(Channel.counts_confirmed_at).is_(None))
        session.exec(update(Channel).where(*chosen).values(counts_confirmed_at=clock.now()))
        session.exec(update(Offer).where(of_place(channel)).values(dirty=True))
        record(session, actor, "counts.confirm", f"channel {channel.name}")


def release_counts(
    workspace: Workspace, actor: Actor, channel_name: str, _: Sequence[str] = (), *, direct: bool = False
) -> Requested:
    """Confirm the counts, and write at once what waited for it."""
    channel = _usable(workspace, actor, channel_name)
    confirm_counts(workspace, actor, channel_name)
    return _again(workspace, actor, channel, direct)


def release_vanished(
    workspace: Workspace, actor: Actor, channel_name: str, _: Sequence[str] = (), *, direct: bool = False
) -> Requested:
    """Let products that have left the store count, however many: the stock of their listings becomes 0."""
    channel = _usable(workspace, actor, channel_name)
    with workspace.database.write() as session:
        vanished = list(session.exec(select(Offer.sku).where(*vanished_of(channel))))
        offers.mark(session, channel, vanished, gone=True, dirty=True)
        record(session, actor, "vanished.release", f"channel {channel.name}", listings=len(vanished))
    return _again(workspace, actor, channel, direct)


def release_prices(
    workspace: Workspace, actor: Actor, channel_name: str, skus: Sequence[str], *, direct: bool = False
) -> Requested:
    """Let the present prices of SKUs go to Amazon although they jumped. Raises ItemsRefused for those without one."""
    channel = _usable(workspace, actor, channel_name)
    rules = rules_for(channel)
    with workspace.database.write() as session:
        known = known_of(session, channel, skus)
        for sku, one in known.items():
            price = price_of(one.situation.product.price, rules) if one.situation.product else None
            if isinstance(price, Money):
                offers.mark(session, channel, [sku], released_minor=price.to_minor(), dirty=True)
        record(session, actor, "price.release", f"channel {channel.name}", listings=len(known))
    _refuse_strange(skus, known)
    return _again(workspace, actor, channel, direct)


def retry(
    workspace: Workspace, actor: Actor, channel_name: str, skus: Sequence[str], *, direct: bool = False
) -> Requested:
    """Plan SKUs again. Raises ItemsRefused for those whose price and stock come from no product of the store."""
    channel = _usable(workspace, actor, channel_name)
    with workspace.database.write() as session:
        known = session.exec(select(Offer.sku).where(of_place(channel), col(Offer.sku).in_(list(skus)))).all()
        _refuse_strange(skus, known)
        offers.mark(session, channel, skus, dirty=True)
        record(session, actor, "offer.retry", f"channel {channel.name}", listings=len(skus))
    return _again(workspace, actor, channel, direct)


def _usable(workspace: Workspace, actor: Actor, channel_name: str) -> Channel:
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    return channel


def _again(workspace: Workspace, actor: Actor, channel: Channel, direct: bool) -> Requested:
    """A job for what is dirty; it reads no more of the store than one of the schedule."""
    return request(workspace.database, actor, SYNC, channel, {}, direct=direct)


def _refuse_strange(skus: Sequence[str], known: Container[str]) -> None:
    why = "It has no product of the store."
    if strange := [sku for sku in skus if sku not in known]:
        raise ItemsRefused({sku: UsageError(why, subject=f"sku {sku}") for sku in strange})
