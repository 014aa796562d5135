"""The attributes of a listing that become a store product: a handful that nearly every product type has.

The seller's own values win over the catalogue's; those of other marketplaces are never taken, and of several languages
one is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.money import parse_amount
from core.products.plan.source import Source, attribute, text

_GRAMS = {
    "milligrams": Decimal("0.001"),
    "grams": Decimal(1),
    "kilograms": Decimal(1000),
    "ounces": Decimal("28.349523125"),
    "pounds": Decimal("453.59237"),
    "tons": Decimal("907184.74"),
}
_MILLIMETRES = {
    "millimeters": Decimal(1),
    "centimeters": Decimal(10),
    "decimeters": Decimal(100),
    "meters": Decimal(1000),
    "inches": Decimal("25.4"),
    "feet": Decimal("304.8"),
    "yards": Decimal("914.4"),
}
_SIDES = ("length", "width", "height")
_IMAGES = ("main_product_image_locator", *(f"other_product_image_locator_{number}" for number in range(1, 9)))
_VARIANT = re.compile(r"MAIN|PT\d\d")
_TAG = re.compile(r"&lt;(/?(?:b|br|p|ul|ol|li|i|em|strong)\s*/?)&gt;", re.IGNORECASE)
_WORD_KEYS = ("value", "name", "size", "type")


@dataclass(frozen=True)
class Content:
    """What a store product says; empty texts and None where Amazon does not say."""

    name: str = ""
    description: str = ""
    """HTML."""
    brand: str = ""
    country: str = ""
    images: tuple[str, ...] = ()
    grams: Decimal | None = None
    millimetres: tuple[Decimal, Decimal, Decimal] | None = None
    """Length, width and height of the parcel."""
    variation: Mapping[str, str] = field(default_factory=dict)
    """Attribute of the theme → what this one has of it."""


def read(source: Source, marketplace_id: str, theme: Sequence[str] = ()) -> Content:
    """The content for a marketplace."""
    values = _Values(source, marketplace_id)
    return Content(
        name=values.word("item_name") or values.title(),
        description=_description(values.words("product_description"), values.words("bullet_point")),
        brand=values.word("brand"),
        country=values.word("country_of_origin"),
        images=tuple(values.images()),
        grams=values.weight(),
        millimetres=values.size(),
        variation={name: word for name in theme if (word := values.word(name))},
    )


class _Values:
    def __init__(self, source: Source, marketplace_id: str) -> None:
        self._source = source
        self._place = marketplace_id
        self._sides = (source.listing, source.catalogue)
        named = [value for side in self._sides for value in attribute(side, "item_name", marketplace_id)]
        self._language = next((text(value.get("language_tag")) for value in named if value.get("language_tag")), "")

    def of(self, name: str) -> list[Mapping[str, Any]]:
        """The values of an attribute, in one language."""
        for side in self._sides:
            values = attribute(side, name, self._place)
            tags = [text(value.get("language_tag")) for value in values]
            language = self._language if self._language in tags else next(filter(None, tags), "")
            if values := [value for value, tag in zip(values, tags, strict=True) if tag in ("", language)]:
                return values
        return []

    def words(self, name: str) -> list[str]:
        """The texts of an attribute, also where they stand deeper than most do."""
        return [word for value in self.of(name) if (word := _word(value))]

    def word(self, name: str) -> str:
        """The first of them."""
        return next(iter(self.words(name)), "")

    def title(self) -> str:
        """Of a listing that has an offer only."""
        for side in self._sides:
            for summary in self._source.of_place(side, "summaries", self._place):
                if name := text(summary.get("itemName")):
                    return name
        return ""

    def images(self) -> list[str]:
        """Addresses in their order, each once."""
        own = [text(value.get("media_location")) for name in _IMAGES for value in self.of(name)[:1]]
        found = [link for link in own if link.startswith("https://")] or self._catalogue_images()
        if not found:
            for summary in self._source.of_place(self._source.listing, "summaries", self._place):
                image = summary.get("mainImage")
                found += [text(image.get("link"))] if isinstance(image, dict) else []
        return list(dict.fromkeys(link for link in found if link))

    def _catalogue_images(self) -> list[str]:
        """The largest of each variant, without swatches."""
        largest: dict[str, tuple[int, str]] = {}
        for entry in self._source.of_place(self._source.catalogue, "images", self._place):
            for image in entry.get("images") or ():
                variant, link = text(image.get("variant")), text(image.get("link"))
                size = image.get("height") if isinstance(image.get("height"), int) else 0
                if _VARIANT.fullmatch(variant) and link and size > largest.get(variant, (-1, ""))[0]:
                    largest[variant] = (size, link)
        return [link for _, (_, link) in sorted(largest.items())]

    def weight(self) -> Decimal | None:
        """Grams of the parcel, else of the item."""
        for name, part in (("item_package_weight", "package"), ("item_weight", "item")):
            for value in (*self.of(name)[:1], *(one.get("weight") or {} for one in self._measures(part))):
                if (grams := _measure(value, _GRAMS)) is not None:
                    return grams
        return None

    def size(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Millimetres of the parcel, else of the item."""
        for name, part in (("item_package_dimensions", "package"), ("item_dimensions", "item")):
            for value in (*self.of(name)[:1], *self._measures(part)):
                sides = [_measure(value.get(side) or {}, _MILLIMETRES) for side in _SIDES]
                if sides[0] is not None and sides[1] is not None and sides[2] is not None:
                    return sides[0], sides[1], sides[2]
        return None

    def _measures(self, part: str) -> Iterator[Mapping[str, Any]]:
        for entry in self._source.of_place(self._source.catalogue, "dimensions", self._place):
            measures = entry.get(part)
            if isinstance(measures, dict):
                yield measures


def _word(value: Mapping[str, Any]) -> str:
    for key in _WORD_KEYS:
        told = value.get(key)
        if isinstance(told, list):
            told = next((one for one in told if isinstance(one, dict)), None)
        found = _word(told) if isinstance(told, dict) else text(told)
        if found:
            return found
    return ""


def _measure(value: Mapping[str, Any], units: Mapping[str, Decimal]) -> Decimal | None:
    factor = units.get(text(value.get("unit")).lower())
    try:
        amount = parse_amount(value.get("value"))
    except ValueError:
        return None
    return amount * factor if factor is not None and amount > 0 else None


def _description(paragraphs: Sequence[str], bullets: Sequence[str]) -> str:
    """HTML of both; of the tags that Amazon allows in a text those that a store shows are kept."""
    parts = [f"<p>{_safe(one)}</p>" for one in paragraphs]
    if bullets:
        parts.append(f"<ul>{''.join(f'<li>{_safe(one)}</li>' for one in bullets)}</ul>")
    return "\n".join(parts)


def _safe(words: str) -> str:
    return _TAG.sub(r"<\1>", html.escape(words, quote=False)).replace("\r\n", "\n").replace("\n", "<br>")
