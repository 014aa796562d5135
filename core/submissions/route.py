"""Whether changes go singly or in a feed, with the reason in words, and the plan of a run of any size. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from core.amazon.operations import CREATE_FEED_DOCUMENT, GET_FEED_DOCUMENT, PATCH_LISTING
from core.quota import LONGEST_SLEEP, Level, UsagePlan
from core.words import counted

FEW_SECONDS = 60.0
"""What goes singly within so long goes singly: it is answered at once, and a feed would hardly be begun."""
_LEAST_STUCK, _STUCK_EACH = timedelta(hours=1), timedelta(seconds=1 / PATCH_LISTING.plan.rate)


@dataclass(frozen=True)
class Route:
    """How changes go."""

    by_feed: bool
    why: str
    wait: float = 0.0
    """Seconds until the feed may be sent; nothing of it goes singly meanwhile."""


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
    why = f"{changes} by feed: singly they would take {_span(singly)} at the quota's pace"
    if by_feed <= LONGEST_SLEEP:
        return Route(True, f"{why}.")
    return Route(True, f"{why}, and the next feed may be sent in {_span(by_feed)}.", by_feed)


def stuck_after(messages: int) -> timedelta:
    """How long a feed of so many messages may take before they go singly: an hour, and 2 h 23 min for 25,000.

    Nobody at Amazon says how long they take. Reported are: less than 5 min as a rule, 15 min for 10,000 messages in bad
    weeks (amzn/selling-partner-api-docs 3161), half an hour for any feed, however small, in others (models 5151), and
    days for those that are stuck (docs 3227), of which no more comes after the first minutes. So an hour is twice what
    has been usual at its worst; and each message adds what it takes singly, as waiting longer than the other way takes
    never pays. Only what can wait does: urgent changes are in no feed.
    """
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
