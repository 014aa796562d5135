"""How one order reads on the command line: its lines, its money, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.documents import as_json
from core.orders.detail import OrderDetail
from core.timeline import OPERATOR, PROBLEM, TimelineEntry
from tui.commands.common import fields
from tui.commands.job_text import when
from tui.commands.table import table
from tui.commands.terminal import Tone, Word

_TONES: Mapping[str, Tone] = {PROBLEM: Tone.LATE, OPERATOR: Tone.ACTIVE}
_AMOUNTS = ("subtotal", "shipping", "other", "discounts", "tax", "total")


def order_document(detail: OrderDetail, entries: Sequence[TimelineEntry]) -> dict[str, Any]:
    """The order as JSON."""
    return {**as_json(detail.view), **as_json(detail), "timeline": as_json(entries)}


def order_lines(detail: OrderDetail, entries: Sequence[TimelineEntry]) -> Iterator[str]:
    """Everything about one order but personal data."""
    yield from fields(detail.view)
    shown: Mapping[str, Any] = as_json(detail)
    for name in ("country", "gift_messages", "amazon_url", "store_url"):
        yield f"{name}: {shown[name]}"
    yield ""
    rows = [(line["sku"], line["asin"], line["quantity"], line["price"], line["total"]) for line in shown["lines"]]
    titles = [line["title"] for line in shown["lines"]]
    yield from table(
        [(*row, title) for row, title in zip(rows, titles, strict=True)],
        ("SKU", "ASIN", "quantity", "each", "total", "title"),
        whole=("SKU", "quantity"),
    )
    if shown["money"]:
        yield ""
        yield from _money(shown["money"])
    yield ""
    yield from table(
        [(when(one.at), Word(one.side, _TONES.get(one.side, Tone.PLAIN)), one.text, one.job_id) for one in entries],
        ("at (UTC)", "side", "what happened", "job"),
        whole=("at (UTC)", "side"),
    )


def _money(money: Mapping[str, Any]) -> Iterator[str]:
    for name in _AMOUNTS:
        if name == "subtotal" or Decimal(money[name] or 0):
            included = ", included" if name == "tax" and money["tax_included"] else ""
            yield f"{name}: {money[name]} {money['currency']}{included}"
