"""Changes of many threads go into few transactions, and each is committed when its thread goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlmodel import Session, col, select, update

from core.database import Database
from core.jobs.lifecycle import LostLease
from core.migrations.runner import open_database
from core.model.setting import GlobalSetting
from core.settings import Settings
from core.sync.writer import GroupWriter


@pytest.fixture
def database() -> Iterator[Database]:
    opened = open_database(Settings())
    yield opened
    opened.close()


class Counter:
    """A guard that counts transactions and can be told to refuse."""

    def __init__(self) -> None:
        self.transactions = 0
        self.lost = False
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, session: Session) -> None:
        self.transactions += 1
        self.entered.set()
        assert self.gate.wait(20)
        if self.lost:
            raise LostLease("lane")


def guarded(database: Database, guard: Counter) -> Callable[[], AbstractContextManager[Session]]:
    @contextmanager
    def transaction() -> Iterator[Session]:
        with database.write() as session:
            guard(session)
            yield session

    return transaction


def add(name: str, value: object = 1) -> object:
    def change(session: Session) -> str:
        session.add(GlobalSetting(key=name, value=value))
        session.flush()
        return name

    return change


def stored(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.exec(select(GlobalSetting.key)).all())


def queued(writer: GroupWriter, database: Database, guard: Counter, changes: list[object]) -> list[object]:
    """Bring changes while the first one's transaction is open; returns results or errors, the first one's first."""
    guard.gate.clear()
    with ThreadPoolExecutor(len(changes) + 1) as pool:
        first = pool.submit(writer.write, add("first"))  # type: ignore[arg-type]
        assert guard.entered.wait(20)
        others = [pool.submit(writer.write, change) for change in changes]  # type: ignore[arg-type]
        while len(writer._queue) < len(changes):
            threading.Event().wait(0.005)
        guard.gate.set()
        return [one.exception(20) or one.result() for one in [first, *others]]


def test_what_comes_during_a_transaction_shares_the_next_one(database: Database) -> None:
    guard = Counter()
    writer = GroupWriter(guarded(database, guard))
    found = queued(writer, database, guard, [add(f"n{number}") for number in range(12)])
    assert found == ["first", *(f"n{number}" for number in range(12))]
    assert stored(database) >= set(found)  # type: ignore[arg-type]
    assert guard.transactions == 2


def test_one_that_fails_takes_no_other_along(database: Database) -> None:
    def broken(session: Session) -> None:
        session.add(GlobalSetting(key="half", value=1))
        session.flush()
        raise ValueError("no")

    guard = Counter()
    writer = GroupWriter(guarded(database, guard))
    found = queued(writer, database, guard, [add("before"), broken, add("after")])
    assert found[:2] == ["first", "before"]
    assert isinstance(found[2], ValueError)
    assert found[3] == "after"
    assert stored(database) >= {"first", "before", "after"}
    assert "half" not in stored(database)


def test_nothing_is_written_by_one_who_lost_the_lane(database: Database) -> None:
    guard = Counter()
    guard.lost = True
    writer = GroupWriter(guarded(database, guard))
    found = queued(writer, database, guard, [add("late")])
    assert all(isinstance(one, LostLease) for one in found)
    assert not {"first", "late"} & stored(database)


def test_a_change_is_seen_by_others_when_write_returns(database: Database) -> None:
    writer = GroupWriter(database.write)
    writer.write(add("mine"))  # type: ignore[arg-type]

    def change(session: Session) -> int:
        done = session.exec(update(GlobalSetting).where(col(GlobalSetting.key) == "mine").values(value=2))
        return int(done.rowcount)

    assert writer.write(change) == 1
    with database.read() as session:
        assert session.get_one(GlobalSetting, "mine").value == 2
