"""What has left for the buyer, as Amazon keeps it: the packages of an order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

SELLER, OTHERS = "seller", "others"
"""Who told Amazon of a package: the seller's program by confirmShipment, or another tool or person."""

ON_ITS_WAY = ("IN_TRANSIT", "")
LABEL_BOUGHT = ("PENDING", "PENDING_PICK_UP")
"""Status and detailed status of a package."""


@dataclass(frozen=True)
class Package:
    """One package; `items` is order item id -> units, `status` a pair of the model's status and detailed status.

    taken   others sent it, and the seller's program wrote its own over it
    """

    reference: str
    carrier: str
    service: str
    tracking: str
    created: datetime
    shipped: datetime
    items: dict[str, int]
    status: tuple[str, str] = ON_ITS_WAY
    origin: str = OTHERS
    taken: bool = False


def units(packages: Iterable[Package], item_id: str) -> int:
    """Units of an order item that are in these packages."""
    return sum(package.items.get(item_id, 0) for package in packages)


def with_package(packages: Sequence[Package], package: Package) -> list[Package]:
    """The packages with one more, which takes the place of the one with its reference."""
    return [one for one in packages if one.reference != package.reference] + [package]


def free_reference(packages: Iterable[Package]) -> str:
    """The smallest positive number that no package is called by."""
    taken = {package.reference for package in packages}
    return next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
