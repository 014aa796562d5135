"""What feeds do, by their type: whoever builds more of the world adds theirs with `feed_type`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.amazon.access import Account
from sandbox.amazon.applications import Application
from sandbox.amazon.operations import Operation
from sandbox.amazon.processing import Result
from sandbox.amazon.state import Amazon


@dataclass
class Feed:
    """A feed as its type sees it; `dry`: on Amazon's sandbox hosts, where nothing comes of it."""

    account: Account
    application: Application
    places: tuple[str, ...]
    document: bytes
    asked: datetime
    dry: bool = False
    feed_id: str = ""


Process = Callable[[Amazon, Feed], Result]


@dataclass(frozen=True)
class FeedType:
    """`size`: how many messages a document has; `plan`: how often such a feed may be made."""

    process: Process
    size: Callable[[bytes], int] = lambda document: 0
    plan: Operation | None = None


FEED_TYPES: dict[str, FeedType] = {}


def feed_type(
    name: str, *, size: Callable[[bytes], int] = lambda document: 0, plan: Operation | None = None
) -> Callable[[Process], Process]:
    """Register what a type of feed does with its document."""

    def register(process: Process) -> Process:
        FEED_TYPES[name] = FeedType(process, size, plan)
        return process

    return register
