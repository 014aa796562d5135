"""SP-API operations as data: path, usage plan and nature of each call.

Plans are the published defaults of the official models (SP-API models, usage plan of each operation).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.quota import UsagePlan


class Nature(StrEnum):
    """What a call does; an app in draft status may read and preview only."""

    READ = "read"
    PREVIEW = "preview"
    WRITE = "write"


@dataclass(frozen=True)
class Operation:
    """One operation; `idempotent` calls may be repeated when no answer came."""

    name: str
    method: str
    path: str
    plan: UsagePlan
    nature: Nature = Nature.READ
    idempotent: bool = True
    interactive_reserve: int = 0
    """Tokens that scheduled work leaves for people."""
    scope: str = ""
    """Of a grantless call: made on the application's own behalf, without a seller."""


SCOPE_NOTIFICATIONS = "sellingpartnerapi::notifications"
SCOPE_ROTATION = "sellingpartnerapi::client_credential:rotation"


SEARCH_ORDERS = Operation(
    "searchOrders", "GET", "/orders/2026-01-01/orders", UsagePlan(0.0056, 20), interactive_reserve=5
)
GET_ORDER = Operation(
    "getOrder", "GET", "/orders/2026-01-01/orders/{order_id}", UsagePlan(0.5, 30), interactive_reserve=5
)
MARKETPLACE_PARTICIPATIONS = Operation(
    "getMarketplaceParticipations",
    "GET",
    "/sellers/v1/marketplaceParticipations",
    UsagePlan(0.016, 15),
)
ROTATE_CLIENT_SECRET = Operation(
    "rotateApplicationClientSecret",
    "POST",
    "/applications/2023-11-30/clientSecret",
    UsagePlan(0.0167, 1),
    idempotent=False,
    scope=SCOPE_ROTATION,
)
"""Application Management; a setting of the application, so the app status of a channel has no say in it."""
