"""The Amazon side over HTTP: the token service, the consent page and the Selling Partner operations.

The operations are served twice: under the base URL for live applications, and below SANDBOX_PREFIX as Amazon's sandbox
hosts would. Tokens of one kind of application are denied by the other kind of hosts, and the orders there are others.
"""

from __future__ import annotations

import json

from flask import Blueprint, Flask, Response, request

from sandbox.amazon import listings_feed  # noqa: F401 - a type of feeds
from sandbox.amazon.access import Grant
from sandbox.amazon.applications import PII_ROLE, SANDBOX
from sandbox.amazon.catalog import add_catalog
from sandbox.amazon.confirm_shipment import add_confirmation
from sandbox.amazon.consent import add_consent
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.amazon.feeds import add_feeds
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.listings import add_listings
from sandbox.amazon.notifications import add_notifications
from sandbox.amazon.operations import GET_ORDER, GET_PARTICIPATIONS, SEARCH_ORDERS
from sandbox.amazon.order_book import ORDER_ID
from sandbox.amazon.product_types import add_product_types
from sandbox.amazon.queue_service import QueueService, add_queue_service
from sandbox.amazon.reports import add_reports
from sandbox.amazon.rotation import add_rotation
from sandbox.amazon.search import parse_included, parse_search, single
from sandbox.amazon.shelf import PATH
from sandbox.amazon.state import Amazon
from sandbox.amazon.submit_listings import add_submissions
from sandbox.amazon.token_service import add_token_service
from sandbox.faults import DOCUMENT_OPERATION, Faults
from sandbox.ledger import Ledger
from sandbox.serve import App
from sandbox.world.order import WorldOrder

SANDBOX_PREFIX = "/sandbox-hosts"
"""What stands in for the host names of Amazon's sandbox."""


def create_app(amazon: Amazon, faults: Faults, ledger: Ledger) -> Flask:
    """The token service, the consent page and the operations as one application."""
    app = App("sandbox.amazon")
    gate = Gate(amazon, faults, ledger)
    add_token_service(app, amazon.access, gate)
    add_consent(app, amazon, gate)
    add_queue_service(app, QueueService(amazon.mailbox, amazon.settle_all))
    app.register_blueprint(_operations(amazon, gate))
    app.register_blueprint(_operations(amazon, Gate(amazon, faults, ledger, SANDBOX)), url_prefix=SANDBOX_PREFIX)

    @app.route(f"{PATH}<document_id>", methods=["GET", "PUT"])
    def document(document_id: str) -> Response:
        return gate.run(DOCUMENT_OPERATION, lambda: amazon.shelf.answer(document_id))

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(_: Exception) -> Response:
        return gate.run("unknown", _not_found)

    return app


def _not_found() -> Response:
    raise Refusal(404, "NotFound", "The resource specified does not exist.")


def _operations(amazon: Amazon, gate: Gate) -> Blueprint:
    """The Selling Partner operations behind one gate."""
    operations = Blueprint(gate.api_mode, __name__)
    _add_orders(operations, amazon, gate)
    add_confirmation(operations, amazon, gate)
    _add_sellers(operations, gate)
    add_listings(operations, amazon, gate)
    add_submissions(operations, amazon, gate)
    add_catalog(operations, amazon, gate)
    add_reports(operations, amazon, gate)
    add_feeds(operations, amazon, gate)
    add_product_types(operations, amazon, gate)
    add_rotation(operations, amazon, gate)
    add_notifications(operations, amazon, gate)
    return operations


def _add_orders(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    books = amazon.books[gate.api_mode]

    def search(grant: Grant) -> Response:
        account, personal = owner(grant), PII_ROLE in grant.application.roles
        now = amazon.clock.now()
        query = parse_search(request.args, now)
        check_marketplaces(query.marketplaces or (), account)
        token = single(request.args, "paginationToken")
        if token is not None:
            query = amazon.page_tokens.resume(query, account.seller_id, token, now)
        amazon.confirmations.show()
        book = books[account.seller_id]

        def wanted(order: WorldOrder) -> bool:
            return query.wants(order) and order.order_id not in amazon.unsearched

        orders, more = book.search(query.stream, query.first, query.last, query.after, query.limit, wanted)
        pieces = b",".join(book.json(order, query.included, personal) for order in orders)
        rest: dict[str, object] = {f"{query.stream}Before": query.effective_last}
        if more:
            position = book.key(orders[-1], query.stream)
            next_token = amazon.page_tokens.issue(query, account.seller_id, position, now)
            rest["pagination"] = {"nextToken": next_token}
        body = b'{"orders":[' + pieces + b"]," + json.dumps(rest).encode()[1:]
        return Response(body, mimetype="application/json")

    def get(grant: Grant, order_id: str) -> Response:
        included = parse_included(request.args)
        if not ORDER_ID.fullmatch(order_id):
            raise invalid_input(f"{order_id} is not an order id.")
        amazon.confirmations.show()
        book = books[owner(grant).seller_id]
        order = book.get(order_id)
        if order is None:
            raise Refusal(404, "NOT_FOUND", "The order was not found.", f"Order {order_id} does not exist.")
        document = book.json(order, included, PII_ROLE in grant.application.roles)
        return Response(b'{"order":' + document + b"}", mimetype="application/json")

    @app.get("/orders/2026-01-01/orders")
    def search_orders() -> Response:
        return gate.call(SEARCH_ORDERS, search)

    @app.get("/orders/2026-01-01/orders/<order_id>")
    def get_order(order_id: str) -> Response:
        return gate.call(GET_ORDER, lambda grant: get(grant, order_id))


def _add_sellers(app: Blueprint, gate: Gate) -> None:
    def participations(grant: Grant) -> Response:
        account = owner(grant)
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
                "participation": {
                    "isParticipating": True,
                    "hasSuspendedListings": one.marketplace_id in account.suspended,
                },
            }
            for one in account.marketplaces
        ]
        return Response(json.dumps({"payload": payload}), mimetype="application/json")

    @app.get("/sellers/v1/marketplaceParticipations")
    def get_marketplace_participations() -> Response:
        return gate.call(GET_PARTICIPATIONS, participations)
