"""The Amazon side over HTTP."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from email.utils import formatdate

from flask import Flask, Response, request

from sandbox.amazon.access import Account, Denied, Issued
from sandbox.amazon.breakage import broken_before, broken_response
from sandbox.amazon.errors import Refusal, invalid_input, quota_exceeded, unauthorized
from sandbox.amazon.operations import GET_ORDER, GET_PARTICIPATIONS, SEARCH_ORDERS, Operation
from sandbox.amazon.order_book import OrderBook
from sandbox.amazon.search import parse_included, parse_search, single
from sandbox.amazon.state import Amazon
from sandbox.faults import TOKEN_OPERATION, Faults, Rule
from sandbox.ledger import Ledger
from sandbox.world.marketplaces import ALL

SIDE = "amazon"
MAX_USER_AGENT = 500
FORM = "application/x-www-form-urlencoded"
WITH_RATE_HEADER = (400, 404)
"""Statuses besides 2xx whose answers name the rate."""

Handler = Callable[[Account], Response]


def create_app(amazon: Amazon, faults: Faults, ledger: Ledger) -> Flask:
    """The token service and the Selling Partner operations as one application."""
    app = Flask("sandbox.amazon")
    door = _Door(amazon, faults, ledger)
    _add_token_service(app, amazon, door)
    _add_orders(app, amazon, door)
    _add_sellers(app, door)

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(_: Exception) -> Response:
        return door.run("unknown", _not_found)

    return app


def _not_found() -> Response:
    raise Refusal(404, "NotFound", "The resource specified does not exist.")


class _Door:
    """What every call passes: faults, token, quota, request id, ledger."""

    def __init__(self, amazon: Amazon, faults: Faults, ledger: Ledger) -> None:
        self._amazon = amazon
        self._faults = faults
        self._ledger = ledger

    def call(self, operation: Operation, handler: Handler) -> Response:
        """Answer an operation for the account of its access token."""
        return self.run(operation.name, lambda: self._admitted(operation, handler), operation)

    def run(self, name: str, answer: Callable[[], Response], operation: Operation | None = None) -> Response:
        """Answer, unless a fault strikes; note the call."""
        rule = self._faults.take(SIDE, name)
        response = broken_before(rule, self._limit(operation)) if rule else None
        if response is None:
            response = self._answered(rule, answer)
        if operation and (response.status_code < 300 or response.status_code in WITH_RATE_HEADER):
            response.headers["x-amzn-RateLimit-Limit"] = self._limit(operation)
        response.headers["Date"] = formatdate(self._amazon.clock.timestamp(), usegmt=True)
        response.headers["x-amzn-RequestId"] = secrets.token_hex(16)
        if rule:
            response = broken_response(rule, response)
        path = request.path if name == TOKEN_OPERATION else request.full_path.rstrip("?")
        status = 0 if rule and rule.kind == "drop" else response.status_code
        note = f"fault {rule.kind}" if rule else ""
        self._ledger.record(SIDE, name, request.method, path, status, self._amazon.clock.now(), note)
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

    def _admitted(self, operation: Operation, handler: Handler) -> Response:
        agent = request.headers.get("User-Agent", "")
        if not agent or len(agent) > MAX_USER_AGENT:
            raise invalid_input(f"The user-agent header is missing or longer than {MAX_USER_AGENT}.")
        token = request.headers.get("x-amz-access-token")
        if not token:
            raise unauthorized("Access token is missing in the request header.")
        grant = self._amazon.access.grant(token)
        if grant is None:
            raise unauthorized("The access token you provided has expired.")
        if grant.account is None:
            raise unauthorized("The access token was issued for a scope that does not cover this operation.")
        if not self._amazon.buckets.take(grant.client_id, grant.account.seller_id, operation):
            raise quota_exceeded()
        return handler(grant.account)


def _add_token_service(app: Flask, amazon: Amazon, door: _Door) -> None:
    def answer() -> Response:
        if request.mimetype != FORM:
            raise Denied(400, "unsupported_grant_type", f"The request must be sent as {FORM}.")
        form = request.form
        grant_type = form.get("grant_type", "")
        if grant_type not in ("refresh_token", "client_credentials", "authorization_code"):
            raise Denied(400, "unsupported_grant_type", "The authorization grant type is not supported.")
        amazon.access.check_client(form.get("client_id", ""), form.get("client_secret", ""))
        if grant_type == "refresh_token":
            return _issued(amazon.access.by_refresh_token(form.get("refresh_token", "")))
        if grant_type == "client_credentials":
            return _issued(amazon.access.by_scope(form.get("scope", "")))
        return _issued(amazon.access.by_code(form.get("code", ""), form.get("redirect_uri", "")))

    @app.post("/auth/o2/token")
    def token() -> Response:
        return door.run(TOKEN_OPERATION, answer)


def _issued(issued: Issued) -> Response:
    body = {
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.expires_in,
    }
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    return Response(json.dumps(body), mimetype="application/json")


def _denial(denied: Denied) -> Response:
    body = {
        "error": denied.error,
        "error_description": denied.description,
        "error_index": f"sandbox/{secrets.token_hex(4)}",
        "request_id": secrets.token_hex(16),
    }
    return Response(json.dumps(body), denied.status, mimetype="application/json")


def _add_orders(app: Flask, amazon: Amazon, door: _Door) -> None:
    def search(account: Account) -> Response:
        now = amazon.clock.now()
        query = parse_search(request.args, now)
        _check_marketplaces(query.marketplaces, account)
        token = single(request.args, "paginationToken")
        if token is not None:
            query = amazon.page_tokens.resume(query, account.seller_id, token, now)
        book = amazon.books[account.seller_id]
        orders, more = book.search(query.stream, query.first, query.last, query.after, query.limit, query.wants)
        pieces = b",".join(book.json(order, query.included) for order in orders)
        rest: dict[str, object] = {f"{query.stream}Before": query.effective_last}
        if more:
            position = book.key(orders[-1], query.stream)
            next_token = amazon.page_tokens.issue(query, account.seller_id, position, now)
            rest["pagination"] = {"nextToken": next_token}
        body = b'{"orders":[' + pieces + b"]," + json.dumps(rest).encode()[1:]
        return Response(body, mimetype="application/json")

    def get(account: Account, order_id: str) -> Response:
        included = parse_included(request.args)
        book: OrderBook = amazon.books[account.seller_id]
        order = book.get(order_id)
        if order is None:
            raise Refusal(404, "NOT_FOUND", "The order was not found.", f"Order {order_id} does not exist.")
        return Response(b'{"order":' + book.json(order, included) + b"}", mimetype="application/json")

    @app.get("/orders/2026-01-01/orders")
    def search_orders() -> Response:
        return door.call(SEARCH_ORDERS, search)

    @app.get("/orders/2026-01-01/orders/<order_id>")
    def get_order(order_id: str) -> Response:
        return door.call(GET_ORDER, lambda account: get(account, order_id))


def _check_marketplaces(wanted: frozenset[str] | None, account: Account) -> None:
    """Unknown ids are a mistake, those of another account are none of the caller's business."""
    for marketplace_id in sorted(wanted or ()):
        if marketplace_id in {one.marketplace_id for one in account.marketplaces}:
            continue
        if marketplace_id in {one.marketplace_id for one in ALL}:
            raise unauthorized(f"The seller does not sell in marketplace {marketplace_id}.")
        raise invalid_input(f"Marketplace {marketplace_id} is not known.")


def _add_sellers(app: Flask, door: _Door) -> None:
    def participations(account: Account) -> Response:
        payload = [
            {
                "marketplace": {
                    "id": one.marketplace_id,
                    "name": one.name,
                    "countryCode": one.country,
                    "defaultCurrencyCode": one.currency,
                    "defaultLanguageCode": one.language,
                    "domainName": one.domain,
                },
                "storeName": account.store_name,
                "participation": {"isParticipating": True, "hasSuspendedListings": False},
            }
            for one in account.marketplaces
        ]
        return Response(json.dumps({"payload": payload}), mimetype="application/json")

    @app.get("/sellers/v1/marketplaceParticipations")
    def get_marketplace_participations() -> Response:
        return door.call(GET_PARTICIPATIONS, participations)
