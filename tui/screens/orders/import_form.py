"""The window that asks what to import from Amazon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core import clock
from core.actor import Actor
from core.jobs.requests import Requested
from core.orders import actions as orders
from core.orders.document import STATUSES
from core.workspace import Workspace
from tasks.start import start
from tui.forms.fields import Choice, Entered, Field
from tui.forms.modal import FormModal
from tui.widgets import timestamps

GUIDE = (
    "Without dates the import goes on where the last one ended: it reads every order that changed since then.",
    "With dates it reads the orders placed between them, as far as two years back. A date without a time is the"
    " beginning of that day; a time without a zone is meant in the zone of this terminal.",
    "Statuses select which of the orders reach the store, for this import only. Orders that are skipped this time"
    " are looked at again by the next import.",
    "Single orders are read by their numbers, one call to Amazon each.",
)


def import_form(workspace: Workspace, actor: Actor, channels: Sequence[str], channel: str = "") -> FormModal[Requested]:
    """Asks what to import and starts the job; gives the job. `channel` is the one to begin with."""

    def save(entered: Entered) -> Requested:
        values = entered.values
        requested = orders.import_orders(
            workspace,
            actor,
            str(values["channel"]),
            created_from=iso(values["from"]),
            created_to=iso(values["to"]),
            statuses=[str(status) for status in _several(values["statuses"])],
            order_ids=[str(number) for number in _several(values["order_ids"])],
            plan_only=bool(values["plan_only"]),
        )
        start(workspace, requested)
        return requested

    begin = {"channel": channel or (channels[0] if len(channels) == 1 else None), "plan_only": False}
    return FormModal("Import orders from Amazon", _fields(channels), save, values=begin, saving="Asking …", guide=GUIDE)


def _fields(channels: Sequence[str]) -> list[Field]:
    when = f"Day or time, in {timestamps.zone(clock.now())} unless it names a zone."
    names = [Choice(name) for name in channels]
    return [
        Field("channel", "Channel", "choice", "Channel to import from.", names, required=True),
        Field("from", "Placed from", "timestamp", when, blank="new orders only"),
        Field("to", "Placed before", "timestamp", when, blank="now"),
        Field(
            "statuses",
            "Statuses",
            "multi",
            "Which of them reach the store this time.",
            [Choice(status) for status in STATUSES],
            blank="those of the channel",
        ),
        Field("order_ids", "Only these orders", "lines", "Amazon's order numbers, one a line; without dates."),
        Field("plan_only", "Plan only", "switch", "Say what would be done, and write nothing to the store."),
    ]


def iso(value: object) -> str | None:
    """A moment as use cases take it."""
    return value.isoformat() if isinstance(value, datetime) else None


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else ()
