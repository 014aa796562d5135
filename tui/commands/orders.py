"""`crossdock orders …`"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

import typer

from core import orders
from core.channels import registry
from core.order_preview import OrderPreview, preview
from tui.commands.common import ChannelOption, Json, command, fields, group, session, show, table
from tui.commands.work import Direct, Wait, finish

app = group("orders", "Orders: import, list, show, hold, release, retry.")
Ids = Annotated[list[str], typer.Argument(metavar="ID…")]


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
def list_orders(
    channel: ChannelOption,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="S", help="Only these: imported, held, waiting, failed, left."),
    ] = None,
    text: Annotated[str, typer.Option("--text", metavar="T", help="Part of a number, a SKU or a problem code.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="The newest so many.")] = None,
    as_json: Json = False,
) -> None:
    """The orders of the channel that were read, newest first, with what became of them."""
    with session() as (workspace, actor):
        views = orders.list_orders(workspace, actor, channel, states=state or (), text=text, limit=limit)
    rows = [
        (v.order_id, v.amazon_status, v.fulfilled_by, v.total, v.currency, v.state, v.store_order_id or "", v.code)
        for v in views
    ]
    head = ("order", "Amazon status", "by", "total", "in", "state", "store order", "held because")
    narrowed = bool(state or text)
    empty = [
        "No order is like that."
        if narrowed
        else f"No orders were read yet. Run: crossdock orders import --channel {channel}"
    ]
    lines = table(rows, head) if rows else empty
    show({"orders": [view.document() for view in views]}, lines, as_json=as_json)


@command(app, "show")
def show_order(
    channel: ChannelOption,
    order_id: Ids,
    with_preview: Annotated[
        bool, typer.Option("--preview", help="With what the plan says now, and the buyer's name and address.")
    ] = False,
    as_json: Json = False,
) -> None:
    """One order or several, with their lines; personal data only with --preview, which is noted in the audit."""
    with session() as (workspace, actor):
        documents = [orders.show_order(workspace, actor, channel, one) for one in order_id]
        previews = [preview(workspace, actor, channel, one) for one in order_id] if with_preview else []
    plans: list[OrderPreview | None] = [*previews] or [None] * len(documents)
    lines = []
    for document, plan in zip(documents, plans, strict=True):
        lines += [*fields(document), ""]
        if plan is not None:
            lines += [*_preview_lines(plan), ""]
            document["preview"] = plan.document()["preview"]
    show(documents[0] if len(documents) == 1 else {"orders": documents}, lines, as_json=as_json)


@command(app, "hold")
def hold(channel: ChannelOption, order_id: Ids, as_json: Json = False) -> None:
    """Keep orders back from the store until they are released."""
    with session() as (workspace, actor):
        views = orders.hold(workspace, actor, channel, order_id)
    lines = [f"Order {view.order_id} is held by {view.held_by}." for view in views]
    show({"orders": [view.document() for view in views]}, lines, as_json=as_json)


@command(app, "release")
def release(
    channel: ChannelOption, order_id: Ids, wait: Wait = False, direct: Direct = False, as_json: Json = False
) -> int:
    """Let orders go that were held by hand: a job plans them again."""
    with session() as (workspace, actor):
        asked = orders.release(workspace, actor, channel, order_id, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "retry")
def retry(
    channel: ChannelOption, order_id: Ids, wait: Wait = False, direct: Direct = False, as_json: Json = False
) -> int:
    """Plan orders again from what was read of them, as a job."""
    with session() as (workspace, actor):
        asked = orders.retry(workspace, actor, channel, order_id, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


def _preview_lines(plan: OrderPreview) -> Iterator[str]:
    yield f"plan: {plan.outcome}{f' ({plan.code})' if plan.code else ''}: {plan.message}"
    if plan.fix:
        yield f"      → {plan.fix}"
    rows = [
        (line.sku, line.product_id or "", line.name, line.quantity, _amount(line.unit_price), _amount(line.total))
        for line in plan.lines
    ]
    if rows:
        yield from table(rows, ("SKU", "product", "name", "quantity", "each", "total"))
    amounts = {"shipping": plan.shipping_cost, "tax": plan.tax, "total": plan.total}
    for name, amount in amounts.items():
        if amount is not None:
            yield f"{name}: {_amount(amount)} {plan.currency}"
    chosen = {"payment": plan.payment, "shipping method": plan.shipping, "status": plan.status}
    for name, value in chosen.items():
        if value:
            yield f"{name}: {value}"
    for line in plan.address:
        yield f"  {line}"
    for line in plan.notes:
        yield f"note: {line}"


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
