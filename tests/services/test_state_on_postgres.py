"""Backups cross from one kind of database to the other, keys rotate and operators log in, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from core import backup, keys, vault
from core.actor import LOCAL_ADMIN
from core.channels.views import list_channels
from core.errors import ConfigurationError, RightsError
from core.model.account import App
from core.model.job import Worker
from core.model.setting import GlobalSetting
from core.people import operators, passwords
from core.people.audit import list_entries
from core.people.login import Locked, change_password, login
from core.settings import Settings
from core.workspace import opened
from tests.services.conftest import Postgres
from tests.unit.builders import connect_channel


def test_a_backup_goes_from_postgresql_to_sqlite_and_back(postgres: Postgres, tmp_path: Path) -> None:
    server = Settings(home=tmp_path / "server", database_url=postgres.database)
    with opened(server) as workspace:
        connect_channel(workspace.database)
        backup.save(workspace, LOCAL_ADMIN, tmp_path / "first", with_key=True)
    vault.close_vault()

    file = Settings(home=tmp_path / "file")
    assert backup.restore(file, LOCAL_ADMIN, tmp_path / "first").secrets == "readable"
    with opened(file) as workspace:
        with workspace.database.write() as session:
            session.add(GlobalSetting(key="from", value="sqlite"))
        backup.save(workspace, LOCAL_ADMIN, tmp_path / "second")
    vault.close_vault()

    with pytest.raises(ConfigurationError, match="data already"):
        backup.restore(server, LOCAL_ADMIN, tmp_path / "second")
    assert backup.restore(server, LOCAL_ADMIN, tmp_path / "second", force=True).secrets == "readable"
    with opened(server) as workspace:
        assert [channel.name for channel in list_channels(workspace, LOCAL_ADMIN)] == ["de"]
        with workspace.database.read() as session:
            assert session.get_one(GlobalSetting, "from").value == "sqlite"
            assert session.exec(select(App.client_secret)).one() == "secret"
        connect_channel(workspace.database, name="fr", marketplace_id="A13V1IB3VIYZZH")  # numbered after the copied
        assert list_entries(workspace.database, LOCAL_ADMIN)[0].action == "restore"
        with workspace.database.write() as session:
            session.add(Worker(owner="another-host/1/100/x"))
    with pytest.raises(ConfigurationError, match="worker is running"):
        backup.restore(server, LOCAL_ADMIN, tmp_path / "second", force=True)


def test_keys_rotate(postgres: Postgres, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "server", database_url=postgres.database)
    with opened(settings) as workspace:
        connect_channel(workspace.database)
        assert keys.rotate(settings, workspace.database, LOCAL_ADMIN).changed == 3
        with workspace.database.read() as session:
            assert session.exec(select(App.client_secret)).one() == "secret"


def test_operators_log_in_lock_and_see_their_own(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    with opened(Settings(home=tmp_path / "server", database_url=postgres.database)) as workspace:
        connect_channel(workspace.database, company_id=1)
        connect_channel(workspace.database, name="fr", marketplace_id="A13V1IB3VIYZZH", company_id=2)
        operators.add(workspace, LOCAL_ADMIN, "alice", role="admin", password="correct horse")
        operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=1, password="x" * 12)
        alice = login(workspace, "alice", "correct horse")
        vera = change_password(workspace, "vera", "x" * 12, "battery staple")
        assert [channel.name for channel in list_channels(workspace, alice)] == ["de", "fr"]
        assert [channel.name for channel in list_channels(workspace, vera)] == ["de"]
        with pytest.raises(ConfigurationError, match="last enabled admin"):
            operators.set_enabled(workspace, alice, "alice", False)
        for _ in range(5):
            with pytest.raises(RightsError):
                login(workspace, "vera", "not the one")
        with pytest.raises(Locked):
            login(workspace, "vera", "battery staple")
        operators.remove(workspace, alice, "vera")
        assert list_channels(workspace, vera) == []
