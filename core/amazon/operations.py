"""SP-API operations as data: path, usage plan and nature of each call.

Plans are the published defaults of the official models (SP-API models, usage plan of each operation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.answer import LARGEST_PAGE, MEGABYTE
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
    preview: tuple[str, str] | None = None
    """The parameter with which a writing call validates only."""
    limit: int = MEGABYTE
    """Bytes of the largest answer that is read; a real one has a fraction of it."""
    seconds: float = 60.0
    """Real seconds for the whole call, to the last byte of its answer."""
    silent: bool = False
    """Its success needs no body."""

    def nature_of(self, params: Mapping[str, str]) -> Nature:
        """What a call with these parameters does."""
        if self.preview and params.get(self.preview[0]) == self.preview[1]:
            return Nature.PREVIEW
        return self.nature


SCOPE_NOTIFICATIONS = "sellingpartnerapi::notifications"
SCOPE_ROTATION = "sellingpartnerapi::client_credential:rotation"


SEARCH_ORDERS = Operation(
    "searchOrders",
    "GET",
    "/orders/2026-01-01/orders",
    UsagePlan(0.0056, 20),
    interactive_reserve=5,
    limit=LARGEST_PAGE,
    seconds=120.0,
)
GET_ORDER = Operation(
    "getOrder",
    "GET",
    "/orders/2026-01-01/orders/{order_id}",
    UsagePlan(0.5, 30),
    interactive_reserve=5,
    limit=4 * MEGABYTE,
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

_DESTINATIONS = "/notifications/v1/destinations"
_SUBSCRIPTION = "/notifications/v1/subscriptions/{kind}"

GET_DESTINATIONS = Operation("getDestinations", "GET", _DESTINATIONS, UsagePlan(1, 5), scope=SCOPE_NOTIFICATIONS)
CREATE_DESTINATION = Operation(
    "createDestination", "POST", _DESTINATIONS, UsagePlan(1, 5), idempotent=False, scope=SCOPE_NOTIFICATIONS
)
GET_SUBSCRIPTION = Operation("getSubscription", "GET", _SUBSCRIPTION, UsagePlan(1, 5))
CREATE_SUBSCRIPTION = Operation("createSubscription", "POST", _SUBSCRIPTION, UsagePlan(1, 5), idempotent=False)
"""Where Amazon tells of changes is no change of listings or orders: an app in draft status may say so."""

_LISTINGS = "/listings/2021-08-01/items/{seller_id}"
_VALIDATES = ("mode", "VALIDATION_PREVIEW")

SEARCH_LISTINGS = Operation("searchListingsItems", "GET", _LISTINGS, UsagePlan(5, 5), limit=LARGEST_PAGE)
GET_LISTING = Operation("getListingsItem", "GET", f"{_LISTINGS}/{{sku}}", UsagePlan(5, 10), limit=4 * MEGABYTE)
PUT_LISTING = Operation(
    "putListingsItem",
    "PUT",
    f"{_LISTINGS}/{{sku}}",
    UsagePlan(5, 10),
    nature=Nature.WRITE,
    idempotent=False,
    preview=_VALIDATES,
)
"""Said twice it changes nothing more, like the two below; but what is there is found out by looking, and said anew."""
PATCH_LISTING = Operation(
    "patchListingsItem",
    "PATCH",
    f"{_LISTINGS}/{{sku}}",
    UsagePlan(5, 5),
    nature=Nature.WRITE,
    idempotent=False,
    preview=_VALIDATES,
)
DELETE_LISTING = Operation(
    "deleteListingsItem", "DELETE", f"{_LISTINGS}/{{sku}}", UsagePlan(5, 5), nature=Nature.WRITE, idempotent=False
)

_CATALOG = "/catalog/2022-04-01/items"

SEARCH_CATALOG = Operation("searchCatalogItems", "GET", _CATALOG, UsagePlan(2, 2), limit=LARGEST_PAGE)
GET_CATALOG_ITEM = Operation("getCatalogItem", "GET", f"{_CATALOG}/{{asin}}", UsagePlan(2, 2), limit=4 * MEGABYTE)

_FEEDS = "/feeds/2021-06-30/feeds"
_FEED_DOCUMENTS = "/feeds/2021-06-30/documents"

CREATE_FEED_DOCUMENT = Operation("createFeedDocument", "POST", _FEED_DOCUMENTS, UsagePlan(0.5, 15), nature=Nature.WRITE)
"""Idempotent: a document that no feed names is nothing."""
CREATE_FEED = Operation("createFeed", "POST", _FEEDS, UsagePlan(0.0083, 15), nature=Nature.WRITE, idempotent=False)
"""Every feed of Crossdock is one of listings."""
GET_FEEDS = Operation("getFeeds", "GET", _FEEDS, UsagePlan(0.0222, 10))
GET_FEED = Operation("getFeed", "GET", f"{_FEEDS}/{{feed_id}}", UsagePlan(2, 15))
GET_FEED_DOCUMENT = Operation("getFeedDocument", "GET", f"{_FEED_DOCUMENTS}/{{document_id}}", UsagePlan(0.0222, 10))

_REPORTS = "/reports/2021-06-30/reports"

CREATE_REPORT = Operation("createReport", "POST", _REPORTS, UsagePlan(0.0167, 15), idempotent=False)
"""Changes nothing of a seller's, so an app in draft status may; but asked twice it costs twice."""
GET_REPORTS = Operation("getReports", "GET", _REPORTS, UsagePlan(0.0222, 10))
GET_REPORT = Operation("getReport", "GET", f"{_REPORTS}/{{report_id}}", UsagePlan(2, 15))
CANCEL_REPORT = Operation("cancelReport", "DELETE", f"{_REPORTS}/{{report_id}}", UsagePlan(0.0222, 10), silent=True)
GET_REPORT_DOCUMENT = Operation(
    "getReportDocument", "GET", "/reports/2021-06-30/documents/{document_id}", UsagePlan(0.0167, 15)
)

_PRODUCT_TYPES = "/definitions/2020-09-01/productTypes"

SEARCH_PRODUCT_TYPES = Operation(
    "searchDefinitionsProductTypes", "GET", _PRODUCT_TYPES, UsagePlan(5, 10), limit=8 * MEGABYTE
)
GET_PRODUCT_TYPE = Operation("getDefinitionsProductType", "GET", f"{_PRODUCT_TYPES}/{{product_type}}", UsagePlan(5, 10))

CONFIRM_SHIPMENT = Operation(
    "confirmShipment",
    "POST",
    "/orders/v0/orders/{order_id}/shipmentConfirmation",
    UsagePlan(2, 10),
    nature=Nature.WRITE,
    idempotent=False,
)
"""The same package reference again would edit the package; whether it arrived is found out by looking at the order."""
