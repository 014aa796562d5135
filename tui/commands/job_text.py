"""How jobs and their problems read in lines: a state once, problems by cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from core import clock
from core.flows import code_of, title_of_job
from core.jobs.views import JobView
from core.jobs.wording import brings_new, plan_lines, state_words
from core.model.job import JobState
from core.plain_text import clean
from core.words import counted, spaced
from core.words import lasting as duration
from tui.commands.common import fix_line
from tui.commands.terminal import Line, Tone, Word, painted

_TONES = {
    JobState.RUNNING: Tone.ACTIVE,
    JobState.WAITING: Tone.LATE,
    JobState.INTERRUPTED: Tone.LATE,
    JobState.SUCCEEDED: Tone.GOOD,
    JobState.FAILED: Tone.BAD,
}
_NAMED = 2
"""Items of one cause that are named."""


class Trouble(Protocol):
    """What is held or failed, and why."""

    @property
    def subject(self) -> object: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def fix(self) -> str: ...


def state_of(job: JobView) -> Word:
    """The state of a job in words, with how far it is: "Running, 610 of 812", "Finished, 112 held (3 new)"."""
    words = [state_words(job)]
    if job.state is JobState.WAITING and job.waiting_until is not None:
        words.append(duration(clock.seconds_until(job.waiting_until)))
    elif not job.state.is_final and amount_of(job):
        words.append(amount_of(job))
    tone = Tone.LATE if job.state.is_final and brings_new(job) else Tone.PLAIN
    return Word(", ".join(words), _TONES.get(job.state, tone))


def progress_of(job: JobView) -> str:
    """What a job does, how far it is, how fast it goes and how long it still takes."""
    if job.state is JobState.WAITING:
        return f"waits for {job.waiting_for}{_until(job.waiting_until)}"
    parts = [f"{job.step}: {amount_of(job)}" if job.step and amount_of(job) else job.step or amount_of(job)]
    if job.per_minute:
        parts.append(f"{job.per_minute:,.0f}/min")
    if job.seconds_left is not None:
        parts.append(f"about {duration(job.seconds_left)} left")
    return ", ".join(part for part in parts if part)


def amount_of(job: JobView) -> str:
    """ "610 of 812"; empty when nothing is counted."""
    if job.total is None:
        return f"{job.done:,}" if job.done else ""
    return f"{job.done:,} of {job.total:,}"


def when(at: datetime | None) -> str:
    """A time to the minute in UTC; nothing for none."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


def ago(at: datetime | None) -> str:
    """How long ago something was: "5 min ago", "never"."""
    if at is None:
        return "never"
    minutes = int(-clock.seconds_until(at) // 60)
    if minutes < 120:
        return f"{minutes} min ago" if minutes > 0 else "just now"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"


def job_lines(job: JobView, problems: Sequence[Trouble] = ()) -> Iterator[str]:
    """A job for people: what it was, how it stands, what it found, what it asked Amazon."""
    state = state_of(job)
    yield Line(f"Job {job.id}  {clean(title_of_job(job))}: {painted(clean(state.text), state.tone)}")
    yield "  " + ", ".join(f"{count:,} {name}" for name, count in job.counts.items() if count or name == "seen")
    calls = ", ".join(f"{spaced(name)} {count:,}" for name, count in sorted(job.calls.items()))
    refused = f", {job.refused_calls:,} refused" if job.refused_calls else ""
    yield f"  {counted(sum(job.calls.values()), 'call')} to Amazon{f' ({calls})' if calls else ''}{refused}"
    if job.expected:
        yield from (f"  {line}" for line in plan_lines(job.expected))
    if job.message:
        yield f"  {job.message}"
    if problems:
        yield ""
        yield from cause_lines(problems, f"crossdock jobs show {job.id} --all")


def each_line(problems: Iterable[Trouble]) -> Iterator[str]:
    """Every problem, with what to do about it."""
    for problem in problems:
        title = painted(clean(code_of(problem.code).title), Tone.LATE)
        yield Line(f"{clean(problem.subject)}  {title}: {clean(problem.message)}")
        yield fix_line(problem.fix)


def cause_lines(problems: Iterable[Trouble], all_of_them: str) -> Iterator[str]:
    """Problems by cause, the most frequent first; `all_of_them` is the command that shows each."""
    causes: dict[str, list[Trouble]] = {}
    for problem in problems:
        causes.setdefault(problem.code, []).append(problem)
    for code, some in sorted(causes.items(), key=lambda cause: -len(cause[1])):
        title = painted(clean(code_of(code).title), Tone.LATE)
        if len(some) == 1:
            yield Line(f"{len(some):5,}  {title}  {clean(some[0].subject)}: {clean(some[0].message)}")
            yield fix_line(some[0].fix)
            continue
        yield Line(f"{len(some):5,}  {title}  {clean(_named([str(problem.subject) for problem in some]))}")
        fixes = {problem.fix for problem in some}
        yield fix_line(some[0].fix if len(fixes) == 1 else f"{code_of(code).advice_for(code)}. Each: {all_of_them}")


def _named(subjects: Sequence[str]) -> str:
    """ "order 302-1, 302-2 +6"."""
    first, *others = subjects
    kind = first.partition(" ")[0]
    names = [first, *(other.removeprefix(f"{kind} ") for other in others[: _NAMED - 1])]
    more = f" +{len(subjects) - _NAMED:,}" if len(subjects) > _NAMED else ""
    return ", ".join(names) + more


def _until(at: datetime | None) -> str:
    return "" if at is None else f", {duration(clock.seconds_until(at))}"
