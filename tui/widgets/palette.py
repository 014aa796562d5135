"""The command palette: everything that can be done now, with its key, and what can be found in the data."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets.option_list import Option

NO_MATCH = "No match. Shorten the search."
_NAME, _GROUP = 34, 12
_LEAST_SEARCH = 3
"""Characters from which the data are searched."""


@dataclass(frozen=True)
class Command:
    """Something to choose: its group, what it is called, the key that does it, what it is, and doing it."""

    group: str
    name: str
    key: str
    help: str
    run: Callable[[], object]

    def drawn(self) -> Text:
        """One line: group, name, key."""
        return Text.assemble((self.group.ljust(_GROUP), "dim"), self.name.ljust(_NAME), (self.key, "bold"))


class Commands(Provider):
    """The commands of the application, in their groups."""

    async def discover(self) -> Hits:
        """All of them."""
        for command in self._commands():
            yield DiscoveryHit(command.drawn(), command.run, text=command.name)

    async def search(self, query: str) -> Hits:
        """Those whose name or group is like the text."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(score, command.drawn(), command.run, text=command.name)

    def _commands(self) -> Iterable[Command]:
        found: Iterable[Command] = self.app.palette_commands(self.screen)  # type: ignore[attr-defined]
        return found


class Found(Provider):
    """What is in the data: orders by their id or a SKU."""

    async def search(self, query: str) -> Hits:
        """What begins like the text; it is read in a thread."""
        if len(query) >= _LEAST_SEARCH:
            for command in await asyncio.to_thread(self._find, query):
                yield Hit(1.0, command.drawn(), command.run, text=command.name)

    def _find(self, query: str) -> Sequence[Command]:
        found: Sequence[Command] = self.app.palette_search(query)  # type: ignore[attr-defined]
        return found


class Palette(CommandPalette):
    """Textual's own, which ends the application in two cases that this one survives.

    It has a fixed id there, and one that is still being removed forbids the next; and it turns pages of a list that
    was not laid out yet. And it says at once, and what to do, when nothing matches.
    """

    def _start_no_matches_countdown(self, search_value: str) -> None:
        if search_value:
            self.query_one(CommandList).add_option(Option(NO_MATCH, disabled=True, id=self._NO_MATCHES))
            self._list_visible = True

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)


class Themes(Provider):
    """The themes; the chosen one is remembered."""

    async def discover(self) -> Hits:
        """All of them."""
        for name in self._names():
            yield DiscoveryHit(Text(name), self._choice(name), text=name)

    async def search(self, query: str) -> Hits:
        """Those whose name is like the text."""
        matcher = self.matcher(query)
        for name in self._names():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, Text(name), self._choice(name), text=name)

    def _names(self) -> list[str]:
        return sorted(self.app.available_themes)

    def _choice(self, name: str) -> Callable[[], object]:
        return lambda: self.app.choose_theme(name)  # type: ignore[attr-defined]


def of_commands() -> Palette:
    """The palette with everything that can be done or found."""
    return Palette(providers=[Commands, Found], placeholder="Search commands, orders by id or SKU …")


def of_themes() -> Palette:
    """The palette with the themes in it."""
    return Palette(providers=[Themes], placeholder="Search for themes …")
