"""The rows of a long list: their keys are known, the rest is read when they come into view.

The screen reads in a thread what `unread` names for the rows in view and hands it over with `arrived`; until then a row
is a placeholder. Rows stay for coming back to them, as many as `KEPT`; once `outdated` they are shown as they were
until they have been read again.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar, overload

from textual.content import Content

from tui.widgets.table import PlacedRows, Row

Item = TypeVar("Item")

KEPT = 5_000
"""Rows that are kept once they were read."""

AHEAD = 40
"""Rows above and below those in view that are read along, so that the next page is there when it is turned."""

WAITING = "…"
"""Stands for what has not been read yet."""


class PagedRows(PlacedRows, Generic[Item]):
    """Rows known by their keys, each made by `row` from the item that was read.

    `missed` is called, once until the next reading, when a row is needed that was not read.
    """

    def __init__(self, columns: int, row: Callable[[int, Item], Row], missed: Callable[[], object]) -> None:
        self._blank = (Content(WAITING), *[Content("")] * (columns - 1))
        self._row = row
        self._missed = missed
        self._asked = False
        self._keys = array("q")
        self._read: OrderedDict[int, tuple[Item | None, Row]] = OrderedDict()
        self._fresh: set[int] = set()

    @property
    def keys(self) -> array[int]:
        """Every row's key, in order."""
        return self._keys

    def item(self, key: int | None) -> Item | None:
        """What was last read of a row."""
        return self._read[key][0] if key in self._read else None

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

    def arrived(self, keys: Iterable[int], items: Mapping[int, Item]) -> None:
        """Take what was read of these keys; one without an item is a thing that is gone."""
        for key in keys:
            item = items.get(key)
            row = Row(key, self._blank) if item is None else self._row(key, item)
            self._read[key] = item, row
            self._read.move_to_end(key)
            self._fresh.add(key)
        while len(self._read) > KEPT:
            key, _ = self._read.popitem(last=False)
            self._fresh.discard(key)

    def key_at(self, place: int) -> int:
        """The key at a place."""
        return self._keys[place]

    def place_of(self, key: int) -> int | None:
        """The place of a key."""
        try:
            return self._keys.index(key)
        except ValueError:
            return None

    def is_read(self, place: int) -> bool:
        """Whether the row at a place was read."""
        return self._keys[place] in self._read

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
        return self._read[key][1] if key in self._read else Row(key, self._blank)


def around(keys: array[int], places: range) -> array[int]:
    """The keys at these places and a little above and below."""
    return keys[max(places.start - AHEAD, 0) : places.stop + AHEAD]
