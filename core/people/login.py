"""Who is there: by name and password at the login screen, by token headless, otherwise the local admin.

Five wrong passwords in a row lock a name for a minute, each further one for longer. Unknown names, disabled accounts
and wrong passwords get the same answer after the same time, and are counted alike.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from core import clock
from core.actor import LOCAL_ADMIN, Actor
from core.database import Database, upsert
from core.errors import RightsError, UsageError
from core.model.operator import ROLE_ADMIN, LoginFailure, Operator
from core.people import sessions
from core.people.audit import record
from core.people.passwords import check_password, hash_password, is_password
from core.settings import Settings
from core.workspace import Workspace

FAILURES_BEFORE_LOCK = 5
_LOCKS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
_UNKNOWN = "operator (unknown)"
"""Names that nobody has are not written down: they may be passwords."""


class Locked(RightsError):
    """Too many wrong passwords for a name; nothing is tried before `until` (aware UTC)."""

    def __init__(self, until: datetime) -> None:
        minutes = max(math.ceil(clock.seconds_until(until) / 60), 1)
        super().__init__(
            "Too many wrong passwords for this name.",
            next_step=f"Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}, or ask an administrator.",
        )
        self.until = until


class PasswordToChange(RightsError):
    """The password is right, and was given by an administrator: the operator has to choose one first."""

    def __init__(self) -> None:
        super().__init__("This password was given to you by an administrator.", next_step="Choose one of your own.")


def acting(workspace: Workspace) -> Actor:
    """The operator named by `CROSSDOCK_OPERATOR` and `CROSSDOCK_TOKEN`; without them the local admin.

    Whoever may read the key of this home has its power anyway. Raises RightsError for a token that is wrong or absent,
    and for an operator who is disabled or locked.
    """
    name = normalized(workspace.settings.operator)
    token = workspace.settings.token
    if token is None:
        if name in ("", LOCAL_ADMIN.name):
            return LOCAL_ADMIN
        raise RightsError(
            f"Acting as {name!r} needs the token of that operator.",
            next_step="Set CROSSDOCK_TOKEN, or unset CROSSDOCK_OPERATOR.",
        )
    with workspace.database.read() as session:
        row = session.exec(
            select(Operator).where(col(Operator.token_hash) == hash_token(token.get_secret_value()))
        ).first()
        locked = locked_until(session, row.name) if row else None
    if row is None or row.disabled or (name and row.name != name):
        _write_down(workspace.database, Actor(name or "(unknown)"), "token.refused", _UNKNOWN if row is None else name)
        raise RightsError(
            "CROSSDOCK_TOKEN is not the token of an operator who may act here.",
            next_step="Correct CROSSDOCK_OPERATOR and CROSSDOCK_TOKEN; an administrator issues tokens with: "
            "crossdock operator token NAME",
        )
    if locked:
        raise Locked(locked)
    return actor_of(row, by_token=True)


def local_admin(settings: Settings, what: str) -> Actor:
    """Whoever may read the key, where there is no database yet to ask; raises RightsError for named operators."""
    if settings.token is not None or normalized(settings.operator) not in ("", LOCAL_ADMIN.name):
        raise RightsError(
            f"Only the local admin may {what}.", next_step="Unset CROSSDOCK_OPERATOR and CROSSDOCK_TOKEN."
        )
    return LOCAL_ADMIN


def login(workspace: Workspace, name: str, password: str) -> Actor:
    """The operator with this name and password.

    Raises PasswordToChange when it has to be changed first, Locked while nothing is tried, otherwise RightsError that
    does not say what was wrong.
    """
    row = _authenticated(workspace.database, name, password)
    if row.password_changed_at is None:
        raise PasswordToChange
    return _entered(workspace.database, row, "login")


def change_password(workspace: Workspace, name: str, password: str, new: str) -> Actor:
    """Let an operator choose a new password, with the old one; ends the account's other sessions.

    Raises what `login` does, and UsageError.
    """
    check_password(new, normalized(name))
    if new == password:
        raise UsageError("That is the old password.", next_step="Choose another.")
    row = _authenticated(workspace.database, name, password)
    hashed = hash_password(new)
    with workspace.database.write() as session:
        stored = session.get_one(Operator, row.id)
        stored.password_hash, stored.password_changed_at = hashed, clock.now()
        sessions.end_all(stored)
        session.add(stored)
    return _entered(workspace.database, stored, "operator.passwd")


def actor_of(row: Operator, *, by_token: bool = False) -> Actor:
    """Who acts under this account, until its sessions end; `by_token` until its token ends, too."""
    token = row.token_hash if by_token else None
    return Actor(row.name, row.role == ROLE_ADMIN, row.store_id, row.company_id, row.id, row.epoch, token)


def normalized(name: str) -> str:
    """A name as it is stored, whatever case it was typed in."""
    return name.strip().lower()


def hash_token(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.strip().encode(errors="replace")).hexdigest()


def locked_until(session: Session, name: str) -> datetime | None:
    """Until when no password for the name is tried; None when it is not locked."""
    failures = session.get(LoginFailure, _hash_name(name))
    return _standing_lock(failures) if failures else None


def _standing_lock(failures: LoginFailure) -> datetime | None:
    """The end of a lock that stands; one that ends later than the longest lock was set by a wrong clock."""
    until, now = failures.locked_until, clock.now()
    return until if until and now < until <= now + 2 * max(_LOCKS) else None


def forgive(session: Session, name: str) -> None:
    """Forget wrong passwords."""
    session.exec(delete(LoginFailure).where(col(LoginFailure.name_hash) == _hash_name(name)))


def _authenticated(database: Database, name: str, password: str) -> Operator:
    """The account behind name and password; the attempt counts as failed until it has succeeded."""
    name = normalized(name)
    failures = _count_attempt(database, name)
    with database.read() as session:
        row = session.exec(select(Operator).where(col(Operator.name) == name)).first()
    fits = is_password(password, row.password_hash if row and not row.disabled else None)
    if row is not None and fits:
        with database.write() as session:
            forgive(session, name)
        return row
    _note_failure(database, row, failures)
    raise RightsError(
        "Name or password is wrong.",
        next_step=f"After {FAILURES_BEFORE_LOCK} wrong ones in a row nothing is tried for a while.",
    )


def _count_attempt(database: Database, name: str) -> LoginFailure:
    """Count an attempt before it is judged, so that many at once are not free; raises Locked."""
    key, now = _hash_name(name), clock.now()
    with database.write() as session:
        empty = {"name_hash": key, "failures": 0, "last_at": now}
        upsert(session, LoginFailure, [empty], keys=["name_hash"], update=[])
        row = session.exec(select(LoginFailure).where(col(LoginFailure.name_hash) == key).with_for_update()).one()
        locked = _standing_lock(row)
        if locked is None:
            row.failures, row.last_at = row.failures + 1, now
            beyond = row.failures - FAILURES_BEFORE_LOCK
            row.locked_until = now + _LOCKS[min(beyond, len(_LOCKS) - 1)] if beyond >= 0 else None
            session.add(row)
            return row
    raise Locked(locked)


def _note_failure(database: Database, row: Operator | None, counted: LoginFailure) -> None:
    subject = f"operator {row.name}" if row else _UNKNOWN
    detail = {"failures": counted.failures}
    if counted.locked_until:
        detail["locked_seconds"] = int((counted.locked_until - counted.last_at).total_seconds())
    action = "login.locked" if counted.locked_until else "login.failed"
    _write_down(database, Actor(row.name if row else "(unknown)"), action, subject, **detail)


def _entered(database: Database, row: Operator, action: str) -> Actor:
    actor = actor_of(row)
    with database.write() as session:
        stored = session.get_one(Operator, row.id)
        stored.last_login_at = clock.now()
        session.add(stored)
        record(session, actor, action, f"operator {row.name}")
    return actor


def _write_down(database: Database, actor: Actor, action: str, subject: str, **detail: int) -> None:
    with database.write() as session:
        record(session, actor, action, subject, **detail)


def _hash_name(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()
