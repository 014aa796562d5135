"""Shipments: every parcel of Amazon's orders, both sides of it and why it waits; fix, retry, push, enter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.jobs.requests import Requested
from core.shipments import actions as shipments
from core.shipments.list import SORTS, ShipmentFilter, ShipmentView, shipment_keys, shipment_rows
from core.windows import Keys
from tui.frame.browse import list_keys
from tui.frame.items import ItemsScreen, item_keys
from tui.frame.parcels import parcel_state
from tui.keymap import spoken
from tui.screens.shipments import text as shipments_text
from tui.screens.shipments.data import ShipmentDetail, Unshipped, read_detail, read_unshipped
from tui.screens.shipments.enter_form import enter_form
from tui.text import foreign
from tui.widgets.choice import Choice
from tui.widgets.pick import Pick
from tui.widgets.text_pane import Line


class ShipmentsScreen(ItemsScreen[ShipmentFilter, ShipmentView, ShipmentDetail]):
    """The list of parcels beside or above the one under the cursor."""

    HELP = (
        "Every shipment that the store has of Amazon's orders, and what Amazon knows of it. Left and right choose a"
        " state, {shipments.search} filters by order, shipment, tracking number, carrier or reason, and by dates such"
        " as from:2026-11-01 or from:7d. {table.mark} marks shipments to retry together, {table.mark_all} all that are"
        " listed. {shipments.enter} enters that of an order that was completed without one."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "push", "Push", id="shipments.push", tooltip="Read the store's shipments and tell them to Amazon"),
        Binding("f", "fix", "Fix", id="shipments.fix", tooltip="Remove what holds it, such as by mapping its carrier"),
        Binding("r", "retry", "Retry", id="shipments.retry", tooltip="Plan it again, refused ones too"),
        Binding("e", "enter", "Enter", id="shipments.enter", tooltip="The shipment of an order completed without one"),
        *item_keys("shipments", "shipments"),
        *list_keys("shipments", "shipments"),
    ]
    EVERYTHING = ShipmentFilter()
    NAME = "Shipments"
    SORTS = tuple(SORTS)
    STATES = shipments_text.STATES
    HINT = "order, shipment, tracking number, carrier, reason, from:2026-11-01, to:yesterday"
    NOTHING = shipments_text.NO_SHIPMENTS
    NONE_FITS = shipments_text.NONE_FITS
    COLUMNS, CHANNEL = shipments_text.COLUMNS, shipments_text.CHANNEL
    ITEM = "shipment"
    cells = staticmethod(shipments_text.shipment_cells)

    # -- data -----------------------------------------------------------------------------------------------

    def keys(self, wanted: ShipmentFilter) -> Keys[str]:
        """The parcels that match."""
        return shipment_keys(self.workspace.database, self.actor, wanted)

    def rows(self, keys: Sequence[int]) -> Mapping[int, ShipmentView]:
        """The parcels of some keys."""
        return {parcel.key: parcel for parcel in shipment_rows(self.workspace.database, self.actor, keys)}

    def detail(self, view: ShipmentView, known: ShipmentDetail | None) -> ShipmentDetail:
        """Its last job, what its problem is about, and whether orders were completed without a parcel."""
        return read_detail(self.workspace, self.actor, view)

    def item_of(self, view: ShipmentView) -> tuple[str, str]:
        """Channel and number."""
        return view.channel, str(view.shipment_id)

    def problem_of(self, view: ShipmentView) -> str:
        """The code of its problem."""
        return view.problem or ""

    # -- how it reads ---------------------------------------------------------------------------------------

    def heading(self, view: ShipmentView) -> tuple[Content, Content]:
        """The number of its order, its channel, and its state."""
        title = Content("  ").join([foreign(view.amazon_order_id), foreign(view.channel)])
        return title, parcel_state(view.state)

    def copies(self, view: ShipmentView) -> Sequence[tuple[str, str]]:
        """Its numbers."""
        return shipments_text.shipment_copies(view)

    def lines(self, view: ShipmentView, detail: ShipmentDetail | None) -> Iterable[Line]:
        """Everything about a parcel."""
        return shipments_text.shipment_lines(view, detail, partial(spoken, self.app))

    # -- doing ----------------------------------------------------------------------------------------------

    def action_push(self) -> None:
        """Push the chosen channel, that of the row under the cursor, or the only one; else ask which."""
        if self._channel:
            self._push([self._channel])
        else:
            self.use(self.channel_names, self._push, opens=True)

    @property
    def _channel(self) -> str:
        """The channel that is listed, or that of the row under the cursor."""
        return self.window.wanted.channel or (self.chosen.channel if self.chosen else "")

    def _push(self, channels: Sequence[str]) -> None:
        if not channels:
            self.notify(shipments_text.NO_CHANNEL)
        elif len(channels) == 1:
            work = partial(shipments.push_shipments, self.workspace, self.actor, channels[0])
            self.begin(work, f"Channel {channels[0]}: the push begins.")
        else:
            pick = Pick("Push the shipments of which channel?", [Choice(name) for name in channels])
            self.app.push_screen(pick, lambda choice: self._push([str(choice.value)]) if choice else None)

    def action_enter(self) -> None:
        """Ask for the parcel of an order that was completed without one, then start the job."""
        self.use(partial(read_unshipped, self.workspace, self.actor), self._ask_parcel, opens=True)

    def _ask_parcel(self, known: Unshipped) -> None:
        if known.channels:
            waiting = [name for name in (self._channel, *known.orders) if name in known.orders]
            channel = waiting[0] if waiting else self._channel or known.channels[0]
            self.app.push_screen(enter_form(self.workspace, self.actor, known, channel), self._entered)
        else:
            self.notify(shipments_text.NO_CHANNEL)

    def _entered(self, requested: Requested | None) -> None:
        if requested is not None:
            self.follow("The shipment is entered into the store and told to Amazon.", [requested])

    def action_retry(self) -> None:
        """Plan the marked parcels again, or the one under the cursor."""
        self.with_marked(shipments.retry, "planned again")
