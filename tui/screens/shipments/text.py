"""How a parcel reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.flows import code_of
from core.shipments.list import BY_CARRIER, HELD, OLDEST, REFUSED, SENT, VERIFIED, WAITS, ShipmentView
from core.windows import NEWEST
from tui.frame.fixes import fix_line, inline
from tui.frame.labels import labelled
from tui.frame.parcels import PARCEL_TONES, parcel_state
from tui.frame.scope import ALL
from tui.screens.shipments.data import ShipmentDetail
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

NO_SHIPMENTS = (
    "No shipment of an Amazon order has been read from the store yet.\n\n"
    "{shipments.push} reads the store's shipments and tells them to Amazon.\n"
    "{shipments.enter} enters the shipment of an order that was completed without one."
)
NO_CHANNEL = "No channel is connected yet. Connect one with: crossdock channel add"
NONE_FITS = "No shipment matches. {shipments.back} clears the filter."

COLUMNS = (
    Column("order", least=19, most=19),
    Column("carrier", least=7, most=10, sorts=((BY_CARRIER, "↑"),)),
    Column("tracking", least=12, most=20, wide=70),
    Column("shipped", least=11, most=11, wide=86, sorts=((NEWEST, "↓"), (OLDEST, "↑"))),
    Column("ship by", least=11, most=11, wide=98),
    Column("shipment", least=8, most=8, right=True, wide=110),
    Column("store order", least=11, most=11, right=True, wide=124),
    Column("result"),
)
"""What there is room for; the reason is never cut to show more of the rest."""
CHANNEL = Column("channel", most=12)

STATES: Mapping[str, frozenset[str]] = {
    ALL: frozenset(),
    **{state: frozenset({state}) for state in (HELD, REFUSED, WAITS, SENT, VERIFIED)},
}
"""In the order of their need for a person."""

MEANINGS = {
    WAITS: "It waits to be planned or sent by a job.",
    SENT: "Amazon was told, and does not show it yet.",
    VERIFIED: "Amazon shows it.",
}
BACK = "It was entered from what Amazon or another tool had sent: Amazon is not told again."
NOT_TOLD = "Nothing of it had to be told to Amazon."


def shipment_cells(parcel: ShipmentView) -> tuple[Cell, ...]:
    """A line of the list."""
    ending = Content(": ") + foreign(inline(parcel.problem)) if parcel.problem else Content("")
    return (
        foreign(parcel.amazon_order_id),
        foreign(parcel.carrier or parcel.method),
        foreign(parcel.tracking),
        Content(timestamps.brief(parcel.shipped_at)),
        Content(timestamps.brief(parcel.ship_by) if parcel.ship_by else ""),
        Content(str(parcel.shipment_id)),
        Content(str(parcel.order_id)),
        parcel_state(parcel.state) + ending,
    )


def shipment_copies(parcel: ShipmentView) -> Sequence[tuple[str, str]]:
    """What can be copied of a parcel: what it is, and its text."""
    numbers = (("tracking number", parcel.tracking), ("order number", parcel.amazon_order_id))
    found = (*numbers, ("shipment", str(parcel.shipment_id)), ("store order", str(parcel.order_id)))
    return [(what, clean(text)) for what, text in found if text]


def shipment_lines(parcel: ShipmentView, detail: ShipmentDetail | None, spoken: Spoken) -> Iterator[Line]:
    """Everything about the parcel under the cursor; `detail` is None while it is being read."""
    if parcel.problem:
        title = foreign(f"{code_of(parcel.problem).title}: ", PARCEL_TONES.get(parcel.state, ""))
        yield Line(title + foreign(parcel.message))
        if detail is not None:
            yield fix_line(parcel.problem, detail.about, parcel.fix, spoken("{shipments.fix}"))
    else:
        yield Line(Content(_meaning(parcel)))
    yield from labelled(
        ("shipment", f"{parcel.shipment_id} of store order {parcel.order_id}"),
        ("carrier", parcel.carrier or parcel.method),
        ("tracking", parcel.tracking or "none"),
        ("shipped", timestamps.full(parcel.shipped_at)),
        ("ship by", timestamps.full(parcel.ship_by) if parcel.ship_by else ""),
        ("on Amazon", _at_amazon(parcel)),
        ("confirmed", timestamps.full(parcel.confirmed_at) if parcel.confirmed_at else ""),
        ("last job", spoken(f"{detail.job}; {{shipments.job}} goes to it") if detail and detail.job else ""),
    )
    if detail is not None and detail.missing:
        orders, it = ("1 order was", "it") if detail.missing == 1 else (f"{detail.missing:,} orders were", "one")
        yield Line(Content(spoken(f"{orders} completed without a shipment: {{shipments.enter}} enters {it}.")))


def _meaning(parcel: ShipmentView) -> str:
    if parcel.state == VERIFIED and parcel.told is None:
        return BACK if parcel.from_amazon else NOT_TOLD
    return MEANINGS.get(parcel.state, "")


def _at_amazon(parcel: ShipmentView) -> str:
    """What Amazon was told of it; before that what it would be called there."""
    carrier = parcel.amazon_carrier or "carrier not mapped"
    if parcel.told is None:
        return f"package {parcel.from_amazon}" if parcel.from_amazon else f"not told yet; {carrier}"
    return f"package {parcel.told.reference}, {carrier}, {parcel.told.tracking or 'no tracking number'}"
