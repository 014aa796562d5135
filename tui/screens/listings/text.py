"""How listings read at Amazon: pure functions from what core says to what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from textual.content import Content

from core.model.listing_export import ACCEPTED, BUYABLE, CLOSED, ISSUES, PLANNED, SUBMITTED
from core.products.catalogue import BY_ISSUES, BY_NAME, BY_SKU, IN_STORE
from core.products.listed import LISTING_STATES
from core.products.rows import ProductRow
from tui.frame.fixes import inline
from tui.frame.scope import ALL
from tui.screens.products.data import ProductDetail
from tui.screens.products.text import price, product_lines
from tui.text import foreign
from tui.widgets.table import Cell, Column
from tui.widgets.text_pane import Line

NO_LISTINGS = (
    "No listing of Amazon has been read yet.\n\n{products.import} reads the seller's listings and brings them into the"
    " store; its switch Plan only tells first what that would do."
)
NONE_FITS = "No listing matches. {products.back} clears the filter."

COLUMNS = (
    Column("SKU", least=12, most=24, sorts=((BY_SKU, "↑"),)),
    Column("title", least=12, sorts=((BY_NAME, "↑"),)),
    Column("ASIN", least=10, most=10, wide=110),
    Column("price", least=10, most=14, right=True, wide=60),
    Column("quantity", least=8, most=8, right=True, wide=70),
    Column("fulfilment", least=10, most=10, wide=90),
    Column("issues", least=6, most=6, right=True, wide=90, sorts=((BY_ISSUES, "↓"),)),
    Column("state", least=8, most=9),
    Column("problem", least=7, most=28, wide=76),
)
CHANNEL = Column("channel", most=12)

STATES: Mapping[str, frozenset[str]] = {ALL: frozenset(), **{state: frozenset({state}) for state in LISTING_STATES}}
TONES = {ISSUES: "$text-error", ACCEPTED: "$text-warning", BUYABLE: "$text-success"}
MEANINGS = {
    ISSUES: "Amazon does not sell it until what is wrong has been corrected.",
    PLANNED: "It waits to be sent to Amazon.",
    SUBMITTED: "It was sent, and Amazon has not shown it yet.",
    ACCEPTED: "Amazon has taken it, and nobody can buy it yet.",
    BUYABLE: "It can be bought.",
    CLOSED: "The seller does not list it any more.",
}


assert set(MEANINGS) == set(LISTING_STATES)


def state_word(state: str) -> Content:
    """What Amazon makes of a listing; the colour only repeats the word."""
    return Content.styled(state, TONES.get(state, "$text-muted"))


def listing_cells(row: ProductRow) -> tuple[Cell, ...]:
    """A line of the list."""
    return (
        foreign(row.sku),
        foreign(row.title or row.name),
        foreign(row.asin),
        foreign(price(row.price, row.currency)),
        Content("" if row.quantity is None else f"{row.quantity:,}"),
        foreign(row.fulfilment.lower()),
        Content(str(len(row.issues)) if row.issues else ""),
        state_word(row.offer),
        foreign(inline(row.problem), "$text-warning") if row.problem else Content(""),
    )


def listing_lines(row: ProductRow, detail: ProductDetail | None, spoken: Callable[[str], str]) -> Iterator[Line]:
    """Everything about the listing under the cursor; `detail` is None while it is being read."""
    yield Line(Content(MEANINGS.get(row.offer, "")))
    yield from product_lines(row, detail, spoken, says_state=row.state != IN_STORE)
