"""How an order reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from textual.content import Content

from core.flows import code_of
from core.orders.detail import Buyer, OrderDetail, OrderLine, OrderMoney
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
from core.timeline import OPERATOR, PROBLEM, TimelineEntry
from core.windows import NEWEST
from core.words import counted
from tui.frame.fixes import fix_line, inline
from tui.frame.labels import labelled, once
from tui.frame.parcels import parcel_line
from tui.frame.scope import ALL
from tui.links import linked
from tui.screens.orders.data import Known
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

AT_AMAZON, IN_STORE = "link to Seller Central", "link to the store"
_TIME = 13
"""Cells of a time in the timeline."""
_SIDES = {PROBLEM: "$text-warning", OPERATOR: "$text-primary"}

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


def order_links(known: Known) -> Sequence[tuple[str, str]]:
    """The pages that show an order: what each is, and its address."""
    found = ((AT_AMAZON, known.order.amazon_url), (IN_STORE, known.order.store_url))
    return [(what, url) for what, url in found if url]


def order_lines(order: OrderView, known: Known | None, spoken: Spoken, *, is_beside: bool) -> Iterator[Line]:
    """Everything about the order under the cursor; `known` is None while it is being read.

    The timeline is part of it unless it `is_beside`, in a pane of its own.
    """
    if order.message:
        yield Line(foreign(f"{code_of(order.code).title}: ", TONES.get(order.state, "")) + foreign(order.message))
        if known is not None:
            yield fix_line(order.code, known.about, order.fix, spoken("{orders.fix}"))
    else:
        yield Line(Content(MEANINGS.get(order.state, "")))
    urls = dict(order_links(known)) if known is not None else {}
    if known is not None:
        yield from map(_bought, known.order.lines)
    by = f"fulfilled by {order.fulfilled_by.capitalize()}" if order.fulfilled_by else ""
    yield from labelled(
        ("total", money(order.total, order.currency)),
        ("made of", _parts(known.order.money) if known is not None and known.order.money else ""),
        ("on Amazon", ", ".join(filter(None, (amazon_word(order.amazon_status), by)))),
        ("ship by", timestamps.full(order.ship_by) if order.ship_by else ""),
        ("placed", timestamps.full(order.created_at)),
        ("held by", order.held_by),
    )
    number = linked(foreign(order.order_id), urls.get(AT_AMAZON, ""))
    # Where there is no room for both, the number goes whole to the next row.
    yield from (Line(line.content, indent=2) for line in labelled(("Amazon order", number)))
    yield from labelled(("store order", _store_order(order, urls.get(IN_STORE, ""))))
    if known is None:
        return
    yield from labelled(
        ("invoice", known.order.invoice),
        ("buyer", _buyer(known.order, spoken)),
        *(("shipment", parcel_line(parcel)) for parcel in known.parcels),
        ("last job", spoken(f"{known.job}; {{orders.job}} goes to it") if known.job else ""),
    )
    if not is_beside:
        yield Line(Content(""))
        yield Line(Content.styled("Timeline", "bold"))
        yield from timeline_lines(known.timeline)


def timeline_lines(entries: Iterable[TimelineEntry]) -> Iterator[Line]:
    """Newest first: when, what, and by which job."""
    for entry in entries:
        when = Content.styled(timestamps.brief(entry.at).ljust(_TIME), "$text-muted")
        tone = "$text-success" if entry.what == "resolved" else _SIDES.get(entry.side, "")
        job = Content.styled(f"  job {entry.job_id}", "$text-muted") if entry.job_id is not None else Content("")
        yield Line(when + foreign(entry.text, tone) + job, indent=_TIME)


def buyer_lines(found: Buyer) -> Iterator[Line]:
    """Who ordered, where it goes, and what was written to whoever gets it."""
    yield from labelled(
        *once("buyer", found.buyer),
        *once("deliver to", found.address),
        ("phone", found.phone),
        ("e-mail", found.email),
        ("purchase order", found.purchase_order),
        *once("wants to cancel", found.cancel_reasons),
    )
    for sku, message in found.gift_messages:
        yield Line(Content(""))
        yield Line(foreign("Gift message, ") + foreign(sku, "bold"))
        yield from (Line(foreign(line), indent=2) for line in message.splitlines())


def _bought(line: OrderLine) -> Line:
    """One line of the order: units, SKU, ASIN, amount, title."""
    parts = [foreign(line.sku, "bold")]
    if line.asin:
        parts.append(foreign(line.asin, "$text-muted"))
    if line.total is not None:
        each = f" ({line.price:f} each)" if line.price is not None and line.quantity > 1 else ""
        parts.append(Content(f"{line.total:f}{each}"))
    if line.title:
        parts.append(foreign(line.title, "$text-muted"))
    return Line(Content(f"{line.quantity:>4} × ") + Content("  ").join(parts), indent=7)


def _parts(parts: OrderMoney) -> Content:
    """The parts of a total in a line; those of nothing are left out."""
    named = (
        ("items", parts.subtotal),
        ("shipping", parts.shipping),
        ("other", parts.other),
        ("discounts", parts.discounts),
        ("tax included" if parts.tax_included else "tax", parts.tax),
    )
    said = [Content.styled(f"{name} ", "$text-muted") + Content(f"{value:f}") for name, value in named if value]
    if parts.tax_included is None and parts.total is not None:
        said.append(Content.styled("they do not add up", "$text-warning"))
    return Content(" · ").join(said)


def _buyer(detail: OrderDetail, spoken: Spoken) -> str:
    """What is said of the buyer to whoever did not ask: where in the world, and how to see more."""
    if detail.money is None:
        return ""
    gifts = counted(detail.gift_messages, "gift message") if detail.gift_messages else ""
    return ", ".join(filter(None, (detail.country, gifts, spoken("hidden; {orders.buyer} shows name and address"))))


def _ending(order: OrderView) -> Content:
    """What stands behind the state in the list: the reason, or the store order."""
    if order.code:
        return Content(": ") + foreign(inline(order.code))
    return Content(f" {order.store_order_id}") if order.store_order_id is not None else Content("")


def _store_order(order: OrderView, url: str) -> Content:
    if order.store_order_id is None:
        return Content("")
    status = foreign(f", status {order.store_status}") if order.store_status else Content("")
    return linked(Content(str(order.store_order_id)), url) + status
