"""A seller account, its client, and Amazon's answers as they are documented."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import responses
from requests import PreparedRequest

from core.amazon.tokens import Credentials, TokenSource
from core.amazon.transport import Account, AmazonClient
from core.http import Http
from core.quota import QuotaBook

LWA = "https://lwa.example"
TOKEN_URL = f"{LWA}/auth/o2/token"
SPAPI = "https://spapi.example"
ORDERS_URL = f"{SPAPI}/orders/2026-01-01/orders"
PARTICIPATIONS_URL = f"{SPAPI}/sellers/v1/marketplaceParticipations"

SECRET = "amzn1.oa2-cs.v1.4f1d2c3b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff"
OLD_SECRET = "amzn1.oa2-cs.v1.00ffeeddccbbaa99887766554433221100f1e2d3c4b5a6978879a5b6c7"
REFRESH = "Atzr|IwEBIExampleRefreshToken-0123456789_abc.def+ghi/jkl="
CLIENT = "amzn1.application-oa2-client.0123456789abcdef"
REQUEST_ID = "5f0d6a3e-1b2c-4d5e-8f90-123456789abc"
GERMANY = "A1PA6795UKMFR9"

CREDENTIALS = Credentials(CLIENT, SECRET, REFRESH)
ACCOUNT = Account("eu", "live", "A3SELLER", CREDENTIALS)


class Counter:
    """A meter that counts by operation."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.refusals: list[str] = []

    def called(self, operation: str) -> None:
        self.calls.append(operation)

    def refused(self, operation: str) -> None:
        self.refusals.append(operation)


def client(http: Http, quotas: QuotaBook, meter: Counter | None = None, **changes: Any) -> AmazonClient:
    """A client of the example account; `changes` go to the account or to the client."""
    own = {name: changes.pop(name) for name in ("background", "should_stop") if name in changes}
    return AmazonClient(
        replace(ACCOUNT, **changes),
        http=http,
        quotas=quotas,
        tokens=TokenSource(http, LWA),
        base_url=SPAPI,
        meter=meter,
        **own,
    )


def grant(mock: responses.RequestsMock, token: str = "Atza|first", life: Any = 3600) -> None:
    """Let the next token request succeed."""
    body = {"access_token": token, "token_type": "bearer", "expires_in": life, "refresh_token": REFRESH}
    mock.post(TOKEN_URL, json=body)


def refusal(code: str, description: str) -> dict[str, str]:
    """The token service's no."""
    return {"error": code, "error_description": description, "error_index": "1", "request_id": REQUEST_ID}


def errors(code: str, message: str, details: str = "") -> dict[str, Any]:
    """A refusal of the Selling Partner API."""
    return {"errors": [{"code": code, "message": message, "details": details}]}


def forms(mock: responses.RequestsMock) -> list[dict[str, str]]:
    """The forms of all token requests so far."""
    return [
        {name: values[0] for name, values in parse_qs(text(call.request)).items()}
        for call in mock.calls
        if call.request.url == TOKEN_URL
    ]


def text(request: PreparedRequest) -> str:
    """The body of a request."""
    return request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")


def sent(mock: responses.RequestsMock) -> list[PreparedRequest]:
    """All requests to the Selling Partner API so far."""
    return [call.request for call in mock.calls if str(call.request.url).startswith(SPAPI)]


def page(orders: Sequence[Any] = (), token: str | None = None, **more: Any) -> Mapping[str, Any]:
    """An answer of searchOrders."""
    pagination = {"pagination": {"nextToken": token}} if token else {}
    return {"orders": list(orders), "lastUpdatedBefore": "2026-11-23T09:58:00.000Z", **pagination, **more}


def order(order_id: str = "303-1234567-1234567", updated: str = "2026-11-22T08:00:00.123Z") -> dict[str, Any]:
    """What every order has, whatever was asked for."""
    return {
        "orderId": order_id,
        "createdTime": "2026-11-22T07:00:00.000Z",
        "lastUpdatedTime": updated,
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": GERMANY},
        "orderItems": [],
    }


def dumped(value: Any) -> bytes:
    """JSON as it travels."""
    return json.dumps(value).encode()
