"""What runs out by itself and has to be renewed by a person.

A client secret lives for 180 days and a seller's authorization of a public app for 365 days; private apps authorize
themselves and are not asked again. Sources: SP-API "Rotating your application client credentials" and "Authorization
renewal".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core import clock
from core.model.account import MODE_PUBLIC

SECRET_LIFE = timedelta(days=180)
SECRET_GRACE = timedelta(days=7)
"""For which Amazon takes a secret after there is a newer one."""
AUTHORIZATION_LIFE = timedelta(days=365)
SOON = timedelta(days=30)
"""Amazon's own reminders begin about as early."""
ALARMS = (1, 7, 14, 30)
"""Days before the end at which people are told again."""


class Severity(StrEnum):
    """How much a countdown matters now."""

    OK = "ok"
    SOON = "soon"
    LATE = "late"


@dataclass(frozen=True)
class Countdown:
    """Until when something is good; `days` are whole ones, negative once it is over."""

    ends_at: datetime
    days: int
    severity: Severity


def alarm(countdown: Countdown) -> int | None:
    """The alarm that has rung last, in days before the end; None while none has."""
    return next((days for days in ALARMS if countdown.days < days), None)


def secret(set_at: datetime, expires_at: datetime | None) -> Countdown:
    """Of an app's client secret: as told, otherwise 180 days after it was set."""
    return _until(expires_at or set_at + SECRET_LIFE)


def authorization(mode: str, authorized_at: datetime) -> Countdown | None:
    """Of a seller's authorization; None for private apps."""
    return _until(authorized_at + AUTHORIZATION_LIFE) if mode == MODE_PUBLIC else None


def _until(ends_at: datetime) -> Countdown:
    left = ends_at - clock.now()
    severity = Severity.LATE if left <= timedelta(0) else Severity.SOON if left <= SOON else Severity.OK
    return Countdown(ends_at, left.days, severity)
