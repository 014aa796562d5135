"""The parameters of searchOrders and getOrder, checked as the official model and its notes say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import MultiDict

from sandbox.amazon.errors import invalid_input
from sandbox.amazon.order_book import DATA_SETS, Key, milliseconds
from sandbox.world.change import STATUSES
from sandbox.world.order import WorldOrder
from sandbox.world.render import iso

BLIND_SPOT = timedelta(minutes=2)
"""Upper bounds must be at least so far in the past; the default upper bound is exactly that."""
TOKEN_LIFE_MS = 24 * 3600 * 1000
MAX_MARKETPLACES = 50
MAX_PAGE = 100

# A space is a plus sign that was not percent-encoded; a time without a zone is nobody's. Both are refused.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True)
class Query:
    """One valid search. Bounds are unix milliseconds, inclusive; None of a filter means no filter."""

    stream: str
    first: int
    last: int
    given_last: int | None
    statuses: frozenset[str] | None
    fulfilled_by: frozenset[str] | None
    marketplaces: frozenset[str] | None
    limit: int
    included: frozenset[str]
    after: Key | None = None

    @property
    def effective_last(self) -> str:
        """The upper bound in force, as the answer states it."""
        return iso(datetime.fromtimestamp(self.last // 1000, UTC) + timedelta(milliseconds=self.last % 1000))

    def wants(self, order: WorldOrder) -> bool:
        """Whether an order passes the filters besides the window."""
        draft = order.draft
        return (
            (self.statuses is None or draft.status in self.statuses)
            and (self.fulfilled_by is None or draft.fulfilled_by in self.fulfilled_by)
            and (self.marketplaces is None or order.marketplace_id in self.marketplaces)
        )

    @property
    def fingerprint(self) -> str:
        """What must stay the same from page to page."""
        filters = [
            sorted(one) if one is not None else None for one in (self.statuses, self.fulfilled_by, self.marketplaces)
        ]
        text = json.dumps([self.stream, self.first, self.given_last, filters])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class PageTokens:
    """Opaque signed page tokens. They hold position and bounds, so the server keeps nothing."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def issue(self, query: Query, seller_id: str, position: Key, now: datetime) -> str:
        """The token of the page after `position`."""
        content = [seller_id, query.fingerprint, query.last, list(position), milliseconds(now)]
        body = json.dumps(content, separators=(",", ":")).encode()
        # Standard base64 on purpose: tokens of the real service must be percent-encoded too.
        return base64.b64encode(self._sign(body) + body).decode()

    def resume(self, query: Query, seller_id: str, token: str, now: datetime) -> Query:
        """`query` continued at the token; refused when the token is not of this search or is too old."""
        try:
            data = base64.b64decode(token, validate=True)
        except ValueError:
            raise invalid_input("paginationToken is not valid.") from None
        signature, body = data[:16], data[16:]
        if not hmac.compare_digest(signature, self._sign(body)):
            raise invalid_input("paginationToken is not valid.")
        owner, fingerprint, last, position, issued = json.loads(body)
        if owner != seller_id or fingerprint != query.fingerprint:
            raise invalid_input("paginationToken does not belong to a request with these parameters.")
        if milliseconds(now) - issued > TOKEN_LIFE_MS:
            raise invalid_input("paginationToken has expired.")
        return Query(**{**query.__dict__, "last": last, "after": (position[0], position[1])})

    def _sign(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()[:16]


def parse_search(arguments: MultiDict[str, str], now: datetime) -> Query:
    """The search asked for; Refusal with 400 when a rule is broken. The page token is not looked at."""
    stream, first, given_last = _window(arguments, now)
    return Query(
        stream=stream,
        first=first,
        last=milliseconds(now - BLIND_SPOT) if given_last is None else given_last,
        given_last=given_last,
        statuses=_choice(arguments, "fulfillmentStatuses", STATUSES),
        fulfilled_by=_choice(arguments, "fulfilledBy", ("MERCHANT", "AMAZON")),
        marketplaces=_marketplaces(arguments),
        limit=_page_size(arguments),
        included=parse_included(arguments),
    )


def parse_included(arguments: MultiDict[str, str]) -> frozenset[str]:
    """The data sets asked for; none when the parameter is absent."""
    return _choice(arguments, "includedData", DATA_SETS) or frozenset()


def single(arguments: MultiDict[str, str], name: str) -> str | None:
    """The value of a parameter that may stand once."""
    values = arguments.getlist(name)
    if len(values) > 1:
        raise invalid_input(f"{name} must be given once; separate several values by commas.")
    return values[0] if values else None


def _window(arguments: MultiDict[str, str], now: datetime) -> tuple[str, int, int | None]:
    """Stream, lower bound and the upper bound if one is given."""
    bounds = {
        name: _time(arguments, name)
        for name in ("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore")
    }
    created, updated = bounds["createdAfter"], bounds["lastUpdatedAfter"]
    if (created is None) == (updated is None):
        raise invalid_input("Exactly one of createdAfter and lastUpdatedAfter must be provided.")
    stream, other = ("created", "lastUpdated") if created is not None else ("lastUpdated", "created")
    first, before = created or updated, bounds[f"{stream}Before"]
    assert first is not None
    if bounds[f"{other}Before"] is not None:
        raise invalid_input(f"{other}Before may not be provided with {stream}After.")
    if first > now:
        raise invalid_input(f"{stream}After must not be in the future.")
    if before is None:
        return stream, milliseconds(first), None
    if before < first:
        raise invalid_input(f"{stream}Before must be equal to or after {stream}After.")
    if before > now - BLIND_SPOT:
        raise invalid_input(f"{stream}Before must be at least two minutes before the time of the request.")
    return stream, milliseconds(first), milliseconds(before)


def _time(arguments: MultiDict[str, str], name: str) -> datetime | None:
    value = single(arguments, name)
    if value is None:
        return None
    if not _TIME.fullmatch(value):
        raise invalid_input(f"{name} is not an ISO 8601 date and time.")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid_input(f"{name} is not an ISO 8601 date and time.") from None


def _choice(arguments: MultiDict[str, str], name: str, allowed: Iterable[str]) -> frozenset[str] | None:
    """The values of a comma-separated parameter, each of which must be allowed."""
    value = single(arguments, name)
    if value is None:
        return None
    chosen = frozenset(value.split(","))
    unknown = sorted(chosen - set(allowed))
    if unknown:
        raise invalid_input(f"{name} has invalid values: {', '.join(unknown)}.")
    return chosen


def _marketplaces(arguments: MultiDict[str, str]) -> frozenset[str] | None:
    value = single(arguments, "marketplaceIds")
    if value is None:
        return None
    chosen = frozenset(value.split(","))
    if len(chosen) > MAX_MARKETPLACES:
        raise invalid_input(f"marketplaceIds has more than {MAX_MARKETPLACES} values.")
    return chosen


def _page_size(arguments: MultiDict[str, str]) -> int:
    value = single(arguments, "maxResultsPerPage")
    if value is None:
        return MAX_PAGE
    if not re.fullmatch(r"\d{1,4}", value) or not 1 <= int(value) <= MAX_PAGE:
        raise invalid_input(f"maxResultsPerPage must be between 1 and {MAX_PAGE}.")
    return int(value)
