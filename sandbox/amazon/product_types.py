"""Product type definitions: search, the definition of one, and the files of schemas and meta-schema.

Every product type of the world's categories and browse nodes is known, and a few that no category names. The files
stand on the shelf of all documents, at addresses that are good for seven days.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Grant
from sandbox.amazon.errors import Refusal, invalid_input, unauthorized
from sandbox.amazon.gate import Gate, check_marketplaces, owner
from sandbox.amazon.operations import GET_PRODUCT_TYPE, SEARCH_PRODUCT_TYPES
from sandbox.amazon.schemas import ProductTypes
from sandbox.amazon.search import single
from sandbox.amazon.shelf import Shelf
from sandbox.amazon.state import Amazon
from sandbox.world.category import CATEGORIES
from sandbox.world.marketplaces import ALL, Marketplace
from sandbox.world.product import CATEGORY_OF
from sandbox.world.product_schema import (
    LISTING,
    OFFER_ONLY,
    PRODUCT_ONLY,
    meta_schema,
    product_schema,
    property_groups,
)

BASE = "/definitions/2020-09-01/productTypes"
LIFE = 7 * 86_400.0
"""Seconds of the sandbox's clock that the address of a schema is good for."""
_LOCALES = (
    "DEFAULT ar ar_AE de de_DE en en_AE en_AU en_CA en_GB en_IN en_SG en_US es es_ES es_MX es_US fr fr_CA fr_FR it "
    "it_IT ja ja_JP nl nl_NL pl pl_PL pt pt_BR pt_PT sv sv_SE tr tr_TR zh zh_CN zh_TW"
)
LOCALES = frozenset(_LOCALES.split())
_SEARCH = {"marketplaceIds", "keywords", "itemName", "locale", "searchLocale"}
_CHOICES = {
    "requirements": (LISTING, PRODUCT_ONLY, OFFER_ONLY),
    "requirementsEnforced": ("ENFORCED", "NOT_ENFORCED"),
    "parentageLevel": ("", "NONE", "CHILD", "PARENT"),
}
_GET = {"marketplaceIds", "sellerId", "productTypeVersion", "locale", *_CHOICES}


def add_product_types(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """The operations under /definitions/2020-09-01."""
    types = amazon.product_types

    def search(grant: Grant) -> Response:
        _check_names(_SEARCH)
        places = _places()
        check_marketplaces(places, owner(grant))
        _locale("locale")
        _locale("searchLocale")
        keywords, item_name = single(request.args, "keywords"), single(request.args, "itemName")
        if keywords and item_name:
            raise invalid_input("keywords and itemName cannot be used together.")
        names = _found(types.names, keywords, item_name)
        body = {
            "productTypes": [{"name": name, "displayName": _display(name), "marketplaceIds": places} for name in names],
            "productTypeVersion": types.version(),
        }
        return Response(json.dumps(body), mimetype="application/json")

    def get(grant: Grant, name: str) -> Response:
        _check_names(_GET)
        account, places = owner(grant), _places()
        if len(places) != 1:
            raise invalid_input("marketplaceIds has exactly one value.")
        check_marketplaces(places, account)
        if single(request.args, "sellerId") not in (None, account.seller_id):
            raise unauthorized("The token is not one of this seller.")
        if name not in types.names:
            raise Refusal(404, "NOT_FOUND", "The requested product type was not found.", name)
        place = next(one for one in ALL if one.marketplace_id == places[0])
        return Response(json.dumps(_definition(types, amazon.shelf, account.seller_id, name, place)), 200, _JSON)

    @app.get(BASE)
    def search_definitions_product_types() -> Response:
        return gate.call(SEARCH_PRODUCT_TYPES, search)

    @app.get(f"{BASE}/<product_type>")
    def get_definitions_product_type(product_type: str) -> Response:
        return gate.call(GET_PRODUCT_TYPE, lambda grant: get(grant, product_type))


_JSON = {"Content-Type": "application/json"}


def _definition(types: ProductTypes, shelf: Shelf, seller_id: str, name: str, place: Marketplace) -> dict[str, Any]:
    chosen = {one: _choice(one, allowed) for one, allowed in _CHOICES.items()}
    locale = _locale("locale")
    release = _release(types, name)
    language = place.language if locale in ("", "DEFAULT") else locale
    schema = product_schema(
        name,
        place,
        requirements=chosen["requirements"] or LISTING,
        parentage=chosen["parentageLevel"],
        enforced=chosen["requirementsEnforced"] != "NOT_ENFORCED",
        language=language,
        release=release,
        more=types.attributes,
    )
    return {
        "metaSchema": _link(types, shelf, seller_id, meta_schema()),
        "schema": _link(types, shelf, seller_id, schema),
        "requirements": chosen["requirements"] or LISTING,
        "requirementsEnforced": chosen["requirementsEnforced"] or "ENFORCED",
        "propertyGroups": property_groups(schema),
        "locale": language,
        "marketplaceIds": [place.marketplace_id],
        "productType": name,
        "displayName": _display(name),
        "productTypeVersion": {"version": types.version(name), "latest": True, "releaseCandidate": False},
    }


def _link(types: ProductTypes, shelf: Shelf, seller_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
    document_id, checksum = types.file(seller_id, dict(document))
    url = shelf.address(request.host_url, "GET", document_id, life=LIFE)
    return {"link": {"resource": url, "verb": "GET"}, "checksum": checksum}


def _release(types: ProductTypes, name: str) -> int:
    """The newest release: there is no candidate, and of older ones only the version is remembered."""
    wanted = single(request.args, "productTypeVersion") or "LATEST"
    if wanted not in ("LATEST", "RELEASE_CANDIDATE", types.version(name)):
        raise invalid_input(f"{wanted} is not a version of {name}.")
    return types.release(name)


def _check_names(known: set[str]) -> None:
    unknown = sorted(set(request.args) - known)
    if unknown:
        raise invalid_input(f"{unknown[0]} is not known.")


def _places() -> list[str]:
    places = (single(request.args, "marketplaceIds") or "").split(",")
    if not places[0]:
        raise invalid_input("marketplaceIds is missing.")
    return places


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    value = single(request.args, name)
    if value is not None and value not in allowed:
        raise invalid_input(f"{name} is one of {', '.join(one for one in allowed if one)}.")
    return value or ""


def _locale(name: str) -> str:
    value = single(request.args, name) or ""
    if value and value not in LOCALES:
        raise invalid_input(f"{value} is not a locale.")
    return value


def _found(names: frozenset[str], keywords: str | None, item_name: str | None) -> list[str]:
    """What was searched for: those that share most words come first."""
    if not keywords and not item_name:
        return sorted(names)
    wanted = set(re.findall(r"\w+", (keywords or item_name or "").upper()))
    hits = {name: len(wanted & _words(name)) for name in names}
    return sorted((name for name, count in hits.items() if count), key=lambda name: (-hits[name], name))


def _words(name: str) -> set[str]:
    """What a product type is found by: its name, and what the world sells of it."""
    sold = [noun for noun, number in CATEGORY_OF.items() if CATEGORIES[number].product_type == name]
    return {name, *name.split("_"), *(word for noun in sold for word in noun.upper().split())}


def _display(name: str) -> str:
    return name.replace("_", " ").capitalize()
