"""What a command costs before it does anything, next to the bare import of the libraries that it stands on."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile

from bench.measure import Result, surroundings

GOAL = 1.5
"""Times the bare import."""
TIMES = 7
ENOUGH = 1_000
"""Orders from which it is measured in earnest, and not only tried."""
LIBRARIES = (
    "import typer, sqlmodel, sqlalchemy.dialects.sqlite, pydantic_settings, platformdirs, rich.cells, "
    "cryptography.fernet"
)
"""What is loaded of them for any command."""
PLAIN = (("jobs", "list"), ("status",), ("orders", "list"))
AT_ONCE = (("--version",), ("--help",))
"""What needs no library but that of the command line."""


def run(orders: int) -> list[Result]:
    """Start each in turn, in fresh processes, on an empty home that exists; the work of the processor counts."""
    times = TIMES if orders >= ENOUGH else 1
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as home:
        environment = surroundings() | {"CROSSDOCK_HOME": home}
        command = ["-m", "tui.cli"]
        _work([*command, *PLAIN[0]], environment)  # makes database and key, and warms the disk
        measured = {name: list[float]() for name in ("libraries", "typer", *map(" ".join, PLAIN + AT_ONCE))}
        for _ in range(times):
            measured["libraries"].append(_work(["-c", LIBRARIES], environment))
            measured["typer"].append(_work(["-c", "import typer"], environment))
            for words in PLAIN + AT_ONCE:
                measured[" ".join(words)].append(_work([*command, *words], environment))
    took = {name: 1000 * statistics.median(some) for name, some in measured.items()}
    return [_result(words, took, "libraries") for words in PLAIN] + [_result(words, took, "typer") for words in AT_ONCE]


def _result(words: tuple[str, ...], took: dict[str, float], against: str) -> Result:
    name = " ".join(words)
    bare = took[against]
    return Result(f"crossdock {name}", took[name], "ms", GOAL * bare, f"CPU; bare import of {against} {bare:.0f} ms")


def _work(words: list[str], environment: dict[str, str]) -> float:
    before = _children()
    subprocess.run([sys.executable, *words], env=environment, stdout=subprocess.DEVNULL, check=True)
    return _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
