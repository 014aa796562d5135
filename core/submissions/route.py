"""Whether changes go singly or in a feed, with the reason in words, and the plan of a run of any size. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Route:
    """How changes go."""

    by_feed: bool
    why: str


@dataclass(frozen=True)
class Allowance:
    """What the quotas of a seller let through now."""

    patches: float
    """Calls at hand."""
    patches_per_second: float
    feeds: float
    feeds_per_second: float


@dataclass(frozen=True)
class RunPlan:
    """A whole run of feeds."""

    feeds: int
    calls: dict[str, int]
    seconds: float
    """Until the last feed is with Amazon; how long Amazon works on them is its own."""


def route(waiting: int, allowance: Allowance) -> Route:
    """How so many waiting changes go, those apart that are urgent."""
    raise NotImplementedError


def stuck_after(messages: int) -> timedelta:
    """How long a feed of so many messages may take before its messages go singly."""
    raise NotImplementedError


def plan_run(messages: int, per_feed: int, allowance: Allowance) -> RunPlan:
    """What sending so many messages in feeds costs and takes."""
    raise NotImplementedError
