"""What a list screen has at hand of a long list, and what it still wants; knows nothing of widgets.

The keys of a hundred thousand orders take a tenth of a second of the processor. So a list may begin with its newest,
and while a worker commits all the time, only these and the rows in view are read every second: see `PAUSE`.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.jobs.views import JobView
from core.windows import Keys
from tui.widgets.paged import PagedRows

Filter = TypeVar("Filter", bound=Any)
View = TypeVar("View")
Detail = TypeVar("Detail")

NEWEST = 200
"""Rows that a list begins with, while the keys of all others are still being read."""

PAUSE = 12e-6
"""Real seconds, for each row there is, until all keys are read again: ten times what reading them costs."""


@dataclass(frozen=True)
class Query(Generic[Filter, Detail]):
    """What to read. `keys_as_of` and `rows_as_of` are those of the last snapshot; None reads again."""

    wanted: Filter
    keys_as_of: Hashable
    rows_as_of: Hashable
    known: array[int] | None
    """The keys that are listed for this filter; None for none yet."""
    keys_due: bool
    """Whether all keys may be read again already."""
    in_view: range
    unread: list[int]
    """Rows in view that are not at hand."""
    cursor: int | None
    detail: tuple[int, Detail] | None
    """What is known of a row, and which."""


@dataclass(frozen=True)
class Snapshot(Generic[Filter, View, Detail]):
    """The answer to a query. `keys`, `total` and `channels` are None while they are as they were."""

    query: Query[Filter, Detail]
    keys_as_of: Hashable
    rows_as_of: Hashable
    keys: Keys[Any] | None
    is_whole: bool
    """Whether `keys` are all that fit, and counted; else the newest, before those that are known."""
    total: int | None
    """All there are, whatever is filtered by; None also where it was not counted."""
    channels: Sequence[str] | None
    asked: list[int]
    rows: Mapping[int, View]
    detail: tuple[int, Detail] | None
    started: JobView | None = None
    """The job that was started on the screen last."""


class Window(Generic[Filter, View, Detail]):
    """The filter that is wanted, and what is shown.

    `paged` makes the rows, by whether there are several channels, so that every row says its own.
    """

    def __init__(self, everything: Filter, paged: Callable[[bool], PagedRows[View]]) -> None:
        self._paged = paged
        self.wanted = everything
        self.channels: Sequence[str] = ()
        self.counts: Mapping[Any, int] = {}
        self.matches = 0
        """Rows that `counts` are made of."""
        self.total: int | None = None
        """All there are; None before they were counted."""
        self.is_whole = False
        """Whether all that fits is listed, and counted; else the newest of it."""
        self.detail: tuple[int, Detail] | None = None
        """What is known of a row, and which."""
        self.rows = paged(self.several)
        self._read_for = everything
        self._is_begun = False
        self._keys_due_at = 0.0
        self._keys_as_of: Hashable = None
        self._rows_as_of: Hashable = None

    @property
    def several(self) -> bool:
        """Whether there are several channels."""
        return len(self.channels) > 1

    @property
    def is_answered(self) -> bool:
        """Whether all that fits what is wanted now is listed, and counted."""
        return self.is_whole and self._read_for == self.wanted

    @property
    def has_any(self) -> bool:
        """Whether there is anything to choose from."""
        return (self._is_begun or self.total is not None) and self.total != 0

    def query(self, in_view: range, height: int, cursor: int | None) -> Query[Filter, Detail]:
        """What to read for these places in view; after another filter was chosen, its first page."""
        same = self._read_for == self.wanted
        top = in_view.start if same else 0
        return Query(
            wanted=self.wanted,
            keys_as_of=self._keys_as_of if same and self.is_whole else None,
            rows_as_of=self._rows_as_of if same else None,
            known=self.rows.keys if same and self._is_begun else None,
            keys_due=not self.is_whole or time.monotonic() >= self._keys_due_at,
            in_view=range(top, top + max(height, 1)),
            unread=self.rows.unread(in_view),
            cursor=cursor,
            detail=self.detail,
        )

    def count(self, data: Snapshot[Filter, View, Detail]) -> int | None:
        """All there are, as of a snapshot."""
        self.total = self.total if data.total is None else data.total
        return self.total

    def take(self, data: Snapshot[Filter, View, Detail], cursor: int | None) -> int | None:
        """Take a snapshot; gives the row that the cursor has to go to, if it cannot stay."""
        if data.channels is not None:
            several, self.channels = self.several, data.channels
            if several != self.several:
                self.rows = self._paged(self.several)
        go_to = None
        if data.keys is not None:
            listed, is_new = data.keys.keys, data.query.wanted != self._read_for
            is_sorted_anew = getattr(data.query.wanted, "sort", "") != getattr(self._read_for, "sort", "")
            go_to = listed[0] if is_new and listed and (is_sorted_anew or cursor not in listed) else None
            if is_new or data.is_whole:
                self.is_whole, self.counts, self.matches = data.is_whole, data.keys.counts, data.keys.total
            self._read_for, self._is_begun = data.query.wanted, True
            self.rows.replace(listed)
        if data.is_whole:
            self._keys_as_of, self._keys_due_at = data.keys_as_of, time.monotonic() + PAUSE * (self.total or 0)
        if data.rows_as_of != self._rows_as_of:
            self._rows_as_of = data.rows_as_of
            self.rows.outdated()
        self.rows.arrived(data.asked, data.rows)
        self.detail = data.detail
        return go_to
