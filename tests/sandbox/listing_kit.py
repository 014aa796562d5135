"""Listings of the sandbox as a seller writes them: bodies, calls and feeds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests

from sandbox.sandbox import Sandbox
from sandbox.world.identifier import checked
from tests.sandbox.amazon_client import AmazonClient

GERMANY, FRANCE = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
EVERYTHING = "summaries,attributes,issues,offers,fulfillmentAvailability,relationships,productTypes"
PREVIEW = {"mode": "VALIDATION_PREVIEW", "includedData": "issues,identifiers"}
JSON = "application/json; charset=UTF-8"
FEED = "JSON_LISTINGS_FEED"
FEEDS = "/feeds/2021-06-30"

Entries = list[dict[str, Any]]
WORDS = {"marketplace_id": GERMANY, "language_tag": "de_DE"}
PLACE = {"marketplace_id": GERMANY}


def number(count: int) -> str:
    """An EAN that no item of the world has."""
    return checked(f"29{count:010d}")


def price(amount: float, place: str = GERMANY, **more: Any) -> dict[str, Any]:
    """An entry of purchasable_offer."""
    return {"marketplace_id": place, "currency": "EUR", **prices(our_price=amount), **more}


def prices(**amounts: float) -> dict[str, Any]:
    """Prices as Amazon nests them."""
    return {name: [{"schedule": [{"value_with_tax": amount}]}] for name, amount in amounts.items()}


def units(quantity: int | None, channel: str = "DEFAULT", **more: Any) -> dict[str, Any]:
    """An entry of fulfillment_availability."""
    told = {} if quantity is None else {"quantity": quantity}
    return {"fulfillment_channel_code": channel, **told, **more}


def listing(count: int, **changes: Entries | None) -> dict[str, Any]:
    """The body of a PUT of a new listing; None takes an attribute away."""
    whole: dict[str, Any] = {
        "item_name": [{"value": f"Kessel {count}", **WORDS}],
        "brand": [{"value": "Sandbrand", **WORDS}],
        "product_description": [{"value": "Kocht.", **WORDS}],
        "bullet_point": [{"value": "Schnell", **WORDS}],
        "country_of_origin": [{"value": "DE", **PLACE}],
        "externally_assigned_product_identifier": [{"type": "ean", "value": number(count), **PLACE}],
        "condition_type": [{"value": "new_new", **PLACE}],
        "purchasable_offer": [price(9.99)],
        "fulfillment_availability": [units(7)],
        **changes,
    }
    chosen = {name: value for name, value in whole.items() if value is not None}
    return {"productType": "KITCHEN", "requirements": "LISTING", "attributes": chosen}


def patch(name: str, *value: Mapping[str, Any], op: str = "replace") -> dict[str, Any]:
    """One operation; without a value, the deletion of all."""
    told = {"value": list(value)} if value else {}
    return {"op": op, "path": f"/attributes/{name}", **told}


class Seller(AmazonClient):
    """The demo's seller, who writes listings."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.login()
        self.seller_id = str(self.channel["seller_id"])

    def wait(self, seconds: float) -> None:
        """Let time pass; a token lives an hour."""
        self.sandbox.clock.advance(seconds)
        self.login()

    def path(self, sku: str) -> str:
        """The address of a SKU."""
        return f"/listings/2021-08-01/items/{self.seller_id}/{quote(sku, safe='')}"

    def call(self, method: str, sku: str, body: Any = None, places: str = GERMANY, **query: str) -> requests.Response:
        """One of the writes."""
        url = self.sandbox.amazon_url + self.path(sku)
        return self.http.request(method, url, params={"marketplaceIds": places, **query}, json=body)

    def put(self, sku: str, body: Any, **query: str) -> dict[str, Any]:
        """The answer to putListingsItem."""
        answer: dict[str, Any] = self.call("PUT", sku, body, **query).json()
        return answer

    def patch(self, sku: str, *patches: Any, kind: str = "PRODUCT", **query: str) -> dict[str, Any]:
        """The answer to patchListingsItem."""
        body = {"productType": kind, "patches": list(patches)}
        answer: dict[str, Any] = self.call("PATCH", sku, body, **query).json()
        return answer

    def item(self, sku: str, places: str = GERMANY) -> dict[str, Any]:
        """All that a listing shows; empty where there is none."""
        answer = self.get(self.path(sku), marketplaceIds=places, includedData=EVERYTHING)
        return dict(answer.json()) if answer.status_code == 200 else {}

    def status(self, sku: str) -> list[str]:
        """BUYABLE, DISCOVERABLE."""
        return list(self.item(sku)["summaries"][0]["status"])

    def stock(self, sku: str) -> dict[str, int | None]:
        """Fulfilment channel → units."""
        told = self.item(sku)["fulfillmentAvailability"]
        return {one["fulfillmentChannelCode"]: one.get("quantity") for one in told}

    def feed(self, *messages: Any, places: Sequence[str] = (GERMANY,), header: Any = None, **more: Any) -> str:
        """Make a feed of messages, which are numbered; returns its id."""
        told = [{"messageId": count, **one} for count, one in enumerate(messages, 1)]
        head = {"sellerId": self.seller_id, "version": "2.0"} if header is None else header
        return self.send(json.dumps({"header": head, "messages": told, **more}).encode(), places)

    def send(self, document: bytes, places: Sequence[str] = (GERMANY,)) -> str:
        """Make a feed of a document; returns its id."""
        answer = self.create(document, places)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["feedId"])

    def create(self, document: bytes, places: Sequence[str] = (GERMANY,)) -> requests.Response:
        """The answer to createFeed."""
        base = self.sandbox.amazon_url + FEEDS
        made = self.http.post(f"{base}/documents", json={"contentType": JSON}).json()
        assert requests.put(made["url"], document, headers={"Content-Type": JSON}, timeout=10).status_code == 200
        body = {"feedType": FEED, "marketplaceIds": list(places), "inputFeedDocumentId": made["feedDocumentId"]}
        return self.http.post(f"{base}/feeds", json=body)

    def look(self, feed_id: str) -> dict[str, Any]:
        """A feed as it stands."""
        return dict(self.get(f"{FEEDS}/feeds/{feed_id}").json())

    def report(self, feed_id: str) -> dict[str, Any]:
        """The processing report of a feed that has ended."""
        place = self.get(f"{FEEDS}/documents/{self.look(feed_id)['resultFeedDocumentId']}").json()
        found: dict[str, Any] = json.loads(gzip.decompress(requests.get(place["url"], timeout=10).content))
        return found
