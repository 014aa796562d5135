"""Orders API 2026-01-01: pages of orders and single orders.

searchOrders is the scarcest call of all (0.0056 per second), so a page is as large as Amazon allows and brings items,
addresses and money with it. Its pagination rule: the token is sent together with all original parameters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.amazon.operations import GET_ORDER, SEARCH_ORDERS
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown, Rejected

PAGE_SIZE = 100
HISTORY = timedelta(days=720)
"""As far back as Amazon gives out orders (two years), less a margin."""
TOKEN_LIFE = 24 * 3600.0
"""Seconds that a pagination token can be used."""

DATA_SETS = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
)
FEWER_DATA_SETS = ("BUYER", "RECIPIENT", "PROCEEDS", "FULFILLMENT")
BARE_DATA_SETS = ("BUYER", "RECIPIENT", "PROCEEDS")
"""Without the status of the order: FULFILLMENT itself has been refused for days, to all accounts of a region."""

LADDER = (DATA_SETS, FEWER_DATA_SETS, BARE_DATA_SETS)
"""What is asked for, and what instead when Amazon refuses that; orders read with less than the first are partial."""
BARE = len(LADDER) - 1


@dataclass(frozen=True)
class OrderQuery:
    """A window of orders by last update, or by creation; bounds are inclusive, aware UTC."""

    updated_after: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    marketplace_ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    """Only orders of these; a filtered search never sees how they go on."""
    fewer: int = 0
    """Steps down the ladder of data sets."""

    def params(self) -> dict[str, str]:
        """The query as Amazon wants it; equal for every page of it."""
        times = {
            "lastUpdatedAfter": self.updated_after,
            "createdAfter": self.created_after,
            "createdBefore": self.created_before,
        }
        params = {name: iso(timestamp) for name, timestamp in times.items() if timestamp is not None}
        if self.marketplace_ids:
            params["marketplaceIds"] = ",".join(self.marketplace_ids)
        if self.statuses:
            params["fulfillmentStatuses"] = ",".join(self.statuses)
        params["maxResultsPerPage"] = str(PAGE_SIZE)
        params["includedData"] = ",".join(LADDER[self.fewer])
        return params

    def fingerprint(self) -> str:
        """Tells whether a stored page token belongs to this query."""
        text = "&".join(f"{name}={value}" for name, value in sorted(self.params().items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class OrderPage:
    """One page: raw orders, the token of the next page, and the upper bound in force for the whole window."""

    orders: list[Any]
    next_token: str | None
    bound: datetime | None
    fingerprint: str
    """Hash of the order ids and their update times: the same page under a new token is recognised by it."""


class TokenRefused(Exception):
    """Amazon does not take the page token (any more); the window has to be read again from its start."""


def iso(timestamp: datetime) -> str:
    """UTC with Z and milliseconds, the only form that every part of Amazon takes."""
    if timestamp.tzinfo is None:
        raise ValueError(f"{timestamp} has no time zone")
    return timestamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def search(client: AmazonClient, query: OrderQuery, token: str | None = None) -> OrderPage:
    """Read one page; one call. Raises TokenRefused for a stale token, else as `AmazonClient.call` does."""
    params = query.params() | ({"paginationToken": token} if token else {})
    try:
        body = client.call(SEARCH_ORDERS, params)
    except Rejected as error:
        if token and error.status == 400:
            raise TokenRefused(str(error)) from error
        raise
    orders = body.get("orders")
    if not isinstance(orders, list):
        raise _not_promised("list")
    return OrderPage(orders, _next_token(body), _bound(body), _page_hash(orders))


def _next_token(body: dict[str, Any]) -> str | None:
    """The token of the next page; what is no token must not pass for the end."""
    pagination = body.get("pagination") or {}
    token = pagination.get("nextToken") if isinstance(pagination, dict) else pagination
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        raise _not_promised("page token")
    return token


def _bound(body: dict[str, Any]) -> datetime | None:
    """The stated upper bound; one that is none counts as not stated."""
    told = body.get("lastUpdatedBefore") or body.get("createdBefore")
    try:
        return parse_time(told) if isinstance(told, str) else None
    except (ValueError, OverflowError):
        return None


def _not_promised(part: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"A page of orders came without the promised {part}.",
        subject="Amazon",
        next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
    )


def get(client: AmazonClient, order_id: str, fewer: int = 0) -> Any:
    """Read one order; one call. Raises Rejected with status 404 when Amazon does not know it."""
    body = client.call(GET_ORDER, {"includedData": ",".join(LADDER[fewer])}, path={"order_id": order_id})
    order = body.get("order")
    if not isinstance(order, dict):
        raise OutcomeUnknown("An order came without the promised body.", subject=f"order {order_id}")
    return order


def parse_time(text: str) -> datetime:
    """Read a time as Amazon sends it; raises ValueError unless it has a zone."""
    timestamp = datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return timestamp.astimezone(UTC)


def _page_hash(orders: Sequence[Any]) -> str:
    digest = hashlib.sha256()
    for order in orders:
        known = order if isinstance(order, dict) else {}
        digest.update(f"{known.get('orderId')} {known.get('lastUpdatedTime')}\n".encode("utf-8", "replace"))
    return digest.hexdigest()[:16]
