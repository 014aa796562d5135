"""The frame around all screens: the title line, going, jumping, preferences, keys, and stopping all writes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from core.actor import LOCAL_ADMIN, Actor
from core.settings import Settings
from core.status import QuotaLevel, Status
from core.stop_writes import note_move
from core.stopped import Move
from core.workspace import Workspace
from tests.tui.driving import SIZES, at, drawn, jobs_screen, settle, text_of
from tests.tui.rows import add_channel, add_worker, fill, stop_writes
from tests.unit.builders import DEAD_OWNER
from tui import keymap, preferences, themes
from tui.app import CrossdockApp
from tui.preferences import Preferences
from tui.screen_list import PLACES, SCREENS, load_screens
from tui.screens.jump import JumpScreen
from tui.widgets.confirm import Confirm
from tui.widgets.keys import Keys, ShownKey, keys_line
from tui.widgets.navigation import rail
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane
from tui.widgets.title import Standing, head_line, strip_line

VENDOR = Actor("vendor", False, 1, 7)


STATUS = Status(workers=1, active_jobs=1, needs_person=68, quota=QuotaLevel(12, 20))
ADMIN = Standing("admin", STATUS)
EVERY = " 1Home 2Ord▐3 Shipments▌4Prod 5List 6Map 7Prob·68 8Act·1 9Chan 0Set"


class TestStrip:
    @pytest.mark.parametrize(
        ("width", "stopped", "shown"),
        [
            (80, False, f"{EVERY}      ● admin"),
            (80, True, f"{EVERY}   ●  STOPPED"),
            (60, True, " 1 2▐3 Shipments▌4 5 6 7·68 8·1 9 0          ● admin STOPPED"),
            (44, True, " 1 2▐3 Shipments▌4 5 6 7·68 8·1 9 ●  STOPPED"),
        ],
    )
    def test_fits(self, width: int, stopped: bool, shown: str) -> None:
        """What matters least goes first; the place and STOPPED stay."""
        line = strip_line(PLACES, "shipments", replace(ADMIN, stopped=stopped), width)
        assert line.plain == shown
        assert line.cell_length == width

    @pytest.mark.parametrize("here", [place.name for place in PLACES])
    def test_says_where_one_is(self, here: str) -> None:
        """The place has bars on both sides and its whole title, and all of it is in 80 columns."""
        line = strip_line(PLACES, here, ADMIN, 80).plain
        place = next(place for place in PLACES if place.name == here)
        assert re.search(f"▐{place.key} {place.title}(·[0-9]+)?▌", line)
        assert len(line) == 80

    def test_long_operator(self) -> None:
        """A name from outside neither pushes anything away nor does anything."""
        name = "[b]" + "x" * 500 + "\x1b[2J"
        line = strip_line(PLACES, "home", Standing(name, STATUS, True), 80)
        assert line.cell_length == 80
        assert line.plain.endswith("● [b]xxx… STOPPED")


class TestHeadLine:
    @pytest.mark.parametrize(
        ("width", "shown"),
        [
            (
                110,
                " Crossdock · Main   ● 1 worker  Amazon ▇▇▇▅▁▁ 12/20  writes allowed  15:20 UTC+01:00  admin",
            ),
            (60, " Crossdock · Main   ● 1 worker  Amazon ▇▇▇▅▁▁ 12/20  admin"),
            (30, " Crossdock · Main   admin"),
        ],
    )
    def test_corner(self, width: int, shown: str) -> None:
        """Who one is stays the longest; the time and the usual go first."""
        line = head_line("Crossdock · Main", ADMIN, width).plain
        assert re.sub(" {3,}", "   ", line) == shown
        assert len(line) == width

    def test_no_worker_and_stopped(self) -> None:
        """What is wrong is said in words."""
        line = head_line("Crossdock", Standing("admin", Status(), True), 80).plain
        assert line.endswith("○ no worker  15:20 UTC+01:00  admin STOPPED")


def test_rail() -> None:
    """Groups, numbers at the right, and a bar at the place one is in."""
    assert [line.rstrip() for line in rail(PLACES, "audit", STATUS, 16).plain.splitlines()] == [
        "  1 Home",
        "  SELL",
        "  2 Orders",
        "  3 Shipments",
        "  CATALOGUE",
        "  4 Products",
        "  5 Listings",
        "  6 Mapping",
        "  RUN",
        "  7 Problems  68",
        "▌ 8 Activity   1",
        "  9 Channels",
        "  0 Settings",
    ]


class TestKeysLine:
    KEYS = tuple(ShownKey(key, key, word) for key, word in (("f", "Fix"), ("i", "Import"), ("q", "Quit")))
    END = (ShownKey("question_mark", "?", "Help"), ShownKey("ctrl+p", "^p", "Search"))

    @pytest.mark.parametrize(
        ("width", "shown"),
        [
            (50, "f Fix  i Import  q Quit          ? Help  ^p Search"),
            (40, "f Fix  i Import        ? more  ^p Search"),
            (34, "f Fix  i Import  ? more  ^p Search"),
            (24, "f Fix  ? more  ^p Search"),
        ],
    )
    def test_fits(self, width: int, shown: str) -> None:
        """No word is ever cut; what does not fit is behind the key for help."""
        assert keys_line(self.KEYS, self.END, width).plain == shown


class TestGoing:
    async def test_digits_lead_everywhere(self, workspace: Workspace) -> None:
        """Each place has its digit and a footer that is seen whole; only the one on top reads."""
        add_channel(workspace)
        async with at(workspace, SCREENS[-1].name) as driven:
            for place in PLACES:
                await driven.press(place.key)
                assert driven.screen_name == place.name
                assert f"▐{place.key} {place.title}" in driven.title
                assert type(driven.screen) is place.screens[0].load()
                assert text_of(driven.screen.query_one(Keys)).endswith("^p Search")
                timers = [
                    stack[0]._timer for stack in driven.app._screen_stacks.values() if hasattr(stack[0], "_timer")
                ]
                assert [timer._active.is_set() for timer in timers].count(True) == 1

    async def test_digits_are_text_in_an_input(self, workspace: Workspace) -> None:
        """Typing a number goes nowhere."""
        async with at(workspace, "jobs") as driven:
            await driven.screen.mount(Input(id="typed"), before="#body")
            driven.screen.query_one(Input).focus()
            await driven.type("15!q?")
            assert driven.screen.query_one(Input).value == "15!q?"
            assert driven.app.screen is driven.screen

    async def test_cursor_goes_along(self, workspace: Workspace) -> None:
        """A place that was never seen puts its cursor where it was told to, and so does one that was."""
        jobs = fill(workspace)
        async with at(workspace, SCREENS[0].name) as driven:
            for state in ("waiting", "succeeded"):
                driven.app.go("jobs", job=jobs[state])
                await settle(driven.pilot)
                assert driven.screen_name == "jobs"
                assert driven.table.key == jobs[state]


class TestJumping:
    @SIZES
    async def test_letters(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """Every target has a letter, and the letter leads there."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, size) as jobs:
            await jobs.press("ctrl+o")
            assert isinstance(jobs.app.screen, JumpScreen)
            assert jobs.picture == picture
            await jobs.press("1", "x", "ctrl+o", "s")
            assert jobs.app.screen is jobs.screen
            assert jobs.app.focused is jobs.pane
            await jobs.press("ctrl+o", "escape")
            assert jobs.app.focused is jobs.pane


class TestHelp:
    async def test_contextual(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A screen tells what it is for; keys go from the nearest to the farthest, by the names they have now."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            monkeypatch.setattr(type(jobs.screen), "HELP", "What runs.\n{jobs.cancel} ends a job.", raising=False)
            jobs.app.set_keymap({"jobs.cancel": "x"})
            await jobs.press("f1", "f1")
            assert isinstance(jobs.app.screen, TextModal)
            shown = jobs.app.screen.query_one(TextPane).plain
            assert shown.startswith("What runs.\nx ends a job.\n\nOn this screen\n")
            headings = ("On this screen", "In the part that has the focus", "Everywhere")
            assert [line for line in shown.splitlines() if line in headings] == list(headings)
            await jobs.press("escape")
            assert jobs.app.screen is jobs.screen


class TestStoppingWrites:
    async def test_stops_and_allows(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """One key and an answer; the harmless one has the focus, and the title line tells everybody."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace) as jobs:
            await jobs.press("!")
            assert isinstance(jobs.app.screen, Confirm)
            await jobs.press("enter")
            assert not workspace.writes_stopped()
            await jobs.press("!", "y")
            assert workspace.writes_stopped()
            assert jobs.title.endswith(" STOPPED")
            assert jobs.banner == ("All writes to stores and Amazon are stopped. ! allows them again.",)
            assert jobs.toasts == ["All writes are stopped."]
            assert jobs.picture == picture
            await jobs.press("!", "y")
            assert not workspace.writes_stopped()
            assert jobs.banner == ()
            assert "STOPPED" not in jobs.title

    async def test_a_move_that_was_killed_is_told_with_what_resolves_it(self, workspace: Workspace) -> None:
        note_move(workspace, LOCAL_ADMIN, Move("PostgreSQL", were_stopped=False, by=DEAD_OWNER))
        async with at(workspace, "jobs") as driven:
            assert driven.title.endswith(" STOPPED")
            assert driven.banner[0].startswith("A move of this home to PostgreSQL was interrupted;")
            assert driven.banner[0].endswith("crossdock move --cancel")

    async def test_only_administrators(self, workspace: Workspace) -> None:
        """A vendor sees it and has no key for it."""
        stop_writes(workspace)
        async with at(workspace, "jobs", actor=VENDOR) as driven:
            assert driven.banner[0].endswith("An administrator can allow them again.")
            await driven.press("!")
            assert driven.app.screen is driven.screen
            assert workspace.writes_stopped()


class TestPreferences:
    @pytest.mark.parametrize(
        ("text", "wanted", "complaint"),
        [
            ("", Preferences(), ""),
            ('theme = "nord"\nspacing = "compact"', Preferences("nord", "compact"), ""),
            ('[keys]\n"jobs.cancel" = "x"', Preferences(keys={"jobs.cancel": "x"}), ""),
            ("theme = ", Preferences(), "ui.toml is not valid TOML and is ignored: Invalid value"),
            ("theme = 1", Preferences(), 'ui.toml: theme is a text in quotes: theme = "…".'),
            ('spacing = "wide"', Preferences(), "ui.toml: spacing is one of normal, compact, not wide."),
            ("[keys]\njobs.cancel = 'x'", Preferences(keys={"jobs.cancel": "x"}), ""),
            ('keys = "x"', Preferences(), "ui.toml: [keys] is not a line like jobs.cancel = "),
            ("[keys]\njobs.cancel = 1", Preferences(), "ui.toml: jobs.cancel is not a line like jobs.cancel = "),
            ('colour = "red"', Preferences(), "ui.toml: unknown key colour. Known are theme, "),
            ("mouse = 1", Preferences(), "ui.toml: mouse is true or false."),
        ],
    )
    def test_file(self, tmp_path: Path, text: str, wanted: Preferences, complaint: str) -> None:
        """What can be is taken, what cannot is said."""
        (tmp_path / "ui.toml").write_text(text)
        found = preferences.load(tmp_path)
        assert replace(found, complaints=()) == wanted
        assert [said.startswith(complaint) for said in found.complaints] == ([True] if complaint else [])

    def test_no_file(self, tmp_path: Path) -> None:
        """Nobody needs one, and one that cannot be read is said."""
        assert preferences.load(tmp_path) == Preferences()
        (tmp_path / "ui.toml").write_bytes(b"\xff")
        assert preferences.load(tmp_path).complaints[0].startswith("ui.toml cannot be read and is ignored:")

    async def test_takes_effect(self, settings: Settings, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """Theme, spacing and keys hold; the footer shows the new key, and what cannot be stands in the banner."""
        fill(workspace)
        add_worker(workspace)
        lines = ('theme = "crossdock-light"', 'spacing = "compact"', "[keys]", 'jobs.cancel = "x"', 'jobs.nap = "[/n]"')
        (settings.home / "ui.toml").write_text("\n".join(lines))
        async with jobs_screen(workspace) as jobs:
            assert jobs.app.theme == "crossdock-light"
            assert jobs.app.has_class("-compact")
            assert jobs.banner == ("ui.toml: no key has the id jobs.nap; docs/keys.md lists them all.",)
            assert jobs.picture == picture
            await jobs.press("j", "c")
            assert jobs.app.screen is jobs.screen
            await jobs.press("x")
            assert isinstance(jobs.app.screen, Confirm)


class TestKeymap:
    @pytest.fixture(autouse=True)
    def _screens(self) -> None:
        load_screens()

    @pytest.mark.parametrize(
        ("wanted", "taken", "complaint"),
        [
            ({"jobs.cancel": "x,delete"}, {"jobs.cancel": "x,delete"}, ""),
            ({"jobs.cancel": "?"}, {}, "jobs.cancel = 'question_mark' would hide \"Help\" (app.help)"),
            ({"jobs.cancel": "r"}, {}, "jobs.cancel = 'r' would hide \"Retry\" (jobs.retry)"),
            ({"jobs.cancel": "r", "jobs.retry": "c"}, {"jobs.cancel": "r", "jobs.retry": "c"}, ""),
            ({"table.down": "r"}, {}, "table.down = 'r' would hide "),
            ({"jobs.cancel": "y"}, {"jobs.cancel": "y"}, ""),
            ({"app.quit": "z"}, {"app.quit": "z"}, ""),
            ({"app.jump": "n"}, {}, "app.jump = 'n' would hide "),
            ({"table.up": "!"}, {}, "table.up = 'exclamation_mark' would hide "),
            ({"jobs.cancel": "crtl+x"}, {}, "jobs.cancel = 'crtl+x' names no key (crtl+x)"),
            ({"jobs.cancel": ""}, {}, "jobs.cancel = '' names no key"),
            ({"jobs.cancel": "ctrl+x"}, {"jobs.cancel": "ctrl+x"}, ""),
            ({"jobs.cancel": "minus,f5,/"}, {"jobs.cancel": "minus,f5,slash"}, ""),
            ({"[/x]": "y"}, {}, "no key has the id [/x]"),
        ],
    )
    def test_checked(self, wanted: dict[str, str], taken: dict[str, str], complaint: str) -> None:
        """No action loses its key without a word."""
        found, complaints = keymap.checked(wanted)
        assert found == taken
        assert [said.startswith(f"ui.toml: {complaint}") for said in complaints] == ([True] if complaint else [])

    def test_swap_that_fails_in_part(self) -> None:
        """What depended on a refused line is refused as well."""
        found, complaints = keymap.checked({"jobs.cancel": "r", "jobs.retry": "?"})
        assert found == {}
        assert len(complaints) == 2


class TestThemes:
    @pytest.mark.parametrize(
        ("wanted", "few", "theme", "complains"),
        [
            ("", False, "crossdock-dark", False),
            ("", True, "ansi-dark", False),
            ("nord", False, "nord", False),
            ("nord", True, "ansi-dark", False),
            ("ansi-light", True, "ansi-light", False),
            ("mauve", False, "crossdock-dark", True),
        ],
    )
    def test_chosen(self, settings: Settings, wanted: str, few: bool, theme: str, complains: bool) -> None:
        """Few colours go before taste, and an unknown name is said."""
        available = CrossdockApp(settings, Actor("admin")).available_themes
        chosen, complaint = themes.chosen(wanted, available, few_colours=few)
        assert chosen == theme
        assert bool(complaint) is complains


async def test_sentences_while_nothing_is_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading, failed, empty: each is said in place of the body, with the key that helps."""
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "why_stopped", lambda _: 1 / 0)
        async with at(workspace, "jobs") as driven:
            assert driven.banner[0].startswith("Nothing could be read yet: ZeroDivisionError: division by zero.")
            assert driven.sentence.endswith("It is tried again every second. q leaves.")
            patch.undo()
            await driven.refresh()
            assert driven.sentence.startswith("No job has run yet.")
            fill(workspace)
            await driven.refresh()
            assert driven.sentence == ""
            assert drawn(driven.table)
            assert driven.app.focused is driven.table
