"""The catalogue: items by ASIN, or by EAN, UPC, GTIN and ISBN; several at once or one by one."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.listing_book import IDENTIFIER
from sandbox.amazon.operations import GET_CATALOG_ITEM, SEARCH_CATALOG
from sandbox.amazon.patching import Attributes
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.amazon.written import first
from sandbox.world.category import browse_tree, node_of
from sandbox.world.content import catalogue_images
from sandbox.world.identifier import KINDS, ean
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
        amazon.settle(owner(grant))
        place, asins = _place(owner(grant)), _asins(amazon)
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


def _asins(amazon: Amazon) -> list[str]:
    """The items asked for; of a number that no item has there is none."""
    told, kind = (single(request.args, "identifiers") or "").split(","), single(request.args, "identifiersType")
    if kind not in ("ASIN", *KINDS) or len(told) > _MOST or not all(told):
        known = ", ".join(("ASIN", *KINDS))
        raise invalid_input(f"identifiersType is one of {known}, for {_MOST} identifiers at most.")
    found = told if kind == "ASIN" else [amazon.listings.asin_of(number) for number in told]
    return list(dict.fromkeys(asin for asin in found if asin))


def _item(amazon: Amazon, asin: str, place: Marketplace) -> dict[str, Any] | None:
    """One item with the data sets that are asked for; None when the catalogue does not have it."""
    told = single(request.args, "includedData")
    wanted = frozenset(told.split(",")) if told else frozenset({"summaries"})
    if unknown := wanted - _DATA:
        raise invalid_input(f"includedData {sorted(unknown)[0]} is not known.")
    found = amazon.listings.catalogued(asin, place)
    if found is None:
        return None
    return {"asin": asin} | {name: _data_set(amazon, *found, name) for name in sorted(wanted)}


def _data_set(amazon: Amazon, one: Listing, told: Attributes, name: str) -> Any:
    place_id = one.marketplace.marketplace_id
    if name == "attributes":
        return {key: values for key, values in told.items() if key not in _OFFER}
    node = node_of(one.marketplace, one.category_id)
    shown: dict[str, dict[str, Any]] = {
        "classifications": {"classifications": [_path(one.marketplace, node.path)]},
        "dimensions": _dimensions(told),
        "identifiers": {"identifiers": _identifiers(one, told)},
        "images": {"images": catalogue_images(_pictures(told))},
        "productTypes": {"productType": one.product_type},
        "relationships": {"relationships": _kin(amazon, one)},
        "salesRanks": {},
        "summaries": {
            "brand": first(told, "brand"),
            "itemName": one.title,
            "itemClassification": "VARIATION_PARENT" if one.is_parent else "BASE_PRODUCT",
            "browseClassification": {"displayName": node.name, "classificationId": node.node_id},
        },
    }
    return [{"marketplaceId": place_id, **shown[name]}]


def _dimensions(told: Attributes) -> dict[str, Any]:
    weight = first(told, "item_package_weight")
    return {} if weight is None else {"package": {"weight": {"unit": "kilograms", "value": weight}}}


def _identifiers(one: Listing, told: Attributes) -> list[dict[str, str]]:
    sent = [(str(entry["type"]).upper(), str(entry["value"])) for entry in told.get(IDENTIFIER, ())]
    known = sent or [("EAN", ean(one.asin))]
    upc = [("UPC", number[1:]) for kind, number in known if kind == "EAN" and number.startswith("0")]
    return [{"identifierType": kind, "identifier": number} for kind, number in [*known, *upc]]


def _pictures(told: Attributes) -> list[str]:
    """Addresses of its images, the main one first."""
    names = ["main_product_image_locator", *(f"other_product_image_locator_{number}" for number in range(1, 9))]
    return [str(where) for name in names if (where := first(told, name, "media_location"))]


def _path(place: Marketplace, path: tuple[str, ...]) -> dict[str, Any]:
    """A node with those above it, from the leaf to the top."""
    names = {node.node_id: node.name for node in browse_tree(place)}
    shown: dict[str, Any] = {}
    for node_id in path:
        shown = {"displayName": names[node_id], "classificationId": node_id} | ({"parent": shown} if shown else {})
    return shown


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
