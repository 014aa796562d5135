"""The listings of every seller: all products of the world, and over them what each seller has written since."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.amazon.access import Account
from sandbox.amazon.assortment import Assortment
from sandbox.amazon.issues import Noted, unit_count_missing
from sandbox.amazon.patching import Attributes, of_place
from sandbox.amazon.written import Version, Written
from sandbox.clock import Clock
from sandbox.world.category import CATEGORIES
from sandbox.world.content import attributes
from sandbox.world.identifier import ean, gtin
from sandbox.world.listing import MERCHANT_CHANNEL, Listing
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product import ASIN_CHARACTERS, WorldProduct

IDENTIFIER = "externally_assigned_product_identifier"


@dataclass
class Publishing:
    """How fast Amazon shows what it has accepted, in seconds of the sandbox's clock.

    show     until a write shows
    buyable  until a new listing has its ASIN and can be bought
    """

    show: float = 0.0
    buyable: float = 30.0

    def change(self, changes: Mapping[str, float]) -> None:
        """Replace some of it; ValueError for what there is not."""
        for name, value in changes.items():
            if name not in ("show", "buyable") or value < 0:
                raise ValueError(f"{name} {value}: known are show and buyable, in seconds")
            setattr(self, name, float(value))


@dataclass
class ListingBook:
    """Thread-safe; hold `lock` from judging a write to making it."""

    assortment: Assortment
    clock: Clock
    since: datetime
    """When the sellers had listed what the world has."""
    publishing: Publishing = field(default_factory=Publishing)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _written: dict[str, dict[str, Written]] = field(default_factory=dict)
    _made: dict[str, Written] = field(default_factory=dict)
    """ASIN → the listing that made the item."""
    _numbers: dict[str, str] | None = None
    """GTIN → ASIN; known once somebody asks."""

    def skus(self, account: Account) -> list[str]:
        """What a seller lists, or has listed."""
        own = self._written.get(account.seller_id, {})
        return list(dict.fromkeys([*(product.sku for product in self.assortment.products()), *own]))

    def is_listed(self, account: Account, sku: str) -> bool:
        """Whether a seller has it at all, shown or not."""
        written = self.written(account, sku)
        return bool(written.last.places) if written else self.assortment.by_sku(sku) is not None

    def written(self, account: Account, sku: str) -> Written | None:
        """A SKU that its seller has written to."""
        return self._written.get(account.seller_id, {}).get(sku)

    def asin(self, account: Account, sku: str) -> str:
        """The ASIN of a listing; empty where there is none."""
        written, product = self.written(account, sku), self.assortment.by_sku(sku)
        return written.asin if written else product.asin if product else ""

    def times(self, account: Account, sku: str) -> tuple[datetime, datetime]:
        """When a listing was made, and when it was changed last."""
        written = self.written(account, sku)
        return (written.created, written.updated) if written else (self.since, self.since)

    def listing(self, account: Account, sku: str, place: Marketplace) -> Listing | None:
        """As it shows now; None where it is not listed."""
        written, product = self.written(account, sku), self.assortment.by_sku(sku)
        if written is None:
            return self.assortment.listing(product, place) if product else None
        now, place_id = self.clock.now(), place.marketplace_id
        version = written.shown(now)
        if version is None or product is None or place_id in version.known or place_id not in version.places:
            return written.listing(place, now)
        return written.over(self.assortment.listing(product, place), version, now)

    def listings(self, account: Account, place: Marketplace) -> Iterator[Listing]:
        """All listings of a seller in a marketplace."""
        found = (self.listing(account, sku, place) for sku in self.skus(account))
        return (one for one in found if one is not None)

    def published(self, account: Account, place: Marketplace) -> Iterator[Listing]:
        """Those that Amazon has got ready: a report does not have the newest."""
        now = self.clock.now()
        for one in self.listings(account, place):
            written = self.written(account, one.sku)
            if written is None or now >= written.buyable:
                yield one

    def attributes(self, account: Account, one: Listing) -> Attributes:
        """The attributes of a listing."""
        written, place_id = self.written(account, one.sku), one.marketplace.marketplace_id
        version = written.shown(self.clock.now()) if written else None
        if version is not None and place_id in version.known:
            return of_place(version.attributes, place_id)
        product = self.assortment.by_sku(one.sku)
        return attributes(self.assortment.listing(product, one.marketplace) if product else one)

    def children(self, account: Account, parent: str, place: Marketplace) -> list[str]:
        """The SKUs that a parent stands for."""
        own = self._written.get(account.seller_id, {})
        known = [one.sku for one in self.assortment.children(parent, place) if one.sku not in own]
        mine = [one for sku in list(own) if (one := self.listing(account, sku, place)) is not None]
        return sorted([*known, *(one.sku for one in mine if one.family and one.family.parent == parent != one.sku)])

    def open(self, account: Account, sku: str, places: Sequence[Marketplace] = ()) -> Written | None:
        """A SKU to write to, with all that it has in some marketplaces; None when it is not listed."""
        if not self.is_listed(account, sku):
            return None
        written, product = self.written(account, sku), self.assortment.by_sku(sku)
        if written is None:
            assert product is not None
            written = self._keep(self._from_world(account, product))
        missing = [place for place in places if place.marketplace_id not in written.last.known]
        if product is not None and missing:
            told = merged([attributes(self.assortment.listing(product, place)) for place in missing])
            written.learn(told, frozenset(place.marketplace_id for place in missing))
        return written

    def create(self, account: Account, sku: str, asin: str, version: Version) -> Written:
        """A new listing, of an item of the catalogue or of a new one."""
        now, known = self.clock.now(), self.item(asin)
        buyable = now + timedelta(seconds=self.publishing.buyable)
        written = Written(account.seller_id, sku, asin, now, now, buyable, [version])
        if isinstance(known, WorldProduct):
            written.base = self.assortment.listing(known, account.marketplaces[0])
        elif known is not None:
            written.base = known.listing(account.marketplaces[0], now)
        if known is None:
            self._made[asin] = written
            for entry in version.attributes.get(IDENTIFIER, ()):
                if number := gtin(str(entry.get("value", ""))):
                    self._known_numbers().setdefault(number, asin)
        return self._keep(written)

    def item(self, asin: str) -> WorldProduct | Written | None:
        """What the catalogue has under an ASIN."""
        return self.assortment.by_asin(asin) or self._made.get(asin)

    def product_type(self, asin: str) -> str:
        """The product type of an item; KeyError where there is none."""
        known = self.item(asin)
        if isinstance(known, WorldProduct):
            return CATEGORIES[known.category_id].product_type
        if known is None:
            raise KeyError(asin)
        return known.last.product_type

    def catalogued(self, asin: str, place: Marketplace) -> tuple[Listing, Attributes] | None:
        """An item as a marketplace's catalogue shows it, with its attributes; None where it has none."""
        known, now = self.item(asin), self.clock.now()
        if isinstance(known, WorldProduct):
            one = self.assortment.listing(known, place)
            return one, attributes(one)
        found = known.listing(place, now) if known is not None and now >= known.buyable else None
        version = known.shown(now) if known is not None else None
        return (found, of_place(version.attributes, place.marketplace_id)) if found and version else None

    def asin_of(self, number: str) -> str | None:
        """The ASIN of an EAN, UPC, GTIN or ISBN."""
        wanted = gtin(number)
        with self.lock:
            return self._known_numbers().get(wanted) if wanted else None

    def new_asin(self, account: Account, sku: str) -> str:
        """The ASIN that a new item gets."""
        drawn = int.from_bytes(hashlib.sha256(f"{account.seller_id} {sku}".encode()).digest()[:8])
        letters = ""
        for _ in range(7):
            drawn, place = divmod(drawn, len(ASIN_CHARACTERS))
            letters += ASIN_CHARACTERS[place]
        return f"B0Z{letters}"

    def change(self, sku: str, **changes: Any) -> None:
        """Change a listing of all its sellers, see `Assortment.change` and `Written.overwrite`."""
        with self.lock:
            mine = [own[sku] for own in self._written.values() if sku in own]
            if self.assortment.knows(sku) or not mine:
                self.assortment.change(sku, **changes)
            for one in mine:
                one.overwrite(self.clock.now(), changes)

    def sold(self, account: Account, sku: str, quantity: int) -> None:
        """A buyer takes units of the merchant's; the attributes go on telling what was sent."""
        with self.lock:
            written = self.open(account, sku)
            left = written.last.stock.get(MERCHANT_CHANNEL) if written else None
            if written is not None and left is not None:
                stock = {**written.last.stock, MERCHANT_CHANNEL: max(left - quantity, 0)}
                written.versions.append(replace(written.last, stock=stock))

    def note(self, account: Account, sku: str, noted: Noted) -> None:
        """Let a listing have an issue; KeyError when it is not listed."""
        with self.lock:
            written = self.open(account, sku)
            if written is None:
                raise KeyError(sku)
            written.notes.append(noted)

    def add_others(self, items: Sequence[WorldProduct]) -> None:
        """Let the catalogue have items that only others sell."""
        with self.lock:
            self.assortment.add_others(items)
            if self._numbers is not None:
                self._numbers |= {number: one.asin for one in items if (number := gtin(ean(one.asin)))}

    def forget(self) -> None:
        """Forget all that was written."""
        with self.lock:
            self._written.clear()
            self._made.clear()
            self._numbers = None

    def _known_numbers(self) -> dict[str, str]:
        if self._numbers is None:
            asins = (product.asin for product in self.assortment.everything())
            self._numbers = {number: asin for asin in asins if (number := gtin(ean(asin)))}
        return self._numbers

    def _keep(self, written: Written) -> Written:
        self._written.setdefault(written.seller_id, {})[written.sku] = written
        return written

    def _from_world(self, account: Account, product: WorldProduct) -> Written:
        one, start = self.assortment.listing(product, account.marketplaces[0]), self.since
        stock = {} if one.is_parent else {one.channel: one.quantity if one.by_merchant else None}
        places = frozenset(place.marketplace_id for place in account.marketplaces)
        version = Version(start, one.product_type, {}, stock, places, known=frozenset())
        notes = [] if one.active or one.is_parent else [unit_count_missing(start)]
        return Written(account.seller_id, product.sku, product.asin, start, start, start, [version], notes, base=one)


def merged(told: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    """The attributes of several marketplaces as one."""
    found: dict[str, list[Any]] = {}
    for one in told:
        for name, values in one.items():
            known = found.setdefault(name, [])
            known += [value for value in values if value not in known]
    return found
