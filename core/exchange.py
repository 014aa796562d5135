"""Exchange rates of a channel: one for whatever currency comes, or one for each currency by name.

Written as "1.08", or as "USD 0.92, JPY 0.0061": what one unit costs in the store's currency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from core.money import parse_amount

LEAST, MOST = Decimal("0.000001"), Decimal("1000000")
_NAMED = re.compile(r"([A-Z]{3})\s*[:= ]\s*(\S+)")


@dataclass(frozen=True)
class Rates:
    """Store currency per unit of another currency."""

    any: Decimal | None = None
    """For every currency without a rate of its own."""
    named: Mapping[str, Decimal] = field(default_factory=dict)

    def of(self, currency: str) -> Decimal | None:
        """The rate of a currency; None when the operator set none."""
        return self.named.get(currency, self.any)

    def __str__(self) -> str:
        return ", ".join(f"{name} {rate}" for name, rate in self.named.items()) or str(self.any or "")


def parse_rates(value: object) -> Rates:
    """Read rates as a person writes them, or as a JSON object; raises ValueError that says what is wrong."""
    if value is None or value == "":
        return Rates()
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {rate}" for name, rate in value.items())
    if not isinstance(value, str) or not any(map(str.isalpha, value.replace("e", "").replace("E", ""))):
        return Rates(any=_rate(value))
    named: dict[str, Decimal] = {}
    for part in value.split(","):
        found = _NAMED.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{part.strip()!r} is not a rate; write for example 1.08, or USD 0.92, JPY 0.0061")
        if found[1] in named:
            raise ValueError(f"{found[1]} has two rates")
        named[found[1]] = _rate(found[2])
    return Rates(named=named)


def _rate(value: object) -> Decimal:
    rate = parse_amount(value)
    if not LEAST <= rate <= MOST:
        raise ValueError("it is the price of one unit of Amazon's currency in the store's currency")
    return rate
