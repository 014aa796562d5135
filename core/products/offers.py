"""Which product of the store price and stock of a listing come from: found by its SKU, or as a person said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, delete, or_, select, update

from core import clock
from core.cscart.probe import MULTIVENDOR
from core.database import upsert
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_export import CLOSED, IS_PARTIAL, WATCHED, ListingExport
from core.model.offer import Offer
from core.model.schedule import Schedule
from core.model.store import Store, StoreProduct
from core.products.listings import of_channel
from core.windows import AT_ONCE

_KEY = ("account_id", "marketplace_id", "sku")
_CONTENT = "listings"
"""The stream by which changed content goes out."""
_WATCHED = ("sku", "status", "company_id", "price_minor", "amount", "tracked", "missing")
"""What decides of price and stock."""


@dataclass(frozen=True)
class Matched:
    """What came of looking for the products of listings."""

    found: int
    several: Mapping[str, tuple[int, ...]]
    """SKUs that several products carry, with their numbers: a person has to choose."""


def of_place(channel: Channel) -> ColumnElement[bool]:
    """Says of an `Offer` in a query whether it is one of the channel's seller and marketplace."""
    return and_(col(Offer.account_id) == channel.account_id, col(Offer.marketplace_id) == channel.marketplace_id)


def mark_changed(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let the offers of products be planned again that are to be written otherwise than they stand in the mirror."""
    for some in _portions(rows):
        store_id, told = some[0]["store_id"], {row["product_id"]: row for row in some}
        columns = [col(getattr(StoreProduct, name)) for name in ("product_id", *_WATCHED)]
        query = select(StoreProduct).where(
            col(StoreProduct.store_id) == store_id, col(StoreProduct.product_id).in_(list(told))
        )
        known = session.connection().execute(query.with_only_columns(*columns)).all()
        moved = [number for number, *before in known if before != [told[number][name] for name in _WATCHED]]
        theirs = (col(Offer.store_id) == store_id, col(Offer.product_id).in_(moved))
        if moved:
            session.exec(update(Offer).where(*theirs).values(dirty=True, gone=False))


def mark_edited(session: Session, store_id: int, product_ids: Sequence[int] | None = None) -> None:
    """Let what was exported of products (None: of all) be planned again, and be looked at by the next schedule."""
    channels = select(Channel.id).where(col(Channel.store_id) == store_id)
    theirs = [col(ListingExport.channel_id).in_(channels), col(ListingExport.state) != CLOSED]
    if product_ids is not None:
        edited = [theirs[0], col(ListingExport.product_id).in_(product_ids)]
        # A store writes the texts and features of a family's first product over the others', and gives them no time.
        families = select(ListingExport.parent_sku).where(*edited, col(ListingExport.parent_sku) != "")
        theirs.append(or_(edited[1], col(ListingExport.parent_sku).in_(families)))
    if session.exec(update(ListingExport).where(*theirs).values(dirty=True)).rowcount:
        due = (col(Schedule.channel_id).in_(channels), col(Schedule.stream) == _CONTENT)
        session.exec(update(Schedule).where(*due).values(next_run=clock.now()))


def mark(session: Session, channel: Channel, skus: Sequence[str], **values: Any) -> None:
    """Change offers of a channel by their SKUs."""
    for start in range(0, len(skus), AT_ONCE):
        chosen = (of_place(channel), col(Offer.sku).in_(skus[start : start + AT_ONCE]))
        session.exec(update(Offer).where(*chosen).values(**values))


def mark_everywhere(session: Session, channel: Channel, skus: Sequence[str]) -> None:
    """Let the offers of SKUs be planned again in all marketplaces of the channel's seller."""
    for start in range(0, len(skus), AT_ONCE):
        chosen = (col(Offer.account_id) == channel.account_id, col(Offer.sku).in_(skus[start : start + AT_ONCE]))
        session.exec(update(Offer).where(*chosen).values(dirty=True))


def match(session: Session, channel: Channel, store: Store, skus: Sequence[str]) -> Matched:
    """Give open listings the offers that they lack, as many as one statement names; no call.

    What a person linked to another product than before is moved there.
    """
    found, several = _linked(session, channel, skus), dict[str, tuple[int, ...]]()
    for sku, numbers in _coded(session, channel, store, skus).items():
        if len(numbers) == 1:
            found[sku] = numbers[0]
        else:
            several[sku] = numbers
    rows = [
        {
            "account_id": channel.account_id,
            "marketplace_id": channel.marketplace_id,
            "sku": sku,
            "store_id": channel.store_id,
            "product_id": number,
            "gone": False,
            "released_minor": None,
            "dirty": True,
        }
        for sku, number in sorted(found.items())
    ]
    upsert(session, Offer, rows, keys=_KEY, update=["store_id", "product_id", "gone", "dirty"])
    return Matched(len(rows), several)


def match_again(session: Session, channel: Channel, sku: str) -> None:
    """Look for the product of a SKU anew: a person said which it means, or took that back."""
    session.exec(delete(Offer).where(of_place(channel), col(Offer.sku) == sku))
    match(session, channel, session.get_one(Store, channel.store_id), [sku])
    _export_again(session, channel, sku)


def forget(session: Session, store_id: int, product_id: int) -> None:
    """Let the listings of a product be as if the store had never had it: nothing of them is written any more."""
    channels = select(Channel.id).where(col(Channel.store_id) == store_id)
    watched = (col(ListingExport.channel_id).in_(channels), col(ListingExport.product_id) == product_id, IS_PARTIAL)
    session.exec(delete(ListingExport).where(*watched))
    session.exec(delete(Offer).where(col(Offer.store_id) == store_id, col(Offer.product_id) == product_id))


def _export_again(session: Session, channel: Channel, sku: str) -> None:
    """Let what is sent of a SKU be that of the product that it means now; what is watched begins anew, or ends."""
    number = session.exec(select(Offer.product_id).where(of_place(channel), col(Offer.sku) == sku)).first()
    theirs = (
        col(ListingExport.account_id) == channel.account_id,
        col(ListingExport.marketplace_id) == channel.marketplace_id,
        col(ListingExport.sku) == sku,
        col(ListingExport.is_parent).is_(False),
        col(ListingExport.product_id) != number,
    )
    if number is None:
        session.exec(delete(ListingExport).where(*theirs[:-1], IS_PARTIAL))
        session.exec(update(ListingExport).where(*theirs[:-1]).values(product=None))  # nor is it watched again
    else:
        anew = {"state": WATCHED, "next_look": None}  # what was sent is the new product's to say
        session.exec(update(ListingExport).where(*theirs, IS_PARTIAL).values(**anew))
        session.exec(update(ListingExport).where(*theirs).values(product_id=number, product=None, dirty=True))


def _portions(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    yield from (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def _open(channel: Channel, *conditions: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """Listings that can be bought: those that stand for variations have neither price nor stock."""
    return of_channel(channel), col(Listing.closed_at).is_(None), col(Listing.is_parent).is_(False), *conditions


def _same_offer() -> ColumnElement[bool]:
    return and_(*(getattr(Offer, name) == getattr(Listing, name) for name in _KEY))


def _has_offer() -> ColumnElement[bool]:
    """Says of a `Listing` in a query whether it has an offer that counts: what left may be back under a new number."""
    return select(Offer.id).where(_same_offer(), ~col(Offer.gone)).exists()


def _linked(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, int]:
    """SKUs that a person linked, where their offers do not say so already."""
    is_said = select(Offer.id).where(_same_offer(), col(Offer.product_id) == ListingLink.product_id).exists()
    query = (
        select(ListingLink.sku, ListingLink.product_id)
        .join(Listing, (col(Listing.sku) == ListingLink.sku) & of_channel(channel))
        .where(
            col(ListingLink.channel_id) == channel.id,
            col(ListingLink.store_id) == channel.store_id,
            *_open(channel, col(Listing.sku).in_(skus)),
            ~is_said,
        )
    )
    return dict(session.exec(query).all())


def _coded(session: Session, channel: Channel, store: Store, skus: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """SKUs without an offer that nobody linked, with the products that carry them as code."""
    is_linked = select(ListingLink.id).where(
        col(ListingLink.channel_id) == channel.id, col(ListingLink.sku) == Listing.sku
    )
    query = (
        select(Listing.sku, StoreProduct.product_id)
        .join(StoreProduct, (col(StoreProduct.store_id) == channel.store_id) & (col(StoreProduct.sku) == Listing.sku))
        .where(
            *_open(channel, col(Listing.sku).in_(skus)),
            usable(channel, store),
            col(StoreProduct.missing) == 0,
            ~_has_offer(),
            ~is_linked.exists(),
        )
        .order_by(col(StoreProduct.product_id))
    )
    found: dict[str, tuple[int, ...]] = {}
    for sku, number in session.exec(query).all():
        found[sku] = (*found.get(sku, ()), number)
    return found


def usable(channel: Channel, store: Store) -> ColumnElement[bool]:
    """Says of a `StoreProduct` in a query whether the channel may sell it: vendors sell none of each other's."""
    company = col(StoreProduct.company_id)
    if store.edition != MULTIVENDOR or not channel.company_id:
        return col(StoreProduct.id).is_not(None)
    return or_(company.is_(None), company == 0, company == channel.company_id)


def unmatched(channel: Channel, since: int = 0) -> Any:
    """Open listings without an offer, with keys beyond `since`, as a query for `core.sync.planning.chunks`."""
    return select(Listing).where(*_open(channel, ~_has_offer(), col(Listing.id) > since))


def newest_listing(session: Session, channel: Channel) -> int:
    """The highest key among the channel's listings."""
    return session.exec(select(func.max(Listing.id)).where(of_channel(channel))).one() or 0
