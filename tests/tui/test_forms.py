"""Forms by their keys: every kind of field, what is refused where, leaving."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.app import App
from textual.events import Key, Paste
from textual.screen import Screen

from core.errors import UsageError
from tests.tui.driving import LARGE, SMALL, press
from tests.tui.forms_kit import BEGUN, FIELDS, HOSTILE, empty, opened, tabbed, window
from tui.forms.fields import Choice, Entered, Field, Values
from tui.forms.modal import FormModal
from tui.widgets.confirm import Confirm
from tui.widgets.pick import Pick
from tui.widgets.table import Table


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

    async def test_wrong(self) -> None:
        """It is said at the field, which gets the focus; nothing is saved, and typing takes the error away."""
        async with opened(window) as form:
            await form.to("company_id")
            await press(form.pilot, *"1x", "tab", "f2")
            assert form.errors == {"company_id": "it is not a whole number"}
            assert form.focused == "company_id"
            assert form.saved == []
            await press(form.pilot, "7")
            assert form.errors == {}

    async def test_missing(self) -> None:
        """What is required says so when it is empty."""
        async with opened(window) as form:
            await press(form.pilot, "ctrl+u", "f2")
            assert form.errors == {"name": "it is missing"}

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


class TestMouse:
    """A click does what a key does."""

    async def test_controls(self) -> None:
        """Switches turn, choices step at their arrows and open their list between them."""
        async with opened(window) as form:
            await form.click(form.row("sync").query_one("SwitchControl"))
            assert (form.form.now["sync"], form.focused) == (True, "sync")
            country = form.row("place.country").query_one("ChoiceControl")
            await form.click(country)
            assert form.form.now["place.country"] is None  # the left arrow
            await form.click(country, (6, 0))
            assert isinstance(form.pilot.app.screen, Pick)
            table = form.pilot.app.screen.query_one(Table)
            await form.click(table, (4, 2))
            assert table.key == 1
            await form.click(table, (4, 2), times=2)
            assert form.form.now["place.country"] == "DE"

    async def test_keys_and_tabs(self) -> None:
        """The tabs and the words of the line with the keys are buttons."""
        async with opened(tabbed) as form:
            await form.click(form.form.query_one("#tabs"), (16, 0))
            assert form.form.tab == 1
            await form.click(form.pilot.app.screen.query_one("#key-line"), (3, 0))
            assert len(form.saved) == 1


class TestTogether:
    async def test_all_at_once(self) -> None:
        """What is wrong by itself and beside others is said at one go, with its number and the cursor at the first."""

        def agree(now: Values) -> dict[str, str]:
            return {"company_id": "it is another one's", "elsewhere": "not in this form"} if now["company_id"] else {}

        def asked(save: Any) -> FormModal[object]:
            return FormModal("Add", FIELDS, save, values=BEGUN | {"company_id": 7}, agree=agree, verb="Add a thing")

        async with opened(asked) as form:
            assert "Add a thing" in str(form.pilot.app.screen.query_one("#key-line").content)
            await form.to("email")
            await press(form.pilot, *"nobody", "f2")
            assert form.errors == {"email": "it is not an e-mail address", "company_id": "it is another one's"}
            assert (form.said(), form.focused) == ("! 2 fields to correct.", "email")
            assert form.saved == []


class TestRefused:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
    async def test_at_its_field(self, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """What core refuses stands at the fields it names, in the tab where they are; the rest on the form."""

        def refuse(entered: Entered) -> object:
            fields = {"statuses.0": "'B' is not a status", "place.country": f"no {HOSTILE}", "unknown": "who knows"}
            raise UsageError(f"Three things are wrong {HOSTILE}.", next_step="Correct them.", fields=fields)

        async with opened(tabbed, refuse, size) as form:
            await press(form.pilot, *" 2", "pagedown", "f2")
            assert form.errors == {"place.country": f"no {HOSTILE}", "statuses": "'B' is not a status"}
            assert form.focused == "place.country"
            assert form.form.now["name"] == "main 2"
            assert form.pilot.app.export_screenshot() == picture

    async def test_only_at_fields(self) -> None:
        """When every word stands at a field the form adds their number and the next step."""

        def refuse(entered: Entered) -> object:
            raise UsageError("email: no.", next_step="Ask them.", fields={"email": "it is somebody else's"})

        async with opened(window, refuse) as form:
            await press(form.pilot, "f2")
            assert form.errors == {"email": "it is somebody else's"}
            assert form.said() == "! 1 field to correct. Ask them."

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
