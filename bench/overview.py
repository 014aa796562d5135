"""What Home and the lists cost to read, over an installation of twenty channels."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench.measure import Result
from bench.rows import fill, fill_products
from bench.shop import fresh_home
from core.actor import LOCAL_ADMIN
from core.health import history, overview
from core.jobs.list import JobFilter, job_keys, jobs_page
from core.orders.list import OrderFilter, order_keys, order_rows
from core.products.catalogue import ProductFilter, first_keys, read_catalogue
from core.products.rows import product_rows
from core.settings import Settings
from core.workspace import opened

PAGE = 50
TIMES = 15


def run(orders: int) -> list[Result]:
    """Read each several times; the median counts."""
    with fresh_home() as home:
        fill(home, orders)
        with opened(Settings(home=home)) as workspace:
            database = workspace.database
            keys = list(order_keys(database, LOCAL_ADMIN, OrderFilter()).keys[:PAGE])
            jobs = list(job_keys(database, LOCAL_ADMIN, JobFilter()).keys[:PAGE])
            fill_products(workspace, orders)
            catalogue = read_catalogue(database, LOCAL_ADMIN)
            some = list(catalogue.matching(ProductFilter()).keys[:PAGE])
            return [
                _taken("Home", lambda: overview(database, LOCAL_ADMIN), 20.0),
                _taken("Home, the chart", lambda: history(database, LOCAL_ADMIN), 20.0),
                _taken(f"{orders} orders, all keys", lambda: order_keys(database, LOCAL_ADMIN, OrderFilter()), 100.0),
                _taken("orders, a page", lambda: order_rows(database, LOCAL_ADMIN, keys), 5.0),
                _taken("jobs, a page", lambda: jobs_page(database, LOCAL_ADMIN, jobs), 5.0),
                _taken("products, the first", lambda: first_keys(database, LOCAL_ADMIN, "", PAGE), 20.0),
                _taken(f"{orders} products, all", lambda: read_catalogue(database, LOCAL_ADMIN), 500.0),
                _taken("products, a typed key", lambda: catalogue.matching(ProductFilter(text="l")), 100.0),
                _taken("products, a page", lambda: product_rows(database, LOCAL_ADMIN, some), 20.0),
            ]


def _taken(name: str, read: Callable[[], object], goal: float) -> Result:
    took: list[float] = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        read()
        took.append(1000 * (time.perf_counter() - begin))
    return Result(name, statistics.median(took), "ms", goal, f"the fastest of {TIMES} {min(took):.1f}")
