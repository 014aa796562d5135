"""What one key does about each kind of problem: codes as data. `mending` carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from core.plan import problems


class Way(IntEnum):
    """How a problem is mended; those that can be mended here come first."""

    LINK = 1
    """A product of the store is chosen for the SKU."""
    MAP = 2
    """Something of the store is chosen for what a channel's mapping lacks."""
    RELEASE = 3
    """The hold that a person put on it is taken away."""
    AGAIN = 4
    """A job plans and delivers it again."""
    ELSEWHERE = 5
    """It is mended in the store or at Amazon, and then planned again by itself."""
    NOTHING = 6
    """It mends itself."""


@dataclass(frozen=True)
class Fix:
    """A way, and what it does in a few words."""

    way: Way
    words: str

    @property
    def is_here(self) -> bool:
        """Whether the key does it."""
        return self.way < Way.ELSEWHERE


@dataclass(frozen=True)
class Case:
    """What is to be mended: one kind of problem of one channel, with the orders that have it."""

    channel: str
    code: str
    about: str
    message: str
    fix: str
    orders: Callable[[], Sequence[str]]
    """Reads the numbers of the orders; runs in a thread."""


ELSEWHERE = Fix(Way.ELSEWHERE, "It is mended elsewhere")

FIXES: Mapping[str, Fix] = {
    problems.SKU_UNKNOWN: Fix(Way.LINK, "Link the SKU to a product of the store"),
    problems.PAYMENT_UNMAPPED: Fix(Way.MAP, "Choose the payment of the store"),
    problems.SHIPPING_UNMAPPED: Fix(Way.MAP, "Choose the shipping method of the store"),
    problems.STATUS_UNMAPPED: Fix(Way.MAP, "Choose the status of the store"),
    problems.NO_STOCK_UNMAPPED: Fix(Way.MAP, "Choose a status that moves no stock"),
    problems.HELD_BY_OPERATOR: Fix(Way.RELEASE, "Release it"),
    problems.STORE_REFUSED: Fix(Way.AGAIN, "Try it again"),
    problems.STORE_DIFFERS: Fix(Way.AGAIN, "Make the store order exact"),
    problems.ORDER_UNKNOWN: Fix(Way.AGAIN, "Try it again"),
    problems.PENDING: Fix(Way.NOTHING, "Nothing to do: Amazon releases it"),
    problems.UNREADABLE: Fix(Way.NOTHING, "Nothing to do: it is read again when Amazon changes it"),
}


def fix_of(code: str, about: str) -> Fix:
    """What is done about a problem of this code; without knowing what it is about nothing can be chosen for it."""
    fix = FIXES.get(code, ELSEWHERE)
    return ELSEWHERE if fix.way in (Way.LINK, Way.MAP) and not about else fix
