"""Notifications as Amazon writes them: its schemas judge the sandbox's, and those that others recorded are read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.amazon.notifications import KINDS
from core.notifications.envelope import Unreadable, read
from sandbox.amazon.mailbox import VERSIONS, Mailbox
from sandbox.clock import Clock
from sandbox.sandbox import Sandbox
from tests.contract.swagger import FOLDER

ROOT = Path(__file__).parents[2]
RECORDED = Path(os.environ.get("CROSSDOCK_REAL") or ROOT / "../shared/real") / "notifications"
SCHEMAS = {
    "ORDER_CHANGE": "OrderChangeNotification",
    "FEED_PROCESSING_FINISHED": "FeedProcessingFinishedNotification",
    "REPORT_PROCESSING_FINISHED": "ReportProcessingFinishedNotification",
    "LISTINGS_ITEM_ISSUES_CHANGE": "ListingsItemIssuesChangeNotification_2023-12-13",
}


def test_all_kinds_are_subscribed_to_in_a_version_that_there_is() -> None:
    assert {kind.name: (kind.version,) for kind in KINDS} == dict(VERSIONS)


def test_those_that_others_recorded_are_read() -> None:
    files = sorted(RECORDED.rglob("*.json"))
    if not files:
        pytest.skip(f"no recorded notifications in {RECORDED}")
    found = {notice.kind: notice for notice in (read(file.read_text()) for file in files)}
    order = found["ORDER_CHANGE"]
    assert (order.seller_id, order.marketplace_id) == ("ABCDEFGFMDKELDW", "A2Q3Y263D00KWC")
    assert order.about["amazonorderid"] == "123-4567891-4567891"
    assert found["FEED_PROCESSING_FINISHED"].about["feedid"] == "53347018456"
    assert found["REPORT_PROCESSING_FINISHED"].about["reportid"] == "54517018502"
    assert found["LISTINGS_ITEM_STATUS_CHANGE"].about["sku"] == "NLS-SHOES-03"
    assert all(notice.id for notice in found.values())


@pytest.fixture(scope="module")
def sent() -> dict[str, Any]:
    """One notification of each kind that the sandbox sends, as JSON."""
    sandbox = Sandbox(orders=5, other_orders=0, products=5)
    account, amazon = sandbox.amazon.accounts[0], sandbox.amazon
    application = amazon.private_application(account)
    queue = {"name": "test", "resourceSpecification": {"sqs": {"arn": "arn:aws:sqs:eu-west-1:1:q"}}}
    bridge = {"name": "bus", "resourceSpecification": {"eventBridge": {"accountId": "1", "region": "eu-west-1"}}}
    made = [amazon.mailbox.create_destination(application, one) for one in (queue, bridge)]
    places = {one.is_queue: one.id for one in made}
    for kind in KINDS:
        body = {"payloadVersion": kind.version, "destinationId": places[kind.transport == "sqs"]}
        amazon.mailbox.subscribe(application, account.seller_id, kind.name, body)
    sandbox.add_order({})
    sku = next(one.sku for one in amazon.listings.listings(account, account.marketplaces[0]))
    sandbox.add_issue(sku, marketplace_ids=[account.marketplaces[0].marketplace_id])
    for desk in (amazon.reports, amazon.feeds):
        work = desk["live"].add(account.seller_id, "SOME_TYPE", ["A1PA6795UKMFR9"], lambda: None)  # type: ignore[arg-type, return-value]
        work.status = "DONE"
        (amazon._report_done if desk is amazon.reports else amazon._feed_done)(account.seller_id, work)
    bodies = [json.loads(body) for bodies in sandbox.notifications().values() for body in bodies]
    bodies = [body.get("detail", body) for body in bodies]
    return {str(body.get("NotificationType") or body.get("notificationType")): body for body in bodies}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_sandbox_sends_what_amazons_schema_says(kind: str, sent: dict[str, Any]) -> None:
    schema = json.loads((FOLDER / "schemas" / "notifications" / f"{SCHEMAS[kind]}.json").read_text())
    jsonschema.validate(sent[kind], schema)
    assert read(json.dumps(sent[kind])).kind == kind


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"notificationType": 1}', '{"notificationType": "X"}'])
def test_what_is_no_notification_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_a_mailbox_tells_nobody_who_is_not_subscribed() -> None:
    mailbox = Mailbox(Clock(), 1)
    mailbox.tell("A1", "ORDER_CHANGE", {})
    assert mailbox.sent == {}
