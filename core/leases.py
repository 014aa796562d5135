"""Locks with an expiry, in the database: for work that only one process may do at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlmodel import Session, col, delete, select, update

from core import clock
from core.database import Database, upsert
from core.identity import is_known_dead
from core.model.lease import Lease

log = logging.getLogger(__name__)

LENGTH = 30.0
"""Real seconds that a lease lives without being renewed."""


def take(database: Database, name: str, owner: str) -> bool:
    """Take or renew the lease `name`; False while another living owner has it."""
    until = clock.now() + timedelta(seconds=clock.from_real(LENGTH))
    with database.write() as session:
        # The update changes nothing but locks the row: else its owner could delete it before it is read below.
        upsert(session, Lease, [{"name": name, "owner": owner, "until": until}], keys=["name"], update=["name"])
        lease = session.exec(select(Lease).where(col(Lease.name) == name).with_for_update()).one()
        if lease.owner != owner and lease.until > clock.now() and not is_known_dead(lease.owner):
            return False
        lease.owner, lease.until = owner, until
        session.add(lease)
        return True


def still_held(session: Session, name: str, owner: str) -> bool:
    """Renew inside the caller's transaction; False when the lease was lost."""
    until = clock.now() + timedelta(seconds=clock.from_real(LENGTH))
    result = session.exec(update(Lease).where(col(Lease.name) == name, col(Lease.owner) == owner).values(until=until))
    return bool(result.rowcount)


@contextmanager
def kept(database: Database, name: str, owner: str) -> Iterator[None]:
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
