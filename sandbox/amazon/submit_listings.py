"""putListingsItem, patchListingsItem and deleteListingsItem: one SKU at a time.

A submission that is wrong is answered 200 with the status INVALID; 400 is for requests that cannot be read.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Account, Grant
from sandbox.amazon.applications import LIVE
from sandbox.amazon.errors import Refusal, invalid_input
from sandbox.amazon.gate import Gate, check_marketplaces
from sandbox.amazon.listings import own
from sandbox.amazon.operations import DELETE_LISTING, PATCH_LISTING, PUT_LISTING, Operation
from sandbox.amazon.patching import OPERATIONS
from sandbox.amazon.search import single
from sandbox.amazon.state import Amazon
from sandbox.amazon.submission import ACCEPTED, DELETE, PATCH, PUT, VALID, Outcome, Patch, Submission
from sandbox.amazon.submissions import submit
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product_schema import LISTING, OFFER_ONLY, PRODUCT_ONLY

_PATH = "/listings/2021-08-01/items/<seller_id>/<path:sku>"
_PREVIEW = "VALIDATION_PREVIEW"
_QUERY = {"marketplaceIds", "issueLocale", "mode", "includedData"}
REQUIREMENTS = (LISTING, PRODUCT_ONLY, OFFER_ONLY)
_ATTRIBUTES = "/attributes/"


def add_submissions(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """The three writes."""

    def write(kind: str, read: Callable[[], dict[str, Any]], grant: Grant, seller_id: str, sku: str) -> Response:
        account = own(grant, seller_id)
        wanted = Submission(
            account=account,
            application=grant.application,
            sku=sku,
            kind=kind,
            route=kind.lower(),
            places=_places(account, several=kind == PATCH),
            asked=amazon.clock.now(),
            preview=_is_preview(kind),
            locale=single(request.args, "issueLocale") or "",
            **read(),
        )
        amazon.settle(account)
        # On Amazon's sandbox hosts nothing comes of a write.
        dry = gate.api_mode != LIVE
        outcome = submit(amazon, replace(wanted, preview=wanted.preview or dry))
        if dry and outcome.status == VALID and not wanted.preview:
            outcome = replace(outcome, status=ACCEPTED)
        return _answer(wanted, outcome)

    def call(operation: Operation, kind: str, read: Callable[[], dict[str, Any]], seller_id: str, sku: str) -> Response:
        return gate.call(operation, lambda grant: write(kind, read, grant, seller_id, sku))

    @app.put(_PATH)
    def put_listings_item(seller_id: str, sku: str) -> Response:
        return call(PUT_LISTING, PUT, lambda: read_put(_body()), seller_id, sku)

    @app.patch(_PATH)
    def patch_listings_item(seller_id: str, sku: str) -> Response:
        return call(PATCH_LISTING, PATCH, lambda: read_patch(_body()), seller_id, sku)

    @app.delete(_PATH)
    def delete_listings_item(seller_id: str, sku: str) -> Response:
        return call(DELETE_LISTING, DELETE, dict, seller_id, sku)


def read_put(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT wants; Refusal for a body that cannot be read."""
    attributes, requirements = body.get("attributes"), body.get("requirements", LISTING)
    if not _is_type(body) or not _is_attributes(attributes) or requirements not in REQUIREMENTS:
        raise _unreadable()
    return {"product_type": body["productType"], "attributes": attributes, "requirements": requirements}


def read_patch(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a PATCH wants; Refusal for a body that cannot be read."""
    patches = body.get("patches")
    if not _is_type(body) or not isinstance(patches, list) or not patches:
        raise _unreadable()
    return {"product_type": body["productType"], "patches": tuple(_patch(one) for one in patches)}


def _is_attributes(told: Any) -> bool:
    return isinstance(told, dict) and bool(told) and all(_is_entries(one) for one in told.values())


def _patch(told: Any) -> Patch:
    if not isinstance(told, dict) or told.get("op") not in OPERATIONS or not isinstance(told.get("path"), str):
        raise _unreadable()
    name, value = told["path"].removeprefix(_ATTRIBUTES), told.get("value")
    # Parts of an attribute cannot be patched.
    if not told["path"].startswith(_ATTRIBUTES) or not name or "/" in name:
        raise _unreadable()
    if not (_is_entries(value) or (value is None and told["op"] == "delete")):
        raise _unreadable()
    return Patch(told["op"], name.replace("~1", "/").replace("~0", "~"), None if value is None else tuple(value))


def _is_entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_type(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("productType"), str) and bool(body["productType"])


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise _unreadable()
    return body


def _unreadable() -> Refusal:
    message = "Request has missing or invalid parameters and cannot be parsed."
    return Refusal(400, "InvalidInput", message)


def _places(account: Account, *, several: bool) -> tuple[Marketplace, ...]:
    if unknown := sorted(set(request.args) - _QUERY):
        raise invalid_input(f"The sandbox does not know {unknown[0]}.")
    wanted = (single(request.args, "marketplaceIds") or "").split(",")
    check_marketplaces(wanted, account)
    if len(wanted) > 1 and not several:
        raise invalid_input("marketplaceIds takes one.")
    return tuple(place for place in account.marketplaces if place.marketplace_id in wanted)


def _is_preview(kind: str) -> bool:
    mode, included = single(request.args, "mode"), single(request.args, "includedData") or "issues"
    if mode not in (None, _PREVIEW) or (kind == DELETE and len(request.args.keys() & {"mode", "includedData"})):
        raise invalid_input(f"mode is {_PREVIEW}, of what is put or patched.")
    wanted = set(included.split(","))
    if not wanted <= {"issues", "identifiers"} or ("identifiers" in wanted and mode is None):
        raise invalid_input("includedData is issues, and of a preview identifiers.")
    return mode is not None


def _answer(wanted: Submission, outcome: Outcome) -> Response:
    body: dict[str, Any] = {
        "sku": wanted.sku,
        "status": outcome.status,
        "submissionId": secrets.token_hex(16),
        "issues": list(outcome.issues),
    }
    if "identifiers" in (single(request.args, "includedData") or "").split(","):
        body["identifiers"] = [
            {"marketplaceId": one, "asin": outcome.asin}
            for one in wanted.place_ids
            if outcome.status == VALID and outcome.asin
        ]
    return Response(json.dumps(body), mimetype="application/json")
