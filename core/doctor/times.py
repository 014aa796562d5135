"""Whether the clock of this machine fits the times that files and rows bear, and the clock of the database server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from core import clock, clockwatch
from core.checks import Check
from core.model.channel import Channel
from core.model.job import Worker
from core.model.schedule import Schedule
from core.words import every

MOST_SKEW = timedelta(minutes=5)
"""By which a time may be in the future."""
_FIX = "Let the clock be set by the network (timedatectl set-ntp true), here and on all hosts that share the database."


def of_files(folder: Path) -> Check:
    """Files of the home are not younger than the present. Their times are real, whatever a test clock says."""
    newest = max(_changed(folder), default=0.0)
    if newest > time.time() + MOST_SKEW.total_seconds():
        found = datetime.fromtimestamp(newest, UTC)
        told = f"A file in {folder} was changed at {_minute(found)}: it is earlier now."
        return Check("file times", False, told, _FIX)
    return Check("file times", True, "No file is from the future.")


def _changed(folder: Path) -> Iterator[float]:
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):  # SQLite's journals come and go
                yield path.lstat().st_mtime


def history(session: Session) -> Check:
    """Rows are not younger than the present, next runs lie within their interval, and the clock did not jump."""
    faults = [*_jumps(session), *_server(session), *_rows(session), *_schedules(session)]
    if faults:
        return Check("clock history", False, " ".join(faults), _FIX)
    return Check("clock history", True, "What the database holds fits the clock.")


def _jumps(session: Session) -> Iterator[str]:
    doubt = clockwatch.standing(session)
    if doubt:
        yield str(doubt)


def _server(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name != "postgresql" or not clock.is_real():
        return
    theirs = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    skew = clock.now() - theirs
    if abs(skew) > MOST_SKEW:
        yield f"The database server's clock says {_minute(theirs)}, {abs(skew).total_seconds():.0f} s from this one."


def _rows(session: Session) -> Iterator[str]:
    beats = session.exec(select(Worker.beat_at).order_by(col(Worker.beat_at).desc()).limit(1)).first()
    newest = max((at for at in (beats, clockwatch.newest(session)) if at is not None), default=None)
    if newest is not None and newest > clock.now() + MOST_SKEW:
        yield f"The database holds entries of {_minute(newest)}: it is earlier now."


def _schedules(session: Session) -> Iterator[str]:
    now = clock.now()
    rows = session.exec(select(Schedule, Channel.name).join(Channel, col(Channel.id) == Schedule.channel_id)).all()
    for schedule, name in rows:
        if schedule.is_too_far(now):
            yield (
                f"The next import of channel {name} is set for {_minute(schedule.next_run)}, though it runs every "
                f"{every(schedule.every_seconds / 60)}; a worker starts it now."
            )


def _minute(timestamp: datetime) -> str:
    return f"{timestamp.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
