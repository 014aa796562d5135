"""Orders: every order Amazon told of, what became of it and why; import, preview, hold, release, retry, and the fix."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.jobs.requests import Requested
from core.orders.detail import Buyer, buyer
from core.orders.list import SORTS, OrderFilter, OrderView, newest_order_keys, order_keys, order_rows
from core.orders.preview import preview
from core.windows import Keys
from tui.frame.browse import list_keys
from tui.frame.items import ItemsScreen, item_keys
from tui.keymap import spoken
from tui.screens.orders import text as orders_text
from tui.screens.orders.data import Known, read_detail
from tui.screens.orders.deeds import HOLD, RELEASE, RETRY, Deed, question
from tui.screens.orders.import_form import import_form
from tui.screens.orders.preview import preview_lines
from tui.screens.orders.reconcile_form import reconcile_form
from tui.text import clean, foreign
from tui.using import reason_of
from tui.widgets.confirm import Confirm
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

_BUYER = "Name, address and gift messages; the audit says who has seen them"
_LINK = "The address of its page in Seller Central to the clipboard; again for that in the store"


class OrdersScreen(ItemsScreen[OrderFilter, OrderView, Known]):
    """The list of orders beside or above the one under the cursor."""

    HELP = (
        "Every order that was read from Amazon, and its result. Left and right choose a state, {orders.search}"
        " filters by number, SKU, reason or store order, and by dates such as from:2026-11-01 or from:7d."
        " {table.mark} marks orders to hold, release or retry together, {table.mark_all} all that are listed."
        " The details end with what happened on both sides; {orders.details} leads there. The numbers are links to"
        " Seller Central and the store, {orders.copy_link} copies their addresses, {orders.buyer} shows the buyer."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "import", "Import", id="orders.import", tooltip="Read orders from Amazon and bring them in"),
        Binding(
            "p", "preview", "Preview", id="orders.preview", tooltip="What the store would get: lines, money, address"
        ),
        Binding("f", "fix", "Fix", id="orders.fix", tooltip="Remove what holds the order, such as by linking its SKU"),
        Binding("h", "hold", "Hold", id="orders.hold", tooltip="Keep the order back until it is released"),
        Binding("u", "release", "Release", show=False, id="orders.release", tooltip="Let a held order go on"),
        Binding("r", "retry", "Retry", id="orders.retry", tooltip="Plan and deliver it again"),
        Binding("b", "buyer", "Buyer", show=False, id="orders.buyer", tooltip=_BUYER),
        Binding("l", "copy_link", "Copy link", show=False, id="orders.copy_link", tooltip=_LINK),
        Binding(
            "a",
            "reconcile",
            "Reconcile",
            show=False,
            id="orders.reconcile",
            tooltip="Compare with Amazon's own report of all orders, and import what was missed",
        ),
        *item_keys("orders", "orders"),
        *list_keys("orders", "orders"),
    ]
    EVERYTHING = OrderFilter()
    NAME = "Orders"
    SORTS = tuple(SORTS)
    STATES = orders_text.STATES
    HINT = "order number, SKU, reason, store order, from:2026-11-01, to:yesterday"
    NOTHING = orders_text.NO_ORDERS
    NONE_FITS = orders_text.NONE_FITS
    COLUMNS, CHANNEL = orders_text.COLUMNS, orders_text.CHANNEL
    ITEM = "order"
    cells = staticmethod(orders_text.order_cells)

    # -- data -----------------------------------------------------------------------------------------------

    def keys(self, wanted: OrderFilter) -> Keys[str]:
        """The orders that match."""
        return order_keys(self.workspace.database, self.actor, wanted)

    def newest(self, wanted: OrderFilter, limit: int) -> array[int] | None:
        """The newest, where no state, text or code has to be looked up."""
        if wanted != OrderFilter(channel=wanted.channel):
            return None
        return newest_order_keys(self.workspace.database, self.actor, wanted.channel, limit)

    def rows(self, keys: Sequence[int]) -> Mapping[int, OrderView]:
        """The orders of some keys."""
        return {order.key: order for order in order_rows(self.workspace.database, self.actor, keys)}

    def detail(self, view: OrderView, known: Known | None) -> Known:
        """Its lines, its last job, and what its problem is about."""
        return read_detail(self.workspace, self.actor, view)

    def item_of(self, view: OrderView) -> tuple[str, str]:
        """Channel and number."""
        return view.channel, view.order_id

    def problem_of(self, view: OrderView) -> str:
        """The code of its problem."""
        return view.code

    # -- how it reads ---------------------------------------------------------------------------------------

    def state_of(self, view: OrderView) -> Content:
        """Its state."""
        return orders_text.state_word(view.state)

    def history(self, view: OrderView, detail: Known | None) -> Iterable[Line]:
        """What happened to it on both sides."""
        return orders_text.timeline_lines(detail.timeline if detail else ())

    def copies(self, view: OrderView) -> Sequence[tuple[str, str]]:
        """Its numbers, and its first SKU."""
        return orders_text.order_copies(view)

    def lines(self, view: OrderView, detail: Known | None) -> Iterable[Line]:
        """Everything about an order."""
        is_beside = self.size.width >= self.WIDEST
        return orders_text.order_lines(view, detail, partial(spoken, self.app), is_beside=is_beside)

    def on_resize(self) -> None:
        """The timeline goes where there is room for it."""
        if self.read is not None:
            self.call_later(self.show_detail)

    # -- doing ----------------------------------------------------------------------------------------------

    def action_import(self) -> None:
        """Ask what to import, then start it."""
        self.use(self.channel_names, self._ask_import, opens=True)

    def _ask_import(self, channels: list[str]) -> None:
        if channels:
            form = import_form(self.workspace, self.actor, channels, self.window.wanted.channel)
            self.app.push_screen(form, self._imported)
        else:
            self.notify(orders_text.NO_CHANNEL)

    def _imported(self, requested: Requested | None) -> None:
        if requested is not None:
            self.follow("The import begins.", [requested])

    def action_reconcile(self) -> None:
        """Ask what to compare with Amazon's report, then start it."""
        self.use(self.channel_names, self._ask_reconcile, opens=True)

    def _ask_reconcile(self, channels: list[str]) -> None:
        if channels:
            form = reconcile_form(self.workspace, self.actor, channels, self.window.wanted.channel)
            self.app.push_screen(form, self._reconciled)
        else:
            self.notify(orders_text.NO_CHANNEL)

    def _reconciled(self, requested: Requested | None) -> None:
        if requested is not None:
            self.follow("Amazon is asked for its report.", [requested])

    def action_preview(self) -> None:
        """Show what the store would get."""
        order = self.chosen
        if order is None:
            self.notify_nothing_chosen()
            return
        window = TextModal(clean(f"Order {order.order_id} in the store"), [Line(Content("Planning it …"))])
        self.app.push_screen(window)
        work = partial(preview, self.workspace, self.actor, order.channel, order.order_id)
        self.use(
            work,
            lambda found: window.set_text(list(preview_lines(found))),
            lambda error: window.set_text([Line(foreign(reason_of(error)))]),
        )

    def action_buyer(self) -> None:
        """Show who ordered and where it goes."""
        order = self.chosen
        if order is None:
            self.notify_nothing_chosen()
            return
        work = partial(buyer, self.workspace, self.actor, order.channel, order.order_id)
        self.use(work, partial(self._show_buyer, order.order_id), opens=True)

    def _show_buyer(self, order_id: str, found: Buyer) -> None:
        self.app.push_screen(TextModal(clean(f"Buyer of order {order_id}"), list(orders_text.buyer_lines(found))))

    def action_copy_link(self) -> None:
        """Copy the address of a page that shows the order."""
        if self.chosen is None or self.known is None:
            self.notify_nothing_chosen()
        elif links := orders_text.order_links(self.known):
            self.copy_next(links)
        else:
            self.notify("No page is known that shows this order.")

    def action_hold(self) -> None:
        """Hold the marked orders, or the one under the cursor."""
        self._do(HOLD)

    def action_release(self) -> None:
        """Release the marked orders, or the one under the cursor."""
        self._do(RELEASE)

    def action_retry(self) -> None:
        """Plan the marked orders again, or the one under the cursor."""
        self._do(RETRY)

    def _do(self, deed: Deed) -> None:
        """Do it with the order under the cursor at once; with several, say first with how many and what follows."""
        if len(self.table.marked) > 1:
            self.use(partial(self.rows, self.marked), partial(self._ask, deed), opens=True)
        else:
            self.with_marked(deed.use_case(), deed.done)

    def _ask(self, deed: Deed, found: Mapping[int, OrderView]) -> None:
        asked = Confirm(question(deed, found.values()), yes=deed.verb, no="Cancel")
        self.app.push_screen(asked, lambda agreed: agreed and self.with_marked(deed.use_case(), deed.done))
