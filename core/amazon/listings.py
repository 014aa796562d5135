"""Listings Items API 2021-08-01."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.amazon.items import DATA, by_key, lacks, parameters
from core.amazon.operations import (
    DELETE_LISTING,
    GET_LISTING,
    PATCH_LISTING,
    PUT_LISTING,
    SEARCH_LISTINGS,
    Operation,
)
from core.amazon.signed import not_promised
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown, Rejected

NOBODYS_SKU = "crossdock-no-such-sku"
INCLUDED = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "relationships",
    "productTypes",
)

_STATUSES = ("ACCEPTED", "INVALID", "VALID")


@dataclass(frozen=True)
class Submitted:
    """What Amazon answers to a submission."""

    status: str
    """ACCEPTED: taken, which proves nothing. INVALID: refused for its issues. VALID: a preview found nothing."""
    submission_id: str
    issues: tuple[dict[str, Any], ...] = ()
    """Code, message, severity and names of attributes."""
    asin: str = ""
    """That a preview would match."""


@dataclass(frozen=True)
class Place:
    """A SKU of a seller in a marketplace."""

    seller_id: str
    marketplace_id: str
    sku: str


def is_listed(client: AmazonClient, seller_id: str, marketplace_id: str, sku: str) -> bool:
    """Whether the seller lists a SKU in a marketplace; one call. Raises as `AmazonClient.call` does.

    The seller stands in the path of the call, and Amazon denies it (403, AuthorizationError) unless the token is one
    of that seller's: of all that it answers, this alone tells whose a token is.
    """
    params = {"marketplaceIds": marketplace_id, "identifiers": sku, "identifiersType": "SKU", "pageSize": "1"}
    body = client.call(SEARCH_LISTINGS, params, path={"seller_id": seller_id})
    if not isinstance(body.get("items"), list) and not isinstance(body.get("numberOfResults"), int):
        raise OutcomeUnknown(
            "The list of listings has not the promised form.",
            subject="Amazon",
            next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
        )
    return bool(body.get("items"))


def can_be_searched(sku: str) -> bool:
    """Whether a search finds a SKU: a comma would end it, because SKUs are joined by commas there."""
    return "," not in sku


def search(client: AmazonClient, seller_id: str, marketplace_id: str, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Listings by SKU, as far as the seller has them in the marketplace; one call for up to 20.

    Raises as `AmazonClient.call` does, and OutcomeUnknown for an answer without the promised list.
    """
    params, path = parameters(marketplace_id, INCLUDED, skus, "SKU"), {"seller_id": seller_id}
    return by_key(lambda more: client.call(SEARCH_LISTINGS, params | more, path=path), "sku", skus)


def get(client: AmazonClient, seller_id: str, marketplace_id: str, sku: str) -> dict[str, Any] | None:
    """One listing; None when the seller does not have it in the marketplace. One call."""
    params = {"marketplaceIds": marketplace_id, DATA: ",".join(INCLUDED)}
    try:
        return client.call(GET_LISTING, params, path={"seller_id": seller_id, "sku": sku})
    except Rejected as error:
        if error.status == 404:
            return None
        raise


def lacking(item: dict[str, Any]) -> frozenset[str]:
    """The data sets that were asked for and did not come: the live API leaves some out at times."""
    return lacks(item, INCLUDED)


def put(client: AmazonClient, place: Place, body: Mapping[str, Any]) -> Submitted:
    """Make a listing, or replace all of one; one call. Raises as `AmazonClient.call` does.

    The body has `productType`, `requirements` and `attributes`. OutcomeUnknown: it may be there, read it back.
    """
    return _submit(client, PUT_LISTING, place, body)


def patch(client: AmazonClient, place: Place, body: Mapping[str, Any]) -> Submitted:
    """Change attributes of a listing; one call. A SKU that does not exist is ACCEPTED all the same."""
    return _submit(client, PATCH_LISTING, place, body)


def delete(client: AmazonClient, place: Place) -> Submitted:
    """Take a listing away; one call."""
    return _submit(client, DELETE_LISTING, place, None)


def preview(client: AmazonClient, place: Place, body: Mapping[str, Any]) -> Submitted:
    """What Amazon would say of a PUT or (a body with `patches`) a PATCH, and which ASIN it would match; one call."""
    operation = PATCH_LISTING if "patches" in body else PUT_LISTING
    return _submit(client, operation, place, body, {"mode": "VALIDATION_PREVIEW", DATA: "issues,identifiers"})


def _submit(
    client: AmazonClient,
    operation: Operation,
    place: Place,
    body: Mapping[str, Any] | None,
    more: Mapping[str, str] | None = None,
) -> Submitted:
    params = {"marketplaceIds": place.marketplace_id, **(more or {})}
    answer = client.call(operation, params, path={"seller_id": place.seller_id, "sku": place.sku}, body=body)
    status, submission_id = answer.get("status"), answer.get("submissionId")
    if status not in _STATUSES or not isinstance(submission_id, str):
        raise not_promised("The answer to a submission", "status or id")
    issues = answer.get("issues")
    found = tuple(one for one in issues if isinstance(one, dict)) if isinstance(issues, list) else ()
    return Submitted(status, submission_id, found, _asin(answer.get("identifiers"), place.marketplace_id))


def _asin(identifiers: Any, marketplace_id: str) -> str:
    told = [one for one in identifiers if isinstance(one, dict)] if isinstance(identifiers, list) else []
    return next((str(one.get("asin") or "") for one in told if one.get("marketplaceId") == marketplace_id), "")
