"""What an attribute is filled with, and where it goes in imports, while nobody has said anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.fields.plan.schema import Requirement, Row
from core.fields.plan.sources import NOTHING, SKIP, Source, beside, constant, feature, field

_EXPORT: Mapping[str, Source] = {
    "item_name.value": field("title"),
    "title_differentiation.value": field("title_differentiation"),
    "product_description.value": field("description"),
    "bullet_point.value": field("bullets"),
    "brand.value": field("brand"),
    "manufacturer.value": field("manufacturer"),
    "generic_keyword.value": field("search_words"),
    "part_number.value": field("product_code"),
    "externally_assigned_product_identifier.value": field("identifier"),
    "externally_assigned_product_identifier.type": NOTHING,
    "supplier_declared_has_product_identifier_exemption.value": SKIP,
    "merchant_suggested_asin.value": field("asin"),
    "recommended_browse_nodes.value": field("amazon_node"),
    "purchasable_offer.our_price.schedule.value_with_tax": field("price"),
    "list_price.value_with_tax": field("list_price"),
    "list_price.value": field("list_price"),
    "fulfillment_availability.quantity": field("amount"),
    "fulfillment_availability.fulfillment_channel_code": beside("DEFAULT"),
    "condition_type.value": constant("new_new"),
    "country_of_origin.value": field("country_of_origin"),
    "item_weight.value": field("weight"),
    "item_package_weight.value": field("weight"),
    "item_package_dimensions.length.value": field("box_length"),
    "item_package_dimensions.width.value": field("box_width"),
    "item_package_dimensions.height.value": field("box_height"),
    "main_product_image_locator.media_location": field("main_image"),
    "parentage_level.value": field("parentage_level"),
    "child_parent_sku_relationship.parent_sku": field("parent_sku"),
    "child_parent_sku_relationship.child_relationship_type": beside("variation"),
    "variation_theme.name": field("variation_theme"),
}
_OTHER_IMAGE = re.compile(r"other_product_image_locator_(\d{1,2})\.media_location")
OFFER_AND_FAMILY = frozenset((
    "fulfillment_availability", "purchasable_offer", "list_price", "uvp_list_price", "skip_offer", "map_policy",
    "package_level", "package_contains_sku", "child_parent_sku_relationship", "variation_theme", "parentage_level",
))  # fmt: skip
"""Attributes of the offer or the family: no feature of a product belongs to them."""

_IMPORT: Mapping[str, Source] = {
    "item_name.value": field("product"),
    "title_differentiation.value": field("product"),
    "product_description.value": field("full_description"),
    "bullet_point.value": field("full_description"),
    "item_package_weight.value": field("weight"),
    "item_weight.value": field("weight"),
    "item_package_dimensions.length.value": field("box_length"),
    "item_package_dimensions.width.value": field("box_width"),
    "item_package_dimensions.height.value": field("box_height"),
    "item_dimensions.length.value": field("box_length"),
    "item_dimensions.width.value": field("box_width"),
    "item_dimensions.height.value": field("box_height"),
}
IMPORT_FIELDS = (
    "product", "full_description", "short_description", "search_words", "meta_keywords", "meta_description",
    "page_title", "promo_text", "weight", "box_length", "box_width", "box_height", "list_price",
)  # fmt: skip
"""Fields of the store that an attribute can go to."""
_IMPORTED_FEATURES = frozenset(("brand.value", "country_of_origin.value"))
"""Values that become features of the store; the others only where somebody wants them, or a family differs in them."""

IMPORTED = frozenset(key.partition(".")[0] for key in (*_IMPORT, *_IMPORTED_FEATURES))
"""Attributes of which an import takes something by default."""


def export_source(row: Row) -> Source:
    """What fills a row: what is known of it, else a feature that is called like it."""
    known = _EXPORT.get(row.key)
    if row.attribute == "list_price" and known and row.requirement is not Requirement.OPTIONAL:
        return field("list_price_or_price")
    if known is not None:
        return known
    image = _OTHER_IMAGE.fullmatch(row.key)
    if image:
        return field(f"image_{image.group(1)}")
    if row.default is not None:
        return beside(str(row.default))
    if row.path[-1] == "currency" and row.values:
        return beside(str(row.values[0]))
    if row.is_unit or row.attribute in OFFER_AND_FAMILY or row.is_hidden:
        return NOTHING
    return feature(row.title) if row.is_main else NOTHING


def import_target(key: str) -> Source:
    """Where a value goes: to a field, to a feature that is called like its attribute, or nowhere."""
    known = _IMPORT.get(key)
    if known is not None:
        return known
    return feature(feature_name(key.partition(".")[0])) if key in _IMPORTED_FEATURES else SKIP


def feature_name(attribute: str) -> str:
    """What an attribute is called in the store, the same for all product types: `color` is "Color"."""
    words = attribute.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def other_names(row: Row) -> tuple[str, ...]:
    """What a feature that belongs to a row may be called besides its title."""
    return (row.attribute.replace("_", " "), *_OTHER_NAMES.get(row.attribute, ()))


def also_called(name: str) -> tuple[str, ...]:
    """What a store may call the feature already that an import would give such a name, see `feature_name`."""
    return next((names for attribute, names in _OTHER_NAMES.items() if feature_name(attribute) == name), ())


_OTHER_NAMES = {
    "color": ("Colour", "Farbe", "Couleur", "Colore", "Kleur"),
    "size": ("Größe", "Taille", "Talla", "Taglia", "Maat"),
    "material": ("Matériau", "Materiale", "Materiaal"),
}
