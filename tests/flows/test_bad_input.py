"""Bad input of setting up: each mistake names its field and the way out, and nothing is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from tests.flows.line import Line

ARN = "arn:aws:sqs:eu-west-1:123456789012:crossdock"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=5, other_orders=0, products=5) as served:
        yield served


@pytest.fixture
def line(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line(sandbox, monkeypatch)
    line.json("store", "add", "--from", "-", document=line.documents["store"])
    return line


Case = tuple[dict[str, Any], int, str, str]
CONNECTIONS: dict[str, Case] = {
    # What is changed in a right document: exit code, the field that is named, a word of the message or the fix.
    "a refresh token with another beginning": ({"refresh_token": "Atza|x"}, 2, "refresh_token", "access token"),
    "half a refresh token": ({"refresh_token": "IwEBIxyz"}, 2, "refresh_token", "Atzr|"),
    "a refused refresh token": ({"refresh_token": "Atzr|IwEBIxyz"}, 3, "refresh_token", "Authorize the app again"),
    "a secret in two lines": ({"client_secret": "amzn1.oa2-cs.v1.4f\n1d"}, 2, "client_secret", "line breaks"),
    "a refused secret": ({"client_secret": "amzn1.oa2-cs.v1.4f1d"}, 3, "client_secret", "180 days"),
    "the App ID as client id": ({"client_id": "amzn1.sp.solution.1"}, 2, "client_id", "this is an App ID"),
    "a marketplace as seller": ({"seller_id": "A1PA6795UKMFR9"}, 2, "seller_id", "Merchant Token"),
    "the wrong region": ({"region": "na"}, 2, "country", "Countries of na: BR, CA, MX, US"),
    "no region": ({"region": "asia"}, 2, "region", "na, eu, fe"),
    "no marketplace": ({"country": "XX"}, 2, "country", "country is one of"),
    "a marketplace without the seller": ({"country": "SE"}, 3, "country", "Marketplaces of this account"),
    "no such store": ({"store": "nowhere"}, 2, "store", "crossdock store list"),
    "no ARN": ({"notifications": {"queue_arn": "my-queue"}}, 2, "notifications.queue_arn", "arn:aws:sqs:"),
    "a short account in the ARN": (
        {"notifications": {"queue_arn": "arn:aws:sqs:eu-west-1:12345:q"}}, 2, "notifications.queue_arn", "ACCOUNT",
    ),
    "a FIFO queue": ({"notifications": {"queue_arn": f"{ARN}.fifo"}}, 2, "notifications.queue_arn", "standard queues"),
    "a queue for a role": ({"notifications": {"role_arn": ARN}}, 2, "notifications.role_arn", "IAM role"),
    "a queue for EventBridge": (
        {"notifications": {"queue_arn": ARN, "delivery": "eventbridge"}}, 2, "notifications.delivery", "a queue",
    ),
    "a queue over plain http": (
        {"notifications": {"queue_url": "http://sqs.example/1/q"}}, 2, "notifications.queue_url", "https",
    ),
    "a key in two lines": ({"notifications": {"aws_secret_key": "a b"}}, 2, "notifications.aws_secret_key", "spaces"),
    "no such setting": ({"settings": {"colour": 1}}, 2, "settings.colour", "unknown key"),
    "dates the wrong way round": (
        {"settings": {"orders_from": "2026-02-01T00:00:00Z", "orders_to": "2026-01-01T00:00:00Z"}},
        2, "settings.orders_to", "before orders_from",
    ),
    "an unknown app": ({"app_mode": "public", "app": "x", "country": "DE"}, 2, "app", "app add"),
}  # fmt: skip
PRIVATE = ("client_id", "client_secret", "refresh_token", "seller_id", "api_mode")


@pytest.mark.parametrize("case", CONNECTIONS)
def test_every_wrong_connection_names_its_field_and_the_way_out(line: Line, case: str) -> None:
    changes, code, field, says = CONNECTIONS[case]
    document = line.documents["channel"] | changes
    if changes.get("app_mode") == "public":
        document = {key: value for key, value in document.items() if key not in PRIVATE}
    done = line.json("channel", "add", "--from", "-", document=document, code=code)
    error = done["error"]
    assert list(error["fields"]) == [field]
    assert says in f"{error['message']} {error['fix']}"
    assert error["fix"]
    for secret in ("IwEBIxyz", "4f1d"):
        assert secret not in str(done)
    assert line.json("channel", "list") == {"channels": []}


def test_a_second_channel_of_a_seller_for_a_marketplace_is_refused(line: Line) -> None:
    line.json("channel", "add", "--from", "-", document=line.documents["channel"])
    for other in (
        line.documents["channel"] | {"name": "again"},
        {"name": "again", "seller_of": "de", "store": "demo", "company_id": 1, "country": "DE"},
    ):
        error = line.json("channel", "add", "--from", "-", document=other, code=2)["error"]
        assert list(error["fields"]) == ["country"] and "Channel de is that seller's" in error["message"]
        assert "another country or seller" in error["fix"]
    line.json("channel", "delete", "de", "--yes")


def test_stored_credentials_are_replaced_only_by_ones_that_amazon_takes(line: Line) -> None:
    line.json("channel", "add", "--from", "-", document=line.documents["channel"])
    wrong = line.documents["channel"] | {"name": "fr", "country": "FR"}
    for key, value in (("client_secret", "amzn1.oa2-cs.v1.other"), ("refresh_token", "Atzr|other")):
        error = line.json("channel", "add", "--from", "-", "--no-verify", document=wrong | {key: value}, code=2)[
            "error"
        ]
        assert list(error["fields"]) == [key] and "--no-verify" in error["fix"]
    assert line.json("channel", "verify", "de")["checks"][0]["ok"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"app_id": "amzn1.application-oa2-client.0123"}, "app_id"),
        ({"app_id": ""}, "app_id"),
        ({"client_id": "amzn1.sp.solution.0123"}, "client_id"),
        ({"client_secret": "Atzr|0123"}, "client_secret"),
        ({"redirect_url": "http://shop.example/amazon"}, "redirect_url"),
        ({"redirect_url": "shop.example"}, "redirect_url"),
        ({"redirect_url": "https://shop.example/#x"}, "redirect_url"),
        ({"region": "asia"}, "region"),
        ({"api_mode": "draft"}, "api_mode"),
        ({"mode": "hybrid"}, "mode"),
        ({"name": "-"}, "name"),
        ({"secret_expires_at": "2027-01-01T00:00:00"}, "secret_expires_at"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_a_wrong_app_names_its_field_and_exits_with_two(line: Line, changes: dict[str, Any], field: str) -> None:
    answer = line.json("app", "add", "--from", "-", document=line.documents["app"] | changes, code=2)
    assert list(answer["error"]["fields"]) == [field]
    assert answer["error"]["fix"]
    assert line.json("app", "list") == {"apps": []}


STORES: dict[str, Case] = {
    "a wrong key": ({"api_key": "wrong"}, 3, "api_key", "API access"),
    "a wrong e-mail": ({"email": "nobody@shop.example"}, 3, "api_key", "API access"),
    "no e-mail": ({"email": "nobody"}, 2, "email", "e-mail"),
    "plain http": ({"url": "http://shop.example"}, 2, "url", "https"),
    "nobody there": ({"url": "http://127.0.0.1:9"}, 4, "url", "address"),
}


@pytest.mark.parametrize("case", STORES)
def test_every_wrong_store_names_its_field_and_the_way_out(line: Line, case: str) -> None:
    changes, code, field, says = STORES[case]
    document = line.documents["store"] | {"name": "other"} | changes
    error = line.json("store", "add", "--from", "-", document=document, code=code)["error"]
    assert list(error["fields"]) == [field]
    assert says in f"{error['message']} {error['fix']}" and error["fix"]
    assert [store["name"] for store in line.json("store", "list")["stores"]] == ["demo"]


def test_the_key_of_a_vendor_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"vendor_key": "vendors-own-key", "edition": "MULTIVENDOR"}
    with Sandbox(orders=1, other_orders=0, products=5, store_options=options) as sandbox:
        vendor = {"email": sandbox.store.options.vendor_email, "api_key": "vendors-own-key"}
        document = sandbox.credentials()["store"] | vendor
        error = Line(sandbox, monkeypatch).json("store", "add", "--from", "-", document=document, code=3)["error"]
    assert list(error["fields"]) == ["api_key"]
    assert "not of a vendor" in error["fix"]


@pytest.mark.parametrize("page", [True, "redirect"])
def test_a_store_behind_a_login_page_is_recognised(monkeypatch: pytest.MonkeyPatch, page: Any) -> None:
    with Sandbox(orders=1, other_orders=0, products=5, store_options={"login_page": page}) as sandbox:
        document = sandbox.credentials()["store"] | {"api_key": "wrong"}
        error = Line(sandbox, monkeypatch).json("store", "add", "--from", "-", document=document, code=3)["error"]
    assert error["fields"] and error["fix"]
