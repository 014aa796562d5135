"""What the application tells the person: one line above the keys, a history, and the job that a message is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual import events, on
from textual.content import Content
from textual.message import Message

from core import clock
from tui.frame.live import LiveScreen
from tui.messages import Messages, Note
from tui.painting import PaintsDifferences
from tui.text import clean
from tui.widgets.message_line import message_text
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line


class TellsPeople(PaintsDifferences):
    """An application whose messages stay where they can be read."""

    @dataclass
    class Said(Message):
        """Something is to be told to the person."""

        note: Note

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self.messages = Messages()

    def notify(self, message: str, *, severity: Any = "information", job: int | None = None, **options: Any) -> None:
        """Show a message in the line above the keys, and in a window that hides this line as a toast too."""
        self.post_message(self.Said(Note(clean(message), severity, clock.now(), job)))

    @on(Said)
    def _show_said(self, event: Said) -> None:
        self.messages.add(event.note)
        self._show_message()
        if not isinstance(self.screen, LiveScreen):
            super().notify(event.note.text, severity=event.note.severity, markup=False)

    def _show_message(self) -> None:
        if isinstance(self.screen, LiveScreen):
            self.screen.show_message(self.messages.shown)

    async def on_event(self, event: events.Event) -> None:
        """Escape clears the message, whatever else it does where it is pressed."""
        if isinstance(event, events.Key) and event.key == "escape" and self.messages.shown:
            self.action_clear_message()
        await super().on_event(event)

    def action_clear_message(self) -> None:
        """Take the message away."""
        self.messages.shown = None
        self._show_message()

    def action_messages(self) -> None:
        """Show everything that was said, the newest first."""
        lines = [message_text(note) for note in reversed(self.messages.history)]
        self.push_screen(TextModal("Messages", lines or [Line(Content("Nothing was said yet."))]))
