"""How links of SKUs read: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from textual.content import Content

from core.listings.list import BY_CODE, BY_HAND, LinkRow, LinkUse
from core.model.listing_export import BUYABLE, ISSUES
from core.products.stages import NONE
from tui.frame.fixes import counted
from tui.frame.scope import ALL
from tui.screens.products.text import OFFERS
from tui.text import clean, foreign
from tui.widgets import timestamps
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

Spoken = Callable[[str], str]
"""Names the keys in a sentence."""

NO_LINKS = (
    "No SKU of Amazon is linked to a product of the store yet.\n\n"
    "Products with the same code are found when orders are imported; {go.problems} shows SKUs that have none."
)
NONE_FITS = "No link matches. {links.back} clears the filter."
NOT_BY_HAND = "It is found by its code. Change the code in the store, or link the SKU to another product in Problems."

COLUMNS = (
    Column("SKU", least=12, most=26),
    Column("product", most=8, right=True),
    Column("name"),
    Column("at Amazon", least=9, most=9, wide=60),
    Column("linked", least=7, most=18),
    Column("since", least=11, most=11),
)
CHANNEL = Column("channel", most=12)

STATES: Mapping[str, frozenset[str]] = {
    ALL: frozenset(),
    **{state: frozenset({state}) for state in (BY_HAND, BY_CODE)},
}

MEANS = {
    BY_HAND: "A person linked it. That counts before any product with the same code.",
    BY_CODE: "The product has the SKU as its code.",
}
_UNKNOWN = "not read yet"
_LABEL = 11


def link_cells(link: LinkRow) -> tuple[Cell, ...]:
    """A line of the list."""
    how = f"by {link.linked_by}" if link.linked_by else link.state
    since = timestamps.brief(link.linked_at) if link.linked_at else ""
    number, name = Content(str(link.product_id)), foreign(link.product or _UNKNOWN)
    return foreign(link.sku), number, name, _at_amazon(link.listing), foreign(how), Content(since)


def link_lines(link: LinkRow, use: LinkUse | None, spoken: Spoken) -> Iterator[Line]:
    """Everything about a link; `use` is None while it is being read."""
    yield Line(foreign(link.sku, "bold") + Content(" → ") + foreign(link.product or _UNKNOWN, "bold"))
    yield Line(Content(MEANS[link.state]))
    if link.state == BY_HAND:
        key = spoken("{links.unlink}")
        yield Line(Content.styled(f"{key}: ", "bold") + Content("Unlink it"), indent=len(key) + 2)
    orders = "" if use is None else f"{counted(use.in_store, 'order')} in the store, {use.waiting:,} to be planned"
    facts = (
        ("channel", link.channel),
        ("product", f"{link.product_id}  {link.product_sku}"),
        ("at Amazon", OFFERS[link.listing] or "not listed"),
        ("linked by", link.linked_by),
        ("since", timestamps.full(link.linked_at) if link.linked_at else ""),
        ("orders", orders),
    )
    for label, value in facts:
        if value:
            yield Line(Content.styled(label.ljust(_LABEL), "$text-muted") + foreign(value), indent=_LABEL)


def link_copies(link: LinkRow) -> Sequence[tuple[str, str]]:
    """What can be copied of a link: what it is, and its text."""
    found = (("SKU", link.sku), ("product", str(link.product_id)), ("code", link.product_sku), ("name", link.product))
    return [(what, clean(text)) for what, text in found if text]


def _at_amazon(state: str) -> Content:
    """How far the listing is; the colour only repeats the word."""
    tones = {ISSUES: "$text-warning", BUYABLE: "$text-success"}
    return Content.styled("" if state == NONE else state, tones.get(state, ""))


def unlink_question(link: LinkRow | None, use: LinkUse | None, count: int) -> str:
    """What unlinking does, before it is done."""
    if count > 1 or link is None:
        what, waiting = f"Unlink {count:,} SKUs?", "Orders with them"
    else:
        what = f"Unlink {clean(link.sku)} from {clean(link.product or str(link.product_id))}?"
        waiting = f"{counted(use.waiting, 'order')} with it" if use and use.waiting else "Orders with it"
    return f"{what}\n{waiting} will be held again, unless a product has this code. What is in the store stays there."
