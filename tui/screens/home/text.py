"""How Home reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from textual.content import Content

from core import clock
from core.countdowns import Countdown, Severity
from core.flows import title_of_job
from core.health import ChannelHealth, Day, History, Overview, QuotaHealth
from core.jobs.views import JobView
from core.jobs.wording import starter, state_words
from core.model.account import ACCOUNT_NEEDS_SECRET, ACCOUNT_OK, NOT_YET
from core.model.job import JobState
from core.sync.problems import ProblemGroup
from core.words import spaced
from tui.frame.fixes import about_title, fix_line, inline
from tui.frame.job_line import remaining, situation
from tui.frame.problem_lines import example_of, is_one_by_one
from tui.frame.problem_tree import NEEDS_YOU, WAITS, Node, Tree, half_of, tree_of
from tui.frame.problem_tree import Cause as NodeCause
from tui.screens.jobs.text import heading, result_cell
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.bars import bar_chart, number, sparkline
from tui.widgets.progress import progress_text
from tui.widgets.state import state_label
from tui.widgets.table import Column, Row
from tui.widgets.text_pane import Line

COLUMNS = (
    Column("channel", least=8, most=14),
    Column("store", most=16, wide=130),
    Column("last import", least=11, most=11),
    Column("imported", least=8, most=9, right=True),
    Column("need you", least=8, most=8, right=True),
    Column("14 days", least=14, most=14, wide=80),
    Column("next"),
)
CHARTS = {"orders": "Orders, 14 days", "calls": "Calls to Amazon, 14 days"}
CAUSES = (
    Column("cause", least=16, most=26),
    Column("items", least=5, most=7, right=True),
    Column("what to do", wide=52),
)
JOBS = (Column("time", least=5, most=5), Column("job"))

_MOST_ALERTS = 2
_LABEL = 15
_TONES = {Severity.SOON: "$text-warning", Severity.LATE: "$text-error"}


def ranked(channels: Sequence[ChannelHealth]) -> list[ChannelHealth]:
    """What cannot work until a person acts comes first, then by name."""
    return sorted(channels, key=lambda channel: (not _is_refused(channel), channel.name))


def alerts(overview: Overview) -> list[str]:
    """What is wrong now, the worst first, each with its next step; few enough to leave room for the rest."""
    sentences: list[str] = []
    for channel in ranked(overview.channels):
        if _is_refused(channel):
            sentences.append(_refusal(channel))
    for channel in overview.channels:
        sentences += _countdown_alerts(channel)
    more = len(sentences) - _MOST_ALERTS
    if more > 0:
        sentences = [*sentences[:_MOST_ALERTS], f"{more} more: the channels say which."]
    return sentences


def channel_row(channel: ChannelHealth, key: int, history: History | None, edit_key: str) -> Row:
    """A line of the list of channels; `edit_key` sets the schedule."""
    imported = history.imported.get(channel.name, 0) if history else 0
    need_you = Content.styled(number(channel.need_you), "$text-warning" if channel.need_you else "")
    trend = sparkline(history.imports.get(channel.name, ())) if history else ""
    return Row(
        key,
        (
            foreign(channel.name),
            foreign(f"{channel.store} {channel.country}".strip()),
            Content(_ago(channel) or "never"),
            Content(number(imported)),
            need_you,
            Content.styled(trend, "$text-primary"),
            partial(state, channel, edit_key),
        ),
    )


def needs_you(groups: Sequence[ProblemGroup], opened: Collection[int]) -> Tree:
    """What needs a person, by its causes; the items themselves are listed in Problems alone."""
    tree = tree_of([group for group in groups if half_of(group) == NEEDS_YOU], opened, lambda _: ())
    closed = {key: replace(node, is_open=None) if node.group else node for key, node in tree.nodes.items()}
    return replace(tree, nodes=closed)


def needs_you_count(groups: Sequence[ProblemGroup]) -> str:
    """How many items need a person, and how many need none."""
    needed, waiting = (sum(one.count for one in groups if half_of(one) == half) for half in (NEEDS_YOU, WAITS))
    words = f"{needed:,}" if needed else "nothing needs you"
    return f"{words}, {waiting:,} wait for Amazon" if waiting else words


def cause_lines(node: Node, key: str) -> list[Line]:
    """What is known of a cause, or of one thing that it is about; `key` fixes it."""
    example = example_of(node)
    about = about_title(node.code.name, node.about)
    channels = {group.channel for group in node.of.groups} if isinstance(node.of, NodeCause) else {node.channel}
    return [
        Line(Content.assemble(foreign(node.code.title, "bold"), " ", foreign(node.code.name, "$text-muted"))),
        *([_field("about", foreign(about))] if about else []),
        _field("items", Content(number(node.count))),
        _field("channels", foreign(", ".join(sorted(channels)))),
        *([] if is_one_by_one(node) else [Line(foreign(example.message))]),
        fix_line(node.code.name, example.about, example.fix, key),
    ]


def job_row(job: JobView) -> Row:
    """A line of the activity: since when, what, and how it goes or went."""
    at = timestamps.clock_time(job.started_at or job.created_at)
    return Row(job.id, (Content(at[-5:]), partial(_job_line, job)))


def _job_line(job: JobView, width: int) -> Content:
    title = foreign(title_of_job(job))
    return title + "  " + result_cell(job, max(width - title.cell_length - 2, 8))


def job_lines(job: JobView) -> list[Line]:
    """What is known of a job."""
    return [
        Line(heading(job)),
        _field("state", state_label(job)),
        _field("started by", foreign(starter(job))),
        _field("now", foreign(situation(job, 60))),
    ]


def today(overview: Overview, history: History | None) -> list[Content]:
    """Today's numbers."""
    failed = sum(channel.orders.failed for channel in overview.channels)
    need_you = sum(channel.need_you for channel in overview.channels)
    imported, to_ship = (history.imported_today, history.to_ship) if history else (0, 0)
    numbers = (
        (imported, "imported", ""),
        (failed, "failed", "$text-error"),
        (need_you, "need you", "$text-warning"),
        (to_ship, "to ship today", "$text-warning"),
    )
    return [
        Content.assemble((number(count), f"bold {tone if count else ''}"), f" {what}") for count, what, tone in numbers
    ]


def today_line(overview: Overview, history: History | None) -> Content:
    """The numbers in one line."""
    return Content(" · ").join(today(overview, history))


def today_block(overview: Overview, history: History | None, width: int) -> Content:
    """The numbers two and two."""
    left, right = today(overview, history)[::2], today(overview, history)[1::2]
    column = max(one.cell_length for one in left) + 2
    wide = max(column, min(width // 2, width - max(one.cell_length for one in right)))
    rows = [one.pad_right(wide - one.cell_length) + other for one, other in zip(left, right, strict=True)]
    return Content("\n").join(rows)


def state(channel: ChannelHealth, edit_key: str, width: int) -> Content:
    """The words for how a channel stands, the most urgent first; as many as fit, and never none."""
    words = list(_states(channel, edit_key))
    while len(words) > 1 and sum(len(text) for text, _ in words) + 2 * (len(words) - 1) > width:
        words.pop()
    return Content(", ").join(Content.styled(text, tone) for text, tone in words)


def details(channel: ChannelHealth) -> list[Line]:
    """Everything about the channel under the cursor, a label and a value a line."""
    head = Content("  ").join([foreign(channel.name, "bold"), foreign(f"store {channel.store}, {channel.country}")])
    return [Line(head), *(_field(label, value) for label, value in _fields(channel) if value)]


def orders_sum(days: Sequence[Day]) -> str:
    """How many orders the days brought."""
    return f"{number(days[-1].orders)} today, {number(sum(day.orders for day in days))} in all" if days else ""


def calls_sum(days: Sequence[Day]) -> str:
    """How many calls there were, and how many of them were refused."""
    if not days:
        return ""
    calls, refused = sum(day.calls for day in days), sum(day.refused for day in days)
    of_all = f"{number(refused)} of {number(calls)} refused" if refused else f"{number(calls)} in all"
    return f"{number(days[-1].calls)} today, {of_all}"


def chart(days: Sequence[Day], values: Sequence[int], rows: int, width: int) -> Content:
    """A bar for each day; nothing before the days are known."""
    return bar_chart([day.day for day in days], values, width, rows) if days else Content("")


def days_in_numbers(days: Sequence[Day]) -> list[Line]:
    """The charts as numbers, the newest day first."""
    lines = [Line(Content.styled("day (UTC)     orders     calls   refused", "$text-muted"))]
    for day in reversed(days):
        lines.append(Line(Content(f"{day.day}{day.orders:>10,}{day.calls:>10,}{day.refused:>10,}")))
    return lines


def _states(channel: ChannelHealth, edit_key: str) -> Iterator[tuple[str, str]]:
    if _is_refused(channel):
        yield "unauthorized", "$text-error"
    if not channel.enabled:
        yield "disabled", "$text-muted"
    if channel.job is not None:
        yield _job_words(channel.job), "$text-warning" if channel.job.state is JobState.WAITING else "$text-primary"
    elif channel.enabled and not _is_refused(channel):
        yield _next_run(channel, edit_key), "" if channel.next_run else "$text-warning"
    for what, countdown in _countdowns(channel):
        if countdown.severity is not Severity.OK:
            yield f"{what} {_left(countdown)}", _TONES[countdown.severity]
    if channel.app_status == "draft":
        yield "draft", ""
    if channel.api_mode == "sandbox":
        yield "sandbox", ""


def _next_run(channel: ChannelHealth, edit_key: str) -> str:
    if channel.next_run is None:
        return "schedule paused" if channel.is_paused else f"Schedule off: {edit_key} sets it"
    due = clock.seconds_until(channel.next_run)
    return f"in {timestamps.rough(due)}" if due > 0 else "due now"


def _job_words(job: JobView) -> str:
    if job.state is JobState.WAITING:
        return f"waiting {remaining(job)}".strip()
    progress = progress_text(job.done, job.total, 0)
    return f"{state_words(job).lower()} {progress}".strip()


def _fields(channel: ChannelHealth) -> Iterator[tuple[str, Content]]:
    synced = f"{timestamps.full(channel.synced_at)}, {_ago(channel)}" if channel.synced_at else "none has succeeded yet"
    due = clock.seconds_until(channel.next_run) if channel.next_run else None
    following = "" if due is None else f"; the next in {timestamps.rough(due)}" if due > 0 else "; the next is due now"
    yield "last import", Content(synced + following)
    if channel.job is not None:
        job = channel.job
        yield "running", foreign(f"job {job.id}, {title_of_job(job)}: {_job_words(job)}")
    orders = channel.orders
    waits = f"{number(orders.waiting)} waiting, {number(orders.held)} held, {number(orders.failed)} failed"
    yield "orders", Content(waits)
    problems = ", ".join(f"{clean(inline(code))} {number(count)}" for code, count in channel.problems.items())
    yield "problems", Content(problems or "none")
    for quota in channel.quotas:
        refused = f", {number(quota.refused_today)} refused" if quota.refused_today else ""
        used = f"{number(quota.calls_today)} calls today{refused}"
        yield spaced(quota.operation), Content(f"{_tokens(quota)} calls left, {_free(quota)}; {used}")
    for what, countdown in _countdowns(channel):
        text = f"{what} {_left(countdown)}, on {timestamps.date(countdown.ends_at)}"
        yield "expires", Content.styled(text, _TONES.get(countdown.severity, ""))
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


def _tokens(quota: QuotaHealth) -> str:
    return f"{max(int(quota.tokens), 0)}/{quota.burst}"


def _free(quota: QuotaHealth) -> str:
    return "available now" if quota.is_free else f"the next in {timestamps.rough(clock.seconds_until(quota.free_at))}"


def _ago(channel: ChannelHealth) -> str:
    return timestamps.ago(-clock.seconds_until(channel.synced_at)) if channel.synced_at else ""


def _is_refused(channel: ChannelHealth) -> bool:
    return channel.account_state != ACCOUNT_OK


def _refusal(channel: ChannelHealth) -> str:
    if channel.account_reason == NOT_YET:
        return f"Channel {channel.name}: the seller has still to authorize the app. See Channels."
    reason = clean(channel.account_reason).rstrip(".") or "Amazon refuses its credentials"
    if channel.account_state == ACCOUNT_NEEDS_SECRET:
        return f"Channel {channel.name}: Amazon does not take the client secret: {reason}. Enter a new one."
    return f"Channel {channel.name} needs to be authorized again: {reason}."
