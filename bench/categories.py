"""Amazon's categories: how long a tree takes to become rows, next to a bare parse of the same file, and to search."""

from __future__ import annotations

import statistics
import tempfile
import time
from typing import BinaryIO
from xml.etree.ElementTree import iterparse

from bench.measure import Result, peak_memory, taking
from bench.shop import fresh_home
from core.categories.report import read_nodes
from core.categories.search import matching
from core.categories.tree import NewTree, Place, current_tree
from core.database import Database
from core.settings import Settings
from core.workspace import opened
from sandbox.amazon.browse_tree import written
from sandbox.world.category import large_tree
from sandbox.world.marketplaces import DE

PER_ORDER = 10
"""Nodes for each order that the other benchmarks take: 100,000 by default."""
MOST = 500_000
PLACE = Place("live", DE.marketplace_id)
TIMES = 15


def run(orders: int) -> list[Result]:
    """Write a report, parse it, and make it the tree that is used."""
    nodes = min(PER_ORDER * orders, MOST)
    with tempfile.TemporaryFile() as file, fresh_home() as home, opened(Settings(home=home)) as workspace:
        file.writelines(piece.encode() for piece in written(large_tree(DE, nodes)))
        bare = min(_parsed(file) for _ in range(2))
        file.seek(0)
        with taking() as taken:
            count = fill_tree(workspace.database, file)
        peak = peak_memory()
        found = _searched(workspace.database)
    right = "each is there" if count == max(nodes, _OWN) else "NOT AS EXPECTED"
    return [
        Result(
            f"{count} nodes into SQLite", taken.cpu, "s CPU", bare, f"{right}; the limit is a bare parse, the goal 3"
        ),
        Result("peak memory", peak, "MB", 150.0),
        Result("search by words", found, "ms", 50.0, f"all that match, of {count}"),
    ]


_OWN = sum(1 for _ in large_tree(DE, 0))


def _parsed(file: BinaryIO) -> float:
    """Seconds of CPU that go into a parse that does nothing but let go of what it has read."""
    file.seek(0)
    with taking() as taken:
        for _, element in iterparse(file):
            if element.tag == "Node":
                element.clear()
    return taken.cpu


def fill_tree(database: Database, file: BinaryIO) -> int:
    """Make a report the tree that is used; gives how many nodes it has."""
    tree = NewTree(database, PLACE, 1)
    for portion in read_nodes(file):
        tree.add(portion)
    count = tree.complete()
    with database.write() as session:
        tree.use(session, count)
    return count


def _searched(database: Database) -> float:
    took = []
    with database.read() as session:
        tree = current_tree(session, PLACE)
        assert tree is not None
        for _ in range(TIMES):
            begin = time.perf_counter()
            matching(session, tree, words="küche, kochen")
            took.append(1000 * (time.perf_counter() - begin))
    return statistics.median(took)
