"""How issues of listings read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.products.issues import IssueGroup
from tui.frame.fixes import counted
from tui.frame.labels import labelled
from tui.frame.scope import ALL
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

NO_ISSUES = "Amazon finds nothing wrong with the listings that have been read.\n\n{go.listings} shows all of them."
NONE_FITS = "No issue matches. {issues.back} clears the filter."
ERRORS, OTHERS = "errors", "warnings"
STATES: Mapping[str, frozenset[str]] = {ALL: frozenset(), **{one: frozenset({one}) for one in (ERRORS, OTHERS)}}

COLUMNS = (
    Column("code", least=6, most=10),
    Column("cause", least=20),
    Column("attribute", least=8, most=30, wide=110),
    Column("listings", least=8, most=8, right=True),
    Column("severity", least=8, most=8, wide=90),
    Column("deadline", least=11, most=11, wide=70),
)
CHANNEL = Column("channel", most=12)
ACTIONS = {
    "LISTING_SUPPRESSED": "Amazon does not sell the listing",
    "SEARCH_SUPPRESSED": "Amazon hides the item from search",
    "ATTRIBUTE_SUPPRESSED": "Amazon leaves the value out",
    "CATALOG_ITEM_REMOVED": "Amazon has removed the item",
}


def state_of(group: IssueGroup) -> str:
    """One of the states that can be chosen."""
    return ERRORS if group.severity == "ERROR" else OTHERS


def severity(group: IssueGroup) -> Content:
    """How severe it is, as a word; the colour only repeats it."""
    return foreign(group.severity.lower(), "$text-error" if group.severity == "ERROR" else "$text-warning")


def searched(group: IssueGroup) -> str:
    """What a filter looks in."""
    return "\n".join((group.code, group.attribute, group.message, group.cause)).casefold()


def issue_cells(group: IssueGroup) -> tuple[Cell, ...]:
    """A line of the list."""
    return (
        foreign(group.code),
        foreign(group.cause or group.message),
        foreign(group.attribute),
        Content(f"{group.listings:,}"),
        severity(group),
        Content(timestamps.brief(group.deadline) if group.deadline else ""),
    )


def issue_lines(group: IssueGroup, spoken: Callable[[str], str]) -> Iterator[Line]:
    """Everything about an issue."""
    yield Line(foreign(group.cause or group.message, "bold"))
    yield Line(Content.styled("fix: ", "bold") + foreign(group.fix), indent=5)
    key = spoken("{issues.listings}")
    yield Line(Content.styled(f"{key}: ", "bold") + Content(f"Show {counted(group.listings, 'listing')}"), indent=3)
    yield from labelled(
        ("Amazon says", group.message),
        ("attribute", group.attribute),
        ("effect", action_words(group.action)),
        ("deadline", timestamps.full(group.deadline) if group.deadline else ""),
    )


def action_words(action: str) -> str:
    """What Amazon does, in words."""
    return ", ".join(ACTIONS.get(one, one) for one in action.split(", ") if one)


def issue_copies(group: IssueGroup) -> Sequence[tuple[str, str]]:
    """What can be copied of an issue: what it is, and its text."""
    found = (("code", group.code), ("message", group.message), ("fix", group.fix))
    return [(what, clean(text)) for what, text in found if text]
