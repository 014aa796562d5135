"""The window that asks for the parcel of an order that was completed without one."""

from __future__ import annotations

from collections.abc import Sequence

from core.actor import Actor
from core.jobs.requests import Requested
from core.mappings.choices import mapping
from core.shipments import actions as shipments
from core.workspace import Workspace
from tasks.start import start
from tui.forms.fields import Entered, Field, Values
from tui.forms.modal import FormModal
from tui.screens.shipments.data import Unshipped, read_unshipped
from tui.widgets.choice import Choice

GUIDE = (
    "For an order that was completed in the store without a shipment: Amazon still waits for it. The shipment is"
    " entered into the store, with everything that is left of the order, and told to Amazon by the same job.",
    "Carriers are those that the channel maps; map others in the form of the channel.",
)


def form_for_order(workspace: Workspace, actor: Actor, channel: str, order_id: str) -> FormModal[Requested]:
    """The form for one order; reads which others wait."""
    return enter_form(workspace, actor, read_unshipped(workspace, actor), channel, order_id)


def enter_form(
    workspace: Workspace, actor: Actor, known: Unshipped, channel: str = "", order_id: str = ""
) -> FormModal[Requested]:
    """Asks for order, carrier and tracking number, and starts the job; gives the job.

    Begins with the order that is named, else with one whose shipment is missing.
    """

    def save(entered: Entered) -> Requested:
        values = {name: str(value or "").strip() for name, value in entered.values.items()}
        told = {"carrier": values["carrier"], "tracking": values["tracking"]}
        requested = shipments.enter_shipment(workspace, actor, values["channel"], values["order_id"], **told)
        start(workspace, requested)
        return requested

    def carriers(now: Values) -> Sequence[Choice]:
        name = str(now.get("channel") or "")
        rows = mapping(workspace, actor, name, "carriers") if name else []
        return [Choice(row.key, row.key, f"{row.value} at Amazon") for row in rows]

    missing = known.orders.get(channel, ())
    begin = {"channel": channel or None, "order_id": order_id or (missing[0] if missing else None)}
    names = [Choice(name) for name in known.channels]
    fields = [
        Field("channel", "Channel", "choice", "Of the order.", names, required=True),
        Field("order_id", "Order", help=_others(missing), required=True),
        Field(
            "carrier",
            "Carrier",
            "choice",
            "The store's word for it, as the channel maps it.",
            carriers,
            depends=("channel",),
            required=True,
        ),
        Field("tracking", "Tracking number", blank="none", help="As it stands on the label."),
    ]
    return FormModal("Enter a shipment", fields, save, values=begin, verb="Enter", saving="Asking …", guide=GUIDE)


def _others(missing: Sequence[str]) -> str:
    """What to enter; and, where more than one order waits, how many more."""
    if len(missing) < 2:
        return "Amazon's order number."
    return f"Amazon's order number; {len(missing) - 1} more wait for theirs."
