"""JSON_LISTINGS_FEED: many submissions in one document, carried out one after the other.

A document that is none ends FATAL; a message that is none is invalid, and the others go on. Codes 4002005, 4002006 and
4002008 with their words are from issues 1098 and 1133 of amzn/selling-partner-api-docs, the other codes of documents
are ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.amazon.errors import Refusal
from sandbox.amazon.feed_types import Feed, feed_type
from sandbox.amazon.issues import ERROR, WARNING
from sandbox.amazon.listing_data import DATA_SETS, shown
from sandbox.amazon.operations import Operation
from sandbox.amazon.processing import DONE, FATAL, Result
from sandbox.amazon.state import Amazon
from sandbox.amazon.submission import DELETE, INVALID, PATCH, PUT, Patch, Submission
from sandbox.amazon.submissions import submit
from sandbox.amazon.submit_listings import read_patch, read_put
from sandbox.world.marketplaces import Marketplace

MOST_MESSAGES = 25_000
MOST_BYTES = 10 * 1024 * 1024
_LARGEST_ID = 2**31 - 1
_PLAN = Operation("createFeed JSON_LISTINGS_FEED", 5 / 300, 5)
"""Five feeds in five minutes, beside the plan of createFeed."""
_JSON = "application/json; charset=UTF-8"
_PLAIN = {"messageId", "sku", "operationType"}
_ALLOWED = {
    "UPDATE": {"productType", "requirements", "attributes"},
    "PARTIAL_UPDATE": {"productType", "attributes"},
    "PATCH": {"productType", "patches"},
    "DELETE": set(),
}
"""Operation → what its messages may have besides."""

Problem = dict[str, Any]


@dataclass
class _Report:
    """The processing report while it is written."""

    feed: Feed
    wanted: Sequence[str] = ()
    """Data sets of the listings that the report is to show."""
    locale: str = ""
    issues: list[Problem] = field(default_factory=list)
    accepted: dict[str, None] = field(default_factory=dict)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("messagesProcessed", "messagesAccepted", "messagesInvalid"), 0)
    )

    def problem(self, code: str, message: str, **more: Any) -> None:
        """An error of the whole document, or of one message."""
        self.issues.append({**more, "code": code, "severity": ERROR, "message": message})

    def result(self, status: str, items: Sequence[Mapping[str, Any]] = ()) -> Result:
        """The report, as Amazon writes it."""
        header: dict[str, Any] = {
            "sellerId": self.feed.account.seller_id,
            "version": "2.0",
            "feedId": self.feed.feed_id,
        }
        summary: dict[str, Any] = {
            "errors": sum(one["severity"] == ERROR for one in self.issues),
            "warnings": sum(one["severity"] == WARNING for one in self.issues),
            **self.counts,
        }
        report = {"header": header, "issues": self.issues, "summary": summary}
        if self.wanted:
            header["report"] = {"includedData": list(self.wanted), "apiVersion": "2021-08-01"}
            told = [one["severity"] for item in items for one in item.get("issues", ())]
            summary["itemSummary"] = {
                "items": len(items),
                "errors": told.count(ERROR),
                "warnings": told.count(WARNING),
            }
            report["items"] = list(items)
        return Result(status, (json.dumps(report, ensure_ascii=False),), _JSON)


def _size(document: bytes) -> int:
    """How many messages there are, without reading them all twice."""
    return document.count(b'"messageId"')


@feed_type("JSON_LISTINGS_FEED", size=_size, plan=_PLAN)
def _listings(amazon: Amazon, feed: Feed) -> Result:
    report = _Report(feed)
    document = _read(report)
    if document is None:
        return report.result(FATAL)
    report.wanted = (document["header"].get("report") or {}).get("includedData", ())
    report.locale = str(document["header"].get("issueLocale") or "")
    places = tuple(place for place in feed.account.marketplaces if place.marketplace_id in feed.places)
    seen: set[int] = set()
    for message in document["messages"]:
        _carry_out(amazon, report, places, message, seen)
    included = {*report.wanted} & {*DATA_SETS}
    items = (shown(amazon, feed.account, sku, places, included) for sku in report.accepted) if included else ()
    return report.result(DONE, [item for item in items if item is not None])


def _read(report: _Report) -> dict[str, Any] | None:
    """The document; None when it is none, and the report says why."""
    document = report.feed.document
    if len(document) > MOST_BYTES:
        report.problem("4002001", f"The feed is larger than {MOST_BYTES} bytes.")
        return None
    try:
        told = json.loads(document)
    except ValueError:
        report.problem("4002002", "The feed is not valid JSON.")
        return None
    for code, problem in _faults(told, report.feed.account.seller_id):
        report.problem(code, problem)
    return None if report.issues else told


def _faults(told: Any, seller_id: str) -> Iterator[tuple[str, str]]:
    header = told.get("header") if isinstance(told, dict) else None
    if not isinstance(header, dict):
        yield "4002005", "The required attribute 'header' is missing."
        return
    for name, right in (("sellerId", seller_id), ("version", "2.0")):
        if name not in header:
            yield "4002005", f"The required attribute '{name}' is missing."
        elif header[name] != right:
            yield "4002006", f"The attribute '{name}' does not match the required value."
    messages = told.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= MOST_MESSAGES:
        yield "4002007", f"A feed has between 1 and {MOST_MESSAGES} messages."


def _carry_out(amazon: Amazon, report: _Report, places: tuple[Marketplace, ...], message: Any, seen: set[int]) -> None:
    report.counts["messagesProcessed"] += 1
    number = message.get("messageId") if isinstance(message, dict) else None
    number = number if isinstance(number, int) and 1 <= number <= _LARGEST_ID else 0
    known = {"messageId": number} if number else {}
    wanted = _wanted(report.feed, places, message) if number and number not in seen else None
    if wanted is None:
        report.counts["messagesInvalid"] += 1
        text = "The provided message did not meet the schema validation requirements for a feed message."
        report.problem("4002008", text, **known)
        return
    seen.add(number)
    outcome = submit(amazon, replace(wanted, locale=report.locale))
    good = outcome.status != INVALID
    report.counts["messagesAccepted" if good else "messagesInvalid"] += 1
    if good:
        report.accepted[wanted.sku] = None
    for one in outcome.issues:
        told = {name: one[name] for name in ("code", "severity", "message")}
        names = {"attributeName": one["attributeNames"][0]} if one["attributeNames"] else {}
        report.issues.append({**known, "sku": wanted.sku, **told, **names})


def _wanted(feed: Feed, places: tuple[Marketplace, ...], message: Mapping[str, Any]) -> Submission | None:
    """What a message wants; None for one that breaks Amazon's schema of messages."""
    operation, sku = message.get("operationType"), message.get("sku")
    extra = message.keys() - _PLAIN
    if operation not in _ALLOWED or not isinstance(sku, str) or not sku:
        return None
    if extra & set().union(*_ALLOWED.values()) - _ALLOWED[operation]:
        return None
    try:
        read = _READERS[operation](message)
    except Refusal:
        return None
    kind = {"UPDATE": PUT, "DELETE": DELETE}.get(operation, PATCH)
    return Submission(feed.account, feed.application, sku, kind, "feed", places, feed.asked, **read, preview=feed.dry)


def _partial(message: Mapping[str, Any]) -> dict[str, Any]:
    """PARTIAL_UPDATE: each attribute replaces what is there."""
    put = read_put(message)
    patches = tuple(Patch("replace", name, tuple(entries)) for name, entries in put["attributes"].items())
    return {"product_type": put["product_type"], "patches": patches}


_READERS: dict[str, Any] = {
    "UPDATE": read_put,
    "PARTIAL_UPDATE": _partial,
    "PATCH": read_patch,
    "DELETE": lambda message: {},
}
