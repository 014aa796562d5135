"""How the Dashboard reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from textual.content import Content

from core import clock
from core.countdowns import Countdown, Severity
from core.health import ChannelHealth, Day, Overview, QuotaHealth
from core.jobs.views import JobView
from core.model.account import ACCOUNT_OK, NOT_YET
from core.model.job import JobState
from tui.screens.jobs_text import remaining
from tui.text import clean, foreign
from tui.widgets import moments
from tui.widgets.bars import bar_chart, number
from tui.widgets.progress import progress_text
from tui.widgets.table import Column, Row
from tui.widgets.text_pane import Line

_STORE = 1
COLUMNS = (
    Column("channel", most=14),
    Column("store", most=14),
    Column("last sync", least=10, most=10),
    Column("waiting", most=7, right=True),
    Column("held", most=6, right=True),
    Column("failed", most=6, right=True),
    Column("calls left", most=12),
    Column("state"),
)
ROOMY = 100
"""Cells from which the list has a column for the store."""

NO_WORKER = "No worker is running: jobs wait. Start one with: crossdock worker"

_MOST_ALERTS = 3
_CHART_ROWS = 4
_LABEL = 13
_TONES = {Severity.SOON: "$text-warning", Severity.LATE: "$text-error"}


def ranked(channels: Sequence[ChannelHealth]) -> list[ChannelHealth]:
    """What cannot work until a person acts comes first, then by name."""
    return sorted(channels, key=lambda channel: (not _is_refused(channel), channel.name))


def alerts(overview: Overview) -> list[str]:
    """What is wrong now, the worst first, each with its next step; few enough to leave room for the rest."""
    sentences = [] if overview.workers else [NO_WORKER]
    for channel in ranked(overview.channels):
        if _is_refused(channel):
            sentences.append(_refusal(channel))
    for channel in overview.channels:
        sentences += _countdown_alerts(channel)
    more = len(sentences) - _MOST_ALERTS
    if more > 0:
        sentences = [*sentences[:_MOST_ALERTS], f"{more} more: the channels say which."]
    return sentences


def columns(width: int) -> tuple[Column, ...]:
    """The columns of a list of so many cells."""
    return COLUMNS if width >= ROOMY else (*COLUMNS[:_STORE], *COLUMNS[_STORE + 1 :])


def channel_row(channel: ChannelHealth, key: int, width: int) -> Row:
    """A line of a list of so many cells."""
    counts = (channel.orders.waiting, channel.orders.held, channel.orders.failed)
    tones = ("", "$text-warning", "$text-error")
    cells = [Content.styled(number(count), tone if count else "") for count, tone in zip(counts, tones, strict=True)]
    synced = _ago(channel) or "never"
    quota = Content(_calls_left(channel.quotas[0])) if channel.quotas else Content("")
    store = (foreign(f"{channel.store} {channel.country}".strip()),) if width >= ROOMY else ()
    return Row(key, (foreign(channel.name), *store, Content(synced), *cells, quota, partial(state, channel)))


def state(channel: ChannelHealth, width: int) -> Content:
    """The words for how a channel stands, the most urgent first; as many as fit, and never none."""
    words = list(_states(channel))
    while len(words) > 1 and sum(len(text) for text, _ in words) + 2 * (len(words) - 1) > width:
        words.pop()
    return Content(", ").join(Content.styled(text, tone) for text, tone in words)


def workers(overview: Overview) -> Content:
    """Who works, since when, and how much there is to do."""
    if overview.workers:
        threads = sum(worker.threads for worker in overview.workers)
        since = moments.ago(-clock.seconds_until(overview.workers[0].since))
        who = f"{_many(len(overview.workers), 'worker')} with {_many(threads, 'thread')}, started {since}"
    else:
        who = "No worker"
    return Content(f"{who} · {_many(overview.active_jobs, 'job')} at work or waiting")


def details(channel: ChannelHealth) -> list[Line]:
    """Everything about the channel under the cursor, a label and a value a line."""
    head = Content("  ").join(
        [foreign(channel.name, "bold"), foreign(f"store {channel.store}, {channel.country}"), state(channel, 60)]
    )
    return [Line(head), *(_field(label, value) for label, value in _fields(channel) if value)]


def orders_chart(days: Sequence[Day], width: int) -> Content:
    """Orders that buyers placed, per day."""
    values = [day.orders for day in days]
    heading = f"Orders: {number(values[-1])} today, {number(sum(values))} in {len(days)} days"
    return bar_chart(heading, [day.day for day in days], values, width, _CHART_ROWS)


def calls_chart(days: Sequence[Day], width: int) -> Content:
    """Calls to Amazon, per day."""
    values = [day.calls for day in days]
    refused = sum(day.refused for day in days)
    heading = f"Calls: {number(values[-1])} today, {number(sum(values))} in {len(days)} days"
    if refused:
        heading += f", {number(refused)} refused"
    return bar_chart(heading, [day.day for day in days], values, width, _CHART_ROWS)


def days_in_numbers(days: Sequence[Day]) -> list[Line]:
    """The charts as numbers, the newest day first."""
    lines = [Line(Content.styled("day (UTC)     orders     calls   refused", "$text-muted"))]
    for day in reversed(days):
        lines.append(Line(Content(f"{day.day}{day.orders:>10,}{day.calls:>10,}{day.refused:>10,}")))
    return lines


def _states(channel: ChannelHealth) -> Iterator[tuple[str, str]]:
    if _is_refused(channel):
        yield "unauthorized", "$text-error"
    if not channel.enabled:
        yield "disabled", "$text-muted"
    if channel.job is not None:
        yield _job_words(channel.job), "$text-warning" if channel.job.state is JobState.WAITING else "$text-primary"
    for what, countdown in _countdowns(channel):
        if countdown.severity is not Severity.OK:
            yield f"{what} {_left(countdown)}", _TONES[countdown.severity]
    if channel.app_status == "draft":
        yield "draft", ""
    if channel.api_mode == "sandbox":
        yield "sandbox", ""
    if channel.job is None and channel.enabled and not _is_refused(channel):
        yield "idle", ""


def _job_words(job: JobView) -> str:
    if job.state is JobState.WAITING:
        return f"waiting {remaining(job)}".strip()
    progress = progress_text(job.done, job.total, 0)
    return f"{job.state} {progress}".strip()


def _fields(channel: ChannelHealth) -> Iterator[tuple[str, Content]]:
    synced = f"{moments.full(channel.synced_at)}, {_ago(channel)}" if channel.synced_at else "none has succeeded yet"
    due = clock.seconds_until(channel.next_run) if channel.next_run else None
    following = "" if due is None else f"; the next in {moments.rough(due)}" if due > 0 else "; the next is due now"
    yield "last import", Content(synced + following)
    if channel.job is not None:
        job = channel.job
        yield "at work", foreign(f"job {job.id}, {job.kind}: {_job_words(job)}")
    orders = channel.orders
    waits = f"{number(orders.waiting)} waiting, {number(orders.held)} held, {number(orders.failed)} failed"
    yield "orders", Content(waits)
    problems = ", ".join(f"{clean(code)} {number(count)}" for code, count in channel.problems.items())
    yield "problems", Content(problems or "none")
    for quota in channel.quotas:
        refused = f", {number(quota.refused_today)} refused" if quota.refused_today else ""
        used = f"{number(quota.calls_today)} calls today{refused}"
        yield f"{quota.operation}", Content(f"{_tokens(quota)} calls left, the next {_free(quota)}; {used}")
    for what, countdown in _countdowns(channel):
        text = f"{what} {_left(countdown)}, on {moments.date(countdown.ends_at)}"
        yield "runs out", Content.styled(text, _TONES.get(countdown.severity, ""))
    if _is_refused(channel):
        yield "refused", foreign(channel.account_reason)


def _field(label: str, value: Content) -> Line:
    return Line(Content.styled(label.ljust(_LABEL), "$text-muted") + value, indent=_LABEL)


def _countdown_alerts(channel: ChannelHealth) -> Iterator[str]:
    for what, countdown in _countdowns(channel):
        if countdown.severity is not Severity.OK:
            remedy = "Rotate it in Amazon's developer console" if what == "client secret" else "Authorize it again"
            yield f"Channel {channel.name}: its {what} {_left(countdown)}. {remedy}, then enter it here."


def _countdowns(channel: ChannelHealth) -> Iterator[tuple[str, Countdown]]:
    yield "client secret", channel.secret
    if channel.authorization is not None:
        yield "authorization", channel.authorization


def _left(countdown: Countdown) -> str:
    return f"ends in {countdown.days} d" if countdown.severity is not Severity.LATE else "has ended"


def _calls_left(quota: QuotaHealth) -> str:
    return _tokens(quota) if quota.is_free else f"0, {_free(quota)}"


def _tokens(quota: QuotaHealth) -> str:
    return f"{max(int(quota.tokens), 0)}/{quota.burst}"


def _free(quota: QuotaHealth) -> str:
    return "now" if quota.is_free else f"in {moments.rough(clock.seconds_until(quota.free_at))}"


def _ago(channel: ChannelHealth) -> str:
    return moments.ago(-clock.seconds_until(channel.synced_at)) if channel.synced_at else ""


def _is_refused(channel: ChannelHealth) -> bool:
    return channel.account_state != ACCOUNT_OK


def _refusal(channel: ChannelHealth) -> str:
    if channel.account_reason == NOT_YET:
        return f"Channel {channel.name}: the seller has still to authorize the app. See Channels."
    reason = clean(channel.account_reason).rstrip(".") or "Amazon refuses its credentials"
    return f"Channel {channel.name} needs to be authorized again: {reason}."


def _many(count: int, noun: str) -> str:
    return f"{number(count) if count else 'no'} {noun}{'' if count == 1 else 's'}"
