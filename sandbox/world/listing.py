"""What the seller offers at Amazon: the products of the world as listings of a marketplace."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.world.amounts import NO_TAX, Money
from sandbox.world.category import CATEGORIES
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product import Family, WorldProduct

MERCHANT_CHANNEL = "DEFAULT"
_AMAZON_CHANNELS = {"eu": "AMAZON_EU", "na": "AMAZON_NA", "fe": "AMAZON_JP"}
_BY_AMAZON, _INACTIVE = 0.12, 0.04


@dataclass(frozen=True)
class Listing:
    """One SKU in one marketplace.

    channel        fulfilment: DEFAULT is the merchant's own, any other one Amazon's
    price          in the currency of the marketplace
    quantity       units on offer; those of Amazon's own channel are not the merchant's to change
    handling_days  from the order to the parcel
    active         whether it can be bought
    category_id    the store's category that it belongs to, by which its browse node is found
    family         its variations
    """

    sku: str
    asin: str
    title: str
    marketplace: Marketplace
    product_type: str
    channel: str
    price: Decimal
    quantity: int
    handling_days: int
    active: bool
    category_id: int
    family: Family | None = None

    @property
    def is_parent(self) -> bool:
        """Whether it stands for its variations, and cannot be bought itself."""
        return self.family is not None and self.family.parent == self.sku

    @property
    def by_merchant(self) -> bool:
        """Whether the seller ships it."""
        return self.channel == MERCHANT_CHANNEL


def build_listings(products: Sequence[WorldProduct], marketplace: Marketplace) -> list[Listing]:
    """Every product is listed everywhere; what is not taken from the product is always the same for its SKU."""
    return [build_listing(product, marketplace) for product in products]


def build_listing(product: WorldProduct, marketplace: Marketplace) -> Listing:
    """One product as a listing."""
    dice = random.Random(f"listing {product.sku}")
    by_amazon = dice.random() < _BY_AMAZON
    money = Money(marketplace.rate, marketplace.digits, NO_TAX)
    return Listing(
        sku=product.sku,
        asin=product.asin,
        title=product.title,
        marketplace=marketplace,
        product_type=CATEGORIES[product.category_id].product_type,
        channel=_AMAZON_CHANNELS[marketplace.region] if by_amazon else MERCHANT_CHANNEL,
        price=money.from_euro(product.price),
        quantity=dice.randrange(1, 200) if by_amazon else product.amount,
        handling_days=product.handling_days,
        active=dice.random() >= _INACTIVE,
        category_id=product.category_id,
        family=product.family,
    )
