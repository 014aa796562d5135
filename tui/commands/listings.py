"""`crossdock listings …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core.listings import links as listings
from tui.commands.common import ChannelOption, Json, command, fields, group, session, show
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish_or_say

app = group("listings", "Listings: list, show, link, unlink.")

Sku = Annotated[str, typer.Option("--sku", metavar="S", help="The SKU on Amazon.")]


@command(app, "list")
def list_links(channel: ChannelOption, as_json: Json = False) -> None:
    """All SKUs of the channel that are linked to a store product."""
    with session() as (workspace, actor):
        views = listings.links(workspace, actor, channel)
    rows = [(view.sku, view.product_id, view.product_sku, view.product, view.linked_by) for view in views]
    empty = ["No SKU is linked: products are found by their code."]
    lines = table(rows, ("SKU", "product", "its code", "name", "linked by")) if rows else empty
    show({"listings": views}, lines, as_json=as_json)


@command(app, "show")
def show_sku(channel: ChannelOption, sku: Sku, as_json: Json = False) -> None:
    """What is known of a SKU: its link, the products that carry it, the orders that wait for it."""
    with session() as (workspace, actor):
        view = listings.show(workspace, actor, channel, sku)
    show(view, fields(view), as_json=as_json)


@command(app, "link", "listings link --channel de --sku CAP-9 --product-id 214 --wait")
def link(
    channel: ChannelOption,
    sku: Sku,
    product_id: Annotated[
        int, typer.Option("--product-id", metavar="N", min=1, max=2**31 - 1, help="A product of the store.")
    ],
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Say which store product a SKU means; orders that waited for it are planned again."""
    with session() as (workspace, actor):
        asked = listings.link(workspace, actor, channel, sku, product_id, direct=direct)
        return finish_or_say(
            workspace,
            actor,
            asked,
            {"sku": sku, "product_id": product_id},
            f"SKU {sku} means product {product_id}.",
            wait=wait,
            as_json=as_json,
        )


@command(app, "unlink")
def unlink(channel: ChannelOption, sku: Sku, wait: Wait = False, direct: Direct = False, as_json: Json = False) -> int:
    """Delete a link: the product is found by its code again."""
    with session() as (workspace, actor):
        asked = listings.unlink(workspace, actor, channel, sku, direct=direct)
        done = {"unlinked": sku}
        line = f"SKU {sku} is not linked any more."
        return finish_or_say(workspace, actor, asked, done, line, wait=wait, as_json=as_json)
