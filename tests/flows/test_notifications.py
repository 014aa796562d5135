"""Notifications from setup to effect, with the sandbox's own queue."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.orders import iso
from core.channels import registry
from core.flows import HEARS, runner
from core.model.account import App
from core.model.job import Job, JobState
from core.notifications import actions
from core.orders import actions as orders
from core.products import actions as products
from sandbox.audit import amazon_ids
from sandbox.sandbox import Sandbox
from tests.flows.kit import CommandLine, Shop, connected, sandbox_of
from tests.flows.line import Line

EVENTS = "arn:aws:events:eu-west-1:123456789012:event-bus/amazon"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with sandbox_of(orders=5, other_orders=0) as served:
        yield served


@pytest.fixture
def shop(home: Path, sandbox: Sandbox) -> Iterator[Shop]:
    with connected(home, sandbox, aws_url=sandbox.aws_url) as it:
        notifications = sandbox.credentials()["notifications"]
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "notifications": notifications})
        poll(it)  # what the tests before have left
        yield it


def poll(shop: Shop, seconds: int = 0) -> actions.Received:
    return actions.poll(shop.workspace, LOCAL_ADMIN, shop.channel, HEARS, seconds=seconds)


def _until_handled(shop: Shop) -> bool:
    return any(poll(shop, 1).counts["handled"] for _ in range(5))


def test_a_finished_report_wakes_the_job_that_waits_for_it(shop: Shop, sandbox: Sandbox) -> None:
    actions.set_up(shop.workspace, LOCAL_ADMIN, shop.channel)
    sandbox.set_pace({"queue": 0.2, "work": 0.2})
    asked = products.import_products(shop.workspace, LOCAL_ADMIN, shop.channel, preview=True)
    runner.run(shop.workspace, asked.job_id)
    assert shop.job(asked.job_id).state == JobState.WAITING
    assert _until_handled(shop)
    runner.run(shop.workspace, asked.job_id)
    assert shop.job(asked.job_id).state.is_final
    sandbox.forget_work()


def test_a_new_client_secret_is_tried_taken_and_then_deleted_from_the_queue(shop: Shop, sandbox: Sandbox) -> None:
    name = "private"
    old = sandbox.amazon.access.application(name).client_secret
    sandbox.rotate_secret(name)
    assert _until_handled(shop)
    with shop.workspace.database.read() as session:
        app = session.exec(select(App)).one()
    assert (app.client_secret, app.previous_secret) == (sandbox.amazon.access.application(name).client_secret, old)
    assert app.secret_expires_at is not None
    assert poll(shop).counts["received"] == 0


def test_a_secret_that_amazon_does_not_take_stays_in_the_queue(shop: Shop, sandbox: Sandbox) -> None:
    application = sandbox.amazon.access.application("private")
    told: dict[str, Any] = {
        "notificationType": "APPLICATION_OAUTH_CLIENT_NEW_SECRET",
        "payload": {
            "applicationOAuthClientNewSecret": {
                "clientId": application.client_id,
                "newClientSecret": "amzn1.oa2-cs.v1." + "0" * 64,
                "newClientSecretExpiryTime": "2030-01-01T00:00:00Z",
            }
        },
        "notificationMetadata": {"notificationId": "secret-1"},
    }
    sandbox.amazon.mailbox.post(sandbox.credentials()["notifications"]["queue_arn"], told)
    counts = poll(shop, 1).counts
    assert (counts["received"], counts["handled"], counts["ignored"], counts["unreadable"]) == (1, 0, 0, 0)
    with shop.workspace.database.read() as session:
        assert session.exec(select(App)).one().client_secret == application.client_secret


def test_eventbridge_subscribes_to_listings_and_the_queue_to_orders(shop: Shop, sandbox: Sandbox) -> None:
    told = {"queue_arn": EVENTS, "delivery": "eventbridge"}
    registry.edit(shop.workspace, LOCAL_ADMIN, {"name": shop.channel, "notifications": told})
    standing = actions.set_up(shop.workspace, LOCAL_ADMIN, shop.channel)
    assert standing.ok, standing.checks
    assert len(standing.subscriptions) == 6
    sandbox.notify(
        sandbox.amazon.accounts[0].seller_id,
        "LISTINGS_ITEM_ISSUES_CHANGE",
        {"SellerId": sandbox.amazon.accounts[0].seller_id, "Sku": "nobody's", "Severities": ["ERROR"]},
    )
    assert poll(shop, 1).counts["ignored"] == 1


def test_without_a_queue_every_command_says_where_to_enter_one(
    home: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(sandbox, monkeypatch)
    line.connect()
    for word in ("setup", "status", "poll"):
        done = line.run("notifications", word, "--channel", "de")
        assert done.exit_code == 3
        assert "names no queue" in done.stderr
        assert "channel edit" in done.stderr


def test_a_message_that_was_told_again_while_its_job_waits_joins_it(shop: Shop, sandbox: Sandbox) -> None:
    seller = sandbox.amazon.accounts[0].seller_id
    for number in (1, 2):
        notice = {
            "NotificationType": "ORDER_CHANGE",
            "Payload": {"OrderChangeNotification": {"SellerId": seller, "AmazonOrderId": "302-0000000-0000001"}},
            "NotificationMetadata": {"NotificationId": f"twice-{number}"},
        }
        sandbox.amazon.mailbox.post(sandbox.credentials()["notifications"]["queue_arn"], notice)
        poll(shop, 1)
    with shop.workspace.database.read() as session:
        jobs = session.exec(select(Job).where(col(Job.kind) == "orders.import")).all()
    assert len(jobs) == 1


def test_an_order_that_amazon_tells_of_goes_by_the_rules_of_the_channel(shop: Shop, sandbox: Sandbox) -> None:
    """Only what a person names by its number is wanted whatever the channel's dates are."""
    registry.edit(shop.workspace, LOCAL_ADMIN, {"name": shop.channel, "settings": {"orders_from": iso(clock.now())}})
    old = next(one for one in sandbox.world.orders if one.expected.outcome == "created")
    told = {"SellerId": sandbox.amazon.accounts[0].seller_id, "AmazonOrderId": old.order_id}
    notice = {
        "NotificationType": "ORDER_CHANGE",
        "Payload": {"OrderChangeNotification": told},
        "NotificationMetadata": {"NotificationId": "an-old-one"},
    }
    sandbox.amazon.mailbox.post(sandbox.credentials()["notifications"]["queue_arn"], notice)
    (asked,) = poll(shop, 1).asked
    runner.run(shop.workspace, asked.job_id)
    shop.import_orders()

    def state() -> str:
        (view,) = orders.list_orders(shop.workspace, LOCAL_ADMIN, shop.channel, text=old.order_id)
        return view.state

    assert state() == "left"
    shop.import_orders(order_ids=[old.order_id])
    assert state() == "imported"


def test_setup_creates_once_and_a_worker_imports_what_amazon_tells_by_one_call(home: Path, sandbox: Sandbox) -> None:
    sandbox.amazon.mailbox.forget()
    with connected(home, sandbox, aws_url=sandbox.aws_url):
        pass
    line = CommandLine(home, sandbox)
    sandbox.ledger.clear()
    notifications = sandbox.credentials()["notifications"]
    line.json("channel", "edit", "--from", "-", document={"name": "de", "notifications": notifications})
    first, second = (line.json("notifications", "setup", "--channel", "de") for _ in range(2))
    assert first["ok"], first
    assert second == first
    assert {one["state"] for one in first["subscriptions"]} == {"active"}
    assert first["destination"]["arn"] == notifications["queue_arn"]
    counts = sandbox.ledger.counts()["amazon"]
    assert (counts["createDestination"]["calls"], counts["createSubscription"]["calls"]) == (1, 3)
    worker = line.start_worker()
    try:
        order_id, calls = sandbox.add_order({})["order_id"], sandbox.ledger.counts()["amazon"]
        begun = time.monotonic()
        while not any(order_id in amazon_ids(order) for order in list(sandbox.store.orders.values())):
            assert time.monotonic() - begun < 30, line.log()
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait()
    now = sandbox.ledger.counts()["amazon"]
    assert now["getOrder"]["calls"] - calls.get("getOrder", {}).get("calls", 0) == 1
    assert now.get("searchOrders") == calls.get("searchOrders")
    status = line.json("notifications", "status", "--channel", "de")
    assert status["messages"]["handled"] >= 1
    for text in ("one", "two", "three"):
        sandbox.amazon.mailbox.post(notifications["queue_arn"], text)
    # Whatever the worker's last look has taken was given back.
    assert line.json("notifications", "poll", "--channel", "de")["messages"]["unreadable"] == 3
    newest = line.json("notifications", "status", "--channel", "de", "--limit", "2")["unreadable"]
    assert [one["reason"] for one in newest] == ["it is no JSON"] * 2
    first = str(newest[0]["id"])
    assert line.run("notifications", "retry", first).returncode == 1
    assert line.json("notifications", "drop", first) == {"dropped": 1}
    assert line.run("notifications", "drop", first).returncode == 2
    assert len(line.json("notifications", "status", "--channel", "de")["unreadable"]) == 2
