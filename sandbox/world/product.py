"""The products that the store sells and the Amazon seller lists."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal

ADJECTIVES = (
    "Classic",
    "Compact",
    "Foldable",
    "Organic",
    "Smart",
    "Slim",
    "Heavy-Duty",
    "Travel",
    "Quiet",
    "Mini",
)
CATEGORY_OF = {
    "Kettle": 10,
    "Desk Lamp": 11,
    "Backpack": 14,
    "Yoga Mat": 13,
    "Screwdriver Set": 17,
    "Tea Filter": 10,
    "Phone Case": 14,
    "Notebook": 16,
    "Bicycle Bell": 13,
    "Coffee Grinder": 10,
    "Pillow": 12,
    "Garden Hose": 17,
    "Water Bottle": 14,
    "Wall Clock": 11,
    "Toy Train": 15,
}
"""What is sold, and the store's category for it, see `sandbox.world.category`."""
NOUNS = tuple(CATEGORY_OF)
COLOURS = ("Black", "White", "Red", "Blue", "Green", "Grey", "Silver")
UNICODE_TITLES = (
    "Küchenmesser „Größe M“, Äpfel & Öl",
    "抹茶セット 和柄 (ギフト)",
    "שולחן מתקפל",
    "حقيبة سفر صغيرة",
    "Crème brûlée set — 6 pièces",
    "Party Mug 🎉☕",
    'Zubehör [rot] <b>50 %</b> "XL"',
)
AWKWARD_SKUS = ("KEY/RING 01", "MUG+LID", "50%OFF-BOX", "A&B#1", "UMLÄUT-Ö1", "TEA, GREEN", "Q?A=1")
"""SKUs with every character that must be encoded in a path or a query."""

SIZES = ("S", "M", "L", "XL")
THEME = ("color", "size")
FAMILY_OF = 5
"""A parent and its children stand together; every other such group is one, the rest are products by themselves."""

FIRST_PRODUCT_ID = 1001
ASIN_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Family:
    """What a product has to do with others that are variations of each other.

    parent   the SKU that stands for all; Amazon's buyers cannot buy it
    values   attribute → what this product has of it; empty of the parent
    """

    parent: str
    theme: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class WorldProduct:
    """One product as both sides know it. `price` is in EUR, `amount` the stock before any order.

    `handling_days` pass from an order to its parcel.
    """

    product_id: int
    sku: str
    title: str
    price: Decimal
    amount: int
    category_id: int
    asin: str
    zero_price_action: str = "R"
    handling_days: int = 1
    family: Family | None = None


def build_products(seed: int, count: int) -> list[WorldProduct]:
    """`count` products, always the same for a seed; stock is high enough for all orders of the world."""
    dice = random.Random(f"products {seed}")
    return [_product(dice, number) for number in range(count)]


def build_unknown(seed: int, count: int) -> list[WorldProduct]:
    """`count` products that the seller lists and the store does not have, always the same for a seed.

    Half of them are families; each fourth family has one child only.
    """
    dice = random.Random(f"unknown {seed}")
    return [_unknown(dice, number) for number in range(count)]


def _unknown(dice: random.Random, number: int) -> WorldProduct:
    group, place = divmod(number, FAMILY_OF)
    drawn = _product(dice, number)
    sku = f"NEW-{number:06d}" if number % 50 != 49 else f"NEW {number}/Ä, {number % 7}+"
    family = None
    if group % 2 == 0 and (place < 2 or group % 8 != 6):
        values = tuple(zip(THEME, (COLOURS[group % len(COLOURS)], SIZES[place - 1]), strict=True)) if place else ()
        family = Family(f"NEW-{group * FAMILY_OF:06d}", THEME, values)
    return replace(drawn, product_id=0, sku=sku, family=family)


def _product(dice: random.Random, number: int) -> WorldProduct:
    colour = dice.choice(COLOURS)
    noun = dice.choice(NOUNS)
    title = f"{dice.choice(ADJECTIVES)} {noun}, {colour}"
    sku = f"{noun[:3].upper()}-{colour[:2].upper()}-{number:04d}"
    if number % 40 == 7:
        title = UNICODE_TITLES[number // 40 % len(UNICODE_TITLES)]
    if number % 25 == 3:
        suffix = "" if number // 25 < len(AWKWARD_SKUS) else f" {number}"
        sku = AWKWARD_SKUS[number // 25 % len(AWKWARD_SKUS)] + suffix
    return WorldProduct(
        product_id=FIRST_PRODUCT_ID + number,
        sku=sku,
        title=title,
        price=Decimal(dice.randrange(299, 14999)) / 100,
        amount=dice.randrange(2000, 5000),
        category_id=CATEGORY_OF[noun],
        handling_days=dice.randrange(8),
        asin="B0" + "".join(dice.choice(ASIN_CHARACTERS) for _ in range(8)),
    )
