"""Documents, reports, routes and words of submissions, without any remote."""

from __future__ import annotations

import io
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from core.submissions import issues
from core.submissions.document import FeedDocument, fault_of
from core.submissions.known import known
from core.submissions.message import Message, Patch
from core.submissions.report import items, judged
from core.submissions.route import Allowance, Bucket, plan_run, route, stuck_after

SCHEMAS = Path(os.environ.get("CROSSDOCK_SPAPI_MODELS", "../shared/spapi-models")) / "schemas" / "feeds"
CHANGE = Message(
    "A/ü", "PRODUCT", patches=(Patch("replace", "list_price", ({"value": 1.5},)), Patch("delete", "brand"))
)
WHOLE = Message("B", "KITCHEN", {"item_name": [{"value": "Kessel"}]}, "LISTING")
FULL = Allowance(Bucket(5, 5), Bucket(5, 5 / 300), Bucket(15, 0.0083))


def document(*messages: Message) -> bytes:
    made = FeedDocument("A3SELLER", ("issues",))
    for number, message in enumerate(messages, 1):
        assert made.add(number, message)
    text = made.finished().read()
    assert len(text) == made.size
    made.close()
    return text


def test_a_document_is_what_amazons_schema_allows() -> None:
    if not SCHEMAS.exists():
        pytest.skip("the official schemas are not there: set CROSSDOCK_SPAPI_MODELS")
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    parts = [
        json.loads((SCHEMAS / f"listings-feed-{name}-v2.json").read_text()) for name in ("message-schema", "schema")
    ]
    whole = parts[1]
    message = Draft7Validator(parts[0])
    told = json.loads(document(CHANGE, WHOLE))
    assert [list(message.iter_errors(one)) for one in told["messages"]] == [[], []]
    for wrong in ({**told["messages"][0], "requirements": "LISTING"}, {**told["messages"][1], "attributes": {}}):
        assert list(message.iter_errors(wrong))  # the judge sees what is wrong
    resource = Resource.from_contents(parts[0], default_specification=DRAFT7)
    registry: Any = Registry(retrieve=lambda uri: resource)
    assert list(Draft7Validator(whole, registry=registry).iter_errors(told)) == []


def test_nothing_that_amazons_schema_forbids_gets_into_a_document() -> None:
    """Every combination of right and wrong parts: what the official schema finds, the check before an upload finds."""
    if not SCHEMAS.exists():
        pytest.skip("the official schemas are not there: set CROSSDOCK_SPAPI_MODELS")
    from jsonschema import Draft7Validator

    judge = Draft7Validator(json.loads((SCHEMAS / "listings-feed-message-schema-v2.json").read_text()))
    some = ({"value": 1},)
    parts = itertools.product(
        (0, 1),
        ("", "A"),
        ("", "PRODUCT"),
        (None, {}, {"brand": some}),
        ("", "LISTING", "SOME"),
        ((), (Patch("replace", "brand", some),), (Patch("delete", "brand"),), (Patch("drop", "brand", some),)),
    )
    forbidden = allowed = 0
    for number, *rest in parts:
        message = Message(*rest)
        told = json.loads(json.dumps(message.in_feed(number)))
        if next(judge.iter_errors(told), None) is not None:
            assert fault_of(number, message), told
            forbidden += 1
        else:
            allowed += not fault_of(number, message)
    assert forbidden > 100 and allowed > 5


def test_a_message_is_kept_as_it_was_and_known_by_what_it_says() -> None:
    for message in (CHANGE, WHOLE):
        assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message
    assert CHANGE.fingerprint == Message.from_json(CHANGE.to_json()).fingerprint != WHOLE.fingerprint


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("", "PRODUCT", {"a": [{}]}), "no SKU"),
        (Message("A", "", {"a": [{}]}), "no product type"),
        (Message("A", "PRODUCT"), "changes nothing"),
        (Message("A", "PRODUCT", {}), "either attributes or patches"),
        (Message("A", "PRODUCT", {"a": [{}]}, "SOME"), "requirements"),
        (Message("A", "PRODUCT", patches=(Patch("replace", "a/b", ({},)),)), "cannot replace"),
        (Message("A", "PRODUCT", patches=(Patch("replace", "a"),)), "no value"),
        (Message("A", "PRODUCT", {"a": [{"value": float("nan")}]}), "JSON"),
        (Message("A", "PRODUCT", {"a": [{"value": "x" * 11_000_000}]}), "larger than a whole feed"),
    ],
)
def test_what_amazon_would_not_read_never_enters_a_document(message: Message, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        FeedDocument("A3SELLER").add(1, message)


def test_a_document_takes_no_more_than_amazon_does() -> None:
    made = FeedDocument("A3SELLER", most=2)
    assert [made.add(number, CHANGE) for number in (1, 2, 3)] == [True, True, False]
    large = FeedDocument("A3SELLER")
    message = Message("A", "PRODUCT", {"a": [{"value": "ü" * 1_000_000}]})
    assert [large.add(number, message) for number in range(1, 7)] == [True] * 5 + [False]


REPORT = {
    "header": {"sellerId": "A", "version": "2.0", "feedId": "7"},
    "issues": [
        {
            "messageId": 2,
            "sku": "B",
            "code": "90220",
            "severity": "ERROR",
            "message": "'ü' [",
            "attributeName": "brand",
        },
        {"messageId": 3, "code": "1", "severity": "WARNING", "message": "so so"},
        {"code": "4002005", "severity": "ERROR", "message": "header"},
        "odd",
    ],
    "summary": {"messagesProcessed": 3},
    "items": [{"sku": f"S{number}", "text": "]}," * 50} for number in range(3_000)],
}


@pytest.mark.parametrize("indent", [None, 2])
def test_a_report_is_joined_back_to_its_messages(indent: int | None) -> None:
    text = json.dumps(REPORT, indent=indent).encode()
    found = judged(io.BytesIO(text))
    assert found.is_whole and found.summary == {"messagesProcessed": 3} and found.about_all == ["header"]
    assert found.is_refused(2) and not found.is_refused(3) and not found.is_refused(1)
    assert found.issues[2][0]["attributeNames"] == ["brand"]
    assert [one["sku"] for one in items(io.BytesIO(text))] == [f"S{number}" for number in range(3_000)]


@pytest.mark.parametrize("length", [0, 1, 40, 200, 300, 100_000])
def test_a_report_that_breaks_off_says_what_came(length: int) -> None:
    found = judged(io.BytesIO(json.dumps(REPORT).encode()[:length]))
    assert not found.is_whole
    assert set(found.issues) <= {2, 3}


@pytest.mark.parametrize("text", ["[]", "<html>", "{}x", '{"issues": 1, "summary": []}'])
def test_what_is_no_report_says_nothing(text: str) -> None:
    found = judged(io.BytesIO(text.encode()))
    assert (found.issues, found.summary) == ({}, {})


def test_few_go_singly_and_many_by_feed_and_the_reason_is_told() -> None:
    assert not route(300, FULL).by_feed
    chosen = route(25_000, FULL)
    assert chosen.by_feed and chosen.why == "25,000 changes by feed: singly they would take 84 min at the quota's pace."
    no_feeds = Allowance(Bucket(5, 5), Bucket(-5, 5 / 300), Bucket(15, 0.0083))
    assert not route(600, no_feeds).by_feed
    assert "the next feed may be sent in 6 min only" in route(600, no_feeds).why
    later = route(25_000, no_feeds)
    assert (later.by_feed, later.wait) == (True, 360) and "the next feed may be sent in 6 min" in later.why
    soon = Allowance(Bucket(5, 5), Bucket(0.8, 5 / 300), Bucket(15, 0.0083))
    assert route(25_000, soon).wait == 0


def test_seven_hundred_thousand_offers_are_twenty_eight_feeds_at_the_quotas_pace() -> None:
    planned = plan_run(700_000, 25_000, FULL)
    assert planned.feeds == 28
    assert planned.calls == {"createFeedDocument": 28, "createFeed": 28, "getFeedDocument": 28}
    assert planned.seconds == pytest.approx((28 - 15) / 0.0083)


def test_the_patience_with_a_feed_grows_with_its_size() -> None:
    assert stuck_after(20).total_seconds() == 3_604 and stuck_after(25_000).total_seconds() == 8_600


def test_what_amazon_refuses_is_told_with_its_code_its_attribute_and_a_fix() -> None:
    hold = issues.refused([{"code": "90220", "message": "'Brand' is required.", "attributeNames": ["brand"]}])
    assert hold.message == "Amazon refuses it: 'Brand' is required [brand] (90220)."
    assert "field mapping" in hold.fix and hold.about == "brand"
    warning = {"code": "1", "severity": "WARNING", "message": "w"}
    unknown = {"code": "77", "severity": "ERROR", "message": "e", "categories": ["INVALID_IMAGE"]}
    assert "picture" in issues.refused([warning, unknown]).fix
    assert issues.refused([]).message == "Amazon refuses it and does not say why."


def test_V3_every_code_of_the_facts_has_a_cause_and_a_fix() -> None:
    """Codes that others have seen, and the categories of the Listings Items API; others are told in Amazon's words."""
    seen = "90220 18027 99300 18155 18742 4000001 90000900 100476 90183 4002005 4002006 4002008 99022 18448 8541 8560"
    categories = "MISSING_ATTRIBUTE INVALID_ATTRIBUTE INVALID_IMAGE MISSING_IMAGE INVALID_PRICE MISSING_PRICE DUPLICATE"
    found = [known(code) for code in seen.split()] + [known("", [one]) for one in categories.split()]
    assert all(one.cause.endswith(".") and one.fix.endswith(".") for one in found)
    assert known("90220", ["INVALID_IMAGE"]) == known("90220"), "a code says more than a category"
    assert (known("7").cause, bool(known("7").fix)) == ("", True)
