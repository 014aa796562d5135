"""Secrets and personal data at rest."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, text, update
from sqlalchemy.exc import StatementError
from sqlmodel import select

from core import keys, vault
from core.actor import LOCAL_ADMIN
from core.database import Database, upsert
from core.errors import VaultError
from core.keyring import encrypted_columns
from core.model.account import App, SecretRotation, SellerAccount
from core.model.channel import Channel
from core.model.notification import Notification, NotificationQueue
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.store import Store
from core.settings import Settings
from core.vault import close_vault, decrypt, encrypt, open_vault
from core.workspace import Workspace
from tests.unit.builders import DE, NOON, connect_channel, order_intent

VALID = "c2l4dGVlbi1ieXRlcy10d28tdGltZXMtaW4tYS1yb3c="


def key_file(home: Path, *keys: str, mode: int = 0o600) -> Path:
    path = home / "key"
    home.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(keys) + "\n")
    path.chmod(mode)
    return path


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_the_first_start_makes_a_key_for_the_owner_alone(home: Path) -> None:
    open_vault(Settings())
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600
    assert [file.name for file in home.iterdir()] == ["key"]


def test_a_second_start_uses_the_same_key(home: Path) -> None:
    open_vault(Settings())
    token = encrypt("hunter2")
    before = (home / "key").read_bytes()
    close_vault()
    open_vault(Settings())
    assert decrypt(token) == "hunter2"
    assert (home / "key").read_bytes() == before


def test_whoever_is_slower_takes_the_key_of_the_faster(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = new_key()
    make = Fernet.generate_key

    def slow() -> bytes:
        key_file(home, theirs)
        return make()

    monkeypatch.setattr(Fernet, "generate_key", slow)
    open_vault(Settings())
    assert Fernet(theirs).decrypt(encrypt("x")).endswith(b"x")
    assert [file.name for file in home.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o777])
def test_a_key_file_open_to_others_is_refused_with_the_remedy(home: Path, mode: int) -> None:
    path = key_file(home, new_key(), mode=mode)
    with pytest.raises(VaultError) as caught:
        open_vault(Settings())
    assert f"{mode:04o}" in caught.value.what
    assert caught.value.next_step == f"Run: chmod 600 {path}"


def test_a_credential_of_systemd_may_be_readable_by_its_group(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    key_file(home, key, mode=0o440).rename(home / "crossdock.key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home))
    open_vault(Settings())
    assert Fernet(key).decrypt(encrypt("x")).endswith(b"x")


@pytest.mark.parametrize("content", ["", "\n\n", "hunter2", "A" * 44, "ключ", VALID[:-4], f"{VALID}\nhunter2"])
def test_a_malformed_key_file_is_refused_without_showing_it(home: Path, content: str) -> None:
    path = key_file(home)
    path.write_text(content)
    with pytest.raises(VaultError) as caught:
        open_vault(Settings())
    assert str(path) in caught.value.what
    assert "hunter2" not in str(caught.value)


def test_a_malformed_key_of_the_environment_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_KEY", "hunter2")
    with pytest.raises(VaultError, match="CROSSDOCK_KEY") as caught:
        open_vault(Settings())
    assert "hunter2" not in str(caught.value)


def test_the_key_of_the_environment_wins_and_no_file_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    monkeypatch.setenv("CROSSDOCK_KEY", key)
    open_vault(Settings())
    assert Fernet(key).decrypt(encrypt("x")).endswith(b"x")
    assert not home.exists()


def test_a_missing_key_is_not_made_where_that_is_not_wanted(home: Path) -> None:
    with pytest.raises(VaultError, match="cannot be read"):
        open_vault(Settings(), create=False)
    assert not home.exists()


def test_a_folder_where_the_key_should_be_is_told(home: Path) -> None:
    (home / "key").mkdir(parents=True, mode=0o700)
    with pytest.raises(VaultError, match="cannot be read"):
        open_vault(Settings())


def test_a_key_that_cannot_be_made_is_told(home: Path) -> None:
    home.write_text("in the way")
    with pytest.raises(VaultError, match="cannot be written"):
        open_vault(Settings())


@pytest.mark.parametrize("separator", ["\n", ",", " ", "\r\n"])
def test_the_ring_reads_old_keys_and_writes_with_the_first(home: Path, separator: str) -> None:
    old, new = new_key(), new_key()
    key_file(home, old)
    open_vault(Settings())
    token = encrypt("hunter2")
    key_file(home).write_text(f"{new}{separator}{old}")
    open_vault(Settings())
    assert decrypt(token) == "hunter2"
    assert Fernet(new).decrypt(encrypt("x")).endswith(b"x")


def test_a_lost_key_says_what_to_do(home: Path) -> None:
    key_file(home, new_key())
    open_vault(Settings())
    token = encrypt("hunter2")
    key_file(home, new_key())
    open_vault(Settings())
    with pytest.raises(VaultError) as caught:
        decrypt(token)
    assert "backup" in caught.value.next_step
    assert "enter the credentials again" in caught.value.next_step
    assert caught.value.exit_code == 3
    assert encrypt("still works")


def test_nothing_is_encrypted_before_the_vault_is_open() -> None:
    with pytest.raises(VaultError, match="not open"):
        encrypt("x")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_every_text_survives_encryption_and_never_stands_in_it(words: str) -> None:
    vault._ring = vault._parse(new_key(), "test")
    token = encrypt(words)
    assert decrypt(token) == words
    assert len(words) < 12 or words.encode() not in token


def test_secret_columns_hold_no_plain_text(database: Database) -> None:
    connect_channel(database)
    with database.write() as session:
        session.add(
            AmazonOrder(
                account_id=1,
                order_id="1",
                marketplace_id="",
                status="",
                fulfilled_by="",
                created_at=NOON,
                updated_at=NOON,
                fingerprint="",
                raw={"buyer": {"buyerName": "Ada Lovelace"}, "odd": "\ud800\x00"},
            )
        )
    with database.read() as session:
        raw = session.connection().execute(text("SELECT raw FROM amazon_order")).scalar_one()
        secret = session.connection().execute(text("SELECT client_secret FROM app")).scalar_one()
        assert b"Ada" not in raw
        assert b"secret" not in secret
        assert session.exec(select(AmazonOrder.raw)).one() == {
            "buyer": {"buyerName": "Ada Lovelace"},
            "odd": "\ud800\x00",
        }
        assert session.exec(select(App.client_secret)).one() == "secret"


def test_no_secret_is_no_secret(database: Database) -> None:
    connect_channel(database)
    with database.read() as session:
        assert session.exec(select(App.previous_secret)).one() is None
        stored: Any = session.connection().execute(text("SELECT previous_secret FROM app")).scalar_one()
    assert stored is None


def test_reading_a_secret_with_a_lost_key_is_a_clear_error(database: Database, home: Path) -> None:
    connect_channel(database)
    key_file(home, new_key())
    open_vault(Settings())
    with database.read() as session:
        assert session.exec(select(App.client_id)).one() == "client"
        app = session.exec(select(App)).one()
    secret: Any = app.client_secret
    assert vault.is_sealed(secret)
    assert vault.secret_state(secret) == "unreadable"
    for use in (str, len, list, "{}".format, lambda s: s.encode(), lambda s: "x" + s, lambda s: s["key"]):
        with pytest.raises(VaultError, match="present key"):
            use(secret)


def test_an_unreadable_value_that_is_written_back_stays_for_the_day_the_key_returns(
    database: Database, home: Path
) -> None:
    connect_channel(database)
    ring = (home / "key").read_text()
    key_file(home, new_key())
    with database.write() as session:
        app = session.exec(select(App)).one()
        app.name, app.previous_secret = "renamed", app.client_secret
        session.add(app)
    key_file(home, ring.strip())
    with database.read() as session:
        app = session.exec(select(App)).one()
    assert (app.name, app.client_secret) == ("renamed", "secret")
    assert vault.is_sealed(app.previous_secret)  # it stands in a column that it was not written for


def test_a_value_opens_in_its_own_column_only(database: Database) -> None:
    connect_channel(database)
    with database.write() as session:
        session.connection().execute(text("UPDATE store SET api_key = (SELECT client_secret FROM app)"))
    with database.read() as session:
        assert vault.is_sealed(session.exec(select(Store.api_key)).one())
        assert session.exec(select(App.client_secret)).one() == "secret"
        token = session.connection().execute(text("SELECT api_key FROM store")).scalar_one()
    with pytest.raises(VaultError, match=r"app\.client_secret stands in store\.api_key"):
        decrypt(token, "store.api_key")


def test_values_written_before_they_knew_their_column_still_open(database: Database, home: Path) -> None:
    connect_channel(database)
    old = Fernet((home / "key").read_text().strip()).encrypt(b"written long ago")
    with database.write() as session:
        session.connection().execute(text("UPDATE app SET client_secret = :old"), {"old": old})
    with database.read() as session:
        assert session.exec(select(App.client_secret)).one() == "written long ago"


def test_a_running_process_follows_its_key_file(home: Path) -> None:
    open_vault(Settings())
    (old,) = vault.keys()
    vault.write_keys(home / "key", [new_key().encode(), old], replace=True)
    token = encrypt("x")
    assert len(vault.keys()) == 2
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(token)
    (home / "key").write_text("hunter2")  # half a rotation of somebody else
    assert decrypt(token) == "x"
    (home / "key").unlink()
    assert decrypt(encrypt("y")) == "y"


def test_the_ring_serves_all_threads(home: Path) -> None:
    open_vault(Settings())
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(encrypt("x")))
    thread.start()
    thread.join()
    assert decrypt(found[0]) == "x"


# -- rows -----------------------------------------------------------------------------------------------------------


def two_of_everything(database: Database) -> None:
    """Two rows in every table with an encrypted column, written in the ways that the program has."""
    with database.write() as session:
        for number in (1, 2):
            address = {"url": f"https://{number}.example", "email": "api@x.example", "currency": "EUR"}
            secrets = {"client_secret": f"secret {number}", "previous_secret": f"former {number}"}
            session.add(Store(name=f"s{number}", **address, api_key=f"key {number}"))
            session.add(App(name=f"a{number}", mode="private", client_id=f"c{number}", **secrets))
        session.flush()
        for number in (1, 2):
            account = {"region": "eu", "api_mode": "live", "seller_id": "S", "refresh_token": f"token {number}"}
            session.add(SellerAccount(app_id=number, **account))
            session.add(SecretRotation(app_id=number, secret=f"new {number}"))
        session.flush()
        for number in (1, 2):
            channel = {"name": f"n{number}", "account_id": number, "store_id": 1, "marketplace_id": DE}
            told = {"app_mode": "private", "app_status": "active", "notifications": {"n": number}}
            session.add(Channel(**channel, **told))
        session.flush()
        upsert(session, AmazonOrder, [order(1), order(2)], keys=["account_id", "order_id"], update=["raw"])
        upsert(session, AmazonOrder, [order(1), order(2)], keys=["account_id", "order_id"], update=["raw"])
        session.connection().execute(OutboxIntent.__table__.insert(), [intent(1), intent(2)])  # type: ignore[attr-defined]
        session.add(NotificationQueue(address="q"))
        session.flush()
        for number in (1, 2):
            told = {"notification_id": f"m{number}", "kind": "", "state": "unreadable", "body": f"body {number}"}
            session.add(Notification(queue_id=1, **told))


def order(number: int) -> dict[str, Any]:
    row = AmazonOrder(
        account_id=1,
        order_id=f"o{number}",
        marketplace_id=DE,
        status="",
        fulfilled_by="",
        created_at=NOON,
        updated_at=NOON,
        fingerprint="",
        raw={"n": number},
    )
    return row.model_dump(exclude={"id"})


def intent(number: int) -> dict[str, Any]:
    told = {"store_id": 1, "channel_id": 1, "subject": f"order o{number}", "kind": "order.create"}
    return order_intent(**told, content={"n": number}).model_dump(exclude={"id"})


def values_of(database: Database, column: Column[Any]) -> list[Any]:
    with database.read() as session:
        return list(session.connection().execute(select(column).order_by(column.table.c.id)).scalars())


ENCRYPTED = {f"{column.table.name}.{column.name}": column for column in encrypted_columns()}


@pytest.mark.parametrize("place", ENCRYPTED)
def test_a_value_opens_in_its_own_row_only(database: Database, place: str) -> None:
    two_of_everything(database)
    column = ENCRYPTED[place]
    told = [str(value) for value in values_of(database, column)]
    assert len(told) == 2
    assert all(str(number) in value for number, value in enumerate(told, 1))
    with database.write() as session:
        connection = session.connection()
        tokens = connection.execute(text(f"SELECT {column.name} FROM {column.table.name} ORDER BY id")).scalars().all()
        for number, token in zip((2, 1), tokens, strict=True):
            statement = text(f"UPDATE {column.table.name} SET {column.name} = :token WHERE id = :id")
            connection.execute(statement, {"token": token, "id": number})
    for value in values_of(database, column):
        assert vault.is_sealed(value)
        with pytest.raises(VaultError, match=f"of another row stands in {place}"):
            str(value)


@pytest.mark.parametrize("place", ENCRYPTED)
def test_values_bound_to_their_column_alone_open_and_the_next_rotation_binds_them_to_their_row(
    workspace: Workspace, place: str
) -> None:
    database, column = workspace.database, ENCRYPTED[place]
    two_of_everything(database)
    before = values_of(database, column)
    with database.write() as session:
        for number, value in enumerate(before, 1):
            old = encrypt(value if isinstance(value, str) else json.dumps(value), place)
            statement = text(f"UPDATE {column.table.name} SET {column.name} = :old WHERE id = :id")
            session.connection().execute(statement, {"old": old, "id": number})
    assert values_of(database, column) == before
    assert keys.rotate(workspace.settings, database, LOCAL_ADMIN).unreadable == 0
    assert values_of(database, column) == before
    with database.write() as session:
        taken = f"(SELECT {column.name} FROM {column.table.name} other WHERE other.id = 1)"
        session.connection().execute(text(f"UPDATE {column.table.name} SET {column.name} = {taken}"))
    assert [vault.is_sealed(value) for value in values_of(database, column)] == [False, True]


def test_what_a_value_is_bound_to_may_change_with_the_row(database: Database) -> None:
    two_of_everything(database)
    with database.write() as session:
        store, app = session.get_one(Store, 1), session.get_one(App, 1)
        store.url, app.client_id = "https://new.example", "new"
        session.flush()
        assert (store.api_key, app.client_secret) == ("key 1", "secret 1")
    with database.read() as session:
        assert session.get_one(Store, 1).api_key == "key 1"
        app = session.get_one(App, 1)
        assert (app.client_secret, app.previous_secret) == ("secret 1", "former 1")
    with database.write() as session:  # so an address that is exchanged behind the program's back never gets the key
        session.connection().execute(text("UPDATE store SET url = 'https://evil.example' WHERE id = 1"))
    with database.read() as session:
        assert vault.is_sealed(session.get_one(Store, 1).api_key)


def test_a_copied_value_belongs_to_the_row_it_was_copied_to(database: Database) -> None:
    two_of_everything(database)
    with database.write() as session:
        first, second = session.get_one(SellerAccount, 1), session.get_one(SellerAccount, 2)
        second.refresh_token = first.refresh_token
    assert values_of(database, ENCRYPTED["seller_account.refresh_token"]) == ["token 1", "token 1"]


def test_nothing_is_written_without_its_row(database: Database) -> None:
    two_of_everything(database)
    with pytest.raises(StatementError, match="without its row"), database.write() as session:
        session.exec(update(AmazonOrder).values(raw={"n": 3}))


def test_bytes_that_were_never_a_value_are_read_as_such(database: Database) -> None:
    two_of_everything(database)
    row = vault.row_of((1, "o1"))
    for junk in (b"", b"\x1e", b"\x00\xff\xfe", row + b"\x1e" + encrypt("{}", "amazon_order.raw", row)):
        with database.write() as session:
            session.connection().execute(text("UPDATE amazon_order SET raw = :junk WHERE id = 1"), {"junk": junk})
        assert vault.is_sealed(values_of(database, ENCRYPTED["amazon_order.raw"])[0])
