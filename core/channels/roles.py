"""Which roles of the app work for a channel, found out by calls that cost nothing scarce.

    orders     getOrder of an order that is known, or of a number nobody has (404 proves the role)    0.5/s, 30 saved up
    names      whether that order, one the merchant has still to ship, comes with its address         the same call
    listings   searchListingsItems for a SKU nobody has                                               5/s, 5 saved up
    reports    no call: getReports has 0.0222/s, and its roles are those above

Source: SP-API "Role mappings": Inventory and Order Tracking, Direct-to-Consumer Shipping (Restricted), Product Listing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from core.amazon import listings, orders
from core.amazon.transport import AmazonClient
from core.checks import Check
from core.errors import AuthorizationError, Rejected, RemoteError
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.quota import at_once

_NOBODYS_ORDER = "000-0000000-0000000"
_TO_SHIP = ("UNSHIPPED", "PARTIALLY_SHIPPED")
_AFTER_ADDING = "Add the role to the app in the Developer Console, then authorize the app again: it counts from then."
_SYNCED = ("pull_products", "push_products")
"""What `sync_products` governs; `push_stock` stands for itself."""


def known_order(session: Session, channel: Channel) -> str | None:
    """The newest order of the channel that the merchant has still to ship."""
    return session.exec(
        select(AmazonOrder.order_id)
        .where(
            col(AmazonOrder.account_id) == channel.account_id,
            col(AmazonOrder.marketplace_id) == channel.marketplace_id,
            col(AmazonOrder.fulfilled_by) == "MERCHANT",
            col(AmazonOrder.status).in_(_TO_SHIP),
        )
        .order_by(col(AmazonOrder.created_at).desc())
        .limit(1)
    ).first()


@dataclass(frozen=True)
class Roles:
    """What was found out about the roles of the app, and by the way about the seller."""

    checks: list[Check]
    names_seller: bool | None
    """Whether Amazon let a call through that names the seller; None: it gave no clear answer."""


def look(client: AmazonClient, channel: Channel, seller_id: str, order_id: str | None) -> Roles:
    """Orders, names, listings and reports; what could not be found out is no failure and says so."""
    orders_work, order = _asked(lambda: orders.get(client, order_id or _NOBODYS_ORDER))
    listings_work, answer = _asked(
        lambda: listings.is_listed(client, seller_id, channel.marketplace_id, listings.NOBODYS_SKU)
    )
    checks = [
        _role("orders", "Inventory and Order Tracking", orders_work, "Orders", needed=True),
        _names(order, orders_work, needed=channel.settings.get("fulfilment") != "amazon"),
        _role("listings", "Product Listing", listings_work, "Listings", needed=_uses_listings(channel.settings)),
        _role("reports", "Product Listing", listings_work, "Reports (by the roles above; not asked)", needed=False),
    ]
    return Roles(checks, None if listings_work and answer is None else listings_work)


def _uses_listings(settings: Mapping[str, Any]) -> bool:
    has_synced = bool(settings.get("sync_products")) and any(settings.get(name) for name in _SYNCED)
    return has_synced or bool(settings.get("push_stock"))


def _asked(call: Callable[[], Any]) -> tuple[bool | None, Any]:
    """Whether Amazon lets the call through (None: not found out), and its answer."""
    try:
        with at_once():
            return True, call()
    except AuthorizationError:
        return False, None
    except Rejected as error:
        return (True, None) if error.status in (400, 404) else (None, None)
    except RemoteError:
        return None, None


def _role(name: str, role: str, works: bool | None, what: str, *, needed: bool) -> Check:
    title = f"role: {name}"
    if works is None:
        return Check(title, True, "Not tested yet: Amazon gave no usable answer.", "Verify again later.")
    if works:
        return Check(title, True, f"{what} can be read.")
    return Check(title, not needed, f"{what} are denied: the app lacks the role {role}.", _AFTER_ADDING)


def _names(order: dict[str, Any] | None, orders_work: bool | None, *, needed: bool) -> Check:
    """Names and streets come with the restricted role only; without it such orders are held."""
    title = "role: names and addresses"
    if orders_work and order is None:
        return Check(title, True, "Not tested yet: no order that you have still to ship is known yet.")
    if order is None:
        return Check(title, True, "Not tested yet: orders cannot be read.")
    address = (order.get("recipient") or {}).get("deliveryAddress") or {}
    if address.get("name") and address.get("addressLine1"):
        return Check(title, True, "Orders come with names and addresses.")
    return Check(
        title,
        not needed,
        "Orders come without names and streets: the app lacks the role Direct-to-Consumer Shipping (Restricted), or "
        "got it after it was authorized. Orders that you ship are held (address_incomplete).",
        _AFTER_ADDING,
    )
