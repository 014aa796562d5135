"""A form over an empty screen, with fields of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from tests.tui.driving import SMALL, press
from tui.app import CrossdockApp
from tui.forms.fields import Choice, Entered, Field, Tab
from tui.forms.form import FieldRow, Form
from tui.forms.modal import FormModal, FormScreen
from tui.widgets.fixed import FixedText

HOSTILE = "[bold]x[/foo] \x1b[2J\u202eevil"


def _email(text: str) -> str:
    if "@" not in text:
        raise ValueError("it is not an e-mail address")
    return text.lower()


REGIONS = (Choice("na", "North America"), Choice("eu", "Europe"), Choice("fe", "Far East"))
COUNTRIES = {"eu": (Choice("DE", "Germany"), Choice("FR", "France")), "na": (Choice("US", "United States"),)}

FIELDS = (
    Field("name", "Name", required=True, help="What people here call it."),
    Field("email", "E-mail", check=_email, help="Of the API user."),
    Field("api_key", "API key", "secret", required=True, help="In the store: Customers, Administrators, API access."),
    Field("place.region", "Region", "choice", choices=REGIONS, required=True, help="Where the seller sells."),
    Field(
        "place.country",
        "Country",
        "choice",
        choices=lambda now: COUNTRIES.get(str(now["place.region"]), ()),
        depends=("place.region",),
        help="Only those of the region.",
    ),
    Field("company_id", "Company", "number", least=1, help="Its number in the store."),
    Field("sync", "Keep in step", "switch", help="Whether changes are sent."),
    Field("every", "Every so many minutes", "number", when=lambda now: bool(now["sync"]), help="How often."),
    Field("statuses", "Statuses", "multi", choices=(Choice("A", "Alpha"), Choice("B", "Beta")), help="Which."),
    Field("since", "Orders from", "timestamp", help="A day, or a time in your zone."),
    Field("notes", "Notes", "lines", help="One a line."),
)
BEGUN = {"name": "main", "api_key": True, "place.region": "eu", "place.country": "DE", "statuses": ("B",)}


class FormApp(App[None]):
    """The look of the application around one modal."""

    CSS_PATH: ClassVar[Any] = [f"../../tui/{style}" for style in CrossdockApp.CSS_PATH]
    ENABLE_COMMAND_PALETTE = False


class Opened:
    """What can be seen of an open form, and what it gave in the end."""

    def __init__(self, pilot: Pilot[None], saved: list[Entered]) -> None:
        self.pilot = pilot
        self.saved = saved
        self.result: list[object] = []

    @property
    def form(self) -> Form:
        """The form, which may lie beneath another screen."""
        return next(screen for screen in self.pilot.app.screen_stack if isinstance(screen, FormScreen)).form

    def row(self, name: str) -> FieldRow:
        """A field."""
        return next(row for row in self.form.rows if row.field.name == name)

    @property
    def focused(self) -> str:
        """The field with the focus."""
        return next((row.field.name for row in self.form.rows if row.has_focus_within), "")

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {row.field.name: row.error for row in self.form.rows if row.error}

    def said(self, id: str = "form-said") -> str:
        """A sentence of the form."""
        return str(self.form.query_one(f"#{id}", FixedText if id != "form-said" else None).content)

    async def click(self, widget: Widget, offset: tuple[int, int] = (0, 0), *, times: int = 1) -> None:
        """Click on a place of a widget."""
        await self.pilot.click(widget, offset=offset, times=times)
        await press(self.pilot)

    async def to(self, name: str) -> None:
        """Move to a field of the open tab by keys."""
        for _ in range(40):
            if self.focused == name:
                return
            await press(self.pilot, "tab")
        raise AssertionError(f"No way to {name}.")


@asynccontextmanager
async def opened(
    modal: Callable[[Callable[[Entered], object]], Screen[Any]],
    save: Callable[[Entered], object] = lambda entered: "saved",
    size: tuple[int, int] = SMALL,
) -> AsyncIterator[Opened]:
    """A form over an empty screen, at rest."""
    saved: list[Entered] = []

    def keep(entered: Entered) -> object:
        saved.append(entered)
        return save(entered)

    app = FormApp()
    async with app.run_test(size=size, notifications=True) as pilot:
        form = Opened(pilot, saved)
        app.push_screen(modal(keep), form.result.append)
        await press(pilot)
        yield form


def window(save: Callable[[Entered], object]) -> FormModal[object]:
    """All kinds of fields in a window."""
    return FormModal("Edit store main", FIELDS, save, values=BEGUN)


def empty(save: Callable[[Entered], object]) -> FormModal[object]:
    """A window that begins with nothing."""
    return FormModal("Add a store", FIELDS, save)


def tabbed(save: Callable[[Entered], object]) -> FormScreen[object]:
    """Two tabs over the whole screen."""
    tabs = [Tab("Connection", FIELDS[:5], ("Where to find it.",)), Tab("Orders", FIELDS[5:])]
    return FormScreen("Channel de", tabs, save, values=BEGUN)
