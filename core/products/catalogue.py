"""Listings and the store's products in one list: the keys of all of it, held while it is filtered as people type.

A listing stands beside the product that it means; a product that no listing means stands alone. Which product that is
and what state follows from it is computed here, once, for the whole list as for the rows that are looked at.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.actor import Actor
from core.cscart.probe import MULTIVENDOR
from core.database import Database, plain_rows
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.problem import Problem
from core.model.store import Store, StoreProduct
from core.people.rights import note_channel, visible_channels
from core.products import CONTENT, refusals
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
_EXPORTS = 2**31
"""From here on, what a key has beside its channel is the number of an export that Amazon does not show."""


Product = tuple[Any, ...]
"""A product of a store: see `Meanings`."""


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

    A product is a tuple that begins with its store, its number there, its code and its company.
    """

    def __init__(self, products: Iterable[Product], links: Mapping[int, Mapping[str, int]]) -> None:
        """`links` are product numbers by channel and SKU."""
        self._links = links
        self._products: dict[int, list[Product]] = {}
        self._known: dict[tuple[int, int | None], Mapping[str, Product | None]] = {}
        self._numbers: dict[int, Mapping[int, Product]] = {}
        for product in products:
            self._products.setdefault(product[0], []).append(product)

    def of(self, shelf: Shelf) -> Mapping[str, Product | None]:
        """SKU → the product that it means, for a channel; None or nothing where that is none, or several."""
        links, coded = self._links.get(shelf.id), self._coded(shelf)
        if not links:
            return coded
        numbered = self._numbered(shelf.store_id)
        return {**coded, **{sku: numbered.get(number) for sku, number in links.items()}}

    def _numbered(self, store_id: int) -> Mapping[int, Product]:
        """By the number in the store."""
        if store_id not in self._numbers:
            self._numbers[store_id] = {product[1]: product for product in self._products.get(store_id, ())}
        return self._numbers[store_id]

    def _coded(self, shelf: Shelf) -> Mapping[str, Product | None]:
        """By the code; channels that may use the same products share what was found."""
        whose = shelf.store_id, shelf.company_id if shelf.is_shared else None
        if whose not in self._known:
            found: dict[str, Product | None] = {}
            for product in self._products.get(shelf.store_id, ()):
                if not shelf.is_shared or shelf.may_use(product[3]):
                    code = product[2]
                    found[code] = None if code in found else product
            self._known[whose] = found
        return self._known[whose]


@dataclass
class Catalogue:
    """Everything that can be listed, by SKU."""

    keys: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """What a filter looks in, whatever its case; the last line is the name."""
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
        names = [text[text.rindex("\n") :] for text in self.texts]
        return sorted(range(len(self.keys)), key=names.__getitem__)

    @cached_property
    def _by_issues(self) -> list[int]:
        return sorted(range(len(self.keys)), key=lambda place: -self.issues.get(place, 0))


def read_catalogue(database: Database, actor: Actor, channel: str = "") -> Catalogue:
    """All listings of the operator's channels, or of one of them, and the products of their stores without any."""
    note_channel(database, actor, channel)
    with database.read() as session:
        found = shelves(session, actor, channel)
        products = _products(session, {shelf.store_id for shelf in found})
        entries = _Entries(Meanings(products, links_of(session, found)), _held(session, found))
        for shelf in found:
            entries.add_listings(shelf, _listings(session, shelf))
    entries.add_products(found, products)
    return entries.by_sku()


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


def links_of(session: Session, found: Sequence[Shelf]) -> dict[int, dict[str, int]]:
    """The products that people linked, by channel and SKU."""
    query = select(col(ListingLink.channel_id), col(ListingLink.sku), col(ListingLink.product_id)).where(
        col(ListingLink.channel_id).in_([shelf.id for shelf in found])
    )
    links: dict[int, dict[str, int]] = {}
    for channel_id, sku, number in session.connection().execute(query):
        links.setdefault(channel_id, {})[sku] = number
    return links


def key_of(shelf: Shelf, listing_id: int) -> int:
    """The key of a listing in the list."""
    return shelf.id * _LISTINGS + listing_id


def export_key(shelf: Shelf, export_id: int) -> int:
    """The key of what was sent, or is to be, and that Amazon does not show."""
    return key_of(shelf, _EXPORTS + export_id)


def export_of(number: int) -> int | None:
    """The export that a number of `parts_of` means; None for that of a listing."""
    return number - _EXPORTS if number >= _EXPORTS else None


def parts_of(key: int) -> tuple[int, int]:
    """The channel and the listing of a key that is not negative."""
    return divmod(key, _LISTINGS)


class _Entries:
    """What a catalogue is made of, in columns: an object for each of a hundred thousand would double the time."""

    def __init__(self, meanings: Meanings, held: Mapping[int, Mapping[str, frozenset[str]]]) -> None:
        self._meanings = meanings
        self._held = held
        self._meant: set[int] = set()
        self._skus: list[str] = []
        self._found = Catalogue()

    def add_listings(self, shelf: Shelf, rows: Sequence[Any]) -> None:
        """Every listing of a channel; rows as of `_listings`."""
        found, base = self._found, key_of(shelf, 0)
        meant, held = self._meanings.of(shelf), self._held.get(shelf.id, {})
        products = [meant.get(row[1]) for row in rows]
        first = len(found.keys)
        for place, (row, product) in enumerate(zip(rows, products, strict=True), start=first):
            _, sku, asin, title, is_parent, closed_at, issues = row
            codes = held.get(sku)
            state = state_of(bool(codes), closed_at is not None, bool(is_parent), product is not None)
            found.states.append(WITH_ISSUES[state] if issues else state)
            text = f"{sku}\n{asin}\n{title}"
            if codes:
                found.codes[place] = codes
                text = "\n".join([sku, asin, *(_TITLES.get(code, code) for code in codes), title])
            if issues:
                found.issues[place] = issues
            found.texts.append((f"{text}\n{product[2]}\n{product[5] or title}" if product else text).casefold())
        self._skus += [row[1] for row in rows]
        found.keys += [base + row[0] for row in rows]
        self._meant.update(product[4] for product in products if product is not None)

    def add_products(self, shelves: Sequence[Shelf], products: Iterable[Product]) -> None:
        """Every product that no listing means and that one of the channels may use; as of `_products`."""
        found, meant = self._found, self._meant
        for product in products:
            store_id, _, sku, company_id, number, name = product
            if number not in meant and any(it.store_id == store_id and it.may_use(company_id) for it in shelves):
                self._skus.append(sku)
                found.keys.append(-number)
                found.states.append(IN_STORE)
                found.texts.append(f"{sku}\n{name}".casefold())

    def by_sku(self) -> Catalogue:
        """All that was added."""
        found, order = self._found, sorted(range(len(self._skus)), key=self._skus.__getitem__)
        return Catalogue(
            keys=[found.keys[place] for place in order],
            states=[found.states[place] for place in order],
            texts=[found.texts[place] for place in order],
            issues={now: found.issues[place] for now, place in enumerate(order) if place in found.issues},
            codes={now: found.codes[place] for now, place in enumerate(order) if place in found.codes},
        )


def _listings(session: Session, shelf: Shelf) -> Sequence[Any]:
    """What the index holds of a channel's listings, by SKU: their contents are large, and are not read."""
    names = ("id", "sku", "asin", "title", "is_parent", "closed_at", "issue_count")
    query: Any = (
        select(*(col(getattr(Listing, name)) for name in names))
        .where(col(Listing.account_id) == shelf.account_id, col(Listing.marketplace_id) == shelf.marketplace_id)
        .order_by(col(Listing.sku))
    )
    return plain_rows(session, query)


def _products(session: Session, stores: Iterable[int]) -> Sequence[Product]:
    names = ("store_id", "product_id", "sku", "company_id", "id", "name")
    query: Any = (
        select(*(col(getattr(StoreProduct, name)) for name in names))
        .where(col(StoreProduct.store_id).in_(list(stores)))
        .order_by(col(StoreProduct.store_id), col(StoreProduct.sku))
    )
    return plain_rows(session, query)


def _held(session: Session, found: Sequence[Shelf]) -> dict[int, dict[str, frozenset[str]]]:
    """The open problems of listings, by channel and SKU."""
    query: Any = select(col(Problem.channel_id), col(Problem.subject), col(Problem.code)).where(
        col(Problem.channel_id).in_([shelf.id for shelf in found]),
        col(Problem.flow).in_(CONTENT),
        col(Problem.resolved_at).is_(None),
    )
    codes: dict[int, dict[str, frozenset[str]]] = {}
    for channel_id, subject, code in session.connection().execute(query):
        kind, sku = Subject.parse(subject)
        if kind == "sku":
            of_channel = codes.setdefault(channel_id, {})
            of_channel[sku] = of_channel.get(sku, frozenset()) | {code}
    return codes
