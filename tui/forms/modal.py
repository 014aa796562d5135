"""Forms over the screen: a small window for a few fields, the whole screen with tabs for many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.forms.fields import Entered, Field, Tab, Value
from tui.forms.form import Agree, Form, no_more
from tui.text import foreign
from tui.using import UsesCore
from tui.widgets.confirm import Confirm
from tui.widgets.fixed import FixedText
from tui.widgets.key_line import KeyLine
from tui.widgets.quiet_focus import QuietScreen

Result = TypeVar("Result")


class FormScreen(UsesCore, ModalScreen[Result | None], QuietScreen[Result | None], Generic[Result]):
    """A form over the whole screen. Gives what `save` gave, or None when it was left.

    `save` is a use case of core: it runs in a thread, and what it refuses is shown at the fields it names.
    """

    # Tab acts before what is typed after it, even when a slow line delivers all of it at once: else the beginning of a
    # password would land in the field before. f2 waits for what is typed before it.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next field", show=False, id="form.next", priority=True),
        Binding("shift+tab", "app.focus_previous", "Previous field", show=False, id="form.previous", priority=True),
        Binding("f2", "save", "Save", id="form.save", tooltip="Check and save; nothing is saved when it is refused"),
        Binding("escape", "leave", "Cancel", id="form.leave", tooltip="Back; asks when something would be lost"),
        Binding("pagedown", "tab(1)", "Next tab", id="form.next_tab", tooltip="Of the form", priority=True),
        Binding("pageup", "tab(-1)", "Previous tab", show=False, id="form.previous_tab", priority=True),
        Binding("f1", "app.help", "Guide", id="form.guide", tooltip="What these fields mean and where to find them"),
    ]
    AUTO_FOCUS = None

    def __init__(
        self,
        title: str,
        tabs: Sequence[Tab],
        save: Callable[[Entered], Result],
        *,
        values: Mapping[str, Value] | None = None,
        agree: Agree = no_more,
        verb: str = "Save",
        saving: str = "Saving …",
        begin: str = "",
    ) -> None:
        """`title` may hold foreign text. `values` by name of field; of a secret only whether it is set. `agree` as of
        `Form`. `verb` says what f2 does ("Add channel"), `saving` what is done while `save` runs. `begin` names the
        field to begin at, else the first.
        """
        super().__init__()
        self._agree = agree
        self._verb = verb
        self._title = title
        self._tabs = tabs
        self._save = save
        self._values = values or {}
        self._saving_words = saving
        self._begin_at = begin
        self._is_saving = False

    def compose(self) -> ComposeResult:
        """Title, form, keys."""
        with Vertical(classes="box"):
            yield FixedText(id="form-title")
            yield Form(self._tabs, self._values, self._agree)
            yield KeyLine({"save": self._verb})

    def on_mount(self) -> None:
        """Begin at the first field, or the one that was named."""
        self._show_title()
        self.hold_keys(self)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        fields = [[field.name for field in tab.fields] for tab in self._tabs]
        self.form.open(next((number for number, names in enumerate(fields) if self._begin_at in names), 0))
        for row in self.form.rows:
            if row.field.name == self._begin_at:
                row.enter()
        self.let_keys_go(self)

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for tabs only where there are several."""
        return len(self._tabs) > 1 if action == "tab" else True

    # -- saving ---------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Check what is entered, then hand it to core."""
        if self._is_saving:
            return
        entered = self.form.entered()
        if entered is not None:
            self._is_saving = True
            self.form.set_text(self._saving_words)
            self.use(partial(self._save, entered), self.dismiss, self._refuse, opens=True)

    def _refuse(self, error: Exception) -> None:
        self._is_saving = False
        self.form.refuse(error)

    # -- leaving --------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Leave; what was entered is not thrown away without a question."""
        if self._is_saving:
            self.notify("Saving. Wait for the answer.")
        elif self.form.is_changed:
            question = Confirm("Leave without saving what you entered?", yes="Discard", no="Keep editing")
            self.app.push_screen(question, self._left)
        else:
            self.dismiss(None)

    def _left(self, confirmed: bool | None) -> None:
        if confirmed:
            self.dismiss(None)

    # -- tabs and guide -------------------------------------------------------------------------------------

    def action_tab(self, by: int) -> None:
        """Open the next or previous tab."""
        self.form.open(self.form.tab + by)

    def action_open_tab(self, number: int) -> None:
        """Open a tab that was clicked."""
        self.form.open(number)

    @property
    def HELP(self) -> str:
        """The guide of the open tab."""
        return "\n\n".join(self._tabs[self.form.tab].guide)

    @on(Form.Edited)
    def _show_title(self) -> None:
        changed = " · not saved yet" if self.form.is_changed else ""
        self.query_one("#form-title", FixedText).set_text(foreign(f"{self._title}{changed}"))


class FormModal(FormScreen[Result]):
    """A form of a few fields in a window of its own height."""

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        save: Callable[[Entered], Result],
        *,
        values: Mapping[str, Value] | None = None,
        agree: Agree = no_more,
        verb: str = "Save",
        saving: str = "Saving …",
        guide: Sequence[str] = (),
    ) -> None:
        tab = Tab(title, fields, guide)
        super().__init__(title, [tab], save, values=values, agree=agree, verb=verb, saving=saving)
