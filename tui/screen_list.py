"""The ten places of the application, and the screens in each of them.

A new place or screen is one more line here; its key is fixed, so that none ever moves. Screens are named rather than
imported: the first is loaded in a thread while the terminal shows the first sentence, the others after it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from textual.binding import Binding
from textual.screen import Screen


@dataclass(frozen=True)
class ScreenEntry:
    """One screen: its name in the program, its title, and "module:class"."""

    name: str
    title: str
    screen: str
    items: str = ""
    """Kind of the subjects that it lists: "order". Its `focus_on` takes `text`, `channel` and `code` then."""

    def load(self) -> type[Screen[None]]:
        """The class of the screen; it is made with the workspace and the acting operator."""
        module, _, name = self.screen.partition(":")
        loaded: type[Screen[None]] = getattr(importlib.import_module(module), name)
        return loaded


@dataclass(frozen=True)
class Place:
    """Where a digit leads: the key, title, short title, the heading above it in the rail, and its screens as tabs."""

    key: str
    title: str
    short: str
    group: str
    screens: tuple[ScreenEntry, ...]

    @property
    def name(self) -> str:
        """The screen that its digit leads to."""
        return self.screens[0].name

    @property
    def binding(self) -> Binding:
        """The key that leads here from everywhere."""
        tooltip = f"Go to {self.title}"
        return Binding(self.key, f"go('{self.name}')", self.title, show=False, id=f"go.{self.name}", tooltip=tooltip)

    def has(self, screen: str) -> bool:
        """Whether a screen is one of its own."""
        return any(entry.name == screen for entry in self.screens)


PLACES = (
    Place(
        "1",
        "Home",
        "Home",
        "",
        (
            ScreenEntry("home", "Overview", "tui.screens.home.screen:HomeScreen"),
            ScreenEntry("health", "Health", "tui.screens.health.screen:HealthScreen"),
        ),
    ),
    Place(
        "2",
        "Orders",
        "Ord",
        "Sell",
        (ScreenEntry("orders", "Orders", "tui.screens.orders.screen:OrdersScreen", items="order"),),
    ),
    Place(
        "3",
        "Shipments",
        "Ship",
        "Sell",
        (ScreenEntry("shipments", "Shipments", "tui.screens.shipments.screen:ShipmentsScreen", items="shipment"),),
    ),
    Place(
        "4",
        "Products",
        "Prod",
        "Catalogue",
        (ScreenEntry("products", "Products", "tui.screens.products.screen:ProductsScreen", items="sku"),),
    ),
    Place(
        "5",
        "Listings",
        "List",
        "Catalogue",
        (
            ScreenEntry("listings", "All", "tui.screens.listings.screen:ListingsScreen"),
            ScreenEntry("issues", "Issues", "tui.screens.listings.issues:IssuesScreen"),
            ScreenEntry("links", "Links", "tui.screens.listings.links:LinksScreen"),
        ),
    ),
    Place(
        "6",
        "Mapping",
        "Map",
        "Catalogue",
        (ScreenEntry("mapping", "Mapping", "tui.screens.mapping.screen:MappingScreen"),),
    ),
    Place(
        "7",
        "Problems",
        "Prob",
        "Run",
        (ScreenEntry("problems", "Problems", "tui.screens.problems.screen:ProblemsScreen"),),
    ),
    Place(
        "8",
        "Activity",
        "Act",
        "Run",
        (
            ScreenEntry("jobs", "Jobs", "tui.screens.jobs.screen:JobsScreen"),
            ScreenEntry("notifications", "Notifications", "tui.screens.notifications.screen:NotificationsScreen"),
            ScreenEntry("audit", "Audit", "tui.screens.audit.screen:AuditScreen"),
        ),
    ),
    Place(
        "9",
        "Channels",
        "Chan",
        "Run",
        (ScreenEntry("channels", "Channels", "tui.screens.channels.screen:ChannelsScreen"),),
    ),
    Place(
        "0",
        "Settings",
        "Set",
        "Run",
        (ScreenEntry("settings", "Settings", "tui.screens.settings.screen:SettingsScreen"),),
    ),
)

SCREENS = tuple(entry for place in PLACES for entry in place.screens)


def place_of(screen: str) -> Place | None:
    """The place in which a screen is."""
    return next((place for place in PLACES if place.has(screen)), None)


def screen_of(subject: str) -> ScreenEntry | None:
    """The screen that lists subjects of a kind, if there is one."""
    return next((entry for entry in SCREENS if entry.items == subject), None)


def load_screens() -> None:
    """Load all of them: who goes to another screen does not wait for its modules then."""
    for entry in SCREENS:
        entry.load()
