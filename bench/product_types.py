"""Product types: how fast products are validated, by a generated schema with every keyword and by a real one.

A product is what a store would export: all that is required and a fifth of the rest; one in four has something wrong.
The real schema is Amazon's of BRACELET (0.58 MB), where it is present, see `REAL`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.attributes import Maker, without_faults
from bench.measure import Result, taking
from core.product_types.compiled import compiled
from core.product_types.definitions import Definition
from core.product_types.validation import problems_of
from sandbox.world.marketplaces import US
from sandbox.world.product_schema import product_schema

REAL = Path(os.environ.get("CROSSDOCK_REAL_SCHEMAS") or Path(__file__).parents[1] / "../shared/real/ptd")
GOAL = 300.0
"""Products per second."""
MOST = 1_000
SHARE, SPOILT, EACH = 0.2, 0.02, 4
RICH = 140
"""Attributes beyond those that matter, so that there are as many as in a rich schema of Amazon's."""


def run(orders: int) -> list[Result]:
    """Validate products by each schema."""
    schemas: dict[str, Mapping[str, Any]] = {"generated": product_schema("LUGGAGE", US, more=RICH)}
    for file in sorted(REAL.glob("BRACELET*.json")):
        schemas["real BRACELET"] = json.loads(file.read_text(encoding="utf-8"))
    return [result for name, schema in schemas.items() for result in _measured(name, schema, min(orders, MOST))]


def _measured(name: str, schema: Mapping[str, Any], count: int) -> Iterator[Result]:
    definition = Definition(name, name, US.marketplace_id, "en_US", "LISTING", "1", name, dict(schema), {})
    with taking() as building:
        compiled(definition.checksum, definition.schema)
    products = [_product(definition, number) for number in range(count)]
    with taking() as taken:
        wrong = sum(bool(problems_of(definition, product)) for product in products)
    expected = count - sum(bool(number % EACH) for number in range(count))
    is_right = abs(wrong - expected) <= max(count // 20, 2)
    told = f"{wrong} of {count} wrong, {'as made' if is_right else 'NOT AS EXPECTED'}"
    yield Result(f"products validated, {name}", count / taken.cpu, "per s CPU", GOAL, f"{told}; the goal is the least")
    yield Result(f"compiling, {name}", 1000 * building.cpu, "ms CPU", None, "once for each schema")


def _product(definition: Definition, number: int) -> dict[str, Any]:
    """A product that is right, but for one in four."""
    right = Maker(definition.schema, number)
    made = right.some(SHARE)

    def faults(document: dict[str, Any]) -> list[str]:
        return [one.attribute for one in problems_of(definition, document)]

    made = without_faults(right, made, faults)
    if number % EACH:
        return made
    spoiling = Maker(definition.schema, number, SPOILT)
    return {name: spoiling.attribute(name) for name in made} | {"no_such_attribute": []}
