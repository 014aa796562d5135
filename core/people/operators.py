"""Use cases around operators: add, list, passwords, tokens, disable, enable, delete. All but the list are an admin's.

The local admin, who may read the key, needs no account; one named `admin` is theirs where passwords are asked for.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from core import clock
from core.actor import LOCAL_ADMIN, SYSTEM, Actor
from core.database import Database
from core.errors import ConfigurationError, UsageError
from core.model.operator import ROLE_ADMIN, ROLE_VENDOR, Operator
from core.model.store import Store
from core.people import sessions
from core.people.audit import record
from core.people.login import forgive, hash_token, locked_until, normalized
from core.people.passwords import check_password, hash_password
from core.people.rights import require_admin, unseen
from core.workspace import Workspace

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,39}")
TOKEN_PREFIX = "cdk_"
_LIST = "See: crossdock operator list"


@dataclass(frozen=True)
class OperatorView:
    """An account as people see it; neither password nor token is ever shown. Times are aware UTC."""

    name: str
    role: str
    store: str | None
    company_id: int | None
    disabled: bool
    locked_until: datetime | None
    has_password: bool
    must_change_password: bool
    has_token: bool
    last_login_at: datetime | None
    created_at: datetime


def add(
    workspace: Workspace,
    actor: Actor,
    name: str,
    *,
    role: str,
    store: str | None = None,
    company_id: int | None = None,
    password: str | None = None,
) -> OperatorView:
    """Make an account; without a password it may only act by token. A vendor needs a store and a company.

    The first admin is the caller; the password of any other account has to be changed at the first login.
    """
    require_admin(workspace.database, actor, "add operators")
    name = _checked_name(name, role)
    with workspace.database.read() as session:
        store_id = _bound_store(session, role, store, company_id)
        first = role == ROLE_ADMIN and session.exec(select(Operator.id).limit(1)).first() is None
        if _find(session, name) is not None:
            raise _taken(name)
    if password is not None:
        check_password(password, name)
    row = Operator(
        name=name,
        role=role,
        store_id=store_id,
        company_id=company_id if role == ROLE_VENDOR else None,
        password_hash=hash_password(password) if password is not None else None,
        password_changed_at=clock.now() if first and password is not None else None,
    )
    with workspace.database.write() as session:
        if _find(session, name) is not None:
            raise _taken(name)
        session.add(row)
        forgive(session, name)
        record(session, actor, "operator.add", f"operator {name}", role=role, store=store or "", company=company_id)
    return show(workspace, actor, name)


def list_operators(workspace: Workspace, actor: Actor) -> list[OperatorView]:
    """All accounts by name; a vendor sees their own."""
    query = select(Operator).order_by(Operator.name)
    if not actor.is_admin:
        query = query.where(col(Operator.id) == actor.operator_id)
    if sessions.is_over(workspace.database, actor):
        return []
    with workspace.database.read() as session:
        return [_view(session, row) for row in session.exec(query).all()]


def show(workspace: Workspace, actor: Actor, name: str) -> OperatorView:
    """One account; raises UsageError when there is none that the operator may see."""
    with workspace.database.read() as session:
        row = _find(session, normalized(name))
        view = _view(session, row) if row else None
    mine = row is not None and (actor.is_admin or row.id == actor.operator_id)
    if view is None or not mine or sessions.is_over(workspace.database, actor):
        raise unseen(workspace.database, actor, f"operator {name}", exists=row is not None, next_step=_LIST)
    return view


def has_admin(database: Database) -> bool:
    """Whether an admin may log in by password; until then a first start asks for one."""
    with database.read() as session:
        return _another_admin(session, None) is not None


def set_password(workspace: Workspace, actor: Actor, name: str, password: str) -> None:
    """Give somebody a password, to be changed at the next login; ends a lock, and the account's sessions.

    One's own: `login.change_password`.
    """
    require_admin(workspace.database, actor, "set the passwords of operators")
    check_password(password, normalized(name))
    hashed = hash_password(password)
    with workspace.database.write() as session:
        row = _get(session, name)
        row.password_hash, row.password_changed_at = hashed, None
        sessions.end_all(row)
        forgive(session, row.name)
        session.add(row)
        record(session, actor, "operator.passwd", f"operator {row.name}")


def issue_token(workspace: Workspace, actor: Actor, name: str) -> str:
    """A new token for headless use; never shown again; the one before is void, and its sessions end."""
    require_admin(workspace.database, actor, "issue tokens")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with workspace.database.write() as session:
        row = _get(session, name)
        row.token_hash = hash_token(token)
        session.add(row)
        record(session, actor, "operator.token", f"operator {row.name}")
    return token


def revoke_token(workspace: Workspace, actor: Actor, name: str) -> None:
    """Make the token of an operator void; harmless when there is none."""
    require_admin(workspace.database, actor, "revoke tokens")
    with workspace.database.write() as session:
        row = _get(session, name)
        row.token_hash = None
        session.add(row)
        record(session, actor, "operator.token.revoke", f"operator {row.name}")


def set_enabled(workspace: Workspace, actor: Actor, name: str, enabled: bool) -> OperatorView:
    """Let an operator in, or keep them out; enabling ends a lock, not being let in ends all sessions for good.

    The last enabled admin stays.
    """
    require_admin(workspace.database, actor, "enable or disable operators")
    with workspace.database.write() as session:
        row = _get(session, name)
        if enabled:
            forgive(session, row.name)
        else:
            _keep_an_admin(session, row)
            sessions.end_all(row)
        row.disabled = not enabled
        session.add(row)
        record(session, actor, "operator.enable" if enabled else "operator.disable", f"operator {row.name}")
    return show(workspace, actor, name)


def remove(workspace: Workspace, actor: Actor, name: str) -> None:
    """Delete an account; what it did stays in the audit. The last enabled admin stays."""
    require_admin(workspace.database, actor, "delete operators")
    with workspace.database.write() as session:
        row = _get(session, name)
        _keep_an_admin(session, row)
        session.delete(row)
        record(session, actor, "operator.delete", f"operator {row.name}")


def check_name(name: str) -> str:
    """A name as it is stored; raises ValueError."""
    checked = normalized(name)
    if not NAME.fullmatch(checked):
        raise ValueError("a name has 1 to 40 letters, digits or . _ - @, and begins with a letter or digit")
    return checked


def _checked_name(name: str, role: str) -> str:
    try:
        checked = check_name(name)
    except ValueError as error:
        words = str(error)
        raise UsageError(f"{words[:1].upper()}{words[1:]}.", subject="operator", fields={"name": words}) from None
    if role not in (ROLE_ADMIN, ROLE_VENDOR):
        raise UsageError(f"role: {role!r} is not one of admin, vendor.", subject=f"operator {checked}")
    if checked == SYSTEM.name or (checked == LOCAL_ADMIN.name and role != ROLE_ADMIN):
        words = "the name is the program's own"
        raise UsageError(f"{checked}: {words}.", subject="operator", next_step="Take another.", fields={"name": words})
    return checked


def _taken(name: str) -> UsageError:
    words = "there is an operator of this name"
    return UsageError(f"{words[:1].upper()}{words[1:]}.", subject=f"operator {name}", fields={"name": words})


def _bound_store(session: Session, role: str, store: str | None, company_id: int | None) -> int | None:
    """The store of a vendor; raises UsageError unless exactly a vendor has store and company."""
    if role == ROLE_ADMIN:
        if store is not None or company_id is not None:
            raise UsageError("store, company: an admin is bound to none.", next_step="Leave them out, or add a vendor.")
        return None
    if store is None or company_id is None:
        words = "a vendor is bound to one company of one store"
        missing = {"store": store, "company_id": company_id}
        raise UsageError(
            f"store, company: {words}.",
            next_step="Name both.",
            fields={key: words for key, value in missing.items() if value is None},
        )
    if not 1 <= company_id < 2**31:
        raise UsageError("company: it is the number of a vendor in the store.")
    row = session.exec(select(Store).where(col(Store.name) == store)).first()
    if row is None:
        raise UsageError("There is no such store.", subject=f"store {store}", next_step="See: crossdock store list")
    return row.id


def _find(session: Session, name: str) -> Operator | None:
    return session.exec(select(Operator).where(col(Operator.name) == name)).first()


def _get(session: Session, name: str) -> Operator:
    row = _find(session, normalized(name))
    if row is None:
        raise UsageError("There is no such operator.", subject=f"operator {name}", next_step=_LIST)
    return row


def _keep_an_admin(session: Session, row: Operator) -> None:
    """Raise ConfigurationError for the last enabled admin."""
    if row.role == ROLE_ADMIN and not row.disabled and _another_admin(session, row.id) is None:
        raise ConfigurationError(
            "This is the last enabled admin.", subject=f"operator {row.name}", next_step="Add another admin first."
        )


def _another_admin(session: Session, but: int | None) -> int | None:
    enabled = (col(Operator.role) == ROLE_ADMIN, col(Operator.disabled).is_(False))
    query = select(Operator.id).where(*enabled).order_by(col(Operator.id))
    # Locked, so that two admins who go at once do not each count on the other.
    return next((found for found in session.exec(query.with_for_update()).all() if found != but), None)


def _view(session: Session, row: Operator) -> OperatorView:
    store = session.get(Store, row.store_id) if row.store_id else None
    return OperatorView(
        name=row.name,
        role=row.role,
        store=store.name if store else None,
        company_id=row.company_id,
        disabled=row.disabled,
        locked_until=locked_until(session, row.name),
        has_password=row.password_hash is not None,
        must_change_password=row.password_hash is not None and row.password_changed_at is None,
        has_token=row.token_hash is not None,
        last_login_at=row.last_login_at,
        created_at=row.created_at,
    )
