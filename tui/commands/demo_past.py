"""The part of the demo about the past: orders of months ago come into the mirror by Amazon's reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.marketplaces import by_country
from core.checks import Check
from core.orders import actions as orders
from core.workspace import Workspace
from tasks.start import start
from tui.commands.demo_world import Told, World, ask, ended, post
from tui.commands.work import RESTARTING_WORKER, follow

COUNT = 90
OLDEST, NEWEST = 145, 60
"""Days ago."""


def add_past(world: World) -> list[str]:
    """Let Amazon know them; gives their numbers."""
    wanted = {"count": COUNT, "days": OLDEST, "newest": NEWEST, "finished": True}
    found: list[str] = post(world, "orders/history", wanted)["orders"]
    return found


def backfill(workspace: Workspace, world: World, past: list[str]) -> Told:
    """Import their range, and compare."""
    start_at, end_at = (clock.now() - timedelta(days=days) for days in (OLDEST + 1, NEWEST - 1))
    asked = orders.import_orders(
        workspace,
        LOCAL_ADMIN,
        world["channel"]["name"],
        created_from=start_at.isoformat(),
        created_to=end_at.isoformat(),
        history="mirror",
    )
    start(workspace, asked)
    follow(workspace, LOCAL_ADMIN, asked.job_id, RESTARTING_WORKER)
    job, lines = ended(workspace, asked.job_id)
    listed = orders.list_orders(workspace, LOCAL_ADMIN, world["channel"]["name"], placed_to=end_at.isoformat())
    found = {one.order_id: one.amazon_status for one in listed if one.order_id in past}
    return Told({"history": {"job": job}}, lines, _checks(job, found, _sold(world, past)))


def _sold(world: World, past: list[str]) -> dict[str, str]:
    expected: dict[str, Any] = ask(world, "expected")
    place = by_country(world["channel"]["country"]).id
    return {
        order_id: expected[order_id]["order_status"]
        for order_id in past
        if expected[order_id]["marketplace_id"] == place
    }


def _checks(job: dict[str, Any], found: dict[str, str], sold: dict[str, str]) -> list[Check]:
    return [
        Check(
            "every order of the past is here once, with its status, and none of them in the store",
            found == sold and not job["counts"]["created"],
            f"{len(found)} of {len(sold)} orders by {job['calls'].get('createReport', 0)} reports.",
        )
    ]
