"""The window that asks what to compare with Amazon's report of all orders."""

from __future__ import annotations

from collections.abc import Sequence

from core import clock
from core.actor import Actor
from core.jobs.requests import Requested
from core.orders import actions as orders
from core.workspace import Workspace
from tasks.start import start
from tui.forms.fields import Choice, Entered, Field
from tui.forms.modal import FormModal
from tui.screens.orders.import_form import iso
from tui.widgets import timestamps

GUIDE = (
    "Amazon's own report tells of every order, those that its search leaves out as well. What was never read, and what"
    " has another status by now, is read one by one and then imported like any order.",
    "Without dates the last 60 days are compared. Amazon takes minutes to make a report, one for each 30 days.",
)


def reconcile_form(
    workspace: Workspace, actor: Actor, channels: Sequence[str], channel: str = ""
) -> FormModal[Requested]:
    """Asks what to compare and starts the job; gives the job. `channel` is the one to begin with."""

    def save(entered: Entered) -> Requested:
        values = entered.values
        name, placed_from, placed_to = str(values["channel"]), iso(values["from"]), iso(values["to"])
        requested = orders.reconcile(workspace, actor, name, placed_from=placed_from, placed_to=placed_to)
        start(workspace, requested)
        return requested

    when = f"Day or time, in {timestamps.zone(clock.now())} unless it names a zone."
    names = [Choice(name) for name in channels]
    fields = [
        Field("channel", "Channel", "choice", "Channel whose orders are compared.", names, required=True),
        Field("from", "Placed from", "timestamp", when, blank="60 days ago"),
        Field("to", "Placed before", "timestamp", when, blank="now"),
    ]
    begin = {"channel": channel or (channels[0] if len(channels) == 1 else None)}
    return FormModal(
        "Reconcile with Amazon's report", fields, save, values=begin, verb="Compare", saving="Asking …", guide=GUIDE
    )
