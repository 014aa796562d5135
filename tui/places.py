"""The places of the application, in the order of their digits.

A new place is one more line here, as soon as its screen exists. Screens are named rather than imported: they are
loaded in a thread, after the terminal shows the first sentence.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from textual.binding import Binding
from textual.screen import Screen


@dataclass(frozen=True)
class Place:
    """Where one can be: the key that leads there, its name in the program, its title, and "module:class"."""

    key: str
    name: str
    title: str
    screen: str

    def load(self) -> type[Screen[None]]:
        """The class of the screen; it is made with the workspace and the acting operator."""
        module, _, name = self.screen.partition(":")
        loaded: type[Screen[None]] = getattr(importlib.import_module(module), name)
        return loaded

    @property
    def binding(self) -> Binding:
        """The key that leads here from everywhere."""
        tooltip = f"Go to {self.title}"
        return Binding(self.key, f"go('{self.name}')", self.title, show=False, id=f"go.{self.name}", tooltip=tooltip)


PLACES = (
    Place("1", "dashboard", "Dashboard", "tui.screens.dashboard:DashboardScreen"),
    Place("2", "channels", "Channels", "tui.screens.channels:ChannelsScreen"),
    Place("3", "orders", "Orders", "tui.screens.orders:OrdersScreen"),
    Place("4", "problems", "Problems", "tui.screens.problems:ProblemsScreen"),
    Place("5", "jobs", "Jobs", "tui.screens.jobs:JobsScreen"),
    Place("6", "settings", "Settings", "tui.screens.settings:SettingsScreen"),
)


def load_places() -> dict[str, type[Screen[None]]]:
    """The screen of each place, by its name."""
    return {place.name: place.load() for place in PLACES}
