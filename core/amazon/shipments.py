"""Shipping confirmations: Orders API v0, confirmShipment. One call tells Amazon of one parcel.

The package reference makes it the same parcel again: a repetition edits what was told before. 204 means accepted, not
done; whether it shows is read from the order (data set PACKAGES).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.amazon.carriers import carrier_fields
from core.amazon.operations import CONFIRM_SHIPMENT
from core.amazon.orders import iso
from core.amazon.transport import AmazonClient
from core.errors import Rejected

_FULFILLED = ("packagetoupdatenotfound", "already fulfilled", "unable to find package")


@dataclass(frozen=True)
class Confirmation:
    """One parcel as Amazon is told of it; `carrier` is a checked code of `core.amazon.carriers`."""

    order_id: str
    marketplace_id: str
    reference: str
    """A positive whole number as text, unique within the order."""
    carrier: str
    tracking: str
    shipped_at: datetime
    units: Mapping[str, int]
    """Order item id → units in the parcel."""

    def body(self) -> dict[str, Any]:
        """As confirmShipment wants it."""
        return {
            "marketplaceId": self.marketplace_id,
            "packageDetail": {
                "packageReferenceId": self.reference,
                **carrier_fields(self.carrier),
                "trackingNumber": self.tracking,
                "shipDate": iso(self.shipped_at),
                "orderItems": [
                    {"orderItemId": item_id, "quantity": quantity} for item_id, quantity in self.units.items()
                ],
            },
        }


def confirm(client: AmazonClient, confirmation: Confirmation) -> None:
    """Tell Amazon of a parcel; one call. Raises as `AmazonClient.call` does."""
    client.call(CONFIRM_SHIPMENT, path={"order_id": confirmation.order_id}, body=confirmation.body())


def says_fulfilled(error: Rejected) -> bool:
    """Whether a refusal says that Amazon waits for nothing of the order any more; it may have this very parcel."""
    told = error.what.lower()
    return any(words in told for words in _FULFILLED)
