"""Changing the keys of the vault: a new one in turn, a new one after a loss, and what has to be entered again then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, func, select, text, type_coerce
from sqlmodel import col, delete, update
from sqlmodel import select as rows

from core import clock, leases, vault
from core.actor import Actor
from core.database import Database
from core.errors import ConfigurationError, VaultError
from core.identity import host_and_process, new_owner
from core.jobs.views import living_workers
from core.keyring import encrypted_columns
from core.model.account import App, SellerAccount
from core.model.order import AmazonOrder
from core.model.outbox import OPEN_STATES, OutboxIntent
from core.model.store import Store
from core.people.audit import record
from core.people.rights import require_admin
from core.settings import Settings
from core.subjects import ids_of
from core.vault import is_sealed

BATCH = 500
_PAUSE = 0.01
"""Real seconds between two batches: others want to write too."""
_PATIENCE = 60.0
_LEASE = "key.rotate"
_PERSONAL_DATA = timedelta(days=30)

Tell = Callable[[int, int], None]
"""Is told how many values are done, and how many there are."""


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: values that have the new key now, those no key opens, and keys that were dropped."""

    changed: int
    unreadable: int
    dropped: int


def to_enter_again(database: Database) -> list[str]:
    """The secrets that no key at hand opens, in words."""
    found = []
    with database.read() as session:
        for store in session.exec(rows(Store).order_by(col(Store.name))):
            if is_sealed(store.api_key):
                found.append(f"store {store.name}: its API key (crossdock store edit)")
        for app in session.exec(rows(App).order_by(col(App.name))):
            if is_sealed(app.client_secret):
                found.append(f"app {app.name}: its client secret (crossdock app edit, or channel edit)")
        for account in session.exec(rows(SellerAccount).order_by(col(SellerAccount.id))):
            if account.seller_id and is_sealed(account.refresh_token):
                found.append(
                    f"seller {account.seller_id}: its refresh token (crossdock channel edit, or channel authorize)"
                )
    return found


def rotate(settings: Settings, database: Database, actor: Actor, tell: Tell = lambda done, total: None) -> Rotation:
    """Encrypt everything with a new key, then drop the old ones; a rotation that was interrupted goes on.

    Processes on this host follow by themselves. Raises ConfigurationError where the key is not a file that can be
    written, and while workers run on other hosts.
    """
    require_admin(database, actor, "change the key")
    _require_one_host(database)
    owner = new_owner()
    if not leases.take(database, _LEASE, owner):
        raise ConfigurationError("A rotation is under way already.", next_step="Let it end.")
    with leases.holding(database, _LEASE, owner):
        before = vault.keys()
        own_file = is_own_file(settings)
        if len(before) == 1:
            if not own_file:
                raise _by_hand(settings)
            vault.write_keys(settings.key_path, [vault.new_key(), *before], replace=True)
        _wait_for_writers(database)
        changed, unreadable = _encrypt_anew(database, tell)
        newest, *old = vault.keys()
        if own_file:
            vault.write_keys(settings.key_path, [newest], replace=True)
        with database.write() as session:
            record(session, actor, "key.rotate", "key", changed=changed, unreadable=unreadable)
    return Rotation(changed, unreadable, len(old) if own_file else 0)


def replace_lost(settings: Settings, database: Database, actor: Actor) -> list[str]:
    """Go on with a new key after a loss; returns what has to be entered again.

    Documents of orders that no key opens are read again from Amazon with the next import, those older than personal
    data may be kept are forgotten. Open writes with such a content are planned again.
    """
    require_admin(database, actor, "make a new key")
    if not is_own_file(settings):
        raise _by_hand(settings)
    try:
        vault.open_vault(settings, create=False)
        before = vault.keys()
    except VaultError:
        before = ()  # missing or broken
    vault.write_keys(settings.key_path, [vault.new_key(), *before], replace=True)
    vault.open_vault(settings)
    _forget_unreadable(database)
    with database.write() as session:
        record(session, actor, "key.new", "key")
    return to_enter_again(database)


def is_own_file(settings: Settings) -> bool:
    """Whether the key is a file of ours rather than a variable or a credential that systemd keeps."""
    return settings.key is None and not vault.is_credential(settings.key_path)


def _by_hand(settings: Settings) -> ConfigurationError:
    where = "CROSSDOCK_KEY" if settings.key else f"the credential {settings.key_path}"
    return ConfigurationError(
        f"The key comes from {where}, which Crossdock cannot write.",
        next_step="Make a key (openssl rand -base64 32 | tr '+/' '-_'), put it before the present one there, with a "
        "comma between them, restart every worker, and run this again. Then take the old one out.",
    )


def _require_one_host(database: Database) -> None:
    here, _ = host_and_process(new_owner())
    with database.read() as session:
        elsewhere = {host_and_process(worker.owner)[0] for worker in living_workers(session)} - {here}
    if elsewhere:
        raise ConfigurationError(
            f"Workers run on other hosts ({', '.join(sorted(elsewhere))}), which would not know the new key.",
            next_step="Stop them, rotate, copy the key file to them, and start them again.",
        )


def _wait_for_writers(database: Database) -> None:
    """Wait for every transaction that may have encrypted with the old key; later ones see the new file."""
    if database.is_sqlite:
        with database.write():
            return
    deadline = time.monotonic() + _PATIENCE
    with database.engine.connect() as connection:
        begun = connection.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric")).scalar_one()
        while True:
            connection.rollback()
            ended = connection.execute(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::numeric"))
            if ended.scalar_one() >= begun:
                return
            if time.monotonic() > deadline:
                raise ConfigurationError("A transaction stays open for long.", next_step="Run it again later.")
            time.sleep(0.1)


def _encrypt_anew(database: Database, tell: Tell) -> tuple[int, int]:
    columns = encrypted_columns()
    with database.read() as session:
        connection = session.connection()
        total = sum(connection.execute(select(func.count(column))).scalar_one() for column in columns)
    done = changed = unreadable = 0
    for column in columns:
        place = f"{column.table.name}.{column.name}"
        for batch in _batches(database, column):
            fresh = []
            for key, token, row in batch:
                if vault.is_newest(token, place, row):
                    continue
                try:
                    new = vault.encrypt(vault.decrypt(token, place, row), place, row)
                    fresh.append({"key": key, "old": token, "new": new})
                except VaultError:
                    unreadable += 1
            if fresh:
                _replace(database, column, fresh)
                time.sleep(_PAUSE)
            changed += len(fresh)
            done += len(batch)
            tell(done, total)
    return changed, unreadable


def _batches(database: Database, column: Column[Any]) -> Iterator[list[tuple[int, bytes, bytes]]]:
    """Keys, raw values and what tells their rows apart, of a column, in batches that are read in a transaction each."""
    identity, last = column.table.c.id, 0
    while True:
        row = [column.table.c[name] for name in vault.encrypted(column.table)[column.key]]
        query = select(identity, type_coerce(column, LargeBinary), *row).where(column.is_not(None), identity > last)
        with database.read() as session:
            rows = session.connection().execute(query.order_by(identity).limit(BATCH)).all()
        if not rows:
            return
        yield [(key, bytes(token), vault.row_of(values)) for key, token, *values in rows]
        last = rows[-1][0]


def _replace(database: Database, column: Column[Any], fresh: list[dict[str, Any]]) -> None:
    """Write new values where the old ones still stand: what was changed meanwhile has the new key already."""
    table = column.table
    assert isinstance(table, Table)
    statement = text(f'UPDATE "{table.name}" SET "{column.name}" = :new WHERE id = :key AND "{column.name}" = :old')
    with database.write() as session:
        session.connection().execute(statement, fresh)


def _forget_unreadable(database: Database) -> None:
    """Let orders be read and planned again whose documents, or planned writes, are lost."""
    now = clock.now()
    for batch in _batches(database, AmazonOrder.__table__.c.raw):  # type: ignore[attr-defined]
        lost = [key for key, token, _ in batch if not vault.opens(token)]
        with database.write() as session:
            mine = col(AmazonOrder.id).in_(lost)
            recent = col(AmazonOrder.updated_at) >= now - _PERSONAL_DATA
            session.exec(update(AmazonOrder).where(mine, recent).values(fingerprint="", dirty=True))
            session.exec(update(AmazonOrder).where(mine, ~recent).values(raw=None, dirty=False))
    for batch in _batches(database, OutboxIntent.__table__.c.content):  # type: ignore[attr-defined]
        lost = [key for key, token, _ in batch if not vault.opens(token)]
        with database.write() as session:
            mine = col(OutboxIntent.id).in_(lost)
            is_open = col(OutboxIntent.state).in_(OPEN_STATES)
            subjects = session.connection().execute(select(col(OutboxIntent.subject)).where(mine, is_open)).scalars()
            orders = ids_of(subjects, "order")
            session.exec(update(AmazonOrder).where(col(AmazonOrder.order_id).in_(orders)).values(dirty=True))
            session.exec(delete(OutboxIntent).where(mine, is_open))
            session.exec(update(OutboxIntent).where(mine).values(content=None))
