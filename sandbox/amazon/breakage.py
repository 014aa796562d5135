"""Answers broken on demand, see `sandbox.faults`."""

from __future__ import annotations

import base64
import time

from flask import Response

from sandbox.amazon.errors import Refusal, done, quota_exceeded
from sandbox.amazon.shelf import expired
from sandbox.faults import Rule
from sandbox.serve import abort, truncated

UNANSWERED = ("drop", "timeout_after")
"""Kinds of faults that close the connection without an answer."""

_HTML_503 = "<html><head><title>503</title></head><body><h1>Service Temporarily Unavailable</h1></body></html>"
_HTML_LOGIN = "<!doctype html><html><body><form action='/signin'>Sign in to continue</form></body></html>"


def broken_before(rule: Rule, limit: str) -> Response | None:
    """The answer of a fault that comes before the work; None when the work is done as usual.

    `limit` is the rate for the header of a refusal.
    """
    if rule.kind == "slow":
        time.sleep(rule.seconds)
    if rule.kind == "drop":
        return abort()
    if rule.kind in ("429", "429_bare"):
        response = quota_exceeded().response()
        if rule.kind == "429" and limit:
            response.headers["x-amzn-RateLimit-Limit"] = limit
        return response
    if rule.kind == "html_503":
        return Response(_HTML_503, 503, mimetype="text/html")
    if rule.kind == "html_200":
        return Response(_HTML_LOGIN, 200, mimetype="text/html")
    if rule.kind == "expired_url":
        return expired()
    if rule.kind == "error_500":
        return _internal_failure()
    if rule.kind == "swallowed":
        return done()
    return None


def broken_after(rule: Rule, response: Response) -> Response:
    """What the caller gets after the work was done."""
    if rule.kind == "timeout_after":
        time.sleep(rule.seconds)
        return abort()
    return _internal_failure() if rule.kind == "error_after" else response


def _internal_failure() -> Response:
    return Refusal(500, "InternalFailure", "We encountered an internal error.").response()


def broken_response(rule: Rule, response: Response) -> Response:
    """The finished answer, spoilt on its way."""
    if rule.kind == "reset":
        return truncated(response)
    if rule.kind == "malformed":
        body = response.get_data()
        response.set_data(body[: len(body) * 2 // 3])
        response.status_code = 200
    if rule.kind == "bad_checksum":
        response.headers["Content-MD5"] = base64.b64encode(bytes(16)).decode()
    return response
