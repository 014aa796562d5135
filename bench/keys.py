"""Keys over a long list of orders, in a terminal of 80×24: how long they take, and what they send over the line."""

from __future__ import annotations

import statistics
from pathlib import Path

from bench.measure import Result
from bench.rows import fill, order_id
from bench.shop import fresh_home
from bench.terminal import Painted, Terminal

TYPICAL = 1_000
"""Bytes that a typical key may send: a laggy line carries them without being felt."""
PICTURE = 3_500
"""Bytes that a page, or another place, may send."""
OPENING = 200.0
PAGING = 20.0
DOWN, UP, PAGE_DOWN = "\x1b[B", "\x1b[A", "\x1b[6~"
ORDERS, JOBS, HOME = "2", "8", "1"
PAGES, PER_PAGE = 5, 20
MOVES = (DOWN, DOWN, DOWN, UP, DOWN, DOWN, UP, DOWN, DOWN, DOWN)


def run(orders: int) -> list[Result]:
    """Fill a home, look at it, and press keys."""
    with fresh_home() as home:
        fill(home, orders)
        return _looked(home, orders)


def _looked(home: Path, orders: int) -> list[Result]:
    with Terminal(["-m", "tui.cli"], {"CROSSDOCK_HOME": str(home)}) as terminal:
        terminal.until(_home)
        terminal.settle()
        moves = [terminal.press(key) for key in MOVES]
        lists = _paged(terminal, orders)
        terminal.press(JOBS, lambda text: "Import orders" in text)
        moves += [terminal.press(key) for key in MOVES]
        back = terminal.press(HOME, _home)
    sizes = [one.size for one in moves]
    return [
        *lists,
        Result("bytes of a typical key", statistics.median(sizes), "bytes", TYPICAL, f"at most {max(sizes)}"),
        Result("bytes of another place", back.size, "bytes", PICTURE),
    ]


def _home(text: str) -> bool:
    return "Needs you" in text


def _paged(terminal: Terminal, orders: int) -> list[Result]:
    """Open the list of orders, twice, and turn pages."""
    first = terminal.press(ORDERS, lambda text: order_id(0) in text)
    terminal.press(HOME, _home)
    again = terminal.press(ORDERS, lambda text: order_id(0) in text)
    pages = [terminal.press(PAGE_DOWN) for _ in range(max(1, min(PAGES, orders // PER_PAGE)))]
    turned = 1000 * statistics.median(one.first for one in pages)
    return [
        Result(f"list of {orders} orders, opened", 1000 * first.there, "ms", OPENING, _note(first)),
        Result(f"list of {orders} orders, opened again", 1000 * again.there, "ms", OPENING, _note(again)),
        Result("a page down in it", turned, "ms", PAGING, "from the key to its rows"),
        Result("bytes of a page down", statistics.median(one.size for one in pages), "bytes", PICTURE),
    ]


def _note(opened: Painted) -> str:
    return f"from the key to its rows; all numbers after {1000 * opened.last:.0f} ms"
