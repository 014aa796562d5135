"""Feeds API 2021-06-30: a document is uploaded, a feed made of it, and Amazon tells in another one how it went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from core.amazon.operations import CREATE_FEED, CREATE_FEED_DOCUMENT, GET_FEED, GET_FEED_DOCUMENT, GET_FEEDS
from core.amazon.processing import Names, Processing, listed, new_id, read
from core.amazon.signed import Address, once_more_if_refused, read_address
from core.amazon.transport import AmazonClient
from core.quota import UsagePlan

_NAMES = Names("A feed", "feedId", "feedType", "feedTypes", "feeds", "resultFeedDocumentId")


@dataclass(frozen=True)
class FeedRequest:
    """What a feed is."""

    type: str
    marketplace_ids: tuple[str, ...]
    """At most 25."""
    content_type: str
    """Of its document: "application/json; charset=UTF-8"."""
    options: Mapping[str, str] = field(default_factory=dict)


def upload(client: AmazonClient, content_type: str, body: BinaryIO) -> str:
    """Bring a document to Amazon; returns its id. A document that no feed names is nothing, so it may be repeated."""

    def send() -> str:
        place = read_address(client.call(CREATE_FEED_DOCUMENT, body={"contentType": content_type}), "feedDocumentId")
        client.upload(place.url, body, content_type)
        return place.document_id

    return once_more_if_refused(send)


LISTINGS = "JSON_LISTINGS_FEED"
LISTINGS_PLAN = UsagePlan(5 / 300, 5)
"""Five feeds of listings in five minutes and region, beside createFeed's own plan (release note of 2025-05-06)."""
LISTINGS_BUCKET = f"{CREATE_FEED.name} {LISTINGS}"


def create(client: AmazonClient, wanted: FeedRequest, document_id: str) -> str:
    """Make a feed of an uploaded document; returns its id. OutcomeUnknown: it may be there, look with `since`."""
    body: dict[str, Any] = {
        "feedType": wanted.type,
        "marketplaceIds": list(wanted.marketplace_ids),
        "inputFeedDocumentId": document_id,
    }
    if wanted.options:
        body["feedOptions"] = dict(wanted.options)
    if wanted.type == LISTINGS:
        client.acquire(LISTINGS_BUCKET, LISTINGS_PLAN)
    return new_id(_NAMES, client.call(CREATE_FEED, body=body))


def get(client: AmazonClient, feed_id: str) -> Processing:
    """How far a feed is. DONE says nothing of its messages: the processing report does."""
    return read(_NAMES, client.call(GET_FEED, path={"feed_id": feed_id}))


def since(client: AmazonClient, kind: str, start: datetime) -> Iterator[Processing]:
    """The feeds of a type that were made since a time; of which document Amazon does not tell."""
    return listed(client, GET_FEEDS, _NAMES, kind, start)


def address(client: AmazonClient, document_id: str) -> Address:
    """Where a processing report lies, for five minutes."""
    return read_address(client.call(GET_FEED_DOCUMENT, path={"document_id": document_id}), "feedDocumentId")
