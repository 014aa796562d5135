"""`crossdock fields …`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from core.errors import UsageError
from core.fields import exchange, mapping
from core.fields.exchange import FieldChanges, FieldView
from core.fields.mapping import ChosenView, FieldsView
from core.fields.plan.sources import SKIP, Source, SourceKind
from core.fields.rows import Direction, Origin
from core.listings import preview as previews
from core.listings.preview import PreviewView
from tui.commands import completion, csv_files
from tui.commands.common import ChannelOption, Json, command, group, session, show
from tui.commands.table import table

app = group("fields", "What fills the attributes of listings: show, set, unset, preview, export, import.")

Attribute = Annotated[
    str, typer.Argument(metavar="ATTRIBUTE", help="As `fields show` names it: brand, battery.weight.")
]
SomeChannel = Annotated[
    str, typer.Option("--channel", metavar="NAME", autocompletion=completion.channels, help="The channel.")
]
SomeStore = Annotated[
    str,
    typer.Option("--store", metavar="NAME", autocompletion=completion.stores, help="All channels of a store instead."),
]
SomeType = Annotated[str, typer.Option("--product-type", metavar="PT", help="Of these listings; without it of all.")]
Import = Annotated[bool, typer.Option("--import", help="Where imports put it, instead of what exports send.")]
File = Annotated[str, typer.Argument(metavar="FILE.csv|-", help="A CSV file; - is standard output or input.")]
_HEAD = ("attribute", "title", "needed", "source", "said by")


@command(app, "show")
def show_fields(
    channel: ChannelOption,
    product_type: Annotated[str, typer.Option("--product-type", metavar="PT", help="Amazon's product type.")],
    imports: Import = False,
    as_json: Json = False,
) -> None:
    """Every attribute of a product type, and where it comes from."""
    with session() as (workspace, actor):
        view = mapping.show(workspace, actor, channel, product_type, direction=_direction(imports))
    show(view, _fields(view), as_json=as_json)


@command(
    app,
    "set",
    'fields set item_name --channel de --product-type LAMP --template "{brand} {product}"',
    "fields set color --channel de --product-type LAMP --feature 548 --value Rot=red",
)
def set_field(
    attribute: Attribute,
    channel: SomeChannel = "",
    store: SomeStore = "",
    product_type: SomeType = "",
    constant: Annotated[str | None, typer.Option("--constant", metavar="V", help="The same for all products.")] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="F", help="A field of the store's product.")] = None,
    feature: Annotated[
        str | None, typer.Option("--feature", metavar="ID", help="A feature: its number, or name.")
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", metavar="T", help='Text: "{brand} {product} {feature:Colour}".')
    ] = None,
    skip: Annotated[bool, typer.Option("--skip", help="Never send it.")] = False,
    unit: Annotated[str, typer.Option("--unit", metavar="U", help="Of a number that tells none: kilograms.")] = "",
    value: Annotated[
        list[str] | None, typer.Option("--value", metavar="STORE=AMAZON", help="What a value is called at Amazon.")
    ] = None,
    imports: Import = False,
    as_json: Json = False,
) -> None:
    """Say where an attribute comes from."""
    told = {
        SourceKind.CONSTANT: constant,
        SourceKind.FIELD: field,
        SourceKind.FEATURE: feature,
        SourceKind.TEMPLATE: template,
        SourceKind.SKIP: "" if skip else None,
    }
    source = _source(told, unit, value or ())
    with session() as (workspace, actor):
        view = mapping.set_field(
            workspace,
            actor,
            attribute,
            source,
            channel=channel,
            store=store,
            product_type=product_type,
            direction=_direction(imports),
        )
    show(view, [f"{view.attribute} {_where(view)}: {source}"], as_json=as_json)


@command(app, "unset")
def unset_field(
    attribute: Attribute,
    channel: SomeChannel = "",
    store: SomeStore = "",
    product_type: SomeType = "",
    imports: Import = False,
    as_json: Json = False,
) -> None:
    """Unset an attribute; then it is inherited, or the default."""
    with session() as (workspace, actor):
        view = mapping.unset_field(
            workspace,
            actor,
            attribute,
            channel=channel,
            store=store,
            product_type=product_type,
            direction=_direction(imports),
        )
    show(view, [f"{view.attribute} {_where(view)} is not set any more."], as_json=as_json)


@command(app, "preview")
def preview(
    channel: ChannelOption,
    product_id: Annotated[int, typer.Option("--product-id", metavar="N", min=1, help="The store's product.")],
    product_type: Annotated[
        str, typer.Option("--product-type", metavar="PT", help="Without it that of the product's category.")
    ] = "",
    as_json: Json = False,
) -> int:
    """A product as it would be listed, and what is wrong with it; nothing is sent."""
    with session() as (workspace, actor):
        view = previews.preview(workspace, actor, channel, product_id, product_type)
    show(view, _preview(view), as_json=as_json)
    return 1 if view.problems else 0


@command(app, "export")
def export(file: File, channel: SomeChannel = "", store: SomeStore = "", as_json: Json = False) -> None:
    """Write what is set as CSV."""
    with session() as (workspace, actor):
        text = exchange.export_sheet(workspace, actor, channel=channel, store=store)
    csv_files.write(file, text, as_json=as_json)


@command(app, "import")
def import_fields(
    file: File,
    channel: SomeChannel = "",
    store: SomeStore = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Let what is set for the product types in a CSV file be what stands in it; saved only if all is right."""
    data = csv_files.read(file)
    with session() as (workspace, actor):
        changes = exchange.import_sheet(workspace, actor, data, channel=channel, store=store, preview=preview)
    show(changes, _changes(changes, preview=preview), as_json=as_json)


def _direction(imports: bool) -> Direction:
    return Direction.IMPORT if imports else Direction.EXPORT


def _source(told: dict[SourceKind, str | None], unit: str, values: Sequence[str]) -> Source:
    """The one source that was told. Raises UsageError for none, and for more."""
    given = {kind: text for kind, text in told.items() if text is not None}
    if len(given) != 1:
        raise UsageError(
            "Say one source." if not given else f"Say one source, not {' and '.join(given)}.",
            next_step="There are --constant, --field, --feature, --template and --skip.",
        )
    kind, text = next(iter(given.items()))
    if kind is SourceKind.SKIP:
        return SKIP
    return Source(kind, text.strip(), unit.strip(), exchange.values_of(values))


def _where(view: ChosenView) -> str:
    kind = f"of {view.product_type}" if view.product_type else "of all product types"
    return kind + (" in imports" if view.direction is Direction.IMPORT else "")


def _fields(view: FieldsView) -> Iterator[str]:
    rows = []
    for one in view.attributes:
        origin = "" if one.default else _SAID_BY[one.origin]
        rows.append((one.name, one.title, one.requirement.value, Source.from_json(one.source), origin))
    yield f"{len(rows)} attributes of {view.product_type}:"
    yield ""
    yield from table(rows, _HEAD, whole=("attribute",), spare=("title",))


_SAID_BY = {Origin.STORE: "store", Origin.CHANNEL: "channel", Origin.PRODUCT_TYPE: "product type", Origin.DEFAULT: ""}


def _preview(view: PreviewView) -> Iterator[str]:
    yield f"{view.product_id} {view.name} ({view.sku}) as {view.product_type}:"
    yield ""
    rows = [
        (one.name, Source.from_json(one.source), " | ".join(map(str, one.values)))
        for one in view.lines
        if one.values or one.requirement == "required"
    ]
    yield from table(rows, ("attribute", "source", "value"), whole=("attribute",))
    for note in view.notes:
        yield f"Note: {note}"
    yield ""
    for problem in view.problems:
        yield f"{problem.code}: {problem.message}"
        yield f"  {problem.fix}"
    if not view.problems:
        yield "Nothing is wrong with it."


def _changes(changes: FieldChanges, *, preview: bool) -> Iterator[str]:
    verb = "would be " if preview else ""
    for title, views in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        if views:
            yield f"{len(views)} attributes {verb}{title}:"
            yield from table(map(_row, views), ("product type", "attribute", "direction", "source"))
    yield f"{changes.unchanged} attributes stay as they are."


def _row(view: FieldView) -> tuple[str, ...]:
    return view.product_type or "all", view.attribute, view.direction, view.source
