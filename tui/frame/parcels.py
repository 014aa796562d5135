"""How the state of a parcel reads, alone and in a line among those of its order."""

from __future__ import annotations

from textual.content import Content

from core.shipments.list import HELD, REFUSED, SENT, VERIFIED, WAITS, ShipmentView
from tui.text import foreign

PARCEL_TONES = {
    HELD: "$text-warning",
    REFUSED: "$text-error",
    WAITS: "$text-primary",
    SENT: "$text-primary",
    VERIFIED: "$text-success",
}


def parcel_state(state: str) -> Content:
    """A state; the colour only repeats the word."""
    return Content.styled(state, PARCEL_TONES.get(state, "$text-muted"))


def parcel_line(parcel: ShipmentView) -> Content:
    """A parcel in a line, among those of its order: number, carrier, tracking number, state."""
    known = [str(parcel.shipment_id), parcel.carrier or parcel.method, parcel.tracking]
    return Content("  ").join([*[foreign(word) for word in known if word], parcel_state(parcel.state)])
