"""Orders: every order Amazon told of, what became of it and why; import, preview, hold, release, retry, and the fix."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.jobs.requests import Requested
from core.orders import actions as orders
from core.orders.list import SORTS, OrderFilter, OrderView, newest_order_keys, order_keys, order_rows
from core.orders.preview import preview
from core.windows import Keys
from tui.frame.browse import list_keys
from tui.frame.items import ItemsScreen, item_keys
from tui.keymap import spoken
from tui.screens.orders import text as orders_text
from tui.screens.orders.data import OrderDetail, read_detail
from tui.screens.orders.import_form import import_form
from tui.screens.orders.preview import preview_lines
from tui.text import clean, foreign
from tui.using import reason_of
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line


class OrdersScreen(ItemsScreen[OrderFilter, OrderView, OrderDetail]):
    """The list of orders beside or above the one under the cursor."""

    HELP = (
        "Every order that was read from Amazon, and its result. Left and right choose a state, {orders.search}"
        " filters by number, SKU, reason or store order, and by dates such as from:2026-11-01 or from:7d."
        " {table.mark} marks orders to hold, release or retry together, {table.mark_all} all that are listed."
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

    def detail(self, view: OrderView, known: OrderDetail | None) -> OrderDetail:
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

    def copies(self, view: OrderView) -> Sequence[tuple[str, str]]:
        """Its numbers, and its first SKU."""
        return orders_text.order_copies(view)

    def lines(self, view: OrderView, detail: OrderDetail | None) -> Iterable[Line]:
        """Everything about an order."""
        return orders_text.order_lines(view, detail, partial(spoken, self.app))

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

    def action_hold(self) -> None:
        """Hold the marked orders, or the one under the cursor."""
        self.with_marked(orders.hold, "held back")

    def action_release(self) -> None:
        """Release the marked orders, or the one under the cursor."""
        self.with_marked(orders.release, "released")

    def action_retry(self) -> None:
        """Plan the marked orders again, or the one under the cursor."""
        self.with_marked(orders.retry, "planned again")
