"""Listings and products of the store put straight into the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.fields.plan.gate import AmazonSide, importable
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_issue import OF_LISTING
from core.model.problem import Problem
from core.model.store import StoreProduct
from core.products.issues import write_issues
from core.products.plan.issues import Issue
from core.workspace import Workspace
from tests.tui.rows import NOW, add_channel

ISSUE = {
    "code": "18027",
    "severity": "ERROR",
    "attribute": "main_product_image_locator",
    "message": "The main image is missing.",
}


def add_listing(
    workspace: Workspace, channel: Channel, sku: str, issues: Sequence[Mapping[str, Any]] = (), **values: Any
) -> None:
    """A listing of a channel with what Amazon finds wrong with it."""
    columns = {"asin": f"B0{sku[-8:]:0>8}", "title": f"{sku} at Amazon", "status": "active", "buyable": True}
    columns |= {"price_minor": 1_990, "currency": "EUR", "quantity": 5, "fulfilment": "MERCHANT", **values}
    found = [Issue(**issue) for issue in issues]
    columns |= {"issue_count": len(found), "error_count": sum(issue.is_error for issue in found)}
    owner = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id}
    with workspace.database.write() as session:
        session.add(Listing(sku=sku, **owner, **columns))
        write_issues(session, channel, OF_LISTING, {sku: found})


def add_product(workspace: Workspace, channel: Channel, number: int, sku: str, **values: Any) -> None:
    """A product of the channel's store."""
    columns = {"name": f"Product {number}", "price_minor": 2_500, "amount": 7, **values}
    with workspace.database.write() as session:
        session.add(StoreProduct(store_id=channel.store_id, product_id=number, sku=sku, **columns))


def fill_products(workspace: Workspace) -> Channel:
    """A row in each state, by SKU in the order of the letters; the second has an issue."""
    channel = add_channel(workspace)
    add_listing(workspace, channel, "A-HELD")
    add_listing(workspace, channel, "B-NEW", issues=[ISSUE], buyable=False)
    add_listing(workspace, channel, "C-CODE")
    add_listing(workspace, channel, "D-HAND")
    add_listing(workspace, channel, "F-OLD", closed_at=NOW, buyable=False)
    add_listing(workspace, channel, "G-FAMILY", is_parent=True)
    add_product(workspace, channel, 11, "C-CODE", name="Lamp, blue")
    add_product(workspace, channel, 12, "OTHER", name="Lamp, red")
    add_product(workspace, channel, 13, "E-STORE", name="Lämp, green")
    [hold] = importable(AmazonSide(channel.name, "A-HELD", "LAMP", "123"), [])
    words = {"code": hold.code, "about": hold.about, "message": hold.message, "fix": hold.fix}
    owner = {"owner": f"channel {channel.id}", "channel_id": channel.id, "flow": "products", "subject": "sku A-HELD"}
    with workspace.database.write() as session:
        session.add(Problem(first_seen=NOW, last_seen=NOW, **owner, **words))
        link = {"store_id": channel.store_id, "product_id": 12, "linked_by": "anna", "linked_at": NOW}
        session.add(ListingLink(channel_id=channel.id, sku="D-HAND", **link))
    return channel
