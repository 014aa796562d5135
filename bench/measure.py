"""What a benchmark reports, and how time, work and memory are taken."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True)
class Result:
    """One line of the table: a measured value, and what it is held against."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    """The best that is possible, or the goal; in the same unit."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How the value stands to the limit."""
        return self.value / self.limit if self.limit else None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "ratio": self.ratio}


@dataclass
class Taken:
    """What a piece of work took; filled when it has ended."""

    seconds: float = 0.0
    """Real time."""
    cpu: float = 0.0
    """Of this process: the program without the remotes it talked to."""


@contextmanager
def taking() -> Iterator[Taken]:
    """Measure what happens inside."""
    taken = Taken()
    real, cpu = time.perf_counter(), time.process_time()
    yield taken
    taken.seconds = time.perf_counter() - real
    taken.cpu = time.process_time() - cpu


def peak_memory() -> float:
    """The most memory this process ever held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


@dataclass(frozen=True)
class Reading:
    """What reading orders took: orders per second, milliseconds of CPU per order, MB at the peak."""

    count: int
    speed: float
    cpu: float
    peak: float


def reading(read: Callable[[], int]) -> Reading:
    """Measure a function that returns how many orders it read."""
    with taking() as taken:
        count = read()
    return Reading(count, count / taken.seconds, 1000 * taken.cpu / max(count, 1), peak_memory())


def verdict(created: int, right: bool) -> str:
    """A fast import that is wrong is worth nothing, so each says what came of it."""
    return f"{created} created, {'every one exact' if right else 'NOT AS EXPECTED'}"


def apart(function: Callable[..., Found], *arguments: Any) -> Found:
    """What a function finds in a fresh process: peak memory and warm caches of one must not show in the next."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_alone, function, *arguments).result()


def _alone(function: Callable[..., Found], *arguments: Any) -> Found:
    """Call it with nothing of the caller's configuration; only errors are told."""
    for name in [name for name in os.environ if name.startswith("CROSSDOCK_")]:
        del os.environ[name]
    logging.disable(logging.WARNING)
    return function(*arguments)


def surroundings() -> dict[str, str]:
    """The environment for another Python: it keeps what it has compiled, as an installed program does."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run_module(module: str, orders: int) -> list[Result]:
    """One benchmark."""
    found: list[Result] = importlib.import_module(f"bench.{module}").run(orders)
    return found
