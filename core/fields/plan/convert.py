"""Values of the store made into those of an attribute: choices, numbers, measures, dates, texts within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from core.fields.plan import text, units
from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.paths import Scalar
from core.fields.plan.schema import Row
from core.fields.plan.store_item import Value, folded

_TOLD = 8
"""Accepted values that a message names."""
_YES = frozenset(("y", "yes", "true", "1", "ja", "oui", "si", "sí", "sì", "tak", "on"))
_NO = frozenset(("n", "no", "false", "0", "nein", "non", "nee", "nej", "nie", "off"))
_SHORTENED = ("item_name", "title_differentiation", "product_description", "bullet_point", "generic_keyword")
"""Attributes of running text, of which the beginning is better than nothing."""


class Unusable(Exception):
    """A value that cannot be sent, and why."""

    def __init__(self, kind: FaultKind, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.fix = kind, message, fix


def scalar(row: Row, value: Value) -> Scalar:
    """A value as the row's type and choices want it. Raises Unusable."""
    if row.values:
        chosen = _chosen(row, value)
        if chosen is not None:
            return chosen
        if not row.is_open and row.kind != "boolean":
            raise Unusable(FaultKind.NOT_TAKEN, f"{_shown(value)} is none of: {_accepted(row)}.", _TRANSLATE)
    if row.kind == "boolean":
        return _truth(value)
    if row.kind in ("integer", "number"):
        return number(row, _decimal(value))
    written = f"{value:f}" if isinstance(value, Decimal) else str(value).strip()
    return _dated(written, row.formats) if "date" in row.formats or "date-time" in row.formats else written


def number(row: Row, value: Decimal) -> int | float:
    """A number within the row's limits, as JSON has it. Raises Unusable."""
    if row.kind == "integer" and value != value.to_integral_value():
        raise Unusable(FaultKind.NO_NUMBER, f"{value:f} is not a whole number.")
    limits = row.limits
    if limits.multiple_of:
        step = Decimal(str(limits.multiple_of))
        value = (value / step).quantize(Decimal(1)) * step
    if limits.minimum is not None and value < Decimal(str(limits.minimum)):
        raise Unusable(FaultKind.OUT_OF_RANGE, f"{value:f} is less than {limits.minimum:g}.")
    if limits.above is not None and value <= Decimal(str(limits.above)):
        raise Unusable(FaultKind.OUT_OF_RANGE, f"{value:f} is not more than {limits.above:g}.")
    if limits.maximum is not None and value > Decimal(str(limits.maximum)):
        raise Unusable(FaultKind.OUT_OF_RANGE, f"{value:f} is more than {limits.maximum:g}.")
    return int(value) if value == value.to_integral_value() else float(value)


def measure(row: Row, unit: Row, value: Value, told: str, wanted: str) -> tuple[Scalar, Scalar]:
    """A number and its unit: that of the value itself, else `told`; in the unit `wanted`, else the nearest one taken.

    Raises Unusable.
    """
    found = units.Measure(value) if isinstance(value, Decimal) else units.read(str(value))
    if found is None:
        raise Unusable(FaultKind.NO_NUMBER, f"{_shown(value)} begins with no number.")
    has = found.unit or told
    same = _chosen(unit, has) if has else None
    target = wanted or (str(same) if same is not None else units.nearest(has, [str(one) for one in unit.values]))
    if not unit.values and not target:
        target = has
    if not has and target:
        has = target
    if not target:
        known = f"The unit of {_shown(value)} is not known." if not has else f"{_shown(has)} is not one of its units."
        raise Unusable(FaultKind.NO_UNIT, f"{known} Amazon takes: {_accepted(unit)}.", "Set it with: --unit UNIT")
    if folded(has) == folded(target) or (same is not None and str(same) == target):
        return number(row, found.number), target
    into = units.converted(found.number, has, target)
    if into is None:
        raise Unusable(FaultKind.NO_UNIT, f"{_shown(has)} cannot be converted into {target}.", "Set another unit.")
    return number(row, into), target


def within(row: Row, value: Scalar) -> tuple[Scalar, Fault | None]:
    """A text within the row's limits: running text is shortened, with a note. Raises Unusable for what must not be."""
    if not isinstance(value, str):
        return value, None
    limits = row.limits
    if limits.least_length and len(value) < limits.least_length:
        raise Unusable(FaultKind.TOO_SHORT, f"It has {len(value)} characters, and needs {limits.least_length}.")
    most = min((one for one in (limits.most_length, _OWN_LIMITS.get(row.attribute)) if one), default=None)
    fits = text.shortened(value, most, limits.most_bytes)
    if fits == value:
        return value, None
    measured = f"{len(value)} characters, {len(value.encode())} bytes"
    limit = " and ".join(
        f"{count} {noun}" for count, noun in ((most, "characters"), (limits.most_bytes, "bytes")) if count
    )
    if row.attribute not in _SHORTENED:
        raise Unusable(FaultKind.TOO_LONG, f"It has {measured}; Amazon takes {limit}.", "Shorten it in the store.")
    message = f"It has {measured}; its beginning is sent, for Amazon takes {limit}."
    return fits, Fault(row.name, FaultKind.SHORTENED, message, is_blocking=False)


def translated(value: Value, values: Mapping[str, str]) -> Value:
    """What a value of the store is called at Amazon, as somebody said."""
    if not values or not isinstance(value, str):
        return value
    by_name = {folded(name): other for name, other in values.items()}
    return by_name.get(folded(value), value)


def one_text(values: Sequence[Value]) -> str:
    """Several values in one text."""
    return ", ".join(f"{value:f}" if isinstance(value, Decimal) else str(value) for value in values)


_TRANSLATE = "Say what it is at Amazon with: crossdock fields set … --value STORE=AMAZON"
_OWN_LIMITS = {"title_differentiation": text.DIFFERENTIATION}


def _chosen(row: Row, value: Value) -> Scalar | None:
    """The value that Amazon takes for what the store says: itself, its name there, or the same word or unit."""
    told = f"{value:f}" if isinstance(value, Decimal) else str(value)
    pairs = list(zip(row.values, row.names, strict=True))
    exact = next((one for one, name in pairs if told in (str(one), name)), None)
    if exact is not None:
        return _as_scalar(exact)
    alike = folded(told)
    near = next((one for one, name in pairs if alike and alike in (folded(str(one)), folded(name))), None)
    if near is None and row.is_unit and units.known(told):
        near = next((one for one, _ in pairs if units.known(str(one)) == units.known(told)), None)
    return None if near is None else _as_scalar(near)


def _as_scalar(value: object) -> Scalar:
    return value if isinstance(value, str | int | float | bool) else str(value)


def _accepted(row: Row) -> str:
    pairs = list(zip(row.values, row.names, strict=True))[:_TOLD]
    names = [name if folded(name) == folded(str(value)) else f"{value} ({name})" for value, name in pairs]
    more = len(row.names) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    told = one_text([value]).strip().casefold()
    if told in _YES or told in _NO:
        return told in _YES
    raise Unusable(FaultKind.NOT_TAKEN, f"{_shown(value)} is neither yes nor no.", _TRANSLATE)


def _decimal(value: Value) -> Decimal:
    if isinstance(value, Decimal):
        return value
    found = None if isinstance(value, bool) else units.read(value)
    if found is None:
        raise Unusable(FaultKind.NO_NUMBER, f"{_shown(value)} is not a number.")
    return found.number


def _dated(told: str, formats: Sequence[str]) -> str:
    """A date or moment in ISO 8601: as written, from the store's seconds, or from a date as people write it."""
    try:
        if told.isascii() and told.isdecimal() and len(told) > 8:
            return datetime.fromtimestamp(int(told), UTC).date().isoformat()
        if "date-time" in formats and len(told) > 10:
            return datetime.fromisoformat(told).isoformat()
        return date.fromisoformat(told).isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    for pattern in ("%d.%m.%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(told, pattern).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    raise Unusable(FaultKind.NO_DATE, f"{_shown(told)} is not a date.", "Write it as 2026-11-28.")


def _shown(value: object) -> str:
    return repr(str(value)[:60])
