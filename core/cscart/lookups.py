"""The small entities of a store: payments, shipping methods, order statuses, taxes, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.cscart import shapes
from core.cscart.transport import StoreClient

ALL = (("items_per_page", 0),)

STATUS_INCREASES_STOCK = "I"


@dataclass(frozen=True)
class Lookup:
    """One small entity; `key` is its id, for statuses the letter."""

    key: str
    name: str
    active: bool
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def increases_stock(self) -> bool:
        """For a status: stock is given back while an order has it."""
        return self.data.get("inventory") == STATUS_INCREASES_STOCK


def payments(client: StoreClient) -> list[Lookup]:
    """Payment methods, without their processors' settings (those hold secrets)."""
    return [
        Lookup(
            shapes.text(row.get("payment_id")),
            shapes.text(row.get("payment")),
            shapes.text(row.get("status")) == "A",
            {"offline": not shapes.integer(row.get("processor_id"))},
        )
        for row in shapes.rows(client.get("payments", ALL), "payments")
    ]


def shippings(client: StoreClient) -> list[Lookup]:
    """Shipping methods."""
    return [
        Lookup(
            shapes.text(row.get("shipping_id")),
            shapes.text(row.get("shipping")),
            shapes.text(row.get("status")) == "A",
        )
        for row in shapes.rows(client.get("shippings", ALL), "shippings")
    ]


def statuses(client: StoreClient) -> list[Lookup]:
    """Order statuses with their effect on stock: `inventory` D decreases it, I gives it back."""
    return [
        Lookup(
            shapes.text(row.get("status")),
            shapes.text(row.get("description")),
            True,
            {
                "inventory": shapes.text(shapes.mapping(row.get("params")).get("inventory")),
                "status_id": shapes.text(row.get("status_id")),
            },
        )
        for row in shapes.rows(client.get("statuses", ALL), "statuses")
        if shapes.text(row.get("type")) in {"", "O"}
    ]


def taxes(client: StoreClient) -> list[Lookup]:
    """Taxes; only their ids label the tax rows of orders."""
    return [
        Lookup(shapes.text(row.get("tax_id")), shapes.text(row.get("tax")), shapes.text(row.get("status")) == "A")
        for row in shapes.rows(client.get("taxes", ALL), "taxes")
    ]


def settings(client: StoreClient) -> dict[str, str]:
    """Settings by name, as far as the store gives them out."""
    found: dict[str, str] = {}
    for row in shapes.rows(client.get("settings", ALL), "settings"):
        name = shapes.text(row.get("name"))
        if name:
            found[name] = shapes.text(row.get("value"))
    return found
