"""What goes out of one SKU, and what Amazon answers; the same whether it goes singly or in a feed.

Source: Listings Items API 2021-08-01, and the schema of JSON_LISTINGS_FEED (version 2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

ACCEPTED, INVALID, VALID = "ACCEPTED", "INVALID", "VALID"
PUT, PATCH, FEED, PREVIEW = "put", "patch", "feed", "preview"
LISTING, OFFER_ONLY = "LISTING", "LISTING_OFFER_ONLY"
ANY_TYPE = "PRODUCT"
"""The product type that stands for any where only an offer is patched."""


@dataclass(frozen=True)
class Patch:
    """One operation of a PATCH."""

    op: str
    """"replace", "merge", "delete" or "add"."""
    attribute: str
    value: tuple[Mapping[str, Any], ...] = ()
    """Empty: of a "delete" that takes all entries away."""

    def body(self) -> dict[str, Any]:
        """As Amazon takes it."""
        told = {"value": [dict(one) for one in self.value]} if self.value else {}
        return {"op": self.op, "path": f"/attributes/{self.attribute}", **told}


@dataclass(frozen=True)
class Message:
    """What goes out of one SKU: attributes for a PUT (UPDATE in a feed), or patches for a PATCH."""

    sku: str
    product_type: str
    attributes: Mapping[str, Any] | None = None
    requirements: str = ""
    """LISTING or LISTING_OFFER_ONLY, of attributes."""
    patches: tuple[Patch, ...] = ()
    urgent: bool = False
    """Never by feed: stock that became zero."""

    @property
    def route(self) -> str:
        """How it goes singly."""
        return PATCH if self.attributes is None else PUT

    def body(self) -> dict[str, Any]:
        """Of a PUT or PATCH."""
        if self.attributes is None:
            return {"productType": self.product_type, "patches": [patch.body() for patch in self.patches]}
        told = {"requirements": self.requirements} if self.requirements else {}
        return {"productType": self.product_type, **told, "attributes": dict(self.attributes)}

    def in_feed(self, message_id: int) -> dict[str, Any]:
        """As a message of a feed."""
        kind = "PATCH" if self.attributes is None else "UPDATE"
        return {"messageId": message_id, "sku": self.sku, "operationType": kind, **self.body()}

    @cached_property
    def fingerprint(self) -> str:
        """Of what is sent: the same for the same, however it goes."""
        told = json.dumps([self.sku, self.body()], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return blake2b(told.encode(), digest_size=12).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """As it is kept with its intent."""
        return {"sku": self.sku, "urgent": self.urgent, **self.body()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Message:
        """As it was kept."""
        patches = tuple(
            Patch(one["op"], one["path"].removeprefix("/attributes/"), tuple(one.get("value", ())))
            for one in kept.get("patches", ())
        )
        return cls(
            kept["sku"],
            kept["productType"],
            kept.get("attributes"),
            kept.get("requirements", ""),
            patches,
            kept["urgent"],
        )


@dataclass(frozen=True)
class Answer:
    """What Amazon said of a submission: of a single one, or of a message by the processing report of its feed."""

    status: str
    """ACCEPTED proves nothing: it is read back. INVALID: nothing of it was taken. VALID: a preview found nothing."""
    submission_id: str
    """Of the call, or of the feed; empty where the answer was lost and what was sent is there."""
    issues: tuple[Mapping[str, Any], ...] = ()
    """As the Listings Items API tells them, whichever way they came."""
    route: str = PATCH
    """put, patch, feed or preview."""
