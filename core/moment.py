"""Moments as people write them."""

from __future__ import annotations

from datetime import datetime

from core.errors import UsageError


def moment(option: str, text: str | None) -> datetime | None:
    """An ISO 8601 moment with a zone, or None for nothing; raises UsageError that names the `option`."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option}: {text!r} is no moment.", next_step="Write for example 2026-01-31T00:00:00Z."
        ) from None
    if found.tzinfo is None:
        raise UsageError(
            f"{option}: {text!r} has no time zone.", next_step=f"Write for example {text}Z or {text}+01:00."
        )
    return found
