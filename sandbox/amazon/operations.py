"""The operations with their published usage plans."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """`rate` in requests per second, `burst` in requests."""

    name: str
    rate: float
    burst: int


SEARCH_ORDERS = Operation("searchOrders", 0.0056, 20)
GET_ORDER = Operation("getOrder", 0.5, 30)
GET_PARTICIPATIONS = Operation("getMarketplaceParticipations", 0.016, 15)
