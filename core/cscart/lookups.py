"""The small entities of a store: payments, shipping methods, order statuses, taxes, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.cscart import shapes
from core.cscart.transport import StoreClient

ALL = (("items_per_page", 0),)

STATUS_INCREASES_STOCK = "I"


@dataclass(frozen=True)
class Lookup:
    """One small entity; `key` is its id, for statuses the status code."""

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
            str(number),
            shapes.name(row.get("payment")),
            shapes.text(row.get("status")) == "A",
            {"offline": not shapes.integer(row.get("processor_id"))},
        )
        for number, row in _numbered(client, "payments", "payment_id")
    ]


def shippings(client: StoreClient) -> list[Lookup]:
    """Shipping methods."""
    return [
        Lookup(str(number), shapes.name(row.get("shipping")), shapes.text(row.get("status")) == "A")
        for number, row in _numbered(client, "shippings", "shipping_id")
    ]


def statuses(client: StoreClient) -> list[Lookup]:
    """Order statuses with their effect on stock: `inventory` D decreases it, I gives it back."""
    return [
        Lookup(
            code,
            shapes.name(row.get("description")),
            True,
            {
                "inventory": shapes.name(shapes.mapping(row.get("params")).get("inventory")),
                "status_id": shapes.name(row.get("status_id")),
            },
        )
        for row in shapes.rows(client.get("statuses", ALL), "statuses")
        if shapes.text(row.get("type")) in {"", "O"} and 0 < len(code := shapes.text(row.get("status"))) <= 10
    ]


def taxes(client: StoreClient) -> list[Lookup]:
    """Taxes; only their ids label the tax rows of orders."""
    return [
        Lookup(str(number), shapes.name(row.get("tax")), shapes.text(row.get("status")) == "A")
        for number, row in _numbered(client, "taxes", "tax_id")
    ]


def _numbered(client: StoreClient, entity: str, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a list with their numbers; a row without one cannot be used."""
    for row in shapes.rows(client.get(entity, ALL), entity):
        number = shapes.integer(row.get(key))
        if number is not None:
            yield number, row


def settings(client: StoreClient) -> dict[str, str]:
    """Settings by name, as far as the store gives them out."""
    found: dict[str, str] = {}
    for row in shapes.rows(client.get("settings", ALL), "settings"):
        name = shapes.name(row.get("name"))
        if name:
            found[name] = shapes.text(row.get("value"))
    return found


def sells_below_zero(settings: Mapping[str, str]) -> bool:
    """Whether orders may take more than there is; where the store does not tell its settings, it is not held to."""
    return settings.get("inventory_tracking", "Y") != "Y" or settings.get("allow_negative_amount") != "N"
