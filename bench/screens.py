"""Three screens with a hundred thousand rows: how long they take to open, and to answer each key of a filter.

The application runs in this process and is driven by its keys. What is measured is the time from the key until all that
it asked for is shown, with whole counts, and the processor's part in it. A key waits for the next one first: see
`tui.widgets.filter_line.PAUSE`.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual import events
from textual.widgets import Input

from bench.categories import fill_tree
from bench.measure import Result
from bench.rows import fill, fill_categories, fill_products
from bench.shop import fresh_home
from core.actor import LOCAL_ADMIN
from core.settings import Settings
from core.workspace import Workspace, opened
from sandbox.amazon.browse_tree import written
from sandbox.world.category import large_tree
from sandbox.world.marketplaces import DE
from tui.app import CrossdockApp
from tui.cli import MANY_OBJECTS
from tui.frame.browse import Browse
from tui.frame.live import LiveScreen
from tui.screens.mapping.screen import MappingScreen
from tui.screens.mapping.tree_table import TreeTable
from tui.screens.orders.screen import OrdersScreen
from tui.screens.products.screen import ProductsScreen
from tui.widgets.filter_line import FilterLine

PER_ORDER = 10
"""Products and nodes for each order that the other benchmarks take: 100,000 by default."""
MOST = 100_000
CATEGORIES = 2_000
SIZE = (80, 24)
ORDERS, PRODUCTS, MAPPING = "2", "4", "6"
NUMBER, SKU, NODE = "113-00007", "lamp-0007", "right"
"""What is typed, key by key."""
LIST_OPENS, LIST_FILTERS, TREE_OPENS, TREE_SEARCHES = 500.0, 100.0, 300.0, 50.0
NEXT_ORDER = 100.0
MOVES = 20
LONGEST = 60.0
"""Seconds after which something counts as never coming."""


@dataclass(frozen=True)
class Waited:
    """Milliseconds from a key to what it asked for: of real time, and of this process's processor."""

    real: float
    cpu: float


def run(orders: int) -> list[Result]:
    """Fill a home, open the screens, and type."""
    rows = min(PER_ORDER * orders, MOST)
    with fresh_home() as home:
        fill(home, rows)
        with opened(Settings(home=home)) as workspace:
            fill_products(workspace, rows)
            _fill_trees(workspace, rows)
            return asyncio.run(_looked(workspace, rows))


def _fill_trees(workspace: Workspace, nodes: int) -> None:
    fill_categories(workspace, CATEGORIES)
    with tempfile.TemporaryFile() as file:
        file.writelines(piece.encode() for piece in written(large_tree(DE, nodes)))
        file.seek(0)
        fill_tree(workspace.database, file)


async def _looked(workspace: Workspace, rows: int) -> list[Result]:
    app = CrossdockApp(workspace.settings, LOCAL_ADMIN, workspace=workspace)
    async with app.run_test(size=SIZE):
        hand = _Hand(app)
        await hand.until(lambda: isinstance(app.screen, LiveScreen) and hand.rests)
        gc.set_threshold(MANY_OBJECTS, 20, 20)
        gc.freeze()  # both as with a terminal
        orders = await _list(hand, ORDERS, OrdersScreen, NUMBER, f"list of {rows} orders")
        orders.append(await _orders(hand))
        products = await _list(hand, PRODUCTS, ProductsScreen, SKU, f"list of {rows} products")
        return [*orders, *products, *await _trees(hand, rows)]


async def _list(hand: _Hand, place: str, screen: type[Browse[Any, Any, Any]], text: str, name: str) -> list[Result]:
    """Open a list, then filter it."""

    def shown() -> Browse[Any, Any, Any] | None:
        return hand.app.screen if isinstance(hand.app.screen, screen) else None

    def begun() -> bool:
        found = shown()
        if found is None or not len(found.window.rows):
            return False
        return bool(found.table.in_view) and all(map(found.window.rows.is_read, found.table.in_view))

    def whole(text: str) -> bool:
        found = shown()
        # Not the last reading: one that found nothing changed may follow the whole one at once.
        return found is not None and found.window.is_answered and found.window.wanted.text == text and hand.is_painted

    hand.leave_filter()
    first, counted = await hand.press(place, begun, partial(whole, ""))
    await hand.press("/", lambda: isinstance(hand.app.focused, Input))
    keys = []
    for count, key in enumerate(text):
        keys += await hand.press(key, partial(whole, text[: count + 1]))
        await hand.until(lambda: hand.rests)
    return [
        _result(f"{name}, opened", [first], LIST_OPENS),
        _result(f"{name}, all counted", [counted], LIST_OPENS),
        _result("a key of its filter", keys, LIST_FILTERS),
    ]


async def _orders(hand: _Hand) -> Result:
    """Go from one order to the next, until its timeline is shown."""

    def known(before: int | None) -> bool:
        screen = hand.app.screen
        assert isinstance(screen, OrdersScreen)
        return screen.table.key != before and screen.known is not None and hand.is_painted

    screen = hand.app.screen
    assert isinstance(screen, OrdersScreen)
    await hand.press("\x1b", lambda: hand.app.focused is screen.table)
    await hand.press("\x1b", lambda: bool(len(screen.window.rows)) and screen.known is not None and hand.rests)
    moves = []
    for _ in range(MOVES):
        moves += await hand.press("j", partial(known, screen.table.key))
        await hand.until(lambda: hand.rests)
    return _result("the next order, with its timeline", moves, NEXT_ORDER)


async def _trees(hand: _Hand, rows: int) -> list[Result]:
    """Open both trees of categories, then search Amazon's."""

    def tree() -> TreeTable:
        return hand.app.screen.query_one("#amazon-tree", TreeTable)

    def there() -> bool:
        screen = hand.app.screen
        return isinstance(screen, MappingScreen) and bool(screen.query(TreeTable)) and bool(tree().lines) and hand.rests

    def found(before: object, text: str) -> bool:
        line = hand.app.screen.query_one("#amazon-filter", FilterLine)
        return line.text == text and tree().lines is not before and hand.is_painted

    hand.leave_filter()
    (first,) = await hand.press(MAPPING, there)
    await hand.press("\t", lambda: hand.app.focused is tree())
    (ready,) = await hand.press("/", lambda: isinstance(hand.app.focused, Input) and hand.rests)
    keys = []
    for place, key in enumerate(NODE):
        keys += await hand.press(key, partial(found, tree().lines, NODE[: place + 1]))
        await hand.until(lambda: hand.rests)
    return [
        _result(f"{rows} categories, opened", [first], TREE_OPENS),
        _result("their search, made ready", [ready]),
        _result("a key of their search", keys, TREE_SEARCHES),
    ]


def _result(name: str, waits: list[Waited], goal: float | None = None) -> Result:
    real, cpu = (statistics.median(getattr(one, what) for one in waits) for what in ("real", "cpu"))
    most = f", at most {max(one.real for one in waits):.0f} ms" if len(waits) > 1 else ""
    return Result(name, real, "ms", goal, f"{cpu:.0f} ms CPU{most}")


class _Hand:
    """Presses keys of an application, and sees when what they ask for is there."""

    def __init__(self, app: CrossdockApp) -> None:
        self.app = app

    @property
    def rests(self) -> bool:
        """Whether nothing is read any more."""
        screen = self.app.screen
        return not list(self.app.workers) and (not isinstance(screen, LiveScreen) or screen.is_settled)

    @property
    def is_painted(self) -> bool:
        """Whether what the screen knows is shown."""
        screen = self.app.screen
        return not (screen._dirty_widgets or screen._layout_required or screen._callbacks)

    def leave_filter(self) -> None:
        """The digits are those of places again."""
        self.app.screen.set_focus(None)

    async def press(self, key: str, *steps: Callable[[], bool]) -> list[Waited]:
        """Press a key; gives what each step waited for, from the key on."""
        waits = []
        begin, cpu = time.perf_counter(), time.process_time()
        self.app.post_message(events.Key(_NAMES.get(key, key), key))
        for step in steps:
            await self.until(step)
            waits.append(Waited(1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - cpu)))
        return waits

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait for something, seen twice: what a thread has just left is then shown."""
        ends, seen = time.monotonic() + LONGEST, 0
        while seen < 2:
            if time.monotonic() > ends:
                raise RuntimeError("what was waited for did not come")
            await asyncio.sleep(0.004)
            seen = seen + 1 if there() else 0


_NAMES = {"\r": "enter", "\x1b": "escape", "/": "slash", "\t": "tab", "-": "minus"}
