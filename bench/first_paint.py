"""The first picture: how long a person waits after the command, next to the smallest application there can be."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench.measure import Result
from bench.terminal import Terminal

GOAL = 1.25
"""Times a bare Textual application."""
STARTS = 5
DATA_GOAL = 700.0
"""Milliseconds from the command to what the home holds."""
OPENING, OPENED = "Opening", "First import"
"""What the first picture says, and what the first start says of an empty home."""
ENOUGH = 1_000
"""Orders from which it is measured in earnest, and not only tried."""


def run(orders: int) -> list[Result]:
    """Start both in turn, each in a fresh process, on a home that exists."""
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        home = Path(folder) / "home"
        _ours(home)  # makes database and key, and warms the disk
        starts = [(_bare(), _ours(home)) for _ in range(STARTS if orders >= ENOUGH else 1)]
    bare = statistics.median(one for one, _ in starts)
    first = statistics.median(one for _, (one, _) in starts)
    data = statistics.median(one for _, (_, one) in starts)
    return [
        Result("first picture", 1000 * first, "ms", 1000 * GOAL * bare, f"bare Textual {1000 * bare:.0f} ms"),
        Result("first data", 1000 * data, "ms", DATA_GOAL, "the home is open and has been read"),
    ]


def _bare() -> float:
    from bench.bare import WORD

    with Terminal(["-m", "bench.bare"]) as terminal:
        return terminal.until(lambda text: WORD in text)


def _ours(home: Path) -> tuple[float, float]:
    with Terminal(["-m", "tui.cli"], {"CROSSDOCK_HOME": str(home)}) as terminal:
        return terminal.until(lambda text: OPENING in text), terminal.until(lambda text: OPENED in text)
