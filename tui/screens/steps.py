"""Windows that lead on to each other over a place: what a section offers one by one, the first start does in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.screen import Screen

from tui.screens.live import LiveScreen

Answer = TypeVar("Answer")


class Steps:
    """Has the place over which the windows open."""

    def __init__(self, place: LiveScreen[Any]) -> None:
        self.place = place
        self.workspace = place.workspace
        self.actor = place.actor

    def ask(self, window: Screen[Answer], then: Callable[[Answer], object] = lambda answer: None) -> None:
        """Open a window; `then` gets its answer unless it was left or answered with no."""

        def answered(answer: Answer | None) -> None:
            if answer is not None and answer is not False:
                then(answer)

        self.place.app.push_screen(window, answered)
