"""What the Orders screen has at hand of a long list, and what it still wants; knows nothing of widgets."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from functools import partial

from core.order_list import OrderFilter, OrderView
from tui.screens.orders_data import PAUSE, OrderDetail, OrdersRead, Wish
from tui.screens.orders_text import columns, order_row
from tui.widgets.paged import PagedRows


class OrdersWindow:
    """The filter that is wanted, and the reading that is shown; `missed` asks for another reading."""

    def __init__(self, missed: Callable[[], object]) -> None:
        self._missed = missed
        self.filter = OrderFilter()
        self.channels: list[str] = []
        self.counts: dict[str, int] = {}
        self.total: int | None = None
        """All orders there are; None before the first reading."""
        self.detail: OrderDetail | None = None
        self.is_whole = False
        """Whether all orders that fit are listed, and counted; else the newest of them."""
        self._is_begun = False
        self._keys_due_at = 0.0
        self._state = ""
        self._read_for = self.filter
        self.rows = self._paged()

    @property
    def several(self) -> bool:
        """Whether there are several channels, so that every order says its own."""
        return len(self.channels) > 1

    def wish(self, in_view: range, height: int, cursor: int | None, started: int | None) -> Wish:
        """What to read for these places in view; after another filter was chosen, its first page."""
        same = self._read_for == self.filter
        top = in_view.start if same else 0
        return Wish(
            filter=self.filter,
            state=self._state if same and self.is_whole else "",
            known=self.rows.keys if same and self._is_begun else None,
            keys_due=not self.is_whole or time.monotonic() >= self._keys_due_at,
            in_view=range(top, top + max(height, 1)),
            unread=self.rows.unread(in_view),
            cursor=cursor,
            detail=self.detail,
            started=started,
        )

    def count(self, data: OrdersRead) -> int | None:
        """All orders there are, as of a reading."""
        self.total = self.total if data.total is None else data.total
        return self.total

    def take(self, data: OrdersRead, cursor: int | None) -> int | None:
        """Take a reading; gives the order that the cursor has to go to, if it cannot stay."""
        if data.channels is not None:
            several, self.channels = self.several, data.channels
            if several != self.several:
                self.rows = self._paged()
        go_to = None
        if data.keys is not None:
            go_to = _first(data.keys.keys) if data.filter != self._read_for and cursor not in data.keys.keys else None
            if data.filter != self._read_for or data.is_whole:
                self.is_whole, self.counts = data.is_whole, data.keys.counts
            self._read_for, self._is_begun = data.filter, True
            self.rows.replace(data.keys.keys)
        if data.is_whole:
            self._state, self._keys_due_at = data.state, time.monotonic() + PAUSE * (self.total or 0)
        if data.is_new:
            self.rows.outdated()
        self.rows.arrived(data.asked, data.rows)
        self.detail = data.detail
        return go_to

    def _paged(self) -> PagedRows[OrderView]:
        row = partial(order_row, channel=self.several)
        return PagedRows(len(columns(channel=self.several)), row, self._missed)


def _first(keys: array[int]) -> int | None:
    return keys[0] if keys else None
