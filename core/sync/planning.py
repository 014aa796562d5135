"""From what is dirty to the outbox, a chunk at a time: reading the rows, and writing what a plan decided of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlmodel import Session

from core.database import Database
from core.jobs.context import ItemResult, JobContext
from core.model.channel import Channel
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.outbox import NewIntent, open_about, post
from core.sync.problems import raise_problems, resolve_problems

log = logging.getLogger(__name__)

T = TypeVar("T")
U = TypeVar("U")

CHUNK = 200
AHEAD = 20_000
"""Rows whose keys are looked up at once: sorting all that are left for each chunk would take longer than planning."""


@dataclass
class Decided:
    """What a plan said of one chunk."""

    intents: list[NewIntent] = field(default_factory=list)
    held: dict[Subject, Sequence[Hold]] = field(default_factory=dict)
    """Stays dirty: the next job looks again whether its cause is gone."""
    settled: list[Subject] = field(default_factory=list)
    """Needs nothing and has no problem any more."""
    results: list[ItemResult] = field(default_factory=list)
    """What became of the items that are not to be sent."""

    def leave_out(self, subjects: Set[Subject]) -> None:
        """Forget what was decided of some items, which stay dirty."""
        self.intents = [intent for intent in self.intents if intent.subject not in subjects]
        self.held = {subject: holds for subject, holds in self.held.items() if subject not in subjects}
        self.settled = [subject for subject in self.settled if subject not in subjects]
        self.results = [item for item in self.results if Subject.parse(item.subject) not in subjects]


def chunks(database: Database, dirty: Any, key: Any, last: int, size: int = CHUNK) -> Iterator[list[int]]:
    """Keys of the rows of the query `dirty` beyond the key `last`, looked up when their turn comes."""
    while True:
        with database.read() as session:
            query = dirty.with_only_columns(key).where(key > last).order_by(key).limit(AHEAD)
            keys: Sequence[int] = session.connection().execute(query).scalars().all()
        if not keys:
            return
        for start in range(0, len(keys), size):
            yield list(keys[start : start + size])
        last = keys[-1]


def guarded(what: str, plan: Callable[[], T], odd: Callable[[str], U]) -> T | U:
    """What a plan says of one item; one that it cannot plan is held alone, for the reason that `odd` is given."""
    try:
        return plan()
    except Exception:
        log.exception("%s cannot be planned", what)
        return odd("it is of a form that this version of the program cannot plan")


def write(
    session: Session,
    context: JobContext,
    channel: Channel,
    remote: Owner,
    flow: str,
    decided: Decided,
    mark_clean: Callable[[Session, Sequence[str]], None],
) -> set[Subject]:
    """Write the decisions of a chunk in the caller's transaction; returns what was to be sent and is not put in.

    `mark_clean` is given the ids of the items that need no planning any more: those settled, and those in the outbox.
    What somebody has begun to send already goes to its end first, so it stays dirty. A job that only plans
    (`plan_only`) sends nothing, and what it would have sent is told as its result.
    """
    owner = Owner.channel(channel.id or 0)
    for item in decided.results:
        context.result(item)
    raise_problems(session, owner, flow, decided.held)
    resolve_problems(session, owner, flow, decided.settled)
    if context.params.get("plan_only"):
        for intent in decided.intents:
            context.result(ItemResult(str(intent.subject), "unchanged", message=f"planned: {intent.kind}"))
        waiting = open_about(session, channel, remote, flow, decided.settled)
        clean, late = [subject for subject in decided.settled if subject not in waiting], set[Subject]()
    else:
        about = [*decided.settled, *decided.held]
        begun = post(session, channel, context.job_id, remote, flow, decided.intents, withdrawn=about)
        sent = [intent.subject for intent in decided.intents]
        clean, late = (
            [subject for subject in [*decided.settled, *sent] if subject not in begun],
            begun.intersection(sent),
        )
    mark_clean(session, [subject.id for subject in clean])
    return late
