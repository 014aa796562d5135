"""How an order reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.flows import code_of
from core.orders.list import (
    FAILED,
    HELD,
    HIGHEST,
    IMPORTED,
    LEFT,
    LOWEST,
    OLDEST,
    SHIP_BY,
    WAITING,
    OrderView,
)
from core.windows import NEWEST
from tui.frame.fixes import fix_line, inline
from tui.frame.labels import labelled
from tui.frame.parcels import parcel_line
from tui.frame.scope import ALL
from tui.screens.orders.data import OrderDetail
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

NO_ORDERS = "No order has been read yet.\n\n{orders.import} imports orders from Amazon."
NO_CHANNEL = "No channel is connected yet. Connect one with: crossdock channel add"
NONE_FITS = "No order matches. {orders.back} clears the filter."

COLUMNS = (
    Column("order", least=19, most=19),
    Column("placed", least=11, most=11, wide=60, sorts=((NEWEST, "↓"), (OLDEST, "↑"))),
    Column("ship by", least=11, most=11, wide=80, sorts=((SHIP_BY, "↑"),)),
    Column("on Amazon", least=17, most=17, wide=118),
    Column("first SKU", least=16, most=16, wide=94),
    Column("items", least=5, most=5, right=True, wide=100),
    Column("total", least=11, most=11, right=True, sorts=((HIGHEST, "↓"), (LOWEST, "↑"))),
    Column("result"),
)
"""What there is room for; the reason is never cut to show more of the rest."""
CHANNEL = Column("channel", most=12)

SKIPPED = "skipped"
"""What people read for `LEFT`; documents keep their word."""

STATES: Mapping[str, frozenset[str]] = {
    ALL: frozenset(),
    **{state: frozenset({state}) for state in (HELD, FAILED, WAITING, IMPORTED)},
    SKIPPED: frozenset({LEFT}),
}
"""In the order of their need for a person."""

TONES = {HELD: "$text-warning", FAILED: "$text-error", WAITING: "$text-primary", IMPORTED: "$text-success"}

MEANINGS = {
    HELD: "It is not sent to the store yet.",
    FAILED: "It is in the store, or was sent there, but not as it should be.",
    WAITING: "It waits to be planned or sent by a job.",
    IMPORTED: "It is in the store.",
    LEFT: "It is skipped: the channel's dates, statuses or fulfilment do not select it.",
}


def order_cells(order: OrderView) -> tuple[Cell, ...]:
    """A line of the list."""
    return (
        foreign(order.order_id),
        Content(timestamps.brief(order.created_at)),
        Content(timestamps.brief(order.ship_by) if order.ship_by else ""),
        foreign(amazon_word(order.amazon_status)),
        foreign(order.sku),
        Content(f"{order.items:,}"),
        foreign(money(order.total, order.currency)),
        state_word(order.state) + _ending(order),
    )


def amazon_word(status: str) -> str:
    """Amazon's code of a status in words: "partially shipped"."""
    return status.replace("_", " ").lower()


def order_copies(order: OrderView) -> Sequence[tuple[str, str]]:
    """What can be copied of an order: what it is, and its text."""
    store_order = "" if order.store_order_id is None else str(order.store_order_id)
    found = (("order number", order.order_id), ("store order", store_order), ("SKU", order.sku))
    return [(what, clean(text)) for what, text in found if text]


def state_word(state: str) -> Content:
    """A state; the colour only repeats the word."""
    return Content.styled(SKIPPED if state == LEFT else state, TONES.get(state, "$text-muted"))


def money(amount: str, currency: str) -> str:
    """ "1234.50 EUR"; empty when Amazon has not told it."""
    return f"{amount} {currency}" if amount else ""


def order_lines(order: OrderView, detail: OrderDetail | None, spoken: Spoken) -> Iterator[Line]:
    """Everything about the order under the cursor; `detail` is None while it is being read."""
    if order.message:
        yield Line(foreign(f"{code_of(order.code).title}: ", TONES.get(order.state, "")) + foreign(order.message))
        if detail is not None:
            yield fix_line(order.code, detail.about, order.fix, spoken("{orders.fix}"))
    else:
        yield Line(Content(MEANINGS.get(order.state, "")))
    if detail is not None:
        for line in detail.lines:
            asin = f"  {line.asin}" if line.asin else ""
            yield Line(Content(f"{line.quantity:>4} × ") + foreign(line.sku, "bold") + foreign(asin, "$text-muted"), 7)
    yield from labelled(
        ("total", money(order.total, order.currency)),
        ("on Amazon", f"{amazon_word(order.amazon_status)}, fulfilled by {order.fulfilled_by.capitalize()}"),
        ("ship by", timestamps.full(order.ship_by) if order.ship_by else ""),
        ("placed", timestamps.full(order.created_at)),
        ("changed", timestamps.full(order.updated_at)),
        ("held by", order.held_by),
        ("store order", _store_order(order)),
    )
    yield from labelled(
        *(("shipment", parcel_line(parcel)) for parcel in (detail.parcels if detail is not None else ())),
        ("last job", spoken(f"{detail.job}; {{orders.job}} goes to it") if detail and detail.job else ""),
    )


def _ending(order: OrderView) -> Content:
    """What stands behind the state in the list: the reason, or the store order."""
    if order.code:
        return Content(": ") + foreign(inline(order.code))
    return Content(f" {order.store_order_id}") if order.store_order_id is not None else Content("")


def _store_order(order: OrderView) -> str:
    if order.store_order_id is None:
        return ""
    return f"{order.store_order_id}, status {order.store_status}" if order.store_status else str(order.store_order_id)
