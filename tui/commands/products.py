"""`crossdock products …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core.channels import registry
from core.errors import UsageError
from core.listings import actions as exports
from core.products import actions as products
from core.products.declaration import STREAM
from core.products.list import ProductView
from core.products.undo import undo_import, undoable
from core.stock import actions as stock
from core.words import counted
from tui.commands.common import ChannelOption, Json, Limit, Yes, agree, command, group, session, show, tell
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish

app = group("products", "Products: import, export, undo, list, sync, counts.")

_HEAD = ("product", "SKU", "name", "price", "in stock", "at Amazon", "ASIN")


@command(
    app,
    "import",
    "products import --channel de --all --preview --wait",
    "products import --channel de --sku CAP-9 --sku CAP-10 --wait",
    "products import --channel de --all --by-identifier EAN --preview --wait",
)
def import_products(
    channel: ChannelOption,
    everything: Annotated[bool, typer.Option("--all", help="All that are new or have changed.")] = False,
    sku: Annotated[list[str] | None, typer.Option("--sku", metavar="S", help="Only these SKUs.")] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="S", help="Only active, inactive or incomplete ones.")
    ] = None,
    only_new: Annotated[bool, typer.Option("--only-new", help="Leave products alone that are there already.")] = False,
    by_identifier: Annotated[
        str | None,
        typer.Option(
            "--by-identifier",
            metavar="FIELD",
            help="Link to products with the same EAN, UPC, ISBN or GTIN in this field or feature of the store.",
        ),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only tell what it would do.")] = False,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Let the seller's listings become products of the store: new ones are made, known ones completed."""
    if everything == bool(sku):
        raise UsageError("Say which listings.", next_step="Name --all, or one or more of --sku.")
    with session() as (workspace, actor):
        if off_by := STREAM.off_by(registry.get(workspace, actor, channel).settings):
            tell(
                f"The import of products of channel {channel} is off (setting {off_by}); this one runs once. "
                f"Turn it on with: crossdock schedule set --channel {channel} --stream products --every MINUTES"
            )
        asked = products.import_products(
            workspace,
            actor,
            channel,
            skus=sku or (),
            statuses=status or (),
            only_new=only_new,
            preview=preview,
            by_identifier=by_identifier,
            direct=direct,
        )
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(
    app,
    "export",
    "products export --channel de --all --preview --wait",
    "products export --channel de --sku CAP-9 --sku CAP-10 --wait",
    "products export --channel de --product-id 214 --preview --ask-amazon --direct",
)
def export_products(
    channel: ChannelOption,
    everything: Annotated[bool, typer.Option("--all", help="All that are not at Amazon yet.")] = False,
    sku: Annotated[list[str] | None, typer.Option("--sku", metavar="S", help="Only these SKUs.")] = None,
    product_id: Annotated[
        list[int] | None,
        typer.Option("--product-id", metavar="N", min=1, max=2**31 - 1, help="Only these products of the store."),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show exactly what would be sent.")] = False,
    ask_amazon: Annotated[
        bool, typer.Option("--ask-amazon", help="With --preview: let Amazon validate each, and tell the ASIN.")
    ] = False,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """List products of the store at Amazon: new ones are made, of others what has changed is sent."""
    if everything + bool(sku) + bool(product_id) != 1:
        raise UsageError("Say which products.", next_step="Name --all, or one or more of --sku or --product-id.")
    if ask_amazon and not preview:
        raise UsageError("--ask-amazon is for previews.", next_step="Add --preview.")
    with session() as (workspace, actor):
        asked = exports.export_products(
            workspace,
            actor,
            channel,
            skus=sku or (),
            product_ids=product_id or (),
            preview=preview,
            ask_amazon=ask_amazon,
            direct=direct,
        )
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "undo", "products undo --job 31 --wait", "products undo --job 31 --yes --direct")
def undo(
    job: Annotated[int, typer.Option("--job", min=1, metavar="N", help="The import.")],
    yes: Yes = False,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Delete the products that an import made, but for those that were changed or sold since."""
    with session() as (workspace, actor):
        found = undoable(workspace, actor, job)
        made = counted(len(found.made), "product")
        told = [f"Import {job} of channel {found.channel} has made {made}.", "Those changed or sold since stay."]
        agree(told, f"Delete {made} in the store?", yes=yes)
        return finish(workspace, actor, undo_import(workspace, actor, job, direct=direct), wait=wait, as_json=as_json)


@command(app, "sync", "products sync --channel de --wait", "products sync --channel de --release --sku CAP-9")
def sync(
    channel: ChannelOption,
    release: Annotated[
        bool,
        typer.Option("--release", help="Let go what is held: prices of --sku, else products that have vanished."),
    ] = False,
    sku: Annotated[list[str] | None, typer.Option("--sku", metavar="S", help="With --release, of these SKUs.")] = None,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Tell Amazon what changed in the store: price, stock and content; all products of the store are read."""
    if sku and not release:
        raise UsageError("A sync is of all SKUs.", next_step="Name --sku with --release, or leave it out.")
    with session() as (workspace, actor):
        if not registry.get(workspace, actor, channel).settings.get("push_stock", False):
            tell(f"The stock sync of channel {channel} is off; this one runs once.")
        if not release:
            asked = stock.sync(workspace, actor, channel, direct=direct)
        elif sku:
            asked = stock.release_prices(workspace, actor, channel, sku, direct=direct)
        else:
            asked = stock.release_vanished(workspace, actor, channel, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "counts", "products counts --channel de", "products counts --channel de --confirm")
def counts(
    channel: ChannelOption,
    confirm: Annotated[bool, typer.Option("--confirm", help="Agree that the store's counts are right.")] = False,
    as_json: Json = False,
) -> None:
    """Compare the stock of listings that were there before; nothing of them is changed until it is confirmed once."""
    with session() as (workspace, actor):
        if confirm:
            stock.confirm_counts(workspace, actor, channel)
        found = stock.counts(workspace, actor, channel)
    rows = [(count.sku, count.store, "?" if count.amazon is None else count.amazon) for count in found.listings]
    said = "confirmed" if found.confirmed else f"not confirmed: crossdock products counts --channel {channel} --confirm"
    told = [f"{counted(found.differences, 'listing')} of {len(rows)} would change. The counts are {said}."]
    lines = [*told, *table(rows, ("SKU", "store", "Amazon"))] if rows else told
    show(found, lines, as_json=as_json)


@command(app, "list", "products list --channel de --search kettle --limit 20")
def list_products(
    channel: ChannelOption,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="With this in their name or code.")] = "",
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """The store's products as they were read last, each with the channel's listing of it."""
    with session() as (workspace, actor):
        views = products.list_products(workspace, actor, channel, search=search)[:limit]
    empty = [f"None is known yet. Run: crossdock products import --channel {channel} --all"]
    show({"products": views}, table(map(_row, views), _HEAD) if views else empty, as_json=as_json)


def _row(view: ProductView) -> tuple[object, ...]:
    listing = view.listing
    price = f"{view.price} {view.currency}"
    at_amazon = (listing.state, listing.asin) if listing else ("", "")
    return (view.product_id, view.sku, view.name, price, view.quantity, *at_amazon)
