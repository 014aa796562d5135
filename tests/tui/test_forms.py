"""Forms by their keys: every kind of field, what is refused where, leaving."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.app import App
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.screen import Screen

from core.errors import UsageError
from tests.tui.driving import LARGE, SMALL, press
from tui.forms.fields import Choice, Entered, Field, Tab
from tui.forms.form import FieldRow, Form
from tui.forms.modal import FormModal, FormScreen
from tui.widgets.confirm import Confirm
from tui.widgets.fixed import FixedText

HOSTILE = "[bold]x[/foo] \x1b[2J\u202eevil"


def _email(text: str) -> str:
    if "@" not in text:
        raise ValueError("it is no e-mail address")
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
    Field("since", "Orders from", "moment", help="A day, or a time in your zone."),
    Field("notes", "Notes", "lines", help="One a line."),
)
BEGUN = {"name": "main", "api_key": True, "place.region": "eu", "place.country": "DE", "statuses": ("B",)}


class FormApp(App[None]):
    """The look of the application around one modal."""

    CSS_PATH: ClassVar[Any] = "../../tui/theme.tcss"
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


class TestEntering:
    async def test_every_kind(self) -> None:
        """Each kind of field gives its value; what is hidden or left empty gives none."""
        async with opened(empty) as form:
            await press(form.pilot, *"de 1", "tab", *"A@B.c", "tab", *"s3cret", "tab", "right", "right", "down")
            assert form.focused == "place.country"
            await press(form.pilot, "enter", *"fra", "enter", "tab", *"12", "tab", "space", "tab", *"15", "tab")
            await press(form.pilot, "enter", "space", "enter", "tab", *"2026-01-31", "tab", *"one", "enter", *"two")
            await press(form.pilot, "f2")
            assert form.result == ["saved"]
            assert form.saved[0].document() == {
                "name": "de 1",
                "email": "a@b.c",
                "api_key": "s3cret",
                "place": {"region": "eu", "country": "FR"},
                "company_id": 12,
                "sync": True,
                "every": 15,
                "statuses": ["A"],
                "since": "2026-01-30T23:00:00+00:00",
                "notes": ["one", "two"],
            }

    async def test_changes_alone(self) -> None:
        """An edit tells what changed; a secret that was not typed stays; an emptied field takes its value away."""
        async with opened(window) as form:
            await form.to("place.country")
            await press(form.pilot, "left")
            assert form.form.now["place.country"] is None
            await press(form.pilot, "f2")
            assert form.saved[0].changed() == {"place": {"country": None}}
            assert "api_key" not in form.saved[0].values

    async def test_choices_follow(self) -> None:
        """Another region offers other countries; a value that is none of them says so."""
        async with opened(window) as form:
            await form.to("place.region")
            await press(form.pilot, "left", "tab")
            assert "DE (not in the list)" in str(form.row("place.country").query_one("ChoiceControl").content)
            await press(form.pilot, "right")
            assert form.form.now["place.country"] is None

    @pytest.mark.parametrize(
        ("field", "keys", "words"),
        [
            ("name", ["ctrl+u"], "it is missing"),
            ("email", [*"nobody"], "it is no e-mail address"),
            ("company_id", [*"1x"], "it is no whole number"),
            ("company_id", ["0"], "it is at least 1"),
            ("since", [*"tomorrow"], "it is no day or time such as 2026-01-31 or 2026-01-31 14:00"),
            ("since", [*"9999-12-31 23:59-14:00"], "it is no day or time such as 2026-01-31 or 2026-01-31 14:00"),
        ],
    )
    async def test_wrong(self, field: str, keys: Sequence[str], words: str) -> None:
        """It is said at the field, which gets the focus; nothing is saved, and typing takes the error away."""
        async with opened(window) as form:
            await form.to(field)
            await press(form.pilot, "end", *keys, "tab", "f2")
            assert form.errors == {field: words}
            assert form.focused == field
            assert form.saved == []
            await press(form.pilot, "7")
            assert form.errors == {}

    async def test_help_follows_the_focus(self) -> None:
        """One line at a fixed place."""
        async with opened(window) as form:
            assert form.said("form-help") == "What people here call it."
            await press(form.pilot, "down")
            assert form.said("form-help") == "Of the API user."

    async def test_paste(self) -> None:
        """A copied line loses its break and what cannot be typed."""
        async with opened(empty) as form:
            form.pilot.app.screen.focused.post_message(Paste("\r\n main\x1b[31m\x07 \n"))
            await press(form.pilot)
            assert form.form.now["name"] == "main�"

    async def test_slow_line(self) -> None:
        """Keys that arrive all at once go where they belong: a password never begins in the field before."""
        async with opened(empty) as form:
            for text in ("main", "a@b", "s3cret"):
                for character in text:
                    form.pilot.app.post_message(Key(character, character))
                form.pilot.app.post_message(Key("tab", None))
            await press(form.pilot)
            assert [form.form.now[name] for name in ("name", "email", "api_key")] == ["main", "a@b", "s3cret"]

    async def test_moving_is_cheap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A move of the focus sends the two fields and the help, not the whole form."""
        sent: list[int] = []
        display = App._display

        def count(self: App[None], screen: Screen[Any], drawn: Any) -> None:
            sent.append(len(drawn.render_segments(self.console)) if hasattr(drawn, "render_segments") else 0)
            display(self, screen, drawn)

        async with opened(window) as form:
            monkeypatch.setattr(App, "_display", count)
            await press(form.pilot, "tab")
            assert 0 < sum(sent) < 1_000


class TestRefused:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
    async def test_at_its_field(self, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """What core refuses stands at the fields it names, in the tab where they are; the rest on the form."""

        def refuse(entered: Entered) -> object:
            fields = {"statuses.0": "'B' is no status", "place.country": f"no {HOSTILE}", "unknown": "who knows"}
            raise UsageError(f"Three things are wrong {HOSTILE}.", next_step="Correct them.", fields=fields)

        async with opened(tabbed, refuse, size) as form:
            await press(form.pilot, *" 2", "pagedown", "f2")
            assert form.errors == {"place.country": f"no {HOSTILE}", "statuses": "'B' is no status"}
            assert form.focused == "place.country"
            assert form.form.now["name"] == "main 2"
            assert form.pilot.app.export_screenshot() == picture

    async def test_only_at_fields(self) -> None:
        """When every word stands at a field the form adds no more than the next step."""

        def refuse(entered: Entered) -> object:
            raise UsageError("email: no.", next_step="Ask them.", fields={"email": "it is somebody else's"})

        async with opened(window, refuse) as form:
            await press(form.pilot, "f2")
            assert form.errors == {"email": "it is somebody else's"}
            assert form.said() == "! Ask them."

    async def test_fault(self) -> None:
        """An error that nobody foresaw is a sentence, and everything entered stays."""

        def broken(entered: Entered) -> object:
            raise RuntimeError(HOSTILE)

        async with opened(window, broken) as form:
            await press(form.pilot, "x", "f2")
            assert form.said().startswith("! RuntimeError: [bold]x[/foo]")
            assert form.form.now["name"] == "mainx"

    async def test_choices_that_cannot_be_read(self) -> None:
        """The field says why; the form stays usable."""

        def broken(now: object) -> Sequence[Choice]:
            raise UsageError(f"The store is away {HOSTILE}.")

        fields = [Field("payment", "Payment", "choice", choices=broken)]
        async with opened(lambda save: FormModal("x", fields, save, values={"payment": 6})) as form:
            assert form.errors["payment"].startswith("The store is away [bold]x[/foo]")
            await press(form.pilot, "f2")
            assert form.saved[0].values == {"payment": 6}


class TestLeaving:
    async def test_unchanged(self) -> None:
        """Nothing is asked."""
        async with opened(window) as form:
            await press(form.pilot, "x", "backspace", "escape")
            assert form.result == [None]

    async def test_changed(self) -> None:
        """What was entered is thrown away only after a question."""
        async with opened(window) as form:
            await press(form.pilot, "x", "escape")
            assert isinstance(form.pilot.app.screen, Confirm)
            await press(form.pilot, "enter")
            assert form.form.now["name"] == "mainx"
            await press(form.pilot, "escape", "y")
            assert form.result == [None]

    async def test_while_saving(self) -> None:
        """The answer is waited for, and saving twice is one saving."""
        let = threading.Event()
        async with opened(window, lambda entered: let.wait(20)) as form:
            await form.pilot.press("f2", "f2", "escape")
            assert form.said() == "Saving …"
            let.set()
            await press(form.pilot)
            assert form.result == [True]
            assert len(form.saved) == 1


class TestLooks:
    async def test_window(self, picture: SnapshotAssertion) -> None:
        """All kinds of fields at 80x24."""
        async with opened(window) as form:
            await form.to("sync")
            await press(form.pilot, "space")
            assert form.pilot.app.export_screenshot() == picture

    async def test_hostile(self, picture: SnapshotAssertion) -> None:
        """Foreign text shows only itself, and unchanged it is saved as it was."""
        fields = [
            Field("name", "Name"),
            Field("one", "One", "choice", choices=(Choice(HOSTILE, HOSTILE, HOSTILE),)),
            Field("other", "Other", "choice"),
            Field("many", "Many", "multi", choices=(Choice(HOSTILE),)),
            Field("notes", "Notes", "lines"),
        ]
        values = {"name": HOSTILE, "one": HOSTILE, "other": HOSTILE, "many": (HOSTILE, "[/b]"), "notes": (HOSTILE,)}
        async with opened(lambda save: FormModal(HOSTILE, fields, save, values=values)) as form:
            await form.to("many")
            await press(form.pilot, "enter")
            await press(form.pilot, "escape")
            assert form.pilot.app.export_screenshot() == picture
            await press(form.pilot, "f2")
            assert form.saved[0].values == values

    async def test_guide(self) -> None:
        """The help of a form explains the open tab."""
        async with opened(tabbed) as form:
            assert form.pilot.app.screen.HELP == "Where to find it."
            await press(form.pilot, "pagedown")
            assert form.focused == "company_id"
            assert form.pilot.app.screen.HELP == ""
