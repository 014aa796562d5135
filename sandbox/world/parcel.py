"""How the warehouse packs what was ordered: into which parcels, for which carrier."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

WAYS = ("drawn", "whole", "partial", "parcels")
"""As the dice say; in one parcel; only a part of it; in several parcels. A single unit is always whole."""
WEIGHTS = (70, 12, 18)

_DIGITS = {"dhl": ("00340434", 12), "ups": ("1Z", 16), "fedex": ("7", 11)}
"""Carrier code of the store -> how its tracking numbers begin, and how many digits follow."""


@dataclass(frozen=True)
class Parcel:
    """One parcel: product id -> units, the store's code of the carrier, and a tracking number."""

    contents: dict[int, int]
    carrier: str
    tracking: str


def pack(order_id: str, units: Mapping[int, int], way: str = "drawn", *, before: int = 0) -> list[Parcel]:
    """The parcels of an order: always the same for the order and the number of parcels that went `before`."""
    if way not in WAYS:
        raise ValueError(f"way is {way!r}: give one of {', '.join(WAYS)}")
    dice = random.Random(f"parcels {order_id} {before}")
    singles = [product_id for product_id, number in units.items() for _ in range(number)]
    if way == "drawn":
        way = dice.choices(WAYS[1:], WEIGHTS)[0]
    dice.shuffle(singles)
    cut = dice.randrange(1, len(singles)) if len(singles) > 1 else 0
    parts = {"partial": [singles[:cut]], "parcels": [singles[:cut], singles[cut:]]}.get(way) if cut else None
    return [_parcel(dice, part) for part in parts or [singles] if part]


def _parcel(dice: random.Random, singles: list[int]) -> Parcel:
    carrier = dice.choice(sorted(_DIGITS))
    start, digits = _DIGITS[carrier]
    return Parcel(dict(sorted(Counter(singles).items())), carrier, f"{start}{dice.randrange(10**digits):0{digits}d}")
