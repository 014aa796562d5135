"""How a job reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from textual.content import Content

from core import clock
from core.jobs.listing import JobKeys
from core.jobs.views import EventView, ItemProblem, JobView
from core.model.job import JobState
from tui.screens.jobs_data import PROBLEMS, SELECTIONS
from tui.text import foreign
from tui.widgets import moments
from tui.widgets.progress import progress_text
from tui.widgets.state import state_label
from tui.widgets.table import Column, Row
from tui.widgets.text_pane import Line

COLUMNS = (
    Column("id", most=7, right=True),
    Column("kind", most=18),
    Column("channel", most=14),
    Column("state", most=22),
    Column("progress"),
)

COUNTS = ("seen", "created", "updated", "unchanged", "held", "failed")

_LABEL = 15
_BETWEEN = " · "
_TONES = {"warning": "$text-warning", "error": "$text-error", "critical": "$text-error"}


def job_row(job: JobView) -> Row:
    """A line of the list."""
    cells = (Content(str(job.id)), foreign(job.kind), foreign(job.channel), state_label(job.state))
    return Row(job.id, (*cells, lambda width: progress_cell(job, width)))


def selections_line(chosen: str, jobs: JobKeys) -> Content:
    """What can be listed, each with its number; the chosen one in brackets."""
    parts: list[Content] = []
    for word, wanted in SELECTIONS.items():
        number = sum(jobs.counts[state] for state in wanted.states) if wanted.states else jobs.total
        label = f"{word.capitalize()} {number:,}"
        parts.append(Content.styled(f"[{label}]", "bold") if word == chosen else Content(f" {label} "))
    return Content(" ").join(parts)


def progress_cell(job: JobView, width: int) -> Content:
    """How far a job is and what it waits for, as much of it as `width` holds; what is urgent goes last."""
    bare = progress_text(job.done, job.total, 0)
    if job.cancel_requested and not job.state.is_final:
        return Content(_fitting(width, _joined(bare, "cancel asked"), "cancel asked"))
    if job.state is JobState.WAITING:
        soon = remaining(job) or "waits"
        return foreign(_fitting(width, _joined(bare, waits_for(job)), waits_for(job), _joined(bare, soon), soon))
    troubles = _joined(*[f"{job.counts[name]} {name}" for name in ("held", "failed") if job.counts.get(name)])
    room = width - len(troubles) - len(_BETWEEN) if troubles else width
    shown = bare if job.state.is_final else progress_text(job.done, job.total, room)
    return Content(_fitting(width, _joined(shown, troubles), troubles))


def remaining(job: JobView) -> str:
    """How long it still waits."""
    if job.waiting_until is None:
        return ""
    seconds = clock.seconds_until(job.waiting_until)
    return moments.duration(seconds) if seconds > 0 else "due now"


def waits_for(job: JobView) -> str:
    """ "Amazon's quota for searchOrders, 2 min 58 s"."""
    return ", ".join(part for part in (job.waiting_for, remaining(job)) if part)


def head(job: JobView, width: int) -> Content:
    """Which job, and in a sentence what it is doing or how it ended."""
    first = Content("  ").join(
        [Content.styled(f"Job {job.id}", "bold"), foreign(job.kind), foreign(job.channel), state_label(job.state)]
    )
    return Content("\n").join([first.truncate(width, ellipsis=True), foreign(situation(job, width))])


def situation(job: JobView, width: int) -> str:
    """One sentence about a job; for a running one its step and progress."""
    if job.cancel_requested and not job.state.is_final:
        return "It is being cancelled: it ends between two items."
    if job.state is JobState.WAITING:
        return f"Waiting for {waits_for(job)}."
    if job.state is JobState.QUEUED:
        return "Waiting for a worker."
    if job.state is JobState.INTERRUPTED:
        return "Its worker died; the next one goes on from its checkpoint."
    if job.state is JobState.RUNNING:
        step = f"{job.step}: " if job.step else "Running. "
        return step + progress_text(job.done, job.total, width - len(step))
    return job.message or ", ".join(f"{job.counts.get(name, 0)} {name}" for name in COUNTS) + "."


def summary(job: JobView) -> list[Line]:
    """Everything core says about a job, a label and a value a line."""
    calls = [f"{operation} {number}" for operation, number in sorted(job.calls.items())]
    fields = [
        ("state", str(job.state)),
        ("message", job.message),
        ("items", ", ".join(f"{name} {job.counts.get(name, 0)}" for name in COUNTS)),
        ("step", job.step),
        ("progress", progress_text(job.done, job.total, 40)),
        ("waits for", waits_for(job) if job.state is JobState.WAITING else ""),
        ("calls", ", ".join(calls) or "none"),
        ("refused calls", str(job.refused_calls)),
        ("asked for by", job.requested_by),
        ("asked for at", moments.full(job.created_at)),
        ("started at", _moment(job.started_at)),
        ("finished at", _moment(job.finished_at)),
        ("took", _took(job)),
        ("retry of", f"job {job.retry_of}" if job.retry_of else ""),
        ("interrupted", f"{job.resumes} times" if job.resumes > 1 else "once" if job.resumes else ""),
    ]
    return [
        Line(Content.styled(label.ljust(_LABEL), "$text-muted") + foreign(value), indent=_LABEL)
        for label, value in fields
        if value
    ]


def problem_lines(problems: Sequence[ItemProblem]) -> Iterator[Line]:
    """What is held or failed, why, and what to do."""
    if not problems:
        yield Line(Content("Nothing is held, and nothing failed."))
    for problem in problems[:PROBLEMS]:
        tone = _TONES["error" if problem.result == "failed" else "warning"]
        yield Line(
            Content.assemble(foreign(problem.subject, "bold"), " ", foreign(f"{problem.result}: {problem.code}", tone))
        )
        yield Line(Content("  ") + foreign(problem.message), indent=2)
        if problem.fix:
            yield Line(Content("  ") + Content.styled("fix: ", "bold") + foreign(problem.fix), indent=7)
    if len(problems) > PROBLEMS:
        more = len(problems) - PROBLEMS
        yield Line(Content(f"… and {more} more; all of them: crossdock jobs show ID --json"))


class LogLines:
    """Turns events into lines, with a heading whenever day or zone change."""

    def __init__(self) -> None:
        self._day = ""

    def of(self, events: Sequence[EventView]) -> list[Line]:
        """The lines of further events."""
        return [line for event in events for line in self._lines(event)]

    def _lines(self, event: EventView) -> Iterator[Line]:
        day = moments.day(event.at)
        if day != self._day:
            self._day = day
            yield Line(Content.styled(f"── {day} ──", "$text-muted"))
        time = moments.of_day(event.at)
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


def _joined(*parts: str) -> str:
    return _BETWEEN.join(part for part in parts if part)


def _moment(moment: datetime | None) -> str:
    return moments.full(moment) if moment else ""


def _took(job: JobView) -> str:
    if job.started_at is None:
        return ""
    return moments.duration(((job.finished_at or clock.now()) - job.started_at).total_seconds())
