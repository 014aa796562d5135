"""The part of the demo that goes to Amazon: new products, confirmed counts, and a sale in the store."""

from __future__ import annotations

from typing import Any

from core.actor import LOCAL_ADMIN
from core.jobs.requests import Requested
from core.listings import actions as exports
from core.stock import actions as stock
from core.workspace import Workspace
from tasks.start import start
from tui.commands.common import tell
from tui.commands.demo_checks import of_exports
from tui.commands.demo_world import Told, World, ended, post
from tui.commands.work import RESTARTING_WORKER, follow

FRESH = 24
"""Products of the store that Amazon does not have."""
SOLD = 1


def add_fresh(world: World) -> list[str]:
    """Let the store have them; gives their codes."""
    skus: list[str] = post(world, "store/fresh", {"count": FRESH})["skus"]
    return skus


def products_out(workspace: Workspace, world: World, fresh: list[str]) -> Told:
    """List the new products, let the store's counts count, sell one of them in the store, and compare both sides."""
    name = world["channel"]["name"]
    exported = _done(workspace, exports.export_products(workspace, LOCAL_ADMIN, name))
    differed = stock.counts(workspace, LOCAL_ADMIN, name).differences
    confirmed = _done(workspace, stock.release_counts(workspace, LOCAL_ADMIN, name))
    left = post(world, "store/sell", {"product": fresh[-1], "quantity": SOLD})["amount"]
    tell(f"> The store sells {SOLD} of {fresh[-1]}, and has {left} left.")
    sold = _done(workspace, stock.sync(workspace, LOCAL_ADMIN, name))
    audit = post(world, "audit/listings", {})
    shown = post(world, "audit/listings", {"skus": [fresh[-1]]})
    jobs = {"export": exported[0], "counts": confirmed[0], "sale": sold[0]}
    found = {"exports": {**jobs, "audit": audit}}
    lines = [*exported[1], f"The stock of {differed} listings that were there before differed: confirmed."]
    lines += [*confirmed[1], *sold[1]]
    return Told(found, lines, of_exports(jobs, audit, shown, left))


def _done(workspace: Workspace, asked: Requested) -> tuple[dict[str, Any], list[str]]:
    """Have a job run to its end."""
    start(workspace, asked)
    follow(workspace, LOCAL_ADMIN, asked.job_id, RESTARTING_WORKER)
    return ended(workspace, asked.job_id)
