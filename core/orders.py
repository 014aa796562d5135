"""Use cases around orders: ask for imports, list, show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from core import clock
from core.actor import Actor
from core.amazon.orders import HISTORY
from core.channels import registry
from core.channels.documents import STATUSES
from core.errors import ConfigurationError, UsageError
from core.flows import ORDERS_IMPORT
from core.jobs.requests import Requested, request
from core.model.account import ACCOUNT_OK
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.order import AmazonOrderItem
from core.moment import moment
from core.order_list import STATES, OrderFilter, OrderView, order_key, order_keys, order_rows
from core.workspace import Workspace, channel_parts, unauthorized


def import_orders(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    created_from: str | None = None,
    created_to: str | None = None,
    statuses: Sequence[str] = (),
    order_ids: Sequence[str] = (),
    plan_only: bool = False,
    direct: bool = False,
) -> Requested:
    """Ask for an import; without a range it is the incremental stream. Times are ISO 8601 with a zone."""
    channel = registry.get(workspace, actor, channel_name)
    _require_usable(workspace, channel)
    start = moment("--from", created_from)
    end = moment("--to", created_to)
    if start and end and start > end:
        raise UsageError("--from is after --to.", fields={"to": "it is before the first date"})
    if order_ids and (start or end):
        raise UsageError(
            "--order-id does not go with --from and --to.",
            fields={"order_ids": "single orders do not go with a range of dates"},
        )
    params: dict[str, Any] = {}
    if start or end:
        params = _range(start, end)
    if statuses:
        params["statuses"] = sorted({_status(status) for status in statuses})
    if order_ids:
        params["order_ids"] = sorted(dict.fromkeys(order_id.strip() for order_id in order_ids))
    if plan_only:
        params["plan_only"] = True
    return request(workspace.database, actor, ORDERS_IMPORT, channel, params, direct=direct)


def _range(start: datetime | None, end: datetime | None) -> dict[str, Any]:
    latest = clock.now() - timedelta(minutes=2, seconds=30)
    earliest = clock.now() - HISTORY
    if start and start < earliest:
        raise UsageError(
            f"--from is more than {HISTORY.days} days ago; Amazon keeps orders for two years.",
            next_step=f"The earliest possible is {earliest.date().isoformat()}.",
            fields={"from": f"it is more than {HISTORY.days} days ago"},
        )
    if start and start > latest:
        raise UsageError(
            "--from is in the future.",
            next_step="Amazon shows orders two minutes after they are made.",
            fields={"from": "it is in the future"},
        )
    params = {"earliest": earliest.isoformat()}
    if start:
        params["from"] = start.isoformat()
    # Amazon refuses an upper bound that is not two minutes old; without one it uses its own clock.
    if end and end < latest:
        params["to"] = end.isoformat()
    return params


def list_orders(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    states: Sequence[str] = (),
    code: str = "",
    text: str = "",
    limit: int | None = None,
) -> list[OrderView]:
    """The orders of a channel that were read, newest first."""
    for state in states:
        if state not in STATES:
            raise UsageError(f"{state!r} is no state of an order.", next_step=f"Known are {', '.join(STATES)}.")
    registry.get(workspace, actor, channel_name)
    wanted = OrderFilter(text=text, states=frozenset(states), channel=channel_name, code=code)
    keys = order_keys(workspace.database, actor, wanted).keys
    return order_rows(workspace.database, actor, keys if limit is None else keys[:limit])


def show_order(workspace: Workspace, actor: Actor, channel_name: str, order_id: str) -> dict[str, Any]:
    """One order with its lines; no personal data."""
    channel = registry.get(workspace, actor, channel_name)
    with workspace.database.read() as session:
        key = order_key(session, channel, order_id)
        items = session.exec(
            select(AmazonOrderItem).where(
                col(AmazonOrderItem.account_id) == channel.account_id, col(AmazonOrderItem.order_id) == order_id
            )
        ).all()
    found = order_rows(workspace.database, actor, [key] if key else [])
    if not found:
        raise _not_read(channel_name, order_id)
    lines = [{"item_id": i.item_id, "sku": i.sku, "asin": i.asin, "quantity": i.quantity} for i in items]
    return {**found[0].document(), "lines": lines}


def _not_read(channel_name: str, order_id: str) -> UsageError:
    return UsageError(
        "It has not been read.",
        subject=f"order {order_id}",
        next_step=f"Run: crossdock orders import --channel {channel_name} --order-id {order_id}",
    )


def _require_usable(workspace: Workspace, channel: Channel) -> None:
    if not channel.enabled:
        raise ConfigurationError(
            "It is disabled.",
            subject=f"channel {channel.name}",
            next_step=f"Run: crossdock channel enable {channel.name}",
        )
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    if account.state != ACCOUNT_OK:
        raise unauthorized(account, app, f"channel {channel.name}")


def _status(text: str) -> str:
    status = text.strip().upper()
    if status not in STATUSES:
        raise UsageError(f"--status: {text!r} is no order status.", next_step=f"Known are {', '.join(STATUSES)}.")
    return status
