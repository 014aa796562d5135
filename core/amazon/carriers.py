"""Carrier codes that Amazon knows, spelled as it wants them: a wrong case is refused.

Amazon publishes no list for the API; these are the names that its shipping confirmation is known to take. Another one
is named explicitly as `Other:NAME`, which becomes the code `Other` with that name. A shipping method may follow:
`DHL / Paket International`. Source: Orders API v0, confirmShipment, `carrierCode`, `carrierName`, `shippingMethod`.
"""

from __future__ import annotations

from difflib import get_close_matches

OTHER = "Other"
_EXPLICIT = f"{OTHER}:"
_METHOD = " / "
LONGEST_NAME = 60

CARRIERS = (
    "Australia Post",
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
    "Swiss Post",
    "UPS",
    "USPS",
    "Yamato Transport",
)


def check_carrier(code: str) -> str:
    """The code, tidied; raises ValueError for one that Amazon does not know, with the nearest that it does."""
    carrier, slash, method = " ".join(code.split()).partition(_METHOD)
    if slash:
        return f"{_known(carrier)}{_METHOD}{_name(method, f'the shipping method after{_METHOD.rstrip()}')}"
    return _known(carrier)


def carrier_fields(code: str) -> dict[str, str]:
    """A checked code as `confirmShipment` wants it: `carrierCode`, `carrierName` for others, `shippingMethod`."""
    carrier, _, method = code.partition(_METHOD)
    fields = {"carrierCode": carrier}
    if carrier.startswith(_EXPLICIT):
        fields = {"carrierCode": OTHER, "carrierName": carrier.removeprefix(_EXPLICIT)}
    return fields | ({"shippingMethod": method} if method else {})


def carrier_name(code: str) -> str:
    """How Amazon shows the carrier of a checked code."""
    fields = carrier_fields(code)
    return fields.get("carrierName", fields["carrierCode"])


def _known(text: str) -> str:
    if text in CARRIERS:
        return text
    if text.startswith(_EXPLICIT):
        return f"{_EXPLICIT}{_name(text.removeprefix(_EXPLICIT), f'the name after {_EXPLICIT}')}"
    folded = {known.casefold(): known for known in CARRIERS}
    near = get_close_matches(text.casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean {folded[near[0]]!r}?" if near else f"known are {', '.join(CARRIERS)}"
    raise ValueError(f"{text!r} is not a carrier that Amazon knows; {hint} (any other is written {_EXPLICIT}NAME)")


def _name(text: str, what: str) -> str:
    name = text.strip()
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"{what} has 1 to {LONGEST_NAME} characters")
    return name
