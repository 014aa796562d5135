"""Where Amazon sends what happens: destinations, subscriptions, and the queues that stand behind them.

A queue of the sandbox's own is served by `sandbox.amazon.queue_service`; what goes to any other ARN is kept here, and
whoever tests with another queue carries it there. Shapes: Notifications API v1, schemas of the notification types.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.amazon.applications import Application, derived
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.clock import Clock
from sandbox.world.order import WorldOrder
from sandbox.world.render import iso

OWN_QUEUE = "arn:aws:sqs:eu-west-1:123456789012:crossdock-sandbox"
VERSIONS: Mapping[str, tuple[str, ...]] = {
    "ORDER_CHANGE": ("1.0",),
    "FEED_PROCESSING_FINISHED": ("2020-09-04",),
    "REPORT_PROCESSING_FINISHED": ("2020-09-04",),
    "LISTINGS_ITEM_STATUS_CHANGE": ("1.0",),
    "LISTINGS_ITEM_ISSUES_CHANGE": ("2023-12-13",),
    "PRODUCT_TYPE_DEFINITIONS_CHANGE": ("1.0",),
}
_CAMEL = ("FEED_PROCESSING_FINISHED", "REPORT_PROCESSING_FINISHED")
_BY_QUEUE = ("ORDER_CHANGE", *_CAMEL)
_PROGRAMS = {"AMAZON_BUSINESS": "Business", "PRIME": "Prime", "PREMIUM": "Premium"}
_STATUS = {
    "PENDING": "Pending",
    "PENDING_AVAILABILITY": "PendingAvailability",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}


@dataclass(frozen=True)
class Destination:
    """Where an application lets Amazon send."""

    id: str
    name: str
    resource: dict[str, Any]

    @property
    def is_queue(self) -> bool:
        """Whether it is a queue, not EventBridge."""
        return "sqs" in self.resource

    @property
    def address(self) -> str:
        """What it is told from others by."""
        return json.dumps(self.resource, sort_keys=True)

    def shown(self) -> dict[str, Any]:
        """As the interface shows it."""
        return {"destinationId": self.id, "name": self.name, "resource": self.resource}


@dataclass(frozen=True)
class Subscription:
    """That a seller's changes of one type are told."""

    id: str
    kind: str
    version: str
    destination: Destination

    def shown(self) -> dict[str, Any]:
        """As the interface shows it."""
        return {"subscriptionId": self.id, "payloadVersion": self.version, "destinationId": self.destination.id}


@dataclass
class Mailbox:
    """Thread-safe."""

    clock: Clock
    seed: int
    sent: dict[str, list[str]] = field(default_factory=dict)
    """ARN of a queue → the bodies of all messages that Amazon sent there, oldest first."""
    _destinations: dict[str, list[Destination]] = field(default_factory=dict)
    _subscriptions: dict[tuple[str, str, str], Subscription] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _number: int = 0

    def forget(self) -> None:
        """Forget all destinations and subscriptions."""
        with self._lock:
            self._destinations.clear()
            self._subscriptions.clear()

    def destinations(self, application: Application) -> list[Destination]:
        """Those of an application."""
        with self._lock:
            return list(self._destinations.get(application.client_id, ()))

    def create_destination(self, application: Application, body: Any) -> Destination:
        """Register one; 409 for one that is there."""
        resource = _resource(body)
        with self._lock:
            made = Destination(self._id("destination"), str(body["name"]), resource)
            known = self._destinations.setdefault(application.client_id, [])
            if any(one.address == made.address for one in known):
                raise Refusal(409, "Conflict", "The destination exists already.", made.name)
            known.append(made)
            return made

    def subscription(self, application: Application, seller_id: str, kind: str, version: str) -> Subscription:
        """A seller's subscription; 404 without one."""
        _check(kind, version)
        with self._lock:
            found = self._subscriptions.get((application.client_id, seller_id, kind))
        if found is None:
            raise Refusal(404, "NotFound", "The subscription does not exist.", kind)
        return found

    def subscribe(self, application: Application, seller_id: str, kind: str, body: Any) -> Subscription:
        """Subscribe a seller; 409 for who is subscribed."""
        told = body if isinstance(body, dict) else {}
        version = str(told.get("payloadVersion", ""))
        _check(kind, version)
        with self._lock:
            places = {one.id: one for one in self._destinations.get(application.client_id, ())}
            place = places.get(str(told.get("destinationId", "")))
            if place is None:
                raise Refusal(404, "NotFound", "The destination does not exist.", str(told.get("destinationId")))
            if place.is_queue != (kind in _BY_QUEUE):
                raise invalid_input(f"{kind} cannot be sent to this kind of destination.")
            key = (application.client_id, seller_id, kind)
            if key in self._subscriptions:
                raise Refusal(409, "Conflict", "The subscription exists already.", kind)
            self._subscriptions[key] = Subscription(self._id("subscription"), kind, version, place)
            return self._subscriptions[key]

    def tell(self, seller_id: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Send a notification to whoever is subscribed for the seller."""
        with self._lock:
            for (_, subscriber, wanted), one in list(self._subscriptions.items()):
                if (subscriber, wanted) == (seller_id, kind):
                    envelope = self._envelope(one.id, kind, one.version, payload)
                    self.post(_arn(one.destination), envelope if one.destination.is_queue else _event(envelope, kind))

    def tell_order(self, seller_id: str, order: WorldOrder, reason: str) -> None:
        """ORDER_CHANGE 1.0 of an order."""
        draft = order.draft
        notification = {
            "NotificationLevel": "OrderLevel",
            "SellerId": seller_id,
            "AmazonOrderId": order.order_id,
            "OrderChangeType": "OrderStatusChange",
            "OrderChangeTrigger": {"TimeOfOrderChange": iso(order.updated), "ChangeReason": reason},
            "Summary": {
                "MarketplaceId": order.marketplace_id,
                "OrderStatus": _STATUS.get(draft.status, draft.status),
                "PurchaseDate": iso(order.created),
                "DestinationPostalCode": None,
                "FulfillmentType": "AFN" if draft.fulfilled_by == "AMAZON" else "MFN",
                "OrderType": "StandardOrder",
                "OrderPrograms": [_PROGRAMS[one] for one in draft.programs if one in _PROGRAMS],
                "ShippingPrograms": [],
                "OrderItems": [
                    {
                        "OrderItemId": line.item_id,
                        "SellerSKU": line.sku or "",
                        "SupplySourceId": None,
                        "Quantity": line.quantity,
                    }
                    for line in draft.lines
                ],
            },
        }
        self.tell(seller_id, "ORDER_CHANGE", {"OrderChangeNotification": notification})

    def tell_secret(self, application: Application, arn: str, expires: tuple[datetime, datetime]) -> None:
        """APPLICATION_OAUTH_CLIENT_NEW_SECRET to the queue that the Developer Console names; `expires`: new, old."""
        payload = {
            "applicationOAuthClientNewSecret": {
                "clientId": application.client_id,
                "newClientSecret": application.client_secret,
                "newClientSecretExpiryTime": iso(expires[0]),
                "oldClientSecretExpiryTime": iso(expires[1]),
            }
        }
        self.post(arn, self._envelope("console", "APPLICATION_OAUTH_CLIENT_NEW_SECRET", "2020-10-27", payload))

    def post(self, arn: str, body: Mapping[str, Any] | str) -> None:
        """Put a message into a queue as it is."""
        text = body if isinstance(body, str) else json.dumps(body)
        with self._lock:
            self.sent.setdefault(arn, []).append(text)

    def _envelope(self, subscription: str, kind: str, version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        now = iso(self.clock.now())
        metadata = {
            "ApplicationId": "amzn1.sellerapps.app.sandbox",
            "SubscriptionId": subscription,
            "PublishTime": now,
            "NotificationId": self._id("notification"),
        }
        envelope = {
            "NotificationVersion": "1.0",
            "NotificationType": kind,
            "PayloadVersion": version,
            "EventTime": now,
            "Payload": dict(payload),
            "NotificationMetadata": metadata,
        }
        is_camel = kind in _CAMEL or kind.startswith("APPLICATION_")
        return _camel(envelope) if is_camel else envelope

    def _id(self, what: str) -> str:
        with self._lock:
            self._number += 1
            digits = derived(self.seed, f"{what} {self._number}", 32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _camel(envelope: Mapping[str, Any]) -> dict[str, Any]:
    lowered = {name[0].lower() + name[1:]: value for name, value in envelope.items()}
    metadata = lowered["notificationMetadata"]
    return {**lowered, "notificationMetadata": {name[0].lower() + name[1:]: value for name, value in metadata.items()}}


def _event(envelope: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """As a rule of EventBridge puts it into a queue."""
    return {
        "version": "0",
        "id": envelope["NotificationMetadata"]["NotificationId"],
        "detail-type": kind,
        "source": "aws.partner/sellingpartnerapi.amazon.com/123456789012/amzn1.sellerapps.app.sandbox",
        "account": "123456789012",
        "time": envelope["EventTime"],
        "region": "eu-west-1",
        "resources": [],
        "detail": dict(envelope),
    }


def _arn(destination: Destination) -> str:
    """The queue at the end; the rule of every event bus here leads to the sandbox's own."""
    return str(destination.resource["sqs"]["arn"]) if destination.is_queue else OWN_QUEUE


def _resource(body: Any) -> dict[str, Any]:
    told = body.get("resourceSpecification") if isinstance(body, dict) else None
    if not isinstance(told, dict) or not body.get("name"):
        raise invalid_input("name and resourceSpecification are needed.")
    queue, bridge = told.get("sqs"), told.get("eventBridge")
    if isinstance(queue, dict) and str(queue.get("arn", "")).startswith("arn:aws:sqs:") and bridge is None:
        return {"sqs": {"arn": queue["arn"]}}
    if isinstance(bridge, dict) and bridge.get("accountId") and bridge.get("region") and queue is None:
        source = f"aws.partner/sellingpartnerapi.amazon.com/{bridge['accountId']}/amzn1.sellerapps.app.sandbox"
        return {"eventBridge": {"name": source, "region": bridge["region"], "accountId": bridge["accountId"]}}
    raise invalid_input("resourceSpecification names one queue, or one account and region of EventBridge.")


def _check(kind: str, version: str) -> None:
    if version not in VERSIONS.get(kind, ()):
        raise invalid_input(f"{kind} in version {version!r} is no notification of Amazon's.")
