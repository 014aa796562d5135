"""What people chose for attributes: rows of a store and of a channel, and which of them counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlmodel import Session, col, or_, select

from core import clock
from core.actor import Actor
from core.errors import UsageError
from core.fields.plan.schema import Form, Row, canonical
from core.fields.plan.sources import Source
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.field_mapping import FieldMapping
from core.model.store import Store
from core.sync.dirty import mark_exports, mark_listings
from core.workspace import Workspace


class Direction(StrEnum):
    """Which way a value goes."""

    EXPORT = "export"
    """From the store to Amazon."""
    IMPORT = "import"
    """From Amazon into the store."""


class Origin(StrEnum):
    """Who said where a value comes from: the last of these that did counts."""

    DEFAULT = "default"
    STORE = "store"
    """For all channels of the store."""
    CHANNEL = "channel"
    """For all product types of the channel."""
    PRODUCT_TYPE = "product type"


class Key(NamedTuple):
    """What one row is about."""

    product_type: str
    attribute: str
    direction: str


@dataclass(frozen=True)
class Scope:
    """Whose the rows are: a channel's, or those of all channels of a store."""

    store_id: int
    channel: Channel | None
    subject: str
    """As the audit names it."""


@dataclass(frozen=True)
class Choice:
    """A source with who said so."""

    source: Source
    origin: Origin


def stored(session: Session, scope: Scope) -> dict[Key, FieldMapping]:
    """The rows of a scope, by what they are about."""
    query = select(FieldMapping).where(col(FieldMapping.store_id) == scope.store_id)
    own = stored_id(scope.channel.id) if scope.channel else None
    rows = session.exec(query.where(col(FieldMapping.channel_id).is_not_distinct_from(own))).all()
    return {Key(row.product_type, row.attribute, row.direction): row for row in sorted(rows, key=_order)}


def write(session: Session, actor: Actor, scope: Scope, wanted: Mapping[Key, Source | None]) -> None:
    """Let these be the sources of a scope; None takes one back. What is not named stays.

    What imports do otherwise from now on is planned again.
    """
    rows = stored(session, scope)
    changed = [key for key, source in wanted.items() if _told(rows.get(key)) != (source.to_json() if source else None)]
    for key in changed:
        row, source = rows.get(key), wanted[key]
        if row is None and source is not None:
            channel_id = scope.channel.id if scope.channel else None
            values = {"source": source.to_json(), "mapped_by": actor.name, **key._asdict()}
            session.add(FieldMapping(store_id=scope.store_id, channel_id=channel_id, **values))
        elif row is not None and source is None:
            session.delete(row)
        elif row is not None and source is not None:
            row.sqlmodel_update({"source": source.to_json(), "mapped_by": actor.name, "mapped_at": clock.now()})
    session.flush()
    kinds = {key.product_type for key in changed if key.direction == Direction.IMPORT}
    of_store = select(Channel).where(col(Channel.store_id) == scope.store_id)
    for channel in [scope.channel] if scope.channel else session.exec(of_store).all():
        mark_listings(session, channel, kinds)
    _export_again(session, scope, {key.product_type for key in changed if key.direction == Direction.EXPORT.value})


def choices(
    session: Session, channel: Channel, product_type: str, form: Form | None, direction: Direction = Direction.EXPORT
) -> dict[str, Choice]:
    """What people chose for a product type, by path: of the channel before the store, of the type before all types.

    Without a form, names stay as they were typed, and those of other types are not left out.
    """
    found: dict[str, Choice] = {}
    for row in _inherited(session, channel, direction):
        name = _path(form, row.attribute) if form else row.attribute
        if name and row.product_type in ("", product_type):
            found[name] = Choice(Source.from_json(row.source), _origin(row))
    return found


def import_targets(session: Session, channel: Channel) -> dict[str, dict[str, Source]]:
    """Where imports of a channel put what people decided of: product type → name of the attribute → where it goes.

    `""` is all product types; one that is not named has nothing else.
    """
    rows = _inherited(session, channel, Direction.IMPORT)
    return {
        kind: {canonical(row.attribute): Source.from_json(row.source) for row in rows if row.product_type in ("", kind)}
        for kind in {"", *(row.product_type for row in rows)}
    }


def sources(chosen: Mapping[str, Choice]) -> dict[str, Source]:
    """The sources alone, as plans take them."""
    return {name: choice.source for name, choice in chosen.items()}


def product_type_of(told: str) -> str:
    """A product type as Amazon spells it; empty for all."""
    name = told.strip().upper()
    if name and not (name.replace("_", "").isalnum() and name.isascii() and len(name) <= _LONGEST_TYPE):
        raise UsageError(
            f"{told.strip()[:100]!r} is not a product type.",
            next_step="See those of Amazon's categories with: crossdock categories list --search TEXT",
            fields={"product_type": "unknown product type"},
        )
    return name


def attribute_of(told: str) -> str:
    """A name of an attribute that may be one, where no product type says which there are."""
    name = canonical(told)
    if not all(part.isidentifier() or part.isdecimal() for part in name.split(".")) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"{told.strip()[:100]!r} is not the name of an attribute.",
            next_step="Names read like brand or battery.weight; see: crossdock fields show",
            fields={"attribute": "unknown attribute"},
        )
    return name


def key_of(kind: str, attribute: str, direction: Direction, form: Form | None) -> tuple[Key, Row | None]:
    """What a row is to be about; and the form's row, where the form of its product type is at hand.

    Raises UsageError for what is no attribute, and in imports for a single entry of one.
    """
    row, number = form.find(attribute) if form else (None, 1)
    name = row.numbered(number) if row else attribute_of(attribute)
    if direction is Direction.IMPORT and any(part.isdecimal() for part in name.split(".")):
        raise UsageError(
            "An import takes all entries of an attribute together.",
            subject=f"attribute {name}",
            next_step="Name the attribute without a number.",
            fields={"attribute": "it names one entry"},
        )
    return Key(kind, name, direction.value), row


@contextmanager
def changing(workspace: Workspace, scope: Scope) -> Iterator[Session]:
    """A session in which nobody else changes the scope's rows; all that is done in it is kept, or nothing."""
    with workspace.database.write() as session:
        if scope.channel:
            session.exec(select(Channel.id).where(col(Channel.id) == scope.channel.id).with_for_update()).one()
        else:
            session.exec(select(Store.id).where(col(Store.id) == scope.store_id).with_for_update()).one()
        yield session


def _export_again(session: Session, scope: Scope, product_types: Set[str]) -> None:
    """Let what was exported of product types ("": of all) be planned again."""
    mark_exports(session, [scope.channel.id] if scope.channel else _channels_of(session, scope), product_types)


def _channels_of(session: Session, scope: Scope) -> list[int | None]:
    return list(session.exec(select(Channel.id).where(col(Channel.store_id) == scope.store_id)))


_LONGEST_TYPE, _LONGEST_NAME = 100, 250


def _inherited(session: Session, channel: Channel, direction: Direction) -> list[FieldMapping]:
    """The rows of a channel and of its store, those that count more after those that count less."""
    query = select(FieldMapping).where(
        col(FieldMapping.store_id) == channel.store_id,
        col(FieldMapping.direction) == direction.value,
        or_(col(FieldMapping.channel_id) == channel.id, col(FieldMapping.channel_id).is_(None)),
    )
    return sorted(session.exec(query).all(), key=lambda row: (row.channel_id is not None, row.product_type != ""))


def _told(row: FieldMapping | None) -> Mapping[str, Any] | None:
    return row.source if row is not None else None


def _order(row: FieldMapping) -> tuple[str, Sequence[str], str]:
    return row.product_type, row.attribute.split("."), row.direction


def _origin(row: FieldMapping) -> Origin:
    if row.channel_id is None:
        return Origin.STORE
    return Origin.PRODUCT_TYPE if row.product_type else Origin.CHANNEL


def _path(form: Form, attribute: str) -> str:
    """The path that a stored name means in a product type; empty where the type has no such attribute."""
    try:
        row, number = form.find(attribute)
    except UsageError:
        return ""
    return row.numbered(number)
