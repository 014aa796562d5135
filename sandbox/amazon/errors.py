"""Answers in the shape all Selling Partner operations share: refusals, and that of a call with nothing to say."""

from __future__ import annotations

import json

from flask import Response


class Refusal(Exception):
    """The call is answered with `status` and one error entry."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(f"{status} {code}: {message} {details}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def response(self) -> Response:
        """The HTTP answer, without request id and rate header."""
        error = {"code": self.code, "message": self.message, "details": self.details}
        return Response(json.dumps({"errors": [error]}), self.status, mimetype="application/json")


def invalid_input(details: str) -> Refusal:
    """400 for a parameter that is missing or wrong."""
    return Refusal(400, "InvalidInput", "Invalid Input", details)


def unauthorized(details: str) -> Refusal:
    """403 for a token that does not open this gate."""
    return Refusal(403, "Unauthorized", "Access to requested resource is denied.", details)


def access_denied() -> Refusal:
    """403 of an operation that Amazon denies an application, as some sellers got on searchOrders."""
    return Refusal(403, "AccessDenied", "Access to requested resource is denied.")


def quota_exceeded() -> Refusal:
    """429 of an empty token bucket."""
    return Refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def done() -> Response:
    """204 without a body."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
