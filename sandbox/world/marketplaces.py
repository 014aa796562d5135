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
CA = Marketplace("A2EUQ1WTGCTBG2", "Amazon.ca", "CA", "na", "CAD", "en_CA", Decimal("1.49"))
MX = Marketplace("A1AM78C64UM0Y8", "Amazon.com.mx", "MX", "na", "MXN", "es_MX", Decimal("19.8"))
BR = Marketplace("A2Q3Y263D00KWC", "Amazon.com.br", "BR", "na", "BRL", "pt_BR", Decimal("6.05"))

ALL = (DE, FR, IT, GB, JP, US, CA, MX, BR)

_NOBODY_SELLS_THERE = (
    "A1RKKUPIHCS9HS A28R8C7NBKEWEA AMEN7PMS3EDWL A1805IZSGTT6HS A2NODRKZP88ZB9 AE08WJ6YKNBMC A1C3SOZRARQ6R3 "
    "ARBP9OOSHTCHU A33AVAJ2PDY3EV A17E79C6D8DWNP A2VIGQ35RCS4UG A21TJRUUN4KGV A19VAU5U5O7RUS A39IBJ37TRP1C6"
)
KNOWN_IDS = frozenset(one.marketplace_id for one in ALL) | frozenset(_NOBODY_SELLS_THERE.split())
"""The ids of all of Amazon's marketplaces, also of those in which no seller of the sandbox sells."""

HOME = (DE, FR, GB, IT, JP)
"""Where the seller of region eu sells. Japan is among them to keep the demo at one account."""

FOREIGN_CURRENCIES = {"USD": (Decimal("1.09"), 2), "JPY": (Decimal(163), 0)}
"""Currencies of the odd order in a marketplace of another currency: units per euro, decimals."""
