"""How problems read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from textual.content import Content

from core.problems import ProblemGroup, ProblemView
from tui.screens.fixes import Way, fix_of
from tui.screens.orders_text import fix_line
from tui.screens.problems_data import ITEMS
from tui.text import foreign
from tui.widgets import moments
from tui.widgets.table import Column, Row
from tui.widgets.text_pane import Line

GROUPS = (
    Column("items", most=7, right=True),
    Column("channel", most=14),
    Column("problem", most=20),
    Column("since", least=11, most=11),
    Column("about"),
)
ITEM = (Column("item", least=25, most=32), Column("since", least=11, most=11), Column("message"))


def in_order(groups: Iterable[ProblemGroup]) -> list[ProblemGroup]:
    """Mended here first, then elsewhere, then by itself; of each the largest first, then the oldest."""

    def place(group: ProblemGroup) -> tuple[Way, int, datetime]:
        way = fix_of(group.code, group.about).way
        return max(way, Way.AGAIN), -group.count, group.oldest

    return sorted(groups, key=place)


def group_row(key: int, group: ProblemGroup) -> Row:
    """A line of the list."""
    tone = "$text-muted" if fix_of(group.code, group.about).way is Way.NOTHING else "$text-warning"
    cells = (
        Content(f"{group.count:,}"),
        foreign(group.channel),
        foreign(group.code, tone),
        Content(moments.brief(group.oldest)),
    )
    return Row(key, (*cells, foreign(group.about or group.message)))


def item_row(problem: ProblemView) -> Row:
    """A line of the items of a group."""
    return Row(
        problem.id, (foreign(problem.subject), Content(moments.brief(problem.first_seen)), foreign(problem.message))
    )


def cause_lines(group: ProblemGroup, item: ProblemView | None, key: str) -> Iterator[Line]:
    """What is wrong with a group, or with one of its items, and what the key does about it."""
    about: ProblemGroup | ProblemView = item or group
    yield Line(foreign(about.message, "bold"))
    yield fix_line(group.code, group.about, about.fix, key)
    if group.count > ITEMS:
        yield Line(Content(f"The oldest {ITEMS:,} of {group.count:,} items are listed."))


def scope(groups: Collection[ProblemGroup], channel: str, channels: Sequence[str]) -> Content:
    """How much there is, and of which channel when there are several."""
    items = sum(group.count for group in groups)
    line = Content(f"{items:,} {'item needs' if items == 1 else 'items need'} a look, in {len(groups)} groups")
    if len(channels) > 1:
        line += Content.styled("  channel ", "$text-muted") + foreign(channel or "all", "bold")
    return line
