"""The catalogue: items by ASIN, several at once or one by one."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.operations import GET_CATALOG_ITEM, SEARCH_CATALOG
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.world.category import browse_tree, node_of
from sandbox.world.content import attributes, catalogue_images, ean
from sandbox.world.listing import Listing
from sandbox.world.marketplaces import Marketplace

_BASE = "/catalog/2022-04-01/items"
_SINGLE = {"marketplaceIds", "includedData", "locale"}
_KNOWN = _SINGLE | {"identifiers", "identifiersType", "pageSize", "pageToken"}
_DATA = frozenset(
    [
        "attributes",
        "classifications",
        "dimensions",
        "identifiers",
        "images",
        "productTypes",
        "relationships",
        "salesRanks",
        "summaries",
    ]
)
_MOST = 20
_OFFER = ("purchasable_offer", "fulfillment_availability", "condition_type", "child_parent_sku_relationship")
"""Attributes that are the seller's own."""


def add_catalog(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """GET /catalog/2022-04-01/items and /{asin}."""

    def search(grant: Grant) -> Response:
        place, asins = _place(owner(grant)), _asins()
        found = [item for asin in asins if (item := _item(amazon, asin, place)) is not None]
        size = single(request.args, "pageSize") or "10"
        if not size.isdecimal() or not 1 <= int(size) <= _MOST:
            raise invalid_input("pageSize is 1 to 20.")
        start = int(single(request.args, "pageToken") or 0)
        page = found[start : start + int(size)]
        more = {"nextToken": str(start + int(size))} if start + int(size) < len(found) else {}
        body = {"numberOfResults": len(found), "pagination": more, "items": page}
        return Response(json.dumps(body), mimetype="application/json")

    def get(grant: Grant, asin: str) -> Response:
        item = _item(amazon, asin, _place(owner(grant)))
        if item is None:
            raise Refusal(404, "NOT_FOUND", f"Requested item '{asin}' not found in the marketplace.")
        return Response(json.dumps(item), mimetype="application/json")

    @app.get(_BASE)
    def search_catalog_items() -> Response:
        return gate.call(SEARCH_CATALOG, search)

    @app.get(f"{_BASE}/<asin>")
    def get_catalog_item(asin: str) -> Response:
        return gate.call(GET_CATALOG_ITEM, lambda grant: get(grant, asin))


def _place(account: Account) -> Marketplace:
    if unknown := sorted(set(request.args) - _KNOWN):
        raise invalid_input(f"The sandbox does not know {unknown[0]}.")
    wanted = (single(request.args, "marketplaceIds") or "").split(",")
    check_marketplaces(wanted, account)
    if len(wanted) > 1:
        raise invalid_input("marketplaceIds takes one.")
    return next(place for place in account.marketplaces if place.marketplace_id == wanted[0])


def _asins() -> list[str]:
    asins = (single(request.args, "identifiers") or "").split(",")
    if single(request.args, "identifiersType") != "ASIN" or len(asins) > _MOST or not all(asins):
        raise invalid_input(f"The sandbox knows identifiersType ASIN, for {_MOST} identifiers at most.")
    return list(dict.fromkeys(asins))


def _item(amazon: Amazon, asin: str, place: Marketplace) -> dict[str, Any] | None:
    """One item with the data sets that are asked for; None when the catalogue does not have it."""
    told = single(request.args, "includedData")
    wanted = frozenset(told.split(",")) if told else frozenset({"summaries"})
    if unknown := wanted - _DATA:
        raise invalid_input(f"includedData {sorted(unknown)[0]} is not known.")
    product = amazon.assortment.by_asin(asin)
    if product is None:
        return None
    one = amazon.assortment.listing(product, place)
    return {"asin": asin} | {name: _data_set(amazon, one, name) for name in sorted(wanted)}


def _data_set(amazon: Amazon, one: Listing, name: str) -> Any:
    place_id = one.marketplace.marketplace_id
    told = attributes(one)
    if name == "attributes":
        return {key: values for key, values in told.items() if key not in _OFFER}
    node = node_of(one.marketplace, one.category_id)
    shown: dict[str, dict[str, Any]] = {
        "classifications": {"classifications": [_path(one.marketplace, node.path)]},
        "dimensions": {"package": {"weight": {"unit": "kilograms", "value": told["item_package_weight"][0]["value"]}}},
        "identifiers": {"identifiers": _identifiers(one)},
        "images": {"images": catalogue_images(one)},
        "productTypes": {"productType": one.product_type},
        "relationships": {"relationships": _kin(amazon, one)},
        "salesRanks": {},
        "summaries": {
            "brand": told["brand"][0]["value"],
            "itemName": one.title,
            "itemClassification": "VARIATION_PARENT" if one.is_parent else "BASE_PRODUCT",
            "browseClassification": {"displayName": node.name, "classificationId": node.node_id},
        },
    }
    return [{"marketplaceId": place_id, **shown[name]}]


def _path(place: Marketplace, path: tuple[str, ...]) -> dict[str, Any]:
    """A node with those above it, from the leaf to the top."""
    names = {node.node_id: node.name for node in browse_tree(place)}
    shown: dict[str, Any] = {}
    for node_id in path:
        shown = {"displayName": names[node_id], "classificationId": node_id} | ({"parent": shown} if shown else {})
    return shown


def _identifiers(one: Listing) -> list[dict[str, str]]:
    return [] if one.is_parent else [{"identifierType": "EAN", "identifier": ean(one.sku)}]


def _kin(amazon: Amazon, one: Listing) -> list[dict[str, Any]]:
    if one.family is None:
        return []
    theme = {"attributes": list(one.family.theme), "theme": "/".join(one.family.theme).upper()}
    kin: dict[str, Any] = {"type": "VARIATION", "variationTheme": theme}
    if one.is_parent:
        kin["childAsins"] = [child.asin for child in amazon.assortment.children(one.sku, one.marketplace)]
    else:
        parent = amazon.assortment.by_sku(one.family.parent)
        kin["parentAsins"] = [parent.asin] if parent else []
    return [kin]
