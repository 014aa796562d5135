"""Sellers API v1: which marketplaces the account takes part in."""

from __future__ import annotations

from dataclasses import dataclass

from core.amazon.operations import MARKETPLACE_PARTICIPATIONS
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown


@dataclass(frozen=True)
class Participation:
    """One marketplace of the seller account."""

    marketplace_id: str
    country: str
    name: str
    currency: str
    participating: bool
    suspended: bool
    """Listings are suspended, for example in vacation mode."""


def participations(client: AmazonClient) -> list[Participation]:
    """All marketplaces of the account; one call. Raises as `AmazonClient.call` does."""
    body = client.call(MARKETPLACE_PARTICIPATIONS)
    try:
        return [
            Participation(
                marketplace_id=entry["marketplace"]["id"],
                country=entry["marketplace"].get("countryCode", ""),
                name=entry["marketplace"].get("name", ""),
                currency=entry["marketplace"].get("defaultCurrencyCode", ""),
                participating=bool(entry["participation"]["isParticipating"]),
                suspended=bool(entry["participation"].get("hasSuspendedListings")),
            )
            for entry in body["payload"]
        ]
    except (KeyError, TypeError, AttributeError):
        raise OutcomeUnknown(
            "The list of marketplaces has not the promised form.",
            subject="Amazon",
            next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
        ) from None
