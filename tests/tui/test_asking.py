"""The small windows that ask for one thing: a line, a choice, several choices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.screen import Screen

from core.errors import Unreachable
from tests.tui.driving import press
from tests.tui.forms_kit import HOSTILE, FormApp
from tui.widgets.ask import Ask
from tui.widgets.choice import Choice
from tui.widgets.fixed import FixedText
from tui.widgets.pick import SHOWN, Pick
from tui.widgets.pick_several import PickSeveral
from tui.widgets.table import Table


@asynccontextmanager
async def asked(screen: Screen[Any]) -> AsyncIterator[tuple[Pilot[None], list[Any]]]:
    """A window over an empty screen, and what it will give."""
    app = FormApp()
    answers: list[Any] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(screen, answers.append)
        await press(pilot)
        yield pilot, answers


def _even(text: str) -> str:
    if int(text) % 2:
        raise ValueError("it is odd")
    return str(int(text))


def _many(text: str) -> Sequence[Choice]:
    return [Choice(number, f"SKU-{number}") for number in range(1_000) if text in str(number)]


def _broken(text: str) -> Sequence[Choice]:
    raise Unreachable(f"The store is away {HOSTILE}.", next_step="Wait.")


class TestAsk:
    async def test_answer(self) -> None:
        """What is wrong is said and stays; what is right is given as it is meant."""
        async with asked(Ask(f"Which {HOSTILE}?", check=_even, hint="An even number.")) as (pilot, answers):
            await press(pilot, "enter")
            assert str(pilot.app.screen.query_one("#answer-note").content) == "! it is empty."
            await press(pilot, *"07", "enter")
            assert str(pilot.app.screen.query_one("#answer-note").content) == "! it is odd."
            await press(pilot, "backspace")
            assert str(pilot.app.screen.query_one("#answer-note").content) == "An even number."
            await press(pilot, *"8 ", "enter")
            assert answers == ["8"]

    async def test_left(self) -> None:
        """Escape gives nothing, an empty line only where it may be."""
        async with asked(Ask("Which?")) as (pilot, answers):
            await press(pilot, "x", "escape")
            assert answers == [None]
        async with asked(Ask("Which?", optional=True)) as (pilot, answers):
            await press(pilot, "f2")
            assert answers == [""]

    async def test_secret(self, picture: SnapshotAssertion) -> None:
        """It is not shown, and its blanks count."""
        async with asked(Ask("Password", secret=True)) as (pilot, answers):
            await press(pilot, *"[b] ")
            assert pilot.app.export_screenshot() == picture
            await press(pilot, "enter")
            assert answers == ["[b] "]


class TestPick:
    async def test_looks(self, picture: SnapshotAssertion) -> None:
        """A list at hand, hostile names included; the cursor is on the present choice."""
        choices = [Choice(1, "Alpha", "first"), Choice(2, HOSTILE, HOSTILE), Choice(3, "Gamma")]
        async with asked(Pick(f"Payment {HOSTILE}", choices, current=2)) as (pilot, answers):
            assert pilot.app.export_screenshot() == picture
            await press(pilot, "down", "down", "up", "down", "enter")
            assert answers == [choices[2]]

    async def test_best_match_first(self) -> None:
        """What begins with the text comes before what only holds it, and the cursor stands on it."""
        choices = [Choice("AE", "AE United Arab Emirates"), Choice("DE", "DE Germany"), Choice("x", "Made by hand")]
        async with asked(Pick("Country", choices)) as (pilot, answers):
            await press(pilot, *"de", "enter")
            assert answers == [choices[1]]

    async def test_no_match(self) -> None:
        """It says what to do, and takes nothing."""
        async with asked(Pick("Payment", [Choice(7, "Amazon")])) as (pilot, answers):
            await press(pilot, *"zz", "enter")
            assert str(pilot.app.screen.query_one("#found", FixedText).content) == "No match. Shorten the search."
            await press(pilot, "ctrl+u", "enter")
            assert answers == [Choice(7, "Amazon")]

    async def test_quick_fingers(self) -> None:
        """Enter waits for the list that belongs to the text."""
        async with asked(Pick("Product", _many)) as (pilot, answers):
            await press(pilot, *"99", "enter")
            assert answers == [Choice(99, "SKU-99")]

    async def test_many(self) -> None:
        """What is shown is limited and says so."""
        async with asked(Pick("Product", _many)) as (pilot, answers):
            assert str(pilot.app.screen.query_one("#found", FixedText).content) == "The first 300 of 1000; type more."
            assert pilot.app.screen.query_one(Table).key == 0
            for _ in range(SHOWN // 10):
                await pilot.press("pagedown")
            await press(pilot, "enter")
            assert answers[0].value == SHOWN - 1

    @pytest.mark.parametrize(
        ("source", "said"),
        [((), "There are none. Run: crossdock store verify"), (_broken, "! The store is away [bold]x[/foo]")],
        ids=["empty", "failed"],
    )
    async def test_nothing(self, source: Any, said: str) -> None:
        """It says why, takes nothing, and can be left."""
        pick = Pick("Payment", source, empty="There are none. Run: crossdock store verify")
        async with asked(pick) as (pilot, answers):
            assert str(pilot.app.screen.query_one("#found", FixedText).content).startswith(said)
            await press(pilot, "enter", "escape")
            assert answers == [None]


class TestPickSeveral:
    @pytest.mark.parametrize(
        ("keys", "values"),
        [
            (["enter"], ("b",)),
            (["space", "enter"], ("a", "b")),
            (["down", "space", "enter"], ()),
            (["a", "enter"], ("a", "b", "c")),
            (["a", "a", "enter"], ()),
            (["space", "escape"], None),
        ],
    )
    async def test_marks(self, keys: list[str], values: tuple[str, ...] | None) -> None:
        """Space marks one, a all or none; the values keep the order of the list."""
        async with asked(PickSeveral("Statuses", [Choice(c) for c in "abc"], "b")) as (pilot, answers):
            await press(pilot, *keys)
            assert answers == [values]
