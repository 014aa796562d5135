"""The login screen: who gets in, what is said to who does not, and what a vendor's session cannot do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, Static

from core.actor import LOCAL_ADMIN
from core.people import operators
from core.people.audit import list_entries
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.tui.driving import SIZES, SMALL, Driven, settle, text_of
from tests.unit.builders import connect_channel
from tui.app import CrossdockApp
from tui.screens.home.screen import HomeScreen
from tui.screens.login import LoginScreen

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _people(home: Path, quick_hashes: None) -> None:
    """An admin and a vendor."""
    with opened(Settings(home=home)) as workspace:
        connect_channel(workspace.database)
        operators.add(workspace, LOCAL_ADMIN, "alice", role="admin", password=PASSWORD)
        operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=1, password=PASSWORD)


@asynccontextmanager
async def login_screen(settings: Settings, size: tuple[int, int] = SMALL) -> AsyncIterator[Driven]:
    """The application as SSH starts it; the environment names an admin, which must not matter."""
    app = CrossdockApp(settings.model_copy(update={"operator": "admin"}), LOCAL_ADMIN, login=True)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, LoginScreen)
        yield Driven(pilot)


def note(driven: Driven) -> str:
    return text_of(driven.app.screen.query_one("#note", Static))


async def enter(driven: Driven, *lines: str) -> None:
    """Fill the lines one after the other, each with Enter."""
    for line in lines:
        focused = driven.app.screen.focused
        assert isinstance(focused, Input)
        focused.value = line
        await driven.press("enter")


@SIZES
async def test_picture(settings: Settings, size: tuple[int, int], picture: SnapshotAssertion) -> None:
    """Complete without a mouse; nothing of the installation is told."""
    async with login_screen(settings, size) as driven:
        await enter(driven, "alice", "not the one")
        assert picture == driven.picture


async def test_name_and_password_let_in(settings: Settings, workspace: Workspace) -> None:
    """By keys alone; before that no place can be gone to, and no switch be thrown."""
    async with login_screen(settings) as driven:
        driven.app.screen.query_one("#name", Input).disabled = True
        await driven.press("9", "exclamation_mark", "ctrl+o")
        assert isinstance(driven.app.screen, LoginScreen)
        driven.app.screen.query_one("#name", Input).disabled = False
        driven.app.screen.query_one("#name", Input).value = ""
        driven.app.screen.query_one("#name", Input).focus()
        await settle(driven.pilot)
        await enter(driven, "alice", "wrong password")
        assert note(driven).startswith("! Name or password is wrong.")
        await enter(driven, PASSWORD)
        assert isinstance(driven.app.screen, HomeScreen)
        assert driven.app.actor is not None
        assert driven.app.actor.name == "alice"
    assert list_entries(workspace.database, LOCAL_ADMIN)[0].action == "login"


async def test_a_name_nobody_has_is_answered_alike_and_locked(settings: Settings) -> None:
    """Five wrong ones, then nothing is tried; the lock says for how long."""
    async with login_screen(settings) as driven:
        answers = {}
        for name in ("nobody", "alice"):
            driven.app.screen.query_one("#name", Input).value = name
            await driven.press("enter")
            for _ in range(6):
                await enter(driven, "not the one")
            answers[name] = note(driven)
        assert answers["nobody"] == answers["alice"]
        assert "Too many wrong passwords" in answers["alice"]
        assert "1 minute" in answers["alice"]
        await enter(driven, PASSWORD)
        assert isinstance(driven.app.screen, LoginScreen)


async def test_a_given_password_has_to_be_changed(settings: Settings) -> None:
    """The screen asks for a new one, twice, and then lets in; the vendor sees nothing for admins."""
    async with login_screen(settings) as driven:
        await enter(driven, "vera", PASSWORD)
        assert "given to you by an administrator" in note(driven)
        await enter(driven, "battery staple", "battery stable")
        assert "not the same" in note(driven)
        await enter(driven, "battery staple")
        assert isinstance(driven.app.screen, HomeScreen)
        assert driven.app.actor is not None
        assert not driven.app.actor.is_admin
        assert driven.app.check_action("stop_writes", ()) is False


async def test_whoever_likes_chooses_a_new_password(settings: Settings, workspace: Workspace) -> None:
    """F3 asks for it, also one that is too short is told, and F3 again asks no more."""
    async with login_screen(settings) as driven:
        await driven.press("f3", "f3", "f3")
        await enter(driven, "alice", PASSWORD, "short", "short")
        assert "at least 10" in note(driven)
        await enter(driven, "battery staple", "battery staple")
        assert isinstance(driven.app.screen, HomeScreen)
    assert list_entries(workspace.database, LOCAL_ADMIN)[0].action == "operator.passwd"
