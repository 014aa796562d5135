"""What a seller wants with one SKU, and what comes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.amazon.access import Account
from sandbox.amazon.applications import Application
from sandbox.amazon.issues import Issue
from sandbox.amazon.patching import AVAILABILITY, Attributes
from sandbox.world.listing import MERCHANT_CHANNEL
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product_schema import LISTING

ACCEPTED, INVALID, VALID = "ACCEPTED", "INVALID", "VALID"
PUT, PATCH, DELETE = "PUT", "PATCH", "DELETE"


@dataclass(frozen=True)
class Patch:
    """One operation on one attribute."""

    operation: str
    name: str
    value: tuple[Mapping[str, Any], ...] | None


@dataclass(frozen=True)
class Submission:
    """What a seller wants with one SKU.

    kind   PUT, PATCH or DELETE, whatever the route
    route  "put", "patch", "delete" or "feed"
    asked  when the seller asked for it
    """

    account: Account
    application: Application
    sku: str
    kind: str
    route: str
    places: tuple[Marketplace, ...]
    asked: datetime
    product_type: str = ""
    requirements: str = LISTING
    attributes: Attributes = field(default_factory=dict)
    patches: tuple[Patch, ...] = ()
    preview: bool = False
    locale: str = ""
    """Of the titles in issues; the marketplace's own without one."""

    @property
    def fingerprint(self) -> str:
        """Of what is wanted, whatever the route."""
        patches = [(one.operation, one.name, one.value) for one in self.patches]
        places = sorted(place.marketplace_id for place in self.places)
        told = [self.kind, self.product_type, places, self.attributes, patches]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def place_ids(self) -> list[str]:
        """The ids of its marketplaces."""
        return [place.marketplace_id for place in self.places]

    @property
    def writes_quantity_to_amazon(self) -> bool:
        """Whether it has units for a channel that is Amazon's."""
        sent = [*self.attributes.get(AVAILABILITY, ())]
        sent += [one for it in self.patches if it.name == AVAILABILITY for one in it.value or ()]
        return any("quantity" in one and one.get("fulfillment_channel_code") != MERCHANT_CHANNEL for one in sent)


@dataclass(frozen=True)
class Outcome:
    """What Amazon answers, and what became of it."""

    status: str
    issues: tuple[Issue, ...] = ()
    asin: str = ""
    changed: bool = False
    missed: bool = False
    """There is no such listing: nothing came of it."""
    dropped: bool = False
    stale: bool = False
    """What it wanted was older than what is there."""
    lost: tuple[str, ...] = ()
    """Parts of the offer that were there, and went because they were not sent again."""
    second_channel: bool = False
    """It left units of the merchant's beside those of Amazon."""
