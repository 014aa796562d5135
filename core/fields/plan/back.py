"""The other direction: what a listing says as what the store's product is to have. The one way in which imports do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.fields.plan import text, units
from core.fields.plan.convert import translated
from core.fields.plan.defaults import IMPORTED, feature_name, import_target
from core.fields.plan.paths import Scalar, joined, parted
from core.fields.plan.schema import canonical
from core.fields.plan.sources import Source, SourceKind
from core.fields.plan.sources import feature as to_feature
from core.fields.plan.units import LENGTH_UNIT, WEIGHT_UNIT

_VALUE, _UNIT = "value", "unit"
_MAIN = (_VALUE, "value_with_tax", "name", "size", "type")
"""What the value of an attribute is called, the likeliest first."""
_LENGTHS = ("box_length", "box_width", "box_height")
_PARCEL = ("item_package_weight", "item_package_dimensions")
"""What the parcel measures wins over what the product does, for stores ask it to calculate shipping."""
_AS_HTML = ("short_description", "promo_text")
_BULLETS = "bullet_point"


@dataclass(frozen=True)
class ImportRules:
    """Where an import puts what a listing says."""

    targets: Mapping[str, Source] = field(default_factory=dict)
    """What people chose, by path or name of the attribute without `value` at its end; all else goes by default."""
    theme: Collection[str] = ()
    """Attributes in which a family differs: each becomes a feature, wherever else it goes."""
    weight_unit: str = WEIGHT_UNIT
    length_unit: str = LENGTH_UNIT
    """Of the store's numbers."""

    @property
    def attributes(self) -> Set[str]:
        """Those of which anything goes anywhere."""
        return IMPORTED.union(self.theme, (name.partition(".")[0] for name in self.targets))


@dataclass(frozen=True)
class ImportedFeature:
    """A feature that a product is to have."""

    attribute: str
    """Amazon's, as in a variation theme: `color`."""
    name: str
    """Its number in the store where somebody chose one, else its name."""
    values: tuple[str, ...]
    varies: bool = False
    """Its family differs in it."""


@dataclass(frozen=True)
class ImportedFields:
    """What a listing says of a product; None is nothing, and leaves what the store has."""

    name: str | None = None
    description: str | None = None
    """HTML."""
    weight: Decimal | None = None
    """In the store's unit, as the lengths."""
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    list_price: Decimal | None = None
    list_currency: str = ""
    """As the listing tells it; empty where it does not."""
    features: tuple[ImportedFeature, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Further fields of the store, by its name."""
    notes: tuple[str, ...] = ()
    """What could not be taken over, in words."""

    @property
    def variation(self) -> Mapping[str, ImportedFeature]:
        """What its family differs in, by attribute."""
        return {one.attribute: one for one in self.features if one.varies}


@dataclass(frozen=True)
class _Told:
    """One value of a listing with all its entries, and its unit where it has one."""

    key: str
    values: tuple[Scalar, ...]
    unit: str
    is_main: bool = False
    """The value of its attribute; the others say more of it."""
    store_unit: str = ""
    """That somebody named for the field it goes to."""

    @property
    def attribute(self) -> str:
        return self.key.partition(".")[0]


def imported(values: Mapping[str, Scalar], rules: ImportRules) -> ImportedFields:
    """What the values of a listing, by path, say of the product."""
    fields: dict[str, list[_Told]] = {}
    features: list[ImportedFeature] = []
    notes: list[str] = []
    for one in _told(values):
        target = _target(one, rules)
        if target.kind is SourceKind.FIELD:
            fields.setdefault(target.text, []).append(replace(one, store_unit=target.unit))
        varies = one.is_main and one.attribute in rules.theme
        if varies and target.kind is not SourceKind.FEATURE:
            target = to_feature(feature_name(one.attribute))
        if target.kind is SourceKind.FEATURE:
            features.append(_feature(one, target, varies=varies))
    length, width, height = (_measured(fields.pop(name, ()), rules.length_unit, notes) for name in _LENGTHS)
    weight = _measured(fields.pop("weight", ()), rules.weight_unit, notes)
    list_price, currency = _price(fields.pop("list_price", ()), values)
    return ImportedFields(
        name=_name(fields.pop("product", ())),
        description=_html(fields.pop("full_description", ())),
        weight=weight,
        length=length,
        width=width,
        height=height,
        list_price=list_price,
        list_currency=currency,
        features=tuple(one for one in features if one.values),
        texts={name: words for name, ones in fields.items() if (words := _text(name, ones))},
        notes=tuple(notes),
    )


def _told(values: Mapping[str, Scalar]) -> Iterator[_Told]:
    """The values of a listing, entries of one path together, and units with their numbers."""
    entries: dict[str, dict[str, Scalar]] = {}
    for path, value in values.items():
        key = joined([part for part in parted(path) if not part.isdecimal()])
        entries.setdefault(key, {})[path] = value
    units_beside = {
        key for key in entries if key.endswith(f".{_UNIT}") and f"{key.removesuffix(_UNIT)}{_VALUE}" in entries
    }
    main: dict[str, str] = {}
    for key in sorted(entries.keys() - units_beside, key=_likeliness):
        main.setdefault(key.partition(".")[0], key)
    for key, found in entries.items():
        if key not in units_beside:
            parent, _, last = key.rpartition(".")
            unit = entries.get(f"{parent}.{_UNIT}", {}) if last == _VALUE else {}
            is_main = main[key.partition(".")[0]] == key
            yield _Told(key, tuple(found.values()), str(next(iter(unit.values()), "")), is_main)


def _likeliness(key: str) -> tuple[int, int, str]:
    """By what the value of an attribute is found among its parts."""
    path = parted(key)
    last = path[-1]
    return _MAIN.index(last) if last in _MAIN else len(_MAIN), len(path), key


def _target(one: _Told, rules: ImportRules) -> Source:
    names = (canonical(one.key), *((one.attribute,) if one.is_main else ()))
    chosen = next((rules.targets[name] for name in names if name in rules.targets), None)
    return import_target(one.key) if chosen is None or chosen.kind is SourceKind.NONE else chosen


def _feature(one: _Told, target: Source, *, varies: bool) -> ImportedFeature:
    theirs = {amazon: store for store, amazon in target.values}
    words = tuple(dict.fromkeys(str(translated(word, theirs)) for word in _words(one)))
    return ImportedFeature(one.attribute, target.text, words[:1] if varies else words, varies)


def _words(one: _Told) -> list[str]:
    """The values as people read them: with units, yes and no for true and false."""
    unit = f" {one.unit}" if one.unit else ""
    return [f"{_word(value)}{unit}" for value in one.values if value != ""]


def _word(value: Scalar) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)


def _name(ones: Sequence[_Told]) -> str | None:
    """The name, of two parts where Amazon has it so."""
    whole = ""
    for one in sorted(ones, key=lambda one: one.attribute != "item_name"):
        for word in _words(one)[:1]:
            whole = text.joined_title(whole, text.plain(word))
    return whole or None


def _text(name: str, ones: Sequence[_Told]) -> str:
    if name in _AS_HTML:
        return _html(ones) or ""
    return ", ".join(text.plain(word) for one in ones for word in _words(one))


def _html(ones: Sequence[_Told]) -> str | None:
    """Texts as paragraphs, then bullet points as a list."""
    paragraphs = [text.as_html(word) for one in ones if one.attribute != _BULLETS for word in _words(one)]
    bullets = [text.plain(word) for one in ones if one.attribute == _BULLETS for word in _words(one)]
    return "\n".join(part for part in (*paragraphs, text.bullets_as_html(bullets)) if part) or None


def _measured(ones: Sequence[_Told], unit: str, notes: list[str]) -> Decimal | None:
    """A measure in the store's unit; the parcel's before the product's."""
    for one in sorted(ones, key=lambda one: one.attribute not in _PARCEL):
        number = units.number_of(str(one.values[0]))
        if number is None or number <= 0:
            continue
        wanted = one.store_unit or unit
        into = number if not one.unit else units.converted(number, one.unit, wanted)
        if into is not None:
            return into
        notes.append(f"{canonical(one.key)}: {one.unit} cannot be converted into {wanted}.")
    return None


def _price(ones: Sequence[_Told], values: Mapping[str, Scalar]) -> tuple[Decimal | None, str]:
    for one in ones:
        number = units.number_of(str(one.values[0]))
        if number is not None and number > 0:
            return number, str(values.get(f"{one.attribute}.currency", ""))
    return None, ""
