"""Notifications through a real SQS protocol: copies, losses, poison, queues that are not there."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.errors import ConfigurationError
from core.flows import HEARS, runner
from core.jobs.requests import Requested
from core.model.notification import Notification, NotificationQueue
from core.model.order import AmazonOrder
from core.notifications import actions
from core.notifications import queue as queues
from core.notifications import receive as receiving
from core.notifications.envelope import Unreadable
from core.notifications.queue import Access, Queue, policy
from core.notifications.receive import MOST_TRIES
from core.notifications.unreadable import drop, list_messages, try_again
from sandbox.sandbox import Sandbox
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop, connected, sandbox_of

KEYS = {"aws_access_key": "AKIATEST", "aws_secret_key": "secret"}


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with sandbox_of(orders=5, other_orders=0) as served:
        yield served


class RealQueue:
    """A queue at the server, with a client beside the program's."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.client: Any = boto3.client(
            "sqs", region_name="eu-west-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="y"
        )
        self.url = str(self.client.create_queue(QueueName=name)["QueueUrl"])
        self.arn = f"arn:aws:sqs:eu-west-1:123456789012:{name}"

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)


@pytest.fixture
def queue(aws: str, sandbox: Sandbox) -> Iterator[RealQueue]:
    """An empty queue; Amazon has sent nothing there yet."""
    made = RealQueue(aws, "crossdock")
    sandbox.notifications().pop(made.arn, None)
    yield made
    made.client.delete_queue(QueueUrl=made.url)
    sandbox.clock.set(offset=0)


@pytest.fixture
def shop(home: Path, aws: str, sandbox: Sandbox, queue: RealQueue) -> Iterator[Shop]:
    with connected(home, sandbox, aws_url=aws) as it:
        place = {"queue_url": queue.url, "queue_arn": queue.arn}
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "notifications": KEYS | place})
        yield it


def poll_all(shop: Shop, queue: RealQueue) -> dict[str, int]:
    """Take everything, and run what it asks for; the numbers of all looks together."""
    total = dict.fromkeys(actions.MESSAGES, 0)
    while queue.left():
        received = actions.poll(shop.workspace, LOCAL_ADMIN, shop.channel, HEARS, seconds=0)
        for asked in received.asked:
            runner.run_here(shop.workspace, asked.job_id)
        for name in total:
            total[name] += received.counts[name]
    return total


def told(sandbox: Sandbox, queue: RealQueue) -> list[str]:
    """What Amazon has sent to the queue."""
    return sandbox.notifications().get(queue.arn, [])


def test_D4_D5_ten_copies_shuffled_have_one_effect_each_and_what_is_lost_is_polled(
    shop: Shop, sandbox: Sandbox, queue: RealQueue
) -> None:
    actions.set_up(shop.workspace, LOCAL_ADMIN, shop.channel)
    minutes = 15
    schedule = {"auto_pull_orders_minutes": minutes, "use_queue": False}
    registry.edit(shop.workspace, LOCAL_ADMIN, {"name": shop.channel, "settings": schedule})
    orders = [str(sandbox.add_order({})["order_id"]) for _ in range(10)]
    bodies = told(sandbox, queue)
    assert len(bodies) == len(orders)
    chance = random.Random(4)
    lost = chance.sample(range(10), 2)  # a fifth of them never arrives
    copies = [body for number, body in enumerate(bodies) if number not in lost for _ in range(10)]
    chance.shuffle(copies)
    before = shop.calls("amazon", "getOrder")
    queue.send(*copies)
    counts = poll_all(shop, queue)
    assert counts == {"received": 80, "handled": 8, "ignored": 72, "unreadable": 0}
    assert shop.calls("amazon", "getOrder") - before == 8
    arrived = {order for number, order in enumerate(orders) if number not in lost}
    assert read_orders(shop) & set(orders) == arrived
    # D5: what no notification told stands in the store when the schedule has come round once.
    home = shop.workspace.settings.home
    clock.install(f"{minutes * 60},1", home)
    sandbox.clock.advance(minutes * 60)
    for run in start_due(shop.workspace, Dispatcher(shop.workspace.settings)):
        run.wait()
    assert set(orders) <= read_orders(shop)
    assert shop.audit().ok, shop.audit().as_dict()


def read_orders(shop: Shop) -> set[str]:
    with shop.workspace.database.read() as session:
        return set(session.exec(select(AmazonOrder.order_id)).all())


def test_what_was_read_since_it_changed_is_not_read_again(shop: Shop, sandbox: Sandbox, queue: RealQueue) -> None:
    actions.set_up(shop.workspace, LOCAL_ADMIN, shop.channel)
    sandbox.add_order({})
    shop.import_orders()
    before = shop.calls("amazon", "getOrder")
    queue.send(*told(sandbox, queue))
    assert poll_all(shop, queue) == {"received": 1, "handled": 0, "ignored": 1, "unreadable": 0}
    assert shop.calls("amazon", "getOrder") == before


def test_poison_is_kept_to_be_looked_at_and_leaves_the_queue(shop: Shop, queue: RealQueue) -> None:
    poison = ["no JSON", "[]", "{}", json.dumps({"NotificationType": "ORDER_CHANGE"}), '{"a":' * 300 + "1" + "}" * 300]
    queue.send(*poison)
    assert poll_all(shop, queue)["unreadable"] == len(poison)
    assert queue.left() == 0
    with shop.workspace.database.read() as session:
        kept = session.exec(select(Notification).where(col(Notification.state) == "unreadable")).all()
        assert {one.body for one in kept} == set(poison)
        assert all(one.reason for one in kept)
    standing = actions.status(shop.workspace, LOCAL_ADMIN, shop.channel)
    assert standing.messages["unreadable"] == len(poison)


def test_what_cannot_be_acted_upon_comes_again_and_is_kept_in_the_end(
    shop: Shop, queue: RealQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {
        "NotificationType": "ORDER_CHANGE",
        "Payload": {"OrderChangeNotification": {"AmazonOrderId": "1"}},
        "NotificationMetadata": {"NotificationId": "n-1"},
    }
    queue.send(json.dumps(body))

    def broken(*_: object) -> Any:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(queues, "HIDDEN", 0)
    for _ in range(MOST_TRIES):
        assert queue.left() == 1
        actions.poll(shop.workspace, LOCAL_ADMIN, shop.channel, {"ORDER_CHANGE": broken}, seconds=0)
    assert queue.left() == 0
    with shop.workspace.database.read() as session:
        (row,) = session.exec(select(NotificationQueue).where(col(NotificationQueue.address) == queue.url)).all()
    assert (row.unreadable, row.handled) == (1, 0)


def test_events_of_eventbridge_are_understood(shop: Shop, sandbox: Sandbox, queue: RealQueue) -> None:
    order = sandbox.add_order({})["order_id"]
    account = sandbox.amazon.accounts[0]
    notice = {
        "NotificationType": "ORDER_CHANGE",
        "Payload": {"OrderChangeNotification": {"SellerId": account.seller_id, "AmazonOrderId": order}},
        "NotificationMetadata": {"NotificationId": "n-2"},
    }
    queue.send(json.dumps({"detail-type": "ORDER_CHANGE", "source": "aws.partner/x", "detail": notice}))
    assert poll_all(shop, queue)["handled"] == 1


def test_messages_of_other_sellers_mean_nothing(shop: Shop, sandbox: Sandbox, queue: RealQueue) -> None:
    notice = {
        "NotificationType": "ORDER_CHANGE",
        "Payload": {"OrderChangeNotification": {"SellerId": "A2SOMEBODYELSE", "AmazonOrderId": "302-1234567-1234567"}},
        "NotificationMetadata": {"NotificationId": "n-3"},
    }
    queue.send(json.dumps(notice))
    assert poll_all(shop, queue) == {"received": 1, "handled": 0, "ignored": 1, "unreadable": 0}


def test_a_queue_without_policy_prints_the_exact_one(shop: Shop, queue: RealQueue) -> None:
    checks = {one.name: one for one in actions.status(shop.workspace, LOCAL_ADMIN, shop.channel).checks}
    assert not checks["policy"].ok
    assert policy(queue.arn) in checks["policy"].fix
    queue.client.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy(queue.arn)})
    checks = {one.name: one for one in actions.status(shop.workspace, LOCAL_ADMIN, shop.channel).checks}
    assert checks["policy"].ok


def test_what_is_given_back_is_there_for_the_next_look(aws: str, queue: RealQueue) -> None:
    queue.send("one", "two")
    mine = Queue(Access(queue.url, queue.arn, "x", "y"), aws)
    taken = [message for _ in range(2) for message in mine.receive(0)]
    assert len(taken) == 2 and mine.receive(0) == []
    mine.give_back(taken)
    assert sorted(message.body for _ in range(2) for message in mine.receive(0)) == ["one", "two"]


def test_poison_is_tried_again_and_dropped(shop: Shop, queue: RealQueue, sandbox: Sandbox) -> None:
    """A seller's messages that came before the program understood them still have their effect."""
    account, order = sandbox.amazon.accounts[0], sandbox.add_order({})["order_id"]
    body = {
        "NotificationType": "ORDER_CHANGE",
        "Payload": {"OrderChangeNotification": {"SellerId": account.seller_id, "AmazonOrderId": order}},
        "NotificationMetadata": {"NotificationId": "n-9"},
    }
    queue.send("poison", json.dumps(body))
    with pytest.MonkeyPatch.context() as older:
        older.setattr(receiving, "read", _understands_nothing)
        poll_all(shop, queue)
    kept = {one.reason: one.id for one in list_messages(shop.workspace, LOCAL_ADMIN, shop.channel)}
    assert len(kept) == 2 and queue.left() == 0
    begun: list[Requested] = []
    assert try_again(shop.workspace, LOCAL_ADMIN, set(kept.values()), HEARS, begun.append) == 1
    (asked,) = begun
    runner.run_here(shop.workspace, asked.job_id)
    with shop.workspace.database.read() as session:
        assert order in session.exec(select(AmazonOrder.order_id)).all()
    (left,) = list_messages(shop.workspace, LOCAL_ADMIN, shop.channel)
    assert left.reason == "it is no JSON"
    queue.send(json.dumps(body))  # a late copy is known
    assert poll_all(shop, queue)["ignored"] == 1
    assert drop(shop.workspace, LOCAL_ADMIN, {left.id}) == 1
    assert list_messages(shop.workspace, LOCAL_ADMIN) == []


def _understands_nothing(body: str) -> Any:
    raise Unreadable(f"version {len(body)} is not known")


def test_a_queue_that_is_not_there_is_said_so(aws: str) -> None:
    missing = Queue(Access("", "arn:aws:sqs:eu-west-1:123456789012:nowhere", "x", "y"), aws)
    with pytest.raises(ConfigurationError, match="There is no such queue"):
        missing.receive(0)


def test_a_subscription_of_another_program_is_left_to_it(
    home: Path, aws: str, sandbox: Sandbox, queue: RealQueue
) -> None:
    with connected(home, sandbox, aws_url=aws) as shop:
        for name in ("crossdock", "another"):
            other = RealQueue(aws, name)
            place = {"queue_url": other.url, "queue_arn": other.arn}
            registry.edit(shop.workspace, LOCAL_ADMIN, {"name": shop.channel, "notifications": KEYS | place})
            standing = actions.set_up(shop.workspace, LOCAL_ADMIN, shop.channel)
        assert {one["state"] for one in standing.subscriptions} == {"elsewhere"}
        assert not standing.ok
