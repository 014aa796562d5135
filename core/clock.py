"""The only source of time in the program.

Quotas, leases, schedules and retention ask here, so that rehearsals and tests can move all processes alike by
`CROSSDOCK_TEST_CLOCK=OFFSET_SECONDS,SPEED[,ANCHOR]`. With a speed other than 1 all processes must agree on the
instant at which the clocks part: the anchor, in epoch seconds. Without one the first process of a home writes it into
the folder.
Time limits of network calls are real seconds and do not pass through here.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import ConfigurationError

ANCHOR_PREFIX = "test-clock-"


@dataclass(frozen=True)
class Clock:
    """Maps real time to the program's time: `anchor + offset + (real - anchor) * speed`, all in seconds."""

    anchor: float = 0.0
    offset: float = 0.0
    speed: float = 1.0

    def now(self) -> datetime:
        """The current time, aware UTC."""
        real = time.time()
        return datetime.fromtimestamp(self.anchor + self.offset + (real - self.anchor) * self.speed, UTC)

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` of the program's time."""
        if seconds > 0:
            time.sleep(seconds / self.speed)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for `event` at most `seconds` of the program's time; True when it was set."""
        return event.wait(max(seconds, 0.0) / self.speed)


_current = Clock()


def now() -> datetime:
    """The current time, aware UTC."""
    return _current.now()


def sleep(seconds: float) -> None:
    """Sleep for `seconds` of the program's time."""
    _current.sleep(seconds)


def wait(event: threading.Event, seconds: float) -> bool:
    """Wait for `event` at most `seconds` of the program's time; True when it was set."""
    return _current.wait(event, seconds)


def seconds_until(timestamp: datetime) -> float:
    """Seconds of the program's time from now to `timestamp`; negative when it has passed."""
    return (timestamp - now()).total_seconds()


def after(seconds: float) -> datetime:
    """The time `seconds` from now, aware UTC."""
    return now() + timedelta(seconds=seconds)


def from_real(seconds: float) -> float:
    """How much of the program's time passes in `seconds` of real time."""
    return seconds * _current.speed


def is_real() -> bool:
    """False while a test clock is in force."""
    return _current == Clock()


def install(test_clock: str | None, home: Path) -> None:
    """Put the test clock `OFFSET_SECONDS,SPEED[,ANCHOR]` in force for this process; None means real time.

    Raises ConfigurationError when the value is not two or three numbers or the speed is not positive.
    """
    global _current
    if not test_clock:
        _current = Clock()
        return
    try:
        offset, speed, *anchors = (float(part) for part in test_clock.split(","))
    except ValueError:
        offset, speed, anchors = 0.0, 0.0, []
    if not (speed > 0 and abs(offset) < 1e10 and speed <= 1e6 and len(anchors) < 2 and all(map(_is_epoch, anchors))):
        raise ConfigurationError(
            f"CROSSDOCK_TEST_CLOCK is {test_clock!r}.",
            next_step="Give OFFSET_SECONDS,SPEED, for example 3600,1, with an anchor in epoch seconds after it where "
            "several hosts have to agree, or unset it.",
        )
    if not anchors:
        anchors = [0.0 if speed == 1 else _shared_anchor(home, f"{offset:g},{speed:g}")]
    _current = Clock(anchor=anchors[0], offset=offset, speed=speed)


def _is_epoch(anchor: float) -> bool:
    return 0 <= anchor < 1e10


def _shared_anchor(home: Path, key: str) -> float:
    """The real time from which the clock `key` runs at its own speed, the same for every process of `home`."""
    path = home / f"{ANCHOR_PREFIX}{key}"
    try:
        if not path.exists():
            _write_anchor(path)
        return float(path.read_text())
    except ValueError:
        raise ConfigurationError(f"{path} is not readable.", next_step="Delete it and start again.") from None
    except OSError as error:
        raise ConfigurationError(
            f"The test clock cannot be kept in {home}: {error.strerror}.",
            next_step="Give it a home folder that this account may write to, or unset CROSSDOCK_TEST_CLOCK.",
        ) from None


def _write_anchor(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    temporary.write_text(repr(time.time()))
    try:
        os.link(temporary, path)  # whole, and only for the first
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
