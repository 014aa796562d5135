"""Mappings in a CSV file: written, and read back after a look at what would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from core import sheet_files
from core.categories import exchange as categories
from core.errors import UsageError
from core.fields import exchange as fields
from tui.forms.fields import Entered, Field
from tui.forms.modal import FormModal
from tui.frame.steps import Steps
from tui.screens.mapping import fields_text, text
from tui.text import clean, foreign
from tui.widgets.keys import Keys
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line, TextPane


class Changes(Protocol):
    """What a file would change."""

    @property
    def count(self) -> int:
        """How much differs."""

    @property
    def unchanged(self) -> int:
        """How much is as the file says."""


@dataclass(frozen=True)
class Sheet:
    """What stands in a file: how it is called, and the use cases that write and read it."""

    title: str
    noun: str
    guide: Sequence[str]
    export: Callable[..., str]
    """Of workspace, actor and channel."""
    import_sheet: Callable[..., Any]
    """Gives `Changes`."""
    change_lines: Callable[[Any], Iterable[Line]]


LINKS = Sheet(
    "Links",
    "categories",
    (
        "The file has a line for each link, and one for each category of the store that has none. Only the columns"
        " cscart, amazon and product_type are needed; amazon is an id or a path, and paths and counts are there for"
        " people.",
        "Commas, semicolons and tabs are read, as spreadsheets save them. For each category in the file its links"
        " become those of the file; categories that are not in it stay as they are.",
    ),
    categories.export_sheet,
    categories.import_sheet,
    text.change_lines,
)
FIELDS = Sheet(
    "Fields",
    "fields",
    (
        "The file has a line for each attribute that the channel sets itself. Only the columns product_type, attribute,"
        " source and value are needed: source is field, feature, constant, template or skip; an empty product_type"
        " stands for all.",
        "Commas, semicolons and tabs are read, as spreadsheets save them. For each product type in the file what is set"
        " becomes what stands in it; product types that are not in it stay as they are.",
    ),
    lambda workspace, actor, channel: fields.export_sheet(workspace, actor, channel=channel),
    lambda workspace, actor, channel, data, **options: fields.import_sheet(
        workspace, actor, data, channel=channel, **options
    ),
    fields_text.change_lines,
)


class ChangesWindow(ModalScreen[bool]):
    """What a file would change; True when it is to be imported."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "dismiss(True)", "Import", id="changes.import", tooltip="Let the mappings be those of the file"),
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

    def __init__(self, screen: Any, sheet: Sheet) -> None:
        super().__init__(screen)
        self._sheet = sheet

    def export(self, channel: str) -> None:
        """Ask for a file and write it."""
        asked = (
            Field("file", "File", required=True, help="~ is your home folder; a name alone is in the present one."),
            Field("replace", "Replace it if it exists", "switch", help="Else a file that is there already stays."),
        )
        title = f"{self._sheet.title} of channel {clean(channel)} as CSV"
        save = partial(self._write, channel)
        values = {"file": self._file_of(channel), "replace": False}
        guide = self._sheet.guide
        form = FormModal(title, asked, save, values=values, verb="Export", saving="Writing …", guide=guide)
        self.ask(form, self.screen.notify)

    def import_file(self, channel: str) -> None:
        """Ask for a file, show what it would change, then import it."""
        asked = (Field("file", "File", required=True, help="Nothing is changed before you have seen what would be."),)
        read = partial(self._read, channel)
        form = FormModal(
            f"{self._sheet.title} of channel {clean(channel)} from CSV",
            asked,
            read,
            values={"file": self._file_of(channel)},
            verb="Preview",
            saving="Reading …",
            guide=self._sheet.guide,
        )
        self.ask(form, partial(self._preview, channel))

    def _file_of(self, channel: str) -> str:
        return f"~/{self._sheet.noun}-{clean(channel)}.csv"

    def _write(self, channel: str, entered: Entered) -> str:
        name = str(entered.values["file"])
        told = self._sheet.export(self.workspace, self.actor, channel)
        sheet_files.write(name, told, replace=bool(entered.values.get("replace")))
        return f"{told.count(chr(10)) - 1:,} lines were written to {name}."

    def _read(self, channel: str, entered: Entered) -> tuple[bytes, Changes | UsageError]:
        """The file and what it would change, or what is wrong in its lines; runs in a thread."""
        data = sheet_files.read(str(entered.values["file"]))
        try:
            return data, self._sheet.import_sheet(self.workspace, self.actor, channel, data, preview=True)
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
            what = self._sheet.title.lower()
            self.screen.notify(f"The file changes nothing: all {changes.unchanged:,} {what} are as it says.")
        else:
            title = f"Importing would change channel {channel}: {text.counted_changes(changes)}"
            window = ChangesWindow(title, list(self._sheet.change_lines(changes)))
            self.ask(window, lambda _: self._import(channel, data))

    def _import(self, channel: str, data: bytes) -> None:
        work = partial(self._sheet.import_sheet, self.workspace, self.actor, channel, data)
        self.screen.use(work, lambda changes: self.screen.notify(f"Imported: {text.counted_changes(changes)}."))
