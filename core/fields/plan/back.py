"""The other direction: attributes of a listing as what the store's product is to have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from core.fields.plan import text, units
from core.fields.plan.convert import translated
from core.fields.plan.defaults import OFFER_AND_FAMILY, import_target
from core.fields.plan.paths import Place, Scalar, flatten, joined, parted
from core.fields.plan.schema import Form, Row, canonical, spellings
from core.fields.plan.sources import Source, SourceKind
from core.fields.plan.units import LENGTH_UNIT, WEIGHT_UNIT

_VALUE, _UNIT = "value", "unit"
_LENGTHS = ("box_length", "box_width", "box_height")
_FIRST = ("item_package_weight", "item_package_dimensions")
"""What the parcel measures wins over what the product does, for stores ask it to calculate shipping."""


@dataclass(frozen=True)
class ImportRules:
    """What an import takes, and where it puts it."""

    place: Place
    targets: Mapping[str, Source] = field(default_factory=dict)
    """What people chose, by path or name of the attribute."""
    takes_all: bool = False
    """Attributes for which nobody said anything, and that the defaults leave out, become features too."""
    weight_unit: str = WEIGHT_UNIT
    length_unit: str = LENGTH_UNIT
    """Of the store's numbers."""


@dataclass(frozen=True)
class ImportedFeature:
    """A feature that a product is to have: by number where somebody chose one, else by name."""

    attribute: str
    """Amazon's, as in a variation theme: `color`."""
    name: str
    values: tuple[str, ...]
    feature_id: int | None = None


@dataclass(frozen=True)
class ImportedFields:
    """What a listing says of a product; None is nothing, and leaves what the store has."""

    name: str | None = None
    description: str | None = None
    """HTML."""
    short_description: str | None = None
    """HTML: the bullet points as a list, unless they go elsewhere."""
    bullets: tuple[str, ...] = ()
    brand: str | None = None
    weight: Decimal | None = None
    """In the store's unit, as the lengths."""
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    country: str | None = None
    """Of origin: Amazon's code, `DE`."""
    features: tuple[ImportedFeature, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Further fields of the store, by its name."""
    notes: tuple[str, ...] = ()
    """What could not be taken over, in words."""

    def feature(self, attribute: str) -> ImportedFeature | None:
        """The feature that an attribute became."""
        return next((one for one in self.features if one.attribute == attribute), None)


@dataclass(frozen=True)
class _Told:
    """One value of a listing with all its entries, and its unit where it has one."""

    key: str
    title: str
    row: Row | None
    values: tuple[Scalar, ...]
    unit: str
    store_unit: str = ""
    """That somebody named for the field it goes to."""

    @property
    def attribute(self) -> str:
        return self.key.partition(".")[0]


def imported(form: Form | None, attributes: Mapping[str, Any], rules: ImportRules) -> ImportedFields:
    """What a listing's attributes say of the product; without a form titles and names of values are Amazon's codes."""
    told = list(_told(form, attributes, rules.place))
    by_key = {one.key: one for one in told}
    fields: dict[str, list[_Told]] = {}
    features: list[ImportedFeature] = []
    notes: list[str] = []
    for one in told:
        target = _target(one, rules)
        if target.kind is SourceKind.FIELD:
            fields.setdefault(target.text, []).append(replace(one, store_unit=target.unit))
        elif target.kind is SourceKind.FEATURE:
            features.append(_feature(one, target))
    length, width, height = (_measured(fields.pop(name, ()), rules.length_unit, notes) for name in _LENGTHS)
    return ImportedFields(
        name=_name(fields.pop("product", ()), by_key),
        description=_html(fields.pop("full_description", ())),
        short_description=_short(fields.pop("short_description", ())),
        bullets=tuple(str(value) for value in _values(by_key, "bullet_point.value")),
        brand=next(iter(_words(by_key.get("brand.value"))), None),
        weight=_measured(fields.pop("weight", ()), rules.weight_unit, notes),
        length=length,
        width=width,
        height=height,
        country=next((str(value) for value in _values(by_key, "country_of_origin.value")), None),
        features=tuple(features),
        texts={name: ", ".join(word for one in ones for word in _words(one)) for name, ones in fields.items()},
        notes=tuple(notes),
    )


def _told(form: Form | None, attributes: Mapping[str, Any], place: Place) -> Iterator[_Told]:
    """The values of a listing, entries of one path together."""
    entries: dict[str, dict[str, Scalar]] = {}
    for path, value in flatten(attributes, place).items():
        key = joined([part for part in parted(path) if not part.isdecimal()])
        entries.setdefault(key, {})[path] = value
    for key, values in entries.items():
        row = form.by_key.get(key) if form else None
        parent, _, last = key.rpartition(".")
        if last == _UNIT and f"{parent}.{_VALUE}" in entries:
            continue
        unit = entries.get(f"{parent}.{_UNIT}", {}) if last == _VALUE else {}
        title = row.title if row else parted(key)[0].replace("_", " ").capitalize()
        yield _Told(key, title, row, tuple(values.values()), str(next(iter(unit.values()), "")))


def _target(one: _Told, rules: ImportRules) -> Source:
    names = spellings(one.row) if one.row else (one.key, canonical(one.key))
    chosen = next((rules.targets[name] for name in names if name in rules.targets), None)
    if chosen is not None:
        return chosen
    default = import_target(one.key, one.title)
    is_main = one.row.is_main if one.row else one.key.endswith(f".{_VALUE}")
    is_left_out = default.kind is SourceKind.SKIP and rules.takes_all and is_main and not _is_of_offer(one.attribute)
    return Source(SourceKind.FEATURE, one.title) if is_left_out else default


def _is_of_offer(attribute: str) -> bool:
    """Whether an attribute tells of the offer, the family, images or duties, and nothing of the product itself."""
    return attribute in _NOT_FEATURES or "image_locator" in attribute or attribute.startswith("supplier_declared_")


_NOT_FEATURES = OFFER_AND_FAMILY | {
    "condition_type", "recommended_browse_nodes", "item_type_keyword", "externally_assigned_product_identifier",
    "merchant_suggested_asin", "product_tax_code", "merchant_shipping_group", "generic_keyword", "max_order_quantity",
}  # fmt: skip


def _feature(one: _Told, target: Source) -> ImportedFeature:
    words = tuple(dict.fromkeys(str(translated(word, dict(target.values))) for word in _words(one)))
    is_number = target.text.isascii() and target.text.isdecimal()
    number = int(target.text) if is_number else None
    return ImportedFeature(one.attribute, one.title if is_number else target.text, words, number)


def _words(one: _Told | None) -> list[str]:
    """The values as people read them: by Amazon's names of choices, with units, yes and no for true and false."""
    if one is None:
        return []
    names = dict(zip(map(str, one.row.values), one.row.names, strict=True)) if one.row else {}
    unit = f" {one.unit}" if one.unit else ""
    return [f"{names.get(str(value), _word(value))}{unit}" for value in one.values if value != ""]


def _word(value: Scalar) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)


def _values(by_key: Mapping[str, _Told], key: str) -> Sequence[Scalar]:
    return by_key[key].values if key in by_key else ()


def _name(ones: Sequence[_Told], by_key: Mapping[str, _Told]) -> str | None:
    """The name, of two parts where Amazon has it so."""
    parts = sorted(ones, key=lambda one: one.attribute != "item_name")
    words = [text.plain(word) for one in parts for word in _words(one)]
    whole = ""
    for word in words:
        whole = text.joined_title(whole, word)
    return whole or None


def _html(ones: Sequence[_Told]) -> str | None:
    return "".join(text.as_html(word) for one in ones for word in _words(one)) or None


def _short(ones: Sequence[_Told]) -> str | None:
    return text.bullets_as_html([word for one in ones for word in _words(one)]) or None


def _measured(ones: Sequence[_Told], unit: str, notes: list[str]) -> Decimal | None:
    """A measure in the store's unit; the parcel's before the product's."""
    for one in sorted(ones, key=lambda one: one.attribute not in _FIRST):
        number = units.number_of(str(one.values[0])) if one.values else None
        if number is None:
            continue
        wanted = one.store_unit or unit
        into = number if not one.unit else units.converted(number, one.unit, wanted)
        if into is not None:
            return into
        notes.append(f"{one.title}: {one.unit} cannot be converted into {wanted}.")
    return None
