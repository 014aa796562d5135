"""The schema: models, migrations and the constant of the newest revision agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

import core.model  # noqa: F401 - registers the tables
from core import vault
from core.database import Database, open_database
from core.errors import ConfigurationError
from core.migrations.runner import HEAD, ensure_schema
from core.model.setting import GlobalSetting
from core.settings import Settings
from tests.upgrading import check_upgrade

ROOT = Path(__file__).parents[2]


def revisions() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "migrations"))
    return ScriptDirectory.from_config(config)


def set_revision(database: Database, revision: str) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_there_is_one_newest_revision_and_the_program_knows_it() -> None:
    assert revisions().get_heads() == [HEAD]


def test_a_migrated_database_has_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_new_database_is_brought_to_the_newest_revision(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD


def test_a_database_of_the_first_schema_keeps_its_rows(home: Path) -> None:
    vault.open_vault(Settings())
    database = Database(Settings().database)
    check_upgrade(database)
    database.close()


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key="a", value=1))
    ensure_schema(database)
    with database.read() as session:
        assert session.get_one(GlobalSetting, "a").value == 1


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
    errors = [child.communicate(timeout=50)[1] for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], errors
    check = _OPEN + (
        "    with workspace.database.read() as session:\n"
        "        from sqlmodel import select\n"
        "        rows = session.exec(select(GlobalSetting)).all()\n"
        "        print(*[vault.decrypt(row.value.encode()) for row in rows])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True, timeout=50
    )
    assert found.stdout.split() == ["x"] * 4
