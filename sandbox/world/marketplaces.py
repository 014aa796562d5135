"""The marketplaces the sandbox knows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Marketplace:
    """One marketplace. `rate` is units of its currency per euro, `digits` the decimals of an amount."""

    marketplace_id: str
    name: str
    country: str
    region: str
    currency: str
    language: str
    rate: Decimal = Decimal(1)
    digits: int = 2

    @property
    def domain(self) -> str:
        """The host name customers see."""
        return "www." + self.name.lower()


DE = Marketplace("A1PA6795UKMFR9", "Amazon.de", "DE", "eu", "EUR", "de_DE")
FR = Marketplace("A13V1IB3VIYZZH", "Amazon.fr", "FR", "eu", "EUR", "fr_FR")
IT = Marketplace("APJ6JRA9NG5V4", "Amazon.it", "IT", "eu", "EUR", "it_IT")
GB = Marketplace("A1F83G8C2ARO7P", "Amazon.co.uk", "GB", "eu", "GBP", "en_GB", Decimal("0.86"))
JP = Marketplace("A1VC38T7YXB528", "Amazon.co.jp", "JP", "fe", "JPY", "ja_JP", Decimal(163), 0)
US = Marketplace("ATVPDKIKX0DER", "Amazon.com", "US", "na", "USD", "en_US", Decimal("1.09"))

ALL = (DE, FR, IT, GB, JP, US)

HOME = (DE, FR, GB, IT, JP)
"""Where the seller of region eu sells. Japan is among them to keep the demo at one account."""

FOREIGN_CURRENCIES = {"USD": (Decimal("1.09"), 2), "JPY": (Decimal(163), 0)}
"""Currencies of the odd order in a marketplace of another currency: units per euro, decimals."""
