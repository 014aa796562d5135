"""`crossdock categories …`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from core.categories import actions as categories
from core.categories import exchange
from core.categories.actions import CategoriesView
from core.categories.exchange import Changes
from core.categories.mapping import MappingView
from core.categories.suggest import Suggestion
from core.documents import as_json as as_json_view
from tui.commands import csv_files
from tui.commands.common import ChannelOption, Json, command, group, session, show
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish

app = group("categories", "Categories: refresh, list, map, unmap, export, import.")

Cscart = Annotated[int, typer.Option("--cscart", metavar="ID", help="The store's category.")]
File = Annotated[str, typer.Argument(metavar="FILE.csv|-", help="A CSV file; - is standard output or input.")]
_HEAD = ("store", "path in the store", "Amazon", "path at Amazon", "product type", "exports", "products", "trouble")


@command(app, "refresh")
def refresh(channel: ChannelOption, wait: Wait = False, direct: Direct = False, as_json: Json = False) -> int:
    """Read Amazon's categories of the channel's marketplace, and the store's."""
    with session() as (workspace, actor):
        asked = categories.refresh_categories(workspace, actor, channel, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "list")
def list_categories(
    channel: ChannelOption,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="With this in their path.")] = "",
    under: Annotated[str, typer.Option("--under", metavar="NODE", help="Below this one: an id or a path.")] = "",
    unmapped: Annotated[bool, typer.Option("--unmapped", help="Those to which nothing belongs.")] = False,
    suggest: Annotated[bool, typer.Option("--suggest", help="Suggest some by name, for those listed.")] = False,
    as_json: Json = False,
) -> None:
    """Amazon's categories, and which of the store's belong to them."""
    with session() as (workspace, actor):
        found = categories.list_categories(
            workspace, actor, channel, search=search, under=under, only_unmapped=unmapped
        )
        document, lines = as_json_view(found), list(_lines(found, channel, everything=bool(search or under)))
        if suggest:
            numbers = list(dict.fromkeys(view.cscart for view in found.mappings))
            suggested = categories.suggestions(workspace, actor, channel, numbers)
            document["suggestions"] = [{"cscart": number, "amazon": ones} for number, ones in suggested.items()]
            lines += ["", *_suggestions(suggested)]
    show(document, lines, as_json=as_json)


@command(app, "map")
def map_category(
    channel: ChannelOption,
    amazon: Annotated[str, typer.Option("--amazon", metavar="NODE|PATH", help="Amazon's category.")],
    cscart: Cscart,
    product_type: Annotated[str, typer.Option("--product-type", metavar="PT", help="Of the listings in it.")],
    subtree: Annotated[bool, typer.Option("--subtree", help="Those below too that have none of their own.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Export to it, where the store's has several.")] = False,
    as_json: Json = False,
) -> None:
    """Let one of Amazon's categories belong to one of the store's."""
    with session() as (workspace, actor):
        made = categories.map_category(
            workspace, actor, channel, cscart, amazon, product_type, subtree=subtree, default=default
        )
    show({"mappings": made}, _mappings(made), as_json=as_json)


@command(app, "unmap")
def unmap_category(
    channel: ChannelOption,
    cscart: Cscart,
    amazon: Annotated[str, typer.Option("--amazon", metavar="NODE|PATH", help="Only this one of Amazon's.")] = "",
    subtree: Annotated[bool, typer.Option("--subtree", help="Those below the store's too.")] = False,
    as_json: Json = False,
) -> None:
    """Let nothing belong to a category of the store any more, or one of Amazon's no longer."""
    with session() as (workspace, actor):
        gone = categories.unmap_category(workspace, actor, channel, cscart, amazon, subtree=subtree)
    show({"unmapped": gone}, ["Not mapped any more:", *_mappings(gone)], as_json=as_json)


@command(app, "export")
def export(channel: ChannelOption, file: File, as_json: Json = False) -> None:
    """Write the mappings as CSV, and the store's categories that have none."""
    with session() as (workspace, actor):
        text = exchange.export_sheet(workspace, actor, channel)
    csv_files.write(file, text, as_json=as_json)


@command(app, "import")
def import_categories(
    channel: ChannelOption,
    file: File,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Let the mappings of the categories in a CSV file be those in it; nothing is saved unless all of it is right."""
    data = csv_files.read(file)
    with session() as (workspace, actor):
        changes = exchange.import_sheet(workspace, actor, channel, data, preview=preview)
    show(changes, _changes(changes, preview=preview), as_json=as_json)


def _lines(found: CategoriesView, channel: str, *, everything: bool) -> Iterator[str]:
    if found.refreshed is None:
        yield f"Amazon's categories were not read yet. Run: crossdock categories refresh --channel {channel}"
    else:
        yield f"{found.nodes} categories at Amazon, read on {found.refreshed:%Y-%m-%d %H:%M} UTC."
    if everything:
        yield ""
        rows = [(one.node, one.path, ", ".join(one.product_types)) for one in found.categories]
        yield from (
            table(rows, ("Amazon", "path at Amazon", "product types")) if rows else ["No category of Amazon matches."]
        )
    yield ""
    yield from _mappings(found.mappings)


def _mappings(views: Sequence[MappingView]) -> Iterator[str]:
    if not views:
        yield "Nothing is mapped."
        return
    yield from table((_row(view) for view in views), _HEAD)


def _row(view: MappingView) -> tuple[object, ...]:
    below = " and below" if view.subtree else ""
    default = "default" if view.export_default else ""
    amazon = (view.amazon or "", view.amazon_path + below)
    return view.cscart, view.cscart_path, *amazon, view.product_type, default, view.products, view.fault


def _suggestions(suggested: Mapping[int, Sequence[Suggestion]]) -> Iterator[str]:
    rows = [(number, s.node, s.path, s.product_type, s.score) for number, ones in suggested.items() for s in ones]
    head = ("store", "Amazon", "path at Amazon", "product type", "alike")
    yield from table(rows, head) if rows else ["Nothing at Amazon has a name like theirs."]


def _changes(changes: Changes, *, preview: bool) -> Iterator[str]:
    verb = "would be " if preview else ""
    for title, views in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        if views:
            yield f"{len(views)} mappings {verb}{title}:"
            yield from _mappings(views)
    yield f"{changes.unchanged} mappings stay as they are."
