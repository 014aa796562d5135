"""Carrier and tracking number: mapped exactly or not at all, and looked at for their form."""

from __future__ import annotations

import re
from difflib import get_close_matches

from core.shipments.plan import problems
from core.shipments.plan.parcel import Parcel, Rules
from core.sync.decisions import Hold

_S10 = r"[A-Z]{2}\d{9}[A-Z]{2}"
"""What the posts of the world agreed on."""
_FORMS = {
    "Australia Post": rf"{_S10}|\d{{10,23}}|[A-Z0-9]{{12,23}}",
    "Canada Post": rf"{_S10}|\d{{16}}",
    "Chronopost": rf"{_S10}|[A-Z0-9]{{13,15}}",
    "DHL": r"\d{10,12}|\d{20}|JJD\d{12,24}|JVGL\d{10,20}|[A-Z]{3}\d{10,20}|00\d{18}",
    "DPD": r"\d{14}[A-Z0-9]?|\d{10,12}",
    "Deutsche Post": rf"{_S10}|[A-Z0-9]{{12,20}}",
    "FedEx": r"\d{12}|\d{15}|\d{20}|\d{22}",
    "GLS": r"\d{10,14}|[A-Z0-9]{8}",
    "Hermes Logistik Gruppe": r"H?\d{14,20}",
    "La Poste": rf"{_S10}|[A-Z0-9]{{11,15}}",
    "Poste Italiane": rf"{_S10}|[A-Z0-9]{{12,13}}",
    "Royal Mail": rf"{_S10}|[A-Z0-9]{{16,21}}",
    "SEUR": r"\d{14,23}",
    "Swiss Post": rf"{_S10}|\d{{18}}",
    "UPS": r"1Z[A-Z0-9]{16}|T\d{10}|\d{9}|\d{12}|\d{26}",
    "USPS": rf"{_S10}|\d{{20,34}}",
    "Yamato Transport": r"\d{12}",
}
"""Amazon's name of a carrier → its numbers without spaces and hyphens, as the carriers publish them."""
_LETTERS = frozenset({"Canada Post", "Deutsche Post", "La Poste", "Poste Italiane", "Royal Mail", "Swiss Post", "USPS"})
"""Posts, whose letters go without a number as a rule."""
_SUGGESTIONS = 2


def mapped(parcel: Parcel, rules: Rules) -> str | Hold:
    """The code by which Amazon knows the parcel's carrier."""
    key = parcel.carrier_key
    if key in rules.carriers:
        return rules.carriers[key]
    folded = {code.casefold(): code for code in rules.known_carriers}
    near = get_close_matches(key.casefold(), folded, n=_SUGGESTIONS, cutoff=0.5)
    return problems.carrier_unmapped(key, [folded[one] for one in near], rules.channel)


def warning(carrier: str, tracking: str) -> str:
    """What is odd about a tracking number of a carrier (Amazon's name); empty for nothing. It goes out all the same."""
    if not tracking:
        return "" if carrier in _LETTERS else f"It has no tracking number, which parcels of {carrier} have."
    form = _FORMS.get(carrier)
    if form and not re.fullmatch(form, plain(tracking)):
        return f"{tracking!r} has not the form of a tracking number of {carrier}."
    return ""


def plain(tracking: str) -> str:
    """A tracking number as it is compared."""
    return re.sub(r"[\s-]", "", tracking).upper()
