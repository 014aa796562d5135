"""Listings: every SKU of the channels as Amazon has it, what it makes of it and what it finds wrong."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable
from functools import partial

from textual.content import Content

from core.products.catalogue import ProductFilter
from core.products.listed import listing_keys
from core.products.rows import ProductRow
from core.windows import Keys
from tui.keymap import spoken
from tui.screens.listings import text as listings_text
from tui.screens.products.data import ProductDetail
from tui.screens.products.screen import ProductsScreen
from tui.widgets.text_pane import Line


class ListingsScreen(ProductsScreen):
    """The list of listings beside or above the one under the cursor; what can be done is that of Products."""

    HELP = (
        "Every listing of the channels as Amazon has it, with price, quantity and fulfilment, and what is planned or"
        " was sent and does not show yet. Left and right choose how far it is,"
        " {products.search} filters by SKU, ASIN, title, product type or issue."
        " The details say what Amazon finds wrong, and what corrects it."
    )
    NAME = "Listings"
    STATES = listings_text.STATES
    HINT = "SKU, ASIN, title, product type or issue"
    NOTHING = listings_text.NO_LISTINGS
    NONE_FITS = listings_text.NONE_FITS
    COLUMNS, CHANNEL = listings_text.COLUMNS, listings_text.CHANNEL
    cells = staticmethod(listings_text.listing_cells)

    def as_of(self) -> Hashable:
        """The state of the database."""
        return self.workspace.database.state()

    def keys(self, wanted: ProductFilter) -> Keys[str]:
        """The listings that match."""
        return listing_keys(self.workspace.database, self.actor, wanted)

    def newest(self, wanted: ProductFilter, limit: int) -> array[int] | None:
        """Nothing is known before all of them."""
        return None

    def state_of(self, view: ProductRow) -> Content:
        """What Amazon makes of it."""
        return listings_text.state_word(view.offer)

    def lines(self, view: ProductRow, detail: ProductDetail | None) -> Iterable[Line]:
        """Everything about a listing."""
        return listings_text.listing_lines(view, detail, partial(spoken, self.app))
