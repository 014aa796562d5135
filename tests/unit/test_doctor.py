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
from core.clockwatch import ClockWatch
from core.database import Database
from core.doctor import examine
from core.errors import RightsError
from core.migrations.runner import open_database
from core.model.account import NOT_YET, App, SellerAccount
from core.model.job import JobState, Worker
from core.model.notification import NotificationQueue
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.schedule import Schedule
from core.model.setting import STOP_WRITES, GlobalSetting
from core.model.store import Store
from core.settings import Settings, load
from tasks.queue import look, make_queue
from tests.clients.raw_server import RawServer, answer, says
from tests.unit.builders import DE, NOON, FakeClock, add_job, connect_channel

API_KEY = "planted-api-key"
SECRET = "amzn1.oa2-cs.v1.plantedsecret"
TOKEN = "Atzr|plantedtoken"
BUYER = "Planted Buyer"
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A sound installation whose secrets and personal data can be told from everything else."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    (home / "crossdock.db").chmod(0o600)
    monkeypatch.setattr("core.clock.install", lambda *_: None)  # the clock of the test stays
    monkeypatch.setattr("core.clock._current", FakeClock())
    channel = connect_channel(database)
    with database.write() as session:
        store, app = session.get_one(Store, 1), session.get_one(App, 1)
        store.api_key, store.email, store.probed_at = API_KEY, "planted@shop.example", NOON
        app.client_secret = SECRET
        session.get_one(SellerAccount, 1).refresh_token = TOKEN
        session.add(Schedule(channel_id=channel.id or 0, stream="orders", every_seconds=900, next_run=NOON + HOUR))
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
        "versions", "settings", "clock", "home", "files", "file times", "disk", "logs", "key", "queue", "database",
        "schema", "integrity", "clock history", "encrypted data", "writes", "workers", "schedules", "jobs", "backlog",
        "quotas", "personal data", "store main",
        "app app: client secret", "channel de",
        "notifications",
    }  # fmt: skip
    assert "Python 3." in checks["versions"].message
    assert checks["channel de"].message.startswith("DE, live, active; enabled; nothing imported yet")


def test_a_bundle_of_certificates_that_cannot_be_read_is_told(
    clinic: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (None, "", "no certificate"):
        bundle = tmp_path / f"bundle-{content}.pem"
        if content is not None:
            bundle.write_text(content)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        check = examined()["certificates"]
        assert not check.ok and str(bundle) in check.message and "unset it" in check.fix
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert examined()["certificates"].ok


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


@pytest.mark.parametrize(
    ("break_it", "name", "told"),
    [
        (
            _change(Schedule, next_run=NOON + 10_000 * HOUR),
            "clock history",
            "import of channel de is set for 2028",
        ),
        (_change(Worker, beat_at=NOON + 10_000 * HOUR), "clock history", "entries of 2028"),
        (lambda database, home: os.utime(home / "crossdock.db", (2e9, 2e9)), "file times", "2033-05-18"),
    ],
)
def test_times_from_the_future_are_named(
    clinic: Database, home: Path, break_it: Callable[[Database, Path], None], name: str, told: str
) -> None:
    break_it(clinic, home)
    check = examined()[name]
    assert not check.ok and told in check.message and "timedatectl" in check.fix


def test_a_clock_that_jumped_is_named(clinic: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ClockWatch(clinic).look()
    monkeypatch.setattr("core.clock._current", FakeClock(NOON + 40_000 * HOUR))
    ClockWatch(clinic).look()
    assert "jumped 1,666.7 days ahead" in examined()["clock history"].message


def test_a_channel_whose_seller_never_gave_a_consent_is_sent_to_it(clinic: Database) -> None:
    _change(App, mode="public")(clinic, Path())
    _change(SellerAccount, state="needs_authorization", state_reason=NOT_YET)(clinic, Path())
    check = examined()["channel de"]
    assert not check.ok
    assert check.message == NOT_YET
    assert "crossdock channel authorize" in check.fix


def test_P7_a_public_app_has_a_countdown_of_its_authorization(clinic: Database) -> None:
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


@pytest.mark.parametrize(("hours", "is_late"), [(5, False), (7, True)])
def test_T6_what_should_have_been_written_long_ago_is_named(clinic: Database, hours: int, is_late: bool) -> None:
    """Each try puts off the next one; the parcel is late all the same."""
    common = {"store_id": 1, "channel_id": 1, "created_at": NOON - hours * HOUR, "not_before": NOON + HOUR}
    with clinic.write() as session:
        session.add(OutboxIntent(remote="seller 1", flow="shipments", subject="shipment 1", kind="x", **common))
        session.add(OutboxIntent(remote="store 1", flow="orders", subject="order 1", kind="x", state="sent", **common))
        session.add(OutboxIntent(remote="seller 1", flow="stock", subject="sku A", kind="x", **common))
    found = examined()["backlog"]
    assert found.ok != is_late
    assert "Waiting: 2 writes, the oldest since" in found.message


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


STUMBLES = {
    "versions": "core.doctor.program.versions",
    "settings": "core.doctor.program.configuration",
    "clock": "core.doctor.program.time",
    "home": "core.doctor.home._folder",
    "files": "core.doctor.home._files",
    "disk": "core.doctor.home.disk",
    "logs": "core.doctor.home._logs",
    "key": "core.doctor.home.key",
    "database": "core.doctor.data.checks",
    "encrypted data": "core.doctor.data._encrypted",
    "state": "core.doctor.data.overview",
    "writes": "core.doctor.data.writes",
    "workers": "core.doctor.data.workers",
    "jobs": "core.doctor.data.stuck_jobs",
    "stores": "core.doctor.data._stores",
    "apps": "core.doctor.data.apps",
    "channel de": "core.doctor.data._channel",
}


@pytest.mark.parametrize("name", STUMBLES)
def test_whatever_one_check_stumbles_over_the_others_are_made(
    clinic: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def stumble(*_: Any, **__: Any) -> Check:
        raise RecursionError("planted secret")

    monkeypatch.setattr(STUMBLES[name], stumble)
    found = examined()
    assert not found[name].ok
    assert "RecursionError" in found[name].message and found[name].fix
    assert "planted" not in str(found)
    others = {"versions", "clock", "disk", "key", "queue", "database", "stores", "channel de"} - {name, "stores"}
    vanish = {"database": {"channel de"}, "state": {"channel de"}}.get(name, set())
    assert others - vanish <= found.keys()


def test_a_queue_that_stumbles_keeps_nothing_else_from_being_looked_at(clinic: Database) -> None:
    def stumble(settings: Settings) -> Check:
        raise RecursionError

    found = examined(stumble)
    assert not found["queue"].ok and found["channel de"].ok


def test_a_remote_that_answers_garbage_is_a_failed_check(clinic: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.is_real", lambda: True)
    server = RawServer(says(answer(b"[" * 100_000)))
    monkeypatch.setenv("CROSSDOCK_SPAPI_URL", server.url)
    _change(Store, url=server.url)(clinic, Path())
    try:
        found = {check.name: check for check in examine(load(), LOCAL_ADMIN, queue=look, online=True)}
    finally:
        server.close()
    assert "was not answered in the promised form" in found["store main: online"].message
    assert found[f"amazon {server.url}"].ok


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


def test_a_queue_that_cannot_be_listened_to_is_told(clinic: Database) -> None:
    with clinic.write() as session:
        session.add(NotificationQueue(address="arn:aws:sqs:eu-west-1:1:q", fault="There is no such queue."))
    check = examined()["notifications"]
    assert not check.ok
    assert check.message == "There is no such queue."
    assert "Schedules go on" in check.fix
