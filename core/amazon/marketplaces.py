"""Amazon's regions and marketplaces as data (SP-API "Marketplace IDs" and "SP-API Endpoints")."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UsageError


@dataclass(frozen=True)
class Region:
    """A group of marketplaces served by one endpoint; tokens are good for one region."""

    code: str
    name: str
    endpoint: str
    sandbox_endpoint: str


@dataclass(frozen=True)
class Marketplace:
    """One Amazon site. `country` is the ISO 3166 code, `name` what people call the country; `zone` its main time zone,
    for display only.
    """

    country: str
    name: str
    id: str
    region: str
    currency: str
    zone: str
    seller_central: str

    @property
    def language(self) -> str:
        """The language that it shows at first, as ISO 639-1 has it."""
        return _LANGUAGES.get(self.country, "en")

    @property
    def label(self) -> str:
        """Code and name of the country."""
        return f"{self.country} {self.name}"


def _region(code: str, name: str) -> Region:
    host = f"sellingpartnerapi-{code}.amazon.com"
    return Region(code, name, f"https://{host}", f"https://sandbox.{host}")


REGIONS = {
    region.code: region
    for region in (_region("na", "North America"), _region("eu", "Europe"), _region("fe", "Far East"))
}

_LANGUAGES = {
    "BE": "fr", "BR": "pt", "DE": "de", "EG": "ar", "ES": "es", "FR": "fr", "IT": "it", "JP": "ja", "MX": "es",
    "NL": "nl", "PL": "pl", "SA": "ar", "SE": "sv", "TR": "tr",
}  # fmt: skip
"""By country, where it is not English."""
_EUROPE = "sellercentral-europe.amazon.com"

MARKETPLACES = tuple(
    Marketplace(*fields)
    for fields in (
        ("CA", "Canada", "A2EUQ1WTGCTBG2", "na", "CAD", "America/Toronto", "sellercentral.amazon.ca"),
        ("US", "United States", "ATVPDKIKX0DER", "na", "USD", "America/Los_Angeles", "sellercentral.amazon.com"),
        ("MX", "Mexico", "A1AM78C64UM0Y8", "na", "MXN", "America/Mexico_City", "sellercentral.amazon.com.mx"),
        ("BR", "Brazil", "A2Q3Y263D00KWC", "na", "BRL", "America/Sao_Paulo", "sellercentral.amazon.com.br"),
        ("IE", "Ireland", "A28R8C7NBKEWEA", "eu", "EUR", "Europe/Dublin", "sellercentral.amazon.ie"),
        ("ES", "Spain", "A1RKKUPIHCS9HS", "eu", "EUR", "Europe/Madrid", _EUROPE),
        ("GB", "United Kingdom", "A1F83G8C2ARO7P", "eu", "GBP", "Europe/London", _EUROPE),
        ("FR", "France", "A13V1IB3VIYZZH", "eu", "EUR", "Europe/Paris", _EUROPE),
        ("BE", "Belgium", "AMEN7PMS3EDWL", "eu", "EUR", "Europe/Brussels", "sellercentral.amazon.com.be"),
        ("NL", "Netherlands", "A1805IZSGTT6HS", "eu", "EUR", "Europe/Amsterdam", "sellercentral.amazon.nl"),
        ("DE", "Germany", "A1PA6795UKMFR9", "eu", "EUR", "Europe/Berlin", _EUROPE),
        ("IT", "Italy", "APJ6JRA9NG5V4", "eu", "EUR", "Europe/Rome", _EUROPE),
        ("SE", "Sweden", "A2NODRKZP88ZB9", "eu", "SEK", "Europe/Stockholm", "sellercentral.amazon.se"),
        ("ZA", "South Africa", "AE08WJ6YKNBMC", "eu", "ZAR", "Africa/Johannesburg", "sellercentral.amazon.co.za"),
        ("PL", "Poland", "A1C3SOZRARQ6R3", "eu", "PLN", "Europe/Warsaw", "sellercentral.amazon.pl"),
        ("EG", "Egypt", "ARBP9OOSHTCHU", "eu", "EGP", "Africa/Cairo", "sellercentral.amazon.eg"),
        ("TR", "Türkiye", "A33AVAJ2PDY3EV", "eu", "TRY", "Europe/Istanbul", "sellercentral.amazon.com.tr"),
        ("SA", "Saudi Arabia", "A17E79C6D8DWNP", "eu", "SAR", "Asia/Riyadh", "sellercentral.amazon.sa"),
        ("AE", "United Arab Emirates", "A2VIGQ35RCS4UG", "eu", "AED", "Asia/Dubai", "sellercentral.amazon.ae"),
        ("IN", "India", "A21TJRUUN4KGV", "eu", "INR", "Asia/Kolkata", "sellercentral.amazon.in"),
        ("SG", "Singapore", "A19VAU5U5O7RUS", "fe", "SGD", "Asia/Singapore", "sellercentral.amazon.sg"),
        ("AU", "Australia", "A39IBJ37TRP1C6", "fe", "AUD", "Australia/Sydney", "sellercentral.amazon.com.au"),
        ("JP", "Japan", "A1VC38T7YXB528", "fe", "JPY", "Asia/Tokyo", "sellercentral.amazon.co.jp"),
    )
)

_BY_COUNTRY = {marketplace.country: marketplace for marketplace in MARKETPLACES}
_BY_ID = {marketplace.id: marketplace for marketplace in MARKETPLACES}


def by_country(country: str) -> Marketplace:
    """The marketplace of a country; Amazon's own "UK" is accepted. Raises UsageError for any other word."""
    code = country.strip().upper()
    found = _BY_COUNTRY.get("GB" if code == "UK" else code)
    if found is None:
        raise UsageError(
            f"Amazon has no marketplace {country!r}.",
            next_step=f"country is one of: {', '.join(sorted(_BY_COUNTRY))}.",
            fields={"country": f"Amazon has no marketplace {country!r}"},
        )
    return found


def by_id(marketplace_id: str) -> Marketplace | None:
    """The marketplace with this id; None when Amazon has opened one that is not in the table."""
    return _BY_ID.get(marketplace_id)


def in_region(region: str) -> list[Marketplace]:
    """The marketplaces of a region, by country."""
    return sorted((m for m in MARKETPLACES if m.region == region), key=lambda m: m.country)
