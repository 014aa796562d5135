"""The operations with their published usage plans, and the roles that open them."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.amazon.applications import LISTINGS_ROLE, NOTIFICATIONS_SCOPE, ORDERS_ROLE, PII_ROLE, ROTATION_SCOPE
from sandbox.faults import CONFIRM_OPERATION

SANDBOX_RATE, SANDBOX_BURST = 5.0, 15
"""The plan of every operation on Amazon's sandbox hosts."""


@dataclass(frozen=True)
class Operation:
    """`rate` in requests per second, `burst` in requests.

    roles   any one of them will do; none are needed if empty
    scope   of the token of a grantless call; None: the token of a seller
    """

    name: str
    rate: float
    burst: int
    roles: frozenset[str] = frozenset()
    scope: str | None = None


_ORDERS = frozenset((ORDERS_ROLE, LISTINGS_ROLE, PII_ROLE))

SEARCH_ORDERS = Operation("searchOrders", 0.0056, 20, _ORDERS)
GET_ORDER = Operation("getOrder", 0.5, 30, _ORDERS)
CONFIRM_SHIPMENT = Operation(CONFIRM_OPERATION, 2.0, 10, frozenset((ORDERS_ROLE, PII_ROLE)))
GET_PARTICIPATIONS = Operation("getMarketplaceParticipations", 0.016, 15)
SEARCH_LISTINGS = Operation("searchListingsItems", 5.0, 5, frozenset((LISTINGS_ROLE,)))
GET_LISTING = Operation("getListingsItem", 5.0, 10, frozenset((LISTINGS_ROLE,)))
PUT_LISTING = Operation("putListingsItem", 5.0, 10, frozenset((LISTINGS_ROLE,)))
PATCH_LISTING = Operation("patchListingsItem", 5.0, 5, frozenset((LISTINGS_ROLE,)))
DELETE_LISTING = Operation("deleteListingsItem", 5.0, 5, frozenset((LISTINGS_ROLE,)))
SEARCH_CATALOG = Operation("searchCatalogItems", 2.0, 2, frozenset((LISTINGS_ROLE,)))
GET_CATALOG_ITEM = Operation("getCatalogItem", 2.0, 2, frozenset((LISTINGS_ROLE,)))
_REPORTS = frozenset((LISTINGS_ROLE, ORDERS_ROLE))
CREATE_REPORT = Operation("createReport", 0.0167, 15, _REPORTS)
GET_REPORTS = Operation("getReports", 0.0222, 10, _REPORTS)
GET_REPORT = Operation("getReport", 2.0, 15, _REPORTS)
CANCEL_REPORT = Operation("cancelReport", 0.0222, 10, _REPORTS)
GET_REPORT_DOCUMENT = Operation("getReportDocument", 0.0167, 15, _REPORTS)
_FEEDS = frozenset((LISTINGS_ROLE,))
CREATE_FEED_DOCUMENT = Operation("createFeedDocument", 0.5, 15, _FEEDS)
CREATE_FEED = Operation("createFeed", 0.0083, 15, _FEEDS)
GET_FEEDS = Operation("getFeeds", 0.0222, 10, _FEEDS)
GET_FEED = Operation("getFeed", 2.0, 15, _FEEDS)
GET_FEED_DOCUMENT = Operation("getFeedDocument", 0.0222, 10, _FEEDS)
_PRODUCT_TYPES = frozenset((LISTINGS_ROLE,))
SEARCH_PRODUCT_TYPES = Operation("searchDefinitionsProductTypes", 5.0, 10, _PRODUCT_TYPES)
GET_PRODUCT_TYPE = Operation("getDefinitionsProductType", 5.0, 10, _PRODUCT_TYPES)
ROTATE_SECRET = Operation("rotateApplicationClientSecret", 0.0167, 1, scope=ROTATION_SCOPE)
GET_DESTINATIONS = Operation("getDestinations", 1.0, 5, scope=NOTIFICATIONS_SCOPE)
CREATE_DESTINATION = Operation("createDestination", 1.0, 5, scope=NOTIFICATIONS_SCOPE)
GET_SUBSCRIPTION = Operation("getSubscription", 1.0, 5)
CREATE_SUBSCRIPTION = Operation("createSubscription", 1.0, 5)
