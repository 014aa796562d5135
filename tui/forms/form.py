"""A form: a line per field, what is wrong with it beneath, and one line of help at a place that never moves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Input, Static, TextArea

from core.documents import TRY_AGAIN
from core.errors import CrossdockError
from tui.forms.field_row import FieldRow
from tui.forms.fields import Choice, Entered, Tab, Value, Values
from tui.forms.line_controls import LineControl
from tui.text import clean, foreign
from tui.using import reason_of
from tui.widgets.clickable import ClickableText, clickable
from tui.widgets.fixed import FixedText

log = logging.getLogger(__name__)


Agree = Callable[[Values], Mapping[str, str]]
"""Gives what is wrong with fields beside each other, by name. It does no input or output."""


def no_more(values: Values) -> Mapping[str, str]:
    """Nothing beyond what each field says for itself."""
    return {}


class Fields(VerticalScroll, inherit_bindings=False):
    """The fields of a tab; the arrows go from field to field also where there is more than fits."""


class Form(Vertical):
    """Tabs of fields. Reads values, shows errors where they belong, knows whether anything changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "Previous field", show=False, id="form.up", tooltip="Also shift+tab"),
        Binding("down", "app.focus_next", "Next field", show=False, id="form.down", tooltip="Also tab"),
    ]

    @dataclass
    class Edited(Message):
        """A field holds something else."""

    @dataclass
    class _Read(Message):
        """The choices of a field, or why they cannot be read."""

        row: FieldRow
        choices: Sequence[Choice]
        failure: str = ""

    def __init__(
        self,
        tabs: Sequence[Tab],
        values: Mapping[str, Value],
        agree: Agree = no_more,
    ) -> None:
        super().__init__()
        self.tabs = tabs
        self._agree = agree
        self.tab = 0
        self._said: tuple[str, bool] | None = None
        self._rows = [[FieldRow(field, values.get(field.name)) for field in tab.fields] for tab in tabs]

    def compose(self) -> ComposeResult:
        """The line with the tabs, the fields of the open one, what is wrong as a whole, help."""
        if len(self.tabs) > 1:
            yield ClickableText(id="tabs")
        with ContentSwitcher(initial="tab-0"):
            for number, rows in enumerate(self._rows):
                with Fields(id=f"tab-{number}", can_focus=False):
                    yield from rows
        yield Static("", markup=False, id="form-said", classes="wrong")
        yield FixedText(id="form-help")

    def on_mount(self) -> None:
        """Hide what does not apply and read the choices."""
        self.set_text("")
        self._show_tabs()
        # The rows are mounted before the form is, so that they hold their values by now.
        self._show_fitting()
        for row in self.rows:
            self._offer(row)

    # -- what it holds --------------------------------------------------------------------------------------

    @property
    def rows(self) -> Iterable[FieldRow]:
        """All fields, those that do not apply now included."""
        return (row for rows in self._rows for row in rows)

    @property
    def is_changed(self) -> bool:
        """Whether leaving would lose something."""
        return any(row.is_changed for row in self.rows)

    @property
    def now(self) -> Values:
        """What is entered so far; None for what is wrong."""
        return {row.field.name: row.peek() for row in self.rows}

    def entered(self) -> Entered | None:
        """What is entered; None when something is wrong, which is shown then."""
        result = Entered()
        wrong: dict[str, str] = {}
        for row in self._applying():
            name = row.field.name
            try:
                value = row.value
            except ValueError as error:
                wrong[name] = str(error)
                continue
            if row.field.kind != "secret" or row.is_changed:
                result.values[name] = value
            if row.is_changed:
                result.changes[name] = value
        beside = {name: words for name, words in self._agree(self.now).items() if self._row_of(name)}
        wrong = beside | wrong
        self._show_wrong(wrong)
        if wrong:
            self.set_text(_to_correct(len(wrong)), wrong=True)
        return None if wrong else result

    # -- what it says ---------------------------------------------------------------------------------------

    def refuse(self, error: Exception) -> None:
        """Show why core did not take it: at the fields it names, and for the rest of the form beneath."""
        named = dict(error.fields) if isinstance(error, CrossdockError) else {}
        placed: dict[str, str] = {}
        for key, words in named.items():
            row = self._row_of(key)
            if row is not None:
                placed[row.field.name] = f"{placed[row.field.name]}; {words}" if row.field.name in placed else words
        whole = bool(named) and len(named) == len(placed)
        next_step = error.next_step if isinstance(error, CrossdockError) else ""
        self._show_wrong(placed)
        next_step = "" if next_step == TRY_AGAIN else next_step
        self.set_text(f"{_to_correct(len(placed))} {next_step}".strip() if whole else reason_of(error), wrong=True)

    def set_text(self, text: str, *, wrong: bool = False) -> None:
        """A sentence about the form as a whole; gone with the next change."""
        if (text, wrong) == self._said:
            return
        self._said = (text, wrong)
        said = self.query_one("#form-said", Static)
        said.display = bool(text)
        said.set_class(wrong, "wrong")
        said.update(foreign(f"! {text}" if wrong and text else text, limit=400))

    # -- tabs -----------------------------------------------------------------------------------------------

    def open(self, number: int) -> None:
        """Open a tab, with the focus on its first field."""
        self.tab = number % len(self.tabs)
        self.query_one(ContentSwitcher).current = f"tab-{self.tab}"
        self._show_tabs()
        first = next((row for row in self._rows[self.tab] if row.display), None)
        if first is not None:
            first.enter()

    def _show_tabs(self) -> None:
        if len(self.tabs) == 1:
            return
        parts: list[Content] = []
        # Without room for all of them they stand closer together.
        blank = " " if sum(len(tab.title) + 2 for tab in self.tabs) <= self.app.size.width - 2 else ""
        for number, (tab, rows) in enumerate(zip(self.tabs, self._rows, strict=True)):
            is_open = number == self.tab
            # The mark takes the place of what stands there: the line is as wide with it as without.
            mark = "!" if any(row.error and row.display for row in rows) else "[" if is_open else " "
            words = f"{mark}{tab.title}{']' if is_open else blank}"
            shown = Content.styled(words, "bold reverse" if is_open else "")
            parts.append(clickable(shown, f"screen.open_tab({number})"))
        self.query_one("#tabs", ClickableText).set_text(Content("").join(parts))

    # -- inside ---------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(LineControl.Changed)
    def _changed(self, event: Input.Changed | TextArea.Changed | LineControl.Changed) -> None:
        event.stop()
        row = next(row for row in self.rows if row in event.control.ancestors)
        if row.error:
            row.refuse("")
            self._show_tabs()
        if row.is_mounted:
            self.set_text("")
            self._show_fitting()
            for other in self.rows:
                if row.field.name in other.field.depends:
                    self._offer(other)
            self.post_message(self.Edited())

    @on(Input.Submitted)
    def _to_next(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the field is for."""
        row = next((row for row in self.rows if row.has_focus_within), None)
        if row is not None:
            self.query_one("#form-help", FixedText).set_text(Content(row.field.help))

    def _applying(self) -> Iterable[FieldRow]:
        return (row for row in self.rows if row.display)

    def _show_fitting(self) -> None:
        now = self.now
        for row in self.rows:
            if row.field.when is not None:
                row.display = row.field.when(now)

    def _show_wrong(self, wrong: Mapping[str, str]) -> None:
        first: FieldRow | None = None
        for row in self.rows:
            row.refuse(wrong.get(row.field.name, ""))
            first = first or (row if row.error else None)
        if first is not None:
            place = next(number for number, rows in enumerate(self._rows) if first in rows)
            if place != self.tab:
                self.open(place)
            first.enter()
        self._show_tabs()

    def _row_of(self, key: str) -> FieldRow | None:
        """The field of a key of core, or the one that holds it: a wrong item of a list is an error of the list."""
        fitting = [row for row in self._applying() if key == row.field.name or key.startswith(f"{row.field.name}.")]
        return max(fitting, key=lambda row: len(row.field.name), default=None)

    def _offer(self, row: FieldRow) -> None:
        choices = row.field.choices
        if callable(choices):
            self._read_choices(row, self.now)
        else:
            row.offer(choices)

    @work(thread=True, group="choices", exit_on_error=False)
    def _read_choices(self, row: FieldRow, now: Values) -> None:
        read = row.field.choices
        assert callable(read)
        try:
            self.post_message(self._Read(row, read(now)))
        except Exception as error:  # whatever it is, the form stays and says so
            log.info("the choices of a field cannot be read", exc_info=True)
            self.post_message(self._Read(row, (), reason_of(error)))

    @on(_Read)
    def _show_choices(self, event: _Read) -> None:
        event.stop()
        event.row.offer(event.choices)
        if event.failure:
            event.row.refuse(clean(event.failure))


def _to_correct(number: int) -> str:
    return f"{number} {'field' if number == 1 else 'fields'} to correct."
