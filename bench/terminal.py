"""A program in a real terminal of 80×24: its keys, what it sends, and when.

The terminal is a pseudo terminal with nothing behind it that answers or interprets: what counts is the bytes that would
go over the line, and the moment at which they come.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import surroundings

LINES, COLUMNS = 24, 80
QUIET = 0.25
"""Seconds without a byte after which a picture counts as whole."""
LONGEST = 30.0
"""Seconds after which something counts as never coming."""

_ESCAPES = re.compile(rb"\x1b\[[0-9;:?<=>$]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b.")
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Painted:
    """What came after a key: seconds until the first byte, until what was waited for and until the last; the bytes."""

    first: float
    there: float
    last: float
    size: int


class Terminal:
    """One run of a Python program; it is ended with the context."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start `python WORDS` as over SSH: 256 colours, nothing of the caller's Textual."""
        kept = {name: value for name, value in surroundings().items() if not name.startswith(("TEXTUAL", "COLORTERM"))}
        self._environment = kept | {"TERM": "xterm-256color", "PYTHONPATH": str(_ROOT)} | dict(environment or {})
        self.sent = b""
        """Everything it has sent."""
        self.started = time.perf_counter()
        self._pid, self._line = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            os.execve(sys.executable, [sys.executable, *words], self._environment)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._line)

    @property
    def text(self) -> str:
        """What it has sent, without what only moves and colours."""
        return _ESCAPES.sub(b"", self.sent).decode("utf-8", "replace")

    def until(self, came: Callable[[str], bool]) -> float:
        """Wait until what it has sent says so; returns the seconds since its start."""
        ends = time.perf_counter() + LONGEST
        while not came(self.text):
            if not self._read(LONGEST) or time.perf_counter() > ends:
                raise RuntimeError(f"it never came; the terminal shows {self.text[-500:]!r}")
        return time.perf_counter() - self.started

    def settle(self, quiet: float = QUIET) -> None:
        """Wait until nothing has come for `quiet` seconds."""
        while self._read(quiet):
            pass

    def answer(self, key: str) -> float:
        """Press a key; returns the seconds until the first byte of what it causes."""
        begin = time.perf_counter()
        os.write(self._line, key.encode())
        if not self._read(LONGEST):
            raise RuntimeError(f"the key {key!r} caused nothing")
        return time.perf_counter() - begin

    def press(self, key: str, came: Callable[[str], bool] = bool) -> Painted:
        """Press a key and wait for what it causes: at least until `came` says that it is there, then until quiet."""
        self.sent = b""
        begin = time.perf_counter()
        os.write(self._line, key.encode())
        first = there = last = 0.0
        while self._read(QUIET if there else LONGEST):
            last = time.perf_counter() - begin
            first = first or last
            there = there or (last if came(self.text) else 0.0)
            if last > LONGEST:
                break
        if not there:
            raise RuntimeError(f"the key {key!r} did not cause it; the terminal shows {self.text[-500:]!r}")
        return Painted(first, there, last, len(self.sent))

    def _read(self, seconds: float) -> bool:
        """Take what comes within the time; False when nothing came."""
        ready, _, _ = select.select([self._line], [], [], seconds)
        if not ready:
            return False
        try:
            self.sent += os.read(self._line, 1 << 16)
        except OSError:  # how Linux says that the other end is gone
            raise RuntimeError(f"the program ended: {self.text[-500:]!r}") from None
        return True
