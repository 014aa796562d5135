"""The writes that are intended: put in, taken back, and carried from state to state.

A transition is made only while its job holds the lane of the remote, so a worker that lost it cannot begin another
write. Transitions of the lane's threads share transactions, see `writer`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, bindparam, case, false
from sqlalchemy.orm.attributes import set_attribute
from sqlmodel import Session, and_, col, delete, func, not_, or_, select, update

from core import clock
from core.database import Database, upsert
from core.jobs.context import TROUBLES, ItemResult
from core.jobs.lifecycle import LostLease
from core.leases import still_held
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import FINAL, Job, JobItem, JobState
from core.model.outbox import IS_OPEN, OPEN_STATES, REJECTED, SENDING, SENT, UNKNOWN, VERIFIED, WAITING, OutboxIntent
from core.model.setting import writes_are_stopped
from core.state import State
from core.subjects import Owner, Subject
from core.sync.carried import IS_CARRIED, URGENT, overtake
from core.sync.codes import KIND_UNKNOWN, Code
from core.sync.decisions import Hold
from core.sync.problems import raise_problems, resolve_problems
from core.sync.writer import GroupWriter

# One that was sent and has to be sent again is not to be forgotten.
_NEVER_SENT = and_(col(OutboxIntent.state) == WAITING, col(OutboxIntent.attempts) == 0)
_AT_ONCE = 500
_TABLE: Any = OutboxIntent.__table__  # type: ignore[attr-defined]
_MOVING = ("state", "step", "evidence", "attempts", "not_before", "sent_at", "message", "updated_at")
_MOVE = update(_TABLE).where(_TABLE.c.id == bindparam("key"))
_MOVED = "moved"
"""Intents that are changed in a session, by key."""
_STOPPED = "stopped"
"""Whether all writes are stopped, as a session has read it."""
T = TypeVar("T")


@dataclass(frozen=True)
class NewIntent:
    """A write that a plan wants. An intent of a state rather than of an event carries no content: what to send is
    computed when it is sent, so nothing stale ever is."""

    subject: Subject
    kind: str
    content: dict[str, Any] | None = None
    locks: Sequence[str] = ()
    """What nobody else may write meanwhile: "product 12"; intents that share one are serial."""
    step: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    urgent: bool = False
    """It goes before all that is not, and does not wait for what is on its way in bulk."""


@dataclass
class Pending:
    """What the lane needs to know to choose: no content, so that it is cheap to read often.

    `own`: of the channel whose job runs the lane. `shared`: of another job, and never sent when it was read.
    """

    id: int
    kind: str
    state: str
    locks: frozenset[str]
    not_before: datetime | None
    own: bool = True
    shared: bool = False


@dataclass(frozen=True)
class Shared:
    """Intents of a job of another channel that waits; `last` is the key of the newest."""

    channel_id: int
    last: int


@dataclass(frozen=True)
class Tally:
    """Intents of a job: those not ended, those of them that only wait to be read back, and all."""

    open: int = 0
    sent: int = 0
    total: int = 0
    kind: str = ""
    """The kind of most of them; empty where there are none."""


class Withdrawn(Exception):
    """Nobody wants the intent to be sent any more; raised before its call is made."""


class WritesStopped(Exception):
    """Somebody has stopped all writes; raised before the call is made, and the intent stands as it stood."""


# -- putting in and taking back -----------------------------------------------------------------------------------


def post(
    session: Session,
    channel: Channel,
    job_id: int,
    remote: Owner,
    flow: str,
    intents: Sequence[NewIntent],
    *,
    withdrawn: Sequence[Subject] = (),
) -> set[Subject]:
    """Put intents into the outbox, and take back what waits about their subjects and those of `withdrawn`.

    Returns the subjects of which something was begun already: that goes to its end first, and nothing is put in.
    """
    subjects = [*(intent.subject for intent in intents), *withdrawn]
    open_ones = withdraw(session, channel, remote, flow, subjects)
    begun = {Subject.parse(one.subject) for one in open_ones}
    urgent = {str(intent.subject) for intent in intents if intent.urgent}
    overtake(session, [one for one in open_ones if one.subject in urgent], job_id)
    common = {
        "remote": str(remote),
        "flow": flow,
        "store_id": channel.store_id,
        "channel_id": stored_id(channel.id),
        "job_id": job_id,
        "state": WAITING,
        "attempts": 0,
        "message": "",
        "created_at": clock.now(),
        "updated_at": clock.now(),
    }
    rows = [
        {
            **common,
            "subject": str(intent.subject),
            "kind": intent.kind,
            "content": intent.content,
            "locks": list(intent.locks),
            "step": URGENT if intent.urgent else intent.step,
            "evidence": intent.evidence,
        }
        for intent in intents
        if intent.subject not in begun
    ]
    if rows:
        session.connection().execute(OutboxIntent.__table__.insert(), rows)  # type: ignore[attr-defined]
    return begun


def withdraw(
    session: Session, channel: Channel, remote: Owner, flow: str, subjects: Sequence[Subject]
) -> list[OutboxIntent]:
    """Delete the waiting intents about `subjects` whose call was never made; returns those that stay open.

    The subjects are those of the channel's store.

    Whoever is just about to send one finds it gone, see `Outbox.begin`: the database lets only one of both happen.
    """
    left: list[OutboxIntent] = []
    texts = [str(subject) for subject in subjects]
    for start in range(0, len(texts), _AT_ONCE):
        about = and_(
            col(OutboxIntent.remote) == str(remote),
            col(OutboxIntent.flow) == flow,
            col(OutboxIntent.store_id) == channel.store_id,
            col(OutboxIntent.subject).in_(texts[start : start + _AT_ONCE]),
        )
        session.exec(delete(OutboxIntent).where(about, _NEVER_SENT))
        left += session.exec(select(OutboxIntent).where(about, IS_OPEN)).all()
    return left


def open_about(
    session: Session, channel: Channel, remote: Owner, flow: str, subjects: Sequence[Subject]
) -> set[Subject]:
    """Those of the subjects about which something is still to be written or read back."""
    found: set[Subject] = set()
    texts = [str(subject) for subject in subjects]
    for start in range(0, len(texts), _AT_ONCE):
        about = and_(
            col(OutboxIntent.remote) == str(remote),
            col(OutboxIntent.flow) == flow,
            col(OutboxIntent.store_id) == channel.store_id,
            col(OutboxIntent.subject).in_(texts[start : start + _AT_ONCE]),
        )
        found.update(map(Subject.parse, session.exec(select(OutboxIntent.subject).where(about, IS_OPEN)).all()))
    return found


def withdraw_job(session: Session, job_id: int) -> list[Subject]:
    """Delete what a job has put in and nobody has begun to send; returns what it was about.

    Intents whose call was made stay: what was begun is brought to its end by the next job of the channel.
    """
    unsent = (col(OutboxIntent.job_id) == job_id, _NEVER_SENT)
    subjects = session.exec(select(OutboxIntent.subject).where(*unsent)).all()
    session.exec(delete(OutboxIntent).where(*unsent))
    return [Subject.parse(subject) for subject in subjects]


# -- the lane's view ----------------------------------------------------------------------------------------------


class Outbox:
    """The open intents towards one remote, as seen by the job of one channel that holds the remote's lane.

    It sends what its own channel planned. Of other channels it sees what was begun already, to bring it to its end, and
    what it shares; all else that they have not begun waits for their own job.
    """

    def __init__(
        self,
        database: Database,
        remote: Owner,
        channel_id: int,
        *,
        lane: str,
        owner: str,
        kinds: Collection[str],
    ) -> None:
        """`lane` is the lease that `owner` holds; `kinds` are those that this program can send to the remote."""
        self.database = database
        self.remote = remote
        self.channel_id = channel_id
        self._lane = lane
        self._owner = owner
        self._writer = GroupWriter(self._transaction)
        self._towards = col(OutboxIntent.remote) == str(remote)
        self._own = col(OutboxIntent.channel_id) == channel_id
        self._known = col(OutboxIntent.kind).in_(sorted(kinds))
        self._shared: ColumnElement[bool] = false()
        self.sharing: Mapping[int, Shared] = {}
        """What it shares, by job."""
        self._moved: dict[int, tuple[str, datetime | None]] = {}
        self._moved_lock = threading.Lock()

    def write(self, change: Callable[[Session], T]) -> T:
        """Apply a change in a transaction that is this lane's; it may be applied twice. Raises LostLease."""
        return self._writer.write(change)

    def adopt(self, job_id: int, flow: str) -> None:
        """Take over the channel's intents of a flow whose job has ended, and settle those whose sender died.

        The lane is ours, so whatever is still marked as being sent has lost its sender.
        """
        ended = select(Job.id).where(col(Job.state).in_(FINAL))
        orphaned = or_(col(OutboxIntent.job_id).is_(None), col(OutboxIntent.job_id).in_(ended))
        own = (self._towards, self._own, self._known, col(OutboxIntent.flow) == flow)
        mine = (*own, col(OutboxIntent.state).in_(OPEN_STATES), orphaned)

        def take_over(session: Session) -> None:
            session.exec(update(OutboxIntent).where(*mine).values(job_id=job_id))
            abandoned: Any = (self._towards, self._known, col(OutboxIntent.state) == SENDING, not_(IS_CARRIED))
            session.exec(update(OutboxIntent).where(*abandoned).values(state=UNKNOWN, not_before=None))

        self.write(take_over)

    def share(self, kinds: Collection[str], place: str) -> None:
        """See also what jobs of other channels that wait for this `place` have not begun, of these kinds.

        What they put in later stays theirs: whoever shares has looked at the remote for what there is now. What comes
        to its end or is disabled meanwhile is seen no more.
        """
        new = and_(not_(self._own), col(OutboxIntent.kind).in_(sorted(kinds)), _NEVER_SENT)
        waits = and_(col(Job.state) == JobState.WAITING, col(Job.waiting_for) == place, not_(col(Job.cancel_requested)))
        jobs = (
            select(OutboxIntent.job_id, OutboxIntent.channel_id, func.max(OutboxIntent.id))
            .join(Job, and_(col(Job.id) == OutboxIntent.job_id, waits))
            .join(Channel, and_(col(Channel.id) == OutboxIntent.channel_id, col(Channel.enabled)))
            .where(self._towards, new)
            .group_by(col(OutboxIntent.job_id), col(OutboxIntent.channel_id))
        )
        with self.database.read() as session:
            found = session.exec(jobs).all()
        if found:
            self.sharing = {stored_id(job): Shared(channel, stored_id(last)) for job, channel, last in found}
            going_on = and_(
                col(Job.id).in_(self.sharing), not_(col(Job.state).in_(FINAL)), not_(col(Job.cancel_requested))
            )
            self._shared = and_(
                new,
                col(OutboxIntent.job_id).in_(select(Job.id).where(going_on)),
                col(OutboxIntent.channel_id).in_(select(Channel.id).where(col(Channel.enabled))),
                col(OutboxIntent.id) <= max(one.last for one in self.sharing.values()),
            )

    def hold_unknown_kinds(self) -> list[tuple[Subject, Hold]]:
        """Tell of open intents of a kind that nobody here can send, each as a problem of its own channel.

        They stay open for the version of the program that planned them. They lock nothing: nothing here could ever lift
        the lock. Returns those of the own channel.
        """
        columns = (OutboxIntent.channel_id, OutboxIntent.flow, OutboxIntent.subject, OutboxIntent.kind)
        query = select(*columns).where(self._towards, IS_OPEN, not_(self._known))

        def hold(session: Session) -> list[tuple[Subject, Hold]]:
            own = []
            for channel_id, flow, text, kind in session.exec(query).all():
                subject, why = Subject.parse(text), _unknown_kind(kind)
                raise_problems(session, Owner.channel(channel_id), flow, {subject: [why]})
                own += [(subject, why)] if channel_id == self.channel_id else []
            return own

        return self.write(hold)

    def has_own(self) -> bool:
        """Whether the own channel has anything open, of whatever kind."""
        with self.database.read() as session:
            query = select(OutboxIntent.id).where(self._towards, self._own, IS_OPEN).limit(1)
            return session.exec(query).first() is not None

    def pending(self, job_id: int, limit: int = 1_000) -> list[Pending]:
        """Open intents that this job may handle: so many to be sent, and so many to be read back.

        The urgent ones first, then those of the job, then the oldest. What is carried is not among them.
        """
        begun = or_(col(OutboxIntent.state) != WAITING, col(OutboxIntent.attempts) > 0)
        mine: Any = (self._towards, self._known, or_(self._own, begun, self._shared), not_(IS_CARRIED))
        names = ("id", "kind", "state", "locks", "not_before", "channel_id", "attempts")
        columns = [getattr(OutboxIntent, name) for name in names]
        others = case((col(OutboxIntent.step) == URGENT, 0), (col(OutboxIntent.job_id) == job_id, 1), else_=2)
        found: list[Any] = []
        with self._moved_lock:
            self._moved.clear()
        with self.database.read() as session:
            for states in ([state for state in OPEN_STATES if state != SENT], [SENT]):
                query = select(OutboxIntent).where(*mine, col(OutboxIntent.state).in_(states)).limit(limit)
                ordered = query.order_by(others, col(OutboxIntent.id)).with_only_columns(*columns)
                found += session.connection().execute(ordered).all()
        return [self._pending(*row) for row in found]

    def _pending(
        self,
        key: int,
        kind: str,
        state: str,
        locks: Sequence[str],
        not_before: datetime | None,
        channel_id: int,
        attempts: int,
    ) -> Pending:
        own = channel_id == self.channel_id
        shared = not own and state == WAITING and not attempts
        return Pending(key, kind, state, frozenset(locks), not_before, own, shared)

    def moves(self) -> dict[int, tuple[str, datetime | None]]:
        """State and not-before of the intents that were moved here since the last call, by key; costs no query."""
        with self._moved_lock:
            moved, self._moved = self._moved, {}
        return moved

    def tally(self, job_id: int) -> Tally:
        """How far a job's intents are."""
        columns = (OutboxIntent.state, OutboxIntent.kind)
        query = select(*columns, func.count()).where(col(OutboxIntent.job_id) == job_id, self._known)
        states, kinds = Counter[str](), Counter[str]()
        with self.database.read() as session:
            for state, kind, count in session.exec(query.group_by(*columns)).all():
                states[state] += count
                kinds[kind] += count
        return Tally(
            open=sum(states[state] for state in OPEN_STATES),
            sent=states[SENT],
            total=states.total(),
            kind=next((kind for kind, _ in kinds.most_common(1)), ""),
        )

    def load(self, intent_ids: Sequence[int]) -> list[OutboxIntent]:
        """Whole intents, oldest first; those that are gone are left out."""
        with self.database.read() as session:
            query = select(OutboxIntent).where(col(OutboxIntent.id).in_(intent_ids)).order_by(col(OutboxIntent.id))
            found = list(session.exec(query).all())
        gone = set(intent_ids) - {intent.id for intent in found}
        with self._moved_lock:
            self._moved.update(dict.fromkeys(gone, (VERIFIED, None)))
        return found

    # -- transitions --------------------------------------------------------------------------------------------

    def begin(self, intent: OutboxIntent, step: str) -> None:
        """Record that a call is about to be made; raises Withdrawn or WritesStopped when it must not be."""
        now = clock.now()

        def start(session: Session) -> None:
            if _no_writes(session):
                raise WritesStopped
            attempts = intent.attempts + 1
            self.note_in(session, intent, state=SENDING, step=step, attempts=attempts, sent_at=now, not_before=None)

        self.write(start)

    def put_back(self, intent: OutboxIntent, *, step: str, seconds: float, message: str) -> None:
        """Nothing happened at the remote: try the step again in `seconds`."""
        self.note(intent, state=WAITING, step=step, not_before=clock.after(seconds), message=message)

    def unknown(self, intent: OutboxIntent, *, seconds: float, message: str = "", found: State | None = None) -> None:
        """What happened is not known: look at the remote in `seconds`."""
        self.note(
            intent,
            state=UNKNOWN,
            not_before=clock.after(seconds),
            message=message or intent.message,
            evidence=_with(intent, found),
        )

    def sent(self, intent: OutboxIntent, *, seconds: float = 0.0, found: State | None = None) -> None:
        """The remote has taken it; it is read back together with others, not before `seconds`."""
        due = clock.after(seconds) if seconds else None
        self.note(intent, state=SENT, not_before=due, evidence=_with(intent, found))

    def note(self, intent: OutboxIntent, **values: Any) -> None:
        """Change an intent."""
        self.write(lambda session: self.note_in(session, intent, **values))

    def note_in(self, session: Session, intent: OutboxIntent, **values: Any) -> None:
        """Change an intent in a transaction of `write`, which raises Withdrawn at its end when the intent is gone."""
        for name, value in (values | {"updated_at": clock.now()}).items():
            set_attribute(intent, name, value)  # what SQLModel does besides costs as much again, and changes nothing
        session.info[_MOVED][stored_id(intent.id)] = intent

    def close_in(self, session: Session, ends: Sequence[tuple[OutboxIntent, ItemResult]]) -> None:
        """End intents in the caller's transaction: verified, or rejected when the result is a failure.

        One of which a part is held is verified, and has its problem.
        """
        held: dict[tuple[int, str], dict[Subject, Sequence[Hold]]] = {}
        settled: dict[tuple[int, str], list[Subject]] = {}
        for intent, item in ends:
            state = REJECTED if item.result == "failed" else VERIFIED
            self.note_in(session, intent, state=state, not_before=None, message=item.message)
            subject, whose = Subject.parse(intent.subject), (intent.channel_id, intent.flow)
            if item.result in TROUBLES:
                held.setdefault(whose, {})[subject] = [Hold(Code.stored(item.code), item.message, item.fix)]
            else:
                settled.setdefault(whose, []).append(subject)
        for (channel_id, flow), subjects in settled.items():
            resolve_problems(session, Owner.channel(channel_id), flow, subjects)
        for (channel_id, flow), holds in held.items():
            raise_problems(session, Owner.channel(channel_id), flow, holds)
        rows = [{"job_id": intent.job_id, **vars(item)} for intent, item in ends if intent.job_id is not None]
        upsert(session, JobItem, rows, keys=["job_id", "subject"], update=["result", "code", "message", "fix"])

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """One that is this lane's. What was moved in it is written at its end, with as few statements as states."""
        with self.database.write() as session:
            if not still_held(session, self._lane, self._owner):
                raise LostLease(self._lane)
            moved: dict[int, OutboxIntent] = session.info.setdefault(_MOVED, {})
            yield session
            _write_moves(session, [moved[key] for key in sorted(moved)])
        # Not before it is committed: whoever learned of it earlier could read the state before it once more.
        with self._moved_lock:
            self._moved.update({key: (intent.state, intent.not_before) for key, intent in moved.items()})


def _write_moves(session: Session, intents: Sequence[OutboxIntent]) -> None:
    """Past the ORM: there are several transitions for each call to the remote. Raises Withdrawn when one is gone."""
    rows = [{"key": intent.id, **{name: getattr(intent, name) for name in _MOVING}} for intent in intents]
    ended = [{**row, "content": None} for row in rows if row["state"] not in OPEN_STATES]
    for some in ([row for row in rows if row["state"] in OPEN_STATES], ended):
        if some and session.connection().execute(_MOVE, some).rowcount != len(some):
            raise Withdrawn


def _no_writes(session: Session) -> bool:
    """Whether all writes are stopped; asked once in a transaction, however many changes it holds."""
    if _STOPPED not in session.info:
        session.info[_STOPPED] = writes_are_stopped(session)
    return bool(session.info[_STOPPED])


def _with(intent: OutboxIntent, found: State | None) -> dict[str, Any]:
    return found.into(intent.evidence) if found else intent.evidence


def _unknown_kind(kind: str) -> Hold:
    return Hold(
        KIND_UNKNOWN,
        f"A planned change of the kind {kind!r} is not known to this version of the program.",
        "Use the version that planned it; nothing was sent.",
    )
