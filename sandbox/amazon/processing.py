"""Reports and feeds while Amazon works on them: in the queue, in progress, ended, as the sandbox's clock goes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sandbox.amazon.errors import invalid_input
from sandbox.amazon.shelf import Shelf
from sandbox.clock import Clock
from sandbox.world.render import iso

IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL = "IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"
STATES = frozenset((IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL))
FIRST_ID = 50_001_020_000


@dataclass
class Pace:
    """How Amazon works on reports and feeds; times in seconds of the sandbox's clock.

    queue, work    how long each waits, and is worked on
    per_message    how much longer for each message of a feed
    packed         whether the documents are gzip
    min_interval   a report asked for again within this time is CANCELLED
    outcomes       type of report or feed -> CANCELLED or FATAL, whatever it would have been
    """

    queue: float = 5.0
    work: float = 15.0
    per_message: float = 0.01
    packed: bool = True
    min_interval: float = 0.0
    outcomes: dict[str, str] = field(default_factory=dict)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Replace some of it; TypeError for a name that is none, ValueError for an outcome that is none."""
        unknown = sorted(set(changes) - {one.name for one in fields(self)})
        if unknown:
            raise TypeError(f"{unknown[0]} is none of {', '.join(one.name for one in fields(self))}")
        wrong = sorted(set(dict(changes.get("outcomes", {})).values()) - {CANCELLED, FATAL})
        if wrong:
            raise ValueError(f"an outcome is {CANCELLED} or {FATAL}, not {wrong[0]!r}")
        for name, value in changes.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class Result:
    """How it ended; the document is text in pieces, in the charset that its content type names."""

    status: str
    document: Iterable[str] = ()
    content_type: str = "text/plain;charset=UTF-8"


@dataclass
class Work:
    """One report or feed."""

    id: str
    type: str
    places: tuple[str, ...]
    created: datetime
    queue: timedelta
    work: timedelta
    make: Callable[[], Result]
    options: Mapping[str, str] = field(default_factory=dict)
    stuck: timedelta = timedelta(0)
    start: datetime | None = None
    end: datetime | None = None
    status: str = IN_QUEUE
    document_id: str = ""

    @property
    def is_open(self) -> bool:
        """Whether Amazon has not done with it."""
        return self.status in (IN_QUEUE, IN_PROGRESS)

    @property
    def starts(self) -> datetime:
        """When Amazon takes it up."""
        return self.created + self.queue

    @property
    def ends(self) -> datetime:
        """When it is done."""
        return self.starts + self.work + self.stuck

    def shown(self, name: str, document: str) -> dict[str, Any]:
        """As the interface shows it; `name` is "report" or "feed", `document` the field of its document."""
        shown: dict[str, Any] = {
            f"{name}Id": self.id,
            f"{name}Type": self.type,
            "marketplaceIds": list(self.places),
            "processingStatus": self.status,
            "createdTime": iso(self.created),
        }
        if name == "report":
            shown["dataStartTime"] = iso(self.start or self.created)
            shown["dataEndTime"] = iso(self.end or self.created)
        if self.status in (IN_PROGRESS, DONE, FATAL):
            shown["processingStartTime"] = iso(self.starts)
        if self.status in (DONE, FATAL):
            shown["processingEndTime"] = iso(self.ends)
        if self.document_id:
            shown[document] = self.document_id
        return shown


class Desk:
    """The reports, or the feeds, of every seller. Thread-safe."""

    def __init__(self, clock: Clock, shelf: Shelf, pace: Pace, on_done: Callable[[str, Work], None]) -> None:
        self._clock = clock
        self._shelf = shelf
        self._pace = pace
        self._on_done = on_done
        self._lock = threading.RLock()
        self._works: dict[str, list[Work]] = {}
        self._pages: dict[str, tuple[str, list[Work], int]] = {}
        self._busy: set[str] = set()
        """Sellers whose works somebody is finishing."""

    def add(
        self,
        seller_id: str,
        kind: str,
        places: Iterable[str],
        make: Callable[[], Result],
        *,
        messages: int = 0,
        **more: Any,
    ) -> Work:
        """Take in a request; it is worked on from now, and none ends before the one before it.

        Those that are stuck hold up no others. `messages` make it longer.
        """
        pace, now = self._pace, self._clock.now()
        with self._lock:
            works = self._works.setdefault(seller_id, [])
            number = FIRST_ID + sum(map(len, self._works.values()))
            queue = timedelta(seconds=pace.queue)
            work_time = timedelta(seconds=pace.work + messages * pace.per_message)
            before = max((one.ends for one in works if one.is_open and not one.stuck), default=now)
            work_time = max(work_time, before - now - queue)
            work = Work(str(number), kind, tuple(places), now, queue, work_time, make, **more)
            if kind in pace.outcomes:
                outcome = pace.outcomes[kind]
                reason = ("Sandbox: this report or feed was told to fail.",) if outcome == FATAL else ()
                work.make = lambda: Result(outcome, reason)
            works.append(work)
            return work

    def is_too_soon(self, seller_id: str, kind: str, places: Iterable[str], options: Mapping[str, str]) -> bool:
        """Whether the same was asked for within the shortest interval."""
        wanted, since = sorted(places), self._clock.now() - timedelta(seconds=self._pace.min_interval)
        with self._lock:
            return any(
                (one.type, sorted(one.places), one.options) == (kind, wanted, options) and one.created > since
                for one in self._works.get(seller_id, ())
            )

    def get(self, seller_id: str, work_id: str) -> Work | None:
        """One of a seller's, as it stands now."""
        self.settle(seller_id)
        with self._lock:
            return next((one for one in self._works.get(seller_id, ()) if one.id == work_id), None)

    def settle(self, seller_id: str) -> None:
        """Let time pass for all that are open, in the order in which they end.

        While somebody else is at it, what is due is still in progress.
        """
        with self._lock:
            now = self._clock.now()
            started = [one for one in self._works.get(seller_id, ()) if one.is_open and one.starts <= now]
            for one in started:
                one.status = IN_PROGRESS
            due = sorted((one for one in started if one.ends <= now), key=lambda one: one.ends)
            if not due or seller_id in self._busy:
                return
            self._busy.add(seller_id)
        try:
            for one in due:
                self._finish(seller_id, one)
        finally:
            with self._lock:
                self._busy.discard(seller_id)

    def works(self, seller_id: str) -> list[Work]:
        """All of a seller's, oldest first, as they stood when somebody looked last."""
        with self._lock:
            return list(self._works.get(seller_id, ()))

    def clear(self) -> None:
        """Forget everything, as Amazon does after its ninety days."""
        with self._lock:
            self._works.clear()

    def cancel(self, work: Work) -> None:
        """Take it back; refused once it is worked on."""
        with self._lock:
            if work.status != IN_QUEUE:
                raise invalid_input(f"{work.id} cannot be cancelled: it is {work.status}.")
            work.status = CANCELLED

    def search(self, seller_id: str, wants: Callable[[Work], bool], size: int) -> tuple[list[Work], str]:
        """The newest ones, and the token of the next page, empty after the last."""
        self.settle(seller_id)
        with self._lock:
            works = self._works.get(seller_id, [])
            return self._page(seller_id, [one for one in reversed(works) if wants(one)], size)

    def next_page(self, seller_id: str, token: str) -> tuple[list[Work], str]:
        """Go on where a token stands; it is good once."""
        with self._lock:
            owner, rest, size = self._pages.pop(token, ("", [], 0))
            if owner != seller_id:
                raise invalid_input("nextToken is not valid.")
            return self._page(seller_id, rest, size)

    def _page(self, seller_id: str, works: list[Work], size: int) -> tuple[list[Work], str]:
        token = secrets.token_urlsafe(24) if len(works) > size else ""
        if token:
            self._pages[token] = seller_id, works[size:], size
        return works[:size], token

    def _finish(self, seller_id: str, work: Work) -> None:
        """Make what it contains, without keeping others from the desk."""
        result = work.make()
        document_id = self._shelf.keep(seller_id, result.document, result.content_type, packed=self._pace.packed)
        with self._lock:
            work.status, work.document_id = result.status, document_id
        self._on_done(seller_id, work)
