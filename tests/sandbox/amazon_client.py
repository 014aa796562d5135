"""A plain HTTP client of the sandbox's Amazon side, for the tests only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from sandbox.amazon.order_book import DATA_SETS
from sandbox.sandbox import Sandbox

ORDERS = "/orders/2026-01-01/orders"
PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
EVERYTHING = ",".join(DATA_SETS)


class AmazonClient:
    """Calls one sandbox with the demo's credentials, or those of another region."""

    def __init__(self, sandbox: Sandbox, region: str | None = None) -> None:
        self.sandbox = sandbox
        self.channel: dict[str, Any] = sandbox.credentials(region)["channel"]
        self.http = requests.Session()
        self.http.headers["User-Agent"] = "Tests/1 (Language=Python)"
        self.since = self.channel["settings"]["orders_from"]

    def token(self, **changes: str) -> requests.Response:
        """Ask the token service; `changes` replaces form fields, an empty one is left out."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.channel["refresh_token"],
            "client_id": self.channel["client_id"],
            "client_secret": self.channel["client_secret"],
            **changes,
        }
        chosen = {name: value for name, value in form.items() if value}
        return self.http.post(f"{self.sandbox.lwa_url}/auth/o2/token", data=chosen)

    def login(self) -> AmazonClient:
        """Use a new access token from now on."""
        self.http.headers["x-amz-access-token"] = self.token().json()["access_token"]
        return self

    def get(self, path: str, **parameters: Any) -> requests.Response:
        """Call a Selling Partner operation."""
        return self.http.get(self.sandbox.amazon_url + path, params=parameters)

    def confirm(self, order_id: str, body: Any) -> requests.Response:
        """confirmShipment."""
        path = f"{self.sandbox.amazon_url}/orders/v0/orders/{order_id}/shipmentConfirmation"
        return self.http.post(path, json=body)

    def order(self, order_id: str) -> dict[str, Any]:
        """getOrder with every data set."""
        document: dict[str, Any] = self.get(f"{ORDERS}/{order_id}", includedData=EVERYTHING).json()["order"]
        return document

    def search(self, **parameters: Any) -> requests.Response:
        """searchOrders from the start of the demo unless `parameters` say else."""
        return self.get(ORDERS, **{"lastUpdatedAfter": self.since, **parameters})

    def pages(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All pages of a search."""
        more: dict[str, str] = {}
        while True:
            answer = self.search(**parameters, **more)
            assert answer.status_code == 200, answer.text
            yield answer.json()
            if "pagination" not in answer.json():
                return
            more = {"paginationToken": answer.json()["pagination"]["nextToken"]}


def error(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and details of a refusal."""
    only = answer.json()["errors"][0]
    return answer.status_code, only["code"], only.get("details", "")


def ids(page: dict[str, Any]) -> list[str]:
    """The order ids of a page."""
    return [order["orderId"] for order in page["orders"]]
