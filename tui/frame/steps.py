"""Windows that lead on to each other over a screen: what a section offers one by one, the first start does in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.screen import Screen

from core.actor import Actor
from tui.frame.live import LiveScreen

Answer = TypeVar("Answer")


class Steps:
    """Has the screen over which the windows open."""

    def __init__(self, screen: LiveScreen[Any]) -> None:
        self.screen = screen
        self.workspace = screen.workspace

    @property
    def actor(self) -> Actor:
        """Who acts, in the session of now."""
        return self.screen.actor

    def ask(self, window: Screen[Answer], then: Callable[[Answer], object] = lambda answer: None) -> None:
        """Open a window; `then` gets its answer unless it was left or answered with no."""

        def answered(answer: Answer | None) -> None:
            if answer is not None and answer is not False:
                then(answer)

        self.screen.app.push_screen(window, answered)
