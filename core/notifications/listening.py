"""One process at a time takes from a queue: copies of one message are seen by the same eyes, so that it counts once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from core import leases
from core.database import Database


@contextmanager
def turn(database: Database, address: str, owner: str) -> Iterator[bool]:
    """Whether it is the caller's turn to take from a queue, kept until the end of the block."""
    name = f"queue/{hashlib.sha256(address.encode()).hexdigest()[:16]}"
    if not leases.take(database, name, owner):
        yield False
        return
    with leases.holding(database, name, owner):
        yield True
