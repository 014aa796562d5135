"""Carriers: how the store calls them and how Amazon does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Carrier:
    """One carrier: the store's code and name for it, and Amazon's code, which is spelled exactly so or is unknown."""

    code: str
    name: str
    amazon: str


IN_STORE = {
    carrier.code: carrier
    for carrier in (
        Carrier("usps", "USPS", "USPS"),
        Carrier("ups", "UPS", "UPS"),
        Carrier("fedex", "FedEx", "FedEx"),
        Carrier("dhl", "DHL", "DHL"),
        Carrier("can", "Canada Post", "Canada Post"),
        Carrier("aup", "Australia Post", "Australia Post"),
        Carrier("swisspost", "Swiss Post", "Swiss Post"),
        # Of add-ons.
        Carrier("dpd", "DPD", "DPD"),
        Carrier("gls", "GLS", "GLS"),
        Carrier("hermes", "Hermes", "Hermes Logistik Gruppe"),
    )
}
"""The store's carriers by code: the modules of its shipping services. Any other text is taken too, without a link."""

OTHER = "Other"
AT_AMAZON = frozenset(carrier.amazon for carrier in IN_STORE.values()) | {
    "Chronopost",
    "Deutsche Post",
    "La Poste",
    "Poste Italiane",
    "Royal Mail",
    "SEUR",
    "Yamato Transport",
}
"""Carrier codes that Amazon knows; its list is not published."""
