"""What the command line says to people: questions, causes, progress, and how the program is called."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from core import clock
from core.errors import UsageError
from core.jobs.views import JobView
from core.model.job import JobState
from core.timestamps import timestamp
from tui import program
from tui.commands.common import agree
from tui.commands.job_text import ago, cause_lines, duration, state_of
from tui.commands.progress import Progress

JOB = JobView(
    id=31, kind="orders.import", channel="de", params={}, state=JobState.RUNNING, step="Planning orders", done=610,
    total=812, waiting_for="", waiting_until=None, per_minute=1200.4, seconds_left=10.1,
    counts={"seen": 112, "held": 112, "failed": 0}, new_problems=3, calls={}, refused_calls=0, message="", exit_code=0,
    requested_by="admin", retry_of=None, cancel_requested=False, resumes=0,
    created_at=datetime(2026, 11, 28, tzinfo=UTC), started_at=None, finished_at=None,
)  # fmt: skip


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell finds the program."""
    monkeypatch.setattr(program, "call", lambda: "crossdock")
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("answer", "typed", "is_yes"),
    [("y", "", True), ("yes", "", True), ("n", "", False), ("", "", False), ("de", "de", True), ("y", "de", False)],
)
def test_what_cannot_be_undone_is_asked(
    answer: str, typed: str, is_yes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    if is_yes:
        agree(["It goes."], "Delete channel de?", yes=False, typed=typed)
    else:
        with pytest.raises(typer.Exit) as left:
            agree(["It goes."], "Delete channel de?", yes=False, typed=typed)
        assert left.value.exit_code == 1
    said = capsys.readouterr().err
    assert said.startswith("It goes.\nDelete channel de? ")
    assert ("Nothing was changed." in said) is not is_yes


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("de\n"))
    with pytest.raises(UsageError, match="no terminal"):
        agree([], "Delete channel de?", yes=False, typed="de")
    agree([], "Delete channel de?", yes=True, typed="de")


@dataclass(frozen=True)
class Trouble:
    """A problem of an order."""

    subject: str
    code: str
    message: str = "No product has it."
    fix: str = "Link it."


def test_problems_are_told_by_cause_the_most_frequent_first() -> None:
    many = [Trouble(f"order {number}", "pending", fix="Nothing to do.") for number in range(5)]
    each = [Trouble(f"order {number}", "sku_unknown", fix=f"Link {number}.") for number in (7, 8)]
    lines = list(cause_lines([Trouble("order 9", "zero_price"), *each, *many], "crossdock problems list --all"))
    assert lines == [
        "    5  Pending at Amazon  order 0, 1 +3",
        "      → Nothing to do.",
        "    2  Unknown SKU  order 7, 8",
        "      → Link the SKU to a product. Each: crossdock problems list --all",
        "    1  Free of charge  order 9: No product has it.",
        "      → Link it.",
    ]


def test_the_state_of_a_job_is_said_once() -> None:
    assert str(state_of(JOB)) == "Running, 610 of 812"
    ended = replace(JOB, state=JobState.FINISHED_WITH_PROBLEMS)
    assert str(state_of(ended)) == "Finished, 112 held (3 new)"
    assert str(state_of(replace(JOB, cancel_requested=True))).startswith("Cancelling")
    waits = replace(JOB, state=JobState.WAITING, waiting_until=clock.now() + timedelta(seconds=125.4))
    assert str(state_of(waits)) == "Waiting, 2 min 5 s"


def test_progress_is_one_line_that_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    progress = Progress(terminal)
    for job in (JOB, JOB, replace(JOB, done=700)):
        progress.show(job)
    first, second = terminal.getvalue().split("\r\x1b[K")[1:]
    assert first.startswith("████████████░░░░  Planning orders: 610 of 812, 1,200/min, about 10 s left  job")
    assert "700 of 812" in second
    assert max(len(first), len(second)) < 80
    progress.close()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_progress_in_a_log_is_a_line_for_each_step() -> None:
    log = io.StringIO()
    progress = Progress(log)
    for job in (JOB, replace(JOB, done=700), replace(JOB, step="Sending orders", done=1, total=None)):
        progress.show(job)
    progress.close()
    assert [line.partition(", 1,")[0] for line in log.getvalue().splitlines()] == [
        "job 31 running Planning orders: 610 of 812",
        "job 31 running Sending orders: 1",
    ]


@pytest.mark.parametrize(("seconds", "says"), [(0, "0 s"), (59.6, "1 min 0 s"), (3725, "1 h 2 min"), (-3, "0 s")])
def test_durations(seconds: float, says: str) -> None:
    assert duration(seconds) == says


@pytest.mark.parametrize(
    ("past", "says"),
    [(0, "just now"), (300, "5 min ago"), (7300, "2 h ago"), (200_000, "2 days ago"), (-60, "just now")],
)
def test_how_long_ago(past: float, says: str) -> None:
    assert ago(clock.now() - timedelta(seconds=past)) == says


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-11-20Z", "2026-11-20T00:00:00+00:00"),
        ("2026-11-20+01:00", "2026-11-20T00:00:00+01:00"),
        ("2026-11-20T14:30Z", "2026-11-20T14:30:00+00:00"),
    ],
)
def test_a_date_with_a_zone_is_its_midnight(text: str, means: str) -> None:
    found = timestamp("--from", text)
    assert found is not None
    assert found.isoformat() == means


@pytest.mark.parametrize(("text", "advice"), [("2026-11-20", "2026-11-20Z"), ("2026-11-20T14:30", "14:30Z")])
def test_the_form_that_is_advised_is_accepted(text: str, advice: str) -> None:
    with pytest.raises(UsageError, match="no time zone") as caught:
        timestamp("--from", text)
    assert advice in caught.value.next_step
    assert timestamp("--from", f"{text}Z")
    assert timestamp("--from", f"{text}+01:00")


def test_the_program_is_named_by_its_path_where_the_shell_does_not_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    installed = tmp_path / "crossdock"
    installed.touch(0o700)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    for path, called in ((str(tmp_path), "crossdock"), ("/nowhere", str(installed))):
        monkeypatch.setenv("PATH", path)
        program.call.cache_clear()
        text = "No worker. Start one with: crossdock worker (crossdock is a program)"
        assert program.runnable(text) == text.replace(": crossdock", f": {called}")
    program.call.cache_clear()
