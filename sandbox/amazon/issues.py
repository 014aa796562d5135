"""Issues of listings as Amazon words them.

Codes and words are those that sellers have shown in issues of amzn/selling-partner-api-models and -docs; what nobody
has shown is the general 4000001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.world.render import iso

ERROR, WARNING = "ERROR", "WARNING"
INVALID, MISSING, GATED = "INVALID_ATTRIBUTE", "MISSING_ATTRIBUTE", "QUALIFICATION_REQUIRED"
SUPPRESSED = "LISTING_SUPPRESSED"
_REFUSED = "ATTRIBUTE_SUPPRESSED"

Issue = dict[str, Any]


def issue(code: str, message: str, *names: str, category: str = INVALID, severity: str = ERROR) -> Issue:
    """What is wrong with a submission, and what Amazon does about it."""
    action = SUPPRESSED if category == MISSING else _REFUSED
    return {
        "code": code,
        "message": message,
        "severity": severity,
        "attributeNames": list(names),
        "categories": [category] if category else [],
        "enforcements": {"actions": [{"action": action}], "exemption": {"status": "NOT_EXEMPT"}},
    }


def wrong(title: str, name: str) -> Issue:
    """The issue of all values for which there is no better one."""
    return issue("4000001", f"The provided value for '{title}' is invalid.", name, category="")


@dataclass(frozen=True)
class Noted:
    """An issue that a listing has from a moment on.

    actions  what Amazon does about it; LISTING_SUPPRESSED takes it from sale
    places   marketplaces that it holds in; empty: all
    exempt   until when nothing is done yet; None: no such time
    """

    code: str
    message: str
    since: datetime
    severity: str = ERROR
    names: tuple[str, ...] = ()
    categories: tuple[str, ...] = (INVALID,)
    actions: tuple[str, ...] = (SUPPRESSED,)
    places: frozenset[str] = field(default_factory=frozenset)
    exempt: datetime | None = None

    def holds(self, place: str, now: datetime) -> bool:
        """Whether it is there by now."""
        return now >= self.since and (not self.places or place in self.places)

    def stops_sale(self, now: datetime) -> bool:
        """Whether the listing cannot be bought because of it."""
        return SUPPRESSED in self.actions and (self.exempt is None or now >= self.exempt)

    def shown(self, places: Sequence[str], now: datetime) -> Issue:
        """As listings have it."""
        told = issue(self.code, self.message, *self.names, severity=self.severity)
        told |= {"categories": list(self.categories), "marketplaceIds": list(places)}
        del told["enforcements"]
        if self.actions:
            waits = self.exempt is not None and now < self.exempt
            exemption: dict[str, str] = {"status": "EXEMPT_UNTIL_EXPIRY_DATE" if waits else "NOT_EXEMPT"}
            if waits and self.exempt is not None:
                exemption["expiryDate"] = iso(self.exempt)
            told["enforcements"] = {"actions": [{"action": one} for one in self.actions], "exemption": exemption}
        return told


def unit_count_missing(since: datetime) -> Noted:
    """What is wrong with the inactive listings of the world."""
    message = "'Unit Count' is required but not supplied."
    return Noted("90220", message, since, names=("unit_count",), categories=(MISSING,))
