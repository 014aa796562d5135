"""Feeds: a document is uploaded, a feed made of it, and a processing report says how it went.

What a feed does is registered by its type, see `listings_feed`. On demand a feed ends FATAL, is
stuck, or has no report.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon import asked
from sandbox.amazon.access import Grant
from sandbox.amazon.applications import LIVE
from sandbox.amazon.errors import invalid_input, quota_exceeded
from sandbox.amazon.feed_types import FEED_TYPES, Feed, FeedType
from sandbox.amazon.gate import Gate, owner
from sandbox.amazon.operations import CREATE_FEED, CREATE_FEED_DOCUMENT, GET_FEED, GET_FEED_DOCUMENT, GET_FEEDS
from sandbox.amazon.processing import FATAL, Result, Work
from sandbox.amazon.state import Amazon
from sandbox.faults import FEED_OPERATION, Rule

BASE = "/feeds/2021-06-30"


def add_feeds(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """The operations under /feeds/2021-06-30."""
    desk, shelf = amazon.feeds[gate.api_mode], amazon.shelf

    def create_document(grant: Grant) -> Response:
        document_id = shelf.reserve(owner(grant).seller_id, asked.body({"contentType": str})["contentType"])
        url = shelf.address(request.host_url, "PUT", document_id)
        return Response(
            json.dumps({"feedDocumentId": document_id, "url": url}), status=201, mimetype="application/json"
        )

    def create(grant: Grant) -> Response:
        account = owner(grant)
        wanted = {"feedType": str, "marketplaceIds": list, "inputFeedDocumentId": str}
        given = asked.body(wanted, {"feedOptions": dict})
        kind, kept = FEED_TYPES.get(given["feedType"]), shelf.get(account.seller_id, given["inputFeedDocumentId"])
        if kind is None:
            raise invalid_input(f"Feed type {given['feedType']} is not known.")
        if kept is None or kept.data is None:
            raise invalid_input("inputFeedDocumentId names no document that was uploaded.")
        places = asked.places(given["marketplaceIds"], account)
        options = asked.options(given.get("feedOptions", {}))
        if kind.plan and not amazon.buckets.take(grant.application.client_id, account.seller_id, kind.plan):
            raise quota_exceeded()
        dry = gate.api_mode != LIVE
        feed = Feed(account, grant.application, places, kept.data, amazon.clock.now(), dry)
        rule = amazon.faults.take("amazon", FEED_OPERATION)
        work = desk.add(
            account.seller_id,
            given["feedType"],
            places,
            lambda: _processed(amazon, kind, feed, rule),
            messages=kind.size(kept.data),
            options=options,
            stuck=timedelta(seconds=rule.seconds if rule and rule.kind == "stuck" else 0),
        )
        feed.feed_id = work.id
        return Response(json.dumps({"feedId": work.id}), status=202, mimetype="application/json")

    def get(grant: Grant, feed_id: str) -> Response:
        found = asked.found(desk, owner(grant).seller_id, feed_id)
        return Response(json.dumps(_shown(found)), mimetype="application/json")

    @app.post(f"{BASE}/documents")
    def create_feed_document() -> Response:
        return gate.call(CREATE_FEED_DOCUMENT, create_document)

    @app.post(f"{BASE}/feeds")
    def create_feed() -> Response:
        return gate.call(CREATE_FEED, create)

    @app.get(f"{BASE}/feeds")
    def get_feeds() -> Response:
        return gate.call(
            GET_FEEDS, lambda grant: asked.listed(desk, owner(grant).seller_id, "feed", amazon.clock.now(), _shown)
        )

    @app.get(f"{BASE}/feeds/<feed_id>")
    def get_feed(feed_id: str) -> Response:
        return gate.call(GET_FEED, lambda grant: get(grant, feed_id))

    @app.get(f"{BASE}/documents/<document_id>")
    def get_feed_document(document_id: str) -> Response:
        return gate.call(
            GET_FEED_DOCUMENT,
            lambda grant: asked.address(shelf, owner(grant).seller_id, document_id, "feedDocumentId"),
        )


def _processed(amazon: Amazon, kind: FeedType, feed: Feed, rule: Rule | None) -> Result:
    if rule is not None and rule.kind == "fatal":
        return Result(FATAL, ("Sandbox: this feed was told to fail.",))
    result = kind.process(amazon, feed)
    return Result(result.status) if rule is not None and rule.kind == "no_report" else result


def _shown(work: Work) -> dict[str, Any]:
    return work.shown("feed", "resultFeedDocumentId")
