"""Exchange rates of a channel: for whatever currency comes, or for each currency by name, and from a day on.

Written as "1.08", or as "USD 0.92, JPY 0.0061": what one unit costs in the store's currency. A rate may say from which
day on it is valid: "USD 0.92 from 2026-01-01, USD 0.95 from 2026-03-01". Days are those of UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core import clock
from core.money import parse_amount

LEAST, MOST = Decimal("0.000001"), Decimal("1000000")
_ONE = re.compile(r"(?:([A-Z]{3})\s*[:= ]\s*)?(\S+)(?:\s+from\s+(\S+))?")


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency costs in the store's."""

    amount: Decimal
    currency: str = ""
    """Empty: every currency without a rate of its own."""
    since: date | None = None
    """The first day on which it is valid; None for one that was always valid."""

    def __str__(self) -> str:
        since = f" from {self.since}" if self.since else ""
        return f"{self.currency} {self.amount}".strip() + since


@dataclass(frozen=True)
class Rates:
    """All rates of a channel."""

    all: tuple[Rate, ...] = ()

    def on(self, currency: str, day: date) -> Rate | None:
        """The rate of a currency on a day, the latest that was valid then; None when the operator set none."""
        named = [rate for rate in self.all if rate.currency == currency]
        valid = [rate for rate in named or self._of_any if rate.since is None or rate.since <= day]
        return max(valid, key=lambda rate: rate.since or date.min, default=None)

    def of(self, currency: str) -> Decimal | None:
        """What a unit of a currency costs today; None when the operator set no rate."""
        rate = self.on(currency, clock.now().date())
        return rate.amount if rate else None

    @property
    def _of_any(self) -> list[Rate]:
        """Those of every currency without a rate of its own."""
        return [rate for rate in self.all if not rate.currency]

    def __str__(self) -> str:
        return ", ".join(map(str, self.all))


def parse_rates(value: object) -> Rates:
    """Read rates as a person writes them, or as a JSON object of currencies with their rates, or rates by day.

    Raises ValueError that says what is wrong.
    """
    if value is None or value == "":
        return Rates()
    if isinstance(value, Mapping):
        value = ", ".join(_written(name, rate) for name, rate in value.items())
    found: dict[tuple[str, date | None], Rate] = {}
    for part in str(value).split(",") if isinstance(value, str) else [value]:
        rate = _read(part)
        if (rate.currency, rate.since) in found:
            day = f" from {rate.since}" if rate.since else ""
            raise ValueError(f"{rate.currency or 'a currency'} has two rates{day}")
        found[rate.currency, rate.since] = rate
    if len({bool(rate.currency) for rate in found.values()}) > 1:
        raise ValueError("rates are for currencies by name, or for all of them, not both")
    return Rates(tuple(found.values()))


def _written(name: object, rate: object) -> str:
    if isinstance(rate, Mapping):
        return ", ".join(f"{name} {amount} from {day}" for day, amount in rate.items())
    return f"{name} {rate}"


def _read(part: object) -> Rate:
    if not isinstance(part, str):
        return Rate(_amount(part))
    found = _ONE.fullmatch(part.strip())
    if found is None:
        raise ValueError(
            f"{part.strip()!r} is not a rate; write for example 1.08, or USD 0.92 from 2026-01-31, JPY 0.0061"
        )
    currency, amount, day = found.groups()
    return Rate(_amount(amount), currency or "", _day(day) if day else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day; write for example 2026-01-31") from None


def _amount(value: object) -> Decimal:
    rate = parse_amount(value)
    if not LEAST <= rate <= MOST:
        raise ValueError("it is the price of one unit of Amazon's currency in the store's currency")
    return rate
