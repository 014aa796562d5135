"""Orders: every order Amazon told of, what became of it and why; import, preview, hold, release, retry, and the fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from core import orders
from core.actor import Actor
from core.jobs.requests import Requested
from core.order_list import OrderFilter, OrderView, order_rows
from core.order_preview import preview
from core.problems import ProblemView, problem_of
from core.workspace import Workspace
from tui.keymap import spoken
from tui.screens import orders_text
from tui.screens.fixes import Case
from tui.screens.fixing import FixingScreen, UseCase
from tui.screens.mending import mend
from tui.screens.order_import import import_form
from tui.screens.order_preview import preview_lines
from tui.screens.orders_data import OrderDetail, OrdersRead, channel_names, read_orders
from tui.screens.orders_window import OrdersWindow
from tui.text import clean, foreign
from tui.using import reason_of
from tui.widgets.filter_line import FilterLine
from tui.widgets.fixed import FixedText
from tui.widgets.table import Table
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line, TextPane


class OrdersScreen(FixingScreen[OrdersRead]):
    """The list of orders beside or above the one under the cursor."""

    HELP = (
        "Every order that was read from Amazon, and what became of it. Left and right choose a state, {orders.search}"
        " filters by number, SKU, reason or store order. {table.mark} marks orders to hold, release or retry together."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "import", "Import", id="orders.import", tooltip="Read orders from Amazon and bring them in"),
        Binding(
            "p", "preview", "Preview", id="orders.preview", tooltip="What the store would get: lines, money, address"
        ),
        Binding("f", "fix", "Fix", id="orders.fix", tooltip="Mend what holds the order, such as linking its SKU"),
        Binding("h", "hold", "Hold", id="orders.hold", tooltip="Keep the order back until it is released"),
        Binding("u", "release", "Release", show=False, id="orders.release", tooltip="Let a held order go on"),
        Binding("r", "retry", "Retry", id="orders.retry", tooltip="Plan and deliver it again"),
        Binding("slash", "search", "Filter", key_display="/", id="orders.search", tooltip="Type to filter the list"),
        Binding("right", "state(1)", "Next state", show=False, id="orders.next_state", tooltip="Show another state"),
        Binding("left", "state(-1)", "State before", show=False, id="orders.previous_state"),
        Binding("c", "channel", "Channel", show=False, id="orders.channel", tooltip="Show the next channel, or all"),
        Binding("o", "job", "Job", show=False, id="orders.job", tooltip="To the last job that had to do with it"),
        Binding("w", "problem", "Problem", show=False, id="orders.problem", tooltip="To all orders held for it"),
        Binding("enter", "details", "Details", show=False, id="orders.details", tooltip="Into the details; scrolls"),
        Binding("escape", "back", "Back", show=False, id="orders.back", tooltip="To the list; there, show all orders"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._window = OrdersWindow(lambda: self.call_later(self.refresh_now))

    def body(self) -> Iterable[Widget]:
        """List and details under the lines with the filter."""
        yield FilterLine("order number, SKU, reason or store order")
        yield FixedText(id="states")
        with Container(classes="halves"):
            yield Table(orders_text.columns(channel=False), marks=True, id="orders")
            yield TextPane(id="order")
        yield FixedText(id="started")

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], OrdersRead]:
        """What is in view, and all keys after something was committed or another filter was chosen."""
        table = self._table
        wish = self._window.wish(table.in_view, table.size.height, table.key, self.started)
        return partial(read_orders, self.workspace, self.actor, wish)

    def nothing(self, data: OrdersRead) -> str:
        """How the first order comes in."""
        return orders_text.NO_ORDERS if self._window.count(data) == 0 else ""

    def show(self, data: OrdersRead) -> None:
        """Show a reading."""
        several = self._window.several
        go_to = self._window.take(data, self._table.key)
        if several != self._window.several:
            self._table.arrange(orders_text.columns(channel=not several))
        self._table.show(self._window.rows, key=go_to)
        if not self._window.is_whole:  # the picture first
            self.call_after_refresh(self.refresh_now)
        self._show_filter()
        self._show_detail()
        self.show_started(data.started)

    def focus_on(self, *, order: str = "", channel: str = "", state: str = "", code: str = "") -> None:
        """Show one order, or those of a channel, in a state or with a reason."""
        states = frozenset({state} if state else ())
        self._window.filter = OrderFilter(text=order, states=states, channel=channel, code=code)
        self.query_one(FilterLine).set(order)
        self.set_focus(self._table)
        self.refresh_before_keys()

    def _show_filter(self) -> None:
        window = self._window
        line = orders_text.filter_line(window.counts, window.filter, window.channels)
        self.query_one("#states", FixedText).say(line)
        if window.is_whole:
            self.query_one(FilterLine).count(len(window.rows), window.total or len(window.rows))

    def _show_detail(self) -> None:
        order, spoken_here = self._order, partial(spoken, self.app)
        if order is not None:
            self._pane.replace(list(orders_text.order_lines(order, self._detail, spoken_here)))
        else:
            text = "" if len(self._window.rows) else orders_text.NONE_FITS
            self._pane.replace([Line(Content(spoken_here(text)))])

    @on(Table.Highlighted)
    def _read_highlighted(self, event: Table.Highlighted) -> None:
        event.stop()
        self._pane.scroll_to(y=0, animate=False)
        self._show_detail()
        if self._detail is None:
            self.refresh_now()

    # -- choosing -------------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Type to filter."""
        if self.query_one("#body").display:
            self.query_one(FilterLine).type_here()

    @on(FilterLine.Changed)
    def _filter_text(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._choose(replace(self._window.filter, text=event.text))

    @on(FilterLine.Left)
    def _to_list(self, event: FilterLine.Left) -> None:
        event.stop()
        self.set_focus(self._table)
        self.refresh_before_keys()

    def action_state(self, by: int) -> None:
        """Show another state."""
        names = orders_text.STATES
        now = names.index(next(iter(self._window.filter.states), orders_text.ALL))
        state = names[(now + by) % len(names)]
        self._choose(replace(self._window.filter, states=frozenset(() if state == orders_text.ALL else {state})))

    def action_channel(self) -> None:
        """Show the next channel; after the last one all."""
        names = ["", *self._window.channels]
        now = names.index(self._window.filter.channel) if self._window.filter.channel in names else 0
        self._choose(replace(self._window.filter, channel=names[(now + 1) % len(names)]))

    def action_details(self) -> None:
        """Into the details."""
        self.set_focus(self._pane)

    def action_back(self) -> None:
        """Back to the list; from there take the marks away, then show all orders."""
        if self.focused is not self._table:
            self.set_focus(self._table)
        elif self._table.marked:
            self._table.mark(frozenset())
        else:
            self.query_one(FilterLine).set("")
            self._choose(OrderFilter())

    def _choose(self, wanted: OrderFilter) -> None:
        if wanted != self._window.filter and self.query_one("#body").display:
            self._window.filter = wanted
            self._show_filter()
            # Whoever types a filter goes on typing.
            (self.refresh_before_keys if self.focused is self._table else self.refresh_now)()

    # -- doing ----------------------------------------------------------------------------------------------

    def action_import(self) -> None:
        """Ask what to import, then start it."""
        self.use(partial(channel_names, self.workspace, self.actor), self._ask_import, opens=True)

    def _ask_import(self, channels: list[str]) -> None:
        if channels:
            form = import_form(self.workspace, self.actor, channels, self._window.filter.channel)
            self.app.push_screen(form, self._imported)
        else:
            self.tell(orders_text.NO_CHANNEL)

    def _imported(self, requested: Requested | None) -> None:
        if requested is not None:
            self.follow("The import begins.", [requested])

    def action_preview(self) -> None:
        """Show what the store would get."""
        order = self._order
        if order is None:
            self.tell_nothing_chosen()
            return
        window = TextModal(clean(f"Order {order.order_id} in the store"), [Line(Content("Planning it …"))])
        self.app.push_screen(window)
        work = partial(preview, self.workspace, self.actor, order.channel, order.order_id)
        self.use(
            work,
            lambda found: window.say(list(preview_lines(found))),
            lambda error: window.say([Line(foreign(reason_of(error)))]),
        )

    def action_fix(self) -> None:
        """Mend what holds the order under the cursor."""
        order = self._order
        if order is None:
            self.tell_nothing_chosen()
        elif not order.code:
            self.tell(f"Order {order.order_id} has no problem.")
        else:
            who = self.workspace.database, self.actor, order.channel
            work = partial(problem_of, *who, f"order {order.order_id}")
            self.use(work, self._mend, opens=True)

    def _mend(self, problem: ProblemView | None) -> None:
        if problem is not None:
            numbers = [problem.subject.removeprefix("order ")]
            mend(
                self, Case(problem.channel, problem.code, problem.about, problem.message, problem.fix, lambda: numbers)
            )

    def action_hold(self) -> None:
        """Hold the marked orders, or the one under the cursor."""
        self._with_chosen(orders.hold, "held back")

    def action_release(self) -> None:
        """Release the marked orders, or the one under the cursor."""
        self._with_chosen(orders.release, "released")

    def action_retry(self) -> None:
        """Plan the marked orders again, or the one under the cursor."""
        self._with_chosen(orders.retry, "planned again")

    def _with_chosen(self, use_case: UseCase, done: str) -> None:
        keys = sorted(self._table.marked) or [key for key in [self._table.key] if key is not None]
        if not keys:
            self.tell_nothing_chosen()
            return
        what = "The order is" if len(keys) == 1 else f"{len(keys)} orders are"
        self.begin(partial(self._by_channel, use_case, keys), f"{what} {done}.")
        self._table.mark(frozenset())

    def _by_channel(self, use_case: UseCase, keys: Sequence[int]) -> list[Requested]:
        numbers: dict[str, list[str]] = {}
        for order in order_rows(self.workspace.database, self.actor, keys):
            numbers.setdefault(order.channel, []).append(order.order_id)
        return [job for channel, ids in numbers.items() for job in self.in_portions(use_case, channel, ids)]

    # -- going ----------------------------------------------------------------------------------------------

    def action_job(self) -> None:
        """Go to the last job that had to do with the order."""
        if self._detail is None or self._detail.job is None:
            self.tell("No job has had to do with it yet.")
        else:
            self.frame.go("jobs", job=self._detail.job)

    def action_problem(self) -> None:
        """Go to all orders that are held or failed for the same reason."""
        order = self._order
        if order is None or not order.code:
            self.tell("It has no problem.")
        else:
            self.frame.go("problems", channel=order.channel, subject=f"order {order.order_id}")

    # -- parts ----------------------------------------------------------------------------------------------

    @property
    def _table(self) -> Table:
        return self.query_one("#orders", Table)

    @property
    def _pane(self) -> TextPane:
        return self.query_one("#order", TextPane)

    @property
    def _order(self) -> OrderView | None:
        """The order under the cursor, as last read."""
        return self._window.rows.item(self._table.key)

    @property
    def _detail(self) -> OrderDetail | None:
        """What else is known of the order under the cursor; None while it is being read."""
        detail = self._window.detail
        return detail if detail is not None and detail.key == self._table.key else None
