"""Locks with an expiry, in the database: for work that only one process may do at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, select, update

from core import clock
from core.database import Database, upsert
from core.identity import is_known_dead
from core.model.lease import Lease

log = logging.getLogger(__name__)

LENGTH = 30.0
"""Real seconds that a lease lives without being renewed."""

_TABLE: Any = Lease.__table__  # type: ignore[attr-defined]
# Made once, and past the ORM: every transaction of a lane begins with it.
_RENEW = update(_TABLE).where(_TABLE.c.name == bindparam("key"), _TABLE.c.owner == bindparam("holder"))

_seen: dict[str, tuple[str, datetime, float]] = {}
"""Name of a lease that ends too late → its owner, its end, and since when this process knows both (monotonic)."""


def is_lapsed(name: str, owner: str, until: datetime | None) -> bool:
    """Whether the owner of a lease has lost it: its time is over, or the owner is known to be dead.

    One that ends later than any lease can was taken by a clock that was ahead. Its owner may live, with that clock:
    then it is renewed within seconds. It has lapsed when it stands unchanged for the length of a lease.
    """
    now = clock.now()
    if until is None or until <= now or is_known_dead(owner):
        return True
    if until <= now + timedelta(seconds=clock.from_real(2 * LENGTH)):
        return False
    seen = _seen.get(name)
    if seen is None or seen[:2] != (owner, until):
        seen = _seen[name] = (owner, until, time.monotonic())
    return time.monotonic() - seen[2] > LENGTH


def take(database: Database, name: str, owner: str) -> bool:
    """Take or renew the lease `name`; False while another living owner has it."""
    until = clock.now() + timedelta(seconds=clock.from_real(LENGTH))
    with database.write() as session:
        # The update changes nothing but locks the row: else its owner could delete it before it is read below.
        upsert(session, Lease, [{"name": name, "owner": owner, "until": until}], keys=["name"], update=["name"])
        lease = session.exec(select(Lease).where(col(Lease.name) == name).with_for_update()).one()
        if lease.owner != owner and not is_lapsed(name, lease.owner, lease.until):
            return False
        lease.owner, lease.until = owner, until
        session.add(lease)
        return True


def still_held(session: Session, name: str, owner: str) -> bool:
    """Renew inside the caller's transaction; False when the lease was lost."""
    until = clock.now() + timedelta(seconds=clock.from_real(LENGTH))
    renewed = session.connection().execute(_RENEW, {"key": name, "holder": owner, "until": until})
    return bool(renewed.rowcount)


def held_by_another(database: Database, name: str, owner: str) -> bool:
    """Whether somebody else, who lives, has the lease."""
    with database.read() as session:
        lease = session.get(Lease, name)
    return lease is not None and lease.owner != owner and not is_lapsed(name, lease.owner, lease.until)


@contextmanager
def holding(database: Database, name: str, owner: str) -> Iterator[None]:
    """Renew a lease that was taken, from a thread, while a step takes long; give it back at the end."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LENGTH / 4):
            try:
                with database.write() as session:
                    still_held(session, name, owner)
            except Exception:
                log.exception("the lease %s could not be renewed", name)

    thread = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        release(database, name, owner)


def release(database: Database, name: str, owner: str) -> None:
    """Give the lease back."""
    with database.write() as session:
        session.exec(delete(Lease).where(col(Lease.name) == name, col(Lease.owner) == owner))
