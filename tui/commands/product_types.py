"""`crossdock product-types …`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from core.amazon.product_types import DEFAULT_LOCALE, LISTING, PARENTAGE, REQUIREMENTS
from core.product_types import definitions
from core.product_types.changes import Changes
from core.product_types.definitions import Definition
from core.product_types.summary import AttributeView, attributes_of
from tui.commands.common import ChannelOption, Json, command, group, session, show
from tui.commands.table import table

app = group("product-types", "Amazon's product types: search, show.")

Locale = Annotated[str, typer.Option("--locale", metavar="L", help="Language of titles, such as en_GB.")]
_MOST_VALUES = 10
"""Accepted values that a line tells."""


@command(app, "search", 'product-types search --channel de "desk lamp"')
def search(
    channel: ChannelOption,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words, or the name of an item.")],
    item: Annotated[bool, typer.Option("--item", help="TEXT is the name of an item; Amazon recommends some.")] = False,
    locale: Locale = DEFAULT_LOCALE,
    as_json: Json = False,
) -> None:
    """Product types in the channel's marketplace."""
    words: dict[str, Any] = {"item_name": text} if item else {"keywords": [text]}
    with session() as (workspace, actor):
        found = definitions.search(workspace, actor, channel, **words, locale=locale)
    rows = [(one.name, one.display_name) for one in found]
    lines = table(rows, ("product type", "name")) if rows else ["Amazon has no product type like that."]
    show({"product_types": found}, lines, as_json=as_json)


@command(app, "show", "product-types show --channel de LUGGAGE")
def show_type(
    channel: ChannelOption,
    product_type: Annotated[str, typer.Argument(metavar="TYPE")],
    requirements: Annotated[
        str, typer.Option("--requirements", metavar="R", help=f"One of {', '.join(REQUIREMENTS)}.")
    ] = LISTING,
    parentage: Annotated[
        str, typer.Option("--parentage", metavar="P", help=f"Of variations: one of {', '.join(PARENTAGE)}.")
    ] = "",
    locale: Locale = DEFAULT_LOCALE,
    schema: Annotated[bool, typer.Option("--schema", help="With --json: the whole schema too.")] = False,
    as_json: Json = False,
) -> None:
    """What Amazon wants to be told of a product type, and what its newest schema has changed."""
    with session() as (workspace, actor):
        found = definitions.show(
            workspace, actor, channel, product_type, requirements, locale=locale, parentage=parentage
        )
    attributes = attributes_of(found)
    document = {name: value for name, value in vars(found).items() if schema or name != "schema"}
    show(document | {"attributes": attributes}, _lines(found, attributes), as_json=as_json)


def _lines(found: Definition, attributes: Sequence[AttributeView]) -> Iterator[str]:
    yield f"{found.product_type} ({found.display_name}), {found.requirements}, {found.locale}, version {found.version}"
    if found.changed_at and found.checked_at:
        yield f"Schema of {found.changed_at:%Y-%m-%d}, checked {found.checked_at:%Y-%m-%d %H:%M} UTC."
    if found.trouble:
        yield f"It could not be checked again. {found.trouble}"
    yield from _changes(found.changes)
    rows = [(one.name, one.title, one.required, one.group, _listed(one.accepted)) for one in attributes]
    yield ""
    yield from table(rows, ("attribute", "title", "required", "group", "accepted"), spare=("accepted", "group"))


def _changes(changes: Changes) -> Iterator[str]:
    told = (
        ("added", changes.added),
        ("removed", changes.removed),
        ("now required", changes.required),
        ("no longer required", changes.optional),
    )
    yield from (f"Attributes {words}: {', '.join(names)}." for words, names in told if names)
    for words, values in (("accepted now", changes.values_added), ("not accepted any more", changes.values_removed)):
        yield from (f"{place}, {words}: {_listed(options)}." for place, options in values.items())


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
    return ", ".join(values[:_MOST_VALUES]) + more
