"""How Health reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from core import clock
from core.checks import Check
from core.health import Day, QuotaHealth
from core.health.quotas import AccountQuota
from core.words import spaced
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.bars import bar_chart, number
from tui.widgets.table import Column, Row
from tui.widgets.text_pane import Line

CHECKS = (Column("state", least=5, most=5), Column("what", least=10, most=28), Column("how it stands"))
QUOTAS = (
    Column("operation", least=14, most=34),
    Column("left", least=7, most=9, right=True),
    Column("next call", least=9, most=9),
    Column("today", least=6, most=8, right=True),
    Column("refused", least=7, most=7, right=True),
    Column("channels"),
)
NO_QUOTAS = "No call to Amazon yet"


def check_row(check: Check, key: int) -> Row:
    """A line of what was looked at."""
    state, tone = check_state(check)
    return Row(key, (Content.styled(state, tone), foreign(check.name), foreign(check.message)))


def check_state(check: Check) -> tuple[str, str]:
    """A word for it, and its colour: what is in order and has a fix has to be seen to soon."""
    if not check.ok:
        return "FAIL", "$text-error"
    return ("soon", "$text-warning") if check.fix else ("ok", "$text-success")


def check_lines(check: Check) -> list[Line]:
    """What was found, and what to do about it."""
    lines = [Line(foreign(check.message))]
    if check.fix:
        lines.append(Line(Content.styled("fix: ", "bold") + foreign(check.fix), indent=5))
    return lines


def checks_sum(checks: Sequence[Check]) -> str:
    """How many are not in order."""
    failed, soon = sum(not check.ok for check in checks), sum(check.ok and bool(check.fix) for check in checks)
    words = ", ".join([*([f"{failed} failed"] if failed else []), *([f"{soon} soon"] if soon else [])])
    return words or "all in order"


def quota_row(one: AccountQuota, key: int) -> Row:
    """A line of the quotas."""
    quota = one.quota
    return Row(
        key,
        (
            foreign(spaced(quota.operation)),
            Content(f"{max(int(quota.tokens), 0)}/{quota.burst}"),
            _free(quota),
            Content(number(quota.calls_today)),
            Content.styled(number(quota.refused_today), "$text-error" if quota.refused_today else ""),
            foreign(", ".join(one.channels)),
        ),
    )


def quotas_sum(quotas: Sequence[AccountQuota]) -> str:
    """How many operations have to wait."""
    waiting = sum(not one.quota.is_free for one in quotas)
    return f"{waiting:,} of {len(quotas):,} wait" if waiting else f"{len(quotas):,}" if quotas else NO_QUOTAS


def calls_sum(values: Sequence[int]) -> str:
    """Of today and of all days."""
    return f"{number(values[-1])} today, {number(sum(values))} in all" if values else ""


def chart(days: Sequence[Day], values: Sequence[int], rows: int, width: int) -> Content:
    """A bar for each day; nothing before the days are known."""
    return bar_chart([day.day for day in days], values, width, rows) if days else Content("")


def _free(quota: QuotaHealth) -> Content:
    if quota.is_free:
        return Content("now")
    return Content.styled(f"in {timestamps.rough(clock.seconds_until(quota.free_at))}", "$text-warning")
