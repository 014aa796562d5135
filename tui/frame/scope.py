"""The line above a list: what can be chosen, and how much of it there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.content import Content

from tui.frame.window import Window
from tui.text import foreign
from tui.widgets.click_text import clickable

ALL = "all"


def states_line(
    states: Mapping[str, frozenset[Any]], window: Window[Any, Any, Any], room: int, between: str = ""
) -> Content:
    """What can be chosen by state, each with its number; the chosen one in brackets. Closer together without room."""
    line = _states(states, window, between, is_tight=False)
    return line if line.cell_length <= room else _states(states, window, between, is_tight=True)


def _states(
    states: Mapping[str, frozenset[Any]], window: Window[Any, Any, Any], between: str, *, is_tight: bool
) -> Content:
    parts = []
    for place, (word, wanted) in enumerate(states.items()):
        number = sum(window.counts.get(state, 0) for state in wanted) if wanted else window.matches
        label = f"{word} {number:,}" if window.counts else f"{word} …"
        is_chosen = wanted == window.wanted.states
        content = Content.styled(f"[{label}]", "bold") if is_chosen else Content(label if is_tight else f" {label} ")
        parts.append(clickable(content, f"screen.pick_state({place})"))
    return Content(" " if is_tight else between).join(parts)


def channel_part(window: Window[Any, Any, Any]) -> Content:
    """The chosen channel, where there are several; the word before it shows the next one."""
    if not window.several:
        return Content("")
    word = clickable(Content.styled(" channel ", "$text-muted"), "screen.channel")
    return word + foreign(window.wanted.channel or ALL, "bold")
