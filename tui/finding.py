"""What the palette finds in the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from core.actor import Actor
from core.orders.list import OrderFilter, order_keys, order_rows
from core.workspace import Workspace
from tui.text import clean
from tui.widgets.palette import Command

MOST = 8
"""Orders that are offered."""


def orders_like(workspace: Workspace, actor: Actor, text: str, go: Callable[..., Any]) -> Sequence[Command]:
    """The newest orders with `text` in their number or a SKU; choosing one goes there. Blocks."""
    keys = order_keys(workspace.database, actor, OrderFilter(text=text)).keys[:MOST]
    return [
        Command(
            group="Order",
            name=clean(order.order_id),
            key=clean(order.state),
            help="",
            run=partial(go, "orders", text=order.order_id, channel=order.channel),
        )
        for order in order_rows(workspace.database, actor, keys)
    ]
