"""Families of variations: the theme in which they differ, and what the listing that stands for them does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.fields.plan.defaults import other_names
from core.fields.plan.render import Chosen
from core.fields.plan.schema import Form
from core.fields.plan.sources import SourceKind
from core.fields.plan.store_item import Family, StoreItem
from core.listings.plan import problems
from core.listings.plan.candidate import OFFER, Kin
from core.sync.decisions import Hold

THEME = "variation_theme.name"
_OF_ONE = frozenset((
    *OFFER, "list_price", "uvp_list_price", "condition_type", "condition_note", "merchant_suggested_asin",
    "externally_assigned_product_identifier", "supplier_declared_has_product_identifier_exemption",
))  # fmt: skip
"""Attributes of what can be bought."""


def family_of(kin: Kin, form: Form, lines: Sequence[Chosen], item: StoreItem, product_type: str) -> Family | Hold:
    """The family of a product in the words of its product type; a Hold where Amazon has no theme for it."""
    level = "parent" if kin.is_parent else "child"
    parent_sku = "" if kin.is_parent else kin.parent_sku
    own = next((one.source for one in lines if one.row.key == THEME and one.source.kind is SourceKind.CONSTANT), None)
    if own is not None:
        return Family(level, parent_sku, own.text)
    row = form.by_key.get(THEME)
    themes = [str(value) for value in row.values] if row else []
    served = [frozenset(_attributes(number, lines, item)) for number in kin.features]
    old = _deprecated(form)
    fitting = [theme for theme in themes if _fits(theme, served)]
    if fitting:
        return Family(level, parent_sku, min(fitting, key=lambda theme: theme in old))
    current = [theme for theme in themes if theme not in old] or themes
    return problems.theme_unknown(product_type, list(kin.features.values()), current)


def left_out_of_parent(attributes: Mapping[str, Any], theme: str) -> frozenset[str]:
    """Attributes that a listing that stands for variations does not say: what can be bought, and what differs."""
    varying = {_plain(part) for part in theme.split("/")}
    return _OF_ONE | {name for name in attributes if _plain(name) in varying}


def _fits(theme: str, served: Sequence[frozenset[str]]) -> bool:
    """Whether each feature is one part of a theme, and the theme has no other parts."""
    parts = {_plain(part) for part in theme.split("/")}
    found = [{_plain(name) for name in names} & parts for names in served]
    return len(parts) == len(served) and all(found) and set[str]().union(*found) == parts


def _attributes(feature_id: int, lines: Sequence[Chosen], item: StoreItem) -> Iterator[str]:
    """Attributes that a feature of a product fills."""
    for one in lines:
        if one.source.kind is SourceKind.FEATURE:
            names = other_names(one.row) if one.source.text == one.row.title else ()
            found = item.feature(one.source.text) or item.called(names)
            if found is not None and found.feature_id == feature_id:
                yield one.row.attribute


def _plain(name: str) -> str:
    """A part of a theme, or an attribute, as both are compared: SIZE_NAME is the attribute size."""
    return name.strip().lower().removesuffix("_name")


def _deprecated(form: Form) -> frozenset[str]:
    """Themes that Amazon advises against."""
    node = form.schema.get("properties", {}).get("variation_theme", {}).get("items", {})
    told = node.get("properties", {}).get("name", {}).get("$lifecycle", {}).get("enumDeprecated", ())
    return frozenset(map(str, told))
