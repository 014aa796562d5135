"""`crossdock status`: how everything stands, on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from core import schedules
from core.countdowns import Countdown, Severity
from core.flows import code_of, title_of_job
from core.health import ChannelHealth, Overview, QuotaHealth, overview
from core.jobs import views
from core.jobs.views import JobView
from core.model.account import ACCOUNT_NEEDS_SECRET, ACCOUNT_OK
from core.plain_text import clean
from core.schedules import ScheduleView
from core.sync.codes import FixKind
from core.words import counted, spaced
from tui.commands.common import Json, command, session, show
from tui.commands.job_text import ago, progress_of, state_of, when
from tui.commands.schedule_text import interval, standing
from tui.commands.table import table
from tui.commands.terminal import Line, Tone, Word, painted
from tui.program import runnable

_SCARCE = 0.2
"""Of what a quota can hold: with less than this it is near its limit."""
_MOST_JOBS = 50
_STOPPED = "jobs wait. To allow them: crossdock stop-writes off"


def register(app: typer.Typer, name: str) -> None:
    """Add the command `name`."""
    command(app, name, "status", "status --json")(status)


def status(as_json: Json = False) -> None:
    """How everything stands: writes, workers, channels, jobs, what needs you, quotas near their limit."""
    with session() as (workspace, actor):
        found = overview(workspace.database, actor)
        plans = schedules.list_schedules(workspace.database, actor)
        jobs = views.list_jobs(workspace.database, actor, limit=_MOST_JOBS, active_only=True)
    show(_document(found, plans, jobs), _lines(found, plans, jobs), as_json=as_json)


def _document(found: Overview, plans: Sequence[ScheduleView], jobs: Sequence[JobView]) -> dict[str, Any]:
    return {
        "writes_stopped": found.stopped is not None,
        "workers": found.workers,
        "channels": [_channel(one, [plan for plan in plans if plan.channel == one.name]) for one in found.channels],
        "jobs": [_job(job) for job in jobs],
        "quotas": [_quota(name, quota) for name, quota in _scarce(found)],
        "expiring": [
            {"channel": name, "what": what, "expires": one.ends_at, "days": one.days}
            for name, what, one in _expiring(found)
        ],
    }


def _channel(health: ChannelHealth, plans: Sequence[ScheduleView]) -> dict[str, Any]:
    return {
        "name": health.name,
        "store": health.store,
        "country": health.country,
        "enabled": health.enabled,
        "state": health.account_state,
        "synced": health.synced_at,
        "orders": health.orders,
        "problems": health.problems,
        "needs_you": _needs_you(health.problems),
        "schedules": [
            {
                "stream": plan.stream,
                "every_minutes": plan.every_minutes,
                "next_run": plan.next_run,
                "paused": plan.paused,
            }
            for plan in plans
        ],
    }


def _job(job: JobView) -> dict[str, Any]:
    return {
        "job": job.id,
        "kind": job.kind,
        "channel": job.channel,
        "state": job.state,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "per_minute": job.per_minute,
        "seconds_left": job.seconds_left,
    }


def _quota(channel: str, quota: QuotaHealth) -> dict[str, Any]:
    return {
        "channel": channel,
        "operation": quota.operation,
        "left": round(max(quota.tokens, 0), 2),
        "of": quota.burst,
        "next_call": quota.free_at,
    }


def _needs_you(problems: dict[str, int]) -> int:
    return sum(count for code, count in problems.items() if code_of(code).kind is not FixKind.WAIT)


def _scarce(found: Overview) -> Iterator[tuple[str, QuotaHealth]]:
    """Quotas near their limit; channels of one seller share theirs, which is told of the first."""
    told = set()
    for channel in found.channels:
        for quota in channel.quotas:
            if quota.tokens < max(1.0, _SCARCE * quota.burst) and (key := (quota.operation, quota.free_at)) not in told:
                told.add(key)
                yield channel.name, quota


def _expiring(found: Overview) -> Iterator[tuple[str, str, Countdown]]:
    for channel in found.channels:
        for what, countdown in (("client secret", channel.secret), ("authorization", channel.authorization)):
            if countdown is not None and countdown.severity is not Severity.OK:
                yield channel.name, what, countdown


# -- for people ---------------------------------------------------------------------------------------------------


def _lines(found: Overview, plans: Sequence[ScheduleView], jobs: Sequence[JobView]) -> Iterator[str]:
    yield _labelled("Writes", _writes(found))
    yield _labelled("Workers", _workers(found))
    yield ""
    if not found.channels:
        yield "There is no channel yet. Add one with: crossdock channel add --from FILE"
        return
    yield from _channel_lines(found, plans)
    yield from _job_lines(jobs)
    yield from _problem_lines(found)
    yield from _limit_lines(found)


def _labelled(label: str, word: Word) -> str:
    return Line(f"{label:9}{painted(runnable(clean(word.text)), word.tone)}")


def _writes(found: Overview) -> Word:
    if found.stopped is None:
        return Word("allowed", Tone.GOOD)
    why = f"{found.stopped.why} {found.stopped.fix}" if found.stopped.fix else _STOPPED
    return Word(f"STOPPED: {why}", Tone.BAD)


def _workers(found: Overview) -> Word:
    if not found.workers:
        return Word("none: queued jobs wait. Start one with: crossdock worker", Tone.LATE)
    running = "; ".join(f"{one.host} ({one.process}), {one.threads} jobs side by side" for one in found.workers)
    return Word(f"{len(found.workers)}: {running}", Tone.GOOD)


def _channel_lines(found: Overview, plans: Sequence[ScheduleView]) -> Iterator[str]:
    rows = []
    for one in found.channels:
        (plan, *_) = [plan for plan in plans if (plan.channel, plan.stream) == (one.name, "orders")] or [None]
        needs = _needs_you(one.problems)
        rows.append(
            (
                one.name,
                one.country,
                _standing(one),
                ago(one.synced_at),
                interval(plan) if plan else "",
                standing(plan) if plan else "",
                one.orders.waiting,
                Word(str(needs), Tone.LATE if needs else Tone.DIM),
            )
        )
    head = ("channel", "country", "state", "last import", "every", "next", "waiting", "need you")
    yield from table(rows, head, whole=("channel", "need you"), spare=("country", "waiting", "state"))


def _standing(channel: ChannelHealth) -> Word:
    if not channel.enabled:
        return Word("off", Tone.DIM)
    if channel.account_state != ACCOUNT_OK:
        is_secret = channel.account_state == ACCOUNT_NEEDS_SECRET
        return Word("secret refused" if is_secret else "needs authorization", Tone.BAD)
    return Word("on", Tone.GOOD)


def _job_lines(jobs: Sequence[JobView]) -> Iterator[str]:
    if jobs:
        yield ""
        rows = [(job.id, title_of_job(job), state_of(job), progress_of(job)) for job in jobs]
        yield from table(rows, ("job", "what", "state", "progress"), whole=("job",))


def _problem_lines(found: Overview) -> Iterator[str]:
    problems: Counter[str] = Counter()
    for channel in found.channels:
        problems.update(channel.problems)
    needs = [(code_of(name), count) for name, count in problems.most_common()]
    rows = [
        (count, code.title, code.advice_for(code.name))
        for code, count in needs
        if code.kind is not FixKind.WAIT
    ]  # fmt: skip
    yield ""
    if rows:
        yield from table(rows, ("need you", "cause", "what to do"))
    waiting = sum(count for code, count in needs if code.kind is FixKind.WAIT)
    if waiting:
        yield f"{counted(waiting, 'problem')} {'needs' if waiting == 1 else 'need'} nothing: they go on by themselves."
    yield "Each of them: crossdock problems list" if rows else "Nothing needs you."


def _limit_lines(found: Overview) -> Iterator[str]:
    for name, quota in _scarce(found):
        free = "available now" if quota.is_free else f"the next at {quota.free_at:%H:%M:%S} UTC"
        calls = f"{max(int(quota.tokens), 0)} of {counted(quota.burst, 'call')} left, {free}"
        yield _labelled("Quota", Word(f"{spaced(quota.operation)} of {name}: {calls}", Tone.LATE))
    for name, what, countdown in _expiring(found):
        how = "has expired" if countdown.severity is Severity.LATE else f"expires in {counted(countdown.days, 'day')}"
        tone = Tone.BAD if countdown.severity is Severity.LATE else Tone.LATE
        yield _labelled("Expires", Word(f"The {what} of {name} {how} ({when(countdown.ends_at)} UTC)", tone))
