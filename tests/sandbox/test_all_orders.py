"""The reports of all orders: a row for each item, nothing of buyers, the whole account, thirty days at the most."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from sandbox.amazon.order_report import COLUMNS, OrderReportForm
from sandbox.sandbox import Sandbox
from sandbox.world.render import iso
from tests.sandbox.amazon_client import AmazonClient

BASE, GERMANY = "/reports/2021-06-30", "A1PA6795UKMFR9"
BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(orders=40, other_orders=12, products=12, quota_scale=0) as sandbox:
        sandbox.add_history(40, 100)
        yield sandbox


@pytest.fixture
def client(running: Sandbox) -> AmazonClient:
    running.forget_work()
    running.amazon.order_report_form = OrderReportForm()
    return AmazonClient(running).login()


def made(client: AmazonClient, kind: str, start: datetime, end: datetime) -> tuple[str, requests.Response | None]:
    """How a report ended, and its document."""
    body = {
        "reportType": kind,
        "marketplaceIds": [GERMANY],
        "dataStartTime": iso(start),
        "dataEndTime": iso(end),
    }
    report_id = client.http.post(f"{client.sandbox.amazon_url}{BASE}/reports", json=body).json()["reportId"]
    client.sandbox.clock.advance(60)
    shown = client.get(f"{BASE}/reports/{report_id}").json()
    if "reportDocumentId" not in shown:
        return shown["processingStatus"], None
    place = client.get(f"{BASE}/documents/{shown['reportDocumentId']}").json()
    return shown["processingStatus"], requests.get(place["url"], timeout=10)


def rows(client: AmazonClient, kind: str, start: datetime, end: datetime) -> list[dict[str, str]]:
    status, got = made(client, kind, start, end)
    assert status == "DONE" and got is not None
    charset = client.sandbox.amazon.order_report_form.charset or "utf-8-sig"
    text = gzip.decompress(got.content).decode(charset)
    header, *lines = [line.split("\t") for line in text.split("\r\n") if line]
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_it_has_a_row_for_each_item_of_every_order_of_the_account(client: AmazonClient) -> None:
    world, now = client.sandbox.world, client.sandbox.clock.now()
    start = now - timedelta(days=30)
    found = rows(client, BY_DATE, start, now)
    expected = [one for one in world.orders if one.created >= start]
    assert Counter(row["amazon-order-id"] for row in found) == {one.order_id: len(one.draft.lines) for one in expected}
    # The marketplace that was named does not matter.
    assert {row["sales-channel"] for row in found} > {"Amazon.de", "Amazon.fr"}
    assert tuple(found[0]) == COLUMNS


def test_nothing_names_a_buyer(client: AmazonClient) -> None:
    now = client.sandbox.clock.now()
    text = json.dumps(rows(client, BY_DATE, now - timedelta(days=30), now), ensure_ascii=False)
    for order in client.sandbox.world.orders:
        buyer = order.draft.buyer
        assert buyer.email not in text and buyer.address["addressLine1"] not in text


def test_amounts_are_those_of_the_order(client: AmazonClient) -> None:
    world, now = client.sandbox.world, client.sandbox.clock.now()
    priced = {one.order_id: one.draft for one in world.orders if one.draft.status == "SHIPPED"}
    found = rows(client, BY_DATE, now - timedelta(days=30), now)
    for row in found:
        draft = priced.get(row["amazon-order-id"])
        if draft is None:
            continue
        parts = {f"{line.parts['ITEM']:.{draft.digits}f}" for line in draft.lines}
        assert row["item-price"] in parts and row["currency"] == draft.currency
    cancelled = [row for row in found if row["order-status"] == "Cancelled"]
    assert {(row["quantity"], row["item-price"]) for row in cancelled} <= {("0", "")}


def test_one_by_last_update_follows_the_change(client: AmazonClient) -> None:
    world, now = client.sandbox.world, client.sandbox.clock.now()
    start = now - timedelta(days=10)
    found = {row["amazon-order-id"] for row in rows(client, BY_UPDATE, start, now)}
    assert found == {one.order_id for one in world.orders if one.updated >= start}


def test_windows_side_by_side_lose_and_double_nothing(client: AmazonClient) -> None:
    world, now = client.sandbox.world, client.sandbox.clock.now()
    bounds = [now - timedelta(days=days) for days in (110, 80, 50, 20, 0)]
    found = [row["amazon-order-id"] for one in pairwise(bounds) for row in rows(client, BY_DATE, *one)]
    assert Counter(found) == {one.order_id: len(one.draft.lines) for one in world.orders}


def test_more_than_thirty_days_are_refused_and_nothing_is_cancelled(client: AmazonClient) -> None:
    now = client.sandbox.clock.now()
    status, why = made(client, BY_DATE, now - timedelta(days=31), now)
    assert status == "FATAL" and why is not None
    assert "30 days" in json.loads(gzip.decompress(why.content))["errorDetails"]
    assert made(client, BY_DATE, now - timedelta(days=300), now - timedelta(days=280)) == ("CANCELLED", None)


@pytest.mark.parametrize(
    "form",
    [
        {"charset": "windows-31j"},
        {"charset": "", "mark": True},
        {"charset": "ISO-8859-1", "business": False},
        {"charset": "UTF-8", "extra": True, "nul": True, "shuffled": True},
    ],
)
def test_it_comes_in_many_forms(client: AmazonClient, form: dict[str, Any]) -> None:
    now = client.sandbox.clock.now()
    start = now - timedelta(days=30)
    client.sandbox.set_order_report_form(form)
    status, got = made(client, BY_DATE, start, now)
    assert status == "DONE" and got is not None
    charset = {"windows-31j": "cp932", "": "utf-8-sig"}.get(form["charset"], form["charset"])
    lines = gzip.decompress(got.content).decode(charset).split("\r\n")
    header = lines[0].split("\t")
    assert header[: len(header) - ("extra" in form)] == list(COLUMNS[:29] if "business" in form else COLUMNS)
    if form.get("nul"):
        assert "\0" in lines[1]
    with pytest.raises(ValueError, match="known"):
        client.sandbox.set_order_report_form({"paper": "A4"})
