"""The store as a Flask application: HTTP in, HTTP out, with latency, faults and the ledger around it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from email.utils import formatdate

from flask import Flask, Response, request

from sandbox.faults import Faults, Rule
from sandbox.ledger import Ledger
from sandbox.serve import App, abort, truncated
from sandbox.store import php
from sandbox.store.call import Reply
from sandbox.store.gateway import LOGIN_PAGE, Page, Request, Target, answer, target
from sandbox.store.state import Store

SIDE = "store"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]
RETRY_AFTER = "2"
"""Seconds named by a 429 of the host in front of the store; the store itself has no throttling."""


def create_app(store: Store, faults: Faults, ledger: Ledger, *, latency: float = 0.0) -> Flask:
    """The application of `store`. `latency` is REAL seconds added to every call."""
    app = App("sandbox.store", static_folder=None)
    # Double slashes have to reach the store, which refuses them.
    app.url_map.merge_slashes = False

    def view(path: str) -> Response:
        if latency:
            time.sleep(latency)
        longest = store.options.longest_address
        if longest is not None and len(request.path) + len(request.query_string) + 1 > longest:
            return _error_page(414, "Request-URI Too Long")  # the store never sees it
        asked = _request(path)
        to = target(store, asked)
        rule = faults.take(SIDE, to.operation, write=to.write)
        done = _Done()
        response = _respond(store, asked, to, rule, done)
        response.headers["Date"] = formatdate(store.now(), usegmt=True)
        status = 0 if done.dropped else response.status_code
        note = f"fault {rule.kind}" if rule else done.note
        ledger.record(SIDE, to.operation, to.method, request.full_path, status, store.clock.now(), note)
        return response

    app.add_url_rule("/", "home", view, defaults={"path": ""}, methods=METHODS)
    app.add_url_rule("/<path:path>", "any", view, methods=METHODS)
    return app


class _Done:
    """What is to be noted about a call besides its status."""

    note: str = ""
    dropped: bool = False


def _request(path: str) -> Request:
    login = request.authorization
    accepts = request.accept_mimetypes
    return Request(
        method=request.method,
        path=path,
        query=php.parse_query(request.query_string.decode("latin-1")),
        body=request.get_data(),
        content_type=request.mimetype,
        accepts_json=not accepts or accepts.accept_json,
        user=login.username if login else None,
        password=login.password if login else None,
    )


def _respond(store: Store, asked: Request, to: Target, rule: Rule | None, done: _Done) -> Response:
    """The answer of the store, or what the fault makes of it."""

    def work() -> Response:
        reply = answer(store, asked, to)
        done.note = reply.note if isinstance(reply, Reply) else ""
        return _response(reply)

    if rule is None:
        return work()
    if rule.kind in _INSTEAD:
        return _INSTEAD[rule.kind]()
    return _around(store, asked, to, rule, done, work)


def _response(reply: Reply | Page) -> Response:
    if isinstance(reply, Page):
        response = _html(reply.status, reply.html)
        if reply.location:
            response.headers["Location"] = reply.location
        return response
    body = "" if reply.body is None else json.dumps(reply.body)
    response = Response(body, status=reply.status, mimetype="application/json")
    response.headers.extend(reply.headers)
    return response


def _html(status: int, html: str) -> Response:
    return Response(html, status=status, mimetype="text/html")


def _error_page(status: int, title: str) -> Response:
    return _html(status, f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>")


def _too_many(retry_after: str | None) -> Response:
    response = _error_page(429, "Too Many Requests")
    if retry_after:
        response.headers["Retry-After"] = retry_after
    return response


_INSTEAD: dict[str, Callable[[], Response]] = {
    "429": lambda: _too_many(RETRY_AFTER),
    "429_bare": lambda: _too_many(None),
    "html_503": lambda: _error_page(503, "Service Temporarily Unavailable"),
    "html_200": lambda: _html(200, LOGIN_PAGE),
    "error_500": lambda: _error_page(500, "Internal Server Error"),
    "lost": lambda: _error_page(504, "Gateway Time-out"),
}
"""Faults in which the store does nothing at all."""


def _around(
    store: Store, asked: Request, to: Target, rule: Rule, done: _Done, work: Callable[[], Response]
) -> Response:
    """Faults that let the store work, before or after the harm is done."""
    if rule.kind == "drop":
        done.dropped = True
        return abort()
    if rule.kind == "late_commit":
        threading.Thread(target=_commit_late, args=(store, asked, to, rule.seconds), daemon=True).start()
        return _error_page(504, "Gateway Time-out")
    if rule.kind == "slow":
        time.sleep(rule.seconds)
        return work()
    response = work()
    if rule.kind == "timeout_after":
        time.sleep(rule.seconds)
        done.dropped = True
        return abort()
    if rule.kind == "error_after":
        return _error_page(500, "Internal Server Error")
    if rule.kind == "reset":
        return truncated(response)
    text = response.get_data()
    return Response(text[: max(len(text) * 2 // 3, 1)], status=200, mimetype="application/json")


def _commit_late(store: Store, asked: Request, to: Target, seconds: float) -> None:
    """The write a slow store still does after its proxy has given up, `seconds` of sandbox time later."""
    store.clock.sleep(seconds)
    answer(store, asked, to)
