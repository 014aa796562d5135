"""The key that protects all secrets: where it is, what it cannot open, a new one, and a backup of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core import backup, keys
from core.backup import Saved
from core.keys import Rotation
from tui.frame.section import Section
from tui.text import foreign
from tui.widgets.ask import Ask
from tui.widgets.confirm import Confirm
from tui.widgets.table import Cell, Column
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

KEY = (
    "It encrypts API keys, client secrets, refresh tokens, notification keys and everything that Amazon says of "
    "buyers. Keep a copy of it apart from the database: without it these have to be entered again, and nothing else "
    "is lost."
)
LOST = "No key at hand opens it. Put the old key back if there is a copy, or enter this again."
NEW = "Go on with a new key? Do this only when the old one is lost: what it encrypted has to be entered again."
BACKUP = "File of the backup; the key is not in it (crossdock backup --with-key puts it in)"


@dataclass(frozen=True)
class KeyFact:
    """A line: the key itself, or a secret that it does not open."""

    name: str
    value: str
    about: str


class KeysSection(Section[KeyFact]):
    """The key, and what is lost without it."""

    NAME = "keys"
    TITLE = "Keys"
    ADMINS = True
    COLUMNS = (Column("what", least=12, most=40), Column(""))
    EMPTY = "There is no key."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rotate", "Rotate", id="keys.rotate", tooltip="A new key for all secrets, while everything runs"),
        Binding("b", "backup", "Backup", id="keys.backup", tooltip="The whole state in one file"),
        Binding("n", "renew", "New key", show=False, id="keys.renew", tooltip="After a loss: go on with a new key"),
    ]

    def read(self) -> Sequence[KeyFact]:
        """Where the key is, and the secrets that it does not open."""
        settings = self.workspace.settings
        own = keys.is_own_file(settings)
        place = str(settings.key_path) if own else "set by the environment of the program"
        lost = [KeyFact(name, "cannot be read", LOST) for name in keys.to_enter_again(self.workspace.database)]
        return [KeyFact("Key", place, KEY), *lost]

    def name_of(self, item: KeyFact) -> str:
        """Its name."""
        return item.name

    def cells(self, item: KeyFact) -> tuple[Cell, ...]:
        """Name and value."""
        return foreign(item.name), foreign(item.value)

    def detail(self, item: KeyFact) -> Sequence[Line]:
        """What it means."""
        return [Line(Content(item.about))]

    def action_rotate(self) -> None:
        """Ask, then encrypt everything with a new key."""
        question = Confirm(
            "Encrypt all secrets with a new key? Everything goes on meanwhile.", yes="Start", no="Cancel"
        )
        rotate = partial(keys.rotate, self.workspace.settings, self.workspace.database, self.actor)
        self.steps.ask(question, lambda _: self.screen.use(rotate, self._rotated))

    def _rotated(self, done: Rotation) -> None:
        unread = f" {done.unreadable} could not be read and stay as they are." if done.unreadable else ""
        self.screen.notify(
            f"{done.changed} values have the new key.{unread} Copy the key file to its safe place again."
        )

    def action_renew(self) -> None:
        """Ask, then go on with a new key."""
        renew = partial(keys.replace_lost, self.workspace.settings, self.workspace.database, self.actor)
        self.steps.ask(Confirm(NEW, yes="Use a new key", no="Cancel"), lambda _: self.screen.use(renew, self._renewed))

    def _renewed(self, lost: Sequence[str]) -> None:
        lines = [Line(foreign(name)) for name in lost] or [Line(Content("Nothing has to be entered again."))]
        self.app.push_screen(TextModal("To be entered again", lines))

    def action_backup(self) -> None:
        """Ask for a file, then save everything into it."""
        self.steps.ask(Ask(BACKUP, hint="A path on this machine, such as crossdock-backup.zip"), self._save)

    def _save(self, path: str | None) -> None:
        save = partial(backup.save, self.workspace, self.actor, Path(path or "").expanduser())
        self.screen.use(save, self._saved)

    def _saved(self, done: Saved) -> None:
        self.screen.notify(f"Everything is saved in {done.file}. Keep the key apart from it.")
