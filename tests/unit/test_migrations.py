"""The schema: models, migrations and the constant of the newest revision agree."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from core import numbering, vault
from core.database import Database
from core.errors import ConfigurationError
from core.migrations.runner import HEAD, ensure_schema, lay_out, migrate, open_database, revision
from core.model.audit import AuditEntry
from core.model.setting import GlobalSetting
from core.model.tables import every_table
from core.settings import Settings
from tests.upgrading import (
    check_flows,
    check_issues,
    check_keys_once,
    check_new_is_as_migrated,
    check_upgrade,
    check_watched,
)

ROOT = Path(__file__).parents[2]


def revisions_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "migrations"))
    return config


def revisions() -> ScriptDirectory:
    return ScriptDirectory.from_config(revisions_config())


def emptied(home: Path, name: str) -> Database:
    home.mkdir(exist_ok=True)
    return Database(f"sqlite:///{home / name}")


def set_revision(database: Database, revision: str) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_there_is_one_newest_revision_and_the_program_knows_it() -> None:
    assert revisions().get_heads() == [HEAD]


@pytest.mark.parametrize("bring", [lay_out, partial(migrate, found=None)], ids=["new", "migrated"])
def test_a_database_has_exactly_the_tables_of_the_models(home: Path, bring: Callable[[Database], None]) -> None:
    database = emptied(home, "one.db")
    bring(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_a_new_database_is_what_all_migrations_together_make(home: Path) -> None:
    new, migrated = emptied(home, "new.db"), emptied(home, "migrated.db")
    check_new_is_as_migrated(new, migrated)
    new.close()
    migrated.close()


def test_a_new_database_is_brought_to_the_newest_revision(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD


def test_a_database_of_the_first_schema_keeps_its_rows(home: Path) -> None:
    vault.open_vault(Settings())
    database = Database(Settings().database)
    check_upgrade(database)
    database.close()


def test_what_the_second_schema_had_begun_belongs_to_the_orders(home: Path) -> None:
    vault.open_vault(Settings())
    database = Database(Settings().database)
    check_flows(database)
    database.close()


def test_what_was_sent_of_listings_that_were_there_stays_known(home: Path) -> None:
    vault.open_vault(Settings())
    database = Database(Settings().database)
    check_watched(database)
    database.close()


def test_issues_of_listings_become_rows(home: Path) -> None:
    vault.open_vault(Settings())
    database = Database(Settings().database)
    check_issues(database)
    database.close()


def test_a_database_of_the_second_schema_keeps_its_rows_and_gives_no_key_twice(home: Path) -> None:
    vault.open_vault(Settings())
    database = Database(Settings().database)
    check_keys_once(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_every_numbered_table_gives_a_key_once(database: Database) -> None:
    numbered = {name for name, table in SQLModel.metadata.tables.items() if "id" in table.columns}
    with database.engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        assert set(tables.scalars()) == numbered
    assert all(SQLModel.metadata.tables[name].dialect_options["sqlite"]["autoincrement"] for name in numbered)


def test_a_table_that_is_built_again_is_numbered_on(database: Database) -> None:
    with database.write() as session:
        session.add(AuditEntry(id=41, operator="admin", action="x", subject=""))
        session.flush()
        session.connection().exec_driver_sql("DELETE FROM audit")
        connection = session.connection()
        reached = numbering.marks(connection)
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")
        numbering.go_on_from(connection, reached)
        entry = AuditEntry(operator="admin", action="x", subject="")
        session.add(entry)
        session.flush()
        assert entry.id == 42


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key="a", value=1))
    ensure_schema(database)
    with database.read() as session:
        assert session.get_one(GlobalSetting, "a").value == 1


def test_the_database_is_kept_as_it_was_before_an_upgrade(home: Path) -> None:
    database = emptied(home, "old.db")
    with database.engine.connect() as connection:
        config = revisions_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0016")
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO global_setting (key, value) VALUES ('kept', '1')"))
    (home / "old.db.before-upgrade-of-0001").write_text("of an upgrade long ago")
    ensure_schema(database)
    database.close()
    (copy,) = home.glob("old.db.before-upgrade-of-*")
    assert copy.name.endswith("0016") and copy.stat().st_mode & 0o077 == 0
    kept = Database(f"sqlite:///{copy}")
    assert revision(kept) == "0016"
    with kept.engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM global_setting WHERE key = 'kept'")).scalar() == 1
    kept.close()


def test_a_disk_without_room_for_that_is_said_so_and_nothing_is_changed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = emptied(home, "crossdock.db")
    lay_out(database)
    set_revision(database, "0016")

    def full(*_: object) -> NoReturn:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr("core.migrations.kept.sqlite3", SimpleNamespace(connect=full, Error=sqlite3.Error))
        with pytest.raises(ConfigurationError, match="disk is full"):
            open_database(Settings(home=home))
    assert list(home.glob("*before-upgrade*")) == []
    assert revision(database) == "0016"
    database.close()


def test_foreign_keys_hold_after_migrating(home: Path) -> None:
    fresh = open_database(Settings())
    try:
        with fresh.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    finally:
        fresh.close()


def test_a_database_of_a_newer_program_is_refused_with_the_remedy_and_left_alone(database: Database) -> None:
    set_revision(database, "9999")
    with pytest.raises(ConfigurationError, match="9999") as caught:
        ensure_schema(database)
    assert "newer Crossdock" in caught.value.next_step
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


_OPEN = """
from core.settings import load
from core.workspace import opened
from core import vault

with opened(load()) as workspace:
    with workspace.database.write() as session:
        from core.model.setting import GlobalSetting
        import os
        session.add(GlobalSetting(key=str(os.getpid()), value=vault.encrypt("x").decode()))
"""


def test_processes_that_open_a_new_home_at_once_share_it(home: Path) -> None:
    command = [sys.executable, "-c", _OPEN]
    children = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [child.communicate(timeout=150)[1] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], errors
    check = _OPEN + (
        "    with workspace.database.read() as session:\n"
        "        from sqlmodel import select\n"
        "        rows = session.exec(select(GlobalSetting)).all()\n"
        "        print(*[vault.decrypt(row.value.encode()) for row in rows])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True, timeout=150
    )
    assert found.stdout.split() == ["x"] * 4


def test_a_table_refers_to_those_of_its_own_file_and_to_what_is_always_loaded() -> None:
    always = {"account", "channel", "store"}
    files = {
        mapper.local_table: mapper.class_.__module__.rpartition(".")[2] for mapper in SQLModel._sa_registry.mappers
    }
    for table in every_table():
        for key in table.foreign_keys:
            assert files[key.column.table] in always | {files[table]}, f"{table.name} → {key.column.table.name}"
