"""What plans know: a parcel of the store, the lines of its order, and the channel's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Line:
    """A line of a store order; `item_id` and `sku` are Amazon's as the import noted them, empty for others' lines."""

    line: str
    amount: int
    item_id: str = ""
    sku: str = ""


@dataclass(frozen=True)
class Told:
    """What Amazon was seen to have of a parcel: carrier and tracking as the store had them when it was told."""

    reference: str
    carrier: str
    tracking: str
    units: Mapping[str, int]
    """Amazon's item → units."""


@dataclass(frozen=True)
class Parcel:
    """One shipment of the store."""

    shipment_id: int
    carrier: str
    method: str
    tracking: str
    items: Mapping[str, int]
    """Line of the store order → units."""
    shipped_at: datetime
    told: Told | None = None
    from_amazon: str = ""
    """The package at Amazon that it was entered from."""
    gone: bool = False
    promised: Mapping[str, int] = field(default_factory=dict)
    """Units of Amazon's items that are on their way to it, and not to be seen yet."""
    due: bool = True
    """To be decided now; the others of its order only count."""

    @property
    def carrier_key(self) -> str:
        """What the channel's mapping knows its carrier by; where the store names none, its shipping method counts."""
        return self.carrier or self.method


@dataclass(frozen=True)
class Rules:
    """By what a channel's parcels are planned."""

    channel: str
    carriers: Mapping[str, str]
    """Carrier of the store → checked code of Amazon."""
    known_carriers: tuple[str, ...] = ()
    """Those that Amazon knows, for suggestions."""
