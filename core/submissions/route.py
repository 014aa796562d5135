"""Whether changes go singly or in a feed, with the reason in words, and the plan of a run of any size. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from core.amazon.operations import CREATE_FEED_DOCUMENT, GET_FEED_DOCUMENT
from core.quota import Level, UsagePlan
from core.words import counted

FEW_SECONDS = 60.0
"""What goes singly within so long goes singly: it is answered at once, and a feed would hardly be begun."""
_LEAST_STUCK, _STUCK_EACH = timedelta(minutes=30), timedelta(seconds=0.3)


@dataclass(frozen=True)
class Route:
    """How changes go."""

    by_feed: bool
    why: str


@dataclass(frozen=True)
class Bucket:
    """What a quota lets through."""

    tokens: float
    rate: float
    """Tokens per second."""

    @classmethod
    def of(cls, level: Level) -> Bucket:
        """As it stands."""
        return cls(level.tokens, level.rate)

    @classmethod
    def full(cls, plan: UsagePlan) -> Bucket:
        """As published, with all that can be saved up."""
        return cls(plan.burst, plan.rate)

    def seconds(self, calls: int) -> float:
        """Until the last of so many calls is through."""
        return max(calls - self.tokens, 0.0) / self.rate


@dataclass(frozen=True)
class Allowance:
    """What the quotas of a seller let through now."""

    patches: Bucket
    feeds: Bucket
    """Five feeds of listings in five minutes."""
    creations: Bucket
    """createFeed's own plan."""

    def feed_seconds(self, feeds: int) -> float:
        """Until so many feeds can be with Amazon."""
        return max(self.feeds.seconds(feeds), self.creations.seconds(feeds))


@dataclass(frozen=True)
class RunPlan:
    """A whole run of feeds."""

    feeds: int
    calls: dict[str, int]
    """Those of the feeds by operation; looking at a feed (getFeed) comes once in two minutes besides."""
    seconds: float
    """Until the last feed is with Amazon and its report could be fetched; how long Amazon works is its own."""


def route(waiting: int, allowance: Allowance) -> Route:
    """How so many waiting changes go; those that are urgent are not among them, and never go in a feed."""
    singly, by_feed = allowance.patches.seconds(waiting), allowance.feed_seconds(1)
    changes = counted(waiting, "change")
    if singly <= FEW_SECONDS:
        return Route(False, f"{changes} singly: that takes {_span(singly)}, and each is answered at once.")
    if by_feed >= singly:
        return Route(False, f"{changes} singly in {_span(singly)}: the next feed may be sent in {_span(by_feed)} only.")
    return Route(True, f"{changes} by feed: singly they would take {_span(singly)} at the quota's pace.")


def stuck_after(messages: int) -> timedelta:
    """How long a feed of so many messages may take before they go singly: half an hour, and 2 h 35 min for 25,000."""
    return _LEAST_STUCK + messages * _STUCK_EACH


def plan_run(messages: int, per_feed: int, allowance: Allowance) -> RunPlan:
    """What sending so many messages in feeds costs and takes."""
    feeds = math.ceil(messages / per_feed)
    names = ("createFeedDocument", "createFeed", "getFeedDocument")
    documents = Bucket.full(CREATE_FEED_DOCUMENT.plan).seconds(feeds)
    reports = Bucket.full(GET_FEED_DOCUMENT.plan).seconds(feeds)
    return RunPlan(feeds, dict.fromkeys(names, feeds), max(allowance.feed_seconds(feeds), documents, reports))


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
