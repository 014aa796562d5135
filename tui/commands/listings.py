"""`crossdock listings …`"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from core.documents import as_json as as_json_view
from core.errors import UsageError
from core.listings import actions as exports
from core.listings import links as listings
from core.products import actions as products
from core.products.issues import IssueGroup, issue_groups
from core.products.list import ListingView
from core.products.stages import STATES
from core.words import counted
from tui.commands.common import ChannelOption, Json, Limit, Yes, agree, command, fields, group, session, show
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish, finish_or_say

app = group("listings", "Listings: list, show, issues, follow, close, link, unlink.")

Sku = Annotated[str, typer.Option("--sku", metavar="S", help="The SKU on Amazon.")]


State = Annotated[str, typer.Option("--state", metavar="S", help=f"Only these: {', '.join(STATES)}.")]
_HEAD = ("SKU", "ASIN", "state", "shipped by", "price", "quantity", "product", "name", "linked by")


@command(app, "list", "listings list --channel de --state issues --limit 20")
def list_listings(
    channel: ChannelOption,
    sku: Annotated[str, typer.Option("--sku", metavar="S", help="Only this SKU.")] = "",
    state: State = "",
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """The channel's listings as they were read last, and SKUs that are linked by hand."""
    if state and state not in STATES:
        raise UsageError(f"Unknown listing state {state[:40]!r}.", next_step=f"Known are {', '.join(STATES)}.")
    with session() as (workspace, actor):
        views = products.list_listings(workspace, actor, channel, sku=sku, state=state)[:limit]
    empty = [f"There are none. Read them with: crossdock products import --channel {channel} --all --preview"]
    show({"listings": views}, table(map(_row, views), _HEAD) if views else empty, as_json=as_json)


@command(app, "show")
def show_sku(channel: ChannelOption, sku: Sku, as_json: Json = False) -> None:
    """What is known of a SKU: its listing, its link, the products that carry it, the orders that wait for it."""
    with session() as (workspace, actor):
        views = products.list_listings(workspace, actor, channel, sku=sku.strip())
        view = listings.show(workspace, actor, channel, sku)
    lines = [line for one in views for line in (*fields(one), *_issues(one))] + list(fields(view))
    show({"listings": views, **as_json_view(view)}, lines, as_json=as_json)


def _row(view: ListingView) -> tuple[object, ...]:
    price = "" if view.price is None else f"{view.price} {view.currency}"
    quantity = "" if view.quantity is None else view.quantity
    offer = (view.state, view.fulfilment.lower(), price, quantity)
    return (view.sku, view.asin, *offer, view.product_id or "", view.product or view.title, view.linked_by)


def _issues(view: ListingView) -> Iterator[str]:
    for issue in view.issues:
        yield f"{issue.severity.lower()} {issue.code} {issue.attribute}: {issue.message}"
        until = f"{issue.deadline:%Y-%m-%d %H:%M} UTC" if issue.deadline else ""
        for label, text in (("cause", issue.cause), ("fix", issue.fix), ("deadline", until), ("effect", issue.action)):
            if text:
                yield f"  {label}: {text}"


@command(app, "issues", "listings issues --channel de")
def list_issues(channel: ChannelOption, as_json: Json = False) -> None:
    """What Amazon finds wrong with the channel's listings, by code: how many, why, what to do, and until when."""
    with session() as (workspace, actor):
        groups = issue_groups(workspace.database, actor, channel)
    head = ("code", "severity", "listings", "cause", "fix", "deadline")
    rows = [(*_problem(one), f"{one.deadline:%Y-%m-%d}" if one.deadline else "") for one in groups]
    empty = ["Amazon finds nothing wrong with the listings that have been read."]
    show({"issues": groups}, table(rows, head) if rows else empty, as_json=as_json)


def _problem(group: IssueGroup) -> tuple[object, ...]:
    return group.code, group.severity.lower(), group.listings, group.cause or group.message, group.fix


@command(app, "follow", "listings follow --channel de --wait")
def follow(channel: ChannelOption, wait: Wait = False, direct: Direct = False, as_json: Json = False) -> int:
    """Look now at what was sent, compare it with what Amazon has, and send what has changed."""
    with session() as (workspace, actor):
        asked = exports.follow_listings(workspace, actor, channel, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "close", "listings close --channel de --sku CAP-9 --yes --wait")
def close(
    channel: ChannelOption,
    sku: Annotated[list[str], typer.Option("--sku", metavar="S", help="The SKU on Amazon; may be repeated.")],
    yes: Yes = False,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Close listings: they are deleted at Amazon. Their products stay in the store."""
    with session() as (workspace, actor):
        found = [view for one in sku for view in products.list_listings(workspace, actor, channel, sku=one.strip())]
        told = [f"SKU {view.sku} ({view.asin or 'no ASIN'}): {view.title or view.product}" for view in found]
        agree([*told, "To pause one, set its stock to 0 instead."], f"Close {counted(len(sku), 'listing')}?", yes=yes)
        asked = exports.close_listings(workspace, actor, channel, sku, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


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
