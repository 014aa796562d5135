"""The threads that listen: one for each queue, as the channels say at the moment, and again after they died."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlmodel import select

from core.model.channel import Channel
from core.model.notification import Notification
from core.notifications.queue import Access, Message
from core.workspace import Workspace
from tasks import listener
from tasks.listener import Listener
from tests.unit.builders import connect_channel

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


class EmptyQueue:
    """Notes who listens, and with which keys."""

    open: list[EmptyQueue]

    def __init__(self, access: Access, endpoint: str = "") -> None:
        self.access = access
        self.open.append(self)

    def receive(self, seconds: int) -> list[Any]:
        time.sleep(0.01)
        return []

    def delete(self, done: object) -> None: ...

    def close(self) -> None:
        self.open.remove(self)


@pytest.fixture
def listening(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setattr(EmptyQueue, "open", [], raising=False)
    monkeypatch.setattr(listener, "Queue", EmptyQueue)
    monkeypatch.setattr(listener, "_LOOK", 0.01)
    stopping = threading.Event()
    made = Listener(workspace, stopping, lambda asked: None)
    yield made
    stopping.set()
    for thread in made._threads.values():
        thread.join(30)


def change(workspace: Workspace, **values: Any) -> None:
    with workspace.database.write() as session:
        channel = session.exec(select(Channel)).one()
        for name, value in values.items():
            setattr(channel, name, value)
        session.add(channel)


def keys(secret: str) -> dict[str, str]:
    return {"queue_url": URL, "aws_access_key": "A", "aws_secret_key": secret}


def until(it: Listener, condition: Callable[[], bool]) -> None:
    """Keep house until it is so."""
    for _ in range(1_000):
        it.keep()
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to that")


def heard_with() -> list[str]:
    return [one.access.secret_key for one in EmptyQueue.open]


def test_a_channel_that_is_edited_disabled_and_enabled_is_listened_to_as_it_says(
    workspace: Workspace, listening: Listener
) -> None:
    connect_channel(workspace.database)
    change(workspace, notifications=keys("old"))
    until(listening, lambda: heard_with() == ["old"])
    change(workspace, notifications=keys("new"))
    until(listening, lambda: heard_with() == ["new"])
    change(workspace, enabled=False)
    until(listening, lambda: heard_with() == [] and not listening._threads)
    change(workspace, enabled=True)
    until(listening, lambda: heard_with() == ["new"])


def test_a_queue_is_listened_to_again_after_its_thread_died(
    workspace: Workspace, listening: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_channel(workspace.database)
    change(workspace, notifications=keys("secret"))
    with monkeypatch.context() as broken:
        broken.setattr(threading, "excepthook", lambda args: None)
        broken.setattr(listener, "receive", lambda *_, **__: 1 / 0)
        broken.setattr(listener, "row_of", lambda *_: 1 / 0)  # so that not even the fault can be noted
        listening.keep()
        (first,) = listening._threads.values()
        first.join(30)
        assert not first.is_alive()
    until(listening, lambda: heard_with() == ["secret"])


def test_two_channels_with_keys_of_their_own_take_turns_at_one_queue(workspace: Workspace, listening: Listener) -> None:
    connect_channel(workspace.database)
    change(workspace, notifications=keys("one"))
    connect_channel(workspace.database, name="fr", marketplace_id="A13V1IB3VIYZZH")
    with workspace.database.write() as session:
        channel = session.exec(select(Channel).where(Channel.name == "fr")).one()
        channel.notifications = keys("two")
        session.add(channel)
    until(listening, lambda: len(listening._threads) == 2 and len(heard_with()) == 1)
    for _ in range(20):
        time.sleep(0.02)
        assert len(heard_with()) <= 1


def test_what_a_look_brings_to_a_worker_that_stops_is_given_back(
    workspace: Workspace, listening: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the look that is under way, else the queue would hide the message from the others for a while."""
    waiting, arrives = threading.Event(), threading.Event()
    message = Message("m", "h", "{}", 1)
    given: list[Message] = []

    def receive(self: EmptyQueue, seconds: int) -> list[Message]:
        waiting.set()
        arrives.wait(30)
        return [message]

    monkeypatch.setattr(EmptyQueue, "receive", receive)
    monkeypatch.setattr(EmptyQueue, "give_back", lambda self, messages: given.extend(messages), raising=False)
    connect_channel(workspace.database)
    change(workspace, notifications=keys("secret"))
    listening.keep()
    waiting.wait(30)
    listening._stopping.set()
    threading.Timer(0.1, arrives.set).start()
    monkeypatch.setattr(listener, "_LOOK", 30)
    listening.join()
    assert given == [message]
    with workspace.database.read() as session:
        assert session.exec(select(Notification)).all() == []
