"""Which SKUs an export is about, and which product each of them means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import and_, col, not_, or_, select

from core.cscart import products as rows_api
from core.cscart.products import ProductRow
from core.cscart.transport import StoreClient
from core.database import Database
from core.listings import store_side
from core.listings.exports import Target, exports, is_partial, is_unseen, of_place, target_of
from core.listings.families import heads_of, without_foreign
from core.listings.plan import problems
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_export import CLOSED, IS_TO_PLAN, PLANNED, SUBMITTED, WATCHED, ListingExport
from core.model.store import Store
from core.products.listings import of_channel
from core.products.mirror import linked_products, mirror_some, products_for
from core.sync.decisions import Hold

_ACTIVE = "A"


@dataclass
class Selection:
    """What is to be exported."""

    targets: list[Target] = field(default_factory=list)
    """By the numbers of their products, those that stand for variations apart."""
    parents: list[Target] = field(default_factory=list)
    held: dict[str, Hold] = field(default_factory=dict)
    """SKUs that mean several products, and products without one."""
    unknown: dict[str, Hold] = field(default_factory=dict)
    """What was named and means no product: the job tells it, and nothing stays open."""


def select_targets(
    database: Database, client: StoreClient, channel: Channel, store: Store, params: Mapping[str, Any]
) -> Selection:
    """The targets of a job.

    Calls for 1,000 products: 2 for a list of all, or 10 for named ones; 10 for variations, and 1 for 100 of those whose
    products the mirror does not know.
    """
    if params.get("skus"):
        chosen = _named(database, client, channel, store, params["skus"])
    elif params.get("product_ids"):
        rows = [row for row in rows_api.by_ids(client, params["product_ids"]) if _is_own(row, channel)]
        mirror_some(database, store, rows)
        chosen = _of_rows(database, channel, rows)
        absent = set(params["product_ids"]) - {row.product_id for row in rows}
        chosen.unknown = {f"product {number}": problems.product_not_there(number) for number in sorted(absent)}
    else:
        rows = [row for row in _everything(client, channel) if row.status == _ACTIVE]
        mirror_some(database, store, rows)
        chosen = not_listed(database, channel, _of_rows(database, channel, rows))
    watched = list[Target]()
    if params.get("again"):
        with database.read() as session:
            known = exports(session, channel, [one.sku for one in chosen.targets])
        watched = [target_of(row) for row in known.values() if is_partial(row) and not is_unseen(row)]
        chosen.targets = [one for one in chosen.targets if one.sku not in known or not is_partial(known[one.sku])]
    return _with_families(database, channel, client, chosen, watched)


def _named(database: Database, client: StoreClient, channel: Channel, store: Store, skus: Sequence[str]) -> Selection:
    links = linked_products(database, channel, skus)
    found = products_for(database, client, store, skus, links)
    chosen = Selection()
    for sku in skus:
        refs = [ref for ref in found.get(sku, ()) if ref.is_there and _fits(ref.company_id, channel)]
        if len(refs) == 1:
            chosen.targets.append(Target(sku, refs[0].product_id))
        elif refs:
            chosen.held[sku] = problems.sku_shared(sku, [ref.product_id for ref in refs])
        else:
            chosen.unknown[sku] = problems.sku_not_in_store(sku)
    with database.read() as session:  # those that stand for variations are no products of the store
        query = select(ListingExport).where(of_place(channel), col(ListingExport.is_parent))
        parents = {row.sku: row.product_id for row in session.exec(query) if row.sku in chosen.unknown}
    for sku, number in parents.items():
        del chosen.unknown[sku]
        chosen.parents.append(Target(sku, number, is_parent=True))
    return chosen


def _of_rows(database: Database, channel: Channel, rows: Iterable[ProductRow]) -> Selection:
    """Products by the SKUs that they are linked to, else by their code."""
    chosen, by_code = Selection(), dict[str, list[ProductRow]]()
    with database.read() as session:
        links: dict[int, list[str]] = {}
        query = select(ListingLink).where(
            col(ListingLink.channel_id) == channel.id, col(ListingLink.store_id) == channel.store_id
        )
        for link in session.exec(query):
            links.setdefault(link.product_id, []).append(link.sku)
    linked = {sku for skus in links.values() for sku in skus}
    for row in rows:
        if row.product_id in links:
            chosen.targets += [Target(sku, row.product_id) for sku in links[row.product_id]]
        elif row.sku and row.sku not in linked:
            by_code.setdefault(row.sku, []).append(row)
        elif not row.sku:
            chosen.held[f"product {row.product_id}"] = problems.sku_missing(
                f'product {row.product_id} "{row.name[:80]}"'
            )
    for sku, same in by_code.items():
        if len(same) == 1:
            chosen.targets.append(Target(sku, same[0].product_id))
        else:
            chosen.held[sku] = problems.sku_shared(sku, [row.product_id for row in same])
    return chosen


def is_named(params: Mapping[str, Any]) -> bool:
    """Whether somebody named what is to be exported: then what is listed already is changed."""
    return any(params.get(name) for name in ("skus", "product_ids"))


def not_listed(database: Database, channel: Channel, chosen: Selection) -> Selection:
    """Without what Amazon has, or was sent; what was closed stays closed until somebody names it."""
    with database.read() as session:
        is_done = or_(col(ListingExport.attributes).is_not(None), col(ListingExport.state) == CLOSED)
        done = set(session.exec(select(ListingExport.sku).where(of_place(channel), is_done)))
        done |= set(session.exec(select(Listing.sku).where(of_channel(channel), col(Listing.closed_at).is_(None))))
        parents = without_foreign(session, channel, chosen.parents)
    chosen.targets = [one for one in chosen.targets if one.sku not in done]
    chosen.held = {sku: hold for sku, hold in chosen.held.items() if sku not in done}
    needed = {one.parent_sku for one in chosen.targets}
    chosen.parents = [one for one in parents if one.sku in needed]
    return chosen


def select_changed(database: Database, client: StoreClient, channel: Channel) -> Selection:
    """What was exported, or is watched, and is to be planned again.

    What Amazon had and has no more is left out: whoever closed it there did not ask for it to be made again.
    """
    chosen, watched = Selection(), list[Target]()
    closed = select(Listing.id).where(
        of_channel(channel), col(Listing.sku) == ListingExport.sku, col(Listing.closed_at).is_not(None)
    )
    was_there = and_(col(ListingExport.attributes).is_not(None), col(ListingExport.state).not_in((PLANNED, SUBMITTED)))
    with database.read() as session:
        query = select(ListingExport).where(
            of_place(channel),
            IS_TO_PLAN,
            col(ListingExport.state) != CLOSED,
            or_(col(ListingExport.state) != WATCHED, col(ListingExport.product).is_not(None)),
            not_(and_(was_there, closed.exists())),
        )
        for row in session.exec(query):
            mine = watched if is_partial(row) else chosen.parents if row.is_parent else chosen.targets
            mine.append(target_of(row))
    chosen = _with_families(database, channel, client, chosen, watched)
    with database.read() as session:
        chosen.parents = without_foreign(session, channel, chosen.parents)
    return chosen


def _with_families(
    database: Database, channel: Channel, client: StoreClient, chosen: Selection, watched: Sequence[Target]
) -> Selection:
    """The same with the parents of variations, and with what is watched, which stays in the family that it has."""
    groups = store_side.groups(client, sorted({one.product_id for one in chosen.targets}))
    heads = heads_of(database, client, channel, groups, chosen.targets)
    known = {one.sku for one in chosen.parents}
    others = {head.sku: head for head in heads.values() if head.sku not in known}
    with database.read() as session:
        chosen.parents += without_foreign(session, channel, list(others.values()))
    told = [
        Target(one.sku, one.product_id, parent_sku=heads[one.product_id].sku) if one.product_id in heads else one
        for one in chosen.targets
    ]
    chosen.targets = sorted([*told, *watched], key=lambda one: (one.product_id, one.sku))
    return chosen


def _everything(client: StoreClient, channel: Channel) -> Iterator[ProductRow]:
    if channel.company_id:
        return rows_api.of_company(client, channel.company_id)
    return rows_api.everything(client)


def _is_own(row: ProductRow, channel: Channel) -> bool:
    return _fits(row.company_id, channel)


def _fits(company_id: int | None, channel: Channel) -> bool:
    return not channel.company_id or company_id in (None, 0, channel.company_id)
