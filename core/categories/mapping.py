"""Which categories of the store belong to which of Amazon's: rows of a channel, and what they may say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sqlmodel import Session, col, select

from core import clock
from core.actor import Actor
from core.categories.flow import place_of
from core.categories.search import by_ids
from core.categories.store import products_of, store_categories
from core.categories.tree import current_tree
from core.errors import UsageError
from core.model.base import stored_id
from core.model.category import BrowseTree, CategoryMapping, StoreCategory
from core.model.channel import Channel
from core.model.store import Store
from core.product_types.names import known_types
from core.sync.dirty import mark_exports, mark_listings
from core.workspace import Workspace

NOT_AT_AMAZON = "It is not among Amazon's categories any more."
NOT_IN_STORE = "It is not among the store's categories any more."


@dataclass(frozen=True)
class MappingView:
    """A category of the store with one of Amazon's that belongs to it; `amazon` is None while none does."""

    cscart: int
    cscart_path: str
    amazon: str | None
    amazon_path: str
    product_type: str
    export_default: bool
    products: int
    subtree: bool = False
    """Listings in the nodes below belong to it too."""
    fault: str = ""
    """Why it cannot be used, or empty."""


@dataclass(frozen=True)
class Wanted:
    """What is to belong together."""

    category_id: int
    node_id: str
    product_type: str
    export_default: bool
    subtree: bool = False


def stored(session: Session, channel: Channel) -> list[CategoryMapping]:
    """The mappings of a channel: of each category the default first, then as they were made."""
    query = select(CategoryMapping).where(col(CategoryMapping.channel_id) == channel.id)
    order = (col(CategoryMapping.category_id), col(CategoryMapping.export_default).desc(), col(CategoryMapping.id))
    return list(session.exec(query.order_by(*order)).all())


def viewed(
    session: Session,
    channel: Channel,
    rows: Sequence[CategoryMapping],
    categories: Mapping[int, StoreCategory] | None = None,
) -> list[MappingView]:
    """Mappings as people see them, by the path of the store's category; `categories` if they were read already."""
    categories = store_categories(session, channel) if categories is None else categories
    store = session.get_one(Store, channel.store_id)
    nodes = by_ids(session, current_tree(session, place_of(session, channel)), (row.node_id for row in rows))
    views = []
    for row in rows:
        category, node = categories.get(row.category_id), nodes.get(row.node_id)
        views.append(
            MappingView(
                cscart=row.category_id,
                cscart_path=category.title if category else "",
                amazon=row.node_id,
                amazon_path=node.title if node else "",
                product_type=row.product_type,
                export_default=row.export_default,
                products=products_of(category, channel, store) if category else 0,
                subtree=row.subtree,
                fault="" if node and category else NOT_IN_STORE if node else NOT_AT_AMAZON,
            )
        )
    return sorted(views, key=lambda view: view.cscart_path.casefold())


def unmapped(session: Session, channel: Channel) -> list[MappingView]:
    """The store's categories to which nothing belongs: those with the most products first."""
    store, mapped = session.get_one(Store, channel.store_id), {row.category_id for row in stored(session, channel)}
    views = [
        MappingView(number, category.title, None, "", "", False, products_of(category, channel, store))
        for number, category in store_categories(session, channel).items()
        if number not in mapped
    ]
    return sorted(views, key=lambda view: -view.products)


def types_beyond(workspace: Workspace, channel: Channel, product_types: Iterable[str]) -> frozenset[str]:
    """What Amazon knows beyond the types of its categories, where one that is named is none of these.

    Amazon may be asked, so this comes before anything is changed. What is mapped already counts as known; nothing does
    before the first tree was read.
    """
    with workspace.database.read() as session:
        tree = current_tree(session, place_of(session, channel))
        mapped = frozenset(row.product_type for row in stored(session, channel))
    if tree is None:
        return frozenset()
    asked = {_spelled(one) for one in product_types} - {"", *tree.product_types, *mapped}
    return known_types(workspace, channel, asked) | mapped


def checked_type(tree: BrowseTree, beyond: Set[str], product_type: str) -> str:
    """A product type as Amazon spells it, of the marketplace's categories or of `types_beyond`; raises UsageError."""
    wanted = _spelled(product_type)
    known = {*tree.product_types, *beyond}
    if wanted in known:
        return wanted
    near = get_close_matches(wanted, sorted(known), n=3)
    raise UsageError(
        f"Amazon has no product type {product_type.strip()[:100]!r} in this marketplace.",
        next_step=f"Did you mean {' or '.join(near)}?" if near else "See those of its categories: categories list.",
        fields={"product_type": "unknown product type"},
    )


def _spelled(product_type: str) -> str:
    return product_type.strip().upper()


def complete(wanted: Iterable[Wanted]) -> list[Wanted]:
    """The same, with the first of a category as its default where none is."""
    told = list(wanted)
    defaults = {one.category_id: one.node_id for one in reversed(told)}
    defaults |= {one.category_id: one.node_id for one in told if one.export_default}
    return [replace(one, export_default=defaults[one.category_id] == one.node_id) for one in told]


def write(session: Session, actor: Actor, channel: Channel, category_ids: Set[int], wanted: Iterable[Wanted]) -> None:
    """Let `wanted`, each category with one default, be all that belongs to these categories.

    Listings that may belong elsewhere from now on are planned again.
    """
    new = {(one.category_id, one.node_id): one for one in wanted}
    rows = {(row.category_id, row.node_id): row for row in stored(session, channel) if row.category_id in category_ids}
    before = {key: as_wanted(row) for key, row in rows.items()}
    for key, row in rows.items():
        if key not in new:
            session.delete(row)
        elif row.export_default and not new[key].export_default:
            row.export_default = False
    session.flush()  # one default at most at any moment
    for key, one in new.items():
        if key not in rows:
            session.add(CategoryMapping(channel_id=stored_id(channel.id), mapped_by=actor.name, **vars(one)))
        elif as_wanted(rows[key]) != one:
            rows[key].sqlmodel_update({**vars(one), "mapped_by": actor.name, "mapped_at": clock.now()})
    session.flush()
    changed = {*before.values()} ^ {*new.values()}
    mark_listings(session, channel, {one.product_type for one in changed})
    # Which products are in these categories the store knows: all that was exported is planned again.
    mark_exports(session, [channel.id])


def as_wanted(row: CategoryMapping) -> Wanted:
    """A mapping as it stands."""
    return Wanted(row.category_id, row.node_id, row.product_type, row.export_default, row.subtree)


@contextmanager
def changing(workspace: Workspace, channel: Channel) -> Iterator[Session]:
    """A session in which nobody else changes the channel's mappings; all that is done in it is kept, or nothing."""
    with workspace.database.write() as session:
        session.exec(select(Channel.id).where(col(Channel.id) == channel.id).with_for_update()).one()
        yield session
