"""The emergency switch in the hands of a person: a question first, then all writes stop, or go on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from core.workspace import Workspace
    from tui.app import CrossdockApp

STOP = "Stop all writes to every store and to Amazon?\n\nJobs that want to write wait until writes are allowed again."
ALLOW = "Allow writes to stores and Amazon again?\n\nJobs that wait for it go on at once."


def ask(app: CrossdockApp, workspace: Workspace, stopped: bool) -> None:
    """Ask whether to stop writes or, when they are `stopped`, to allow them; the harmless answer has the focus."""
    if stopped:
        question = Confirm(ALLOW, yes="Allow writes", no="Keep them stopped")
    else:
        question = Confirm(STOP, yes="Stop all writes", no="Go on as before")
    app.push_screen(question, partial(_answered, app, workspace, not stopped))


def _answered(app: CrossdockApp, workspace: Workspace, stop: bool, confirmed: bool | None) -> None:
    if confirmed:
        from core import switches  # by now it is loaded; at the start the first picture would wait for it

        said = "All writes are stopped." if stop else "Writes are allowed again."
        app.use(partial(switches.stop_writes, workspace, app.actor, stop), lambda _: app.tell(said))
