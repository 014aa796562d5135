"""How a product of the store differs from what it is to be, and what to write for that. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from core.cscart.features import ONE_OF, SOME_OF, Feature, folded
from core.cscart.product_writes import TEXTS, FeatureValue, StoredProduct, file_name
from core.cscart.shapes import LONGEST_NAME
from core.money import parse_amount, round_to_unit
from core.products.wanted import WantedFeature, WantedProduct

Body = dict[str, Any]
SHARED = frozenset({"product", "full_description", "category_ids", "product_features", *TEXTS})
"""What the store writes over the other members of a family when it is written to the one that is shown for all."""
AWAITS_APPROVAL = "R"
"""The status that a store with moderation gives to whatever a vendor's product is set to."""
_WORDS = {
    "product": "name",
    "full_description": "description",
    **{name: name.replace("_", " ") for name in TEXTS},
    "price": "price",
    "list_price": "list price",
    "amount": "quantity",
    "status": "status",
    "category_ids": "categories",
    "weight": "weight",
    "box_length": "length",
    "box_width": "width",
    "box_height": "height",
}
LONG = ("full_description", *TEXTS)
"""Texts that a product may have or not, in each language."""
_LONGEST_LINE = ("page_title", "meta_description", "meta_keywords")
"""Texts of which the store keeps as much as of a name."""
_YES = frozenset({"y", "yes", "true", "1"})
_GRAM = Decimal("0.001")


@dataclass(frozen=True)
class Chosen:
    """A feature of the store with the values that a product is to have of it."""

    feature: Feature
    texts: tuple[str, ...]
    written: Any
    """Numbers of the variants that there are, or a text."""
    new: tuple[str, ...] = ()
    """Names of variants that the store has to make."""


def choose(wanted: WantedFeature, feature: Feature) -> Chosen | None:
    """The values as a feature of this type takes them; None where it cannot hold them."""
    if not wanted.values:
        return None
    together = ", ".join(wanted.values)[:LONGEST_NAME]
    if feature.kind in ONE_OF or feature.kind == SOME_OF:
        texts = wanted.values if feature.kind == SOME_OF else (together,)
        known = {folded(name): str(number) for number, name in feature.variants.items()}
        there = [known[folded(text)] for text in texts if folded(text) in known]
        new = tuple(text for text in texts if folded(text) not in known)
        return Chosen(feature, texts, there if feature.kind == SOME_OF else "".join(there), new)
    if feature.kind == "C":
        return Chosen(feature, (yes := "Y" if folded(wanted.values[0]) in _YES else "N",), yes)
    if feature.kind == "O":
        number = _amount(wanted.values[0])
        return Chosen(feature, (str(number),), str(number)) if number is not None else None
    return Chosen(feature, (together,), together) if feature.kind == "T" else None


def feature_body(chosen: Sequence[Chosen]) -> Body:
    """What to write so that a product has these values; always maps, for of a list the store loses the first line."""
    if not chosen:
        return {}
    body: Body = {"product_features": {str(one.feature.feature_id): one.written for one in chosen}}
    made = {
        str(one.feature.feature_id): {"variant": list(one.new) if one.feature.kind == SOME_OF else one.new[0]}
        for one in chosen
        if one.new
    }
    return body | ({"add_new_variant": made} if made else {})


def has(chosen: Chosen, present: StoredProduct) -> bool:
    """Whether a product has exactly these values."""
    value = present.features.get(chosen.feature.feature_id)
    if value is not None and not chosen.new and _ids(value.written) == _ids(chosen.written):
        return True  # whatever the variants are called in the language that was read
    if chosen.feature.kind == "C" and chosen.written == "N":
        return value is None or value.texts == ("N",)
    return value is not None and _plain(chosen, value.texts) == _plain(chosen, chosen.texts)


def same_value(one: FeatureValue | None, other: Any) -> bool:
    """Whether a product has a feature as it was written once."""
    return one is not None and bool(one.written == other)


def creation(wanted: WantedProduct, currency: str) -> Body:
    """What to make a product of; its features and pictures aside."""
    body = {"price": "0", **_wanted(wanted, currency), "product_code": wanted.sku}
    return body | ({"company_id": wanted.company_id} if wanted.company_id else {})


def changes(wanted: WantedProduct, present: StoredProduct, currency: str) -> Body:
    """What to write over a product; its features and pictures aside."""
    body = {key: value for key, value in _wanted(wanted, currency).items() if key != "main_category"}
    changed = {key: value for key, value in body.items() if not _is_same(key, value, present)}
    if "category_ids" in changed:
        changed["main_category"] = changed["category_ids"][0]
    return changed


def texts_of(wanted: WantedProduct, currency: str, names: Sequence[str]) -> Body:
    """Some of its texts, as they are written."""
    return {name: words for name, words in _wanted(wanted, currency).items() if name in names}


def lacking(wanted: WantedProduct, present: StoredProduct, chosen: Sequence[Chosen], currency: str) -> list[str]:
    """In what a product is not as it was written, in words; what the store may clean up of texts aside."""
    body = _wanted(wanted, currency)
    found = [
        f"{words} differs" if key in LONG else f"{words} {_shown(key, present)} instead of {body[key]}"
        for key, words in _WORDS.items()
        if key in body and not _is_as_written(key, body[key], present)
    ]
    return found + [f"feature {one.feature.name!r} lacks its value" for one in chosen if not has(one, present)]


def picture_names(wanted: WantedProduct, present: StoredProduct) -> list[str]:
    """File names of wanted pictures that a product does not show."""
    shown = [present.main_image, *present.images]
    names = map(file_name, wanted.images or ())
    return [name for name in names if not any(one.startswith(name) or one == "?" for one in shown)]


def pictures_lacking(wanted: WantedProduct, present: StoredProduct, *, exact: bool) -> tuple[bool, bool]:
    """Whether the main picture is missing, and whether additional ones are; with `exact` there may be no others."""
    if not wanted.images:
        return False, False
    count, there = len(wanted.images) - 1, len(present.images)
    # A product without a main picture gets its first additional one as such.
    main = not present.main_image or (there < count and not _is_of(present.main_image, wanted.images[0]))
    return main, there != count if exact else there < count


def _is_of(name: str, address: str) -> bool:
    return name == "?" or name.startswith(file_name(address))


def _wanted(wanted: WantedProduct, currency: str) -> Body:
    """All fields that are to be something, as they are written."""
    body: Body = {
        "product": name_of(wanted.name) if wanted.name is not None else None,
        "full_description": wanted.description,
        **{name: words[:LONGEST_NAME] if name in _LONGEST_LINE else words for name, words in wanted.texts.items()},
        "price": _amount_text(wanted.price, currency),
        "list_price": _amount_text(wanted.list_price, currency),
        "amount": wanted.amount,
        "status": wanted.status,
        "category_ids": list(wanted.category_ids) if wanted.category_ids else None,
        "main_category": wanted.category_ids[0] if wanted.category_ids else None,
        "weight": str(wanted.weight.quantize(_GRAM)) if wanted.weight is not None else None,
        "box_length": _whole(wanted.length),
        "box_width": _whole(wanted.width),
        "box_height": _whole(wanted.height),
    }
    return {key: value for key, value in body.items() if value is not None}


def _amount_text(amount: Decimal | None, currency: str) -> str | None:
    return str(round_to_unit(amount, currency)) if amount is not None else None


def name_of(text: str) -> str:
    """A name as the store keeps it."""
    return text.strip(" -")[:LONGEST_NAME]


def _whole(length: Decimal | None) -> int | None:
    """The store has whole numbers: what is sent fits into them."""
    return int(length.to_integral_value(ROUND_CEILING)) if length is not None else None


def _is_same(key: str, value: Any, present: StoredProduct) -> bool:
    row = present.row
    if key == "product":
        return name_of(row.name) == str(value)
    if key == "full_description":
        return present.description.split() == str(value).split()
    if key in TEXTS:
        return present.texts.get(key, "").split() == str(value).split()
    if key == "price":
        return row.price == Decimal(value)
    if key == "list_price":
        return present.list_price == Decimal(value)
    if key == "weight":
        return present.weight == Decimal(value)
    if key == "category_ids":
        return set(row.category_ids) == set(value)
    if key.startswith("box_"):
        return key in present.sides and present.sides[key] == value
    return bool(getattr(row, key) == value)


def _is_as_written(key: str, value: Any, present: StoredProduct) -> bool:
    if key == "status" and present.row.status == AWAITS_APPROVAL:
        return True
    if key == "full_description":
        return _visible(present.description) == _visible(value)
    if key in TEXTS and key in present.texts:
        return _visible(present.texts[key]) == _visible(value)
    if key in TEXTS or (key == "list_price" and present.list_price is None):
        return True  # lists do not tell them
    if key.startswith("box_") and key not in present.sides:
        return True
    return _is_same(key, value, present)


def _visible(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _shown(key: str, present: StoredProduct) -> str:
    row = present.row
    shown = {
        "product": row.name,
        "price": row.price,
        "list_price": present.list_price,
        "amount": row.amount,
        "status": row.status,
        "category_ids": list(row.category_ids),
        "weight": present.weight,
    }
    return str(shown.get(key, present.sides.get(key, "")))


def _ids(written: Any) -> Any:
    return sorted(written) if isinstance(written, list) else written


def _plain(chosen: Chosen, texts: Sequence[str]) -> set[Any]:
    return {_amount(text) if chosen.feature.kind == "O" else folded(text) for text in texts}


def _amount(text: str) -> Decimal | None:
    try:
        return parse_amount(text)
    except ValueError:
        return None
