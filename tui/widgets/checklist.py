"""What was checked, line by line: what is not in order first, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from core.checks import Check
from core.errors import CrossdockError
from tui.text import clean, foreign
from tui.using import UsesCore, reason_of
from tui.widgets.fixed import FixedText
from tui.widgets.keys import Keys
from tui.widgets.text_pane import Line, TextPane

_NAMES = 16
"""Cells for the names of checks."""


class Checklist(UsesCore, ModalScreen[bool]):
    """Asks for checks and shows them; True when the operator wants the step that follows, where there is one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "follow", "Continue", id="checklist.follow", tooltip="The step that follows"),
        Binding("escape,q,enter", "dismiss(False)", "Close", id="checklist.close", tooltip="Back to the screen"),
    ]

    def __init__(
        self,
        title: str,
        ask: Callable[[], Sequence[Check]],
        *,
        asking: str = "Asking, a few seconds …",
        follow: str = "",
        follow_if: Callable[[Sequence[Check]], bool] = lambda checks: True,
        note: str = "",
    ) -> None:
        """`ask` runs in a thread; `title` may hold foreign text. `follow` says what f2 does ("create what is
        missing") where `follow_if` is true of the checks, and `note` explains it.
        """
        super().__init__()
        self._title = title
        self._ask = ask
        self._asking = asking
        self._follow = follow
        self._follow_if = follow_if
        self._note = note
        self._follows = False

    def compose(self) -> ComposeResult:
        """The verdict, the checks, and the step that follows."""
        with Vertical(classes="box"):
            yield FixedText(id="verdict")
            yield TextPane(id="text")
            yield FixedText(id="follow")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask."""
        self._show_verdict("…")
        self.query_one(TextPane).replace([Line(foreign(self._asking))])
        self.use(self._ask, self._show, self._show_error)

    def _show_error(self, error: Exception) -> None:
        if isinstance(error, CrossdockError):
            self._show([Check(error.subject or "it", False, error.what, error.next_step)])
        else:
            self._show([Check("it", False, reason_of(error))])

    def _show(self, checks: Sequence[Check]) -> None:
        wrong = sum(not check.ok for check in checks)
        self._show_verdict("all in order" if not wrong else f"{wrong} of {len(checks)} not in order")
        self._follows = bool(self._follow) and self._follow_if(checks)
        note = [Line(Content("")), Line(foreign(self._note))] if self._note and self._follows else []
        self.query_one(TextPane).replace([*check_lines(sorted(checks, key=lambda check: check.ok)), *note])
        if self._follows:
            self.query_one("#follow", FixedText).set_text(Content(f"f2: {self._follow}"))
        self.refresh_bindings()

    def _show_verdict(self, verdict: str) -> None:
        self.query_one("#verdict", FixedText).set_text(foreign(f"{self._title}: {verdict}"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """f2 only where something follows."""
        return self._follows if action == "follow" else True

    def action_follow(self) -> None:
        """Close, and go on with the step that follows."""
        self.dismiss(True)


def all_in_order(checks: Sequence[Check]) -> bool:
    """For steps that need everything in order."""
    return all(check.ok for check in checks)


def something_missing(checks: Sequence[Check]) -> bool:
    """For steps that fix what is not."""
    return not all_in_order(checks)


def check_lines(checks: Sequence[Check]) -> Iterator[Line]:
    """Checks as lines: the state in words, so that it is read without colours too."""
    for check in checks:
        state = ("ok  ", "$text-success") if check.ok else ("FAIL", "$text-error bold")
        name = clean(check.name)[:_NAMES].ljust(_NAMES)
        yield Line(Content.assemble(state, f" {name} ", foreign(check.message)), indent=_NAMES + 6)
        if check.fix:
            yield Line(Content.assemble(" " * (_NAMES + 6), foreign(check.fix, "bold")), indent=_NAMES + 6)
