"""The application on a real (pseudo) terminal: whatever ends it, the terminal is usable afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model.job import JobState
from core.settings import Settings
from core.workspace import opened
from tests.tui.order_rows import fill_orders
from tests.tui.rows import add_channel, add_job
from tests.tui.stages import STAGES

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from core.actor import LOCAL_ADMIN
from core.settings import load
from tui.app import run_app
sys.exit(run_app(load(), LOCAL_ADMIN))
"""
LEFT_FULL_SCREEN = b"\x1b[?1049l"
CURSOR_VISIBLE = b"\x1b[?25h"
SECONDS = 30.0


class Terminal:
    """A child process on a terminal of its own."""

    def __init__(self, home: Path) -> None:
        self._end, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=ROOT,
            env={**os.environ, "CROSSDOCK_HOME": str(home)},
            start_new_session=True,
        )
        os.close(terminal)
        self.output = b""

    def read_until(self, wanted: bytes | None) -> None:
        """Read until `wanted` was written; None means until the end."""
        while wanted is None or wanted not in self.output:
            ready, _, _ = select.select([self._end], [], [], SECONDS)
            assert ready, self.output[-500:]
            try:
                data = os.read(self._end, 65_536)
            except OSError:  # how Linux says that the child has closed its terminal
                data = b""
            if not data:
                assert wanted is None, self.output[-500:]
                return
            self.output += data

    def read(self, seconds: float) -> bytes:
        """What is written within the time."""
        ready, _, _ = select.select([self._end], [], [], seconds)
        return os.read(self._end, 65_536) if ready else b""

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._end, keys)

    def resize(self, width: int, height: int) -> None:
        """Have another size, and tell the application as terminals do."""
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def wait(self) -> int:
        """The exit code."""
        self.read_until(None)
        os.close(self._end)
        return self.process.wait(SECONDS)


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    """The application, started and showing its Home."""
    with opened(Settings(home=home)) as workspace:
        add_channel(workspace, "there-before")
    terminal = Terminal(home)
    try:
        terminal.read_until(b"there-before")
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_signals_leave_the_terminal_usable(terminal: Terminal, number: signal.Signals) -> None:
    """The end of a service or of an SSH session restores the screen and the cursor."""
    terminal.process.send_signal(number)
    assert terminal.wait() == 128 + number
    assert LEFT_FULL_SCREEN in terminal.output
    assert CURSOR_VISIBLE in terminal.output


def test_quits_without_a_word(terminal: Terminal, home: Path) -> None:
    """Leaving writes nothing but what restores the terminal."""
    terminal.write(b"q")
    assert terminal.wait() == 0
    assert b"Traceback" not in terminal.output
    log = home / "logs" / "tui.log"
    assert not log.exists() or "error" not in log.read_text()


def test_a_change_shows_within_a_second(terminal: Terminal, home: Path) -> None:
    """What another process writes is read by itself; the second is the program's, the rest a busy machine's."""
    with opened(Settings(home=home)) as workspace:
        add_channel(workspace, "changed-just-now")
    began = time.monotonic()
    terminal.read_until(b"changed-just-now")
    assert time.monotonic() - began < 3.0


def test_keys_that_come_in_one_go(home: Path) -> None:
    """A slow line delivers many keys at once: the digits are typed into the filter that the key before them opens."""
    with opened(Settings(home=home)) as workspace:
        add_job(workspace, JobState.SUCCEEDED, fill_orders(workspace))
    terminal = Terminal(home)
    try:
        terminal.read_until(b"last import")
        terminal.write(b"2/302-0000004")
        terminal.read_until(b"1 of")  # of 10: cells that stay the same are not written again
        terminal.write(b"\rq")
        assert terminal.wait() == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()


@pytest.mark.parametrize("stage", ["empty home", "account", "store", "channel without import"])
def test_first_start_left_for_later(home: Path, stage: str) -> None:
    """Whatever was done so far: any size, then escape leads to Home, at any size, and q leaves."""
    with opened(Settings(home=home)) as workspace:
        STAGES[stage](workspace)
    terminal = Terminal(home)
    try:
        terminal.read_until(b"First import")
        terminal.resize(7, 2)
        terminal.resize(132, 43)
        terminal.write(b"\x1b")
        terminal.read_until(b"last import" if "channel" in stage else b"No channel is connected")
        terminal.resize(1, 1)
        terminal.resize(60, 20)
        terminal.write(b"q")
        assert terminal.wait() == 0
        assert b"ended by a fault" not in terminal.output
    finally:
        terminal.process.kill()
        terminal.process.wait()
