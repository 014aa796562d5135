"""Product Type Definitions API 2020-09-01: which product types there are, and the schema of one."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import foreign_json
from core.amazon.operations import GET_PRODUCT_TYPE, SEARCH_PRODUCT_TYPES
from core.amazon.signed import not_promised
from core.amazon.transport import AmazonClient
from core.answer import MEGABYTE
from core.errors import Rejected, RemoteError
from core.redaction import excerpt

LISTING, PRODUCT_ONLY, OFFER_ONLY = "LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"
REQUIREMENTS = (LISTING, PRODUCT_ONLY, OFFER_ONLY)
"""Sets of attributes: of product and offer, of the product alone, of an offer on somebody's product."""
PARENTAGE = ("NONE", "CHILD", "PARENT")
"""What a listing is among variations; one that is named makes the schema smaller."""
DEFAULT_LOCALE = "DEFAULT"
"""The marketplace's own language."""
LARGEST_SCHEMA = 32 * MEGABYTE
"""Bytes of a schema file; the largest known has 1.4 MB."""
_AGAIN = "Run it again: a new address is asked for then."


@dataclass(frozen=True)
class ProductType:
    """A product type that Amazon knows in a marketplace; `display_name` is for people, in their language."""

    name: str
    display_name: str


@dataclass(frozen=True)
class Wanted:
    """Which definition is asked for."""

    marketplace_id: str
    product_type: str
    requirements: str = LISTING
    locale: str = DEFAULT_LOCALE
    parentage: str = ""
    """Of PARENTAGE; empty: for all of them, with conditions that tell them apart."""


@dataclass(frozen=True)
class Answer:
    """What Amazon says of a product type; its schema lies elsewhere."""

    product_type: str
    display_name: str
    locale: str
    requirements: str
    version: str
    checksum: str
    """Base64 of the MD5 of the schema file."""
    property_groups: Mapping[str, Any]
    """Name → `title`, `description` and `propertyNames`."""
    url: str = field(repr=False)
    """Where the schema lies, for seven days."""


def search(
    client: AmazonClient,
    marketplace_id: str,
    *,
    keywords: Sequence[str] = (),
    item_name: str = "",
    locale: str = DEFAULT_LOCALE,
) -> list[ProductType]:
    """The product types with these keywords, or those that suit the name of an item; all of them without either."""
    params = {"marketplaceIds": marketplace_id}
    if locale != DEFAULT_LOCALE:
        params |= {"locale": locale}
    if item_name:
        params["itemName"] = item_name
    elif keywords:
        params["keywords"] = ",".join(keywords)
    found = client.call(SEARCH_PRODUCT_TYPES, params).get("productTypes")
    if not isinstance(found, list):
        raise not_promised("The list of product types", "productTypes")
    return [
        ProductType(one["name"], str(one.get("displayName") or one["name"]))
        for one in found
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"]
    ]


def get(client: AmazonClient, wanted: Wanted) -> Answer:
    """What Amazon says of a product type; Rejected with status 404, or 400, when it does not know it."""
    params = {
        "marketplaceIds": wanted.marketplace_id,
        "requirements": wanted.requirements,
        "requirementsEnforced": "ENFORCED",
        "locale": wanted.locale,
    }
    if wanted.parentage:
        params["parentageLevel"] = wanted.parentage
    return _answer(client.call(GET_PRODUCT_TYPE, params, path={"product_type": wanted.product_type}), wanted)


def download(client: AmazonClient, answer: Answer) -> bytes:
    """The file of a schema, which is what its checksum says; raises RemoteError when it is not.

    Raises Rejected when its address is good no more, else as `AmazonClient.download` does.
    """
    with client.download(answer.url, packed=False) as document:
        if document.size > LARGEST_SCHEMA:
            raise RemoteError(
                f"The schema has more than {LARGEST_SCHEMA // MEGABYTE} MB.",
                next_step="Report it: this is not a schema.",
            )
        data = document.stream.read()
    wanted = _digest(answer.checksum)
    if hashlib.md5(data, usedforsecurity=False).digest() != wanted:
        raise RemoteError(
            f"The schema file ({len(data)} bytes) is not what its checksum says ({excerpt(answer.checksum, 40)}).",
            next_step=_AGAIN,
        )
    return data


def parse(data: bytes) -> dict[str, Any]:
    """A schema from its file; raises RemoteError when it is none."""
    try:
        schema = foreign_json.parse(data)
    except ValueError:
        schema = None
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise RemoteError("The schema file holds no schema of attributes.", next_step=_AGAIN)
    return schema


def is_unknown(error: Rejected) -> bool:
    """Whether a refusal of `get` can mean that there is no such product type."""
    return error.status in (400, 404)


def _answer(body: Mapping[str, Any], wanted: Wanted) -> Answer:
    schema, version, groups = body.get("schema"), body.get("productTypeVersion"), body.get("propertyGroups")
    link = schema.get("link") if isinstance(schema, dict) else None
    url, checksum = link.get("resource") if isinstance(link, dict) else None, (schema or {}).get("checksum")
    number = version.get("version") if isinstance(version, dict) else None
    if not all(isinstance(one, str) and one for one in (url, checksum, number)):
        raise not_promised(f"The definition of {wanted.product_type}", "schema, checksum or version")
    return Answer(
        product_type=str(body.get("productType") or wanted.product_type),
        display_name=str(body.get("displayName") or wanted.product_type),
        locale=str(body.get("locale") or wanted.locale),
        requirements=str(body.get("requirements") or wanted.requirements),
        version=str(number),
        checksum=str(checksum),
        property_groups=groups if isinstance(groups, dict) else {},
        url=str(url),
    )


def _digest(checksum: str) -> bytes:
    """The bytes of a checksum; Amazon's documentation shows one in hexadecimal, its answers are Base64."""
    try:
        if len(checksum) == 32:
            return bytes.fromhex(checksum)
        return base64.b64decode(checksum, validate=True)
    except (ValueError, binascii.Error):
        return b""
