"""What every call to the Amazon side passes: faults, token, roles, quota, request id, ledger."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.utils import formatdate

from flask import Response, request

from sandbox.amazon.access import Account, Denied, Grant
from sandbox.amazon.applications import LIVE
from sandbox.amazon.breakage import UNANSWERED, broken_after, broken_before, broken_response
from sandbox.amazon.errors import Refusal, access_denied, invalid_input, quota_exceeded, unauthorized
from sandbox.amazon.operations import SANDBOX_BURST, SANDBOX_RATE, Operation
from sandbox.amazon.state import Amazon
from sandbox.faults import DOCUMENT_OPERATION, TOKEN_OPERATION, Faults, Rule
from sandbox.ledger import Ledger
from sandbox.world.marketplaces import KNOWN_IDS

SIDE = "amazon"
SANDBOX_SIDE = "amazon sandbox"
"""Where the ledger counts calls to the sandbox hosts."""
MAX_USER_AGENT = 500
WITH_RATE_HEADER = (400, 404)
"""Statuses besides 2xx whose answers name the rate."""
UNLOGGED_QUERY = (TOKEN_OPERATION, "consent", DOCUMENT_OPERATION)

Handler = Callable[[Grant], Response]


class Gate:
    """The gate of one kind of hosts: live, or Amazon's sandbox."""

    def __init__(self, amazon: Amazon, faults: Faults, ledger: Ledger, api_mode: str = LIVE) -> None:
        self.api_mode = api_mode
        self._amazon = amazon
        self._faults = faults
        self._ledger = ledger
        self._side = SIDE if api_mode == LIVE else SANDBOX_SIDE

    def call(self, operation: Operation, handler: Handler) -> Response:
        """Answer an operation for the bearer of its access token."""
        if self.api_mode != LIVE:
            operation = replace(operation, rate=SANDBOX_RATE, burst=SANDBOX_BURST)
        return self.run(operation.name, lambda: handler(self._admitted(operation)), operation)

    def run(self, name: str, answer: Callable[[], Response], operation: Operation | None = None) -> Response:
        """Answer, unless a fault strikes; note the call."""
        rule = self._faults.take(SIDE, name, write=request.method != "GET")
        response = broken_before(rule, self._limit(operation)) if rule else None
        if response is None:
            response = self._answered(rule, answer)
            response = broken_after(rule, response) if rule else response
        if operation and (response.status_code < 300 or response.status_code in WITH_RATE_HEADER):
            response.headers["x-amzn-RateLimit-Limit"] = self._limit(operation)
        response.headers["Date"] = formatdate(self._amazon.clock.timestamp(), usegmt=True)
        response.headers["x-amzn-RequestId"] = secrets.token_hex(16)
        if rule:
            response = broken_response(rule, response)
        path = request.path if name in UNLOGGED_QUERY else request.full_path.rstrip("?")
        status = 0 if rule and rule.kind in UNANSWERED else response.status_code
        note = f"fault {rule.kind}" if rule else ""
        self._ledger.record(self._side, name, request.method, path, status, self._amazon.clock.now(), note)
        return response

    def _limit(self, operation: Operation | None) -> str:
        return self._amazon.buckets.limit_header(operation) if operation else ""

    def _answered(self, rule: Rule | None, answer: Callable[[], Response]) -> Response:
        try:
            if rule and rule.kind == "expired_token":
                self._amazon.access.expire(request.headers.get("x-amz-access-token", ""))
                raise unauthorized("The access token you provided has expired.")
            if rule and rule.kind == "revoked":
                description = "User may have revoked or didn't grant the permission."
                raise Denied(400, "invalid_grant", description)
            return answer()
        except Refusal as refusal:
            return refusal.response()
        except Denied as denied:
            return _denial(denied)

    def _admitted(self, operation: Operation) -> Grant:
        """Whose call it is; Refusal unless token, application and quota allow it."""
        agent = request.headers.get("User-Agent", "")
        if not agent or len(agent) > MAX_USER_AGENT:
            raise invalid_input(f"The user-agent header is missing or longer than {MAX_USER_AGENT}.")
        token = request.headers.get("x-amz-access-token")
        if not token:
            raise unauthorized("Access token is missing in the request header.")
        grant = self._amazon.access.grant(token)
        if grant is None:
            raise unauthorized("The access token you provided has expired.")
        if grant.scope != operation.scope:
            raise unauthorized("The access token was issued for a scope that does not cover this operation.")
        application = grant.application
        if application.api_mode != self.api_mode:
            raise unauthorized(f"The application is registered for the {application.api_mode} endpoints.")
        if operation.name in application.denied:
            raise access_denied()
        if operation.roles and not application.roles & operation.roles:
            raise unauthorized("The application has no role for this operation.")
        seller_id = grant.account.seller_id if grant.account else ""
        if not self._amazon.buckets.take(application.client_id, seller_id, operation):
            raise quota_exceeded()
        return grant


def owner(grant: Grant) -> Account:
    """The account of a grant that the gate has let in: never a grantless one."""
    assert grant.account is not None
    return grant.account


def check_marketplaces(wanted: Iterable[str], account: Account) -> None:
    """Unknown ids are a mistake, those of another account are none of the caller's business."""
    for marketplace_id in sorted(wanted):
        if marketplace_id in {one.marketplace_id for one in account.marketplaces}:
            continue
        if marketplace_id in KNOWN_IDS:
            raise unauthorized(f"The seller does not sell in marketplace {marketplace_id}.")
        raise invalid_input(f"Marketplace {marketplace_id} is not known.")


def _denial(denied: Denied) -> Response:
    body = {
        "error": denied.error,
        "error_description": denied.description,
        "error_index": f"sandbox/{secrets.token_hex(4)}",
        "request_id": secrets.token_hex(16),
    }
    return Response(json.dumps(body), denied.status, mimetype="application/json")
