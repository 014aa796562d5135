"""Where a job stands while somebody waits: a line that is written over on a terminal, now and then one in a log."""

from __future__ import annotations

import re
import sys
import time
from typing import TextIO

from core.flows import title_of_job
from core.jobs.views import JobView
from core.model.job import JobState
from core.plain_text import clean
from tui.commands.job_text import progress_of
from tui.commands.terminal import columns, is_live

_SELDOM = 10.0
"""Real seconds between two lines of a log about the same step."""
_BAR = 16
_NUMBER = re.compile(r"\d+")
"""A step that counts in its words stays the same step."""


class Progress:
    """Tells it on standard error, so that the output holds the result alone."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._told, self._told_at, self._step = "", 0.0, ("", "")

    @property
    def is_live(self) -> bool:
        """Whether the line is written over."""
        return is_live(self._stream)

    def show(self, job: JobView) -> None:
        """Tell it, if it is news."""
        if self.is_live:
            self._write_over("  ".join(part for part in _parts(job) if part))
            return
        state = [] if job.state is JobState.WAITING else [str(job.state)]
        line = " ".join([f"job {job.id}", *state, progress_of(job)]).rstrip()
        step = (str(job.state), _NUMBER.sub("", job.step))
        is_due = step != self._step or time.monotonic() - self._told_at >= _SELDOM
        if line != self._told and is_due:
            self._stream.write(f"{clean(line)}\n")
            self._stream.flush()
            self._told, self._told_at, self._step = line, time.monotonic(), step

    def close(self) -> None:
        """Leave the line empty for what follows."""
        if self.is_live:
            self._write_over("")

    def _write_over(self, line: str) -> None:
        line = line[: columns() - 1]
        if line != self._told:
            self._stream.write(f"\r\x1b[K{line}")
            self._stream.flush()
            self._told = line


def _parts(job: JobView) -> tuple[str, str, str]:
    """What is cut first goes last."""
    return _bar(job), clean(progress_of(job)) or str(job.state), clean(f"job {job.id}: {title_of_job(job)}")


def _bar(job: JobView) -> str:
    if not job.total or job.state is not JobState.RUNNING:
        return ""
    filled = _BAR * min(max(job.done, 0), job.total) // job.total
    return f"{'█' * filled}{'░' * (_BAR - filled)}"
