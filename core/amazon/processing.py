"""What reports and feeds have in common: they are made in a while, and lists of them come in pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.amazon.operations import Operation
from core.amazon.orders import iso, parse_time
from core.amazon.signed import not_promised
from core.amazon.transport import AmazonClient

DONE = "DONE"
CANCELLED = "CANCELLED"
FATAL = "FATAL"
NO_DATA = ("DONE_NO_DATA", CANCELLED)
"""Amazon cancels what has no data, or what was asked for again too soon; the first word is one of its earlier API."""
ENDED = frozenset((DONE, FATAL, *NO_DATA))
PAGE_SIZE = 100
_MOST_PAGES = 20
RETENTION_DAYS = 90
"""As long as Amazon keeps reports, feeds and their documents."""


@dataclass(frozen=True)
class Processing:
    """A report or feed as Amazon tells of it; ids are unique for a seller only."""

    id: str
    type: str
    status: str
    """IN_QUEUE, IN_PROGRESS, or one of `ENDED`; another word is none that has ended."""
    created: datetime
    marketplace_ids: frozenset[str]
    document_id: str = ""
    """The report, or what says how a feed went; also what says why it is FATAL."""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Names:
    """How one of the two APIs calls things."""

    thing: str
    id: str
    type: str
    types: str
    list: str
    document: str


def read(names: Names, body: Any) -> Processing:
    """One report or feed; raises OutcomeUnknown when what is promised is missing."""
    if not isinstance(body, dict):
        raise not_promised(names.thing, "body")
    needed: list[Any] = [body.get(name) for name in (names.id, names.type, "processingStatus", "createdTime")]
    if not all(isinstance(value, str) and value for value in needed):
        raise not_promised(names.thing, "id, type, status or time")
    places, document_id = body.get("marketplaceIds"), body.get(names.document)
    return Processing(
        id=needed[0],
        type=needed[1],
        status=needed[2],
        created=_timestamp(names, needed[3]),
        marketplace_ids=frozenset(map(str, places)) if isinstance(places, list) else frozenset(),
        document_id=document_id if isinstance(document_id, str) else "",
        start=_timestamp(names, body["dataStartTime"]) if body.get("dataStartTime") else None,
        end=_timestamp(names, body["dataEndTime"]) if body.get("dataEndTime") else None,
    )


def _timestamp(names: Names, told: Any) -> datetime:
    try:
        return parse_time(told)
    except (TypeError, ValueError, OverflowError):
        raise not_promised(names.thing, "time") from None


def listed(
    client: AmazonClient, operation: Operation, names: Names, kind: str, since: datetime
) -> Iterator[Processing]:
    """Those of one type that were made since a time, as Amazon orders them; one call for each hundred."""
    params = {names.types: kind, "createdSince": iso(since), "pageSize": str(PAGE_SIZE)}
    for _ in range(_MOST_PAGES):
        body = client.call(operation, params)
        found = body.get(names.list)
        if not isinstance(found, list):
            raise not_promised(f"A list of {names.list}", "list")
        yield from (read(names, one) for one in found)
        token = body.get("nextToken")
        if not token:
            return
        if not isinstance(token, str):
            raise not_promised(f"A list of {names.list}", "page token")
        params = {"nextToken": token}  # it travels alone, unlike that of orders


def new_id(names: Names, body: dict[str, Any]) -> str:
    """The id of what was just asked for."""
    found = body.get(names.id)
    if not isinstance(found, str) or not found:
        raise not_promised(names.thing, "id")
    return found
