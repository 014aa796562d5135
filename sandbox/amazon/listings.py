"""Listings: searched, or read one by one, with the data sets that are asked for.

Every seller lists every product in each of their marketplaces until they write otherwise, see `listing_book`.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import Refusal, invalid_input, unauthorized
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.listing_data import DATA_SETS, shown
from sandbox.amazon.listing_search import PARAMETERS, Search
from sandbox.amazon.operations import GET_LISTING, SEARCH_LISTINGS
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.world.marketplaces import Marketplace

_BASE = "/listings/2021-08-01/items/<seller_id>"
_SINGLE = {"marketplaceIds", "includedData", "issueLocale"}


def add_listings(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """GET /listings/2021-08-01/items/{sellerId} and /{sku}."""

    def search(grant: Grant, seller_id: str) -> Response:
        account = own(grant, seller_id)
        places, included = _places(account), _included() - amazon.withheld
        amazon.settle(account)
        _refuse_unknown(_SINGLE | PARAMETERS)
        page = Search(amazon, account, places, request.args).page()
        items = [shown(amazon, account, sku, places, included) for sku in page.skus]
        body: dict[str, Any] = {"numberOfResults": page.found, "items": items}
        if page.pagination:
            body["pagination"] = page.pagination
        return Response(json.dumps(body), mimetype="application/json")

    def get(grant: Grant, seller_id: str, sku: str) -> Response:
        account = own(grant, seller_id)
        _refuse_unknown(_SINGLE)
        amazon.settle(account)
        item = shown(amazon, account, sku, _places(account), _included())
        if item is None:
            raise Refusal(404, "NOT_FOUND", f"SKU '{sku}' not found in the marketplaces asked for.")
        return Response(json.dumps(item), mimetype="application/json")

    @app.get(_BASE)
    def search_listings_items(seller_id: str) -> Response:
        return gate.call(SEARCH_LISTINGS, lambda grant: search(grant, seller_id))

    @app.get(f"{_BASE}/<path:sku>")
    def get_listings_item(seller_id: str, sku: str) -> Response:
        return gate.call(GET_LISTING, lambda grant: get(grant, seller_id, sku))


def own(grant: Grant, seller_id: str) -> Account:
    """The seller of a path, who must be that of the token."""
    account = owner(grant)
    if seller_id != account.seller_id:
        raise unauthorized(f"The token is not one of seller {seller_id}.")
    return account


def _places(account: Account) -> list[Marketplace]:
    wanted = (single(request.args, "marketplaceIds") or "").split(",")
    check_marketplaces(wanted, account)
    return [place for place in account.marketplaces if place.marketplace_id in wanted]


def _included() -> frozenset[str]:
    told = single(request.args, "includedData")
    wanted = frozenset(told.split(",")) if told else frozenset({"summaries"})
    if unknown := wanted - set(DATA_SETS):
        raise invalid_input(f"includedData {sorted(unknown)[0]} is not known.")
    return wanted


def _refuse_unknown(known: set[str]) -> None:
    if unknown := sorted(set(request.args) - known):
        raise invalid_input(f"The sandbox does not know {unknown[0]}.")
