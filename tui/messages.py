"""What the application has said to the person in front of it: the last of it, and what came before."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

KEPT = 200
"""Messages that the history holds."""


@dataclass(frozen=True)
class Note:
    """One message."""

    text: str
    severity: str
    at: datetime
    job: int | None = None
    """The job that it is about."""

    @property
    def sign(self) -> str:
        """Its severity as a sign and, unless it only informs, in a word."""
        return {"error": "✗ Error:", "warning": "! Warning:"}.get(self.severity, "›")


@dataclass
class Messages:
    """The history, oldest first, and the message that is shown now."""

    history: deque[Note] = field(default_factory=lambda: deque(maxlen=KEPT))
    shown: Note | None = None

    def add(self, note: Note) -> None:
        """Show another message."""
        self.history.append(note)
        self.shown = note
