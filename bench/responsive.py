"""Keys while a worker imports into the same database: the interface must not feel it.

The sandbox, the worker and the interface are processes of their own, as in life; the key goes into a terminal, and its
picture comes out of it.
"""

from __future__ import annotations

import time

from bench.keys import JOBS
from bench.measure import Result
from bench.shop import shop, working
from bench.terminal import Terminal
from core.actor import LOCAL_ADMIN
from core.orders.actions import import_orders

GOAL = 150.0
LEAST, MOST = 5.0, 60.0
"""Seconds of pressing keys."""
PER_SECOND = 500
"""Orders that an import is expected to read."""
LOG, SUMMARY = "l", "s"
"""Of the job that is looked at; one key's picture never is that of the key before."""
BETWEEN = 0.1
"""Seconds between two keys, as from a patient hand."""


def run(orders: int) -> list[Result]:
    """Start the worker and the interface, and go between the log and the numbers of the import while it runs."""
    with shop(orders=orders, other_orders=0, quota_scale=0) as it:
        it.lift_quota()
        asked = import_orders(it.workspace, LOCAL_ADMIN, it.channel)
        with Terminal(["-m", "tui.cli"], it.environment) as terminal, working(it):
            terminal.until(lambda text: "last import" in text)
            terminal.press(JOBS, lambda text: "Import orders" in text)
            waits = _pressed(terminal, min(MOST, max(LEAST, orders / PER_SECOND)))
            seen = it.job(asked.job_id).counts.get("seen", 0)
    waits.sort()
    note = f"{len(waits)} keys, median {1000 * waits[len(waits) // 2]:.0f} ms, {seen} orders read meanwhile"
    worst = waits[min(int(0.99 * len(waits)), len(waits) - 1)]
    return [Result("key to picture while importing, 99 of 100", 1000 * worst, "ms", GOAL, note)]


def _pressed(terminal: Terminal, seconds: float) -> list[float]:
    """How long each key waited for its first byte."""
    ends, waits = time.monotonic() + seconds, []
    while time.monotonic() < ends:
        waits.append(terminal.answer(LOG if len(waits) % 2 else SUMMARY))
        terminal.settle(BETWEEN)
    return waits
