"""Migrations on PostgreSQL, and what people are told when the server cannot be used."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url
from sqlmodel import SQLModel

import core.model.tables  # noqa: F401 - registers them
from core import vault
from core.actor import LOCAL_ADMIN
from core.backup import restore
from core.database import Database
from core.errors import ConfigurationError
from core.migrations import kept
from core.migrations.runner import HEAD, ensure_schema, open_database
from core.model.order import AmazonOrder
from core.model.setting import GlobalSetting
from core.model.store import Store
from core.settings import Settings
from tests.services.conftest import Postgres
from tests.upgrading import (
    check_flows,
    check_issues,
    check_keys_once,
    check_new_is_as_migrated,
    check_upgrade,
    check_watched,
    fill_first,
)

_OPEN = (
    "from core.migrations.runner import open_database; from core.settings import load; open_database(load()).close()"
)


def test_a_new_database_is_what_all_migrations_together_make(postgres: Postgres) -> None:
    """Both in one database, in schemas of their own, because a test has only one."""
    schemas = [f"{postgres.database}?options=-csearch_path%3D{name}" for name in ("laid_out", "migrated")]
    postgres.execute("CREATE SCHEMA laid_out")
    postgres.execute("CREATE SCHEMA migrated")
    new, migrated = map(Database, schemas)
    check_new_is_as_migrated(new, migrated)
    new.close()
    migrated.close()


def test_a_new_database_has_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_database_of_the_first_schema_keeps_its_rows(home: Path, postgres: Postgres) -> None:
    vault.open_vault(Settings())
    database = Database(postgres.database)
    check_upgrade(database)
    database.close()


def test_what_the_second_schema_had_begun_belongs_to_the_orders_and_names_its_remote(
    home: Path, postgres: Postgres
) -> None:
    vault.open_vault(Settings())
    database = Database(postgres.database)
    check_flows(database)
    database.close()


def test_what_was_sent_of_listings_that_were_there_stays_known(home: Path, postgres: Postgres) -> None:
    vault.open_vault(Settings())
    database = Database(postgres.database)
    check_watched(database)
    database.close()


def test_a_backup_is_kept_in_the_home_before_an_upgrade(home: Path, tmp_path: Path, postgres: Postgres) -> None:
    """What it holds is what was there; restored into a file, it is the home of then."""
    vault.open_vault(Settings())
    database = Database(postgres.database)
    fill_first(database)
    database.close()
    (home / "before-upgrade-of-0000").write_text("of an upgrade long ago")
    settings = Settings(home=home, database_url=postgres.database)
    open_database(settings).close()
    (kept,) = home.glob("before-upgrade-of-*")
    assert kept.name == "before-upgrade-of-0001" and kept.stat().st_mode & 0o077 == 0
    there = Settings(home=tmp_path / "other")
    assert restore(there, LOCAL_ADMIN, kept).secrets == "unreadable"
    restored = open_database(there)
    with restored.read() as session:
        order, store = session.get_one(AmazonOrder, 1), session.get_one(Store, 1)
        assert (order.order_id, order.status, store.url) == ("1", "SHIPPED", "https://shop.example")
    restored.close()
    open_database(settings).close()
    assert list(home.glob("before-upgrade-of-*")) == [kept]


def test_tables_of_others_in_the_same_database_hinder_no_upgrade(home: Path, postgres: Postgres) -> None:
    """An extension brings some, an administrator has others: neither are they kept, nor do they count."""
    vault.open_vault(Settings())
    database = Database(postgres.database)
    fill_first(database)
    database.close()
    postgres.execute("CREATE TABLE spatial_ref_sys (srid integer PRIMARY KEY, found tsvector)")
    postgres.execute("INSERT INTO spatial_ref_sys VALUES (1, 'a')")
    open_database(Settings(home=home, database_url=postgres.database)).close()
    assert postgres.execute("SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert postgres.execute("SELECT srid FROM spatial_ref_sys") == [(1,)]
    assert len(list(home.glob("before-upgrade-of-*"))) == 1


def test_a_server_that_ends_idle_transactions_ends_no_upgrade_that_takes_long(
    home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.open_vault(Settings())
    database = Database(postgres.database)
    fill_first(database)
    database.close()
    postgres.execute(f'ALTER DATABASE "{postgres.url.database}" SET idle_in_transaction_session_timeout = 100')
    keep = kept.keep_server

    def slowly(*arguments: Any) -> None:
        time.sleep(0.5)
        keep(*arguments)

    monkeypatch.setattr(kept, "keep_server", slowly)
    open_database(Settings(home=home, database_url=postgres.database)).close()
    assert postgres.execute("SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_issues_of_listings_become_rows(home: Path, postgres: Postgres) -> None:
    vault.open_vault(Settings())
    database = Database(postgres.database)
    check_issues(database)
    database.close()


def test_a_database_of_the_second_schema_keeps_its_rows_and_gives_no_key_twice(home: Path, postgres: Postgres) -> None:
    vault.open_vault(Settings())
    database = Database(postgres.database)
    check_keys_once(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_the_state_changes_with_every_commit_and_only_then(database: Database) -> None:
    before = database.state()
    with database.read() as session:
        session.get(GlobalSetting, "a")
    assert database.state() == before
    with database.write() as session:
        session.add(GlobalSetting(key="a", value=1))
    assert database.state() != before


def test_processes_that_meet_an_empty_database_migrate_it_once(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", postgres.database)

    def start() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", _OPEN], capture_output=True, text=True, timeout=60, check=False)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: start(), range(2)))
    assert [process.stderr for process in done if process.returncode] == []
    assert postgres.execute("SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_D2_an_open_outbox_intent_is_unique_by_subject_and_closed_ones_are_not(postgres: Postgres) -> None:
    open_database(Settings(database_url=postgres.database)).close()
    (definition,) = postgres.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_outbox_open_subject'")
    assert "UNIQUE" in str(definition)
    assert all(state in str(definition) for state in ("waiting", "sending", "sent", "unknown"))
    assert "verified" not in str(definition)


def test_the_database_of_a_newer_program_is_refused_and_left_alone(database: Database, postgres: Postgres) -> None:
    postgres.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="9999"):
        ensure_schema(database)
    assert postgres.execute("SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_server_that_is_not_there_is_told_in_one_sentence_without_the_password() -> None:
    with pytest.raises(ConfigurationError, match="cannot be used") as caught:
        open_database(Settings(database_url="postgresql+psycopg://someone:secret@127.0.0.1:1/crossdock"))
    assert "secret" not in str(caught.value)
    assert "CROSSDOCK_DATABASE_URL" in caught.value.next_step


def test_a_database_that_is_not_there_is_told_in_one_sentence(postgres: Postgres) -> None:
    absent = make_url(postgres.database).set(database="crossdock_absent").render_as_string(hide_password=False)
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_database(Settings(database_url=absent))
