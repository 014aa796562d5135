"""Products that the store sells and nobody has listed at Amazon: what an export begins with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandbox.world.content import BRANDS, COUNTRIES
from sandbox.world.identifier import checked, ean
from sandbox.world.product import ADJECTIVES, ASIN_CHARACTERS, CATEGORY_OF, NOUNS, WorldProduct

COUNT = 36
FLAWS = ("no_brand", "no_country", "long_brand", "wrong_material", "wrong_identifier", "no_identifier")
"""What a bad product has wrong, in turn: attributes that are missing, too many bytes, no value of the list, a number
whose check digit is wrong, and none at all."""
_MATERIALS = ("Cotton", "Glass", "Metal", "Plastic", "Wood")
_COLOURS = ("Black", "Blue", "Red", "White")
_FAMILY = 4
_AWKWARD = ("/", " ", "+", "%", "Ä", "#", "&")


@dataclass(frozen=True)
class Fresh:
    """One such product; `product.asin` is empty unless the catalogue has an item with its number.

    flaw    one of FLAWS, or nothing
    family  SKU of the first of its variations; empty for a product by itself
    """

    product: WorldProduct
    number: str
    brand: str
    country: str
    material: str
    colour: str
    flaw: str = ""
    family: str = ""

    @property
    def features(self) -> dict[str, str]:
        """Name → value, as the store has them."""
        told = {
            "EAN": self.number,
            "Brand": self.brand,
            "Country of origin": self.country,
            "Material": self.material,
            "Colour": self.colour,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def description(self) -> str:
        """As the store has it: in HTML."""
        return (
            f"<p>{self.product.title} by {self.brand[:20]}: 100 % tested.</p>"
            "<ul><li>Lasts for years</li><li>Easy to clean</li></ul>"
        )

    def image(self, product_id: int) -> str:
        """Where its picture lies."""
        return f"https://shop.example/pictures/{product_id}.jpg"


def build_fresh(seed: int, count: int, *, start: int = 0, bad: float = 0.0, known: int = 3) -> list[Fresh]:
    """`count` products, always the same for a seed, numbered from `start`.

    The first ones are a family of variations, the next `known` have the numbers of items that the catalogue has; of the
    others a share of `bad` is flawed, see FLAWS.
    """
    made = [_fresh(seed, start + number) for number in range(count)]
    family = min(_FAMILY, count) if count > _FAMILY else 0
    first = made[0].product if made else None
    for number in range(family):
        assert first is not None
        product = replace(made[number].product, title=first.title, category_id=first.category_id, price=first.price)
        made[number] = replace(
            made[number], product=product, brand=made[0].brand, colour=_COLOURS[number], family=first.sku
        )
    for number in range(family, min(family + known, count)):
        item = _item(seed, made[number].product)
        made[number] = replace(made[number], product=replace(made[number].product, asin=item), number=ean(item))
    alone = range(family + known, count)
    for turn, number in enumerate(alone[: round(bad * len(alone))]):
        made[number] = _flawed(made[number], FLAWS[turn % len(FLAWS)])
    return made


def items(fresh: Sequence[Fresh]) -> list[WorldProduct]:
    """Those that the catalogue has, which others sell."""
    return [replace(one.product, sku=f"others {one.product.sku}") for one in fresh if one.product.asin]


def _fresh(seed: int, number: int) -> Fresh:
    dice = random.Random(f"fresh {seed} {number}")
    noun = dice.choice(NOUNS)
    awkward = _AWKWARD[number // 10 % len(_AWKWARD)] if number % 10 == 9 else "-"
    product = WorldProduct(
        product_id=0,
        sku=f"FRESH{awkward}{number:05d}",
        title=f"{dice.choice(ADJECTIVES)} {noun} No. {number}",
        price=Decimal(dice.randrange(299, 9999)) / 100,
        amount=dice.randrange(1, 400),
        category_id=CATEGORY_OF[noun],
        asin="",
    )
    return Fresh(
        product=product,
        number=checked(f"28{number:010d}"),
        brand=dice.choice(BRANDS),
        country=dice.choice(COUNTRIES),
        material=dice.choice(_MATERIALS),
        colour=dice.choice(_COLOURS),
    )


def _item(seed: int, product: WorldProduct) -> str:
    dice = random.Random(f"item {seed} {product.sku}")
    return "B0Y" + "".join(dice.choice(ASIN_CHARACTERS) for _ in range(7))


def _flawed(one: Fresh, flaw: str) -> Fresh:
    changes = {
        "no_brand": {"brand": ""},
        "no_country": {"country": ""},
        "long_brand": {"brand": "茶" * 80},
        "wrong_material": {"material": "Unobtainium"},
        "wrong_identifier": {"number": f"{one.number[:-1]}{(int(one.number[-1]) + 1) % 10}"},
        "no_identifier": {"number": ""},
    }
    return replace(one, flaw=flaw, **changes[flaw])  # type: ignore[arg-type]
