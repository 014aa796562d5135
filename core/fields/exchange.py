"""Use cases around the field mapping in a CSV file: export, and import with a look at what it would change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from core import sheets
from core.actor import Actor
from core.errors import UsageError
from core.fields import definitions
from core.fields.checking import checked
from core.fields.mapping import scope_of
from core.fields.plan.schema import Form
from core.fields.plan.sources import NOTHING, SKIP, Source, SourceKind
from core.fields.rows import Direction, Key, Scope, changing, key_of, product_type_of, stored, write
from core.people.audit import record
from core.sheets import Faults
from core.workspace import Workspace

COLUMNS = ("product_type", "attribute", "direction", "source", "value", "unit", "values")
_NEEDED = ("product_type", "attribute", "source", "value")
_BETWEEN, _MEANS = ";", "="


@dataclass(frozen=True)
class FieldView:
    """What is set for one attribute; `product_type` is empty for all."""

    product_type: str
    attribute: str
    direction: str
    source: str
    """In words, as lists show it."""


@dataclass(frozen=True)
class FieldChanges:
    """What an import changes, or has changed."""

    added: Sequence[FieldView]
    changed: Sequence[FieldView]
    removed: Sequence[FieldView]
    unchanged: int

    @property
    def count(self) -> int:
        """How many attributes differ."""
        return len(self.added) + len(self.changed) + len(self.removed)


def export_sheet(workspace: Workspace, actor: Actor, *, channel: str = "", store: str = "") -> str:
    """All that is set in a channel, or for all channels of a store, as CSV; what is inherited stands there."""
    scope = scope_of(workspace, actor, channel, store)
    with workspace.database.read() as session:
        rows = {key: Source.from_json(row.source) for key, row in stored(session, scope).items()}
    return sheets.written(COLUMNS, [_cells(key, source) for key, source in rows.items()])


def import_sheet(
    workspace: Workspace, actor: Actor, data: bytes, *, channel: str = "", store: str = "", preview: bool = False
) -> FieldChanges:
    """Let what is set for the product types that a CSV file names be what stands in it; that of others stays.

    A line without a source, or without an attribute, only names its product type. All of it is checked before anything
    is changed, and with `preview` nothing is. Raises UsageError for a file with faults, and names them.
    """
    scope = scope_of(workspace, actor, channel, store)
    faults = Faults()
    kinds, wanted = _read(workspace, scope, data, faults)
    faults.refuse()
    with changing(workspace, scope) as session:
        before = {key: Source.from_json(row.source) for key, row in stored(session, scope).items()}
        named = {key: source for key, source in before.items() if key.product_type in kinds}
        changes = _difference(named, wanted)
        if not preview and changes.count:
            _replace(session, actor, scope, named, wanted)
            counts = {name: len(getattr(changes, name)) for name in ("added", "changed", "removed")}
            record(session, actor, "field.import", scope.subject, **counts)
    return changes


def _replace(
    session: Session, actor: Actor, scope: Scope, before: Mapping[Key, Source], wanted: Mapping[Key, Source]
) -> None:
    gone: dict[Key, Source | None] = dict.fromkeys(key for key in before if key not in wanted)
    write(session, actor, scope, gone | dict(wanted))


def _difference(before: Mapping[Key, Source], wanted: Mapping[Key, Source]) -> FieldChanges:
    added = [_view(key, source) for key, source in wanted.items() if key not in before]
    changed = [_view(key, source) for key, source in wanted.items() if key in before and before[key] != source]
    removed = [_view(key, source) for key, source in before.items() if key not in wanted]
    return FieldChanges(added, changed, removed, len(wanted) - len(added) - len(changed))


def _view(key: Key, source: Source) -> FieldView:
    return FieldView(key.product_type, key.attribute, key.direction, str(source))


def _cells(key: Key, source: Source) -> tuple[str, ...]:
    values = _pairs(source.values)
    return (key.product_type, key.attribute, key.direction, source.kind.value, source.text, source.unit, values)


def _pairs(values: Sequence[tuple[str, str]]) -> str:
    """Pairs as people write them; as JSON where a value holds a mark of theirs."""
    if any(mark in word for pair in values for word in pair for mark in (_BETWEEN, _MEANS)):
        return json.dumps(dict(values), ensure_ascii=False)
    return f"{_BETWEEN} ".join(f"{ours}{_MEANS}{theirs}" for ours, theirs in values)


def _pairs_of(cell: str) -> tuple[tuple[str, str], ...]:
    if not cell.startswith("{"):
        return values_of(cell.split(_BETWEEN))
    try:
        return tuple((str(ours), str(theirs)) for ours, theirs in json.loads(cell).items())
    except ValueError:
        raise UsageError("values is not JSON object.") from None


def _read(workspace: Workspace, scope: Scope, data: bytes, faults: Faults) -> tuple[set[str], dict[Key, Source]]:
    """The product types that a file names, and what it wants; what cannot be goes to `faults`."""
    kinds: set[str] = set()
    wanted: dict[Key, Source] = {}
    forms: dict[str, Form | None] = {}
    for number, told in sheets.read(data, _NEEDED, "crossdock fields export"):
        try:
            kind = product_type_of(told["product_type"])
            kinds.add(kind)
            source = _source(told)
            if source is NOTHING or not told["attribute"]:
                continue
            direction = _direction(told.get("direction", ""))
            if kind not in forms:
                is_known = bool(kind) and scope.channel is not None
                forms[kind] = (
                    definitions.form_of(workspace, scope.channel, kind) if is_known and scope.channel else None
                )
            key, source = _checked(kind, told["attribute"], direction, source, forms[kind])
        except UsageError as error:
            faults.add(number, f"{error.what.rstrip('.')}. {error.next_step}".strip(" ."))
            continue
        if key in wanted:
            faults.add(number, f"another line sets {told['attribute'][:60]} too")
        wanted[key] = source
    return kinds, wanted


def _checked(kind: str, attribute: str, direction: Direction, source: Source, form: Form | None) -> tuple[Key, Source]:
    key, row = key_of(kind, attribute, direction, form)
    return key, checked(source, direction, form, row)


def _direction(told: str) -> Direction:
    try:
        return Direction(told.lower() or Direction.EXPORT)
    except ValueError:
        raise UsageError(f"direction is export or import, not {told[:40]!r}.") from None


def _source(told: Mapping[str, str]) -> Source:
    """The source of a line; NOTHING where it names none."""
    if not told["source"]:
        return NOTHING
    try:
        kind = SourceKind(told["source"].lower())
    except ValueError:
        there_are = ", ".join(kind.value for kind in SourceKind if kind is not SourceKind.NONE)
        raise UsageError(f"There is no source {told['source'][:40]!r}.", next_step=f"There are {there_are}.") from None
    if kind is SourceKind.NONE:
        return NOTHING
    if kind is SourceKind.SKIP:
        return SKIP
    return Source(kind, told["value"], told.get("unit", ""), _pairs_of(told.get("values", "")))


def values_of(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What the store says → what Amazon takes, from pairs like `Rot=red`. Raises UsageError."""
    found = []
    for pair in filter(str.strip, pairs):
        ours, means, theirs = (part.strip() for part in pair.partition(_MEANS))
        if not (ours and means and theirs):
            raise UsageError(
                f"{pair.strip()[:60]!r} is not a pair of values.",
                next_step="Write what the store says, =, and what Amazon takes: Rot=red",
                fields={"value": "it is not a pair"},
            )
        found.append((ours, theirs))
    return tuple(found)
