"""Whether the database is whole: looked at once a day by a worker, and by whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from core import clock
from core.database import Database, upsert
from core.model.setting import GlobalSetting

EVERY = timedelta(days=1)
"""A file of a gigabyte takes seconds to read."""
FIX = "Stop the workers, keep a copy of the database, and restore your backup."
_KEY = "integrity"


@dataclass(frozen=True)
class Seen:
    """What was found, and when; `said` is empty when the database is whole."""

    at: datetime
    said: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing was wrong."""
        return not self.said


def look(session: Session) -> str:
    """What is wrong with the database, in its own words; empty when it is whole.

    A file is read from end to end. A server counts pages that did not have what was written: its administrator turns
    that on (data checksums).
    """
    if session.get_bind().dialect.name == "sqlite":
        said = str(session.execute(text("PRAGMA quick_check(1)")).scalar())
        return "" if said == "ok" else said
    query = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    failures = session.execute(text(query)).scalar()
    return f"The server has read {failures} damaged pages." if failures else ""


def look_daily(database: Database) -> None:
    """Look when nobody has for a day, and write down what was found."""
    now = clock.now()
    with database.read() as session:
        seen = last(session)
        if seen is not None and timedelta() <= now - seen.at < EVERY:
            return
        said = look(session)
    row = {"key": _KEY, "value": {"at": now.isoformat(), "said": said}}
    with database.write() as session:
        upsert(session, GlobalSetting, [row], keys=["key"], update=["value"])


def last(session: Session) -> Seen | None:
    """What was found last; None before anybody has looked."""
    row = session.get(GlobalSetting, _KEY)
    return Seen(datetime.fromisoformat(row.value["at"]), row.value["said"]) if row and row.value else None
