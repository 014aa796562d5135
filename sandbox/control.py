"""The control interface of the sandbox, under `/_sandbox/` on both servers: look at it, steer it.

It is mounted in front of the applications, so their authentication, faults and ledger never see these calls.
Bodies are JSON; a wrong one is answered 400 with the reason.

GET, DELETE  ledger                     calls counted and listed (?side, operation, limit)
GET, POST, DELETE  faults               see `sandbox.faults`; one rule or a list
GET, POST    clock                      {"advance", "offset", "speed"}
GET, POST    quota                      {"scale"}: factor on Amazon's plans, 0 is unlimited
GET          world, expected, audit     numbers; what each order must become; what the store made of them
POST         orders, orders/ID          add an order, change one
POST         revoke, restore            {"seller_id", "client_id"?}: the seller takes the authorization back, or not
POST         vacation                   {"seller_id", "country", "on"}
GET          applications               with newest secret, roles, and when secrets die
POST         applications/NAME          {"draft", "enrolled", "redirect_uris", "roles", "denied"}
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

from sandbox.clock import Clock
from sandbox.faults import Faults, Rule
from sandbox.ledger import Ledger

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PREFIX = "/_sandbox"
Result = TypeVar("Result")


class Controlled(Protocol):
    """What the control interface steers; `sandbox.sandbox.Sandbox` is one."""

    clock: Clock
    faults: Faults
    ledger: Ledger

    def world_summary(self) -> dict[str, Any]: ...
    def expectations(self) -> dict[str, Any]: ...
    def run_audit(self) -> Any: ...
    def get_quota_scale(self) -> float: ...
    def set_quota_scale(self, scale: float) -> None: ...
    def update_order(self, order_id: str, changes: dict[str, Any]) -> Any: ...
    def add_order(self, wishes: dict[str, Any]) -> Any: ...
    def applications(self) -> list[dict[str, Any]]: ...
    def set_application(self, wanted: str, changes: dict[str, Any]) -> dict[str, Any]: ...
    def rotate_secret(self, wanted: str) -> dict[str, Any]: ...
    def revoke(self, seller_id: str, client_id: str | None = None) -> int: ...
    def restore(self, seller_id: str, client_id: str | None = None) -> int: ...
    def set_vacation(self, seller_id: str, country: str, on: bool) -> None: ...


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
    app = Flask("sandbox.control")
    _add_records(app, sandbox)
    _add_steering(app, sandbox)
    _add_world(app, sandbox)
    _add_sellers(app, sandbox)
    _add_applications(app, sandbox)
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


def _add_steering(app: Flask, sandbox: Controlled) -> None:
    @app.get("/clock")
    def get_clock() -> Response:
        return jsonify(sandbox.clock.state())

    @app.post("/clock")
    def set_clock() -> Response:
        body: dict[str, float] = request.get_json()
        _refusing(lambda: sandbox.clock.set(offset=body.get("offset"), speed=body.get("speed")))
        sandbox.clock.advance(body.get("advance", 0.0))
        return jsonify(sandbox.clock.state())

    @app.get("/quota")
    def get_quota() -> Response:
        return jsonify(scale=sandbox.get_quota_scale())

    @app.post("/quota")
    def set_quota() -> Response:
        sandbox.set_quota_scale(_refusing(lambda: float(request.get_json()["scale"])))
        return jsonify(scale=sandbox.get_quota_scale())


def _add_world(app: Flask, sandbox: Controlled) -> None:
    @app.get("/world")
    def get_world() -> Response:
        return jsonify(plain(sandbox.world_summary()))

    @app.get("/expected")
    def get_expected() -> Response:
        return jsonify(plain(sandbox.expectations()))

    @app.get("/audit")
    def get_audit() -> Response:
        return jsonify(plain(sandbox.run_audit()))

    @app.post("/orders")
    def add_order() -> Response:
        return jsonify(plain(_refusing(lambda: sandbox.add_order(request.get_json()))))

    @app.post("/orders/<order_id>")
    def update_order(order_id: str) -> Response:
        return jsonify(plain(_refusing(lambda: sandbox.update_order(order_id, request.get_json()))))


def _add_sellers(app: Flask, sandbox: Controlled) -> None:
    """What sellers do in Seller Central; each body names the seller_id, which a region may stand for."""

    @app.post("/revoke")
    def revoke() -> Response:
        body = request.get_json()
        return jsonify(revoked=_refusing(lambda: sandbox.revoke(body["seller_id"], body.get("client_id"))))

    @app.post("/restore")
    def restore() -> Response:
        body = request.get_json()
        return jsonify(restored=_refusing(lambda: sandbox.restore(body["seller_id"], body.get("client_id"))))

    @app.post("/vacation")
    def set_vacation() -> tuple[str, int]:
        body = request.get_json()
        _refusing(lambda: sandbox.set_vacation(body["seller_id"], body["country"], bool(body["on"])))
        return "", 204


def _add_applications(app: Flask, sandbox: Controlled) -> None:
    """The developer's console; an application is named by its name, client id or application id."""

    @app.get("/applications")
    def get_applications() -> Response:
        return jsonify(applications=plain(sandbox.applications()))

    @app.post("/applications/<wanted>")
    def set_application(wanted: str) -> Response:
        return jsonify(plain(_refusing(lambda: sandbox.set_application(wanted, request.get_json()))))

    @app.post("/applications/<wanted>/rotate")
    def rotate_secret(wanted: str) -> Response:
        return jsonify(plain(_refusing(lambda: sandbox.rotate_secret(wanted))))


def _refusing(action: Callable[[], Result]) -> Result:
    """The result of `action`; what it finds wrong with its input becomes a 400 that says so."""
    try:
        return action()
    except (KeyError, TypeError, ValueError) as error:
        abort(Response(f"{type(error).__name__}: {error}\n", status=400, mimetype="text/plain"))
