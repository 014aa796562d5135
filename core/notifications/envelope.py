"""Reads a message of the queue: Amazon's own envelopes, of both spellings, and events of EventBridge.

Sources: SP-API notification schemas; "Set up notifications (Amazon EventBridge)". Names are read in any case: half of
the kinds begin them with a capital letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import foreign_json
from core.plain_text import shortened
from core.sync.hearing import Notice
from core.timestamps import told as timestamp

_LONGEST_ID = 200
"""Characters; Amazon's have 36, and an index of PostgreSQL does not take any length."""


class Unreadable(ValueError):
    """A message that is no notification, with the reason."""


def read(body: str) -> Notice:
    """The notice that a message holds; raises Unreadable."""
    try:
        told = _lower(foreign_json.parse(body.encode("utf-8", "replace")))
    except ValueError:
        raise Unreadable("it is no JSON") from None
    if isinstance(told, dict) and isinstance(told.get("detail"), dict):
        told = told["detail"]  # an event of EventBridge
    if not isinstance(told, dict):
        raise Unreadable("it is no JSON object")
    metadata, payload = told.get("notificationmetadata"), told.get("payload")
    kind = told.get("notificationtype")
    if not isinstance(kind, str) or not kind:
        raise Unreadable("it names no type of notification")
    id = _text(metadata.get("notificationid")) if isinstance(metadata, dict) else ""
    if not isinstance(metadata, dict) or not 0 < len(id) <= _LONGEST_ID:
        raise Unreadable(f"a {shortened(kind, 100)} without an id that can be used")
    if not isinstance(payload, dict):
        raise Unreadable(f"a {shortened(kind, 100)} without a payload")
    about = _inner(payload)
    summary = about.get("summary")
    place = about.get("marketplaceid") or (summary.get("marketplaceid") if isinstance(summary, dict) else "")
    return Notice(
        kind=kind,
        id=id,
        published_at=timestamp(metadata.get("publishtime")),
        seller_id=_text(about.get("sellerid")),
        marketplace_id=_text(place),
        about=about,
    )


def _inner(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some kinds wrap their payload once more, under a name of their own."""
    values = list(payload.values())
    return values[0] if len(values) == 1 and isinstance(values[0], dict) else payload


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value
