"""Carrier codes that Amazon knows, spelled as it wants them: a wrong case is refused.

Amazon publishes no list for the API; these are the names that its shipping confirmation is known to take. Another one
is named explicitly as `Other:NAME`, which becomes the code `Other` with that name. Source: Orders API v0,
confirmShipment, `carrierCode` and `carrierName`.
"""

from __future__ import annotations

from difflib import get_close_matches

OTHER = "Other"
_EXPLICIT = f"{OTHER}:"
LONGEST_NAME = 60

CARRIERS = (
    "Canada Post",
    "Chronopost",
    "DHL",
    "DPD",
    "Deutsche Post",
    "FedEx",
    "GLS",
    "Hermes Logistik Gruppe",
    "La Poste",
    "Poste Italiane",
    "Royal Mail",
    "SEUR",
    "UPS",
    "USPS",
    "Yamato Transport",
)


def check_carrier(code: str) -> str:
    """The code, tidied; raises ValueError for one that Amazon does not know, with the nearest that it does."""
    text = " ".join(code.split())
    if text in CARRIERS:
        return text
    if text.startswith(_EXPLICIT):
        name = text.removeprefix(_EXPLICIT).strip()
        if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
            raise ValueError(f"the name after {_EXPLICIT} has 1 to {LONGEST_NAME} characters")
        return f"{_EXPLICIT}{name}"
    folded = {known.casefold(): known for known in CARRIERS}
    near = get_close_matches(text.casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean {folded[near[0]]!r}?" if near else f"known are {', '.join(CARRIERS)}"
    raise ValueError(f"{text!r} is no carrier that Amazon knows; {hint} (any other is written {_EXPLICIT}NAME)")


def carrier_fields(code: str) -> dict[str, str]:
    """A checked code as `confirmShipment` wants it: `carrierCode`, and `carrierName` for others."""
    if code.startswith(_EXPLICIT):
        return {"carrierCode": OTHER, "carrierName": code.removeprefix(_EXPLICIT)}
    return {"carrierCode": code}
