"""Whether the clock may be believed: one that jumps must not decide what is deleted.

Workers write down every few seconds what the clock says. A step of more than two days forward, beyond what has passed
since, or backward is a jump: a wrong clock, one that was put right, or a machine that was off for long. Which of them
it was is told by Amazon, whose orders of the last days carry its own times, or by time: three days of steady running.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from core import clock
from core.database import Database, upsert
from core.model.audit import AuditEntry
from core.model.job import JobEvent
from core.model.order import AmazonOrder
from core.model.setting import GlobalSetting

MOST_STEP = timedelta(days=2)
"""Longer than a weekend day without a worker, and too short to cost anything that is kept for a month."""
PROBATION = timedelta(days=3)
_KEY = "clock"
_AHEAD = timedelta(hours=1)
"""By which Amazon's clock may be ahead of ours."""


@dataclass(frozen=True)
class Doubt:
    """A clock that jumped by `step` to `at` (its own word) and has not proved itself since."""

    at: datetime
    step: timedelta

    def __str__(self) -> str:
        way = "ahead" if self.step > timedelta() else "back"
        return (
            f"The clock jumped {abs(self.step) / timedelta(days=1):,.1f} days {way}, to {self.at:%Y-%m-%d %H:%M} UTC. "
            "Nothing is deleted until it has proved itself."
        )


class ClockWatch:
    """Watches the clock of one process, and what all processes of the database said before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked: float | None = None
        """Monotonic seconds; they pass at the same pace whatever is done to the clock."""

    def look(self) -> Doubt | None:
        """Write down what the clock says; returns what there is against believing it."""
        now, real = clock.now(), time.monotonic()
        passed = timedelta(seconds=clock.from_real(real - self._looked)) if self._looked is not None else timedelta()
        self._looked = real
        with self._database.write() as session:
            upsert(session, GlobalSetting, [{"key": _KEY, "value": None}], keys=["key"], update=[])
            row = session.get_one(GlobalSetting, _KEY, with_for_update=True)
            seen, doubt = _stored(row.value)
            step = now - (seen or newest(session) or now)
            if not -MOST_STEP <= step <= MOST_STEP + passed:
                doubt = Doubt(now, step)
            if doubt and (now - doubt.at >= PROBATION or _amazon_agrees(session, now)):
                doubt = None
            row.value = _as_value(now, doubt)
            session.add(row)
        return doubt


def standing(session: Session) -> Doubt | None:
    """The doubt that was written down last."""
    row = session.get(GlobalSetting, _KEY)
    return _stored(row.value)[1] if row else None


def newest(session: Session) -> datetime | None:
    """The time of the rows written last, of logs and audit; None in an empty database."""
    rows = [
        session.exec(select(model.at).order_by(col(model.id).desc()).limit(1)).first()
        for model in (JobEvent, AuditEntry)
    ]
    return max((at for at in rows if at is not None), default=None)


def _amazon_agrees(session: Session, now: datetime) -> bool:
    """Whether an order was changed, by Amazon's clock, in the days before now."""
    changed = col(AmazonOrder.updated_at)
    recent = select(AmazonOrder.id).where(changed > now - MOST_STEP, changed < now + _AHEAD).limit(1)
    return session.exec(recent).first() is not None


def _as_value(now: datetime, doubt: Doubt | None) -> dict[str, Any]:
    value: dict[str, Any] = {"seen": now.isoformat()}
    if doubt:
        value |= {"jumped_at": doubt.at.isoformat(), "step": doubt.step.total_seconds()}
    return value


def _stored(value: Any) -> tuple[datetime | None, Doubt | None]:
    """What `_as_value` made; nothing of what is anything else."""
    try:
        seen = datetime.fromisoformat(value["seen"])
        if "jumped_at" not in value:
            return seen, None
        return seen, Doubt(datetime.fromisoformat(value["jumped_at"]), timedelta(seconds=value["step"]))
    except (TypeError, KeyError, ValueError, OverflowError):
        return None, None
