"""Client secrets that Amazon announces: when one expires, and the new one after a rotation.

A new secret is stored, tried and switched to in this order, each step in a transaction of its own; only then is its
message deleted. Once it is stored, a crash or an outage of Amazon's at any step loses nothing, even if the queue gives
the message up meanwhile. Source: SP-API "Rotating your application client credentials", notifications of the
Application Management API.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select, update

from core import clock
from core.actor import SYSTEM
from core.amazon.credential_forms import check_client_secret
from core.amazon.notifications import NEW_SECRET
from core.apps import replace_secret, try_secret, wake_sellers
from core.countdowns import SECRET_GRACE, SECRET_LIFE
from core.database import Database
from core.errors import AuthorizationError, ConfigurationError, CrossdockError
from core.model.account import App, SecretRotation, SellerAccount
from core.model.base import stored_id
from core.people.audit import record
from core.redaction import excerpt
from core.sync.hearing import Notice
from core.timestamps import told
from core.vault import is_sealed
from core.workspace import Workspace

log = logging.getLogger(__name__)

_MOST_SKEW = timedelta(days=1)


def take(workspace: Workspace, accounts: Iterable[int], notices: Sequence[Notice]) -> set[str]:
    """Take what is told of the apps of these seller accounts; returns the ids of what was news.

    Raises what the token service raises: then the message stays until the new secret is in use.
    """
    return {notice.id for notice in notices if _take(workspace, list(accounts), notice)}


def waiting(database: Database) -> list[int]:
    """The apps whose new secret has arrived and is not in use yet."""
    with database.read() as session:
        return list(session.exec(select(SecretRotation.app_id).where(col(SecretRotation.secret).is_not(None))))


def try_waiting(workspace: Workspace) -> None:
    """Try the secrets that arrived and are not in use yet: their messages may be gone by now."""
    for app_id in waiting(workspace.database):
        try:
            switch(workspace, app_id)
        except CrossdockError as error:
            log.info("a new client secret is not in use yet: %s", error)


def switch(workspace: Workspace, app_id: int) -> bool:
    """Put a stored secret to use if Amazon takes it; False where there is none.

    Raises AuthorizationError when Amazon does not take it, which forgets it, and what else the token service raises.
    """
    with workspace.database.read() as session:
        app, rotation = session.get_one(App, app_id), rotation_of(session, app_id)
    if rotation is None or rotation.secret is None or is_sealed(rotation.secret):
        return False
    try:
        try_secret(workspace, app, rotation.secret)
    except CrossdockError as error:
        _note_refusal(workspace, rotation, error)
        raise
    with workspace.database.write() as session:
        stored = session.exec(select(App).where(col(App.id) == app_id).with_for_update()).one()
        current = rotation_of(session, app_id)
        if current is None or current.secret != rotation.secret:  # another process was faster
            return True
        replace_secret(stored, current.secret, current.former_ends_at)
        stored.secret_expires_at = current.expires_at
        stored.revision += 1
        current.secret, current.fault, current.switched_at = None, "", clock.now()
        session.add_all([stored, current])
        wake_sellers(session, stored)
        record(session, SYSTEM, "app.secret", f"app {stored.name}", revision=stored.revision)
    return True


def _note_refusal(workspace: Workspace, rotation: SecretRotation, error: CrossdockError) -> None:
    """Write down why a secret is not in use; one that Amazon refuses is forgotten, and one that nobody asked for leaves
    nothing behind: whoever can write to a queue could keep others from rotating.
    """
    same = col(SecretRotation.id) == rotation.id, col(SecretRotation.arrived_at) == rotation.arrived_at
    is_refused = isinstance(error, AuthorizationError)
    if not is_refused and rotation.fault == error.what:  # an outage is news once
        return
    with workspace.database.write() as session:
        if is_refused and rotation.asked_at is None:
            session.exec(delete(SecretRotation).where(*same))
        else:
            lost = {"secret": None, "arrived_at": None} if is_refused else {}
            session.exec(update(SecretRotation).where(*same).values(fault=error.what, **lost))


def note_deleted(workspace: Workspace, notices: Iterable[Notice]) -> None:
    """Write down that the messages of new secrets are gone from their queue."""
    clients = {_client(notice) for notice in notices if notice.kind == NEW_SECRET}
    if clients:
        apps = select(App.id).where(col(App.client_id).in_(clients))
        done = col(SecretRotation.switched_at).is_not(None), col(SecretRotation.deleted_at).is_(None)
        with workspace.database.write() as session:
            session.exec(
                update(SecretRotation).where(col(SecretRotation.app_id).in_(apps), *done).values(deleted_at=clock.now())
            )


def rotation_of(session: Session, app_id: int) -> SecretRotation | None:
    """The last rotation of an app's client secret."""
    return session.exec(select(SecretRotation).where(col(SecretRotation.app_id) == app_id)).first()


def _take(workspace: Workspace, accounts: Sequence[int], notice: Notice) -> bool:
    is_secret = notice.kind == NEW_SECRET
    with workspace.database.read() as session:
        app = _app(session, None if is_secret else accounts, _client(notice))
    if app is None and is_secret:
        raise ConfigurationError(
            f"A new client secret has come for an application that is not here ({excerpt(_client(notice), 80)}).",
            next_step="Where it was for this installation, rotate again once its client id is entered.",
        )
    if app is None:
        return False
    if is_secret:
        return _take_secret(workspace, app, notice)
    expires = _end(notice.about.get("clientsecretexpirytime"), SECRET_LIFE)
    if expires is None or expires == app.secret_expires_at or _is_of_former(app, notice):
        return False
    with workspace.database.write() as session:
        stored = session.get_one(App, app.id)
        stored.secret_expires_at = expires
        session.add(stored)
    return True


def _take_secret(workspace: Workspace, app: App, notice: Notice) -> bool:
    secret = check_client_secret(str(notice.about.get("newclientsecret", "")))
    app_id = stored_id(app.id)
    with workspace.database.read() as session:
        before = rotation_of(session, app_id)
    if before is not None and before.secret not in (None, secret):
        # Anybody may send a message: one whose secret was not tried yet makes way for no other.
        try:
            switch(workspace, app_id)
        except AuthorizationError as error:
            log.warning("a new client secret was refused: %s", error)
    with workspace.database.write() as session:
        stored = session.exec(select(App).where(col(App.id) == app_id).with_for_update()).one()
        if secret in (stored.client_secret, stored.previous_secret):
            return False
        _keep(session, stored, secret, notice)
    return switch(workspace, app_id)


def _keep(session: Session, app: App, secret: str, notice: Notice) -> None:
    """Store a new secret beside the one in use; a rotation that was not begun here gets a row of its own."""
    rotation = rotation_of(session, stored_id(app.id))
    if rotation is None or not rotation.is_open:
        if rotation is not None:
            session.delete(rotation)
            session.flush()
        rotation = SecretRotation(app_id=stored_id(app.id))
    if rotation.secret != secret:
        rotation.arrived_at = clock.now()
    rotation.secret, rotation.fault = secret, ""
    rotation.expires_at = _end(notice.about.get("newclientsecretexpirytime"), SECRET_LIFE)
    rotation.former_ends_at = _end(notice.about.get("oldclientsecretexpirytime"), SECRET_GRACE)
    session.add(rotation)


def _client(notice: Notice) -> str:
    return str(notice.about.get("clientid", ""))


def _end(value: Any, life: timedelta) -> datetime | None:
    """When a secret ends; None for a time that no secret lives to see, which is to silence no alarm."""
    found = told(value)
    return found if found is not None and found <= clock.now() + life + _MOST_SKEW else None


def _is_of_former(app: App, notice: Notice) -> bool:
    """Whether it was said of the secret before the present one: messages come late, and in any order."""
    return (
        app.previous_secret is not None and notice.published_at is not None and notice.published_at < app.secret_set_at
    )


def _app(session: Session, accounts: Sequence[int] | None, client_id: str) -> App | None:
    """The app with this client id; with `accounts`, if one of these sellers has authorized it.

    A new secret is taken whoever's queue it comes by: it proves itself, and there is no other copy of it.
    """
    query = select(App).where(col(App.client_id) == client_id)
    if accounts is not None:
        query = query.join(SellerAccount, col(SellerAccount.app_id) == App.id).where(
            col(SellerAccount.id).in_(accounts)
        )
    return session.exec(query).first()
