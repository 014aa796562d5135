"""The queue carries job ids and nothing else, and its file may be damaged at any time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.settings import Settings, sqlite_url
from tasks import queue_file
from tasks.queue import Dispatcher, look
from tests.unit.queue_kit import bomb, check_bombs_do_nothing, consume

JUNK = b"not a database, " * 1000


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


def aside(home: Path) -> list[str]:
    return sorted(path.name.split(".damaged-")[0] for path in home.glob("queue.db.damaged-*"))


def empty_journal(home: Path) -> None:
    """Move everything into the main file, so that what is written over it is what is read."""
    with closing(sqlite3.connect(home / "queue.db")) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")


def test_a_pickle_in_the_queue_is_not_run_and_stops_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    check_bombs_do_nothing(Dispatcher(settings), tmp_path / "exploded", monkeypatch, caplog)


@pytest.mark.parametrize(
    "message",
    [b"", b"0", b"-1", b"1.0", b" 1", b"1\n", b"0x1", "٣".encode(), b"9" * 19, b"9" * 100_000, b"[" * 10_000, 7, "8 "],
)  # fmt: skip
def test_a_message_that_names_no_job_is_dropped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, message: object
) -> None:
    dispatcher = Dispatcher(settings)
    with closing(sqlite3.connect(settings.home / "queue.db")) as connection, connection:
        connection.execute("insert into task (queue, data) values ('crossdock', ?)", (message,))
    dispatcher.enqueue([2**63 - 1])
    assert consume(dispatcher, monkeypatch) == [2**63 - 1]


def test_a_message_is_the_digits_of_a_job(settings: Settings) -> None:
    dispatcher = Dispatcher(settings)
    dispatcher.enqueue([17])
    assert [bytes(message) for message in dispatcher.huey.storage.enqueued_items()] == [b"17"]


def _junk(file: Path) -> None:
    file.write_bytes(JUNK)


def _half(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:4096] + os.urandom(len(data) - 4096))


def _bomb(file: Path) -> None:
    file.write_bytes(bomb(file.parent / "exploded"))


@pytest.mark.parametrize("damage", [_junk, _half, _bomb])
def test_a_damaged_file_is_moved_aside_and_made_anew(
    settings: Settings, home: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    Dispatcher(settings).huey.storage.close()
    damage(home / "queue.db")
    check = look(settings)
    assert not check.ok and "damaged" in check.message
    assert aside(home) == []
    dispatcher = Dispatcher(settings)
    dispatcher.enqueue([1])
    assert dispatcher.huey.dequeue().args == (1,)
    assert "queue.db" in aside(home)
    assert "was damaged; it is moved to" in caplog.text
    assert look(settings).ok


def test_a_worker_goes_on_with_a_file_that_is_damaged_under_it(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Dispatcher(settings)
    empty_journal(home)
    _junk(home / "queue.db")
    assert consume(worker, monkeypatch) == []
    command = Dispatcher(settings)
    command.enqueue([4])
    assert consume(worker, monkeypatch) == [4]
    assert aside(home).count("queue.db") == 1


def test_a_worker_notices_that_another_process_has_made_the_file_anew(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Dispatcher(settings)
    (home / "queue.db").unlink()
    Dispatcher(settings).enqueue([9])
    assert consume(worker, monkeypatch) == [9]


def _folder(file: Path) -> None:
    file.mkdir()


def _fifo(file: Path) -> None:
    os.mkfifo(file)


def _foreign(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table task (something)")


@pytest.mark.parametrize(
    ("make", "words"), [(_folder, "is not a file"), (_fifo, "is not a file"), (_foreign, "holds something else")]
)
def test_what_stands_in_the_place_of_the_file_is_left_alone(
    settings: Settings, home: Path, make: Callable[[Path], None], words: str
) -> None:
    home.mkdir()
    make(home / "queue.db")
    with pytest.raises(ConfigurationError, match=words):
        Dispatcher(settings)
    assert words in look(settings).message
    assert aside(home) == []


def test_a_damaged_file_outside_of_the_home_is_named_and_left_alone(tmp_path: Path, home: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_bytes(JUNK)
    with pytest.raises(ConfigurationError, match=r"letter\.txt is damaged"):
        Dispatcher(Settings(home=home, queue_url=sqlite_url(letter)))
    assert letter.read_bytes() == JUNK


def test_the_database_is_never_taken_for_a_queue(home: Path) -> None:
    settings = Settings(home=home, queue_url=sqlite_url(home / "crossdock.db"))
    with pytest.raises(ConfigurationError, match="file of the database"):
        Dispatcher(settings)
    assert not look(settings).ok


def test_a_file_that_another_process_holds_is_said_so(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_file, "LOCK_WAIT", 0.05)
    dispatcher = Dispatcher(settings)
    with closing(sqlite3.connect(home / "queue.db", isolation_level=None)) as connection:
        connection.execute("begin exclusive")
        with pytest.raises(ConfigurationError, match="held by another process"):
            dispatcher.enqueue([1])


@pytest.mark.parametrize(
    "url", ["http://[bad", "redis://host:port/0", "postgresql://user:planted@127.0.0.1:1/x?connect_timeout=1", "sqlite://"]
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_said_in_words(home: Path, url: str) -> None:
    settings = Settings(home=home, queue_url=url)
    with pytest.raises(ConfigurationError) as caught:
        Dispatcher(settings)
    assert caught.value.next_step and "planted" not in str(caught.value)
    assert not look(settings).ok
