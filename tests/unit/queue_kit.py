"""What an enemy may put into the queue, and a consumer that meets it."""

from __future__ import annotations

import os
import pickle
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from huey.consumer import Worker as Consumer
from huey.registry import Message

from tasks.queue import Dispatcher

TASK = "tasks.queue.run_job"


class _Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)

    def __reduce__(self) -> object:
        return os.mkdir, (self.mark,)


def bomb(mark: Path) -> bytes:
    """A pickle that makes the folder `mark`."""
    return pickle.dumps(_Bomb(mark))


def old_message(job_id: int) -> bytes:
    """A message as versions before wrote it."""
    return pickle.dumps(Message("an id", TASK, args=(job_id,), kwargs={}))


def plant(dispatcher: Dispatcher, mark: Path) -> None:
    """Put a bomb wherever Huey would read one: messages, the schedule, what is revoked."""
    storage = dispatcher.huey.storage
    storage.enqueue(bomb(mark))
    storage.add_to_schedule(bomb(mark), datetime.now(UTC) - timedelta(hours=1))
    storage.put_data(f"rt:{TASK}", bomb(mark))


def consume(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch, rounds: int = 3) -> list[int]:
    """Let Huey's own consumer look into the queue; returns the jobs that it would run."""
    ran: list[int] = []
    monkeypatch.setattr(dispatcher, "_run", ran.append)
    consumer = Consumer(dispatcher.huey, threading.Event(), 0.001, 0.001, 1)
    for _ in range(rounds):
        consumer.loop()
    assert dispatcher.huey.read_schedule() == []
    return ran


def check_bombs_do_nothing(
    dispatcher: Dispatcher, mark: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is unpickled, and the jobs behind it are run."""
    plant(dispatcher, mark)
    dispatcher.huey.storage.enqueue(old_message(5))
    dispatcher.enqueue([7])
    plant(dispatcher, mark)
    dispatcher.enqueue([8])
    assert consume(dispatcher, monkeypatch) == [7, 8]
    assert not mark.exists()
    assert "name no job" in caplog.text
    assert "Traceback" not in caplog.text
