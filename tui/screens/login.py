"""Who is there: name and password before anything is shown, and a new password where one is wanted.

Nothing here tells whether a name exists: wrong names and wrong passwords get one answer, and are locked alike.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from core.actor import Actor
from tui.keymap import spoken
from tui.text import foreign
from tui.using import UsesCore, reason_of
from tui.widgets.keys import Keys
from tui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from core.workspace import Workspace

_ASKED = ("name", "password")
_ALL = (*_ASKED, "new", "again")
_LABELS = {"name": "Name", "password": "Password", "new": "New password", "again": "Repeat password"}
_CHANGING = "Choose a new password of at least ten characters; the present one is asked for too."


class LoginScreen(UsesCore, Screen[None]):
    """Asks for name and password; posts `LoggedIn`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "enter", "Log in", id="login.enter", tooltip="Or Enter, which leads from line to line"),
        Binding("f3", "change", "Change password", id="login.change", tooltip="Choose a new password while logging in"),
    ]
    HELP = "Log in with the name and password that an administrator has given you."

    class LoggedIn(Message):
        """Somebody is known now."""

        def __init__(self, actor: Actor) -> None:
            super().__init__()
            self.actor = actor

    def __init__(self, workspace: Workspace, title: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._title = title
        self._changing = False
        self._busy = False

    def compose(self) -> ComposeResult:
        """Title, lines, a note beneath them."""
        with Vertical(classes="trouble"):
            yield Static(foreign(self._title), markup=False, classes="heading")
            for name in _ALL:
                with Horizontal(classes="field", id=f"{name}-line"):
                    yield Static(_LABELS[name], markup=False, classes="label")
                    yield LineInput(password=name != "name", id=name)
            yield Static("", markup=False, id="note")
        yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin with the name."""
        self._show_lines()
        self._note(spoken(self.app, "{app.quit_anywhere} leaves."))
        self.query_one("#name", Input).focus()

    def action_change(self) -> None:
        """Ask for a new password too, or no more."""
        self._ask_new(not self._changing, _CHANGING if not self._changing else "")

    def action_enter(self) -> None:
        """Go to the first line that is empty, or log in."""
        if self._busy:
            return
        empty = next((name for name in self._lines if not self._value(name)), None)
        if empty is not None:
            self.query_one(f"#{empty}", Input).focus()
        elif self._changing and self._value("new") != self._value("again"):
            self._refuse("The two new passwords are not the same.", "again")
        else:
            self._busy = True
            self._note("Checking …")
            self.use(self._work(), self._let_in, self._failed, opens=True)

    @property
    def _lines(self) -> tuple[str, ...]:
        return _ALL if self._changing else _ASKED

    def _work(self) -> Callable[[], Actor]:
        from core.people.login import change_password, login

        name, password, new, _ = (self._value(line) for line in _ALL)
        if self._changing:
            return partial(change_password, self._workspace, name, password, new)
        return partial(login, self._workspace, name, password)

    def _let_in(self, actor: Actor) -> None:
        for name in _ALL[1:]:
            self.query_one(f"#{name}", Input).value = ""
        self.post_message(self.LoggedIn(actor))

    def _failed(self, error: Exception) -> None:
        from core.errors import UsageError
        from core.people.login import PasswordToChange

        self._busy = False
        if isinstance(error, PasswordToChange):
            self._ask_new(True, reason_of(error))
            self.query_one("#new", Input).focus()
        elif isinstance(error, UsageError):  # of the new password
            self._refuse(reason_of(error), "again", "new")
        else:
            self._refuse(reason_of(error), "again", "new", "password")

    def _ask_new(self, asked: bool, note: str) -> None:
        self._changing = asked
        self._show_lines()
        self._note(note)

    def _show_lines(self) -> None:
        for name in _ALL:
            self.query_one(f"#{name}-line").display = name in self._lines

    def _refuse(self, reason: str, *wrong: str) -> None:
        """Say what is wrong and let it be typed again."""
        for name in wrong:
            self.query_one(f"#{name}", Input).value = ""
        shown = [name for name in wrong if name in self._lines]
        self.query_one(f"#{shown[-1]}", Input).focus()
        self._note(f"! {reason}", wrong=True)

    def _note(self, text: str, *, wrong: bool = False) -> None:
        note = self.query_one("#note", Static)
        note.set_class(wrong, "wrong")
        note.update(foreign(text, lines=True))

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        # Not a key of the screen: over a slow line Enter would overtake what was typed before it.
        event.stop()
        self.action_enter()
