"""Three days of all schedules with restarts, then 45 days without a worker: no gap, no stampede, memory flat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.flows import STREAMS

ROOT = Path(__file__).parents[2]
MOST_BLOCKS = 1.005
"""Python's live blocks (some 610,000) from half to half: three objects that each job leaves behind are more."""
MOST_MEGABYTES = 1.05
"""The most resident memory, from one half to the other: what Python does not count, and what it does not give back."""


@pytest.mark.long
def test_72_hours_and_an_outage_of_45_days_leave_no_gap_no_stampede_and_no_leak() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")}
    command = [sys.executable, "-m", "tests.endurance"]
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    told = json.loads(done.stdout)
    before, after, caught_up = told["before"], told["after"], told["caught_up"]
    for verdict in (before, after):
        check_both_sides(verdict)
    assert after["orders"]["created"] >= before["orders"]["created"] + told["placed_in_outage"]
    assert before["restarts"] >= 7 and before["interrupted"] > 0
    kinds = {stream.kind for stream in STREAMS}
    assert kinds <= before["runs"].keys()
    begun = {kind: caught_up["begun"].get(kind) for kind in kinds}
    assert begun == dict.fromkeys(kinds, 1), "each stream once, whatever it has missed"
    assert caught_up["refused"] <= 2 and sum(caught_up["calls"].values()) < 300, "within Amazon's quotas"
    first, last = told["memory"]
    assert last["blocks"] <= first["blocks"] * MOST_BLOCKS, told["memory"]
    assert last["megabytes"] <= first["megabytes"] * MOST_MEGABYTES, told["memory"]


def check_both_sides(verdict: dict[str, Any]) -> None:
    for name in ("orders", "parcels"):
        assert verdict[name]["ok"], (name, verdict[name])
    assert verdict["failed"] == []
    assert verdict["refused"] <= 0.01 * verdict["calls"]
