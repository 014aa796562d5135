"""Products: every listing and every product of the store; import, export, preview, fix, link, close, counts."""

from __future__ import annotations

import time
from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.actor import Actor
from core.errors import UsageError
from core.jobs.requests import Requested
from core.listings.exact import ExactView
from core.listings.preview import MOST_SHOWN, preview_export
from core.products import actions as products
from core.products.catalogue import SORTS, Catalogue, ProductFilter, first_keys, read_catalogue
from core.products.rows import ProductRow, product_rows
from core.stock import actions as stock
from core.stock.actions import Counts
from core.subjects import Subject
from core.windows import Keys
from core.workspace import Workspace
from tui.frame.browse import list_keys
from tui.frame.closing import ask_to_close
from tui.frame.items import ItemsScreen, item_keys
from tui.frame.linking import link_sku, unlink_each
from tui.keymap import spoken
from tui.screens.products import text as products_text
from tui.screens.products.counts import CountsWindow
from tui.screens.products.data import ProductDetail, read_detail
from tui.screens.products.export_form import export_form
from tui.screens.products.import_form import import_form, marked_form
from tui.screens.products.preview import PreviewWindow
from tui.widgets.confirm import Confirm
from tui.widgets.text_pane import Line

_hidden = partial(Binding, show=False)

PAUSE = 35e-6
"""Real seconds, for each row there is, for which a catalogue serves although something was committed: ten times what
reading it costs. Rows in view are read again all the same."""


class ProductsScreen(ItemsScreen[ProductFilter, ProductRow, ProductDetail]):
    """The list of products and listings beside or above the one under the cursor."""

    HELP = (
        "Every listing of the channels with the product that it means, and the products of the store that have no"
        " listing. Left and right choose a state, {products.search} filters by SKU, ASIN, name or reason."
        " {table.mark} marks rows to work on together, {table.mark_all} all that are listed. {products.export} lists"
        " products at Amazon, {products.attributes} shows exactly what would be sent of one, and {products.counts}"
        " compares the stock of both sides."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "import", "Import", id="products.import", tooltip="Make products of marked listings, or of all"),
        Binding("e", "export", "Export", id="products.export", tooltip="List marked products at Amazon, or all new"),
        Binding("p", "preview", "Preview", id="products.preview", tooltip="A job that tells what an import would do"),
        Binding("f", "fix", "Fix", id="products.fix", tooltip="Remove what holds the listing"),
        Binding("l", "link", "Link", id="products.link", tooltip="Choose the store's product that the SKU means"),
        Binding("u", "unlink", "Unlink", id="products.unlink", tooltip="Let the SKU mean no product by hand"),
        _hidden(
            "a", "attributes", "Attributes", id="products.attributes", tooltip="Exactly what Amazon would get of it"
        ),
        _hidden("x", "close_listings", "Close", id="products.close", tooltip="Close listings at Amazon"),
        _hidden("n", "counts", "Counts", id="products.counts", tooltip="Compare and confirm the stock of both sides"),
        *item_keys("products", "listings"),
        *list_keys("products", "products"),
    ]
    EVERYTHING = ProductFilter()
    NAME = "Products"
    SORTS = SORTS
    STATES = products_text.STATES_SHOWN
    HINT = "SKU, ASIN, name, code or reason"
    NOTHING = products_text.NO_PRODUCTS
    NONE_FITS = products_text.NONE_FITS
    COLUMNS, CHANNEL = products_text.COLUMNS, products_text.CHANNEL
    ITEM = "listing"
    cells = staticmethod(products_text.product_cells)

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._catalogue: Catalogue | None = None
        """What was read last: while a filter is typed nothing is read again."""
        self._read_of: tuple[Hashable, str] = None, ""
        self._read_due_at = 0.0

    # -- data -----------------------------------------------------------------------------------------------

    def as_of(self) -> Hashable:
        """The state of the database; while the catalogue serves, the one that it was read of."""
        return self._read_of[0] if time.monotonic() < self._read_due_at else super().as_of()

    def keys(self, wanted: ProductFilter) -> Keys[str]:
        """What matches, of the catalogue."""
        read_of = self.as_of(), wanted.channel
        if self._catalogue is None or read_of != self._read_of:
            self._catalogue = read_catalogue(self.workspace.database, self.actor, wanted.channel)
            self._read_of = read_of
            self._read_due_at = time.monotonic() + PAUSE * len(self._catalogue.keys)
        return self._catalogue.matching(wanted)

    def newest(self, wanted: ProductFilter, limit: int) -> array[int] | None:
        """The first listings, while the catalogue is read for the first time."""
        if self._catalogue is not None or wanted != ProductFilter(channel=wanted.channel):
            return None
        return first_keys(self.workspace.database, self.actor, wanted.channel, limit)

    def rows(self, keys: Sequence[int]) -> Mapping[int, ProductRow]:
        """The rows of some keys."""
        return {row.key: row for row in product_rows(self.workspace.database, self.actor, keys)}

    def detail(self, view: ProductRow, known: ProductDetail | None) -> ProductDetail:
        """Its last job, what its problem is about, and what happened to it."""
        return read_detail(self.workspace, self.actor, view)

    def item_of(self, view: ProductRow) -> tuple[str, str]:
        """Channel and SKU."""
        return view.channel, view.sku

    def subject_of(self, view: ProductRow) -> Subject:
        """What jobs and problems call it."""
        return Subject("sku", view.sku)

    def problem_of(self, view: ProductRow) -> str:
        """The code of its problem."""
        return view.problem

    # -- how it reads ---------------------------------------------------------------------------------------

    def state_of(self, view: ProductRow) -> Content:
        """Its state."""
        return products_text.state_word(view.state)

    def copies(self, view: ProductRow) -> Sequence[tuple[str, str]]:
        """Its SKU, ASIN, product and name."""
        return products_text.product_copies(view)

    def lines(self, view: ProductRow, detail: ProductDetail | None) -> Iterable[Line]:
        """Everything about a listing or product."""
        return products_text.product_lines(view, detail, partial(spoken, self.app))

    # -- doing ----------------------------------------------------------------------------------------------

    def action_import(self) -> None:
        """Ask how to import the marked listings, or without any what to import of a channel."""
        if self.table.marked:
            self.use(partial(self._listings, self.marked), self._ask_marked, opens=True)
        else:
            self.use(self.channel_names, self._ask_import, opens=True)

    def _ask_import(self, channels: list[str]) -> None:
        if channels:
            chosen = self.window.wanted.channel or (self.chosen.channel if self.chosen else "")
            form = import_form(self.workspace, self.actor, channels, chosen)
            self.app.push_screen(form, partial(self._requested, "The import begins."))
        else:
            self.notify(products_text.NO_CHANNEL)

    def _ask_marked(self, marked: Mapping[str, Sequence[str]]) -> None:
        if marked:
            form = marked_form(self.workspace, self.actor, marked)
            self.app.push_screen(form, partial(self._requested, "The import of the marked listings begins."))
        else:
            self.notify(products_text.NOT_LISTED)

    def _requested(self, said: str, requested: Sequence[Requested] | None) -> None:
        if requested:
            self.table.mark(frozenset())
            self.follow(said, requested)

    def action_export(self) -> None:
        """Ask how what is marked or under the cursor, or all that Amazon does not have, is exported."""
        self.use(partial(self._to_export, self.marked), self._ask_export, opens=True)

    def _to_export(self, keys: Sequence[int]) -> tuple[list[str], list[ProductRow]]:
        """The channels, and those of some rows for which the store has a product. Runs in a thread."""
        return self.channel_names(), [row for row in self.rows(keys).values() if row.product_id]

    def _ask_export(self, found: tuple[list[str], list[ProductRow]]) -> None:
        channels, rows = found
        if channels:
            chosen = self.window.wanted.channel or (rows[0].channel if rows else "")
            form = export_form(self.workspace, self.actor, channels, chosen, rows)
            self.app.push_screen(form, partial(self._requested, "The export begins."))
        else:
            self.notify(products_text.NO_CHANNEL)

    def action_attributes(self) -> None:
        """Show exactly what an export would send of the marked rows or the one under the cursor."""
        if not self.marked:
            self.notify_nothing_chosen()
        else:
            if len(self.marked) > MOST_SHOWN:
                self.notify(products_text.FIRST_SHOWN.format(MOST_SHOWN))
            self._show_exact(self.marked[:MOST_SHOWN])

    def _show_exact(self, keys: Sequence[int], *, ask_amazon: bool = False) -> None:
        def arrived(views: list[ExactView]) -> None:
            if views:
                again = partial(self._show_exact, keys, ask_amazon=True)
                self.app.push_screen(PreviewWindow(views, again))
            else:
                self.notify(products_text.NOT_IN_STORE)

        self.use(partial(self._exact, keys, ask_amazon), arrived, opens=True)

    def _exact(self, keys: Sequence[int], ask_amazon: bool) -> list[ExactView]:
        """What an export would send of some rows, those of a channel by their SKUs. Runs in a thread."""
        skus: dict[str, list[str]] = {}
        numbers: list[int] = []
        for row in self.rows(keys).values():
            if row.product_id and row.channel:
                skus.setdefault(row.channel, []).append(row.sku)
            elif row.product_id:
                numbers.append(row.product_id)
        look = partial(preview_export, self.workspace, self.actor, ask_amazon=ask_amazon)
        views = [view for channel, some in skus.items() for view in look(channel, skus=some)]
        return [*views, *(look(self._one_channel(), product_ids=numbers) if numbers else ())]

    def _one_channel(self) -> str:
        """The channel that is looked at, or the only one. Raises UsageError. Runs in a thread."""
        names = [self.window.wanted.channel] if self.window.wanted.channel else self.channel_names()
        if len(names) != 1:
            raise UsageError(spoken(self.app, products_text.WHICH_CHANNEL) if names else products_text.NO_CHANNEL)
        return names[0]

    def action_counts(self) -> None:
        """Show where the stock of both sides differs, and ask whether the store's counts count."""
        self.use(self._counts, self._ask_counts, opens=True)

    def _counts(self) -> tuple[str, Counts]:
        """The counts of the channel that is looked at. Runs in a thread."""
        channel = self._one_channel()
        return channel, stock.counts(self.workspace, self.actor, channel)

    def _ask_counts(self, found: tuple[str, Counts]) -> None:
        channel, counts = found
        release = partial(stock.release_counts, self.workspace, self.actor, channel)

        def answered(is_confirmed: bool | None) -> None:
            if is_confirmed:
                self.begin(release, "The counts are confirmed.")

        self.app.push_screen(CountsWindow(channel, counts), answered)

    def action_close_listings(self) -> None:
        """Say what follows, then close the marked listings or the one under the cursor."""
        if not self.marked:
            self.notify_nothing_chosen()
        else:
            self.use(partial(self._listings, self.marked), partial(ask_to_close, self), opens=True)

    def action_preview(self) -> None:
        """Start a job that tells what an import of the marked listings, or of the one under the cursor, would do."""
        if not self.marked:
            self.notify_nothing_chosen()
        else:
            self.use(partial(self._listings, self.marked), self._preview)

    def _preview(self, marked: Mapping[str, Sequence[str]]) -> None:
        if not marked:
            self.notify(products_text.NOT_LISTED)
            return

        def work() -> list[Requested]:
            of_channels = [self.in_portions(_preview_each, channel, skus) for channel, skus in marked.items()]
            return [job for jobs in of_channels for job in jobs]

        self.begin(work, "The preview begins; its job tells what each would do.")

    def _listings(self, keys: Sequence[int]) -> dict[str, list[str]]:
        """The SKUs of rows that have a listing, by channel. Runs in a thread."""
        found: dict[str, list[str]] = {}
        for row in self.rows([key for key in keys if key >= 0]).values():
            found.setdefault(row.channel, []).append(row.sku)
        return found

    def action_link(self) -> None:
        """Choose which product of the store the SKU under the cursor means."""
        row = self.chosen
        if row is None:
            self.notify_nothing_chosen()
        elif not row.channel:
            self.notify(products_text.NOT_LISTED)
        else:
            link_sku(self, row.channel, row.sku)

    def action_unlink(self) -> None:
        """Say what follows, then unlink the marked SKUs or the one under the cursor."""
        if not self.marked:
            self.notify_nothing_chosen()
        else:
            self.use(partial(self.rows, self.marked), self._ask_unlink, opens=True)

    def _ask_unlink(self, found: Mapping[int, ProductRow]) -> None:
        if not found or not all(row.linked_by for row in found.values()):
            self.notify(products_text.NOT_BY_HAND)
        else:
            question = products_text.unlink_question(list(found.values()))
            self.app.push_screen(Confirm(question, yes="Unlink", no="Keep"), self._unlink)

    def _unlink(self, confirmed: bool | None) -> None:
        if confirmed:
            self.with_marked(unlink_each, "unlinked")


def _preview_each(workspace: Workspace, actor: Actor, channel: str, skus: Sequence[str]) -> Requested:
    return products.import_products(workspace, actor, channel, skus=skus, preview=True)
