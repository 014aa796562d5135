"""Requests about reports and feeds, checked as the official models say: bodies, lists with pages, and addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, request

from sandbox.amazon.access import Account
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.amazon.gate import check_marketplaces
from sandbox.amazon.processing import STATES, Desk, Work
from sandbox.amazon.search import single
from sandbox.amazon.shelf import Shelf

_MOST_TYPES = 10
_HISTORY = timedelta(days=90)


def body(required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> dict[str, Any]:
    """The JSON body with these fields and no others."""
    known = {**required, **(optional or {})}
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise invalid_input("The body is not a JSON object.")
    for name, kind in known.items():
        if (name in required or name in given) and not isinstance(given.get(name), kind):
            raise invalid_input(f"{name} is missing or not of the right type.")
    if not set(given) <= set(known):
        raise invalid_input(f"{sorted(set(given) - set(known))[0]} is not known.")
    return given


def places(given: Any, account: Account) -> tuple[str, ...]:
    """The marketplaces of a body."""
    if not 1 <= len(given) <= 25:
        raise invalid_input("marketplaceIds has 1 to 25 values.")
    check_marketplaces(given, account)
    return tuple(given)


def options(given: Any) -> dict[str, str]:
    """Options whose values are strings."""
    if not all(isinstance(value, str) for value in given.values()):
        raise invalid_input("Options are strings.")
    return dict(given)


def moment(text: str | None, name: str) -> datetime | None:
    """A moment with its zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise invalid_input(f"{name} is not an ISO 8601 date and time.")
    return found.astimezone(UTC)


def listed(desk: Desk, seller_id: str, name: str, now: datetime, show: Callable[[Work], dict[str, Any]]) -> Response:
    """A page of getReports or getFeeds; `name` is "report" or "feed"."""
    types, token = single(request.args, f"{name}Types"), single(request.args, "nextToken")
    if token is not None:
        if len(request.args) > 1:
            raise invalid_input("nextToken cannot be used with other parameters.")
        works, token = desk.next_page(seller_id, token)
    else:
        if not types or len(types.split(",")) > _MOST_TYPES:
            raise invalid_input(f"{name}Types (at most {_MOST_TYPES}) or nextToken is needed.")
        works, token = desk.search(seller_id, _filter(types.split(","), now), _page_size())
    page: dict[str, Any] = {f"{name}s": [show(one) for one in works]}
    if token:
        page["nextToken"] = token
    return Response(json.dumps(page), mimetype="application/json")


def found(desk: Desk, seller_id: str, work_id: str) -> Work:
    """One of the seller's."""
    work = desk.get(seller_id, work_id)
    if work is None:
        raise Refusal(404, "NotFound", "The resource specified does not exist.", f"{work_id} is not known.")
    return work


def address(shelf: Shelf, seller_id: str, document_id: str, key: str) -> Response:
    """Where a document lies."""
    kept = shelf.get(seller_id, document_id)
    if kept is None:
        raise Refusal(404, "NotFound", "The resource specified does not exist.", f"{document_id} is not known.")
    encoded = kept.packed and request.args.get("enableContentEncodingUrlHeader", "").lower() == "true"
    shown = {key: document_id, "url": shelf.address(request.host_url, "GET", document_id, encoded=encoded)}
    if kept.packed:
        shown["compressionAlgorithm"] = "GZIP"
    return Response(json.dumps(shown), mimetype="application/json")


def _filter(types: list[str], now: datetime) -> Callable[[Work], bool]:
    states = set((single(request.args, "processingStatuses") or ",".join(STATES)).split(","))
    if not states <= STATES:
        raise invalid_input("Invalid input in processing status")
    wanted = single(request.args, "marketplaceIds")
    chosen = set(wanted.split(",")) if wanted else None
    since = moment(single(request.args, "createdSince"), "createdSince") or now - _HISTORY
    until = moment(single(request.args, "createdUntil"), "createdUntil") or now

    def wants(work: Work) -> bool:
        return (
            work.type in types
            and work.status in states
            and (chosen is None or bool(chosen.intersection(work.places)))
            and since <= work.created <= until
        )

    return wants


def _page_size() -> int:
    size = single(request.args, "pageSize") or "10"
    if not re.fullmatch(r"\d{1,3}", size) or not 1 <= int(size) <= 100:
        raise invalid_input("pageSize is 1 to 100.")
    return int(size)
