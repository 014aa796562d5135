"""What waits of a flow is taken for a feed, where it goes in one; or why there is none now.

A claim marks up to a whole feed of changes with its key, while nobody runs the lane, so that nothing goes both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlmodel import col, func, not_, or_, select, update

from core import clock
from core.amazon.feeds import LISTINGS_BUCKET, LISTINGS_PLAN
from core.amazon.operations import CREATE_FEED, PATCH_LISTING
from core.jobs.context import JobContext
from core.jobs.turns import alone
from core.model.outbox import WAITING, OutboxIntent
from core.submissions.route import Allowance, Bucket, route
from core.submissions.sender import LOOK_FIRST, SINGLY, carried_values
from core.sync.carried import URGENT
from core.sync.lane import Back
from core.sync.remotes import SellerRemote
from core.windows import AT_ONCE
from core.workspace import Workspace

STOPPED = "writes to be allowed again (all writes are stopped)"
ALLOWANCE = "Amazon to let another feed through"
URGENTLY = "urgent changes to go first"
IS_URGENT: Any = (col(OutboxIntent.state) == WAITING, col(OutboxIntent.step) == URGENT)
_ALONE = (URGENT, LOOK_FIRST, SINGLY)
"""Steps of intents that go in no feed."""
_TOLD = 20
"""Changes from which on the log says how they go."""
_URGENT_FIRST = 2.0
"""Seconds beyond those that urgent changes take by the quota, before a feed is composed."""


class Claims:
    """Takes what waits of one flow in one channel."""

    def __init__(
        self,
        workspace: Workspace,
        context: JobContext,
        target: SellerRemote,
        prefix: str,
        mine: Sequence[Any],
        per_feed: int,
    ) -> None:
        """`prefix` begins the keys of feeds; `mine` says which intents are the flow's and channel's."""
        self._workspace = workspace
        self._context = context
        self._client = target.client
        self._name = target.name
        self._lane = f"lane/{target.owner}"
        self._prefix = prefix
        self._mine = mine
        self._per_feed = per_feed

    def take(self) -> tuple[str, Back | None]:
        """Claim a feed; gives its key, or when to come back for one."""
        free: tuple[Any, ...] = (
            *self._mine,
            col(OutboxIntent.state) == WAITING,
            not_(col(OutboxIntent.step).in_(_ALONE)),
        )
        with self._workspace.database.read() as session:
            waiting = session.exec(select(func.count()).select_from(OutboxIntent).where(*free)).one()
        if not waiting:
            return "", None
        if urgent := self._urgent():
            return "", Back(clock.after(Bucket.full(PATCH_LISTING.plan).seconds(urgent) + _URGENT_FIRST), URGENTLY)
        chosen = route(waiting, self._allowance())
        if waiting >= _TOLD:
            self._context.event(chosen.why)
        if not chosen.by_feed:
            return "", None
        if chosen.wait:
            return "", self._reserve(free, Back(clock.after(chosen.wait), ALLOWANCE))
        if self._workspace.writes_stopped():
            return "", Back(clock.after(clock.from_real(2)), STOPPED)
        key = f"{self._prefix} {uuid4().hex[:12]}"
        other = f"another job that writes to {self._name}"
        alone(self._context, self._lane, other, lambda _: self._mark(free, key))
        return key, None

    def _reserve(self, free: Sequence[Any], back: Back) -> Back:
        """Let nothing go singly of what goes in the next feed, but for what was tried so before."""
        with self._workspace.database.write() as session:
            query = update(OutboxIntent).where(*free, col(OutboxIntent.attempts) == 0)
            session.exec(query.values(not_before=back.at))
        return back

    def _urgent(self) -> int:
        """Urgent changes that wait to be sent now: composing a feed takes a minute, and they do not have it."""
        due = or_(col(OutboxIntent.not_before).is_(None), col(OutboxIntent.not_before) <= clock.now())
        with self._workspace.database.read() as session:
            query = select(func.count()).select_from(OutboxIntent).where(*self._mine, *IS_URGENT, due)
            return session.exec(query).one()

    def _mark(self, free: Sequence[Any], key: str) -> None:
        with self._workspace.database.write() as session:
            query = select(OutboxIntent.id).where(*free).order_by(col(OutboxIntent.id)).limit(self._per_feed)
            ids = session.exec(query).all()
            for start in range(0, len(ids), AT_ONCE):
                some = (*free, col(OutboxIntent.id).in_(ids[start : start + AT_ONCE]))
                session.exec(update(OutboxIntent).where(*some).values(**carried_values(key)))

    def _allowance(self) -> Allowance:
        patch, create = PATCH_LISTING, CREATE_FEED
        return Allowance(
            Bucket.of(self._client.level(patch.name, patch.plan)),
            Bucket.of(self._client.level(LISTINGS_BUCKET, LISTINGS_PLAN)),
            Bucket.of(self._client.level(create.name, create.plan)),
        )
