"""The control interface of the sandbox, under `/_sandbox/` on both servers: look at it, steer it.

It is mounted in front of the applications, so their authentication, faults and ledger never see these calls.
Bodies are JSON; a wrong one is answered 400 with the reason.

GET, DELETE  ledger                     calls counted and listed (?side, operation, limit)
GET, POST, DELETE  faults               see `sandbox.faults`; one rule or a list
GET, POST    clock                      {"advance", "offset", "speed"}
GET, POST    quota                      {"scale"}: factor on Amazon's plans, 0 is unlimited
GET          world, expected, audit     numbers; what each order must become; what the store made of them
GET          audit/shipments            what Amazon was told of the store's shipments
GET          audit/catalogue            what the store made of the demo seller's listings
POST         audit/listings             {"skus"?, "price_factor", "buffer", "most", "wanted"?}: what Amazon lists of the
                                        store's products, and how it was sent
POST         warehouse/ship             {"orders", "way", "carrier", "tracking", "complete"}: see `sandbox.warehouse`
POST         warehouse/shift            {"every": seconds} and the same: ship again and again, 0 ends it
POST, DELETE warehouse/shipments/ID     mend one ({"carrier", "tracking"}), take one back
POST         orders, orders/ID          add an order, change one
POST         orders/ID/packages         others than the seller's program ship it, or buy a label at Amazon
POST         orders/ID/return           {"line", "units", "refunded"}: the buyer sends units back, which only the
                                        report of returns tells
GET, POST    confirmations              {"delay"}: sandbox seconds until a confirmed shipment shows
POST         revoke, restore            {"seller_id", "client_id"?}: the seller takes the authorization back, or not
POST         vacation                   {"seller_id", "country", "on"}
POST         listings                   {"unknown": n}: list so many products that the store does not have
POST         listings/change            {"sku", "title", "price", "quantity", "active", "gone", "parent", …}
POST         listings/publishing        {"show", "buyable"}: seconds until a write shows, and a new listing is on sale
POST         listings/issue             {"sku", "after", "code", "actions", …}: Amazon finds something, at once or later
GET          listings/submissions       what was sent, and what became of it
POST         listings/report            {"language", "charset", "deprecated", "nul", "cut", "rows", "header"}
POST         orders/report              {"charset", "mark", "business", "extra", "nul", "shuffled", "hidden", "lag"} of
                                        the reports of all orders
POST         orders/history             {"count", "days", "newest", "finished", "imported"}: orders of the years before
DELETE       processing                 forget all reports, feeds and documents
GET, POST    processing                 {"queue", "work", "per_message", "packed", "min_interval", "outcomes"} of
                                        reports and feeds
POST         store/fresh                {"count", "bad", "known"}: products that are not at Amazon; GET store/flaws
POST         store/sell                 {"product", "quantity"}: a buyer buys there; no time of the product changes
POST         store/edit                 {"product", "changes", "silent"}: fields, features, negative amounts
POST         store/delete               {"products"} or {"share"}
GET          product-types              product type -> the newest release of its schema
POST         product-types/NAME         {"release"}: a new version, with other attributes and values
GET, POST    notifications              what Amazon sent, by queue; {"seller_id", "type", "payload"}: let it tell
GET          applications               with newest secret, roles, and when secrets die
POST         applications/NAME          {"draft", "enrolled", "redirect_uris", "roles", "denied", "secret_queue"}
POST         applications/NAME/rotate   a new client secret; the old one works for a week more
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flask import Flask, Response, abort, jsonify, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sandbox.ability import Ability, abilities
from sandbox.clock import Clock
from sandbox.faults import Faults, Rule
from sandbox.ledger import Ledger
from sandbox.serve import App

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PREFIX = "/_sandbox"
Result = TypeVar("Result")


class Controlled(Protocol):
    """What the control interface steers besides the abilities; `sandbox.sandbox.Sandbox` is one."""

    clock: Clock
    faults: Faults
    ledger: Ledger


def plain(value: Any) -> Any:
    """A JSON-ready copy: amounts as strings, times as ISO 8601, dataclasses as objects, keys as strings."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def control_app(sandbox: Controlled) -> Flask:
    """The control interface as an application of its own."""
    app = App("sandbox.control")
    _add_records(app, sandbox)
    _add_clock(app, sandbox)
    for one, act in abilities(sandbox):
        app.add_url_rule(f"/{one.path}", act.__name__, _offered(one, act), methods=[one.method])
    return app


def mount(app: WSGIApplication, control: WSGIApplication) -> WSGIApplication:
    """`app` with `control` answering everything under /_sandbox."""
    return DispatcherMiddleware(app, {PREFIX: control})


def _add_records(app: Flask, sandbox: Controlled) -> None:
    @app.get("/ledger")
    def get_ledger() -> Response:
        wanted = request.args
        entries = sandbox.ledger.entries(
            wanted.get("side"), wanted.get("operation"), wanted.get("limit", 100, type=int)
        )
        return jsonify(counts=sandbox.ledger.counts(), entries=[plain(entry) for entry in entries])

    @app.delete("/ledger")
    def clear_ledger() -> tuple[str, int]:
        sandbox.ledger.clear()
        return "", 204

    @app.get("/faults")
    def get_faults() -> Response:
        return jsonify(faults=sandbox.faults.state())

    @app.post("/faults")
    def add_faults() -> Response:
        body = request.get_json()
        wanted = body if isinstance(body, list) else [body]
        rules = _refusing(lambda: [Rule(**one) for one in wanted])
        for rule in rules:
            sandbox.faults.add(rule)
        return jsonify(added=[asdict(rule) for rule in rules])

    @app.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        sandbox.faults.clear()
        return "", 204


def _add_clock(app: Flask, sandbox: Controlled) -> None:
    @app.get("/clock")
    def get_clock() -> Response:
        return jsonify(sandbox.clock.state())

    @app.post("/clock")
    def set_clock() -> Response:
        body: dict[str, float] = request.get_json()
        _refusing(lambda: sandbox.clock.set(offset=body.get("offset"), speed=body.get("speed")))
        sandbox.clock.advance(body.get("advance", 0.0))
        return jsonify(sandbox.clock.state())


def _offered(one: Ability, act: Callable[..., Any]) -> Callable[..., Response | tuple[str, int]]:
    """The view of an ability; one that returns nothing is answered 204."""

    def view(**place: str) -> Response | tuple[str, int]:
        body = request.get_json(silent=True) or {} if one.method == "POST" else {}
        arguments = {one.body: body} if one.body else body
        result = _refusing(lambda: act(**place, **arguments))
        if result is None:
            return "", 204
        return jsonify({one.key: plain(result)} if one.key else plain(result))

    return view


def _refusing(action: Callable[[], Result]) -> Result:
    """The result of `action`; what it finds wrong with its input becomes a 400 that says so."""
    try:
        return action()
    except (KeyError, TypeError, ValueError) as error:
        abort(Response(f"{type(error).__name__}: {error}\n", status=400, mimetype="text/plain"))
