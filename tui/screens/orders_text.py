"""How an order reads: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.order_list import FAILED, HELD, IMPORTED, LEFT, WAITING, OrderFilter, OrderView
from tui.screens.fixes import Way, fix_of
from tui.screens.orders_data import OrderDetail
from tui.text import foreign
from tui.widgets import moments
from tui.widgets.table import Column, Row
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

NO_ORDERS = "No order has been read yet.\n\n{orders.import} imports orders from Amazon."
NO_CHANNEL = "No channel is connected yet. Connect one with: crossdock channel add"
NONE_FITS = "No order fits what is chosen above. {orders.back} shows all of them again."

COLUMNS = (
    Column("order", least=19, most=19),
    Column("placed", least=11, most=11),
    Column("on Amazon", most=11),
    Column("total", most=14, right=True),
    Column("became"),
)
CHANNEL = Column("channel", most=12)

ALL = "all"
STATES = (ALL, HELD, FAILED, WAITING, IMPORTED, LEFT)
"""In the order of their need for a person."""

TONES = {HELD: "$text-warning", FAILED: "$text-error", WAITING: "$text-primary", IMPORTED: "$text-success"}

MEANINGS = {
    HELD: "It is not sent to the store yet.",
    FAILED: "It is in the store, or was sent there, but not as it should be.",
    WAITING: "It waits to be planned or sent by a job.",
    IMPORTED: "It is in the store.",
    LEFT: "It is left aside: the channel's dates, statuses or fulfilment do not select it.",
}

_LABEL = 13


def order_row(key: int, order: OrderView, *, channel: bool) -> Row:
    """A line of the list; with the channel when there are several."""
    became = Content(" ").join(part for part in (state_word(order.state), _ending(order)) if part.plain)
    cells = [
        foreign(order.order_id),
        Content(moments.brief(order.created_at)),
        foreign(order.amazon_status),
        foreign(money(order.total, order.currency)),
    ]
    return Row(key, (*([foreign(order.channel)] if channel else []), *cells, became))


def columns(*, channel: bool) -> tuple[Column, ...]:
    """The columns of `order_row`."""
    return (CHANNEL, *COLUMNS) if channel else COLUMNS


def state_word(state: str) -> Content:
    """A state; the colour only repeats the word."""
    return Content.styled(state, TONES.get(state, "$text-muted"))


def money(amount: str, currency: str) -> str:
    """ "1234.50 EUR"; empty when Amazon has not told it."""
    return f"{amount} {currency}" if amount else ""


def filter_line(counts: Mapping[str, int], wanted: OrderFilter, channels: Sequence[str]) -> Content:
    """The states with their numbers, the chosen one in brackets, and the channel when there are several."""
    chosen = next(iter(wanted.states), ALL)
    numbers = {**counts, ALL: sum(counts.values())} if counts else {}
    parts = []
    for state in STATES:
        label = f"{state} {numbers[state]:,}" if state in numbers else f"{state} …"
        parts.append(Content.styled(f"[{label}]", "bold") if state == chosen else Content(f" {label} "))
    line = Content("").join(parts)
    if len(channels) > 1:
        line += Content.styled(" channel ", "$text-muted") + foreign(wanted.channel or ALL, "bold")
    if wanted.code:
        line += Content.styled(" only ", "$text-muted") + foreign(wanted.code, "bold")
    return line


def order_lines(order: OrderView, detail: OrderDetail | None, spoken: Spoken) -> Iterator[Line]:
    """Everything about the order under the cursor; `detail` is None while it is being read."""
    yield Line(Content("  ").join([foreign(order.order_id, "bold"), foreign(order.channel), state_word(order.state)]))
    if order.message:
        yield Line(foreign(f"{order.code}: ", TONES.get(order.state, "")) + foreign(order.message))
        if detail is not None:
            yield fix_line(order.code, detail.about, order.fix, spoken("{orders.fix}"))
    else:
        yield Line(Content(MEANINGS.get(order.state, "")))
    if detail is not None:
        for line in detail.lines:
            asin = f"  {line.asin}" if line.asin else ""
            yield Line(Content(f"{line.quantity:>4} × ") + foreign(line.sku, "bold") + foreign(asin, "$text-muted"), 7)
    yield from _fields(
        ("total", money(order.total, order.currency)),
        ("on Amazon", f"{order.amazon_status}, fulfilled by {order.fulfilled_by}"),
        ("placed", moments.full(order.created_at)),
        ("changed", moments.full(order.updated_at)),
        ("held by", order.held_by),
        ("store order", _store_order(order)),
        ("last job", spoken(f"{detail.job}; {{orders.job}} goes to it") if detail and detail.job else ""),
    )


def fix_line(code: str, about: str, advice: str, key: str) -> Line:
    """What the key does about a problem; else what people have to do."""
    fix = fix_of(code, about)
    if fix.is_here:
        return Line(Content.styled(f"{key}: ", "bold") + Content(fix.words), indent=len(key) + 2)
    if fix.way is Way.NOTHING:
        return Line(foreign(advice or f"{fix.words}."))
    return Line(Content.styled("fix: ", "bold") + foreign(advice or fix.words), indent=5)


def _ending(order: OrderView) -> Content:
    """What stands behind the state in the list: the reason, or the store order."""
    if order.code:
        return foreign(order.code)
    return Content(str(order.store_order_id)) if order.store_order_id is not None else Content("")


def _store_order(order: OrderView) -> str:
    if order.store_order_id is None:
        return ""
    return f"{order.store_order_id}, status {order.store_status}" if order.store_status else str(order.store_order_id)


def _fields(*fields: tuple[str, str]) -> Iterator[Line]:
    for label, value in fields:
        if value:
            yield Line(Content.styled(label.ljust(_LABEL), "$text-muted") + foreign(value), indent=_LABEL)
