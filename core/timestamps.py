"""Timestamps as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from core.errors import UsageError

_DATE_AND_ZONE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:?\d{2})", re.IGNORECASE)


def timestamp(option: str, text: str | None) -> datetime | None:
    """A time in ISO 8601 with a zone, or None for nothing; a date with a zone is its midnight there.

    Raises UsageError that names the `option`.
    """
    if not text:
        return None
    try:
        day = _DATE_AND_ZONE.fullmatch(text)
        found = datetime.fromisoformat(f"{day[1]}T00:00{day[2].upper()}" if day else text)
    except ValueError:
        raise UsageError(
            f"{option}: {text!r} is not a valid time.", next_step="Write for example 2026-01-31Z or 2026-01-31T14:30Z."
        ) from None
    if found.tzinfo is None:
        raise UsageError(
            f"{option}: {text!r} has no time zone.", next_step=f"Write for example {text}Z or {text}+01:00."
        )
    return found


def told(value: Any) -> datetime | None:
    """A time as a remote tells it, ISO 8601 with a zone, in UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (TypeError, ValueError, OverflowError):  # the last: of the year 1, east of Greenwich
        return None
