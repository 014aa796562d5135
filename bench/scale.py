"""How it grows: orders per second with more workers and with more channels, and what Home costs to read then.

All channels write into one store that takes its time; each is of a seller of its own. Measured is from the moment at
which every channel is asked for an import until the last job has ended, with worker processes, on PostgreSQL where it
answers and else on SQLite. The sandbox, which plays Amazon and the store, takes its share of the same machine.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url
from sqlmodel import col, func, select

from bench.measure import Result, verdict
from bench.rows import fill
from bench.shop import Shop, fresh_home, served
from core import stores
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.health import history, overview
from core.jobs.views import living_workers
from core.model.job import ACTIVE, Job
from core.orders.actions import import_orders
from core.settings import Settings
from core.status_reads import status_reader
from core.words import counted
from core.workspace import Workspace, opened

SERVER = "postgresql+psycopg://postgres@127.0.0.1/postgres"
WORKERS = (1, 2, 4)
CHANNELS = (1, 10, 100)
LATENCY = 0.15
"""Real seconds that the store takes for a call."""
MOST = 400
"""Orders in all, however many channels share them."""
THREADS = 4
LONGEST = 600.0
"""Real seconds after which something counts as never coming."""
TIMES = 15
_GOAL = 20.0
"""Milliseconds to read Home, however many channels it shows."""


def run(orders: int) -> list[Result]:
    """Each number of workers with each of channels, and Home with each number of channels."""
    results = []
    for channels in (one for one in CHANNELS if one <= orders):
        alone: float | None = None
        for workers in WORKERS:
            speed, unit, _, said = _imported(min(orders, MOST), workers=workers, channels=channels)
            results.append(
                Result(f"{counted(workers, 'worker')}, {counted(channels, 'channel')}", speed, unit, alone, said)
            )
            alone = alone or speed
    return results + [result for channels in CHANNELS for result in _read(orders, channels)]


@contextmanager
def database() -> Iterator[tuple[str, str]]:
    """The URLs of a fresh database and its queue; empty ones, for SQLite, where no PostgreSQL answers."""
    server = make_url(SERVER)
    try:
        admin = psycopg.connect(
            server.set(drivername="postgresql").render_as_string(), autocommit=True, connect_timeout=5
        )
    except psycopg.OperationalError:
        yield "", ""
        return
    name = f"crossdock_bench_{uuid.uuid4().hex[:12]}"
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            here = server.set(database=name)
            yield here.render_as_string(), here.set(drivername="postgresql").render_as_string()
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _imported(orders: int, *, workers: int, channels: int) -> tuple[float, str, float | None, str]:
    """Orders per second, and whether they are right."""
    each = max(orders // channels, 1)
    world: dict[str, Any] = {
        "orders": each,
        "other_orders": 0,
        "products": 40,
        "sellers": channels,
        "foreign_orders": each,
    }
    world |= {"quota_scale": 0, "store_latency": LATENCY}
    with ExitStack() as stack:
        home, (url, queue) = stack.enter_context(fresh_home()), stack.enter_context(database())
        documents = stack.enter_context(served(world))
        remotes = {"spapi_url": documents["amazon_url"], "lwa_url": documents["lwa_url"]}
        workspace = stack.enter_context(opened(Settings(home=home, database_url=url, queue_url=queue, **remotes)))
        it = Shop(workspace, documents)
        stores.add(workspace, LOCAL_ADMIN, documents["store"])
        names = [_connected(workspace, document) for document in documents["channels"]]
        for count in range(1, workers + 1):
            stack.enter_context(_working(it))
            _until(partial(_are_there, workspace, count))
        begun = time.perf_counter()
        for name in names:
            import_orders(workspace, LOCAL_ADMIN, name)
        _until(lambda: not _active(workspace))
        seconds = time.perf_counter() - begun
        created = sum(_counts(workspace))
        right = it.audit()  # of the first seller; those of others are strangers to it
        is_right = not any(right[fault] for fault in ("missing", "doubled", "wrong", "stock_wrong"))
        where = "PostgreSQL" if url else "SQLite"
        return created / seconds, "orders/s", None, f"{where}, {verdict(created, is_right)}"


def _connected(workspace: Workspace, document: dict[str, Any]) -> str:
    document["settings"] |= {"auto_pull_orders_minutes": 0, "auto_reconcile_orders_minutes": 0}
    document["settings"] |= {"auto_push_shipments_minutes": None, "auto_follow_listings_minutes": None}
    registry.add(workspace, LOCAL_ADMIN, document)
    return str(document["name"])


@contextmanager
def _working(it: Shop) -> Iterator[None]:
    """One more worker."""
    settings = it.workspace.settings
    servers = {"CROSSDOCK_DATABASE_URL": settings.database, "CROSSDOCK_QUEUE_URL": settings.queue}
    command = [sys.executable, str(Path(__file__).parent.parent / "huey_consumer.py"), "--workers", str(THREADS)]
    worker = subprocess.Popen(command, env=os.environ | it.environment | servers, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > ends:
            raise RuntimeError("what was waited for did not come")
        time.sleep(0.05)


def _are_there(workspace: Workspace, workers: int) -> bool:
    with workspace.database.read() as session:
        return len(living_workers(session)) == workers


def _active(workspace: Workspace) -> int:
    with workspace.database.read() as session:
        return session.exec(select(func.count()).select_from(Job).where(col(Job.state).in_(ACTIVE))).one()


def _counts(workspace: Workspace) -> list[int]:
    with workspace.database.read() as session:
        return [counts.get("created", 0) for counts in session.exec(select(Job.counts))]


def _read(orders: int, channels: int) -> Iterator[Result]:
    """Home and what stands at the edge of every screen, in milliseconds; the median counts."""
    with fresh_home() as home, database() as (url, queue):
        fill(home, orders, channels=channels, database_url=url)
        with opened(Settings(home=home, database_url=url, queue_url=queue)) as workspace:
            here = workspace.database
            reads = {
                "Home": lambda: overview(here, LOCAL_ADMIN),
                "Home, the chart": lambda: history(here, LOCAL_ADMIN),
                "the edge of every screen": lambda: status_reader(here, lambda: LOCAL_ADMIN)(),
            }
            for name, read in reads.items():
                took = []
                for _ in range(TIMES):
                    begin = time.perf_counter()
                    read()
                    took.append(1000 * (time.perf_counter() - begin))
                where = "PostgreSQL" if url else "SQLite"
                yield Result(f"{name}, {channels} channels", statistics.median(took), "ms", _GOAL, where)
