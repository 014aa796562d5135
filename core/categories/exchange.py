"""Use cases around mappings in a CSV file: export, and import with a look at what it would change."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from sqlmodel import Session

from core.actor import Actor
from core.categories import sheet
from core.categories.flow import place_of
from core.categories.mapping import (
    MappingView,
    Wanted,
    changing,
    checked_type,
    complete,
    stored,
    types_beyond,
    unmapped,
    viewed,
    write,
)
from core.categories.search import find_all, only, require_tree
from core.categories.sheet import Line
from core.categories.store import known_categories, store_categories
from core.errors import UsageError
from core.model.category import CategoryMapping
from core.model.channel import Channel
from core.people.audit import record
from core.people.rights import require_channel
from core.sheets import Faults
from core.workspace import Workspace


@dataclass(frozen=True)
class Changes:
    """What an import changes, or has changed."""

    added: Sequence[MappingView]
    changed: Sequence[MappingView]
    removed: Sequence[MappingView]
    unchanged: int

    @property
    def count(self) -> int:
        """How many mappings differ."""
        return len(self.added) + len(self.changed) + len(self.removed)


def export_sheet(workspace: Workspace, actor: Actor, channel_name: str) -> str:
    """All mappings of a channel as CSV, then the store's categories that have none."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return sheet.written([*viewed(session, channel, stored(session, channel)), *unmapped(session, channel)])


def import_sheet(
    workspace: Workspace, actor: Actor, channel_name: str, data: bytes, *, preview: bool = False
) -> Changes:
    """Let the mappings of the categories that a CSV file names be those in it; those of others stay.

    All of it is checked before anything is changed, and with `preview` nothing is. Raises UsageError for a file with
    faults, and names them.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    faults = Faults()
    lines = sheet.read(data, faults)
    faults.refuse()
    known_categories(workspace, channel, {line.cscart for line in lines})
    beyond = types_beyond(workspace, channel, {line.product_type for line in lines if line.amazon})
    with changing(workspace, channel) as session:
        named = {line.cscart for line in lines}
        before = [row for row in stored(session, channel) if row.category_id in named]
        views = viewed(session, channel, before)
        wanted = _checked(session, channel, lines, before, beyond, faults)
        faults.refuse()
        write(session, actor, channel, named, wanted)
        now = viewed(session, channel, [row for row in stored(session, channel) if row.category_id in named])
        changes = _difference(views, now)
        if preview:
            session.rollback()
        elif changes.count:
            counts = {name: len(getattr(changes, name)) for name in ("added", "changed", "removed")}
            record(session, actor, "category.import", f"channel {channel.name}", **counts)
    return changes


def _difference(before: Sequence[MappingView], now: Sequence[MappingView]) -> Changes:
    was, new = ({(view.cscart, view.amazon): view for view in views} for views in (before, now))
    changed = [view for key, view in new.items() if key in was and view != was[key]]
    added = [view for key, view in new.items() if key not in was]
    removed = [view for key, view in was.items() if key not in new]
    return Changes(added, changed, removed, len(new) - len(added) - len(changed))


def _checked(
    session: Session,
    channel: Channel,
    lines: Sequence[Line],
    before: Sequence[CategoryMapping],
    beyond: Set[str],
    faults: Faults,
) -> list[Wanted]:
    """What the lines want; what cannot be goes to `faults`. What is mapped already may stay, whatever became of it."""
    tree = require_tree(session, place_of(session, channel), channel.name)
    nodes = find_all(session, tree, (line.amazon for line in lines))
    present = {(row.category_id, row.node_id): row.product_type for row in before}
    categories = store_categories(session, channel).keys() | {row.category_id for row in before}
    wanted: dict[tuple[int, str], Wanted] = {}
    defaults: dict[int, int] = {}
    for line in lines:
        if line.cscart not in categories:
            faults.add(line.number, f"the store has no category {line.cscart} that this channel may use")
        if not line.amazon:
            continue
        key, kind = (line.cscart, line.amazon), line.product_type
        if present.get(key) != kind:
            try:
                key = line.cscart, line.amazon if key in present else only(nodes, line.amazon)
                kind = checked_type(tree, beyond, kind)
            except UsageError as error:
                faults.add(line.number, error.what.rstrip("."))
                continue
        if key in wanted:
            faults.add(line.number, "another line maps the same two categories")
        if line.export_default and defaults.setdefault(line.cscart, line.number) != line.number:
            faults.add(line.number, f"the default of category {line.cscart} stands in line {defaults[line.cscart]}")
        wanted[key] = Wanted(*key, kind, line.export_default, line.subtree)
    return complete(wanted.values())
