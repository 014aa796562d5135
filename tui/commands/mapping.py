"""`crossdock mapping …`"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from core.errors import UsageError
from core.mappings import choices as mappings
from tui.commands.common import ChannelOption, From, Json, command, group, read_document, session, show
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish_or_say

app = group("mapping", "Mappings: show, set, unset, export, import.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help="payments, shipping, statuses or carriers.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="Such as cod, default, SHIPPED or ups.")]


@command(app, "show", "mapping show --channel de payments")
def show_mapping(
    channel: ChannelOption,
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="One kind; without it all.")] = None,
    as_json: Json = False,
) -> None:
    """What the keys of a mapping mean now, who set them, and what is wrong with them."""
    kinds = [kind] if kind else list(mappings.KINDS)
    with session() as (workspace, actor):
        found = {one: mappings.mapping(workspace, actor, channel, one) for one in kinds}
    rows = [(f"{one}.{row.key}", row.value, row.name, row.source, row.fault) for one in kinds for row in found[one]]
    lines = (
        table(rows, ("key", "value", "name", "set by", "problem"), whole=("key",)) if rows else ["Nothing is mapped."]
    )
    show(found, lines, as_json=as_json)


@command(app, "set", "mapping set --channel de payments cod 6 --wait", "mapping set --channel de carriers dhl DHL")
def set_mapping(
    channel: ChannelOption,
    kind: Kind,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="A number or status code of the store, or a carrier.")],
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Say what a key means; orders that were held for it are planned again."""
    with session() as (workspace, actor):
        asked = mappings.set_mapping(workspace, actor, channel, kind, key, value, direct=direct)
        done = {"kind": kind, "key": key, "value": value}
        line = f"{kind}.{key} is {value}."
        return finish_or_say(workspace, actor, asked, done, line, wait=wait, as_json=as_json)


@command(app, "unset")
def unset_mapping(
    channel: ChannelOption, kind: Kind, key: Key, wait: Wait = False, direct: Direct = False, as_json: Json = False
) -> int:
    """Delete what is set for a key."""
    with session() as (workspace, actor):
        asked = mappings.unset_mapping(workspace, actor, channel, kind, key, direct=direct)
        done = {"kind": kind, "key": key, "value": None}
        line = f"{kind}.{key} is not set any more."
        return finish_or_say(workspace, actor, asked, done, line, wait=wait, as_json=as_json)


@command(app, "export")
def export(channel: ChannelOption, as_json: Json = False) -> None:
    """What is set for the channel itself, as a document for `mapping import`."""
    with session() as (workspace, actor):
        document = mappings.export_mappings(workspace, actor, channel)
    show(document, json.dumps(document, indent=2).splitlines(), as_json=as_json)


@command(app, "import")
def import_mappings(
    channel: ChannelOption, source: From, wait: Wait = False, direct: Direct = False, as_json: Json = False
) -> int:
    """Replace the kinds that a document names; nothing is saved unless all of it is right."""
    document = read_document(source)
    if not document:
        raise UsageError("The document names no mapping.", next_step=f"There are {', '.join(mappings.KINDS)}.")
    with session() as (workspace, actor):
        asked = mappings.import_mappings(workspace, actor, channel, document, direct=direct)
        line = f"Replaced: {', '.join(document)}."
        return finish_or_say(workspace, actor, asked, document, line, wait=wait, as_json=as_json)
