"""Stores in the settings, by keys, against the sandbox's store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from syrupy.assertion import SnapshotAssertion

from core import stores
from core.actor import LOCAL_ADMIN, Actor
from core.people import login, operators
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.tui.driving import SIZES, at
from tests.tui.shop import Setup, sandboxed
from tui.forms.text_controls import TextControl

STORE = {"name": "main", "url": "https://shop.example", "email": "api@shop.example", "api_key": "planted-key"}


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """One sandbox for all tests here: they only look, or create what is looked up by its name."""
    with Sandbox(orders=2, other_orders=0, products=4) as sandbox:
        yield sandbox


def _settings(workspace: Workspace, **options: Any) -> Any:
    return at(workspace, "settings", of=Setup, **options)


class TestAdding:
    async def test_from_nothing_to_prepared(self, home: Path, world: Sandbox) -> None:
        """A wrong key is told at its field; then the probe, what imports need, and its creation follow each other."""
        document = world.credentials()["store"]
        with sandboxed(home, world) as workspace:
            async with _settings(workspace) as it:
                assert "Press a to add one" in it.detail
                await it.press("a")
                await it.fill({key: document[key] for key in ("name", "url", "email", "currency")} | {"api_key": "no"})
                await it.save()
                assert it.errors == {"api_key": "It refuses the e-mail address or the API key."}
                assert it.said.startswith("! 1 field to correct. Check both in the store")
                assert stores.list_stores(workspace, LOCAL_ADMIN) == []
                await it.fill({"api_key": document["api_key"]})
                await it.save()
                assert it.checks.startswith("Store demo: all in order\nok   sign in")
                await it.press("f2")
                assert it.checks.split("\n")[1].startswith("FAIL tax")
                assert "f2 creates it." in it.checks
                await it.press("f2")
                assert it.checks.startswith("Prepared demo: all in order")
                await it.press("f2", "escape")
                assert it.rows[0].startswith("> demo")
                assert "tax 7" in it.detail
                assert document["api_key"] not in it.picture

    async def test_wrong_documents(self, workspace: Workspace) -> None:
        """Each wrong value stands at its field, before anybody is asked."""
        async with _settings(workspace) as it:
            await it.press("a", "f2")
            assert set(it.errors) == {"name", "url", "email", "api_key", "currency"}
            wrong = {"name": "[/b]", "url": "http://shop.example", "email": "me", "api_key": "k", "currency": "euro"}
            await it.fill(wrong)
            await it.save()
            assert set(it.errors) == {"name", "url", "email", "currency"}
            assert it.focused == "name"
            assert it.said == "! 4 fields to correct."


class TestEditing:
    async def test_somebody_else_was_faster(self, workspace: Workspace) -> None:
        """What they changed is said, and what was entered is not saved."""
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        async with _settings(workspace) as it:
            await it.press("enter")
            await it.fill({"currency": "CHF"})
            stores.edit(workspace, Actor("ada"), {"name": "main", "currency": "USD"}, verify=False)
            await it.save()
            assert it.said.startswith("! store main: ada has changed currency meanwhile.")
            await it.press("escape", "y")
            assert "Currency       USD" in it.detail

    async def test_a_key_that_nothing_opens(self, workspace: Workspace) -> None:
        """Who has lost the key of the vault is not told that the API key is there."""
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        with workspace.database.write() as session:
            session.connection().execute(text("UPDATE store SET api_key = :lost"), {"lost": b"of another key"})
        async with _settings(workspace) as it:
            await it.press("enter")
            placeholders = [control.placeholder for control in it.app.screen.query(TextControl)]
            assert "unreadable; type it again" in placeholders
            assert "set; type to replace it" not in placeholders

    async def test_nothing_changed(self, workspace: Workspace) -> None:
        """Saving without a change asks nobody."""
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        async with _settings(workspace) as it:
            await it.press("enter", "f2")
            assert it.toasts == ["Store main saved."]
            assert stores.show(workspace, LOCAL_ADMIN, "main").revision == 1

    async def test_unreachable(self, workspace: Workspace) -> None:
        """A store that is away is told at its address, and in the checklist."""
        stores.add(workspace, LOCAL_ADMIN, STORE | {"url": "http://127.0.0.1:1"}, verify=False)
        async with _settings(workspace) as it:
            await it.press("v")
            assert it.checks.startswith("Store main: 1 of 1 not in order\nFAIL sign in")
            await it.press("f2", "escape", "enter")
            await it.fill({"currency": "CHF"})
            await it.save()
            assert set(it.errors) == {"url"}

    async def test_https_typed_for_http(self, home: Path, world: Sandbox) -> None:
        """The address to try is said; nothing is found out later, because nothing was done."""
        document = world.credentials()["store"]
        wrong = STORE | {"url": document["url"].replace("http:", "https:")}
        with sandboxed(home, world) as workspace:
            stores.add(workspace, LOCAL_ADMIN, wrong, verify=False)
            async with _settings(workspace) as it:
                await it.press("enter")
                await it.fill({"currency": "CHF"})
                await it.save()
                assert it.errors == {"url": "No TLS at this address."}
                assert it.said == f"! 1 field to correct. Try {document['url']}"


class TestDeleting:
    async def test_asks(self, workspace: Workspace) -> None:
        """The harmless answer has the focus."""
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        async with _settings(workspace) as it:
            await it.press("d", "enter")
            assert len(it.rows) == 1
            await it.press("d", "y")
            assert it.rows == []
            assert it.toasts == ["Store main deleted. The store itself stays as it is."]


class TestLooks:
    @SIZES
    async def test_list(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """A list with details, a hostile address included."""
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        odd = STORE | {"name": "odd", "email": "[/red]\x1b[2J@\u202e"}
        stores.add(workspace, LOCAL_ADMIN, odd, verify=False)
        async with _settings(workspace, size=size) as it:
            await it.press("j")
            assert it.picture == picture

    @pytest.mark.usefixtures("quick_hashes")
    async def test_vendor(self, workspace: Workspace) -> None:
        """A vendor sees neither the stores nor their keys, and changes the own password by the present one."""
        stores.add(workspace, LOCAL_ADMIN, STORE, verify=False)
        operators.add(workspace, LOCAL_ADMIN, "ada", role="admin", password="correct horse")
        operators.add(
            workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=7, password="battery staple"
        )
        vendor = login.change_password(workspace, "vera", "battery staple", "battery staple 2")
        async with _settings(workspace, actor=vendor) as it:
            assert it.rows == ["> vera         vendor 7 of main may log in"]
            await it.press("a", "o", "d", "w")
            assert it.app.screen is it.screen
            await it.press("p")
            await it.fill({"old": "wrong", "password": "another staple", "again": "another staple"})
            await it.save()
            assert set(it.errors) == {"old"}
            await it.fill({"old": "battery staple 2"})
            await it.save()
            assert it.toasts == ["Password changed."]
            assert operators.list_operators(workspace, vendor) == []  # that session is over
            assert [view.name for view in operators.list_operators(workspace, it.screen.actor)] == ["vera"]
            assert it.rows == ["> vera         vendor 7 of main may log in"]
