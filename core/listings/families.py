"""What stands for the variations of a family at Amazon, whichever of them a job is about."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from core.cscart.transport import StoreClient
from core.cscart.variations import Group
from core.database import Database
from core.listings.exports import Target, exports, of_place
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.listing_export import CLOSED, ListingExport
from core.model.offer import Offer
from core.model.store import Store, StoreProduct
from core.products import offers
from core.products.listings import of_channel, rows_by_sku
from core.products.mirror import read_products
from core.windows import AT_ONCE

_LONGEST_SKU = 40

Key = TypeVar("Key", int, str)


def heads_of(
    database: Database, client: StoreClient, channel: Channel, groups: Mapping[int, Group], targets: Sequence[Target]
) -> dict[int, Target]:
    """Product → what stands for its group: the SKU that Amazon has for one of them, else the code of the group.

    What Amazon has of the targets decides before what it has of the other members. Calls: 1 for 100 products that the
    mirror does not know.
    """
    _mirror_members(database, client, channel, groups)
    with database.read() as session:
        members = _members(session, channel, groups, targets)
        there = _parents(session, channel, list(members))
        taken = members.keys() | _other_products(session, channel, {_code(group) for group in groups.values()})
    of_group: dict[int, str] = {}
    for sku, number in members.items():
        if sku in there:
            of_group.setdefault(groups[number].group_id, there[sku])
    heads: dict[int, Target] = {}
    for number, group in groups.items():
        shown = next((product for product, parent in group.parents.items() if parent == 0), number)
        sku = of_group.get(group.group_id) or _parent_sku(group, taken)
        heads[number] = Target(sku, shown, is_parent=True)
    return heads


def without_foreign(session: Session, channel: Channel, parents: Sequence[Target]) -> list[Target]:
    """Without those that were at Amazon before: who exports a variation did not ask for their content."""
    skus = [one.sku for one in parents]
    there = {row.sku for row in rows_by_sku(session, channel, skus) if row.closed_at is None}
    sent = {sku for sku, row in exports(session, channel, skus).items() if row.attributes is not None}
    return [one for one in parents if one.sku in sent or one.sku not in there]


def _mirror_members(database: Database, client: StoreClient, channel: Channel, groups: Mapping[int, Group]) -> None:
    """Read the members that the mirror does not know: a SKU of theirs must not become the parent's."""
    with database.read() as session:
        store = session.get_one(Store, channel.store_id)
        known = set[int]()
        for some in _portions(sorted(groups)):
            query = select(StoreProduct.product_id).where(
                col(StoreProduct.store_id) == channel.store_id, col(StoreProduct.product_id).in_(some)
            )
            known.update(session.exec(query))
    if lacking := groups.keys() - known:
        read_products(database, client, store, lacking)


def _members(
    session: Session, channel: Channel, groups: Mapping[int, Group], targets: Sequence[Target]
) -> dict[str, int]:
    """SKU → product, of all members of the groups: first the targets, then what the store and Amazon have of others."""
    found = {one.sku: one.product_id for one in targets if one.product_id in groups}
    tables: tuple[tuple[Any, Any], ...] = (
        (StoreProduct, col(StoreProduct.store_id) == channel.store_id),
        (Offer, offers.of_place(channel)),
        (ListingExport, of_place(channel) & col(ListingExport.is_parent).is_(False)),
    )
    for some in _portions(sorted(groups)):
        for table, ours in tables:
            query = select(table.sku, table.product_id).where(ours, table.product_id.in_(some), table.sku != "")
            for sku, number in session.exec(query.order_by(table.product_id, table.sku)):
                found.setdefault(sku, number)
    return found


def _parents(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, str]:
    """SKU → that of its parent, as Amazon tells it, else as it was sent."""
    found: dict[str, str] = {}
    for some in _portions(skus):
        sent = select(ListingExport.sku, ListingExport.parent_sku).where(
            of_place(channel),
            col(ListingExport.sku).in_(some),
            col(ListingExport.parent_sku) != "",
            col(ListingExport.attributes).is_not(None),
            col(ListingExport.state) != CLOSED,
        )
        told = select(Listing.sku, Listing.parent_sku).where(
            of_channel(channel),
            col(Listing.sku).in_(some),
            col(Listing.parent_sku) != "",
            col(Listing.closed_at).is_(None),
        )
        found.update(session.exec(sent).all())
        found.update(session.exec(told).all())
    return found


def _other_products(session: Session, channel: Channel, codes: Collection[str]) -> set[str]:
    """Codes of groups that products of the store have as well."""
    found: set[str] = set()
    for some in _portions(sorted(codes)):
        query = select(StoreProduct.sku).where(
            col(StoreProduct.store_id) == channel.store_id, col(StoreProduct.sku).in_(some)
        )
        found.update(session.exec(query))
    return found


def _code(group: Group) -> str:
    return group.code[:_LONGEST_SKU] or f"GROUP-{group.group_id}"


def _parent_sku(group: Group, taken: Container[str]) -> str:
    code = _code(group)
    return f"{code[: _LONGEST_SKU - 7]}-PARENT" if code in taken else code


def _portions(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))
