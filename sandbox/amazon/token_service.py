"""Login with Amazon over HTTP: one address for three kinds of grant."""

from __future__ import annotations

import json

from flask import Flask, Response, request

from sandbox.amazon.access import Access, Denied, Issued
from sandbox.amazon.gate import Gate
from sandbox.faults import TOKEN_OPERATION

FORM = "application/x-www-form-urlencoded"


def add_token_service(app: Flask, access: Access, gate: Gate) -> None:
    """POST /auth/o2/token."""

    @app.post("/auth/o2/token")
    def token() -> Response:
        return gate.run(TOKEN_OPERATION, lambda: _answer(access))


def _answer(access: Access) -> Response:
    if request.mimetype != FORM:
        raise Denied(400, "unsupported_grant_type", f"The request must be sent as {FORM}.")
    form = request.form
    grant_type = form.get("grant_type", "")
    if grant_type not in ("refresh_token", "client_credentials", "authorization_code"):
        raise Denied(400, "unsupported_grant_type", "The authorization grant type is not supported.")
    application = access.client(form.get("client_id", ""), form.get("client_secret", ""))
    if grant_type == "refresh_token":
        return _issued(access.by_refresh_token(application, form.get("refresh_token", "")))
    if grant_type == "client_credentials":
        return _issued(access.by_scope(application, form.get("scope", "")))
    return _issued(access.by_code(application, form.get("code", ""), form.get("redirect_uri", "")))


def _issued(issued: Issued) -> Response:
    body = {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in,
    }
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    return Response(json.dumps(body), mimetype="application/json")
