"""Listings: searched by SKU or one by one, with the data sets that are asked for.

Every seller lists every product in each of their marketplaces until they write otherwise, see `listing_book`. Of the
search's parameters those that change what is found are known by SKU only; the others are refused rather than ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import Refusal, invalid_input, unauthorized
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.listing_data import DATA_SETS, shown
from sandbox.amazon.operations import GET_LISTING, SEARCH_LISTINGS
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.world.marketplaces import Marketplace

_BASE = "/listings/2021-08-01/items/<seller_id>"
_SINGLE = {"marketplaceIds", "includedData", "issueLocale"}
_KNOWN = _SINGLE | {"identifiers", "identifiersType", "pageSize", "pageToken"}
_MOST_IDENTIFIERS = 20


def add_listings(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """GET /listings/2021-08-01/items/{sellerId} and /{sku}."""

    def search(grant: Grant, seller_id: str) -> Response:
        account = own(grant, seller_id)
        places, included = _places(account), _included() - amazon.withheld
        amazon.settle(account)
        skus = _chosen(amazon, account, places)
        start, size = _page()
        items = [shown(amazon, account, sku, places, included) for sku in skus[start : start + size]]
        body: dict[str, Any] = {"numberOfResults": len(skus), "items": items}
        if start + size < len(skus):
            body["pagination"] = {"nextToken": str(start + size)}
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


def _chosen(amazon: Amazon, account: Account, places: Sequence[Marketplace]) -> list[str]:
    """The SKUs asked for that are listed."""
    _refuse_unknown(_KNOWN)
    identifiers, kind = single(request.args, "identifiers"), single(request.args, "identifiersType")
    book = amazon.listings
    if identifiers is None:
        skus = sorted(book.skus(account))
    else:
        skus = list(dict.fromkeys(identifiers.split(",")))
        if kind != "SKU" or len(skus) > _MOST_IDENTIFIERS:
            raise invalid_input(f"The sandbox knows identifiersType SKU, for {_MOST_IDENTIFIERS} identifiers at most.")
    return [sku for sku in skus if any(book.listing(account, sku, place) for place in places)]


def _page() -> tuple[int, int]:
    size, token = single(request.args, "pageSize") or "10", single(request.args, "pageToken") or "0"
    if not re.fullmatch(r"\d{1,2}", size) or not 1 <= int(size) <= 20 or not re.fullmatch(r"\d{1,6}", token):
        raise invalid_input("pageSize is 1 to 20, pageToken that of the page before.")
    return int(token), int(size)
