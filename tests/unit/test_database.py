"""Sessions that read, write, commit or roll back, and the upsert of many rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, col, func, select

from core.database import CHUNK, Database, upsert
from core.errors import ConfigurationError
from core.migrations.runner import open_database
from core.model.lease import Lease
from core.model.order import AmazonOrderItem
from core.model.problem import Problem
from core.model.setting import GlobalSetting
from core.settings import Settings
from tests.unit.builders import NOON, connect_channel, in_threads, order_problem


def value(database: Database, key: str) -> object:
    with database.read() as session:
        setting = session.get(GlobalSetting, key)
        return setting.value if setting else None


def put(session: Session, *rows: tuple[str, object], update: tuple[str, ...] = ("value",)) -> None:
    upsert(session, GlobalSetting, [{"key": k, "value": v} for k, v in rows], keys=["key"], update=list(update))


def test_a_write_is_committed_at_its_end(database: Database) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key="a", value=1))
    assert value(database, "a") == 1


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(GlobalSetting(key="a", value=1))
        session.flush()
        raise RuntimeError
    assert value(database, "a") is None


def test_what_is_written_while_reading_is_rolled_back(database: Database) -> None:
    with database.read() as session:
        session.add(GlobalSetting(key="a", value=1))
        session.flush()
    assert value(database, "a") is None


def test_the_state_changes_with_every_commit_and_only_then(database: Database) -> None:
    before = database.state()
    assert value(database, "a") is None
    assert database.state() == before
    with database.write() as session:
        session.add(GlobalSetting(key="a", value=1))
    after = database.state()
    assert after != before
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: database.state(), range(4))) == [after] * 4


def test_rows_stay_readable_after_their_session(database: Database) -> None:
    with database.write() as session:
        setting = GlobalSetting(key="a", value={"b": 1})
        session.add(setting)
    assert setting.value == {"b": 1}


def test_two_writers_never_read_modify_and_write_over_each_other(database: Database) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key="n", value=0))

    def increment() -> None:
        for _ in range(10):
            with database.write() as session:
                setting = session.get_one(GlobalSetting, "n")
                setting.value = setting.value + 1
                session.add(setting)

    works: list[Callable[[], None]] = [increment] * 4
    with in_threads(*works):
        pass
    assert value(database, "n") == 40


def test_a_row_without_its_parent_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(order_problem(channel_id=4711, subject="order 1", code="x", message="", fix=""))


def test_moments_come_back_aware_and_equal_whatever_their_zone(database: Database) -> None:
    tokyo = timezone(timedelta(hours=9))
    with database.write() as session:
        session.add(Lease(name="a", owner="", until=NOON.astimezone(tokyo)))
    with database.read() as session:
        until = session.get_one(Lease, "a").until
    assert until == NOON
    assert until.utcoffset() == timedelta(0)
    with database.read() as session:
        assert session.exec(select(Lease.name).where(col(Lease.until) <= NOON)).all() == ["a"]
        assert session.exec(select(Lease.name).where(col(Lease.until) < NOON)).all() == []


def test_Z2_a_moment_without_zone_is_refused(database: Database) -> None:
    with pytest.raises((StatementError, ValueError)), database.write() as session:
        session.add(Lease(name="a", owner="", until=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_moments_order_to_the_microsecond(database: Database) -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    with database.write() as session:
        for number, moment in enumerate(reversed(moments)):
            session.add(Lease(name=str(number), owner="", until=moment))
    with database.read() as session:
        assert session.exec(select(Lease.until).order_by(col(Lease.until))).all() == moments


# -- upsert ---------------------------------------------------------------------------------------------------------


def test_new_rows_are_inserted_and_known_ones_updated(database: Database) -> None:
    with database.write() as session:
        put(session, ("a", 1), ("b", 2))
    with database.write() as session:
        put(session, ("b", 3), ("c", 4))
    assert [value(database, key) for key in "abc"] == [1, 3, 4]


def test_only_the_columns_named_are_updated(database: Database) -> None:
    channel = connect_channel(database)
    keys = {"owner": f"channel {channel.id}", "flow": "orders", "subject": "order 1", "code": "x"}
    rows = {**keys, "first_seen": NOON, "last_seen": NOON}
    with database.write() as session:
        upsert(
            session,
            Problem,
            [{**rows, "message": "old", "fix": "old"}],
            keys=list(keys),
            update=["message"],
        )
    with database.write() as session:
        upsert(
            session,
            Problem,
            [{**rows, "message": "new", "fix": "new"}],
            keys=list(keys),
            update=["message"],
        )
    with database.read() as session:
        (problem,) = session.exec(select(Problem)).all()
    assert (problem.message, problem.fix) == ("new", "old")


def test_with_nothing_to_update_known_rows_stay(database: Database) -> None:
    with database.write() as session:
        put(session, ("a", 1))
        put(session, ("a", 2), ("b", 2), update=())
    assert [value(database, key) for key in "ab"] == [1, 2]


def test_no_rows_are_no_work(database: Database) -> None:
    with database.write() as session:
        put(session)
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(GlobalSetting)).one() == 0


def test_many_rows_go_in_several_statements_of_one_transaction(database: Database) -> None:
    connect_channel(database)
    items = [
        {"account_id": 1, "order_id": "1", "item_id": str(number), "sku": "S", "asin": "", "quantity": 1}
        for number in range(CHUNK * 2 + 1)
    ]
    keys = ["account_id", "order_id", "item_id"]
    with pytest.raises(RuntimeError), database.write() as session:
        upsert(session, AmazonOrderItem, items, keys=keys, update=["sku"])
        raise RuntimeError
    with database.write() as session:
        assert session.exec(select(func.count()).select_from(AmazonOrderItem)).one() == 0
        upsert(session, AmazonOrderItem, items, keys=keys, update=["sku"])
        upsert(session, AmazonOrderItem, items[-1:], keys=keys, update=["sku"])
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(AmazonOrderItem)).one() == len(items)


def test_a_conflict_on_another_key_is_an_error_not_an_update(database: Database) -> None:
    channel = connect_channel(database)
    with pytest.raises(IntegrityError), database.write() as session:
        upsert(
            session,
            type(channel),
            [channel.model_dump() | {"id": 99, "marketplace_id": "other"}],
            keys=["id"],
            update=["name"],
        )


# -- opening --------------------------------------------------------------------------------------------------------


def test_the_folder_of_the_database_is_made_for_the_owner_alone(home: Path) -> None:
    open_database(Settings()).close()
    assert (home / "crossdock.db").exists()
    assert home.stat().st_mode & 0o077 == 0


def test_a_database_that_cannot_be_opened_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", f"sqlite:///{home}")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        open_database(Settings())
