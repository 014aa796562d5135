"""`crossdock orders …`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from core import orders
from core.channels import registry
from tui.commands.common import ChannelOption, Json, command, fields, group, session, show, table
from tui.commands.work import Direct, Wait, finish

app = group("orders", "Orders: import, list, show.")


@command(app, "import")
def import_orders(
    channel: ChannelOption,
    created_from: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Created at or after.")] = None,
    created_to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Created at or before.")] = None,
    status: Annotated[list[str] | None, typer.Option("--status", metavar="S", help="Only this status.")] = None,
    order_id: Annotated[list[str] | None, typer.Option("--order-id", metavar="ID", help="Only this order.")] = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Read and plan, write nothing.")] = False,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Import orders from Amazon into the store; without a range, all that changed since the last time."""
    with session() as (workspace, actor):
        if not registry.get(workspace, actor, channel).settings.get("pull_orders", True):
            print(f"The orders sync of channel {channel} is off; this import was asked for by hand.", file=sys.stderr)
        asked = orders.import_orders(
            workspace,
            actor,
            channel,
            created_from=created_from,
            created_to=created_to,
            statuses=status or (),
            order_ids=order_id or (),
            plan_only=plan_only,
            direct=direct,
        )
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "list")
def list_orders(channel: ChannelOption, as_json: Json = False) -> None:
    """All orders of the channel that were read, with what became of them."""
    with session() as (workspace, actor):
        views = orders.list_orders(workspace, actor, channel)
    rows = [
        (v.order_id, v.amazon_status, v.fulfilled_by, v.total, v.currency, v.state, v.store_order_id or "", v.code)
        for v in views
    ]
    head = ("order", "Amazon status", "by", "total", "in", "state", "store order", "held because")
    empty = [f"No orders were read yet. Run: crossdock orders import --channel {channel}"]
    lines = table(rows, head) if rows else empty
    show({"orders": [view.document() for view in views]}, lines, as_json=as_json)


@command(app, "show")
def show_order(
    channel: ChannelOption,
    order_id: Annotated[list[str], typer.Argument(metavar="ID…")],
    as_json: Json = False,
) -> None:
    """One order or several, with their lines."""
    with session() as (workspace, actor):
        documents = [orders.show_order(workspace, actor, channel, one) for one in order_id]
    lines = [line for document in documents for line in (*fields(document), "")]
    show(documents[0] if len(documents) == 1 else {"orders": documents}, lines, as_json=as_json)
