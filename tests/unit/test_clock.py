"""The program's time: real, or moved for a rehearsal in all processes alike."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import clock
from core.clock import ANCHOR_PREFIX, Clock, install
from core.errors import ConfigurationError
from tests.unit.builders import NOON, FakeClock

ROOT = Path(__file__).parents[2]


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Real time as the test says, and the real sleeps that were asked for, from the second element on."""
    told = [NOON.timestamp()]
    monkeypatch.setattr(time, "time", lambda: told[0])
    monkeypatch.setattr(time, "sleep", told.append)
    return told


def test_without_a_test_clock_time_is_real(home: Path, real: list[float]) -> None:
    install(None, home)
    assert clock.is_real()
    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC
    install("", home)
    assert clock.is_real()


def test_an_offset_moves_time_and_leaves_its_pace(home: Path, real: list[float]) -> None:
    install("3600,1", home)
    assert not clock.is_real()
    assert clock.now() == NOON + timedelta(hours=1)
    real[0] += 10
    assert clock.now() == NOON + timedelta(hours=1, seconds=10)
    install("-86400,1", home)
    assert clock.now() == NOON - timedelta(days=1) + timedelta(seconds=10)
    assert not list(home.glob(f"{ANCHOR_PREFIX}*"))


def test_a_speed_runs_from_the_moment_it_was_first_used(home: Path, real: list[float]) -> None:
    install("100,60", home)
    assert clock.now() == NOON + timedelta(seconds=100)
    real[0] += 10
    assert clock.now() == NOON + timedelta(seconds=700)


def test_a_later_process_runs_on_the_clock_of_the_first(home: Path, real: list[float]) -> None:
    install("100,60", home)
    real[0] += 10
    install(None, home)
    install("100,60", home)
    assert clock.now() == NOON + timedelta(seconds=700)


def test_another_rehearsal_in_the_same_home_has_an_anchor_of_its_own(home: Path, real: list[float]) -> None:
    install("0,60", home)
    real[0] += 10
    install("0,30", home)
    assert clock.now() == NOON + timedelta(seconds=10)
    install("0,60", home)
    assert clock.now() == NOON + timedelta(seconds=600)


def test_another_home_has_an_anchor_of_its_own(home: Path, real: list[float]) -> None:
    install("0,60", home)
    real[0] += 10
    install("0,60", home.parent / "other")
    assert clock.now() == NOON + timedelta(seconds=10)


def test_two_processes_agree_on_the_time(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core import clock;"
        "clock.install('0,1000', Path(sys.argv[1]));"
        "print(clock._current.anchor)"
    )
    command = [sys.executable, "-c", code, str(home)]
    first = subprocess.run(command, capture_output=True, text=True, timeout=50, cwd=ROOT, check=True)
    install("0,1000", home)
    assert float(first.stdout) == clock._current.anchor


def test_hosts_that_are_given_one_anchor_agree_without_a_file(home: Path, real: list[float]) -> None:
    install(f"100,60,{NOON.timestamp() - 10:.0f}", home)
    assert clock.now() == NOON - timedelta(seconds=10) + timedelta(seconds=100 + 600)
    assert not home.exists()


def test_a_broken_anchor_file_is_named(home: Path, real: list[float]) -> None:
    home.mkdir()
    (home / f"{ANCHOR_PREFIX}0,60").write_text("{")
    with pytest.raises(ConfigurationError, match=ANCHOR_PREFIX):
        install("0,60", home)


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "1,2,x",
        "1,2,-3",
        "1,2,nan",
        "1,2,3,4",
        "a,b",
        ",",
        "1,",
        ",1",
        "0,0",
        "0,-1",
        "nan,1",
        "0,nan",
        "inf,1",
        "0,inf",
        "1e11,1",
        "0,1e7",
        "1;1",
    ],
)
def test_a_senseless_test_clock_is_refused_and_shown(value: str, home: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        install(value, home)
    assert value in caught.value.what
    assert "OFFSET_SECONDS,SPEED" in caught.value.next_step


def test_a_refused_test_clock_leaves_the_clock_alone(home: Path) -> None:
    with pytest.raises(ConfigurationError):
        install("x", home)
    assert clock.is_real()


def test_sleeps_are_shorter_on_a_fast_clock(home: Path, real: list[float]) -> None:
    install("0,60", home)
    clock.sleep(30)
    clock.sleep(0)
    clock.sleep(-5)
    assert real[1:] == [0.5]


def test_real_seconds_are_longer_on_a_fast_clock(home: Path, real: list[float]) -> None:
    install("0,60", home)
    assert clock.from_real(0.5) == 30
    install(None, home)
    assert clock.from_real(0.5) == 0.5


def test_waiting_ends_with_its_event(home: Path) -> None:
    event = threading.Event()
    assert not Clock(speed=1e6).wait(event, 1)
    assert not Clock().wait(event, -1)
    event.set()
    assert Clock().wait(event, 1e6)


def test_spans_are_told_from_now(fake_clock: FakeClock) -> None:
    assert clock.after(90) == NOON + timedelta(seconds=90)
    assert clock.seconds_until(NOON + timedelta(seconds=90)) == 90
    assert clock.seconds_until(datetime(2026, 11, 23, 11, 59, tzinfo=UTC)) == -60
