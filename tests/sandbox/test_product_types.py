"""The sandbox's product type definitions: searched, served with their files, and changed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft201909Validator

from sandbox.amazon.applications import ORDERS_ROLE
from sandbox.sandbox import Sandbox
from sandbox.world.marketplaces import DE, GB
from sandbox.world.product_schema import META_SCHEMA
from tests.sandbox.amazon_client import AmazonClient, error

BASE = "/definitions/2020-09-01/productTypes"


@pytest.fixture(scope="module")
def client() -> Iterator[AmazonClient]:
    with Sandbox(orders=2, other_orders=0, products=5, quota_scale=0) as sandbox:
        yield AmazonClient(sandbox).login()


def get(client: AmazonClient, name: str = "LUGGAGE", **query: Any) -> requests.Response:
    return client.get(f"{BASE}/{name}", **{"marketplaceIds": DE.marketplace_id} | query)


def fetched(client: AmazonClient, link: dict[str, Any]) -> Any:
    """The document at a link, which is what its checksum says."""
    answer = requests.get(link["link"]["resource"], timeout=10)
    assert base64.b64encode(hashlib.md5(answer.content).digest()).decode() == link["checksum"]
    return answer.json()


def test_schema_and_meta_schema_are_valid_and_as_their_checksums_say(client: AmazonClient) -> None:
    told = get(client).json()
    schema, meta = fetched(client, told["schema"]), fetched(client, told["metaSchema"])
    assert (schema["$schema"], meta["$id"]) == (META_SCHEMA, META_SCHEMA)
    Draft201909Validator.check_schema({name: value for name, value in schema.items() if name != "$schema"})
    Draft201909Validator.check_schema(meta)
    grouped = [name for group in told["propertyGroups"].values() for name in group["propertyNames"]]
    assert sorted(grouped) == sorted(schema["properties"])
    for condition in ("LISTING_OFFER_ONLY", "LISTING_PRODUCT_ONLY"):
        part = fetched(client, get(client, requirements=condition).json()["schema"])
        assert part["properties"].keys() < schema["properties"].keys()
    free = fetched(client, get(client, requirementsEnforced="NOT_ENFORCED").json()["schema"])
    assert free["required"] == [] and "allOf" not in free


def test_the_same_schema_has_the_same_checksum_and_another_place_another(client: AmazonClient) -> None:
    first, second = get(client).json()["schema"], get(client).json()["schema"]
    assert first["checksum"] == second["checksum"]
    assert get(client, marketplaceIds=GB.marketplace_id).json()["schema"]["checksum"] != first["checksum"]
    client.sandbox.forget_work()
    assert fetched(client, get(client).json()["schema"])["properties"], "it is put on the shelf again"


def test_another_release_is_another_version(client: AmazonClient) -> None:
    before = get(client, "TOOLS").json()
    list_before = client.get(BASE, marketplaceIds=DE.marketplace_id).json()["productTypeVersion"]
    control = f"{client.sandbox.amazon_url}/_sandbox/product-types"
    assert requests.post(f"{control}/TOOLS", json={"release": 2}, timeout=10).json() == {"release": 2}
    assert requests.get(control, timeout=10).json()["TOOLS"] == 2
    assert requests.post(f"{control}/NONE", json={"release": 2}, timeout=10).status_code == 400
    now = get(client, "TOOLS").json()
    assert now["productTypeVersion"]["version"] != before["productTypeVersion"]["version"]
    assert now["schema"]["checksum"] != before["schema"]["checksum"]
    assert client.get(BASE, marketplaceIds=DE.marketplace_id).json()["productTypeVersion"] != list_before


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"marketplaceIds": ""}, "marketplaceIds is missing."),
        ({"marketplaceIds": f"{DE.marketplace_id},{GB.marketplace_id}"}, "marketplaceIds has exactly one value."),
        ({"requirements": "ALL"}, "requirements is one of"),
        ({"parentageLevel": "COUSIN"}, "parentageLevel is one of NONE, CHILD, PARENT."),
        ({"locale": "de-DE"}, "de-DE is not a locale."),
        ({"productTypeVersion": "1"}, "1 is not a version of LUGGAGE."),
        ({"color": "red"}, "color is not known."),
    ],
)
def test_what_the_model_does_not_allow_is_refused(client: AmazonClient, query: dict[str, str], details: str) -> None:
    status, code, said = error(get(client, **query))
    assert (status, code) == (400, "InvalidInput") and details in said


def test_others_are_denied(client: AmazonClient) -> None:
    assert get(client, sellerId="A1NOBODY").status_code == 403
    client.sandbox.set_application("private", {"roles": [ORDERS_ROLE]})
    assert get(client).status_code == 403
