"""What is known of a product that is to be listed: in the store, at Amazon, and of what was sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from core.fields.plan.gate import MappedTo, StoreSide
from core.fields.plan.store_item import StoreItem
from core.money import Money
from core.sync.decisions import Hold

AVAILABILITY = "fulfillment_availability"
OFFER = frozenset({"purchasable_offer", AVAILABILITY})
"""Attributes with price and quantity: those of a listing that exists are no content."""
LIST_PRICES = frozenset({"list_price", "uvp_list_price"})
"""Content that may be filled with the price."""
ONCE = frozenset({
    "externally_assigned_product_identifier", "merchant_suggested_asin",
    "supplier_declared_has_product_identifier_exemption",
})  # fmt: skip
"""Attributes by which Amazon finds its item when a listing is made; a later one would not move it."""

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """A SKU as Amazon has it."""

    asin: str = ""
    product_type: str = ""
    parent_sku: str = ""
    attributes: Attributes | None = None
    """None where they were not read."""
    is_ours: bool = False
    """This program made it."""
    price: Money | None = None
    """That consumers pay; None where it is not known."""


@dataclass(frozen=True)
class Seen:
    """A product as the store had it when its listing, which was there before, was seen first."""

    item: StoreItem
    category: int | None
    """Its main one."""


@dataclass(frozen=True)
class Sent:
    """A SKU as this program sent it last."""

    product_type: str
    requirements: str
    attributes: Attributes
    content_hash: str
    asin: str = ""
    channel_code: str = ""
    """Who ships it as this program said last; empty where it never did."""
    is_doubtful: bool = False
    """Something else may have been written since, or nothing at all: what Amazon has is what counts."""
    written: frozenset[str] | None = None
    """Of a listing that was there before, the attributes that were sent: the others are what the store said when it was
    seen first, and Amazon was never told them. None: all of it was sent."""
    seen: Seen | None = None
    """Of such a listing the product at that time."""

    @property
    def is_partial(self) -> bool:
        """Whether the listing was there before, and only changes of it are sent."""
        return self.written is not None

    @property
    def own(self) -> Attributes:
        """What this program sent."""
        if self.written is None:
            return self.attributes
        return {name: told for name, told in self.attributes.items() if name in self.written}

    @property
    def certain(self) -> Sent | None:
        """The same as far as it is not in doubt; None where all of it is."""
        if not self.is_doubtful:
            return self
        if self.written is None:
            return None
        rest = {name: told for name, told in self.attributes.items() if name not in self.written}
        return replace(self, attributes=rest, content_hash="")


@dataclass(frozen=True)
class Kin:
    """What a product has to do with its variations."""

    parent_sku: str
    features: Mapping[int, str]
    """Those in which they differ: number → name."""
    is_parent: bool = False
    """The listing that stands for all of them is meant, and not the product itself."""


@dataclass(frozen=True)
class Offered:
    """What it costs, and how many pieces there are."""

    price: Decimal | None
    """In the currency of the marketplace; None where it is the store's own."""
    quantity: int


@dataclass(frozen=True)
class Candidate:
    """One SKU that is to be listed."""

    sku: str
    item: StoreItem
    side: StoreSide
    status: str = "A"
    """Of the product in the store: `D` is disabled."""
    mapped: MappedTo | None = None
    listed: Listed | None = None
    """None where Amazon does not have it."""
    sent: Sent | None = None
    kin: Kin | None = None
    asins: Sequence[str] = ()
    """Items of the catalogue that have its identifier, where these were looked for."""
    is_linked: bool = False
    """A person said which product the SKU means, whatever its code."""
    offer: Offered | Hold | None = None
    """What a new listing begins with, or why nobody can tell; None takes the store's."""
    is_agreed: bool = True
    """Somebody has agreed that the store's counts count for listings that were there before."""
    before: Candidate | None = None
    """The same with the product as it was when its listing, which was there before, was seen first."""

    @property
    def is_parent(self) -> bool:
        """Whether it stands for variations, and cannot be bought."""
        return self.kin is not None and self.kin.is_parent


@dataclass(frozen=True)
class Wanted:
    """A listing as it is to be."""

    sku: str
    product_type: str
    requirements: str
    attributes: Attributes
    asin: str = ""
    is_parent: bool = False
    notes: Sequence[str] = ()
    """What the store has and is sent otherwise, or not at all."""

    @property
    def content(self) -> Attributes:
        """What is compared and kept of it."""
        return content_of(self.attributes)

    @cached_property
    def content_hash(self) -> str:
        """The same for listings that say the same."""
        return hash_of(self.product_type, self.requirements, self.content)


def content_of(attributes: Attributes) -> Attributes:
    """Attributes without those of the offer."""
    return {name: value for name, value in attributes.items() if name not in OFFER}


def hash_of(product_type: str, requirements: str, content: Attributes) -> str:
    """A fingerprint of what a listing says, whatever the order of its attributes."""
    told = json.dumps([product_type, requirements, content], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
