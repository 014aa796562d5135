"""How a job reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from textual.content import Content

from core import clock
from core.flows import title_of_job
from core.jobs.list import JobGroup
from core.jobs.views import EventView, ItemProblem, JobView
from core.jobs.wording import plan_lines, starter, state_words, troubles
from core.model.job import JobState
from core.words import counted, spaced
from tui.frame.fixes import inline
from tui.frame.job_line import BETWEEN, counted_results, joined, pace, remaining, waits_for
from tui.screens.jobs.data import PROBLEMS
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.progress import progress_text
from tui.widgets.state import state_label
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

COLUMNS = (
    Column("id", most=7, right=True),
    Column("job", least=28, most=36),
    Column("by", least=8, most=12, wide=96),
    Column("started", least=7, most=11, wide=64),
    Column("took", least=10, most=10, right=True, wide=84),
    Column("result"),
)

NO_JOBS = "No job has run yet.\n\nStart the first one with: crossdock orders import --channel NAME"

STATES: Mapping[str, frozenset[JobGroup]] = {
    "All": frozenset(),
    "Active": frozenset({JobGroup.ACTIVE}),
    "With problems": frozenset({JobGroup.PROBLEMS}),
}

_LABEL = 15
_TONES = {"warning": "$text-warning", "error": "$text-error", "critical": "$text-error"}


def job_cells(job: JobView) -> tuple[Cell, ...]:
    """A line of the list."""
    return (
        Content(str(job.id)),
        foreign(title_of_job(job)),
        foreign(starter(job)),
        Content(timestamps.clock_time(job.started_at or job.created_at)),
        Content(_took(job)),
        partial(result_cell, job),
    )


def none_fits(states: frozenset[JobGroup]) -> str:
    """The way out of a choice of states that no job has."""
    word = next(word for word, wanted in STATES.items() if wanted == states)
    return f"No job is {word.lower()}.\n\n{{jobs.next}} shows others."


def result_cell(job: JobView, width: int) -> Content:
    """How a job stands, and while it has not ended how far it is: as much of it as `width` holds."""
    state = state_label(job)
    if job.state.is_final:
        return state
    room = width - state.cell_length - 1
    more = _fitting(room, *_details(job, room), "")
    return state + foreign(f" {more}" if more else "")


def _details(job: JobView, room: int) -> Iterator[str]:
    """What can be said of a job that has not ended, from the longest to the shortest."""
    found = troubles(job)
    numbers = progress_text(job.done, job.total, 0)
    if job.state is JobState.WAITING and not job.cancel_requested:
        for waits in (waits_for(job), remaining(job)):
            yield joined(numbers, waits)
            yield waits
    elif job.state is JobState.RUNNING:
        end = joined(found, pace(job))
        yield joined(progress_text(job.done, job.total, room - len(end) - len(BETWEEN) * bool(end)), end)
        yield joined(numbers, found)
    yield numbers


def heading(job: JobView) -> Content:
    """Which job it is."""
    return Content.assemble((f"Job {job.id}", "bold"), " ", foreign(title_of_job(job)))


def summary(job: JobView) -> list[Line]:
    """Everything core says about a job, a label and a value a line."""
    calls = [f"{spaced(operation)} {number:,}" for operation, number in sorted(job.calls.items())]
    fields = [
        ("State", state_words(job)),
        ("Message", job.message),
        ("Results", counted_results(job) or "nothing yet"),
        ("New problems", f"{job.new_problems:,}" if job.new_problems else ""),
        ("Step", job.step),
        ("Progress", joined(progress_text(job.done, job.total, 40), pace(job))),
        ("Waits for", waits_for(job) if job.state is JobState.WAITING else ""),
        ("Calls", ", ".join(calls) or "none"),
        ("Refused calls", f"{job.refused_calls:,}"),
        ("Started by", starter(job)),
        ("Queued at", timestamps.full(job.created_at)),
        ("Started at", _timestamp(job.started_at)),
        ("Finished at", _timestamp(job.finished_at)),
        ("Took", _took(job)),
        ("Retry of", f"job {job.retry_of}" if job.retry_of else ""),
        ("Interrupted", counted(job.resumes, "time") if job.resumes else ""),
    ]
    lines = [
        Line(Content.styled(label.ljust(_LABEL), "$text-muted") + foreign(value), indent=_LABEL)
        for label, value in fields
        if value
    ]
    lines += [Line(foreign(line), indent=_LABEL) for line in plan_lines(job.expected)] if job.expected else []
    codes = foreign(f"{job.kind}, {job.state}", "$text-muted")
    return [*lines, Line(Content.styled("Codes".ljust(_LABEL), "$text-muted") + codes, indent=_LABEL)]


def problem_lines(problems: Sequence[ItemProblem]) -> Iterator[Line]:
    """What is held or failed, why, and what to do; what failed comes first."""
    if not problems:
        yield Line(Content("Nothing is held, and nothing failed."))
    for problem in problems[:PROBLEMS]:
        tone = _TONES["error" if problem.result == "failed" else "warning"]
        why = foreign(f"{problem.result}: {inline(problem.code)}", tone)
        yield Line(Content.assemble(foreign(problem.subject, "bold"), " ", why))
        yield Line(Content("  ") + foreign(problem.message), indent=2)
        if problem.fix:
            yield Line(Content("  ") + Content.styled("fix: ", "bold") + foreign(problem.fix), indent=7)
    if len(problems) > PROBLEMS:
        more = len(problems) - PROBLEMS
        yield Line(Content(f"… and {more:,} more; all of them: crossdock jobs show ID --json"))


class LogLines:
    """Turns events into lines, with a heading whenever day or zone change."""

    def __init__(self) -> None:
        self._day = ""

    def of(self, events: Sequence[EventView]) -> list[Line]:
        """The lines of further events."""
        return [line for event in events for line in self._lines(event)]

    def _lines(self, event: EventView) -> Iterator[Line]:
        day = timestamps.day(event.at)
        if day != self._day:
            self._day = day
            yield Line(Content.styled(f"── {day} ──", "$text-muted"))
        time = timestamps.of_day(event.at)
        tone = _TONES.get(event.level, "")
        said = [foreign(event.text, tone)]
        if event.subject:
            said.insert(0, foreign(event.subject, "bold"))
        if event.level != "info":
            said.insert(0, foreign(event.level, tone))
        yield Line(Content.styled(time, "$text-muted") + " " + Content(" ").join(said), indent=len(time) + 1)


def _fitting(width: int, *texts: str) -> str:
    """The first of `texts` that fits, else the last."""
    return next((text for text in texts if len(text) <= width), texts[-1])


def _timestamp(timestamp: datetime | None) -> str:
    return timestamps.full(timestamp) if timestamp else ""


def _took(job: JobView) -> str:
    if job.started_at is None:
        return ""
    return timestamps.duration(((job.finished_at or clock.now()) - job.started_at).total_seconds())
