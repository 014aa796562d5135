"""The benchmarks run and say what they are meant to say; how fast they are is not a test."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.__main__ import MODULES
from bench.calls import inevitable
from core.amazon.operations import SEARCH_ORDERS


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES)
def test_every_benchmark_runs_and_prints_one_json_document(module: str) -> None:
    command = [sys.executable, "-m", "bench", module, "--orders", "20", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["benchmarks"].pop(module)
    assert {"name", "value", "unit", "limit", "ratio", "note"} == set(results[0])
    assert not [result for result in results if "NOT AS EXPECTED" in result["note"]]
    if module == "calls":
        pages = next(result for result in results if result["name"].startswith("searchOrders"))
        assert pages["ratio"] == 1.0


@pytest.mark.parametrize(("calls", "seconds"), [(10, 0), (20, 0), (26, 1071.43), (100, 14285.71)])
def test_the_physical_limit_is_what_the_usage_plan_makes_it(calls: int, seconds: float) -> None:
    assert inevitable(calls, SEARCH_ORDERS.plan) == pytest.approx(seconds, abs=0.01)
