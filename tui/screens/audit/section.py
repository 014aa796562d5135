"""The audit: who changed what, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from core.documents import as_json
from core.people.audit import EntryView, list_entries
from tui.frame.section import Section, fact
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.ask import Ask
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

SHOWN = 1_000
"""Newest entries that are listed; more are for: crossdock audit list --json"""


TITLES = {
    "counts.confirm": "Confirm stock counts",
    "channel.superseded": "Channel given up for another",
    "field.import": "Import fields",
    "category.import": "Import categories",
    "login": "Log in",
    "login.failed": "Login failed",
    "login.locked": "Login locked",
    "operator.passwd": "Change password",
    "operator.token": "Issue token",
    "price.release": "Release held prices",
    "settings.set": "Change settings",
    "token.refused": "Token refused",
    "vanished.release": "Accept missing products",
}
"""Where verb and subject do not make words that people use."""


class AuditSection(Section[EntryView]):
    """The newest entries first."""

    NAME = "audit"
    TITLE = "Audit"
    COLUMNS = (Column("when", most=19), Column("who", most=16), Column("what", most=24), Column("of"))
    EMPTY = "Nothing has been changed yet, or nothing fits the filter: f changes it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Filter", id="audit.filter", tooltip="Only entries that hold a word"),
    ]

    _word = ""

    def read(self) -> Sequence[EntryView]:
        """The newest entries that hold the word."""
        entries = list_entries(self.workspace.database, self.actor, limit=SHOWN)
        word = self._word.casefold()
        return [one for one in entries if word in f"{titled(one.action)} {as_json(one)}".casefold()]

    def name_of(self, item: EntryView) -> str:
        """Its number."""
        return str(item.id)

    def cells(self, item: EntryView) -> tuple[Cell, ...]:
        """When, who, what, of what."""
        when = f"{item.at.astimezone():%Y-%m-%d %H:%M:%S}"
        return foreign(when), foreign(item.operator), foreign(titled(item.action)), foreign(item.subject)

    def detail(self, item: EntryView) -> Sequence[Line]:
        """All of the entry."""
        more = [fact(key, value if isinstance(value, str) else json.dumps(value)) for key, value in item.detail.items()]
        return [
            fact("When", timestamps.full(item.at)),
            fact("Who", item.operator),
            fact("What", titled(item.action)),
            fact("Of", item.subject),
            *more,
            fact("Code", item.action, style="$text-muted"),
        ]

    def action_filter(self) -> None:
        """Ask for a word; an empty one lists everything."""
        self.steps.ask(Ask("Only entries with this word", value=self._word, optional=True), self._narrow)

    def _narrow(self, word: str | None) -> None:
        self._word = word or ""
        self.screen.refresh_now()


def titled(action: str) -> str:
    """What was done, in words: "Add channel"."""
    subject, _, verb = action.partition(".")
    return TITLES.get(action, f"{verb} {subject}".strip().capitalize())
