"""All submissions with what became of them, for audits."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One submission.

    draft        by an application that was not published
    fingerprint  of what was wanted, whatever the route
    asked, done  when the seller asked for it, and when Amazon carried it out
    changed      it was not there already
    missed       accepted, though there is no such listing
    dropped      accepted, and lost on demand
    stale        asked for before what was there
    lost         parts of the offer that went, because they were not sent again
    fba          it had units for Amazon's own channel, or left the merchant's beside them
    """

    seller_id: str
    sku: str
    kind: str
    route: str
    places: tuple[str, ...]
    preview: bool
    draft: bool
    status: str
    fingerprint: str
    asked: datetime
    done: datetime
    changed: bool
    missed: bool
    dropped: bool
    stale: bool
    lost: tuple[str, ...]
    fba: bool


class Journal:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def note(self, entry: Entry) -> None:
        """Remember a submission."""
        with self._lock:
            self._entries.append(entry)

    def entries(self, seller_id: str) -> list[Entry]:
        """Those of a seller, the oldest first."""
        with self._lock:
            return [one for one in self._entries if one.seller_id == seller_id]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()
