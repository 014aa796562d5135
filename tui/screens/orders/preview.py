"""How the preview of an order reads: what the store would get, or why it gets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from textual.content import Content

from core.flows import code_of
from core.orders.preview import OrderPreview, PreviewLine
from tui.frame.labels import labelled, once
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.text_pane import Line


def preview_lines(found: OrderPreview) -> Iterator[Line]:
    """The outcome, the lines with their money, how it is paid and shipped, where it goes, the notes."""
    tone = "$text-warning" if found.outcome == "hold" else ""
    if found.code:
        yield Line(foreign(f"{code_of(found.code).title}: ", tone) + foreign(found.message, "bold"))
        yield Line(Content.styled("fix: ", "bold") + foreign(found.fix), indent=5)
    else:
        yield Line(foreign(found.message, "bold"))
    yield Line(Content(""))
    yield from _money(found)
    yield Line(Content(""))
    yield from labelled(
        ("payment", found.payment),
        ("shipping", found.shipping),
        ("status", found.status),
        ("date", timestamps.full(found.date) if found.date else ""),
        *once("deliver to", found.address),
        *once("notes", found.notes),
        ("not sent", ", ".join(found.not_sent)),
    )


def _money(found: OrderPreview) -> Iterator[Line]:
    """The lines, and what stands beneath them."""
    amounts = [_amount(line.total) for line in found.lines]
    sums = [("shipping", found.shipping_cost), ("total", found.total), ("including tax", found.tax)]
    width = max(map(len, [*amounts, *[_amount(value) for _, value in sums]]), default=0)
    counts = [f"{line.quantity} × {_amount(line.unit_price)}".rstrip() for line in found.lines]
    column = max(map(len, [*counts, "shipping", *[name for name, value in sums if value is not None]]))
    for line, count, amount in zip(found.lines, counts, amounts, strict=True):
        head = f"{count:>{column}}  {amount:>{width}}  "
        yield Line(Content(head) + foreign(line.sku, "bold") + foreign(_product(line)), indent=len(head))
    for label, value in sums:
        if value is not None:
            ending = f" {found.currency}" if label == "total" else ""
            style = "bold" if label == "total" else ""
            yield Line(Content.styled(f"{label:>{column}}  {_amount(value):>{width}}", style) + foreign(ending, style))


def _product(line: PreviewLine) -> str:
    number = f"  #{line.product_id}" if line.product_id is not None else ""
    return f"  {line.name}{number}"


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
