"""What Amazon knows of a listing: its attributes, images and measures, always the same for its SKU."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.world.category import node_of
from sandbox.world.listing import Listing

BRANDS = ("Sandbrand", "Müller & Söhne", "Ocean Line")
COUNTRIES = ("DE", "CN", "PL", "IT")
_IMAGES = "https://m.media-amazon.com/images/I"
_LARGE, _SMALL = 1500, 75
_BUSINESS, _RETAIL = 0.1, 0.1
"""Shares of listings with a price of their own for companies, and with a maximum retail price."""


def attributes(listing: Listing) -> dict[str, list[dict[str, Any]]]:
    """As a product type has them: nearly each value belongs to a marketplace, and texts to a language."""
    dice = random.Random(f"content {listing.sku}")
    place = {"marketplace_id": listing.marketplace.marketplace_id}
    words = place | {"language_tag": listing.marketplace.language}
    brand, country = dice.choice(BRANDS), dice.choice(COUNTRIES)
    found: dict[str, list[dict[str, Any]]] = {
        "item_name": [{"value": listing.title, **words}],
        "brand": [{"value": brand, **words}],
        "product_description": [{"value": f"{listing.title} by {brand}: 100 % tested & <b>approved</b>.", **words}],
        "bullet_point": [{"value": f"Reason {number} to buy it", **words} for number in range(1, dice.randrange(2, 6))],
        "country_of_origin": [{"value": country, **place}],
        "recommended_browse_nodes": [{"value": node_of(listing.marketplace, listing.category_id).node_id, **place}],
        "condition_type": [{"value": "new_new", **place}],
    }
    found |= _measures(dice, place)
    for number, link in enumerate(images(listing)):
        name = f"other_product_image_locator_{number}" if number else "main_product_image_locator"
        found[name] = [{"media_location": link, **place}]
    if not listing.is_parent:
        found |= _offer(listing, place)
    return found | _family(listing, words, place)


def images(listing: Listing) -> list[str]:
    """Addresses of its images, the main one first."""
    dice = random.Random(f"images {listing.sku}")
    return [f"{_IMAGES}/{dice.randrange(16**8):08x}{number}.jpg" for number in range(dice.randrange(1, 5))]


def catalogue_images(links: Sequence[str]) -> list[dict[str, Any]]:
    """Images as the catalogue shows them: each in two sizes."""
    return [
        {
            "variant": f"PT{number:02d}" if number else "MAIN",
            "link": link if size == _LARGE else link.replace(".jpg", f"._SL{size}_.jpg"),
            "height": size,
            "width": size,
        }
        for number, link in enumerate(links)
        for size in (_SMALL, _LARGE)
    ]


def _measures(dice: random.Random, place: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    weight, sides = dice.randrange(50, 9000), [dice.randrange(30, 800) / 10 for _ in range(3)]
    named = zip(("length", "width", "height"), sides, strict=True)
    size = {name: {"unit": "centimeters", "value": value} for name, value in named}
    return {
        "item_weight": [{"unit": "grams", "value": float(weight), **place}],
        "item_package_weight": [{"unit": "kilograms", "value": round(weight * 1.1 / 1000, 3), **place}],
        "item_package_dimensions": [{**size, **place}],
    }


def _offer(listing: Listing, place: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    stock: dict[str, Any] = {"fulfillment_channel_code": listing.channel, **place}
    if listing.by_merchant:
        stock |= {"quantity": listing.quantity, "lead_time_to_ship_max_days": listing.handling_days}
    money = {"currency": listing.marketplace.currency, **place}
    offers = [{"audience": "ALL", **_nested("our_price", listing.price), **money}]
    dice = random.Random(f"offer {listing.sku}")
    digits = Decimal(1).scaleb(-listing.marketplace.digits)
    if dice.random() < _BUSINESS:
        less = max((listing.price * Decimal("0.95")).quantize(digits), digits)
        offers.append({"audience": "B2B", **_nested("our_price", less), **money})
    if dice.random() < _RETAIL:
        offers[0] |= _nested("maximum_retail_price", listing.price * 2)
    return {"purchasable_offer": offers, "fulfillment_availability": [stock]}


def _nested(name: str, amount: Decimal) -> dict[str, Any]:
    """A price as Amazon nests it."""
    return {name: [{"schedule": [{"value_with_tax": float(amount)}]}]}


def _family(listing: Listing, words: dict[str, str], place: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    family = listing.family
    if family is None:
        return {}
    told: dict[str, list[dict[str, Any]]] = {
        "variation_theme": [{"name": "/".join(family.theme).upper()}],
        "parentage_level": [{"value": "parent" if listing.is_parent else "child", **place}],
    }
    if not listing.is_parent:
        relation = {"child_relationship_type": "variation", "parent_sku": family.parent}
        told["child_parent_sku_relationship"] = [relation | place]
    return told | {name: [{"value": value, **words}] for name, value in family.values}
