"""What expires soon is said on every screen, and one key leads to what renews it; nothing else changes its look."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.errors import ConfigurationError
from core.model.account import MODE_PUBLIC, App, SellerAccount
from core.notifications import rotation, secrets
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.tui.driving import SIZES, SMALL, at, drawn, text_of
from tests.tui.rows import NOW, add_channel
from tests.tui.shop import Setup, sandboxed
from tests.unit.test_receiving import URL, FakeQueue, new_secret, take
from tui.forms.modal import FormModal
from tui.screen_list import SCREENS
from tui.screens.channels.authorize import Authorize
from tui.screens.settings.rotation import RotationWindow
from tui.widgets.banner import Banner
from tui.widgets.fixed import FixedText
from tui.widgets.text_pane import TextPane

SECRET = "The client secret of app app de"
QUEUE = {"queue_url": URL, "aws_access_key": "A", "aws_secret_key": "B"}


def ends(workspace: Workspace, *, secret: int | None = None, consent: int | None = None) -> None:
    """Let the client secret, or the authorization of a public app, end in so many days."""
    with workspace.database.write() as session:
        app, account = session.exec(select(App)).one(), session.exec(select(SellerAccount)).one()
        if secret is not None:
            app.secret_expires_at = NOW + timedelta(days=secret, hours=1)
        if consent is not None:
            app.mode, account.authorized_at = MODE_PUBLIC, NOW + timedelta(days=consent - 365, hours=1)
        session.add_all([app, account])


@pytest.fixture
def amazon(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A channel with a queue, and an Amazon that makes a secret whenever it is asked and takes every one."""
    calls: list[str] = []
    add_channel(workspace, notifications=QUEUE)
    monkeypatch.setattr(Workspace, "amazon_for", lambda *_, **__: None)
    monkeypatch.setattr(rotation, "rotate_client_secret", lambda client, subject: calls.append(subject))
    monkeypatch.setattr(secrets, "try_secret", lambda *_: None)
    return calls


async def test_every_screen_says_it_and_stays_still(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read again, nothing is sent to the terminal; with nothing near nothing is there, not even the key."""
    add_channel(workspace)
    async with at(workspace, "orders") as it:
        assert "expires" not in str(it.banner) and not it.app.check_action("renew", ())
        ends(workspace, secret=6)
        for entry in SCREENS:
            it.app.call_later(it.app.go, entry.name)
            await it.press()
            assert f"{SECRET} expires in 6 days. R renews it." in it.banner, entry.name
        monkeypatch.setattr(Banner, "update", lambda *_, **__: pytest.fail("it is drawn anew"))
        await it.refresh()


@pytest.mark.parametrize(
    ("days", "words"),
    [(29, "in 29 days"), (1, "in 1 day"), (0, "within a day"), (-2, "has expired"), (30, None)],
)
async def test_the_alarms(workspace: Workspace, days: int, words: str | None) -> None:
    add_channel(workspace)
    ends(workspace, secret=days)
    async with at(workspace, "home") as it:
        assert [sentence for sentence in it.banner if "client secret" in sentence and (words or "") in sentence] == (
            [f"{SECRET} {'expires ' * (days >= 0)}{words}. R renews it."] if words else []
        )


async def test_what_ends_first_is_said_with_the_number_of_others(workspace: Workspace) -> None:
    add_channel(workspace)
    ends(workspace, secret=20, consent=7)
    async with at(workspace, "jobs") as it:
        said = "The authorization of channel de expires in 7 days. R renews it. 1 more: see Health."
        assert said in it.banner
        await it.press("R")
        assert isinstance(it.app.screen, Authorize)


async def test_a_vendor_renews_the_authorization_and_no_secret(workspace: Workspace) -> None:
    channel = add_channel(workspace, company_id=7)
    ends(workspace, secret=5, consent=12)
    async with at(workspace, "home", actor=Actor("vera", False, channel.store_id, 7)) as it:
        assert f"{SECRET} expires in 5 days. An administrator can renew it. 1 more: see Health." in it.banner
        assert not it.app.check_action("renew", ())
        ends(workspace, secret=100)
        await it.refresh()
        assert it.app.check_action("renew", ())
    stranger = Actor("otto", False, channel.store_id, 8)
    async with at(workspace, "home", actor=stranger) as it:
        assert not [sentence for sentence in it.banner if "expires" in sentence]


def steps_of(window: Any) -> list[str]:
    return [line.split()[0] for line in window.query_one(TextPane).plain.splitlines()[:5]]


@SIZES
async def test_from_the_alarm_to_the_new_secret(
    workspace: Workspace, size: tuple[int, int], amazon: list[str], picture: SnapshotAssertion
) -> None:
    """Each step shows with its state, also when a worker takes it meanwhile; then the alarm is over."""
    ends(workspace, secret=3)
    async with at(workspace, "orders", size) as it:
        assert it.picture == picture(name=f"alarm-{size[0]}x{size[1]}")
        await it.press("R")
        window = it.app.screen
        assert isinstance(window, RotationWindow) and steps_of(window) == ["-"] * 5
        await it.press("f2")
        assert amazon == ["app app de"] and steps_of(window) == ["done", "now", "-", "-", "-"]
        assert it.picture == picture(name=f"asked-{size[0]}x{size[1]}")
        await it.press("f2")
        assert len(amazon) == 1
        take(workspace, FakeQueue(new_secret(client_id="client de")))
        window._read()
        await it.press()
        assert steps_of(window) == ["done", "done", "done", "done", "now"]
        assert text_of(window.query_one("#verdict", FixedText)) == "New client secret of app de: in use"
        assert it.picture == picture(name=f"in-use-{size[0]}x{size[1]}")
        await it.press("f2")
        assert len(amazon) == 1  # not by accident: the command line asks again while the old one serves
        await it.press("escape")
        await it.refresh()
        assert not [sentence for sentence in it.banner if "expires" in sentence]


async def test_what_amazon_refuses_is_said_with_the_way_by_hand(
    workspace: Workspace, amazon: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unenrolled(client: object, subject: str) -> None:
        raise ConfigurationError("The app is not enrolled.", next_step="Register a queue.")

    monkeypatch.setattr(rotation, "rotate_client_secret", unenrolled)
    async with at(workspace, "settings") as it:
        await it.press("right", "t", "f2")
        note = it.app.screen.query_one("#answer-note", Static)
        assert text_of(note) == "! The app is not enrolled. Register a queue." and note.has_class("wrong")
        await it.press("f4")
        assert isinstance(it.app.screen, FormModal)


async def test_by_hand_it_is_tried_before_it_is_used(home: Path, picture: SnapshotAssertion) -> None:
    """Without a queue the key leads to the form at once."""
    with Sandbox(orders=1, other_orders=0, products=2) as world, sandboxed(home, world) as workspace:
        from core import apps

        app = world.credentials()["app"]
        apps.add(workspace, LOCAL_ADMIN, app)
        async with at(workspace, "settings", SMALL, of=Setup) as it:
            await it.press("right", "t")
            await it.fill({"client_secret": "amzn1.oa2-cs.v1.00"})
            await it.save()
            assert it.errors == {"client_secret": "Amazon does not take it with this client id"}
            assert it.picture == picture
            new = world.rotate_secret("public")["client_secret"]
            await it.fill({"client_secret": new})
            await it.save()
            assert it.toasts[-1] == f"The new client secret of {app['name']} is in use."
        stored = apps.get(workspace, LOCAL_ADMIN, app["name"])
        assert (stored.client_secret, stored.previous_secret) == (new, app["client_secret"])


@SIZES
async def test_unreadable_messages(
    workspace: Workspace, size: tuple[int, int], amazon: list[str], picture: SnapshotAssertion
) -> None:
    """Why each was of no use, without a word of what it says; tried again, or dropped after a question."""
    strange = new_secret("hidden", client_id="amzn1.application-oa2-client.other")
    take(workspace, FakeQueue("hidden {", strange, taken=5))
    async with at(workspace, "notifications", size) as it:
        assert "new client secret" in it.rows[0] and "unknown" in it.rows[1]
        assert it.picture == picture(name=f"{size[0]}x{size[1]}") and "hidden" not in it.picture
        await it.press("r")
        assert it.toasts[-1] == "Message 2 still cannot be acted upon."
        with workspace.database.write() as session:
            app = session.exec(select(App)).one()
            app.client_id = "amzn1.application-oa2-client.other"
            session.add(app)
        await it.press("r")
        assert it.toasts[-1] == "Message 2 is done with."
        await it.press("d", "n")
        assert len(it.rows) == 1
        await it.press("d", "y")
        assert drawn(it.table)[1:] == [] and it.toasts[-1] == "Message 1 dropped."
