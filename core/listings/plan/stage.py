"""The stages of a listing that was sent, and when it is looked at next."""

from __future__ import annotations

from datetime import datetime, timedelta

ACCEPTED, BUYABLE, ISSUES, SUBMITTED = "accepted", "buyable", "issues", "submitted"
_MINUTES = (5, 15, 60, 240, 720, 1_440)
"""Between two looks: ever less often, for issues can come hours later."""
SETTLED_AFTER = 5
"""Looks after which one that is as it is to be is followed no more: about five and a half hours."""


def stage_of(is_there: bool, is_buyable: bool, has_errors: bool) -> str:
    """How far a listing is."""
    if not is_there:
        return SUBMITTED
    if has_errors:
        return ISSUES
    return BUYABLE if is_buyable else ACCEPTED


def next_look(is_done: bool, looks: int, until: datetime | None, now: datetime) -> datetime | None:
    """When it is looked at next after so many looks; None: it is settled. `is_done`: nothing more is to come."""
    due = now + timedelta(minutes=_MINUTES[min(max(looks, 1), len(_MINUTES)) - 1])
    if is_done and looks >= SETTLED_AFTER:
        return None
    return None if until is None or due > until else due
