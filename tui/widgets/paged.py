"""The rows of a long list: their keys are known, the rest is read when they come into view.

The screen reads in a thread what `unread` names for the rows in view and hands it over with `arrived`; until then a row
is a placeholder. Rows stay for coming back to them, as many as `KEPT`; once `outdated` they are shown as they were
until they have been read again.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import overload

from textual.content import Content

from tui.widgets.table import PlacedRows, Row

KEPT = 5_000
"""Rows that are kept once they were read."""

AHEAD = 40
"""Rows above and below those in view that are read along, so that the next page is there when it is turned."""

WAITING = "…"
"""Stands for what has not been read yet."""


class PagedRows(PlacedRows):
    """Rows known by their keys; `missed` is called, once until the next reading, when one is needed that is unread."""

    def __init__(self, columns: int, missed: Callable[[], None]) -> None:
        self._blank = (Content(WAITING), *[Content("")] * (columns - 1))
        self._missed = missed
        self._asked = False
        self._keys = array("q")
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._fresh: set[int] = set()

    @property
    def keys(self) -> array[int]:
        """Every row's key, in order."""
        return self._keys

    def replace(self, keys: array[int]) -> None:
        """Have other rows, or the same in another order; those that were read stay read."""
        self._keys = keys

    def outdated(self) -> None:
        """Whatever was read may have changed."""
        self._fresh.clear()

    def unread(self, places: range) -> list[int]:
        """The keys at these places, and a little above and below, that are to be read now."""
        self._asked = False
        return [key for key in around(self._keys, places) if key not in self._fresh]

    def arrived(self, keys: Iterable[int], rows: Iterable[Row]) -> None:
        """Take rows that were read; a key without a row is a thing that is gone."""
        read = {key: Row(key, self._blank) for key in keys} | {row.key: row for row in rows}
        for key, row in read.items():
            self._rows[key] = row
            self._rows.move_to_end(key)
        self._fresh.update(read)
        while len(self._rows) > KEPT:
            key, _ = self._rows.popitem(last=False)
            self._fresh.discard(key)

    def place_of(self, key: int) -> int | None:
        """The place of a key."""
        try:
            return self._keys.index(key)
        except ValueError:
            return None

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        key = self._keys[place]
        if key not in self._fresh and not self._asked:
            self._asked = True
            self._missed()
        return self._rows.get(key) or Row(key, self._blank)


def around(keys: array[int], places: range) -> array[int]:
    """The keys at these places and a little above and below."""
    return keys[max(places.start - AHEAD, 0) : places.stop + AHEAD]
