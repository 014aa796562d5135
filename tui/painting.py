"""What of a picture goes over the line: only what differs from what the terminal shows, and no picture of nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.screen import Screen
from textual.timer import Timer

from tui.key_order import KeysInOrder
from tui.shown import Shown


class PaintsDifferences(KeysInOrder):
    """An application that sends what differs."""

    LONGEST_HOLD: ClassVar[float] = 0.1
    """Real seconds that nobody feels."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._shown = Shown()
        self._held: Timer | None = None

    def delay_update(self, delay: float = LONGEST_HOLD) -> None:
        """Hold back the picture of what is gone to until it has something to show, and so long at most."""
        if self._held is None:
            self._begin_batch()
            self._held = self.set_timer(delay, self.end_delay)

    def end_delay(self) -> None:
        """Show what is there."""
        if self._held is not None:
            self._held.stop()
            self._held = None
            self._end_batch()
            if self.screen_stack:  # none is left when the application ends meanwhile
                self.screen.refresh()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what differs from what the terminal shows."""
        if isinstance(renderable, CompositorUpdate):
            renderable = self._shown.difference(renderable)
        super()._display(screen, renderable)

    def on_resize(self) -> None:
        """Another size, or the terminal was left and come back to: what it shows is not known."""
        self._shown.forget()

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self._shown.forget()
        self.screen.refresh()
