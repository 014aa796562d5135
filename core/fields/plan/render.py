"""A product of the store as the attributes of a listing, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.fields.plan import text
from core.fields.plan.checks import check
from core.fields.plan.convert import Unusable, measure, one_text, scalar, translated, within
from core.fields.plan.defaults import export_source, other_names
from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.paths import Scalar, build, joined
from core.fields.plan.schema import Form, Requirement, Row, spellings
from core.fields.plan.sources import FEATURE_PREFIX, Source, SourceKind, filled, placeholders
from core.fields.plan.store_item import FIELDS, Setting, StoreItem, Value
from core.fields.plan.work import Work

Choices = Mapping[str, Source]
"""What people chose, by path or name of the row."""


@dataclass(frozen=True)
class Chosen:
    """A row, or one of its further entries, with where it comes from."""

    row: Row
    number: int
    source: Source
    is_default: bool


@dataclass(frozen=True)
class Shown:
    """One line of a preview."""

    name: str
    title: str
    requirement: Requirement
    source: Source
    is_default: bool
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Rendered:
    """A listing's attributes as Amazon takes them, and what is wrong with them."""

    attributes: dict[str, object]
    faults: tuple[Fault, ...]
    chosen: Sequence[Chosen]
    values: Mapping[str, Scalar]
    """By path."""

    @property
    def is_sendable(self) -> bool:
        """Whether nothing in it is wrong."""
        return not any(fault.is_blocking for fault in self.faults)

    @property
    def lines(self) -> tuple[Shown, ...]:
        """Row by row what came from where."""
        return tuple(_shown(one, self.values) for one in self.chosen)


def chosen(form: Form, choices: Choices) -> list[Chosen]:
    """Every row with what people chose for it, or the default; further entries with a source of their own follow it."""
    found = []
    numbers = sorted({int(part) for key in choices for part in key.split(".") if part.isdecimal() and len(part) < 5})
    for row in form.rows:
        own = next((choices[name] for name in spellings(row) if name in choices), None)
        found.append(Chosen(row, 1, own or export_source(row), own is None))
        for number in (one for one in numbers if 1 < one <= row.most):
            more = next((choices[name] for name in spellings(row, number) if name in choices), None)
            if more is not None:
                found.append(Chosen(row, number, more, False))
    return found


def render(form: Form, item: StoreItem, choices: Choices, setting: Setting) -> Rendered:
    """The attributes of a product; values that cannot be sent are left out and named, the others stay."""
    return filled_in(form, chosen(form, choices), item, setting)


def filled_in(form: Form, lines: Sequence[Chosen], item: StoreItem, setting: Setting) -> Rendered:
    """The same with what was chosen for the rows: finding that out takes as long as the rest, and is done once."""
    setting = replace(setting, has_split_title="title_differentiation.value" in form.by_key)
    work = Work(form, item, setting)
    sources = {one.row.key: one for one in lines if one.number == 1}
    for one in lines:
        if one.row.key not in form.units:  # a unit comes with its number
            _fill(work, one, sources)
    check(work)
    attributes = build(form.schema, work.values, setting.place)
    return Rendered(attributes, tuple(work.faults), lines, work.values)


def values_of(row: Row, source: Source, item: StoreItem, setting: Setting) -> Sequence[Value]:
    """What a source says of a product; empty where it says nothing."""
    if source.kind is SourceKind.CONSTANT:
        return [source.text]
    if source.kind is SourceKind.FIELD:
        found = FIELDS.get(source.text)
        return found.read(item, setting) if found else ()
    if source.kind is SourceKind.FEATURE:
        feature = item.feature(source.text) or item.called(other_names(row) if source.text == row.title else ())
        return feature.values if feature else ()
    if source.kind is SourceKind.TEMPLATE:
        whole = filled(source.text, {name: _named(name, item, setting) for name in placeholders(source.text)})
        return [whole] if whole else ()
    return ()


def _named(name: str, item: StoreItem, setting: Setting) -> str:
    """What a template's placeholder stands for."""
    if name.startswith(FEATURE_PREFIX):
        feature = item.feature(name.removeprefix(FEATURE_PREFIX).strip())
        return one_text(feature.values) if feature else ""
    found = FIELDS.get(name)
    return text.plain(one_text(found.read(item, setting))) if found else ""


def _fill(work: Work, one: Chosen, sources: Mapping[str, Chosen]) -> None:
    row, source = one.row, one.source
    raw = [translated(value, dict(source.values)) for value in values_of(row, source, work.item, work.setting)]
    raw = [value for value in raw if value != ""]
    if not raw:
        return
    several = row.most if one.number == 1 else 1
    if several == 1 and len(raw) > 1:
        raw = [one_text(raw)] if row.kind == "string" and not row.values else _first(work, row, raw)
    if len(raw) > several:
        message = f"Of {len(raw)} values the first {several} are sent, for Amazon takes no more."
        work.fault(row, FaultKind.SHORTENED, message, is_blocking=False)
    for number, value in enumerate(raw[:several], start=one.number):
        try:
            _put(work, one, number, value, sources)
        except Unusable as error:
            is_asked_for = not one.is_default or row.requirement is Requirement.REQUIRED
            work.fault(row, error.kind, error.message, error.fix, is_blocking=is_asked_for)


def _first(work: Work, row: Row, raw: Sequence[Value]) -> list[Value]:
    message = f"Of {len(raw)} values the first is sent, for Amazon takes one."
    work.fault(row, FaultKind.SHORTENED, message, is_blocking=False)
    return [raw[0]]


def _put(work: Work, one: Chosen, number: int, value: Value, sources: Mapping[str, Chosen]) -> None:
    row = one.row
    if row.unit is not None:
        if _is_nothing(value):
            return
        beside = sources[joined(row.unit)]
        wanted = _wanted_unit(work, beside)
        sent, unit = measure(row, beside.row, value, _unit_told(one.source, work.setting), wanted)
        work.values[beside.row.numbered(number)] = unit
    else:
        sent, note = within(row, scalar(row, value))
        work.faults += [note] if note else []
    work.values[row.numbered(number)] = sent
    if one.source.is_beside:
        work.beside.add(row.numbered(number))
    if not one.is_default:
        work.asked_for.add(row.attribute)


def _unit_told(source: Source, setting: Setting) -> str:
    """The unit of a number that tells none itself."""
    found = FIELDS.get(source.text) if source.kind is SourceKind.FIELD else None
    return source.unit or (found.unit(setting) if found else "")


def _is_nothing(value: Value) -> bool:
    """Whether a measure is zero, as stores have it where nobody measured."""
    return isinstance(value, str) and not value.strip("0.,+- ")


def _wanted_unit(work: Work, unit: Chosen) -> str:
    """The unit that somebody chose, as Amazon calls it; empty for none."""
    if unit.is_default and unit.source.kind is not SourceKind.CONSTANT:
        return ""
    values = values_of(unit.row, unit.source, work.item, work.setting)
    return str(scalar(unit.row, values[0])) if values else ""


def _shown(one: Chosen, values: Mapping[str, Scalar]) -> Shown:
    row = one.row
    last = row.most if one.number == 1 else one.number
    keys = (row.numbered(number) for number in range(one.number, min(last, 20) + 1))
    found = tuple(values[key] for key in keys if key in values)
    return Shown(row.called(one.number), row.title, row.requirement, one.source, one.is_default, found)
