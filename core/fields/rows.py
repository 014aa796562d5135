"""What people chose for attributes: rows of a store and of a channel, and which of them counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Session, col, or_, select, update

from core import clock
from core.actor import Actor
from core.errors import UsageError
from core.fields.plan.schema import Form, canonical
from core.fields.plan.sources import Source
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.field_mapping import FieldMapping
from core.model.listing_export import ListingExport
from core.model.store import Store
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
    """Let these be the sources of a scope; None takes one back. What is not named stays."""
    rows = stored(session, scope)
    for key, source in wanted.items():
        row = rows.get(key)
        if source is None:
            if row is not None:
                session.delete(row)
        elif row is None:
            channel_id = scope.channel.id if scope.channel else None
            values = {"source": source.to_json(), "mapped_by": actor.name, **key._asdict()}
            session.add(FieldMapping(store_id=scope.store_id, channel_id=channel_id, **values))
        elif row.source != source.to_json():
            row.sqlmodel_update({"source": source.to_json(), "mapped_by": actor.name, "mapped_at": clock.now()})
    session.flush()
    _export_again(session, scope, {key.product_type for key in wanted if key.direction == Direction.EXPORT.value})


def choices(
    session: Session, channel: Channel, product_type: str, form: Form | None, direction: Direction = Direction.EXPORT
) -> dict[str, Choice]:
    """What people chose for a product type, by path: of the channel before the store, of the type before all types.

    Without a form, names stay as they were typed, and those of other types are not left out.
    """
    query = select(FieldMapping).where(
        col(FieldMapping.store_id) == channel.store_id,
        col(FieldMapping.product_type).in_(["", product_type]),
        col(FieldMapping.direction) == direction.value,
        or_(col(FieldMapping.channel_id) == channel.id, col(FieldMapping.channel_id).is_(None)),
    )
    rows = sorted(session.exec(query).all(), key=lambda row: (row.channel_id is not None, row.product_type != ""))
    found: dict[str, Choice] = {}
    for row in rows:
        name = _path(form, row.attribute) if form else row.attribute
        if name:
            found[name] = Choice(Source.from_json(row.source), _origin(row))
    return found


def sources(chosen: Mapping[str, Choice]) -> dict[str, Source]:
    """The sources alone, as plans take them."""
    return {name: choice.source for name, choice in chosen.items()}


def product_type_of(told: str) -> str:
    """A product type as Amazon spells it; empty for all."""
    name = told.strip().upper()
    if name and not (name.replace("_", "").isalnum() and name.isascii() and len(name) <= _LONGEST_TYPE):
        raise UsageError(
            f"{told.strip()[:100]!r} is no product type.",
            next_step="See those of Amazon's categories with: crossdock categories list --search TEXT",
            fields={"product_type": "there is no such product type"},
        )
    return name


def attribute_of(told: str) -> str:
    """A name of an attribute that may be one, where no product type says which there are."""
    name = canonical(told)
    if not all(part.isidentifier() or part.isdecimal() for part in name.split(".")) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"{told.strip()[:100]!r} is no name of an attribute.",
            next_step="Names read like brand or battery.weight; see: crossdock fields show",
            fields={"attribute": "there is no such attribute"},
        )
    return name


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
    channels = [scope.channel.id] if scope.channel else _channels_of(session, scope)
    theirs = update(ListingExport).where(col(ListingExport.channel_id).in_(channels))
    if product_types and "" not in product_types:
        theirs = theirs.where(col(ListingExport.product_type).in_(product_types))
    if product_types:
        session.exec(theirs.values(dirty=True))


def _channels_of(session: Session, scope: Scope) -> list[int | None]:
    return list(session.exec(select(Channel.id).where(col(Channel.store_id) == scope.store_id)))


_LONGEST_TYPE, _LONGEST_NAME = 100, 250


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
