"""Use cases around the field mapping: show what fills each attribute, set it, and take it back."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, or_, select

from core.actor import Actor
from core.categories.features import FEATURE
from core.errors import UsageError
from core.fields import definitions
from core.fields.checking import checked
from core.fields.plan.defaults import import_target, other_names
from core.fields.plan.render import chosen
from core.fields.plan.schema import Form, Requirement, Row
from core.fields.plan.sources import Source, SourceKind
from core.fields.plan.store_item import folded
from core.fields.rows import (
    Choice,
    Direction,
    Key,
    Origin,
    Scope,
    attribute_of,
    changing,
    choices,
    key_of,
    product_type_of,
    sources,
    stored,
    write,
)
from core.model.base import stored_id
from core.model.category import CategoryMapping
from core.model.channel import Channel
from core.model.field_mapping import FieldMapping
from core.model.store import StoreLookup
from core.people.audit import record
from core.people.rights import require_admin, require_channel, require_store
from core.quota import at_once
from core.workspace import Workspace


@dataclass(frozen=True)
class AttributeView:
    """One attribute, or one value of it, with where it comes from or goes to."""

    name: str
    title: str
    requirement: Requirement
    source: Mapping[str, Any]
    default: bool
    """Nobody said so."""
    origin: Origin
    kind: str
    """`string`, `integer`, `number` or `boolean`."""
    entries: int
    """That it may have at most."""
    values: tuple[Any, ...]
    """What Amazon takes or suggests; empty: anything."""
    names: tuple[str, ...]
    """What Amazon calls these."""
    is_open: bool
    """`values` are only suggestions."""
    units: tuple[str, ...]
    """In which Amazon takes a number that has one."""
    missing: bool
    """Every listing needs it, and nothing fills it: nobody said what does, and the store has no feature like it."""


@dataclass(frozen=True)
class FieldsView:
    """The attributes of a product type; required ones first, then those that other attributes may require."""

    product_type: str
    direction: Direction
    attributes: tuple[AttributeView, ...]


@dataclass(frozen=True)
class ChosenView:
    """What was set or taken back; `source` is None where nothing is set any more."""

    attribute: str
    product_type: str
    direction: Direction
    source: Mapping[str, Any] | None


def show(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    product_type: str,
    *,
    direction: Direction = Direction.EXPORT,
) -> FieldsView:
    """Every attribute of a product type with what counts for it: the channel's choice, the store's, or the default.

    Amazon is asked where its definition is not at hand; nobody waits for a quota.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    kind = _named(product_type)
    with at_once():
        form = definitions.form_of(workspace, channel, kind)
    with workspace.database.read() as session:
        made = choices(session, channel, kind, form, direction)
        known = frozenset(map(folded, _features(session, channel).values()))
    views = [
        _view(form, one.row, one.number, _counts(one.row, one.number, one.source, made, direction), made, known)
        for one in chosen(form, sources(made))
    ]
    order = list(Requirement)
    return FieldsView(kind, direction, tuple(sorted(views, key=lambda view: order.index(view.requirement))))


def types_in_use(workspace: Workspace, actor: Actor, channel_name: str) -> list[str]:
    """The product types that categories of a channel are mapped to, those of most first; then others with fields."""
    channel = require_channel(workspace.database, actor, channel_name)
    kind, count = col(CategoryMapping.product_type), func.count()
    mapped = select(kind).where(col(CategoryMapping.channel_id) == channel.id).group_by(kind)
    named = select(FieldMapping.product_type).where(
        col(FieldMapping.store_id) == channel.store_id,
        or_(col(FieldMapping.channel_id) == channel.id, col(FieldMapping.channel_id).is_(None)),
    )
    with workspace.database.read() as session:
        found = session.exec(mapped.order_by(count.desc(), kind)).all()
        others = sorted(session.exec(named.distinct()).all())
    return [one for one in dict.fromkeys((*found, *others)) if one]


def features(workspace: Workspace, actor: Actor, channel_name: str) -> dict[str, str]:
    """The features of a channel's store as they were read last: number → name, by name."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return _features(session, channel)


def set_field(
    workspace: Workspace,
    actor: Actor,
    attribute: str,
    source: Source,
    *,
    channel: str = "",
    store: str = "",
    product_type: str = "",
    direction: Direction = Direction.EXPORT,
) -> ChosenView:
    """Say where an attribute comes from: in a channel, or in all channels of a store; without a product type, in all.

    Raises UsageError for an attribute that the product type has not, and for a source that cannot fill it.
    """
    scope = scope_of(workspace, actor, channel, store)
    key, form, row = _key(workspace, scope, attribute, product_type, direction)
    source = checked(source, direction, form, row)
    with changing(workspace, scope) as session:
        write(session, actor, scope, {key: source})
        record(session, actor, "field.set", scope.subject, **key._asdict(), source=source.to_json())
    return ChosenView(key.attribute, key.product_type, direction, source.to_json())


def unset_field(
    workspace: Workspace,
    actor: Actor,
    attribute: str,
    *,
    channel: str = "",
    store: str = "",
    product_type: str = "",
    direction: Direction = Direction.EXPORT,
) -> ChosenView:
    """Take back what was said of an attribute; what counts then is inherited, or the default."""
    scope = scope_of(workspace, actor, channel, store)
    kind = product_type_of(product_type)
    names = {attribute_of(attribute), attribute.strip()}
    with changing(workspace, scope) as session:
        known = {key for key in stored(session, scope) if (key.product_type, key.direction) == (kind, direction.value)}
        key = next((key for key in known if key.attribute in names or attribute_of(key.attribute) in names), None)
        if key is None:
            key, _, _ = _key(workspace, scope, attribute, product_type, direction)
        if key not in known:
            whose = f"--channel {channel}" if channel else f"--store {store}"
            raise UsageError(
                "Nothing is set for it here.",
                subject=f"attribute {attribute.strip()[:100]}",
                next_step=f"See what is: crossdock fields export {whose} -",
            )
        write(session, actor, scope, {key: None})
        record(session, actor, "field.unset", scope.subject, **key._asdict())
    return ChosenView(key.attribute, kind, direction, None)


def scope_of(workspace: Workspace, actor: Actor, channel: str, store: str) -> Scope:
    """The channel, or the store, whose mapping it is; what all channels share administrators change."""
    if bool(channel) == bool(store):
        raise UsageError("Name one of --channel and --store.", next_step="--store is for all channels of a store.")
    if channel:
        row = require_channel(workspace.database, actor, channel)
        return Scope(row.store_id, row, f"channel {row.name}")
    found = require_store(workspace.database, actor, store)
    require_admin(workspace.database, actor, "change the fields of all channels")
    return Scope(stored_id(found.id), None, f"store {found.name}")


def _key(
    workspace: Workspace, scope: Scope, attribute: str, product_type: str, direction: Direction
) -> tuple[Key, Form | None, Row | None]:
    """What a row is to be about; where a product type of a channel is named, the row of its form too."""
    kind = product_type_of(product_type)
    form = definitions.form_of(workspace, scope.channel, kind) if kind and scope.channel is not None else None
    key, row = key_of(kind, attribute, direction, form)
    return key, form, row


def _named(product_type: str) -> str:
    kind = product_type_of(product_type)
    if not kind:
        raise UsageError("Name the product type.", fields={"product_type": "it is missing"})
    return kind


def _counts(row: Row, number: int, source: Source, made: Mapping[str, Choice], direction: Direction) -> Source:
    """The source that counts: of imports the defaults are others."""
    if direction is Direction.EXPORT or row.numbered(number) in made:
        return source
    return import_target(row.key)


def _features(session: Session, channel: Channel) -> dict[str, str]:
    query = select(StoreLookup.key, StoreLookup.name).where(
        col(StoreLookup.store_id) == channel.store_id, col(StoreLookup.kind) == FEATURE, col(StoreLookup.active)
    )
    return dict(sorted(session.exec(query).all(), key=lambda row: (row[1].casefold(), row[0])))


def _is_missing(row: Row, source: Source, choice: Choice | None, known: Set[str]) -> bool:
    """Whether nothing fills a required row; of features that were never read nothing is said."""
    if source.kind is SourceKind.NONE:
        return True
    if choice is not None or source.kind is not SourceKind.FEATURE or not known:
        return False
    return known.isdisjoint(map(folded, (source.text, *other_names(row))))


def _view(
    form: Form, row: Row, number: int, source: Source, made: Mapping[str, Choice], known: Set[str]
) -> AttributeView:
    choice = made.get(row.numbered(number))
    requirement = row.requirement if number == 1 else Requirement.OPTIONAL
    unit = form.by_key.get(".".join(row.unit)) if row.unit else None
    return AttributeView(
        name=row.called(number),
        title=row.title,
        requirement=requirement,
        source=source.to_json(),
        default=choice is None,
        origin=choice.origin if choice else Origin.DEFAULT,
        kind=row.kind,
        entries=row.most,
        values=row.values,
        names=row.names,
        is_open=row.is_open,
        units=tuple(map(str, unit.values)) if unit else (),
        missing=requirement is Requirement.REQUIRED and _is_missing(row, source, choice, known),
    )
