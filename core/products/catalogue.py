"""Listings and the store's products in one list: the keys of all of it, held while it is filtered as people type.

A listing stands beside the product that it means; a product that no listing means stands alone. Which product that is
and what state follows from it is computed here, once, for the whole list as for the rows that are looked at.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.actor import Actor
from core.cscart.probe import MULTIVENDOR
from core.database import Database
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.problem import Problem
from core.model.store import Store, StoreProduct
from core.people.rights import note_channel, visible_channels
from core.products import NAME, refusals
from core.products.plan import problems
from core.subjects import Subject
from core.windows import Keys, ListFilter

HELD, AT_AMAZON, LINKED, IN_STORE, FAMILY, CLOSED = STATES = (
    "held",
    "only at Amazon",
    "linked",
    "only in the store",
    "family",
    "closed",
)
"""Has an open problem; has no product; has one; has no listing; stands for its variations; is sold no more."""
WITH_ISSUES = {state: f"{state}, with issues" for state in STATES}
"""How rows are counted in which Amazon finds something wrong, by state."""

BY_SKU, BY_NAME, BY_ISSUES = SORTS = ("SKU", "name", "most issues")
"""The orders in which it can be listed."""

_TITLES = {code.name: code.title for code in (*problems.CODES, *refusals.CODES)}
_LISTINGS = 2**32
"""More than there are listings. Keys of listings are channel · this + listing, those of products alone are negative."""


@dataclass(frozen=True)
class ProductFilter(ListFilter):
    """What to list; empty fields filter nothing.

    Each word of `text` has to be part of SKU, ASIN, title, the product's code or name, or of a problem's title.
    """

    sort: str = BY_SKU


@dataclass(frozen=True)
class Shelf:
    """A channel, and what of its store it may sell."""

    id: int
    name: str
    account_id: int
    marketplace_id: str
    store_id: int
    company_id: int | None
    is_shared: bool
    """Whether the store has products of companies that are not the channel's."""

    def may_use(self, company_id: int | None) -> bool:
        """Whether a product of a company is one for this channel."""
        return not self.is_shared or company_id in (None, 0, self.company_id)


class Meanings:
    """Which product each SKU means: a person's word wins over an equal code that one product alone has.

    `products` have an id, store_id, product_id, sku and company_id; `links` are product numbers by channel and SKU.
    """

    def __init__(self, products: Iterable[Any], links: Mapping[tuple[int, str], int]) -> None:
        self._links = links
        self._by_code: dict[tuple[int, str], list[Any]] = {}
        self._by_number: dict[tuple[int, int], Any] = {}
        linked = set(links.values())
        for row in products:
            self._by_code.setdefault((row.store_id, row.sku), []).append(row)
            if row.product_id in linked:
                self._by_number[row.store_id, row.product_id] = row

    def of(self, shelf: Shelf, sku: str) -> Any:
        """The product of a SKU, or None."""
        if number := self._links.get((shelf.id, sku)):
            return self._by_number.get((shelf.store_id, number))
        found = self._by_code.get((shelf.store_id, sku), ())
        if shelf.is_shared:
            found = [row for row in found if shelf.may_use(row.company_id)]
        return found[0] if len(found) == 1 else None


@dataclass
class Catalogue:
    """Everything that can be listed, by SKU."""

    keys: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """What a filter looks in."""
    issues: dict[int, int] = field(default_factory=dict)
    """How many of them, by the places that have any."""
    codes: dict[int, frozenset[str]] = field(default_factory=dict)
    """What is wrong, by the places that are held."""

    def matching(self, wanted: ProductFilter) -> Keys[str]:
        """The keys that match, in the wanted order; the counts leave states and code aside."""
        found: Sequence[int] = self._order(wanted.sort)
        for word in wanted.text.casefold().split():
            texts = self.texts
            found = [place for place in found if word in texts[place]]
        states, keys = self.states, self.keys
        counted = Counter([states[place] for place in found])
        if wanted.code:
            found = [place for place in found if wanted.code in self.codes.get(place, ())]
        if wanted.states:
            found = [place for place in found if states[place] in wanted.states]
        return Keys(array("q", [keys[place] for place in found]), counted, sum(counted.values()))

    def _order(self, sort: str) -> Sequence[int]:
        if sort == BY_NAME:
            return self._by_name
        return self._by_issues if sort == BY_ISSUES else range(len(self.keys))

    @cached_property
    def _by_name(self) -> list[int]:
        folded = [name.casefold() for name in self.names]
        return sorted(range(len(self.keys)), key=folded.__getitem__)

    @cached_property
    def _by_issues(self) -> list[int]:
        return sorted(range(len(self.keys)), key=lambda place: -self.issues.get(place, 0))


def read_catalogue(database: Database, actor: Actor, channel: str = "") -> Catalogue:
    """All listings of the operator's channels, or of one of them, and the products of their stores without any."""
    note_channel(database, actor, channel)
    with database.read() as session:
        found = shelves(session, actor, channel)
        links = links_of(session, found)
        products = _products(session, {shelf.store_id for shelf in found})
        held = _held(session, found)
        entries = list(_entries(session, found, products, links, held))
    entries.sort(key=lambda entry: entry[0])
    catalogue = Catalogue()
    for place, (_, key, state, name, text, issues, codes) in enumerate(entries):
        catalogue.keys.append(key)
        catalogue.states.append(WITH_ISSUES[state] if issues else state)
        catalogue.names.append(name)
        catalogue.texts.append(text)
        if issues:
            catalogue.issues[place] = issues
        if codes:
            catalogue.codes[place] = codes
    return catalogue


def first_keys(database: Database, actor: Actor, channel: str, limit: int) -> array[int]:
    """The listings that come first of all that can be listed, in a fraction of the time."""
    note_channel(database, actor, channel)
    found: list[tuple[str, int]] = []
    with database.read() as session:
        for shelf in shelves(session, actor, channel):
            query: Any = (
                select(col(Listing.id), col(Listing.sku))
                .where(col(Listing.account_id) == shelf.account_id, col(Listing.marketplace_id) == shelf.marketplace_id)
                .order_by(col(Listing.sku))
                .limit(limit)
            )
            found += [(sku, key_of(shelf, key)) for key, sku in session.connection().execute(query)]
    return array("q", [key for _, key in sorted(found, key=lambda one: one[0])[:limit]])


def state_of(is_held: bool, is_closed: bool, is_parent: bool, has_product: bool) -> str:
    """What became of a listing; the only definition."""
    if is_held:
        return HELD
    if is_closed:
        return CLOSED
    if is_parent:
        return FAMILY
    return LINKED if has_product else AT_AMAZON


def shelves(session: Session, actor: Actor, channel: str = "") -> list[Shelf]:
    """The channels that the operator may see, or the one of a name."""
    names = ("id", "name", "account_id", "marketplace_id", "store_id", "company_id")
    query: Any = (
        select(*(col(getattr(Channel, name)) for name in names), col(Store.edition))
        .join(Store, col(Store.id) == col(Channel.store_id))
        .where(visible_channels(actor), *([col(Channel.name) == channel] if channel else []))
        .order_by(col(Channel.id))
    )
    return [
        Shelf(**values, is_shared=bool(values["company_id"]) and (edition == MULTIVENDOR or not actor.is_admin))
        for *told, edition in session.connection().execute(query)
        for values in [dict(zip(names, told, strict=True))]
    ]


def links_of(session: Session, found: Sequence[Shelf]) -> dict[tuple[int, str], int]:
    """The products that people linked, by channel and SKU."""
    query = select(col(ListingLink.channel_id), col(ListingLink.sku), col(ListingLink.product_id)).where(
        col(ListingLink.channel_id).in_([shelf.id for shelf in found])
    )
    return {(channel_id, sku): number for channel_id, sku, number in session.connection().execute(query)}


def key_of(shelf: Shelf, listing_id: int) -> int:
    """The key of a listing in the list."""
    return shelf.id * _LISTINGS + listing_id


def parts_of(key: int) -> tuple[int, int]:
    """The channel and the listing of a key that is not negative."""
    return divmod(key, _LISTINGS)


_Entry = tuple[str, int, str, str, str, int, frozenset[str]]
"""SKU, key, state, name, text, issues, codes."""


def _entries(
    session: Session,
    found: Sequence[Shelf],
    products: Sequence[Any],
    links: Mapping[tuple[int, str], int],
    held: Mapping[tuple[int, str], frozenset[str]],
) -> Iterator[_Entry]:
    """Every listing of each channel, then every product that none of them means."""
    meanings = Meanings(products, links)
    meant: set[int] = set()
    none: frozenset[str] = frozenset()
    for shelf in found:
        for key, sku, asin, title, is_parent, closed_at, issues in _listings(session, shelf):
            product = meanings.of(shelf, sku)
            codes = held.get((shelf.id, sku), none)
            texts, name = [sku, asin, title], title
            if product is not None:
                meant.add(product.id)
                name = product.name or title
                texts += (product.sku, product.name)
            if codes:
                texts += [_TITLES.get(code, code) for code in codes]
            state = state_of(bool(codes), closed_at is not None, is_parent, product is not None)
            yield sku, key_of(shelf, key), state, name, "\n".join(texts).casefold(), issues, codes
    for row in products:
        if row.id not in meant and any(it.store_id == row.store_id and it.may_use(row.company_id) for it in found):
            yield row.sku, -row.id, IN_STORE, row.name, f"{row.sku}\n{row.name}".casefold(), 0, none


def _listings(session: Session, shelf: Shelf) -> Any:
    """What the index holds of a channel's listings: their contents are large, and are not read."""
    names = ("id", "sku", "asin", "title", "is_parent", "closed_at", "issue_count")
    query: Any = select(*(col(getattr(Listing, name)) for name in names)).where(
        col(Listing.account_id) == shelf.account_id, col(Listing.marketplace_id) == shelf.marketplace_id
    )
    return session.connection().execute(query).all()


def _products(session: Session, stores: Iterable[int]) -> Sequence[Any]:
    names = ("id", "store_id", "product_id", "sku", "name", "company_id")
    query: Any = select(*(col(getattr(StoreProduct, name)) for name in names)).where(
        col(StoreProduct.store_id).in_(list(stores))
    )
    return session.connection().execute(query).all()


def _held(session: Session, found: Sequence[Shelf]) -> dict[tuple[int, str], frozenset[str]]:
    """The open problems of listings, by channel and SKU."""
    query: Any = select(col(Problem.channel_id), col(Problem.subject), col(Problem.code)).where(
        col(Problem.channel_id).in_([shelf.id for shelf in found]),
        col(Problem.flow) == NAME,
        col(Problem.resolved_at).is_(None),
    )
    codes: dict[tuple[int, str], frozenset[str]] = {}
    for channel_id, subject, code in session.connection().execute(query):
        kind, sku = Subject.parse(subject)
        if kind == "sku":
            codes[channel_id, sku] = codes.get((channel_id, sku), frozenset()) | {code}
    return codes
