"""What a remote answered, and how large an answer may be: all that reads answers knows, without what sends requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core import foreign_json

MEGABYTE = 1024 * 1024
LARGEST_PAGE = 16 * MEGABYTE
"""Bytes of an answer of many rows, unpacked. Read as JSON, the worst of them (`[{},{},…`) takes 25 times as much
memory, some 400 MB; smaller answers have smaller limits for the same reason."""


@dataclass(frozen=True)
class Answer:
    """A whole answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, for messages only."""
        return self.body.decode("utf-8", "replace")

    def date(self) -> datetime | None:
        """When the remote believes it is (header Date), to the second; None when it does not say."""
        try:
            timestamp = parsedate_to_datetime(self.headers.get("Date", "")[:100])
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)

    def json(self) -> Any:
        """The body as JSON with exact decimals left as strings or floats; raises ValueError when it is none."""
        return foreign_json.parse(self.body)
