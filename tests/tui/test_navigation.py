"""Rail, strip, tabs, keys and messages: by keys and by the mouse, at sizes with and without a rail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widget import Widget

from core.model.job import JobState
from core.workspace import Workspace
from tests.tui.driving import Driven, at, settle, text_of
from tests.tui.order_rows import fill_orders, number
from tests.tui.rows import NOW, add_channel, add_job, add_worker, fill
from tui import preferences
from tui.app import CrossdockApp
from tui.messages import Note
from tui.preferences import Preferences
from tui.screen_list import PLACES
from tui.widgets.keys import Keys
from tui.widgets.message_line import MessageLine
from tui.widgets.navigation import Rail
from tui.widgets.palette import NO_MATCH, Palette
from tui.widgets.tabs import Tab, TabLine, tab_beside, tab_line
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane
from tui.widgets.title import Title

NARROW, ROOMY = (80, 24), (140, 45)


async def click(driven: Driven, kind: type[Widget], text: str) -> None:
    """Click the first place in a widget that says `text`."""
    widget = driven.app.screen.query_one(kind)
    lines = text_of(widget).splitlines()  # type: ignore[arg-type]
    y = next(number for number, line in enumerate(lines) if text in line)
    inset = widget.content_region.offset - widget.region.offset
    await driven.pilot.click(widget, offset=(lines[y].index(text) + inset.x, y + inset.y))
    await settle(driven.pilot)


class TestClicks:
    @pytest.mark.parametrize(
        ("size", "kind", "name"),
        [(NARROW, Title, lambda place: f"{place.key}{place.short}"), (ROOMY, Rail, lambda place: place.title)],
        ids=["strip", "rail"],
    )
    async def test_every_place(
        self, workspace: Workspace, size: tuple[int, int], kind: type[Widget], name: Callable[..., str]
    ) -> None:
        """Each name leads to its place."""
        add_channel(workspace)
        async with at(workspace, "settings", size) as driven:
            for place in PLACES:
                await click(driven, kind, name(place))
                assert driven.screen_name == place.name
                assert driven.screen.query_one(Rail).display is (size == ROOMY)

    @pytest.mark.parametrize("size", [NARROW, ROOMY], ids=["80x24", "140x45"])
    async def test_tabs_keys_and_search(self, workspace: Workspace, size: tuple[int, int]) -> None:
        """A tab opens, a key acts as if pressed, and so does the one for search."""
        async with at(workspace, "jobs", size) as driven:
            await click(driven, TabLine, "Audit")
            assert driven.screen_name == "audit"
            await click(driven, Keys, "? Help")
            assert isinstance(driven.app.screen, TextModal)
            await driven.press("escape")
            await click(driven, Keys, "^p")
            assert isinstance(driven.app.screen, Palette)

    async def test_says_what_a_click_would_do(self, workspace: Workspace) -> None:
        """The part under the mouse is underlined, and no longer once it leaves."""
        async with at(workspace, "home") as driven:
            title = driven.screen.query_one(Title)
            await driven.pilot.hover(Title, offset=(9, 0))
            assert any(span.style == "underline" for span in title._said.spans)
            await driven.pilot.hover("#body")
            assert not any(span.style == "underline" for span in title._said.spans)


class TestRail:
    async def test_hides_and_stays_hidden(self, workspace: Workspace) -> None:
        """The strip takes its place, and the next start remembers."""
        async with at(workspace, "home", ROOMY) as driven:
            assert text_of(driven.screen.query_one(Rail)).startswith("▌ 1 Home")
            assert "1 Home" not in driven.title
            await driven.press("ctrl+b")
            assert not driven.screen.query_one(Rail).display
            assert driven.title.startswith("▐1 Home▌")
        async with at(workspace, "home", ROOMY) as driven:
            assert driven.title.startswith("▐1 Home▌")
            await driven.press("ctrl+b")
            assert driven.screen.query_one(Rail).display

    async def test_counts(self, workspace: Workspace) -> None:
        """Jobs and problems that wait are counted where one goes to see them; they follow the database."""
        async with at(workspace, "home", ROOMY) as driven:
            add_job(workspace, JobState.QUEUED, fill_orders(workspace))
            add_worker(workspace)
            await driven.refresh()
            lines = text_of(driven.screen.query_one(Rail)).splitlines()
            assert [line.split()[-1] for line in lines if "Activity" in line or "Problems" in line] == ["6", "1"]
            assert "● 1 worker" in driven.title

    async def test_goes_where_it_is_too_wide(self, workspace: Workspace) -> None:
        """It follows the terminal, and the title line with it."""
        async with at(workspace, "orders", (110, 30)) as driven:
            assert driven.screen.query_one(Rail).display
            await driven.pilot.resize_terminal(109, 30)
            await settle(driven.pilot)
            assert not driven.screen.query_one(Rail).display
            assert "▐2 Orders▌" in driven.title
            assert not driven.screen.has_class("-wide")
            await driven.pilot.resize_terminal(160, 30)
            await settle(driven.pilot)
            assert driven.screen.has_class("-wide") and driven.screen.has_class("-widest")


class TestTabs:
    TABS = (Tab("a", "All", 214), Tab("b", "To send"), Tab("c", "Sent", 1_980))

    def test_nothing_moves(self) -> None:
        """Whichever is open, each stands where it stood."""
        assert tab_line(self.TABS, "a").plain == "▏All 214▕ To send  Sent 1,980 "
        assert tab_line(self.TABS, "c").plain == " All 214  To send ▏Sent 1,980▕"

    def test_in_a_circle(self) -> None:
        """After the last one comes the first."""
        assert [tab_beside(self.TABS, name, 1) for name in "abc"] == ["b", "c", "a"]
        assert tab_beside(self.TABS, "a", -1) == "c"

    async def test_keys(self, workspace: Workspace) -> None:
        """Brackets go through the tabs of a place; where there are none, nothing takes their room."""
        async with at(workspace, "jobs") as driven:
            for name in ("notifications", "audit", "jobs"):
                await driven.press("]")
                assert driven.screen_name == name
            await driven.press("0", "[")
            assert "▏Keys▕" in text_of(driven.screen.query_one(TabLine))
            await driven.press("2", "]")
            assert driven.screen_name == "orders"
            assert not driven.screen.query_one(TabLine).display


class TestMessages:
    async def test_last_one_until_escape(self, workspace: Workspace) -> None:
        """Severity in a word; another takes its place; escape clears it and does what else it does."""
        async with at(workspace, "home") as driven:
            line = driven.screen.query_one(MessageLine)
            driven.app.notify("first [b]")
            driven.app.notify("It failed.", severity="error")
            await settle(driven.pilot)
            assert text_of(line).startswith("✗ Error: It failed. ")
            assert line.size.height == 1
            await driven.press("2")
            assert text_of(driven.screen.query_one(MessageLine)).startswith("✗ Error: It failed. ")
            await driven.press("escape")
            assert text_of(driven.screen.query_one(MessageLine)) == ""
            await driven.press("M")
            assert isinstance(driven.app.screen, TextModal)
            shown = driven.app.screen.query_one(TextPane).plain.splitlines()
            assert [text.partition("+01:00 ")[2] for text in shown] == ["✗ Error: It failed.", "› first [b]"]

    async def test_long_one(self, workspace: Workspace) -> None:
        """It takes as many lines as it needs, within limits, and gives them back."""
        async with at(workspace, "home") as driven:
            line = driven.screen.query_one(MessageLine)
            driven.app.notify("word " * 25, severity="warning")
            await settle(driven.pilot)
            assert line.size.height == 3
            assert all(len(text) <= 78 for text in text_of(line).splitlines())
            driven.app.notify("word " * 500)
            await settle(driven.pilot)
            assert line.size.height == 3
            assert text_of(line).endswith("…")
            await click(driven, MessageLine, "clear")
            assert line.size.height == 1

    async def test_leads_to_its_job(self, workspace: Workspace) -> None:
        """By its key or a click."""
        job = fill(workspace)["succeeded"]
        async with at(workspace, "home") as driven:
            await driven.press("O")
            assert driven.toasts == ["No job was started here yet."]
            driven.screen.notify("Done.", job=job)
            await settle(driven.pilot)
            await driven.press("O")
            assert (driven.screen_name, driven.table.key) == ("jobs", job)
            await driven.press("1")
            await click(driven, MessageLine, "open")
            assert driven.screen_name == "jobs"

    async def test_over_a_window(self, workspace: Workspace) -> None:
        """Where the line is hidden, what is said shows all the same."""
        async with at(workspace, "home") as driven:
            await driven.press("?", "c")
            assert [toast.message for toast in driven.app._notifications] == ["Sent to the terminal's clipboard."]
            await driven.press("escape")
            assert "clipboard" not in text_of(driven.screen.query_one(MessageLine))  # escape clears it

    @pytest.mark.parametrize(
        ("severity", "sign"), [("information", "›"), ("warning", "! Warning:"), ("error", "✗ Error:")]
    )
    def test_signs(self, severity: str, sign: str) -> None:
        """No colour is needed to tell them apart."""
        assert Note("text", severity, NOW).sign == sign


class TestPalette:
    async def test_finds_an_order(self, workspace: Workspace) -> None:
        """By a part of its number; choosing it goes there."""
        fill_orders(workspace)
        async with at(workspace, "home") as driven:
            await driven.press("ctrl+p")
            await driven.type(number(4))
            await driven.press("enter")
            assert driven.screen_name == "orders"
            assert [row[2:21] for row in driven.rows] == [number(4)]

    async def test_says_what_to_do_without_a_match(self, workspace: Workspace) -> None:
        """At once, in a sentence."""
        async with at(workspace, "home") as driven:
            await driven.press("ctrl+p")
            await driven.type("zqzqzq")
            assert NO_MATCH in driven.picture.replace("&#160;", " ")

    async def test_groups(self, workspace: Workspace) -> None:
        """What is done here comes first, each with its key."""
        async with at(workspace, "jobs") as driven:
            offered = list(driven.app.palette_commands(driven.screen))
            assert [command.group for command in offered] == sorted(
                (command.group for command in offered), key=["Here", "Go to", "Everywhere"].index
            )
            assert ("Cancel", "c") in [(command.name, command.key) for command in offered]

    async def test_theme_is_remembered(self, workspace: Workspace) -> None:
        """The chosen theme is that of the next start."""
        async with at(workspace, "home") as driven:
            await driven.press("ctrl+p", *"theme", "enter")
            await driven.press(*"nord", "enter")
            assert driven.app.theme == "nord"
        assert CrossdockApp(workspace.settings, None, workspace=workspace).theme == "nord"


class TestSaving:
    def test_leaves_the_rest_of_the_file(self, tmp_path: Path) -> None:
        """Comments and keys stay; a line of before is exchanged."""
        file = tmp_path / "ui.toml"
        file.write_text('# mine\ntheme = "nord"\nspacing = "compact"\n[keys]\njobs.cancel = "x"\n')
        preferences.save(tmp_path, theme='odd"name', rail=False)
        assert "# mine\n" in file.read_text()
        assert preferences.load(tmp_path) == Preferences('odd"name', "compact", rail=False, keys={"jobs.cancel": "x"})

    def test_new_file(self, tmp_path: Path) -> None:
        """Nobody else may read it."""
        preferences.save(tmp_path, mouse=False)
        assert preferences.load(tmp_path) == Preferences(mouse=False)
        assert (tmp_path / "ui.toml").stat().st_mode & 0o077 == 0


def test_there_are_ten_places_each_with_its_digit() -> None:
    assert [place.key for place in PLACES] == list("1234567890")


async def test_worker_is_given_time_to_start(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence about a missing worker waits a moment, and names the whole path where the program needs it."""
    monkeypatch.setattr(CrossdockApp, "WORKER_GRACE", 60.0)
    async with at(workspace, "home") as driven:
        assert driven.banner == ()
        monkeypatch.setattr(CrossdockApp, "WORKER_GRACE", -1.0)
        monkeypatch.setattr("tui.program.call", lambda: "/opt/crossdock/.venv/bin/crossdock")
        await driven.refresh()
        assert driven.banner[0].endswith("/crossdock worker")
