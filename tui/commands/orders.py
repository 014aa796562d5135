"""`crossdock orders …`"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.flows import code_of
from core.orders import actions as orders
from core.orders.detail import order_detail
from core.orders.list import FAILED, HELD, IMPORTED, LEFT, WAITING, OrderView
from core.people.rights import require_channel
from tui.commands.common import ChannelOption, Json, Limit, SomeChannel, command, group, session, show, tell
from tui.commands.job_text import when
from tui.commands.table import table
from tui.commands.terminal import Tone, Word
from tui.commands.work import Direct, Wait, finish

if TYPE_CHECKING:
    from core.orders.preview import OrderPreview

app = group("orders", "Orders: import, reconcile, list, show, hold, release, retry.")
Ids = Annotated[list[str], typer.Argument(metavar="ID…")]


@command(
    app,
    "import",
    "orders import --channel de --wait",
    "orders import --channel de --from 2025-01-01Z --history mirror --plan-only",
    "orders import --channel de --order-id 028-1493094-5496457 --direct",
)
def import_orders(
    channel: ChannelOption,
    created_from: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Created at or after, such as 2026-11-20Z.")
    ] = None,
    created_to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Created at or before.")] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="S", help="Only this status; repeatable.")
    ] = None,
    order_id: Annotated[
        list[str] | None, typer.Option("--order-id", metavar="ID", help="Only this order; repeatable.")
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="mirror|store",
            help="With a range: what is shipped or cancelled stays here (mirror), or is made in the store too, which "
            "takes no stock (store).",
        ),
    ] = None,
    plan_only: Annotated[
        bool,
        typer.Option(
            "--plan-only",
            help="With a range: say which calls it takes and how long, and read nothing. Else read and plan only.",
        ),
    ] = False,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Import orders from Amazon into the store; without a range, all that changed since the last time."""
    with session() as (workspace, actor):
        if not require_channel(workspace.database, actor, channel).settings.get("pull_orders", True):
            tell(f"The orders sync of channel {channel} is off; this import runs once.")
        asked = orders.import_orders(
            workspace,
            actor,
            channel,
            created_from=created_from,
            created_to=created_to,
            statuses=status or (),
            order_ids=order_id or (),
            history=history,
            plan_only=plan_only,
            direct=direct,
        )
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(
    app,
    "reconcile",
    "orders reconcile --channel de --wait",
    "orders reconcile --channel de --from 2026-09-01Z --to 2026-11-01Z",
)
def reconcile_orders(
    channel: ChannelOption,
    placed_from: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Placed at or after; 60 days ago if left out.")
    ] = None,
    placed_to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Placed before.")] = None,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Compare with Amazon's own report of all orders, and import what was missed."""
    with session() as (workspace, actor):
        asked = orders.reconcile(workspace, actor, channel, placed_from=placed_from, placed_to=placed_to, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(
    app,
    "list",
    "orders list",
    "orders list --state held --limit 20",
    "orders list --channel de --from 2026-11-01Z --json",
)
def list_orders(
    channel: SomeChannel = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="S", help="Only these: imported, held, waiting, failed, skipped."),
    ] = None,
    text: Annotated[str, typer.Option("--text", metavar="T", help="Part of a number, a SKU or a problem code.")] = "",
    placed_from: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Placed at or after, such as 2026-11-20Z.")
    ] = None,
    placed_to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Placed at or before.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """The orders that were read, newest first, with the result of each."""
    with session() as (workspace, actor):
        views = orders.list_orders(
            workspace,
            actor,
            channel,
            states=[_STORED.get(one, one) for one in state or ()],
            text=text,
            placed_from=placed_from,
            placed_to=placed_to,
            limit=limit,
        )
    narrowed = bool(state or text or placed_from or placed_to)
    where = f" --channel {channel or 'NAME'}"
    empty = ["No match." if narrowed else f"No orders were read yet. Run: crossdock orders import{where}"]
    lines = table(map(_row, views), _HEAD, whole=("order",), spare=_SPARE) if views else empty
    show({"orders": views}, lines, as_json=as_json)


_HEAD = ("order", "channel", "placed (UTC)", "Amazon status", "by", "total", "state", "store order", "held because")
_SPARE = ("by", "Amazon status", "channel", "store order")
_STATES = {
    IMPORTED: Word("imported", Tone.GOOD),
    HELD: Word("held", Tone.LATE),
    WAITING: Word("waiting", Tone.ACTIVE),
    FAILED: Word("failed", Tone.BAD),
    LEFT: Word("skipped", Tone.DIM),
}

_STORED = {"skipped": LEFT}
"""Words of people that documents say otherwise."""


def _row(view: OrderView) -> tuple[object, ...]:
    total = f"{view.total} {view.currency}".strip()
    title = code_of(view.code).title if view.code else ""
    status = view.amazon_status.replace("_", " ").lower()
    parts = (view.order_id, view.channel, when(view.created_at), status, view.fulfilled_by.lower(), total)
    return (*parts, _STATES.get(view.state, view.state), view.store_order_id, title)


@command(app, "show", "orders show --channel de 028-1493094-5496457 --preview")
def show_order(
    channel: ChannelOption,
    order_id: Ids,
    with_preview: Annotated[
        bool, typer.Option("--preview", help="With what the plan says now, and the buyer's name and address.")
    ] = False,
    as_json: Json = False,
) -> None:
    """One order or several, with lines, money and timeline; personal data only with --preview, noted in the audit."""
    # They load what plans and reads, which no list needs.
    from core.orders.preview import preview
    from core.timeline import timeline
    from tui.commands.order_text import order_document, order_lines

    with session() as (workspace, actor):
        details = [order_detail(workspace, actor, channel, one) for one in order_id]
        happened = [timeline(workspace, actor, channel, one) for one in order_id]
        previews = [preview(workspace, actor, channel, one) for one in order_id] if with_preview else []
    plans: list[OrderPreview | None] = [*previews] or [None] * len(details)
    documents, lines = list[dict[str, Any]](), list[str]()
    for detail, entries, plan in zip(details, happened, plans, strict=True):
        documents.append(document := order_document(detail, entries))
        lines += [*order_lines(detail, entries), ""]
        if plan is not None:
            lines += [*_preview_lines(plan), ""]
            document["preview"] = plan
    show(documents[0] if len(documents) == 1 else {"orders": documents}, lines, as_json=as_json)


@command(app, "hold")
def hold(channel: ChannelOption, order_id: Ids, as_json: Json = False) -> None:
    """Keep orders back from the store until they are released."""
    with session() as (workspace, actor):
        views = orders.hold(workspace, actor, channel, order_id)
    lines = [f"Order {view.order_id} is held by {view.held_by}." for view in views]
    show({"orders": views}, lines, as_json=as_json)


@command(app, "release")
def release(
    channel: ChannelOption, order_id: Ids, wait: Wait = False, direct: Direct = False, as_json: Json = False
) -> int:
    """Release orders that were held by hand: a job plans them again."""
    with session() as (workspace, actor):
        asked = orders.release(workspace, actor, channel, order_id, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "retry", "orders retry --channel de 028-1493094-5496457 --wait")
def retry(
    channel: ChannelOption, order_id: Ids, wait: Wait = False, direct: Direct = False, as_json: Json = False
) -> int:
    """Plan orders again from what was read of them, as a job."""
    with session() as (workspace, actor):
        asked = orders.retry(workspace, actor, channel, order_id, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


def _preview_lines(plan: OrderPreview) -> Iterator[str]:
    yield f"plan: {plan.outcome}{f' ({code_of(plan.code).title})' if plan.code else ''}: {plan.message}"
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
    if plan.not_sent:
        yield f"not sent by Amazon: {', '.join(plan.not_sent)}"


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
