"""Whether a source can be one: checked when somebody says it, not when a product is sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from core.errors import UsageError
from core.fields.plan.convert import Unusable, measure, scalar, within
from core.fields.plan.defaults import IMPORT_FIELDS
from core.fields.plan.schema import Form, Row
from core.fields.plan.sources import FEATURE_PREFIX, LONGEST, Source, SourceKind, placeholders
from core.fields.plan.store_item import FIELDS
from core.fields.plan.units import known
from core.fields.rows import Direction

_LONGEST_FEATURE = 255


def checked(source: Source, direction: Direction, form: Form | None = None, row: Row | None = None) -> Source:
    """The source, if it can be one of the row, or of any where none is told.

    Raises UsageError that names the option.
    """
    if len(source.text) > LONGEST:
        raise _wrong(source.kind.value, f"it has more than {LONGEST} characters")
    if any(unicodedata.category(letter) == "Cc" for letter in source.text):
        raise _wrong(source.kind.value, "it holds a line break or another control character", "Divide lines by <br>.")
    check = _CHECKS.get(source.kind)
    if check is not None:
        check(source, direction)
    if direction is Direction.IMPORT and source.kind in (SourceKind.CONSTANT, SourceKind.TEMPLATE):
        raise _wrong(source.kind.value, "an import puts values into fields and features")
    _check_unit(source, form, row)
    if source.kind is SourceKind.CONSTANT and form is not None and row is not None:
        _check_constant(source, form, row)
    return source


def _check_field(source: Source, direction: Direction) -> None:
    _check_name(source.text, FIELDS if direction is Direction.EXPORT else IMPORT_FIELDS, "field")


def _check_feature(source: Source, direction: Direction) -> None:
    if not source.text or len(source.text) > _LONGEST_FEATURE:
        raise _wrong("feature", "it is a feature's number, or its name")


def _check_filled(source: Source, direction: Direction) -> None:
    if not source.text:
        raise _wrong("constant", "it is empty", "To send nothing, use --skip.")


def _check_template(source: Source, direction: Direction) -> None:
    names = placeholders(source.text)
    if not names:
        raise _wrong("template", "it names no field", "Use --constant for a text that is always the same.")
    for name in names:
        if not name.startswith(FEATURE_PREFIX):
            _check_name(name, FIELDS, "template")


_CHECKS: dict[SourceKind, Callable[[Source, Direction], None]] = {
    SourceKind.FIELD: _check_field,
    SourceKind.FEATURE: _check_feature,
    SourceKind.CONSTANT: _check_filled,
    SourceKind.TEMPLATE: _check_template,
}


def _check_name(name: str, names: Iterable[str], option: str) -> None:
    there_are = list(names)
    if name in there_are:
        return
    near = get_close_matches(name, there_are, n=3)
    listed = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(there_are)}."
    raise _wrong(option, f"there is no field {name[:60]!r}", f"{listed} A feature is named by --feature.")


def _check_unit(source: Source, form: Form | None, row: Row | None) -> None:
    if not source.unit:
        return
    unit = form.by_key.get(".".join(row.unit)) if form and row and row.unit else None
    if row is not None and unit is None:
        raise _wrong("unit", f"{row.name} has no unit")
    taken = [str(value) for value in (*unit.values, *unit.names)] if unit else []
    if not known(source.unit) and source.unit not in taken:
        raise _wrong(
            "unit", f"{source.unit[:40]!r} is not known", f"Amazon takes {', '.join(taken[:12])}." if taken else ""
        )


def _check_constant(source: Source, form: Form, row: Row) -> None:
    try:
        if row.unit is not None:
            measure(row, form.by_key[".".join(row.unit)], source.text, source.unit, "")
        else:
            within(row, scalar(row, source.text))
    except Unusable as error:
        raise _wrong(
            "constant", error.message.rstrip("."), error.fix if error.kind.value == "no_unit" else ""
        ) from None


def _wrong(option: str, what: str, next_step: str = "") -> UsageError:
    return UsageError(f"{option}: {what}.", next_step=next_step, fields={option: what})
