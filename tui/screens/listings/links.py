"""Listings, links: which product of the store each SKU on Amazon means, how that came about, and unlinking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.listings.list import BY_CODE, LinkFilter, LinkRow, link_keys, link_rows
from core.model.listing_export import CLOSED
from core.products.stages import NONE
from core.windows import Keys
from tui.frame.browse import list_keys
from tui.frame.closing import ask_to_close
from tui.frame.linking import unlink_each
from tui.frame.working import WorkingScreen
from tui.keymap import spoken
from tui.screens.listings import links_text
from tui.screens.listings.data import LinkDetail, read_detail
from tui.widgets.confirm import Confirm
from tui.widgets.text_pane import Line


class LinksScreen(WorkingScreen[LinkFilter, LinkRow, LinkDetail]):
    """The list of links beside or above the one under the cursor."""

    HELP = (
        "Which product of the store each SKU on Amazon means: as a person linked it, or by an equal code. Left and"
        " right choose how, {links.search} filters by SKU, product or person. {links.unlink} unlinks what is"
        " marked, or the line under the cursor; orders that are in the store stay as they are."
        " {links.close} closes the listing at Amazon."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u,delete", "unlink", "Unlink", id="links.unlink", tooltip="Let the SKU mean no product by hand"),
        Binding("x", "close_listings", "Close", id="links.close", tooltip="Close listings at Amazon"),
        Binding("w", "orders", "Orders", id="links.orders", tooltip="To all orders with the SKU"),
        *list_keys("links", "links"),
    ]
    EVERYTHING = LinkFilter()
    NAME = "Links"
    STATES = links_text.STATES
    HINT = "SKU, product, code or operator"
    NOTHING = links_text.NO_LINKS
    NONE_FITS = links_text.NONE_FITS
    COLUMNS, CHANNEL = links_text.COLUMNS, links_text.CHANNEL
    ITEM = "SKU"
    cells = staticmethod(links_text.link_cells)

    # -- data -----------------------------------------------------------------------------------------------

    def keys(self, wanted: LinkFilter) -> Keys[str]:
        """The links that match."""
        return link_keys(self.workspace.database, self.actor, wanted)

    def rows(self, keys: Sequence[int]) -> Mapping[int, LinkRow]:
        """The links of some keys."""
        return {link.key: link for link in link_rows(self.workspace.database, self.actor, keys)}

    def detail(self, view: LinkRow, known: LinkDetail | None) -> LinkDetail:
        """How many orders have the SKU, and what happened to its listing."""
        return read_detail(self.workspace, self.actor, view)

    def item_of(self, view: LinkRow) -> tuple[str, str]:
        """Channel and SKU."""
        return view.channel, view.sku

    def focus_on(self, *, text: str = "", channel: str = "") -> None:
        """Show the links of a channel, or those with a text."""
        self.look_for(LinkFilter(text=text, channel=channel))

    def state_of(self, view: LinkRow) -> Content:
        """How it was linked."""
        return Content(view.state)

    def copies(self, view: LinkRow) -> Sequence[tuple[str, str]]:
        """Its SKU, and the product."""
        return links_text.link_copies(view)

    def lines(self, view: LinkRow, detail: LinkDetail | None) -> Iterable[Line]:
        """Everything about a link."""
        return links_text.link_lines(view, detail.use if detail else None, partial(spoken, self.app))

    # -- doing ----------------------------------------------------------------------------------------------

    def action_unlink(self) -> None:
        """Say what follows, then unlink the marked SKUs or the one under the cursor."""
        found = [self.window.rows.item(key) for key in self.marked]
        if not found:
            self.notify_nothing_chosen()
        elif any(link is not None and link.state == BY_CODE for link in found):
            self.notify(links_text.NOT_BY_HAND)
        else:
            use = self.known.use if self.known and found == [self.chosen] else None
            question = links_text.unlink_question(found[0], use, len(found))
            self.app.push_screen(Confirm(question, yes="Unlink", no="Keep"), self._unlink)

    def _unlink(self, confirmed: bool | None) -> None:
        if confirmed:
            self.with_marked(unlink_each, "unlinked")

    def action_close_listings(self) -> None:
        """Say what follows, then close the listings of the marked SKUs or the one under the cursor."""
        if not self.marked:
            self.notify_nothing_chosen()
        else:
            self.use(partial(self._to_close, self.marked), partial(ask_to_close, self), opens=True)

    def _to_close(self, keys: Sequence[int]) -> dict[str, list[str]]:
        """The SKUs that Amazon lists, by channel. Runs in a thread."""
        found: dict[str, list[str]] = {}
        for link in self.rows(keys).values():
            if link.listing not in (NONE, CLOSED):
                found.setdefault(link.channel, []).append(link.sku)
        return found

    # -- going ----------------------------------------------------------------------------------------------

    def action_orders(self) -> None:
        """Go to the orders with the SKU."""
        link = self.chosen
        if link is None:
            self.notify_nothing_chosen()
        else:
            self.shell.go("orders", text=link.sku, channel=link.channel)
