"""`python -m bench [--orders N] [--json]`: every benchmark, each in a process of its own, and one table."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from typing import Any

from bench.measure import Result, apart, run_module

MODULES = (
    "calls",
    "orders_in",
    "peers",
    "backfill",
    "delivery",
    "lanes",
    "notified",
    "parcels",
    "categories",
    "product_types",
    "listings_report",
    "products_in",
    "products_out",
    "stock_watch",
    "stock_race",
    "feeds",
    "overview",
    "scale",
    "commands",
    "first_paint",
    "keys",
    "screens",
    "responsive",
)
DEFAULT_ORDERS = 10_000


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="NAME", help=f"of {', '.join(MODULES)}; without: all")
    parser.add_argument("--orders", type=int, default=DEFAULT_ORDERS, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="one JSON document in place of the table")
    options = parser.parse_args(words)
    unknown = sorted(set(options.modules) - set(MODULES))
    if unknown or options.orders < 1:
        parser.error(f"there is no {', '.join(unknown)}" if unknown else "--orders is at least 1")
    found: dict[str, list[Result]] = {}
    for module in options.modules or MODULES:
        print(f"{module} …", file=sys.stderr, flush=True)
        found[module] = apart(run_module, module, options.orders)
    if options.json:
        print(json.dumps(_document(found, options.orders)))
    else:
        print("\n".join(_table(found)))
    return 0


def _document(found: dict[str, list[Result]], orders: int) -> dict[str, Any]:
    return {
        "orders": orders,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "benchmarks": {module: [result.document() for result in results] for module, results in found.items()},
    }


def _table(found: dict[str, list[Result]]) -> list[str]:
    rows = [["", "measured", "limit or goal", "ratio", "", ""]]
    rows += [_row(module, result) for module, results in found.items() for result in results]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_cell(text, widths[column], column) for column, text in enumerate(row)).rstrip() for row in rows]


def _row(module: str, result: Result) -> list[str]:
    limit = "" if result.limit is None else f"{result.limit:,.2f}"
    ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
    return [f"{module}: {result.name}", f"{result.value:,.2f}", limit, ratio, result.unit, result.note]


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column in (1, 2, 3) else text.ljust(width)


if __name__ == "__main__":
    raise SystemExit(main())
