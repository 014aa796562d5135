"""Listings: searched by SKU or one by one, with the data sets that are asked for.

Every seller lists every product in each of their marketplaces, see `assortment`. Of the search's parameters those that
change what is found are known by SKU only; the others are refused rather than ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import Refusal, invalid_input, unauthorized
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.operations import GET_LISTING, SEARCH_LISTINGS
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.world.content import attributes, images
from sandbox.world.listing import Listing
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product import WorldProduct
from sandbox.world.render import iso

_BASE = "/listings/2021-08-01/items/<seller_id>"
_SINGLE = {"marketplaceIds", "includedData", "issueLocale"}
_KNOWN = _SINGLE | {"identifiers", "identifiersType", "pageSize", "pageToken"}
_MOST_IDENTIFIERS = 20


def add_listings(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """GET /listings/2021-08-01/items/{sellerId} and /{sku}."""

    def search(grant: Grant, seller_id: str) -> Response:
        account = _own(grant, seller_id)
        places, included = _places(account), _included() - amazon.withheld
        products = _chosen(amazon)
        start, size = _page()
        items = [_item(amazon, account, one, places, included) for one in products[start : start + size]]
        body: dict[str, Any] = {"numberOfResults": len(products), "items": items}
        if start + size < len(products):
            body["pagination"] = {"nextToken": str(start + size)}
        return Response(json.dumps(body), mimetype="application/json")

    def get(grant: Grant, seller_id: str, sku: str) -> Response:
        account = _own(grant, seller_id)
        _refuse_unknown(_SINGLE)
        places, product = _places(account), amazon.assortment.by_sku(sku)
        if product is None:
            raise Refusal(404, "NOT_FOUND", f"SKU '{sku}' not found in the marketplaces asked for.")
        return Response(json.dumps(_item(amazon, account, product, places, _included())), mimetype="application/json")

    @app.get(_BASE)
    def search_listings_items(seller_id: str) -> Response:
        return gate.call(SEARCH_LISTINGS, lambda grant: search(grant, seller_id))

    @app.get(f"{_BASE}/<path:sku>")
    def get_listings_item(seller_id: str, sku: str) -> Response:
        return gate.call(GET_LISTING, lambda grant: get(grant, seller_id, sku))


def _own(grant: Grant, seller_id: str) -> Account:
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
    if unknown := wanted - _DATA_SETS.keys():
        raise invalid_input(f"includedData {sorted(unknown)[0]} is not known.")
    return wanted


def _refuse_unknown(known: set[str]) -> None:
    if unknown := sorted(set(request.args) - known):
        raise invalid_input(f"The sandbox does not know {unknown[0]}.")


def _chosen(amazon: Amazon) -> list[WorldProduct]:
    """The products asked for, by SKU."""
    _refuse_unknown(_KNOWN)
    identifiers, kind = single(request.args, "identifiers"), single(request.args, "identifiersType")
    if identifiers is None:
        return sorted(amazon.assortment.products(), key=lambda one: one.sku)
    skus = identifiers.split(",")
    if kind != "SKU" or len(skus) > _MOST_IDENTIFIERS:
        raise invalid_input(f"The sandbox knows identifiersType SKU, for {_MOST_IDENTIFIERS} identifiers at most.")
    return [found for sku in dict.fromkeys(skus) if (found := amazon.assortment.by_sku(sku)) is not None]


def _page() -> tuple[int, int]:
    size, token = single(request.args, "pageSize") or "10", single(request.args, "pageToken") or "0"
    if not re.fullmatch(r"\d{1,2}", size) or not 1 <= int(size) <= 20 or not re.fullmatch(r"\d{1,6}", token):
        raise invalid_input("pageSize is 1 to 20, pageToken that of the page before.")
    return int(token), int(size)


def _item(
    amazon: Amazon, account: Account, product: WorldProduct, places: Sequence[Marketplace], included: frozenset[str]
) -> dict[str, Any]:
    """One SKU with its listings in the marketplaces asked for."""
    listings = [amazon.assortment.listing(product, place) for place in places]
    return {"sku": product.sku} | {
        name: [entry for one in listings for entry in _DATA_SETS[name](amazon, account, one)]
        if name != "attributes"
        else _merged([attributes(one) for one in listings])
        for name in sorted(included)
    }


def _merged(told: Sequence[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    merged: dict[str, list[Any]] = {}
    for one in told:
        for name, values in one.items():
            merged[name] = [*merged.get(name, []), *(value for value in values if value not in merged.get(name, []))]
    return merged


def _summaries(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    moment = iso(amazon.world.orders_from)
    sellable = one.active and not one.is_parent and one.marketplace.marketplace_id not in account.suspended
    return [
        {
            "marketplaceId": one.marketplace.marketplace_id,
            "asin": one.asin,
            "productType": one.product_type,
            "conditionType": "new_new",
            "status": ["BUYABLE", "DISCOVERABLE"] if sellable else ["DISCOVERABLE"],
            "itemName": one.title,
            "createdDate": moment,
            "lastUpdatedDate": moment,
            "mainImage": {"link": images(one)[0], "height": 1500, "width": 1500},
        }
    ]


def _offers(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    if one.is_parent:
        return []
    price = {"amount": str(one.price), "currencyCode": one.marketplace.currency}
    return [{"marketplaceId": one.marketplace.marketplace_id, "offerType": "B2C", "price": price}]


def _availability(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    if one.is_parent:
        return []
    quantity = {"quantity": one.quantity} if one.by_merchant else {}
    return [{"fulfillmentChannelCode": one.channel, **quantity}]


def _issues(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    if one.active or one.is_parent:
        return []
    return [
        {
            "code": "90220",
            "message": "'Unit Count' is required but not supplied.",
            "severity": "ERROR",
            "attributeNames": ["unit_count"],
            "categories": ["MISSING_ATTRIBUTE"],
        }
    ]


def _relationships(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    """Of each marketplace one entry, with none in it where there are none."""
    told: list[dict[str, Any]] = []
    if one.family is not None:
        kin: dict[str, Any] = {"type": "VARIATION", "variationTheme": _theme(one)}
        if one.is_parent:
            kin["childSkus"] = [child.sku for child in amazon.assortment.children(one.sku, one.marketplace)]
        else:
            kin["parentSkus"] = [one.family.parent]
        told.append(kin)
    return [{"marketplaceId": one.marketplace.marketplace_id, "relationships": told}]


def _theme(one: Listing) -> dict[str, Any]:
    theme = one.family.theme if one.family else ()
    return {"attributes": list(theme), "theme": "/".join(theme).upper()}


def _types(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    return [{"marketplaceId": one.marketplace.marketplace_id, "productType": one.product_type}]


def _nothing(amazon: Amazon, account: Account, one: Listing) -> list[dict[str, Any]]:
    return []


_DATA_SETS: dict[str, Callable[[Amazon, Account, Listing], list[dict[str, Any]]]] = {
    "summaries": _summaries,
    "attributes": _nothing,
    "offers": _offers,
    "fulfillmentAvailability": _availability,
    "issues": _issues,
    "relationships": _relationships,
    "productTypes": _types,
    "procurement": _nothing,
}
