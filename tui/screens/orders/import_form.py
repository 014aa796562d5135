"""The window that asks what to import from Amazon, and shows what a range will take before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from core import clock
from core.actor import Actor
from core.jobs.requests import Requested
from core.jobs.wording import plan_lines
from core.orders import actions as orders
from core.orders.document import STATUSES
from core.orders.plan.rules import INTO_STORE, MIRROR_ONLY
from core.workspace import Workspace
from tasks.start import start
from tui.forms.fields import Choice, Entered, Field
from tui.forms.modal import FormModal
from tui.widgets import timestamps
from tui.widgets.confirm import Confirm

GUIDE = (
    "Without dates the import goes on where the last one ended: it reads every order that changed since then.",
    "With dates it reads the orders placed between them, as far as two years back. A date without a time is the"
    " beginning of that day; a time without a zone is meant in the zone of this terminal. Before it starts, its plan is"
    " shown: which calls to Amazon, and how long they are expected to take.",
    "Finished orders are those that Amazon calls shipped, cancelled or unfulfillable. Kept here, they are listed with"
    " their dates, status and items, and the store gets nothing of them. Brought into the store, they move no stock.",
    "Statuses select which of the orders reach the store, for this import only. Orders that are skipped this time"
    " are looked at again by the next import.",
    "Single orders are read by their numbers, one call to Amazon each.",
)


class ImportForm(FormModal[Requested]):
    """Asks; a range starts when its plan was shown and agreed to."""

    def __init__(self, workspace: Workspace, actor: Actor, channels: Sequence[str], channel: str) -> None:
        begin = {"channel": channel or (channels[0] if len(channels) == 1 else None), "plan_only": False}
        super().__init__(
            "Import orders from Amazon",
            _fields(channels),
            partial(_start, workspace, actor),
            values=begin,
            verb="Import",
            saving="Asking …",
            guide=GUIDE,
        )
        self._plan = partial(_plan, workspace, actor)

    def action_save(self) -> None:
        """Start it; a range is planned first."""
        entered = None if self._is_saving else self.form.entered()
        if entered is None:
            return
        values = entered.values
        if values["plan_only"] or not (values["from"] or values["to"]):
            super().action_save()
            return
        self._is_saving = True
        self.form.set_text("Planning …")
        self.use(partial(self._plan, entered), self._ask, self._refuse, opens=True)

    def _ask(self, lines: Sequence[str]) -> None:
        self._is_saving = False
        self.form.set_text("")
        self.app.push_screen(Confirm("\n".join(lines), yes="Start", no="Change it"), self._answered)

    def _answered(self, agreed: bool | None) -> None:
        if agreed:
            super().action_save()


def import_form(workspace: Workspace, actor: Actor, channels: Sequence[str], channel: str = "") -> ImportForm:
    """Asks what to import and starts the job; gives the job. `channel` is the one to begin with."""
    return ImportForm(workspace, actor, channels, channel)


def _start(workspace: Workspace, actor: Actor, entered: Entered) -> Requested:
    values = entered.values
    requested = orders.import_orders(
        workspace,
        actor,
        str(values["channel"]),
        **_range(entered),
        order_ids=[str(number) for number in _several(values["order_ids"])],
        plan_only=bool(values["plan_only"]),
    )
    start(workspace, requested)
    return requested


def _plan(workspace: Workspace, actor: Actor, entered: Entered) -> list[str]:
    plan = orders.expected_import(workspace, actor, str(entered.values["channel"]), **_range(entered))
    return [*plan_lines(plan), "", "Start it?"]


def _range(entered: Entered) -> dict[str, Any]:
    values = entered.values
    return {
        "created_from": iso(values["from"]),
        "created_to": iso(values["to"]),
        "statuses": [str(status) for status in _several(values["statuses"])],
        "history": str(values["history"]) if values["history"] else None,
    }


def _fields(channels: Sequence[str]) -> list[Field]:
    when = f"Day or time, in {timestamps.zone(clock.now())} unless it names a zone."
    names = [Choice(name) for name in channels]
    return [
        Field("channel", "Channel", "choice", "Channel to import from.", names, required=True),
        Field("from", "Placed from", "timestamp", when, blank="new orders only"),
        Field("to", "Placed before", "timestamp", when, blank="now"),
        Field(
            "history",
            "Finished orders",
            "choice",
            "Shipped, cancelled or unfulfillable ones; with dates only.",
            [
                Choice(MIRROR_ONLY, "keep here, not in the store"),
                Choice(INTO_STORE, "into the store, stock unchanged"),
            ],
            blank="as the channel says",
        ),
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
