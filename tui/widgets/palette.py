"""The command palette."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette
from textual.theme import ThemeProvider


class Palette(CommandPalette):
    """Textual's own, which ends the application in two cases that this one survives.

    It has a fixed id there, and one that is still being removed forbids the next; and it turns pages of a list that
    was not laid out yet.
    """

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)


def of_themes() -> Palette:
    """The palette with the themes in it."""
    return Palette(providers=[ThemeProvider], placeholder="Search for themes…")
