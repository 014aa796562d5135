"""Notifications API v1: where Amazon sends what happens, and of what kinds it tells.

A destination belongs to the application and a region, a subscription to a seller. Sources: SP-API model
notifications, "Notification Type Values", "Set up notifications (Amazon SQS, Amazon EventBridge)".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.amazon.operations import CREATE_DESTINATION, CREATE_SUBSCRIPTION, GET_DESTINATIONS, GET_SUBSCRIPTION
from core.amazon.transport import AmazonClient
from core.errors import Rejected, RemoteError

Transport = Literal["sqs", "eventbridge"]

ORDER_CHANGE = "ORDER_CHANGE"
FEED_FINISHED = "FEED_PROCESSING_FINISHED"
REPORT_FINISHED = "REPORT_PROCESSING_FINISHED"
LISTING_STATUS = "LISTINGS_ITEM_STATUS_CHANGE"
LISTING_ISSUES = "LISTINGS_ITEM_ISSUES_CHANGE"
DEFINITIONS = "PRODUCT_TYPE_DEFINITIONS_CHANGE"
SECRET_EXPIRY = "APPLICATION_OAUTH_CLIENT_SECRET_EXPIRY"
NEW_SECRET = "APPLICATION_OAUTH_CLIENT_NEW_SECRET"
"""The last two come by themselves, to the queue that is registered in the Developer Console."""

AMAZONS_AWS_ACCOUNT = "437568002678"
"""The AWS account from which Amazon sends into queues."""


@dataclass(frozen=True)
class Kind:
    """A kind of notifications that is subscribed to."""

    name: str
    version: str
    """Of its payload."""
    transport: Transport
    words: str
    """What it tells of."""


KINDS = (
    Kind(ORDER_CHANGE, "1.0", "sqs", "orders"),
    Kind(FEED_FINISHED, "2020-09-04", "sqs", "feeds"),
    Kind(REPORT_FINISHED, "2020-09-04", "sqs", "reports"),
    Kind(LISTING_STATUS, "1.0", "eventbridge", "listing states"),
    Kind(LISTING_ISSUES, "2023-12-13", "eventbridge", "listing issues"),
    Kind(DEFINITIONS, "1.0", "eventbridge", "product types"),
)


@dataclass(frozen=True)
class Destination:
    """Where Amazon sends; `arn` is that of a queue, or the name of EventBridge's event source."""

    id: str
    arn: str
    transport: Transport


@dataclass(frozen=True)
class Subscription:
    """That Amazon tells a seller's changes of one kind."""

    id: str
    kind: str
    destination_id: str
    version: str


def destinations(client: AmazonClient) -> list[Destination]:
    """The application's destinations in the region."""
    answer = client.call(GET_DESTINATIONS).get("payload")
    found = [_destination(one) for one in answer] if isinstance(answer, list) else []
    return [one for one in found if one is not None]


def create_destination(client: AmazonClient, name: str, resource: Mapping[str, Any]) -> Destination | None:
    """Register where Amazon sends to; None when it is registered already (409), so that it is to be looked for.

    `resource` is `{"sqs": {"arn": …}}` or `{"eventBridge": {"accountId": …, "region": …}}`.
    """
    try:
        answer = client.call(CREATE_DESTINATION, body={"name": name, "resourceSpecification": dict(resource)})
    except Rejected as error:
        if error.status == 409:
            return None
        raise
    made = _destination(answer.get("payload"))
    if made is None:
        raise _unusable("a destination")
    return made


def subscription(client: AmazonClient, kind: Kind) -> Subscription | None:
    """The seller's subscription to a kind; None without one."""
    try:
        answer = client.call(GET_SUBSCRIPTION, {"payloadVersion": kind.version}, path={"kind": kind.name})
    except Rejected as error:
        if error.status == 404:
            return None
        raise
    return _subscription(answer, kind)


def subscribe(client: AmazonClient, kind: Kind, destination_id: str) -> Subscription | None:
    """Let Amazon tell of a kind; None when the seller is subscribed already (409), so that it is to be looked at."""
    body = {"payloadVersion": kind.version, "destinationId": destination_id}
    try:
        answer = client.call(CREATE_SUBSCRIPTION, path={"kind": kind.name}, body=body)
    except Rejected as error:
        if error.status == 409:
            return None
        raise
    return _subscription(answer, kind)


def _subscription(answer: Mapping[str, Any], kind: Kind) -> Subscription:
    told = answer.get("payload")
    if not isinstance(told, dict) or not told.get("subscriptionId"):
        raise _unusable("a subscription")
    return Subscription(
        str(told["subscriptionId"]),
        kind.name,
        str(told.get("destinationId", "")),
        str(told.get("payloadVersion", "")),
    )


def _destination(told: Any) -> Destination | None:
    """Of a kind that this version does not know: None."""
    if not isinstance(told, dict) or not told.get("destinationId"):
        return None
    resource = told.get("resource")
    queue, bridge = (resource.get(name) for name in ("sqs", "eventBridge")) if isinstance(resource, dict) else (0, 0)
    if isinstance(queue, dict):
        return Destination(str(told["destinationId"]), str(queue.get("arn", "")), "sqs")
    if isinstance(bridge, dict):
        place = f"{bridge.get('accountId', '')}/{bridge.get('region', '')}"
        return Destination(str(told["destinationId"]), place, "eventbridge")
    return None


def _unusable(what: str) -> RemoteError:
    return RemoteError(f"Amazon's answer names no {what.removeprefix('a ')}.", subject="Amazon")
