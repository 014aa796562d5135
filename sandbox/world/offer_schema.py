"""The offer in the schemas of product types: prices for each audience, and quantity."""

from __future__ import annotations

from typing import Any

from sandbox.world.marketplaces import Marketplace
from sandbox.world.schema_parts import Schema, choice, entries, own, preset, value_of

_LIMITS = {
    "minimum_seller_allowed_price": "Minimum Price",
    "maximum_seller_allowed_price": "Maximum Price",
    "maximum_retail_price": "Maximum Retail Price",
}


def price() -> Schema:
    """An amount that may be zero."""
    return {"value": value_of("Price", type="number", minimum=0, multipleOf=0.01)}


def currency(marketplace: Marketplace) -> Schema:
    """The money of a marketplace, which Amazon fills in."""
    return {"currency": preset(marketplace.currency, marketplace.currency)}


def offers(marketplace: Marketplace) -> Schema:
    """What buyers of an audience pay: now, at a discount for a while, and by quantity."""
    selectors = ("marketplace_id", "currency", "audience")
    sale = {name: value_of(title, format="date-time") for name, title in (("start_at", "Start"), ("end_at", "End"))}
    properties = {
        "our_price": _prices("Price", _amount("Your Price")),
        "discounted_price": _prices("Sale Price", _amount("Sale Price"), sale),
        **{name: _prices(title, _amount(title)) for name, title in _LIMITS.items()},
        "quantity_discount_plan": _one("Quantity Prices", {"schedule": _one("Quantity Prices", _levels())}),
        "start_at": _moment("Start of the Offer"),
        "end_at": _moment("End of the Offer"),
        "audience": choice(("ALL", "B2B"), title="Audience"),
        **currency(marketplace),
        **own(selectors),
    }
    return entries("Offer", selectors, properties, required=("currency", "our_price"))


def availability() -> Schema:
    """How many there are, where the merchant ships, and within how many days."""
    channels = choice(("AMAZON_EU", "AMAZON_JP", "AMAZON_NA", "DEFAULT"), title="Fulfilment Channel")
    properties = {
        "fulfillment_channel_code": channels,
        "quantity": value_of("Quantity", type="integer", minimum=0, maximum=1_000_000),
        "lead_time_to_ship_max_days": value_of("Handling Days", type="integer", minimum=0, maximum=30),
        "restock_date": value_of("Restock Date", format="date"),
        **own(("marketplace_id",)),
    }
    return entries("Availability", ("fulfillment_channel_code",), properties, required=("fulfillment_channel_code",))


def _amount(title: str) -> Schema:
    return value_of(title, type="number", exclusiveMinimum=0, multipleOf=0.01)


def _prices(title: str, amount: Schema, more: Schema | None = None) -> Schema:
    """A price as Amazon nests it: one entry with one schedule."""
    schedule = _one(f"{title} Schedule", {"value_with_tax": amount, **(more or {})})
    return _one(title, {"schedule": schedule})


def _levels() -> Schema:
    level = {"lower_bound": value_of("From", type="integer", minimum=2), "value": _amount("Price or Percent")}
    kind = choice(("fixed", "percent"), title="Discount Type")
    return {"discount_type": kind, "levels": _one("Levels", level, most=5)}


def _moment(title: str) -> Schema:
    value = value_of(title, format="date-time")
    return {"title": title, "type": "object", "properties": {"value": value}, "additionalProperties": False}


def _one(title: str, properties: dict[str, Any], *, most: int = 1) -> Schema:
    return {
        "title": title,
        "type": "array",
        "minItems": 1,
        "maxItems": most,
        "items": {
            "type": "object",
            "required": list(properties),
            "properties": properties,
            "additionalProperties": False,
        },
    }
