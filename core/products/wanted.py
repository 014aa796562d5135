"""What a store product is to be: the content of the intents that products are planned as and delivered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from core.state import State


@dataclass(frozen=True)
class WantedFeature(State):
    """A feature of a product and its values, each by name; both are made in the store where they are missing."""

    name: str = ""
    """Or its number, where somebody chose one that the store has."""
    values: tuple[str, ...] = ()
    varies: bool = False
    """The products of a family differ in it."""


@dataclass(frozen=True)
class WantedProduct(State):
    """What is to be written of a product; None leaves what the store has."""

    sku: str = ""
    product_id: int | None = None
    """The store's number of one that exists; None creates it."""
    company_id: int | None = None
    language: str = ""
    """The store's, in which texts are changed; empty is its default. What is made has them in all."""
    name: str | None = None
    description: str | None = None
    """HTML."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Further texts, by the store's field: what is not named stays."""
    price: Decimal | None = None
    """In the store's currency."""
    list_price: Decimal | None = None
    """The same."""
    amount: int | None = None
    """Pieces in stock."""
    status: str | None = None
    """`A` active, `H` hidden, `D` disabled."""
    category_ids: tuple[int, ...] | None = None
    """The main category first."""
    weight: Decimal | None = None
    """In the unit that the store has for weights."""
    length: Decimal | None = None
    """Of the parcel, as width and height, in the unit that the store has for lengths."""
    width: Decimal | None = None
    height: Decimal | None = None
    features: tuple[WantedFeature, ...] = ()
    images: tuple[str, ...] | None = None
    """Addresses that the store downloads: the full set, the main image first."""


@dataclass(frozen=True)
class WantedFamily(State):
    """Products that are variations of each other, by SKU, and the features in which they differ, by name."""

    code: str = ""
    """What the group is called in the store: the parent's SKU."""
    skus: tuple[str, ...] = ()
    """All members; the first is the one that the store shows for all."""
    features: tuple[str, ...] = ()
    """Or their numbers."""
