"""Long lists in windows: first the keys of everything that matches, then the rows that are looked at."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

State = TypeVar("State")
View = TypeVar("View")

AT_ONCE = 500
"""Keys that one statement names; every database takes as many."""


NEWEST = "newest"
"""The order in which every list begins."""


@dataclass(frozen=True)
class ListFilter:
    """What a list shows, and in which order; empty fields filter nothing."""

    text: str = ""
    states: frozenset[str] = frozenset()
    channel: str = ""
    code: str = ""
    since: datetime | None = None
    """The first moment that is listed."""
    before: datetime | None = None
    """The first that is not listed any more."""
    sort: str = NEWEST
    """One of the orders that the list knows."""


@dataclass(frozen=True)
class Keys(Generic[State]):
    """The keys that match, in the order of the list; `counts` by state, and `total`, leave the wanted states aside."""

    keys: array[int] = field(default_factory=lambda: array("q"))
    counts: Mapping[State, int] = field(default_factory=dict)
    total: int = 0


def in_order(
    keys: Sequence[int], read: Callable[[Sequence[int]], Iterable[View]], key: Callable[[View], int]
) -> list[View]:
    """The views of some keys, in that order; `read` is asked for a portion at a time, what it leaves out stays out."""
    found: dict[int, View] = {}
    for start in range(0, len(keys), AT_ONCE):
        found.update((key(view), view) for view in read(list(keys[start : start + AT_ONCE])))
    return [found[wanted] for wanted in keys if wanted in found]
