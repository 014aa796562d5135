"""What was asked of the sandbox: every call, counted by side and operation."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

KEPT = 100_000
"""Single entries kept in memory; the counts go on beyond that."""


@dataclass(frozen=True)
class Entry:
    """One call. `status` is the HTTP status sent, 0 when the connection was closed without an answer."""

    side: str
    operation: str
    method: str
    path: str
    status: int
    at: datetime
    note: str = ""


class Ledger:
    """A thread-safe list of calls with running counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def record(
        self, side: str, operation: str, method: str, path: str, status: int, at: datetime, note: str = ""
    ) -> None:
        """Note one call. 429 counts as refused; any other 4xx or 5xx, and 0, as an error."""
        with self._lock:
            self._entries.append(Entry(side, operation, method, path, status, at, note))
            self._counts[side, operation, "calls"] += 1
            if status == 429:
                self._counts[side, operation, "refused"] += 1
            elif status == 0 or status >= 400:
                self._counts[side, operation, "errors"] += 1

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """`{side: {operation: {"calls": n, "refused": n, "errors": n}}}`."""
        result: dict[str, dict[str, dict[str, int]]] = {}
        with self._lock:
            for (side, operation, what), number in sorted(self._counts.items()):
                row = result.setdefault(side, {}).setdefault(operation, {"calls": 0, "refused": 0, "errors": 0})
                row[what] = number
        return result

    def entries(self, side: str | None = None, operation: str | None = None, limit: int | None = None) -> list[Entry]:
        """The calls in the order they ended, filtered; with `limit` only the latest so many."""
        with self._lock:
            found = [one for one in self._entries if side in (None, one.side)]
        if operation is not None:
            found = [one for one in found if one.operation == operation]
        return found if limit is None else found[max(len(found) - limit, 0) :]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
