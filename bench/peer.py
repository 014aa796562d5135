"""Reads orders by python-amazon-sp-api (saleweaver), unmodified; knows nothing of Crossdock.

That client takes any object for a marketplace and any class for its token client, so these lead it to the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101  # type: ignore[import-untyped]
from sp_api.auth import AccessTokenClient  # type: ignore[import-untyped]
from sp_api.util import throttle_retry  # type: ignore[import-untyped]

from bench.measure import Reading, reading

_TRIES = 10
TIMEOUT = 60.0
"""Seconds; its default of five is less than a busy machine may take for a page."""


def read_orders(documents: Mapping[str, Any], query: Mapping[str, str], pause: float = 0.0) -> Reading:
    """Read all pages of a search; each is parsed, then let go. `pause`: real seconds after a refusal by quota."""
    base, channel = str(documents["amazon_url"]), documents["channel"]
    scheme, host = base.split("//")

    class Tokens(AccessTokenClient):  # type: ignore[misc]
        """Its token client with another address."""

    Tokens.scheme, Tokens.host = f"{scheme}//", host
    place = SimpleNamespace(endpoint=base, marketplace_id=query["marketplaceIds"], region="eu-west-1")
    credentials = {
        "refresh_token": channel["refresh_token"],
        "lwa_app_id": channel["client_id"],
        "lwa_client_secret": channel["client_secret"],
    }

    def read() -> int:
        count = 0
        with OrdersV20260101(place, credentials=credentials, auth_token_client_class=Tokens, timeout=TIMEOUT) as client:
            search = throttle_retry(tries=_TRIES, delay=pause, rate=1)(client.search_orders)
            page = search(**query)
            while page.next_token:
                count += len(page.payload["orders"])
                page = search(**query, paginationToken=page.next_token)
            return count + len(page.payload["orders"])

    return reading(read)
