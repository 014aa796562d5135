"""Notifications API v1: destinations are the application's (grantless calls), subscriptions a seller's."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.amazon.access import Grant
from sandbox.amazon.gate import Gate, owner
from sandbox.amazon.operations import (
    CREATE_DESTINATION,
    CREATE_SUBSCRIPTION,
    GET_DESTINATIONS,
    GET_SUBSCRIPTION,
)
from sandbox.amazon.state import Amazon


def add_notifications(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """The operations that a program needs to be told of changes."""
    mailbox = amazon.mailbox

    def list_destinations(grant: Grant) -> Response:
        return _told([one.shown() for one in mailbox.destinations(grant.application)])

    def create_destination(grant: Grant) -> Response:
        made = mailbox.create_destination(grant.application, request.get_json(silent=True))
        return _told(made.shown())

    def get_subscription(grant: Grant, kind: str) -> Response:
        version = request.args.get("payloadVersion", "")
        found = mailbox.subscription(grant.application, owner(grant).seller_id, kind, version)
        return _told(found.shown())

    def create_subscription(grant: Grant, kind: str) -> Response:
        body = request.get_json(silent=True)
        made = mailbox.subscribe(grant.application, owner(grant).seller_id, kind, body)
        return _told(made.shown())

    @app.get("/notifications/v1/destinations")
    def get_destinations() -> Response:
        return gate.call(GET_DESTINATIONS, list_destinations)

    @app.post("/notifications/v1/destinations")
    def post_destination() -> Response:
        return gate.call(CREATE_DESTINATION, create_destination)

    @app.get("/notifications/v1/subscriptions/<kind>")
    def read_subscription(kind: str) -> Response:
        return gate.call(GET_SUBSCRIPTION, lambda grant: get_subscription(grant, kind))

    @app.post("/notifications/v1/subscriptions/<kind>")
    def post_subscription(kind: str) -> Response:
        return gate.call(CREATE_SUBSCRIPTION, lambda grant: create_subscription(grant, kind))


def _told(payload: Any) -> Response:
    return jsonify(payload=payload)
