"""Things that are asked of a seller account once: a report, a feed. Asked twice, they are there twice.

What is to be asked for is written down before the call, its id after it. What has no id when somebody looks (a worker
died, an answer was lost) is looked for in Amazon's list, by what the list tells: type, marketplaces, bounds and time.
So one thing of a kind is asked for at a time in an account, and only once what was asked before is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from core import clock
from core.amazon.processing import ENDED, RETENTION_DAYS, Processing
from core.errors import CrossdockError, OutcomeUnknown, Rejected, RemoteError
from core.jobs.context import JobContext
from core.jobs.turns import alone
from core.leases import still_held
from core.model.cursor import Cursor
from core.model.job import Job, JobState
from core.quota import QuotaWait
from core.state import State
from core.subjects import Owner
from core.sync.cursors import cursor

_SKEW = timedelta(seconds=60)
"""By which Amazon's clock may be behind ours."""
_EXACT = timedelta(seconds=1)
"""Amazon tells bounds to the second."""
_LOOKS = (15.0, 45.0, 125.0)
"""Seconds after asking at which it is looked for; what the last look does not find never arrived."""
_FIRST_POLL, _LAST_POLL = 10.0, 120.0
_LONGEST = timedelta(hours=12)
"""Beyond which nothing is waited for."""
_KEPT = timedelta(days=RETENTION_DAYS)


@dataclass(frozen=True)
class Asked:
    """What was asked for, and what became of it."""

    type: str
    marketplaces: tuple[str, ...]
    at: datetime
    start: datetime | None = None
    end: datetime | None = None
    id: str = ""
    """Amazon's; empty while it is not known whether the request arrived."""
    status: str = ""
    document_id: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether Amazon is done with it."""
        return self.status in ENDED

    def is_young(self, age: timedelta) -> bool:
        """Whether it was asked for within `age`; a moment from ahead of the clock is none."""
        return timedelta(0) <= clock.now() - self.at <= age

    def may_be(self, made: Processing) -> bool:
        """Whether something in Amazon's list is what was asked for here."""
        return (
            made.type == self.type
            and made.marketplace_ids == frozenset(self.marketplaces)
            and made.created >= self.at - _SKEW
            and _same(self.start, made.start)
            and _same(self.end, made.end)
        )

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Asked:
        """As it was stored."""
        timestamps = {name: datetime.fromisoformat(stored[name]) for name in ("at", "start", "end") if stored[name]}
        return cls(**{**stored, "marketplaces": tuple(stored["marketplaces"]), **timestamps})


@dataclass(frozen=True)
class Begun(State):
    """What a job goes on with: Amazon's ids by stream and key of ours, in the job's checkpoint."""

    begun: Mapping[str, str] = field(default_factory=dict)


def wake(session: Session, accounts: Iterable[int], stream: str, made: Iterable[str]) -> set[str]:
    """Amazon says that it is done with these, by its ids: jobs that wait for one look at once. Returns which were."""
    owners = [str(Owner.seller(account_id)) for account_id in accounts]
    rows = session.exec(select(Cursor).where(col(Cursor.owner).in_(owners), col(Cursor.stream) == stream)).all()
    awaited = {row.window["id"] for row in rows if row.window and not Asked.from_json(row.window).has_ended}
    found = awaited & {one for one in made if one}
    if not found:
        return found
    waiting = session.exec(select(Job).where(col(Job.state) == JobState.WAITING)).all()
    for job in waiting:
        if found & set(Begun.from_json(job.checkpoint).begun.values()):
            job.not_before = clock.now()
            session.add(job)
    return found


def _created(made: Processing) -> datetime:
    return made.created


def _same(asked: datetime | None, told: datetime | None) -> bool:
    return asked is None or (told is not None and abs(asked - told) < _EXACT)


@dataclass(frozen=True)
class Asking:
    """How one kind of thing is asked of an account."""

    context: JobContext
    account_id: int
    stream: str
    """What they are, in the plural: "reports"."""
    since: Callable[[str, datetime], Iterable[Processing]]
    """Those of a type that Amazon has made since a moment."""
    get: Callable[[str], Processing]

    def known(self, scope: str) -> Asked | None:
        """What was asked for under a key of ours; without an id: whether it arrived is open."""
        with self.context.database.read() as session:
            stored = self._row(session, scope).window
        return Asked.from_json(stored) if stored else None

    def once(
        self,
        scope: str,
        wanted: Asked,
        prepare: Callable[[], Callable[[], str]],
        *,
        instead: Callable[[], Asked | None] = lambda: None,
    ) -> Asked:
        """Ask for it unless it has been asked for, alone in the account; returns it with its id.

        `prepare` does what may be done twice and returns the call, which returns Amazon's id; `instead` finds what
        makes asking needless. Raises WaitUntil while another job asks or while it is open whether a request arrived,
        and what the call raises when Amazon surely has not taken it.
        """
        found: list[Asked] = []
        alone(
            self.context,
            self._lease,
            f"another job that asks Amazon for {self.stream}",
            lambda _: found.append(self._once(scope, wanted, prepare, instead)),
        )
        return found[0]

    def ended(
        self,
        scope: str,
        asked: Asked,
        longest: timedelta | None = _LONGEST,
        also: Callable[[Session], None] = lambda session: None,
    ) -> Asked:
        """The same when Amazon is done with it; raises WaitUntil until then, at growing intervals.

        Beyond `longest` it raises RemoteError; None: it is looked at however old it is. `also` is written with its end.
        """
        if asked.has_ended:
            return asked
        self.context.check()
        now = self.get(asked.id)
        asked = replace(asked, status=now.status, document_id=now.document_id)
        with self.context.database.write() as session:
            self._replace(session, scope, asked)
            if asked.has_ended:
                also(session)
        if asked.has_ended:
            return asked
        age = (clock.now() - asked.at).total_seconds()
        if longest is not None and age > longest.total_seconds():
            raise RemoteError(
                f"{asked.type} is not ready {longest.total_seconds() / 3600:.0f} hours after it was asked for.",
                subject="Amazon",
                next_step="Run it again later; if it stays so, report it to Amazon's support.",
            )
        self.context.wait(min(max(age / 2, _FIRST_POLL), _LAST_POLL), f"Amazon to make {asked.type}")
        raise AssertionError("waiting raises")

    def forget(self, scope: str, asked: Asked) -> None:
        """Let it be asked for anew; what another job has asked for meanwhile stays."""
        with self.context.database.write() as session:
            self._replace(session, scope, asked, forget=True)

    def keep(self, scope: str, asked: Asked) -> None:
        """Note in the job's checkpoint that it goes on with this one, however old it is."""
        with self.context.database.write() as session:
            self._keep(session, scope, asked)

    def is_own(self, scope: str, asked: Asked) -> bool:
        """Whether this job has begun with it."""
        return bool(asked.id) and self.context.state(Begun).begun.get(self._name(scope)) == asked.id

    @property
    def _owner(self) -> Owner:
        return Owner.seller(self.account_id)

    @property
    def _lease(self) -> str:
        return f"{self.stream}/{self._owner}"

    def _keep(self, session: Session, scope: str, asked: Asked) -> None:
        before = self.context.state(Begun).begun
        self.context.save(session, Begun({**before, self._name(scope): asked.id}))

    def _name(self, scope: str) -> str:
        return f"{self.stream} {scope}"

    def _store(self, session: Session, scope: str, asked: Asked) -> None:
        row = self._row(session, scope)
        row.window, row.position = asked.to_json(), asked.at if asked.id else None
        session.add(row)

    def _replace(self, session: Session, scope: str, asked: Asked, *, forget: bool = False) -> None:
        """Bring its row up to date, or delete it, unless it is another one's by now."""
        query = select(Cursor).where(*self._rows(), col(Cursor.scope) == scope).with_for_update()
        row = session.exec(query).first()
        if row is None or row.window["id"] != asked.id:
            return
        if forget:
            session.delete(row)
        else:
            self._store(session, scope, asked)

    def _row(self, session: Session, scope: str) -> Cursor:
        return cursor(session, self._owner, self.stream, scope)

    def _rows(self) -> Any:
        return (col(Cursor.owner) == str(self._owner), col(Cursor.stream) == self.stream)

    def _once(
        self,
        scope: str,
        wanted: Asked,
        prepare: Callable[[], Callable[[], str]],
        instead: Callable[[], Asked | None],
    ) -> Asked:
        self._settle()
        known = self.known(scope)
        if known is not None:
            self.keep(scope, known)
            return known
        if found := instead():
            self._take(scope, found)
            return found
        call = prepare()
        asked = self._begin(scope, wanted)
        try:
            asked = replace(asked, id=call())
        except OutcomeUnknown as error:
            self.context.event(f"{error.what} Whether it was taken is being found out.", level="warning")
            return self._once(scope, wanted, prepare, instead)
        except (CrossdockError, QuotaWait):
            self.forget(scope, asked)  # Amazon has not taken it
            raise
        self._take(scope, asked)
        return asked

    def _take(self, scope: str, asked: Asked) -> None:
        with self.context.database.write() as session:
            self._store(session, scope, asked)
            self._keep(session, scope, asked)

    def _begin(self, scope: str, wanted: Asked) -> Asked:
        """Write down what is asked for now, and clear away what Amazon has forgotten."""
        asked = replace(wanted, at=clock.now())
        with self.context.database.write() as session:
            if not still_held(session, self._lease, self.context.owner):
                self.context.wait(clock.from_real(1), f"another job that asks Amazon for {self.stream}")
            session.exec(delete(Cursor).where(*self._rows(), col(Cursor.position) < asked.at - _KEPT))
            self._store(session, scope, asked)
        return asked

    def _settle(self) -> None:
        """Find out of everything without an id whether it arrived; raises WaitUntil while that is too early."""
        with self.context.database.read() as session:
            rows = session.exec(select(Cursor).where(*self._rows(), col(Cursor.position).is_(None))).all()
        for row in rows:
            asked = Asked.from_json(row.window)
            made = self._made(asked)
            if made is not None:
                with self.context.database.write() as session:
                    self._store(session, row.scope, replace(asked, id=made.id))
                continue
            age = (clock.now() - asked.at).total_seconds()
            next_look = next((after for after in _LOOKS if after > age), None)
            if next_look is not None and age >= 0:
                self.context.wait(next_look - age, f"Amazon to show whether it has taken {asked.type}")
            self.forget(row.scope, asked)

    def _made(self, asked: Asked) -> Processing | None:
        """What Amazon has made of a request: the first that nobody here knows."""
        try:
            found = sorted(filter(asked.may_be, self.since(asked.type, asked.at - _SKEW)), key=_created)
        except Rejected:  # what Amazon does not list it has not made; others must not wait for it for ever
            return None
        with self.context.database.read() as session:
            stored = session.exec(select(Cursor.window).where(*self._rows(), col(Cursor.position).is_not(None))).all()
        taken = {window["id"] for window in stored}
        return next((one for one in found if one.id not in taken), None)
