"""Doing something with many rows at once: what can be done is, and of the others it is known why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from textual.content import Content

from core.errors import CrossdockError, ItemsRefused
from core.jobs.requests import Requested
from tui.text import foreign
from tui.widgets.text_pane import Line

PORTION = 1_000
"""Items that core takes at once."""

OfChannel = Callable[[str, Sequence[str]], Sequence[Requested]]
"""Does something with some items of a channel; gives the jobs that come of it."""


@dataclass
class Outcome:
    """What became of an attempt."""

    done: int = 0
    requested: list[Requested] = field(default_factory=list)
    refused: dict[int, tuple[str, CrossdockError]] = field(default_factory=dict)
    """By the key of its row: what it is called, and why not."""


def attempt(use_case: OfChannel, rows: Mapping[int, tuple[str, str]]) -> Outcome:
    """Do something with the items of rows, given as key → channel and item. Runs in a thread.

    Raises the reason where nothing was done and there is but one.
    """
    outcome = Outcome()
    for channel in dict.fromkeys(channel for channel, _ in rows.values()):
        items = [(item, key) for key, (owner, item) in rows.items() if owner == channel]
        for first in range(0, len(items), PORTION):
            _attempt(use_case, channel, dict(items[first : first + PORTION]), outcome)
    reasons = {str(error): error for _, error in outcome.refused.values()}
    if not outcome.done and len(reasons) == 1:
        raise next(iter(reasons.values()))
    return outcome


def _attempt(use_case: OfChannel, channel: str, items: dict[str, int], outcome: Outcome) -> None:
    while items:
        try:
            outcome.requested += use_case(channel, list(items))
        except ItemsRefused as error:
            named = {item: reason for item, reason in error.reasons.items() if item in items}
            reasons: Mapping[str, CrossdockError] = named or dict.fromkeys(items, error)
        except CrossdockError as error:
            reasons = dict.fromkeys(items, error)
        else:
            outcome.done += len(items)
            return
        outcome.refused.update({items.pop(item): (item, reason) for item, reason in reasons.items()})


def refused_lines(outcome: Outcome) -> Iterator[Line]:
    """Each reason once, with what it holds for."""
    items: dict[str, list[str]] = {}
    for item, error in outcome.refused.values():
        items.setdefault(f"{error.what} {error.next_step}".strip(), []).append(item)
    for reason, some in items.items():
        yield Line(foreign(reason, "bold"))
        yield from (Line(Content("  ") + foreign(item)) for item in some)
        yield Line(Content(""))
