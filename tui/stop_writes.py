"""Stopping all writes by hand: a question first, then they stop, or go on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from core.actor import Actor
    from core.workspace import Workspace
    from tui.using import UsesCore

STOP = "Stop all writes to every store and to Amazon?\n\nJobs that want to write wait until writes are allowed again."
ALLOW = "Allow writes to stores and Amazon again?\n\nJobs that wait for it go on at once."


def ask(asking: UsesCore, workspace: Workspace, actor: Actor, stopped: bool) -> None:
    """Ask whether to stop writes or, when they are `stopped`, to allow them; the harmless answer has the focus."""
    if stopped:
        question = Confirm(ALLOW, yes="Allow writes", no="Keep them stopped")
    else:
        question = Confirm(STOP, yes="Stop all writes", no="Keep writes on")
    asking.app.push_screen(question, partial(_answered, asking, workspace, actor, not stopped))


def _answered(asking: UsesCore, workspace: Workspace, actor: Actor, stop: bool, confirmed: bool | None) -> None:
    if confirmed:
        # By now it is loaded; at the start the first picture would wait for it.
        from core.stop_writes import stop_writes

        said = "All writes are stopped." if stop else "Writes are allowed again."
        asking.use(partial(stop_writes, workspace, actor, stop), lambda _: asking.notify(said))
