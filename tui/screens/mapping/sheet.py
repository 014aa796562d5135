"""Mappings in a CSV file: written, and read back after a look at what would change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from core import sheet_files
from core.categories import exchange
from core.categories.exchange import Changes
from core.errors import UsageError
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.mapping.text import change_lines, counted_changes
from tui.text import clean, foreign
from tui.widgets.keys import Keys
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line, TextPane

GUIDE = (
    "The file has a line for each link, and one for each category of the store that has none. Only the columns cscart,"
    " amazon and product_type are needed; amazon is an id or a path, and paths and counts are there for people.",
    "Commas, semicolons and tabs are read, as spreadsheets save them. For each category in the file its links become"
    " those of the file; categories that are not in it stay as they are.",
)


class ChangesWindow(ModalScreen[bool]):
    """What a file would change; True when it is to be imported."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "dismiss(True)", "Import", id="changes.import", tooltip="Let the links be those of the file"),
        Binding("escape", "dismiss(False)", "Cancel", id="changes.leave", tooltip="Leave everything as it is"),
    ]
    AUTO_FOCUS = "TextPane"

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        """`title` may hold foreign text."""
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """What changes as a whole, then one by one."""
        with Vertical(classes="box"):
            yield Static(foreign(self._title), markup=False, classes="heading")
            yield TextPane(id="changes")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill in the changes."""
        self.query_one(TextPane).replace(self._lines)


class SheetSteps(Steps):
    """Opens its windows over the screen."""

    def export(self, channel: str) -> None:
        """Ask for a file and write it."""
        fields = (
            Field("file", "File", required=True, help="~ is your home folder; a name alone is in the present one."),
            Field("replace", "Replace it if it exists", "switch", help="Else a file that is there already stays."),
        )
        title = f"Links of channel {clean(channel)} as CSV"
        save = partial(self._write, channel)
        values = {"file": f"~/categories-{clean(channel)}.csv", "replace": False}
        form = FormModal(title, fields, save, values=values, verb="Export", saving="Writing …", guide=GUIDE)
        self.ask(form, self.screen.notify)

    def import_file(self, channel: str) -> None:
        """Ask for a file, show what it would change, then import it."""
        fields = (Field("file", "File", required=True, help="Nothing is changed before you have seen what would be."),)
        read = partial(self._read, channel)
        form = FormModal(
            f"Links of channel {clean(channel)} from CSV",
            fields,
            read,
            values={"file": f"~/categories-{clean(channel)}.csv"},
            verb="Preview",
            saving="Reading …",
            guide=GUIDE,
        )
        self.ask(form, partial(self._preview, channel))

    def _write(self, channel: str, entered: Entered) -> str:
        name = str(entered.values["file"])
        text = exchange.export_sheet(self.workspace, self.actor, channel)
        sheet_files.write(name, text, replace=bool(entered.values.get("replace")))
        return f"{text.count(chr(10)) - 1:,} lines were written to {name}."

    def _read(self, channel: str, entered: Entered) -> tuple[bytes, Changes | UsageError]:
        """The file and what it would change, or what is wrong in its lines; runs in a thread."""
        data = sheet_files.read(str(entered.values["file"]))
        try:
            return data, exchange.import_sheet(self.workspace, self.actor, channel, data, preview=True)
        except UsageError as error:
            if not error.fields:
                raise
            return data, error

    def _preview(self, channel: str, read: tuple[bytes, Changes | UsageError]) -> None:
        data, changes = read
        if isinstance(changes, UsageError):
            faults = [Line(foreign(f"{where}: {words}"), indent=2) for where, words in changes.fields.items()]
            self.ask(TextModal("Nothing was changed: the file has faults", faults))
        elif not changes.count:
            self.screen.notify(f"The file changes nothing: all {changes.unchanged:,} links are as it says.")
        else:
            title = f"Importing would change channel {channel}: {counted_changes(changes)}"
            window = ChangesWindow(title, list(change_lines(changes)))
            self.ask(window, lambda _: self._import(channel, data))

    def _import(self, channel: str, data: bytes) -> None:
        work = partial(exchange.import_sheet, self.workspace, self.actor, channel, data)
        self.screen.use(work, lambda changes: self.screen.notify(f"Imported: {counted_changes(changes)}."))
