"""Feeds: a document is uploaded, a feed made of it, and a processing report says how it went.

What a feed does is registered by its type. That of listings is read and answered, but changes no listing yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon import asked
from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import invalid_input
from sandbox.amazon.gate import Gate, owner
from sandbox.amazon.operations import CREATE_FEED, CREATE_FEED_DOCUMENT, GET_FEED, GET_FEED_DOCUMENT, GET_FEEDS
from sandbox.amazon.processing import DONE, FATAL, Result, Work
from sandbox.amazon.state import Amazon

BASE = "/feeds/2021-06-30"
MOST_MESSAGES = 25_000
_JSON = "application/json; charset=UTF-8"

Process = Callable[[Amazon, Account, bytes], Result]
FEED_TYPES: dict[str, Process] = {}


def feed_type(name: str) -> Callable[[Process], Process]:
    """Register what a type of feed does with its document."""

    def register(process: Process) -> Process:
        FEED_TYPES[name] = process
        return process

    return register


@feed_type("JSON_LISTINGS_FEED")
def _listings(_: Amazon, account: Account, document: bytes) -> Result:
    try:
        messages = json.loads(document)["messages"]
        count = len(messages)
    except (ValueError, KeyError, TypeError):
        return _report(account, FATAL, 0, {"code": "4000001", "message": "The feed is not valid JSON of its schema."})
    if not 1 <= count <= MOST_MESSAGES:
        return _report(account, FATAL, 0, {"code": "4000002", "message": "The feed has too few or too many messages."})
    return _report(account, DONE, count)


def _report(account: Account, status: str, messages: int, *issues: dict[str, str]) -> Result:
    report = {
        "header": {"sellerId": account.seller_id, "version": "2.0", "feedId": "0"},
        "issues": [{"severity": "ERROR", **issue} for issue in issues],
        "summary": {
            "errors": len(issues),
            "warnings": 0,
            "messagesProcessed": messages,
            "messagesAccepted": messages,
            "messagesInvalid": 0,
        },
    }
    return Result(status, (json.dumps(report),), _JSON)


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
        process, kept = FEED_TYPES.get(given["feedType"]), shelf.get(account.seller_id, given["inputFeedDocumentId"])
        if process is None:
            raise invalid_input(f"Feed type {given['feedType']} is not known.")
        if kept is None or kept.data is None:
            raise invalid_input("inputFeedDocumentId names no document that was uploaded.")
        data = kept.data
        work = desk.add(
            account.seller_id,
            given["feedType"],
            asked.places(given["marketplaceIds"], account),
            lambda: process(amazon, account, data),
            options=asked.options(given.get("feedOptions", {})),
        )
        return Response(json.dumps({"feedId": work.id}), status=202, mimetype="application/json")

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
        def get(grant: Grant) -> Response:
            found = asked.found(desk, owner(grant).seller_id, feed_id)
            return Response(json.dumps(_shown(found)), mimetype="application/json")

        return gate.call(GET_FEED, get)

    @app.get(f"{BASE}/documents/<document_id>")
    def get_feed_document(document_id: str) -> Response:
        return gate.call(
            GET_FEED_DOCUMENT,
            lambda grant: asked.address(shelf, owner(grant).seller_id, document_id, "feedDocumentId"),
        )


def _shown(work: Work) -> dict[str, Any]:
    return work.shown("feed", "resultFeedDocumentId")
