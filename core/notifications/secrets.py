"""Client secrets that Amazon announces: when one expires, and the new one after a rotation.

A new secret is stored beside the old one and tried before it counts; the message is deleted after that. Source: SP-API
"Rotating your application client credentials", notifications of the Application Management API.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from core import clock
from core.actor import SYSTEM
from core.amazon.credential_forms import check_client_secret
from core.amazon.notifications import NEW_SECRET
from core.apps import replace_secret, try_secret, wake_sellers
from core.countdowns import SECRET_LIFE
from core.errors import ConfigurationError
from core.model.account import App, SellerAccount
from core.people.audit import record
from core.redaction import excerpt
from core.sync.hearing import Notice
from core.timestamps import told
from core.workspace import Workspace

_MOST_SKEW = timedelta(days=1)


def take(workspace: Workspace, accounts: Iterable[int], notices: Sequence[Notice]) -> set[str]:
    """Take what is told of the apps of these seller accounts; returns the ids of what was news.

    Raises what the token service raises: then the message stays, and with it the only copy of a new secret.
    """
    return {notice.id for notice in notices if _take(workspace, list(accounts), notice)}


def _take(workspace: Workspace, accounts: Sequence[int], notice: Notice) -> bool:
    client_id = str(notice.about.get("clientid", ""))
    is_secret = notice.kind == NEW_SECRET
    with workspace.database.read() as session:
        app = _app(session, None if is_secret else accounts, client_id)
    if app is None and is_secret:
        raise ConfigurationError(
            f"A new client secret has come for an application that is not here ({excerpt(client_id, 80)}).",
            next_step="Where it was for this installation, rotate again once its client id is entered.",
        )
    if app is None:
        return False
    if is_secret:
        return _take_secret(workspace, app, notice)
    expires = _end(notice.about.get("clientsecretexpirytime"))
    if expires is None or expires == app.secret_expires_at or _is_of_former(app, notice):
        return False
    with workspace.database.write() as session:
        stored = session.get_one(App, app.id)
        stored.secret_expires_at = expires
        session.add(stored)
    return True


def _take_secret(workspace: Workspace, app: App, notice: Notice) -> bool:
    secret = check_client_secret(str(notice.about.get("newclientsecret", "")))
    if secret in (app.client_secret, app.previous_secret):
        return False
    try_secret(workspace, app, secret)
    with workspace.database.write() as session:
        stored = session.get_one(App, app.id)
        replace_secret(stored, secret)
        stored.secret_expires_at = _end(notice.about.get("newclientsecretexpirytime"))
        stored.revision += 1
        session.add(stored)
        wake_sellers(session, stored)
        record(session, SYSTEM, "app.secret", f"app {app.name}", revision=stored.revision)
    return True


def _end(value: Any) -> datetime | None:
    """When a secret ends; None for a time that no secret lives to see, which is to silence no alarm."""
    found = told(value)
    return found if found is not None and found <= clock.now() + SECRET_LIFE + _MOST_SKEW else None


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
