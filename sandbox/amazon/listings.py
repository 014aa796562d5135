"""Listings, as far as a check of the application's roles needs them.

Every seller lists every product of the world in each of their marketplaces, see `sandbox.world.listing`. Of the
search's parameters those that change what is found are known by SKU only; the others are refused rather than ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import invalid_input, unauthorized
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.operations import SEARCH_LISTINGS
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.world.listing import Listing, build_listings
from sandbox.world.product import WorldProduct
from sandbox.world.render import iso

_KNOWN = {"marketplaceIds", "identifiers", "identifiersType", "includedData", "issueLocale", "pageSize", "pageToken"}
_MOST_IDENTIFIERS = 20


def add_listings(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """GET /listings/2021-08-01/items/{sellerId}."""

    def search(grant: Grant, seller_id: str) -> Response:
        account = owner(grant)
        if seller_id != account.seller_id:
            raise unauthorized(f"The token is not one of seller {seller_id}.")
        places = _places(account)
        products = _chosen(amazon.world.products)
        start, size = _page()
        page = products[start : start + size]
        listed = [build_listings(page, place) for place in account.marketplaces if place.marketplace_id in places]
        items = [_item(amazon, account, listings) for listings in zip(*listed, strict=True)]
        body: dict[str, Any] = {"numberOfResults": len(products), "items": items}
        if start + size < len(products):
            body["pagination"] = {"nextToken": str(start + size)}
        return Response(json.dumps(body), mimetype="application/json")

    @app.get("/listings/2021-08-01/items/<seller_id>")
    def search_listings_items(seller_id: str) -> Response:
        return gate.call(SEARCH_LISTINGS, lambda grant: search(grant, seller_id))


def _places(account: Account) -> list[str]:
    wanted = (single(request.args, "marketplaceIds") or "").split(",")
    check_marketplaces(wanted, account)
    return wanted


def _chosen(products: list[WorldProduct]) -> list[WorldProduct]:
    """The products asked for, by SKU."""
    unknown = sorted(set(request.args) - _KNOWN)
    if unknown:
        raise invalid_input(f"The sandbox does not know {unknown[0]}.")
    identifiers, kind = single(request.args, "identifiers"), single(request.args, "identifiersType")
    if identifiers is None:
        return sorted(products, key=lambda one: one.sku)
    skus = identifiers.split(",")
    if kind != "SKU" or len(skus) > _MOST_IDENTIFIERS:
        raise invalid_input(f"The sandbox knows identifiersType SKU, for {_MOST_IDENTIFIERS} identifiers at most.")
    return [one for one in products if one.sku in skus]


def _page() -> tuple[int, int]:
    size, token = single(request.args, "pageSize") or "10", single(request.args, "pageToken") or "0"
    if not re.fullmatch(r"\d{1,2}", size) or not 1 <= int(size) <= 20 or not re.fullmatch(r"\d{1,6}", token):
        raise invalid_input("pageSize is 1 to 20, pageToken that of the page before.")
    return int(token), int(size)


def _item(amazon: Amazon, account: Account, listings: Sequence[Listing]) -> dict[str, Any]:
    """One SKU with its listings in the marketplaces asked for."""
    moment = iso(amazon.world.orders_from)
    summaries = [
        {
            "marketplaceId": one.marketplace.marketplace_id,
            "asin": one.asin,
            "productType": one.product_type,
            "conditionType": "new_new",
            "status": ["BUYABLE", "DISCOVERABLE"] if _buyable(account, one) else ["DISCOVERABLE"],
            "itemName": one.title,
            "createdDate": moment,
            "lastUpdatedDate": moment,
        }
        for one in listings
    ]
    return {"sku": listings[0].sku, "summaries": summaries}


def _buyable(account: Account, listing: Listing) -> bool:
    return listing.active and listing.marketplace.marketplace_id not in account.suspended
