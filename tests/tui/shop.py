"""A sandbox to set up against by keys, and an empty home that talks to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from textual.events import Paste

from core.settings import Settings
from core.workspace import Workspace, opened
from sandbox.sandbox import Sandbox
from tests.tui.driving import Driven, settle
from tui.forms.form import Form
from tui.forms.modal import FormScreen
from tui.screens.settings.screen import SettingsScreen
from tui.widgets.checklist import Checklist
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane


@contextmanager
def sandboxed(home: Path, sandbox: Sandbox) -> Iterator[Workspace]:
    """An empty home whose Amazon is the sandbox's."""
    amazon = {"spapi_url": sandbox.amazon_url, "lwa_url": sandbox.lwa_url, "seller_central_url": sandbox.amazon_url}
    with opened(Settings(home=home, store_timeout=2.0, **amazon)) as workspace:
        yield workspace


class Setup(Driven):
    """The application while something is set up in it."""

    @property
    def table(self) -> Table:
        """The list that is open."""
        open_list = self.screen.section if isinstance(self.screen, SettingsScreen) else self.screen
        return open_list.query(Table).first()

    @property
    def top(self) -> FormScreen[object]:
        """The form on top."""
        screen = self.app.screen
        assert isinstance(screen, FormScreen), screen
        return screen

    @property
    def form(self) -> Form:
        """The form on top."""
        return self.top.form

    @property
    def focused(self) -> str:
        """The field with the focus."""
        return next((row.field.name for row in self.form.rows if row.has_focus_within), "")

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by field."""
        return {row.field.name: row.error for row in self.form.rows if row.error}

    @property
    def said(self) -> str:
        """What the form says as a whole."""
        return str(self.form.query_one("#form-said").content)

    @property
    def checks(self) -> str:
        """The open checklist as text."""
        screen = self.app.screen
        assert isinstance(screen, Checklist), screen
        return f"{screen.query_one('#verdict').content}\n{screen.query_one(TextPane).plain}"

    @property
    def detail(self) -> str:
        """The details of the line under the cursor."""
        return self.screen.section.query_one(TextPane).plain

    async def to(self, name: str) -> None:
        """Put the focus on a field."""
        number = next(n for n, tab in enumerate(self.form.tabs) if any(field.name == name for field in tab.fields))
        if number != self.form.tab:
            self.form.open(number)
            await self.pilot.pause()
        next(row for row in self.form.rows if row.field.name == name).enter()
        await self.pilot.pause()
        assert self.focused == name

    async def walk(self, name: str) -> None:
        """Go to a field by keys, as people do."""
        for _ in range(60):
            if self.focused == name:
                return
            shown = {field.name for field in self.form.tabs[self.form.tab].fields}
            await self.pilot.press("tab" if name in shown else "pagedown")
        raise AssertionError(f"No way to {name}.")

    async def paste(self, text: str) -> None:
        """Paste into the field with the focus, in place of what it holds: the way of long credentials."""
        if getattr(self.app.focused, "value", ""):
            await self.pilot.press("ctrl+u", "ctrl+k")
        self.app.post_message(Paste(text))
        await self.pilot.pause()

    async def fill(self, values: Mapping[str, str]) -> None:
        """Paste values into the fields of a form."""
        for name, value in values.items():
            await self.to(name)
            await self.paste(value)

    async def walk_and_fill(self, values: Mapping[str, str]) -> None:
        """Paste values into the fields of a form; keys lead from one to the next."""
        for name, value in values.items():
            await self.walk(name)
            await self.paste(value)

    async def choose(self, name: str, words: str) -> None:
        """Choose from the list of a field by typing."""
        await self.to(name)
        await self.press("enter")
        await self.type(words)
        await self.press("enter")

    @property
    def link(self) -> str:
        """The link to the consent page in the open window."""
        return self.app.screen.query_one(TextPane).plain.split("\n")[2]

    def consent(self, sandbox: Sandbox) -> str:
        """What a browser shows after the seller has agreed at the link of the open window."""
        wanted = {"auto": "1", "seller": sandbox.amazon.accounts[0].seller_id}
        return requests.get(self.link, params=wanted, allow_redirects=False, timeout=10).headers["Location"]

    async def step(self, name: str, value: object) -> None:
        """Step with the arrow key to a choice."""
        await self.to(name)
        for _ in range(30):
            if self.form.now[name] == value:
                return
            await self.pilot.press("right")
        raise AssertionError(f"{name} does not offer {value!r}.")

    async def save(self) -> None:
        """Save, and wait for the answer."""
        await self.press("f2")
        await settle(self.pilot)
