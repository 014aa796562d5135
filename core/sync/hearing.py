"""What a flow hears of: Amazon says that something changed, and the flow has it read.

A notification is a reason to look, never the truth: it may be forged, late, lost or told ten times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.jobs.requests import Requested
    from core.model.channel import Channel
    from core.workspace import Workspace


@dataclass(frozen=True)
class Notice:
    """One notification, whatever its envelope: names of fields are in lower case throughout."""

    kind: str
    """ORDER_CHANGE"""
    id: str
    published_at: datetime | None
    seller_id: str
    """Empty where the kind does not tell it."""
    marketplace_id: str
    about: Mapping[str, Any] = field(repr=False)
    """Its payload."""


@dataclass(frozen=True)
class Heard:
    """What came of some notices: the ids of those that told something new, and the job that looks."""

    news: frozenset[str] = frozenset()
    asked: Requested | None = None


Hears = Callable[["Workspace", "Channel", Sequence[Notice]], Heard]
"""Takes the notices of one kind that concern a channel. Called twice with the same ones it does nothing twice."""
