"""`crossdock shipments …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core.channels import registry
from core.flows import code_of
from core.shipments import actions as shipments
from tui.commands.common import ChannelOption, Json, Limit, command, group, session, show, tell
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish

app = group("shipments", "Shipments: push, list, enter.")


@command(app, "push", "shipments push --channel de --wait")
def push(
    channel: ChannelOption,
    order_id: Annotated[
        list[str] | None, typer.Option("--order-id", metavar="ID", help="Only of this Amazon order, refused ones anew.")
    ] = None,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Tell Amazon of what the store has shipped: all that is new or changed since the last time."""
    with session() as (workspace, actor):
        if not registry.get(workspace, actor, channel).settings.get("push_shipments", False):
            tell(f"The shipments sync of channel {channel} is off; this push runs once.")
        asked = shipments.push_shipments(workspace, actor, channel, order_ids=order_id or (), direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "enter", "shipments enter --channel de 028-1493094-5496457 --carrier dhl --tracking JJD0000012345")
def enter(
    channel: ChannelOption,
    order_id: Annotated[str, typer.Argument(metavar="ID", help="The Amazon order.")],
    carrier: Annotated[str, typer.Option("--carrier", metavar="C", help="As the store spells it.")],
    tracking: Annotated[str, typer.Option("--tracking", metavar="N", help="Its tracking number.")] = "",
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Enter the parcel of an order that was completed without one: into the store, and from there to Amazon."""
    with session() as (workspace, actor):
        asked = shipments.enter_shipment(
            workspace, actor, channel, order_id, carrier=carrier, tracking=tracking, direct=direct
        )
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


_SPARE = ("shipment", "at Amazon", "store order")


@command(app, "list", "shipments list --channel de --limit 20")
def list_shipments(channel: ChannelOption, limit: Limit = None, as_json: Json = False) -> None:
    """The parcels of the channel's orders as the store was last read, newest first, with the result of each."""
    with session() as (workspace, actor):
        views = shipments.list_shipments(workspace, actor, channel)[:limit]
    rows = [
        (
            v.shipment_id,
            v.order_id,
            v.amazon_order_id,
            v.carrier,
            v.amazon_carrier,
            v.tracking,
            v.state,
            _cause(v.problem),
        )
        for v in views
    ]
    head = ("shipment", "store order", "Amazon order", "carrier", "at Amazon", "tracking number", "state", "problem")
    empty = [f"No shipment of Amazon's orders was read yet. Run: crossdock shipments push --channel {channel}"]
    lines = table(rows, head, whole=("Amazon order",), spare=_SPARE) if rows else empty
    show({"shipments": views}, lines, as_json=as_json)


def _cause(code: str | None) -> str:
    return code_of(code).title if code else ""
