"""What Amazon says of a listing as values by path, and what a store product has of it by the field mapping.

The seller's own attributes win over the catalogue's; those of other marketplaces are never taken, and of several
languages one is. Where no attribute says it, the name and the measures come from other data sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from core.fields.plan.back import ImportedFields, ImportRules, imported
from core.fields.plan.paths import LANGUAGE, Place, Scalar, flatten
from core.products.plan.source import Source, attribute, text

_SIDES = ("length", "width", "height")
_IMAGES = ("main_product_image_locator", *(f"other_product_image_locator_{number}" for number in range(1, 9)))
_VARIANT = re.compile(r"MAIN|PT\d\d")


@dataclass(frozen=True)
class Content:
    """What a store product is to say."""

    fields: ImportedFields = field(default_factory=ImportedFields)
    images: tuple[str, ...] = ()
    """Addresses in their order, each once."""


def read(source: Source, marketplace_id: str, rules: ImportRules) -> Content:
    """The content for a marketplace."""
    return Content(
        imported(values(source, marketplace_id, rules.attributes), rules), tuple(_images(source, marketplace_id))
    )


def values(source: Source, marketplace_id: str, wanted: Set[str]) -> dict[str, Scalar]:
    """All that is said of a listing in the attributes that are wanted, by path."""
    sides = (source.listing, source.catalogue)
    named = [value for side in sides for value in attribute(side, "item_name", marketplace_id)]
    language = next((text(value.get(LANGUAGE)) for value in named if value.get(LANGUAGE)), "")
    found: dict[str, Scalar] = {}
    for name in dict.fromkeys(name for side in sides for name in _names(side) if name in wanted):
        told = next((told for side in sides if (told := attribute(side, name, marketplace_id))), [])
        tags = list(_tags(told))
        place = Place(marketplace_id, language if language in tags else next(iter(tags), ""))
        for path, value in flatten({name: told}, place).items():
            clean = text(value) if isinstance(value, str) else value
            if clean != "":
                found[path] = clean
    return dict(_measures(source, marketplace_id)) | _title(source, marketplace_id) | found


def _names(side: Mapping[str, Any]) -> list[str]:
    attributes = side.get("attributes")
    return list(attributes) if isinstance(attributes, dict) else []


def _tags(value: Any) -> Iterator[str]:
    """The languages of a value and of all that stands in it."""
    if isinstance(value, Mapping):
        if tag := text(value.get(LANGUAGE)):
            yield tag
        for part in value.values():
            yield from _tags(part)
    elif isinstance(value, list):
        for part in value:
            yield from _tags(part)


def _title(source: Source, marketplace_id: str) -> dict[str, Scalar]:
    """The name of a listing that has an offer only."""
    for side in (source.listing, source.catalogue):
        for summary in source.of_place(side, "summaries", marketplace_id):
            if name := text(summary.get("itemName")):
                return {"item_name.value": name}
    return {}


def _measures(source: Source, marketplace_id: str) -> Iterator[tuple[str, Scalar]]:
    """Measures that the catalogue has apart from the attributes, as these would say them."""
    for entry in source.of_place(source.catalogue, "dimensions", marketplace_id):
        for part, named in (("package", "item_package"), ("item", "item")):
            measures = entry.get(part)
            for name, told in measures.items() if isinstance(measures, dict) else ():
                path = f"{named}_dimensions.{name}" if name in _SIDES else f"{named}_{name}"
                if isinstance(told, dict) and (number := text(told.get("value"))):
                    yield f"{path}.value", number
                    yield f"{path}.unit", text(told.get("unit"))


def _images(source: Source, marketplace_id: str) -> list[str]:
    """Addresses of the seller's own pictures, else of the catalogue's."""
    own = [link for name in _IMAGES if (link := _own_image(source, name, marketplace_id)).startswith("https://")]
    found = own or _catalogue_images(source, marketplace_id)
    if not found:
        for summary in source.of_place(source.listing, "summaries", marketplace_id):
            image = summary.get("mainImage")
            found += [text(image.get("link"))] if isinstance(image, dict) else []
    return list(dict.fromkeys(link for link in found if link))


def _own_image(source: Source, name: str, marketplace_id: str) -> str:
    for side in (source.listing, source.catalogue):
        for told in attribute(side, name, marketplace_id):
            return text(told.get("media_location"))
    return ""


def _catalogue_images(source: Source, marketplace_id: str) -> list[str]:
    """The largest of each variant, without swatches."""
    largest: dict[str, tuple[int, str]] = {}
    for entry in source.of_place(source.catalogue, "images", marketplace_id):
        for image in entry.get("images") or ():
            variant, link = text(image.get("variant")), text(image.get("link"))
            size = image.get("height") if isinstance(image.get("height"), int) else 0
            if _VARIANT.fullmatch(variant) and link and size > largest.get(variant, (-1, ""))[0]:
                largest[variant] = (size, link)
    return [link for _, (_, link) in sorted(largest.items())]
