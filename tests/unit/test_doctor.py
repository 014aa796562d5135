"""The doctor finds what is wrong, goes on where something is broken, changes nothing and tells no secret."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlmodel import select

from core import vault
from core.actor import LOCAL_ADMIN, Actor
from core.checks import Check, checklist
from core.database import Database, open_database
from core.doctor import examine
from core.errors import RightsError
from core.model.account import NOT_YET, App, SellerAccount
from core.model.job import JobState, Worker
from core.model.order import AmazonOrder
from core.model.schedule import Schedule
from core.model.setting import GlobalSetting
from core.model.store import Store
from core.settings import Settings, load
from core.workspace import STOP_WRITES
from tasks.queue import look, make_queue
from tests.unit.builders import DE, NOON, FakeClock, add_job, connect_channel

API_KEY = "planted-api-key"
SECRET = "amzn1.oa2-cs.v1.plantedsecret"
TOKEN = "Atzr|plantedtoken"
BUYER = "Planted Buyer"
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A sound installation whose secrets and personal data can be told from everything else."""
    (home / "crossdock.db").chmod(0o600)
    monkeypatch.setattr("core.clock.install", lambda *_: None)  # the clock of the test stays
    monkeypatch.setattr("core.clock._current", FakeClock())
    channel = connect_channel(database)
    with database.write() as session:
        store, app = session.get_one(Store, 1), session.get_one(App, 1)
        store.api_key, store.email, store.probed_at = API_KEY, "planted@shop.example", NOON
        app.client_secret = SECRET
        session.get_one(SellerAccount, 1).refresh_token = TOKEN
        session.add(Schedule(channel_id=channel.id or 0, stream="orders", every_minutes=15, next_run=NOON + HOUR))
        session.add(Worker(owner="elsewhere:1/77/100/x", started_at=NOON, beat_at=NOON))
        session.add(
            AmazonOrder(
                account_id=1, order_id="1", marketplace_id=DE, status="UNSHIPPED", fulfilled_by="MERCHANT",
                created_at=NOON, updated_at=NOON, fingerprint="f", raw={"buyer": BUYER}, dirty=False,
            )
        )  # fmt: skip
    return database


def examined(queue: Callable[[Settings], Check] = look) -> dict[str, Check]:
    return {check.name: check for check in examine(load(), LOCAL_ADMIN, queue=queue)}


def failed() -> list[str]:
    return [name for name, check in examined().items() if not check.ok]


def test_a_sound_installation_passes_and_is_described(clinic: Database) -> None:
    checks = examined()
    assert not failed()
    assert set(checks) == {
        "versions", "settings", "clock", "home", "files", "disk", "logs", "key", "queue", "database", "schema",
        "integrity", "encrypted data", "writes", "workers", "jobs", "store main", "app app: client secret",
        "channel de",
    }  # fmt: skip
    assert "Python 3." in checks["versions"].message
    assert checks["channel de"].message.startswith("DE, live, active; enabled; nothing imported yet")


def _change(model: type[Any], **values: Any) -> Callable[[Database, Path], None]:
    def change(database: Database, home: Path) -> None:
        with database.write() as session:
            row = session.exec(select(model)).one()
            for name, value in values.items():
                setattr(row, name, value)

    return change


def _stop(database: Database, home: Path) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key=STOP_WRITES, value=True))


@pytest.mark.parametrize(
    ("break_it", "name", "fix"),
    [
        (lambda database, home: (home / "crossdock.db").chmod(0o644), "files", "chmod 600"),
        (lambda database, home: home.chmod(0o777), "home", "chmod 700"),
        (lambda database, home: (home / "key").chmod(0o644), "key", "chmod 600"),
        (_change(Worker, beat_at=NOON - HOUR), "workers", "crossdock worker"),
        (lambda database, home: add_job(database, created_at=NOON - HOUR), "jobs", "crossdock jobs cancel"),
        (
            lambda database, home: add_job(database, state=JobState.RUNNING, lease_until=NOON - HOUR),
            "jobs",
            "Start a worker",
        ),
        (_change(Store, probed_at=None), "store main", "crossdock store verify main"),
        (_change(App, secret_set_at=NOON - timedelta(days=180)), "app app: client secret", "new secret"),
        (_change(SellerAccount, state="needs_authorization"), "channel de", "crossdock channel edit"),
        (_change(Schedule, next_run=NOON - HOUR), "channel de", "crossdock worker"),
        (_stop, "writes", "stop-writes off"),
    ],
)
def test_what_is_wrong_fails_with_a_fix(
    clinic: Database, home: Path, break_it: Callable[[Database, Path], None], name: str, fix: str
) -> None:
    break_it(clinic, home)
    found = examined()
    assert not found[name].ok
    assert fix in found[name].fix


def test_a_channel_whose_seller_never_gave_a_consent_is_sent_to_it(clinic: Database) -> None:
    _change(App, mode="public")(clinic, Path())
    _change(SellerAccount, state="needs_authorization", state_reason=NOT_YET)(clinic, Path())
    check = examined()["channel de"]
    assert not check.ok
    assert check.message == NOT_YET
    assert "crossdock channel authorize" in check.fix


def test_a_public_app_has_a_countdown_of_its_authorization(clinic: Database) -> None:
    _change(App, mode="public")(clinic, Path())
    _change(SellerAccount, authorized_at=NOON - timedelta(days=350))(clinic, Path())
    check = examined()["channel de: authorization"]
    assert check.ok
    assert "15 days" in check.message
    assert "crossdock channel authorize de" in check.fix


def test_jobs_that_wait_for_their_time_are_not_stuck(clinic: Database) -> None:
    add_job(clinic, created_at=NOON - HOUR, state=JobState.WAITING, not_before=NOON + HOUR)
    add_job(clinic, created_at=NOON - HOUR, state=JobState.RUNNING, lease_until=NOON + HOUR)
    assert not failed()


class TestSilence:
    """Nothing that was planted comes out."""

    def shown(self) -> str:
        return json.dumps(checklist(list(examined().values())), ensure_ascii=False)

    def holds_nothing_planted(self, told: str) -> bool:
        return not any(word in told.lower() for word in ("planted", "atzr", "oa2-cs", "buyer"))

    def test_about_a_sound_installation(self, clinic: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        key = (home / "key").read_text().strip()
        monkeypatch.setenv("CROSSDOCK_KEY", key)
        monkeypatch.setenv("CROSSDOCK_TOKEN", "planted-operator-token")
        monkeypatch.setenv("CROSSDOCK_QUEUE_URL", "redis://planted-user:planted-password@127.0.0.1:1/0")
        told = self.shown()
        assert "CROSSDOCK_TOKEN=***" in told
        assert "127.0.0.1:1/0" in told
        assert key not in told
        assert self.holds_nothing_planted(told)

    def test_when_reasons_repeat_secrets(self, clinic: Database) -> None:
        reason = f"refused {TOKEN} of {SECRET}, planted@shop.example, api_key={API_KEY}"
        _change(SellerAccount, state="needs_authorization", state_reason=reason)(clinic, Path())
        told = self.shown()
        assert "It needs to be authorized again: refused ***" in told
        assert self.holds_nothing_planted(told)

    def test_when_the_database_cannot_be_reached(self, clinic: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        url = "postgresql+psycopg://planted-user:planted-password@127.0.0.1:1/planted?connect_timeout=1"
        monkeypatch.setenv("CROSSDOCK_DATABASE_URL", url.replace("/planted", "/shop"))
        assert not examined()["database"].ok
        assert self.holds_nothing_planted(self.shown())


class TestBroken:
    def test_rows_that_the_key_does_not_open_are_counted_by_table(self, clinic: Database, home: Path) -> None:
        (home / "key").write_bytes(Fernet.generate_key())
        check = examined()["encrypted data"]
        assert not check.ok
        assert check.message.endswith("in: app (1), store (1), seller_account (1), amazon_order (1).")

    def test_without_the_key_everything_else_is_examined(self, clinic: Database, home: Path) -> None:
        (home / "key").unlink()
        found = examined()
        assert not found["key"].ok
        assert "encrypted data" not in found
        assert found["channel de"].ok

    def test_a_file_that_is_no_database(self, clinic: Database, home: Path) -> None:
        clinic.close()
        for file in home.glob("crossdock.db*"):
            file.write_bytes(b"not a database, " * 1000)
        found = examined()
        assert not found["database"].ok
        assert "channel de" not in found

    @pytest.mark.parametrize(("revision", "fix"), [("0001", "brings it up to date"), ("9999", "newer Crossdock")])
    def test_a_schema_of_another_version(self, clinic: Database, revision: str, fix: str) -> None:
        with clinic.write() as session:
            session.connection().execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
        found = examined()
        assert fix in found["schema"].fix
        assert "channel de" not in found

    def test_a_queue_that_cannot_be_used(self, clinic: Database, home: Path) -> None:
        (home / "queue.db").write_bytes(b"not a database, " * 1000)
        assert not examined()["queue"].ok

    def test_a_test_clock_that_is_none(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CROSSDOCK_TEST_CLOCK", "soon")
        assert not examined()["clock"].ok


def test_a_new_home_passes_and_is_not_made(home: Path) -> None:
    assert failed() == []
    assert not home.exists()


def test_vendors_are_refused(clinic: Database) -> None:
    with pytest.raises(RightsError):
        examine(load(), Actor("v", is_admin=False, store_id=1, company_id=1), queue=look)


def test_database_and_queue_are_made_for_this_account_alone(home: Path) -> None:
    before = os.umask(0o022)
    try:
        vault.open_vault(load())
        database = open_database(load())
        with database.write() as session:
            session.add(GlobalSetting(key="a", value=1))
        make_queue(load()).pending_count()
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in home.glob("*.db*") if "migrating" not in path.name
        }
        database.close()
    finally:
        os.umask(before)
    assert {"crossdock.db", "crossdock.db-wal", "queue.db"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert "files" not in failed()
