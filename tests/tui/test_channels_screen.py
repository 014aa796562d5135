"""Channels by keys: connecting private and public ones, every setting, copy and delete."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from syrupy.assertion import SnapshotAssertion

from core import apps, stores
from core.actor import LOCAL_ADMIN
from core.amazon.tokens import Revoked
from core.channels import registry
from core.model.store import StoreLookup
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.tui.driving import LARGE, SMALL, at, text_of
from tests.tui.rows import add_channel
from tests.tui.shop import Setup, sandboxed

CREDENTIALS = ("name", "client_id", "client_secret", "refresh_token", "seller_id")


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """One sandbox for all tests here."""
    with Sandbox(orders=2, other_orders=0, products=4) as sandbox:
        yield sandbox


def _channels(workspace: Workspace, **options: Any) -> Any:
    return at(workspace, "channels", of=Setup, **options)


def _note(it: Setup) -> str:
    return text_of(it.app.screen.query_one("#answer-note"))


class TestConnecting:
    async def test_private(self, home: Path, world: Sandbox, picture: SnapshotAssertion) -> None:
        """Mistakes are told at their fields; what Amazon takes is saved, checked, and never shown again."""
        documents = world.credentials()
        document = documents["channel"]
        with sandboxed(home, world) as workspace:
            stores.add(workspace, LOCAL_ADMIN, documents["store"])
            async with _channels(workspace) as it:
                assert "Press a to add a channel" in it.detail
                await it.press("a", "f2")
                wanted = {"name", "country", "client_id", "client_secret", "refresh_token", "seller_id"}
                assert (set(it.errors), it.said) == (wanted, "! 6 fields to correct.")
                assert it.focused == "name"
                mistakes = {"name": "[de]", "refresh_token": "Atza|an-access-token", "seller_id": "A1PA6795UKMFR9"}
                await it.fill({key: document[key] for key in CREDENTIALS} | mistakes)
                await it.choose("country", "Germany")
                await it.save()
                assert set(it.errors) == set(mistakes)
                assert it.errors["refresh_token"].startswith("this is an access token")
                await it.fill({"name": "de", "seller_id": document["seller_id"]})
                await it.fill({"refresh_token": document["refresh_token"][:-1] + "x"})
                await it.save()
                assert set(it.errors) == {"company_id"}
                await it.choose("company_id", "Company 1")
                await it.save()
                assert set(it.errors) == {"refresh_token"}
                assert it.picture == picture
                await it.fill({"refresh_token": document["refresh_token"]})
                await it.save()
                assert "ok   marketplace      The seller takes part in DE." in it.checks
                await it.press("escape")
                assert it.rows[0].split() == [">", "de", "DE", "demo", "off", "enabled"]
                assert not any(document[key] in it.picture for key in ("client_secret", "refresh_token"))

    async def test_public(self, home: Path, world: Sandbox, picture: SnapshotAssertion) -> None:
        """The consent link goes out, the callback comes back; a foreign one names the way out."""
        documents = world.credentials()
        with sandboxed(home, world) as workspace:
            stores.add(workspace, LOCAL_ADMIN, documents["store"])
            apps.add(workspace, LOCAL_ADMIN, documents["app"])
            async with _channels(workspace) as it:
                await it.press("a")
                await it.fill({"name": "de"})
                await it.choose("company_id", "1")
                await it.choose("app_mode", "public")
                await it.choose("country", "DE")
                await it.save()
                callback = it.consent(world)
                await it.press("f4")
                assert it.app.clipboard.startswith(f"{world.amazon_url}/apps/authorize/consent?application_id=")
                assert _note(it) == "The link was sent to the terminal's clipboard."
                await it.paste(callback.replace("state=", "state=x"))
                await it.press("enter")
                assert _note(it).startswith("! Its state is not accepted: no authorization was begun with it here.")
                await it.press("escape")
                assert "waiting for its seller" in it.rows[0]
                assert it.picture == picture
                await it.press("i")
                assert it.toasts[-1] == "Its seller has to authorize it first: press o."
                await it.press("o")
                await it.paste(it.consent(world))
                await it.press("f2")
                assert "ok   amazon           Amazon takes the credentials." in it.checks
                await it.press("escape")
                assert it.rows[0].endswith("enabled")
            seller = registry.show(workspace, LOCAL_ADMIN, "de").seller_id
            assert seller == world.amazon.accounts[0].seller_id

    async def test_browser_that_comes_back_by_itself(self, home: Path) -> None:
        """A redirect URL of this machine needs no pasting; one that leads elsewhere says so."""
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            redirect = f"http://127.0.0.1:{probe.getsockname()[1]}/amazon"
        with Sandbox(orders=2, other_orders=0, products=4, redirect_uris=[redirect]) as world:
            documents = world.credentials()
            with sandboxed(home, world) as workspace:
                stores.add(workspace, LOCAL_ADMIN, documents["store"])
                apps.add(workspace, LOCAL_ADMIN, documents["app"] | {"redirect_url": "https://elsewhere.example/"})
                channel = documents["public_channel"] | {"name": "de", "settings": {}}
                registry.add(workspace, LOCAL_ADMIN, channel)
                async with _channels(workspace) as it:
                    await it.press("o", "f2")
                    assert _note(it) == "! Paste the address first."
                    await it.press("f5")
                    assert "does not lead to this machine" in _note(it)
                    apps.edit(workspace, LOCAL_ADMIN, {"name": documents["app"]["name"], "redirect_url": redirect})
                    before = it.link
                    await it.pilot.press("f5")
                    for _ in range(500):
                        if it.link != before:
                            break
                        await it.pilot.pause()
                    assert _note(it).startswith("Waiting for the browser.")
                    back = it.consent(world)
                    page = await asyncio.to_thread(requests.get, back, timeout=10)
                    assert page.status_code == 200
                    await it.press()
                    assert "ok   amazon           Amazon takes the credentials." in it.checks
                    await it.press("escape")
                    assert it.rows[0].endswith("enabled")


class TestSettings:
    def _shop(self, workspace: Workspace) -> None:
        channel = add_channel(workspace)
        names = {"payment": {"2": "Card", "6": "At the door"}, "shipping": {"1": "Parcel", "4": "Over night"}}
        names["status"] = {"C": "Complete", "B": "Backordered [/b]"}
        with workspace.database.write() as session:
            for kind, found in names.items():
                for key, name in found.items():
                    session.add(StoreLookup(store_id=channel.store_id, kind=kind, key=key, name=name))

    async def test_by_keys(self, workspace: Workspace) -> None:
        """One field of every kind, in several tabs; tests/unit/test_channel_form.py goes through all of them."""
        self._shop(workspace)
        async with _channels(workspace) as it:
            await it.press("enter")
            await it.to("settings.use_queue")
            await it.press("space")
            await it.fill({"settings.orders_from": "2026-01-01", "notifications.aws_access_key": "AKIAPLANTED"})
            await it.to("settings.order_statuses")
            await it.press("enter", "a", "enter")
            await it.choose("settings.payments.cod", "door")
            await it.to("settings.carriers")
            await it.press(*"ups", "equals_sign", "f4", *"dhl", "enter")
            await it.save()
            assert it.app.screen is it.screen, it.errors
            stored = registry.show(workspace, LOCAL_ADMIN, "de")
            assert stored.settings["use_queue"] is False
            assert stored.settings["orders_from"] == "2025-12-31T23:00:00Z"
            assert len(stored.settings["order_statuses"]) == 7
            assert stored.settings["payments"]["cod"] == 6
            assert stored.settings["carriers"] == {"ups": "DHL"}
            assert stored.notifications["aws_access_key"] == "set"

    async def test_wrong_ones(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """All are told at once, in whichever tab they are, with what would be right; the cursor goes to the first."""
        self._shop(workspace)
        async with _channels(workspace) as it:
            await it.press("enter")
            await it.fill({"settings.orders_from": "2026-02-01", "settings.orders_to": "2026-01-01"})
            await it.fill({"settings.exchange_rate": "much", "notifications.queue_arn": "arn:aws:sqs:eu:1:a.fifo"})
            await it.to("settings.carriers")
            await it.press(*"ups", "equals_sign", *"upps")
            await it.save()
            assert it.errors["settings.orders_to"] == "it is before Orders from"
            assert "did you mean 'UPS'" in it.errors["settings.carriers"]
            assert "FIFO" in it.errors["notifications.queue_arn"]
            assert (len(it.errors), it.said) == (4, "! 4 fields to correct.")
            assert it.focused == "settings.orders_to"
            assert it.picture == picture


class TestList:
    @pytest.mark.parametrize("size", [SMALL, LARGE, (200, 60)], ids=["80x24", "120x40", "200x60"])
    async def test_looks(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """States in words, and what to do about the channel under the cursor."""
        channel = add_channel(workspace, "de")
        workspace.park(channel.account_id, Revoked("Amazon refuses the refresh token [/b]."))
        async with _channels(workspace, size=size) as it:
            assert it.picture == picture

    async def test_wide_form(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """On a wide terminal the form is a window in the middle."""
        add_channel(workspace)
        async with _channels(workspace, size=(140, 45)) as it:
            await it.press("e", "pagedown", "pagedown", "pagedown")
            assert it.picture == picture

    async def test_switch_copy_delete(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is dangerous asks: deleting wants the name."""
        add_channel(workspace)
        monkeypatch.setattr("core.channels.registry._taken", lambda *_: [])
        async with _channels(workspace) as it:
            await it.press("t", "enter")
            assert it.rows[0].endswith("enabled")
            await it.press("t", "y")
            assert it.rows[0].endswith("disabled")
            await it.press("y")
            await it.fill({"name": "fr"})
            await it.choose("country", "DE")
            await it.save()
            assert it.errors["country"] == "channel de is that seller's channel for it already"
            await it.choose("country", "FR")
            await it.save()
            assert [row.split()[-1] for row in it.rows] == ["disabled", "disabled"]
            await it.press("d", *"fr", "enter")
            assert _note(it) == "! it is not the name of this channel."
            await it.press("ctrl+u", *"de", "enter")
            assert [row.split()[1] for row in it.rows] == ["fr"]
            assert it.toasts[-1] == "Channel de deleted. Its orders in the store stay."

    async def test_schedule(self, workspace: Workspace) -> None:
        """While it is off, list and details say so with the key; the usual interval is proposed."""
        add_channel(workspace)
        async with _channels(workspace) as it:
            assert it.rows[0].split()[-2:] == ["off", "enabled"]
            assert "off for orders: s sets it" in it.detail
            await it.press("s", "enter")
            assert it.rows[0].split()[-3:] == ["15", "min", "enabled"]
            assert "orders every 15 min" in it.detail
            assert it.toasts == ["Schedule of de, orders: every 15 min."]
