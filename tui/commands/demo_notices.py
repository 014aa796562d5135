"""The part of the demo in which Amazon speaks first: an order that its notification brings."""

from __future__ import annotations

import time

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.checks import Check
from core.notifications import actions as notifications
from core.orders import actions as orders
from core.orders.list import IMPORTED
from core.workspace import Workspace
from tui.commands.common import tell
from tui.commands.demo_world import Told, World, ask, post

_PATIENCE = 30.0
"""Real seconds."""


def listen(workspace: Workspace, world: World) -> None:
    """Let Amazon tell of changes in the sandbox's queue; the worker listens to it from its start."""
    name = world["channel"]["name"]
    registry.edit(workspace, LOCAL_ADMIN, {"name": name, "notifications": world["notifications"]})
    notifications.set_up(workspace, LOCAL_ADMIN, name)


def heard_of(workspace: Workspace, world: World) -> Told:
    """Let a buyer order, and wait until the order stands in the store: nobody imports it but the notification."""
    before = _calls(world)
    made = post(world, "orders", {})
    tell(f"> A buyer orders at Amazon: {made['order_id']}.")
    begun = time.monotonic()
    while not (arrived := _arrived(workspace, world, made["order_id"])) and time.monotonic() - begun < _PATIENCE:
        time.sleep(0.1)
    seconds = time.monotonic() - begun
    calls = _calls(world) - before
    words = f"Order {made['order_id']} stood in the store {seconds:.1f} s after it was placed, by {calls} getOrder."
    check = Check("an order that Amazon tells of stands in the store at once", arrived and calls == 1, words)
    return Told({"notifications": {"seconds": round(seconds, 1), "get_order": calls}}, [words], [check])


def _arrived(workspace: Workspace, world: World, order_id: str) -> bool:
    found = orders.list_orders(workspace, LOCAL_ADMIN, world["channel"]["name"], text=order_id)
    return bool(found) and found[0].state == IMPORTED


def _calls(world: World) -> int:
    counted = ask(world, "ledger")["counts"]["amazon"].get("getOrder", {})
    return int(counted.get("calls", 0))
