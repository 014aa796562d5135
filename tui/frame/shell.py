"""What screens know of the application around them; `tui.app` fulfils it, and none of them imports that."""

from __future__ import annotations

from typing import Any, Protocol

from core.status import Status
from tui.messages import Messages


class Shell(Protocol):
    """The application around the screens."""

    complaints: tuple[str, ...]
    """What is wrong with the person's own file of preferences; every screen's banner says it."""

    messages: Messages
    """What was said to the person so far."""

    status: Status | None
    """How things stood at the last reading."""

    @property
    def lacks_worker(self) -> bool:
        """Whether no worker has been seen for so long that somebody has to start one."""

    def read_status(self) -> Status:
        """How things stand; blocks."""

    def note_status(self, status: Status) -> None:
        """Take what was read for what is known."""

    def end_delay(self) -> None:
        """Show the screen that was gone to: it holds what it is to show."""

    def go(self, screen: str, /, **focus: Any) -> None:
        """Go to a screen by its name and, with `focus`, put the cursor on something there: see its `focus_on`."""

    def has(self, screen: str) -> bool:
        """Whether there is such a screen."""

    def lead(self) -> None:
        """Open the first start, at the step that is next."""
