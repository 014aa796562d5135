"""Changing keys: rotation while others write, going on after a kill, and life after a loss."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlmodel import select

from core import apps, clock, keys, stores, vault
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.channels.views import list_channels
from core.database import Database
from core.errors import ConfigurationError, VaultError
from core.keyring import encrypted_columns
from core.model.account import App, SellerAccount
from core.model.job import Worker
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.store import Store
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.unit.builders import ELSEWHERE, connect_channel, order_intent


def raw_values(database: Database) -> list[bytes]:
    with database.read() as session:
        connection = session.connection()
        return [
            bytes(token)
            for column in encrypted_columns()
            for (token,) in connection.exec_driver_sql(
                f"SELECT {column.name} FROM {column.table.name} WHERE {column.name} IS NOT NULL"
            )
        ]


def add_orders(database: Database, count: int, **values: object) -> None:
    with database.write() as session:
        for number in range(count):
            row = {"account_id": 1, "order_id": f"o{number}", "marketplace_id": "", "status": "", "fulfilled_by": ""}
            moments = {"created_at": clock.now(), "updated_at": clock.now(), "fingerprint": "f", "raw": {"n": number}}
            session.add(AmazonOrder(**(row | moments | values)))


def rotate(workspace: Workspace, tell: keys.Tell = lambda done, total: None) -> keys.Rotation:
    return keys.rotate(workspace.settings, workspace.database, LOCAL_ADMIN, tell)


def lose_the_key(home: Path) -> None:
    (home / "key").unlink()
    vault.close_vault()


def test_everything_has_the_new_key_and_the_old_one_is_gone(workspace: Workspace, home: Path) -> None:
    connect_channel(workspace.database)
    add_orders(workspace.database, 1_200)
    old = Fernet((home / "key").read_text().strip())
    told: list[tuple[int, int]] = []
    done = rotate(workspace, lambda *progress: told.append(progress))
    assert (done.changed, done.unreadable, done.dropped) == (1_203, 0, 1)
    assert told[-1] == (1_203, 1_203)
    assert len((home / "key").read_text().split()) == 1
    for token in raw_values(workspace.database):
        with pytest.raises(InvalidToken):
            old.decrypt(token)
    with workspace.database.read() as session:
        assert session.exec(select(App.client_secret)).one() == "secret"
        assert session.exec(select(AmazonOrder.raw).where(AmazonOrder.order_id == "o7")).one() == {"n": 7}


def test_an_interrupted_rotation_goes_on(workspace: Workspace, home: Path) -> None:
    connect_channel(workspace.database)
    add_orders(workspace.database, 1_200)

    def killed(done: int, total: int) -> None:
        if done > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(workspace, killed)
    assert len((home / "key").read_text().split()) == 2
    with workspace.database.read() as session:
        assert {row.raw["n"] for row in session.exec(select(AmazonOrder)).all() if row.raw} == set(range(1_200))
    done = rotate(workspace)
    assert 0 < done.changed < 1_203
    assert len((home / "key").read_text().split()) == 1


def test_what_is_written_meanwhile_stays_readable(workspace: Workspace) -> None:
    connect_channel(workspace.database)
    add_orders(workspace.database, 600)
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            with workspace.database.write() as session:
                app = session.get_one(App, 1)
                written += 1
                app.client_secret = f"secret {written}"
                session.add(app)

    thread = threading.Thread(target=write)
    thread.start()
    for _ in range(3):
        rotate(workspace)
    stop.set()
    thread.join()
    with workspace.database.read() as session:
        assert session.exec(select(App.client_secret)).one() == f"secret {written}"


def test_a_key_of_the_environment_is_changed_by_hand(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_channel(workspace.database)
    old, new = (home / "key").read_text().strip(), vault.new_key().decode()
    for value, changes in ((old, False), (f"{new},{old}", True)):
        settings = Settings(home=home, key=value)
        vault.open_vault(settings)
        if changes:
            assert keys.rotate(settings, workspace.database, LOCAL_ADMIN).changed == 3
        else:
            with pytest.raises(ConfigurationError, match="CROSSDOCK_KEY") as caught:
                keys.rotate(settings, workspace.database, LOCAL_ADMIN)
            assert "openssl" in caught.value.next_step
    vault.open_vault(Settings(home=home, key=new))
    with workspace.database.read() as session:
        assert session.exec(select(App.client_secret)).one() == "secret"


def test_a_credential_of_systemd_is_changed_by_hand_and_a_linked_file_stays_linked(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_channel(workspace.database)
    kept = home.parent / "kept" / "crossdock.key"
    kept.parent.mkdir()
    (home / "key").rename(kept)
    (home / "key").symlink_to(kept)
    assert rotate(workspace).changed == 3
    assert (home / "key").is_symlink()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(kept.parent))
    with pytest.raises(ConfigurationError, match="the credential"):
        rotate(workspace)


def test_workers_on_other_hosts_have_to_be_stopped_first(workspace: Workspace, home: Path) -> None:
    with workspace.database.write() as session:
        session.add(Worker(owner=ELSEWHERE))
    before = (home / "key").read_text()
    with pytest.raises(ConfigurationError, match="another-host"):
        rotate(workspace)
    assert (home / "key").read_text() == before


def test_no_key_is_made_where_another_one_has_encrypted(workspace: Workspace, home: Path) -> None:
    connect_channel(workspace.database)
    lose_the_key(home)
    with pytest.raises(VaultError, match="missing") as caught, opened(Settings(home=home)):
        pass
    assert "--i-lost-the-old-one" in caught.value.next_step
    assert not (home / "key").exists()


def test_after_a_loss_everything_is_listed_and_says_what_to_enter(workspace: Workspace, home: Path) -> None:
    connect_channel(workspace.database)
    lose_the_key(home)
    missing = keys.replace_lost(Settings(home=home), workspace.database, LOCAL_ADMIN)
    assert [line.split(":")[0] for line in missing] == ["store main", "app app", "seller SELLER"]
    with opened(Settings(home=home)) as again:
        (channel,) = list_channels(again, LOCAL_ADMIN)
        assert (channel.state, channel.client_secret) == ("needs_authorization", "unreadable")
        assert "enter them again" in channel.state_reason
        (app,) = apps.list_apps(again, LOCAL_ADMIN)
        assert any("enter it again" in warning for warning in app.warnings)
        assert stores.show(again, LOCAL_ADMIN, "main").api_key == "unreadable"
        with again.database.read() as session:
            store = session.exec(select(Store)).one()
        with pytest.raises(VaultError, match="store main") as caught:
            again.store_client(store)
        assert "crossdock store edit" in caught.value.next_step
        with pytest.raises(VaultError, match="store main"):
            stores.edit(again, LOCAL_ADMIN, {"name": "main", "currency": "USD"}, verify=False)
        view = stores.edit(again, LOCAL_ADMIN, {"name": "main", "api_key": "new"}, verify=False)
        assert view.api_key == "set"
        assert keys.to_enter_again(again.database)[0].startswith("app app")
        assert any(told.startswith("seller SELLER") for told in keys.to_enter_again(again.database))
        with again.database.write() as session:
            session.exec(select(SellerAccount)).one().seller_id = ""
        assert not any(told.startswith("seller") for told in keys.to_enter_again(again.database))
        assert registry.set_enabled(again, LOCAL_ADMIN, "de", False).enabled is False


def test_after_a_loss_orders_are_read_again_or_forgotten(workspace: Workspace, home: Path) -> None:
    database = workspace.database
    channel = connect_channel(database)
    add_orders(database, 2, dirty=False)
    old = clock.now() - timedelta(days=31)
    add_orders(database, 1, order_id="old", updated_at=old, dirty=False)
    with database.write() as session:
        for number, state in ((0, "waiting"), (1, "verified")):
            intent = {"channel_id": channel.id, "kind": "order.create", "content": {"address": "x"}, "state": state}
            session.add(order_intent(store_id=1, subject=f"order o{number}", **intent))
    lose_the_key(home)
    keys.replace_lost(Settings(home=home), database, LOCAL_ADMIN)
    with database.read() as session:
        orders = {row.order_id: row for row in session.exec(select(AmazonOrder)).all()}
        (intent,) = session.exec(select(OutboxIntent)).all()
    assert [(orders[name].fingerprint, orders[name].dirty) for name in ("o0", "o1")] == [("", True)] * 2
    assert (orders["old"].raw, orders["old"].dirty) == (None, False)
    assert (intent.subject, intent.content) == ("order o1", None)


def test_a_new_key_beside_a_present_one_loses_nothing(workspace: Workspace, home: Path) -> None:
    connect_channel(workspace.database)
    assert keys.replace_lost(workspace.settings, workspace.database, LOCAL_ADMIN) == []
    assert len((home / "key").read_text().split()) == 2
