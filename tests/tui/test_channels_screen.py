"""Channels by keys: connecting private and public ones, every setting, copy and delete."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from syrupy.assertion import SnapshotAssertion

from core import apps, stores
from core.actor import LOCAL_ADMIN, Actor
from core.amazon.tokens import Revoked
from core.channels import registry
from core.model.store import StoreLookup
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.tui.driving import SIZES, at, text_of
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
                wanted = {"name", "region", "country", "client_id", "client_secret", "refresh_token", "seller_id"}
                assert set(it.errors) == wanted
                await it.fill({key: document[key] for key in CREDENTIALS} | {"refresh_token": "Atza|an-access-token"})
                await it.choose("region", "Europe")
                await it.choose("country", "Germany")
                await it.save()
                assert it.errors["refresh_token"].startswith("this is an access token")
                await it.fill({"refresh_token": document["refresh_token"][:-1] + "x"})
                await it.save()
                assert set(it.errors) == {"company_id"}
                await it.fill({"company_id": "1"})
                await it.save()
                assert set(it.errors) == {"refresh_token"}
                assert it.picture == picture
                await it.fill({"refresh_token": document["refresh_token"]})
                await it.save()
                assert "ok  marketplace      The seller takes part in DE." in it.checks
                await it.press("escape")
                assert it.rows[0].split() == [">", "de", "DE", "demo", "private", "enabled"]
                assert not any(document[key] in it.picture for key in ("client_secret", "refresh_token"))

    async def test_public(self, home: Path, world: Sandbox, picture: SnapshotAssertion) -> None:
        """The consent link goes out, the callback comes back; a foreign one names the way out."""
        documents = world.credentials()
        with sandboxed(home, world) as workspace:
            stores.add(workspace, LOCAL_ADMIN, documents["store"])
            apps.add(workspace, LOCAL_ADMIN, documents["app"])
            async with _channels(workspace) as it:
                await it.press("a")
                await it.fill({"name": "de", "company_id": "1"})
                await it.choose("app_mode", "public")
                await it.choose("region", "Europe")
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
                assert "waits for its seller" in it.rows[0]
                assert it.picture == picture
                await it.press("i")
                assert it.toasts[-1] == "Its seller has to authorize it first."
                await it.press("o")
                await it.paste(it.consent(world))
                await it.press("f2")
                assert "ok  amazon           Amazon takes the credentials." in it.checks
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
                    assert "ok  amazon           Amazon takes the credentials." in it.checks
                    await it.press("escape")
                    assert it.rows[0].endswith("enabled")


class TestSettings:
    VALUES = {  # noqa: RUF012 - a table
        "settings.orders_from": ("2026-01-01", "2025-12-31T23:00:00Z"),
        "settings.orders_to": ("2026-12-31 18:00", "2026-12-31T17:00:00Z"),
        "settings.exchange_rate": ("1.08", "1.08"),
        "settings.auto_pull_orders_minutes": ("15", 15),
        "settings.auto_pull_products_minutes": ("360", 360),
        "notifications.aws_access_key": ("AKIAPLANTED", "set"),
        "notifications.aws_secret_key": ("planted-secret", "set"),
        "notifications.role_arn": ("arn:aws:iam::123456789012:role/crossdock",) * 2,
        "notifications.queue_arn": ("arn:aws:sqs:eu-west-1:123456789012:orders",) * 2,
        "notifications.queue_url": ("https://sqs.eu-west-1.amazonaws.com/1/orders",) * 2,
        "company_id": ("7", 7),
    }
    SWITCHES = ("use_queue", "pull_orders", "push_shipments", "sync_products", "pull_products", "push_products")
    CHOSEN = {  # noqa: RUF012 - a table
        "app_status": "draft",
        "settings.fulfilment": "merchant",
        "settings.payments.prepaid": 2,
        "settings.payments.cod": 6,
        "settings.shipping.default": 1,
        "settings.shipping.EXPEDITED": 4,
        "settings.statuses.SHIPPED": "C",
        "settings.statuses.NO_STOCK": "B",
        "notifications.delivery": "sqs",
    }

    def _shop(self, workspace: Workspace) -> None:
        channel = add_channel(workspace)
        names = {"payment": {"2": "Card", "6": "At the door"}, "shipping": {"1": "Parcel", "4": "Over night"}}
        names["status"] = {"C": "Complete", "B": "Backordered [/b]"}
        with workspace.database.write() as session:
            for kind, found in names.items():
                for key, name in found.items():
                    session.add(StoreLookup(store_id=channel.store_id, kind=kind, key=key, name=name))

    async def test_every_one(self, workspace: Workspace) -> None:
        """Each field is set by keys, saved, and there again when the form is opened anew."""
        self._shop(workspace)
        before = registry.show(workspace, LOCAL_ADMIN, "de").settings
        async with _channels(workspace, size=(80, 24)) as it:
            await it.press("enter")
            await it.fill({name: typed for name, (typed, _) in self.VALUES.items()})
            for name in self.SWITCHES:
                await it.to(f"settings.{name}")
                await it.press("space")
            for name, value in self.CHOSEN.items():
                await it.step(name, value)
            await it.to("settings.order_statuses")
            await it.press("enter", "a", "enter")
            await it.to("settings.carriers")
            await it.press(*"u", "p", "s", "space", "equals_sign", "space", "f4", *"dhl", "enter")
            await it.save()
            assert it.app.screen is it.screen, it.errors
            kept = registry.show(workspace, LOCAL_ADMIN, "de")
            saved = _flat(kept)
            wanted = {name: value for name, (_, value) in self.VALUES.items()} | self.CHOSEN
            assert {name: saved.get(name) for name in wanted} == wanted
            assert {name: kept.settings[name] for name in self.SWITCHES} == {
                name: not before.get(name, name in ("use_queue", "pull_orders")) for name in self.SWITCHES
            }
            assert len(kept.settings["order_statuses"]) == 7
            assert kept.settings["carriers"] == {"ups": "DHL"}
            await it.press("enter")
            now = it.form.now
            assert now["settings.carriers"] == ("ups = DHL",)
            assert now["settings.orders_from"] == datetime(2025, 12, 31, 23, tzinfo=UTC)
            assert {name: now[name] for name in self.CHOSEN} == self.CHOSEN
            assert "planted-secret" not in it.picture
            await it.to("settings.carriers")
            await it.press("ctrl+u", "backspace")
            await it.to("settings.shipping.EXPEDITED")
            await it.press("left")
            await it.to("settings.orders_to")
            await it.press("ctrl+u")
            await it.save()
            emptied = registry.show(workspace, LOCAL_ADMIN, "de").settings
            assert emptied["carriers"] == {}
            assert "EXPEDITED" not in emptied["shipping"]
            assert emptied["orders_to"] is None

    async def test_wrong_ones(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """They are told at their fields, in whichever tab, with what would be right."""
        self._shop(workspace)
        async with _channels(workspace) as it:
            await it.press("enter")
            await it.fill({"settings.orders_from": "2026-02-01", "settings.orders_to": "2026-01-01"})
            await it.fill({"settings.exchange_rate": "much", "notifications.queue_arn": "arn:aws:sqs:eu:1:a.fifo"})
            await it.save()
            assert it.errors["settings.orders_to"] == "it is before orders_from"
            assert set(it.errors) == {"settings.orders_to", "settings.exchange_rate"}
            assert it.picture == picture
            await it.fill({"settings.orders_to": "", "settings.exchange_rate": ""})
            await it.to("settings.carriers")
            await it.press(*"ups", "equals_sign", *"upps")
            await it.save()
            assert "did you mean 'UPS'" in it.errors["settings.carriers"]
            await it.press("backspace", "backspace", "backspace", "backspace", *"UPS")
            await it.save()
            assert "FIFO" in it.errors["notifications.queue_arn"]

    async def test_somebody_else_was_faster(self, workspace: Workspace) -> None:
        """Nothing of theirs is overwritten."""
        self._shop(workspace)
        async with _channels(workspace) as it:
            await it.press("enter")
            registry.edit(workspace, Actor("ada"), {"name": "de", "settings": {"use_queue": False}})
            await it.fill({"settings.exchange_rate": "2"})
            await it.save()
            assert it.said.startswith("! channel de: ada has changed settings meanwhile.")
            assert registry.show(workspace, LOCAL_ADMIN, "de").settings.get("exchange_rate") is None


class TestList:
    @SIZES
    async def test_looks(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """States in words, and what to do about the channel under the cursor."""
        channel = add_channel(workspace, "de")
        workspace.park(channel.account_id, Revoked("Amazon refuses the refresh token [/b]."))
        async with _channels(workspace, size=size) as it:
            assert it.picture == picture

    async def test_switch_copy_delete(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is dangerous asks: deleting wants the name."""
        add_channel(workspace)
        monkeypatch.setattr("core.channels.registry._proven", lambda *_: [])
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
            assert _note(it) == "! it is another name."
            await it.press("ctrl+u", *"de", "enter")
            assert [row.split()[1] for row in it.rows] == ["fr"]


def _flat(channel: Any) -> dict[str, Any]:
    """A channel's settings by the names of the form's fields."""
    found: dict[str, Any] = {"app_status": channel.app_status, "company_id": channel.company_id}
    for group in ("settings", "notifications"):
        for key, value in getattr(channel, group).items():
            found[f"{group}.{key}"] = value
            if isinstance(value, dict):
                found |= {f"{group}.{key}.{inner}": item for inner, item in value.items()}
    return found
