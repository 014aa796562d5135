"""Many parcels, dying workers and a bad day at Amazon: the same end state. The large ones are marked `long`."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import col, select

from core.model.job import JobState
from core.model.outbox import OutboxIntent
from core.subjects import Subject
from tests.flows.kit import CommandLine
from tests.flows.test_kills import kill, until, worker_of
from tests.flows.warehouse import SETTLE, SPEED, Warehouse, warehouse

KILLS = [pytest.param(60, 3), pytest.param(400, 20, marks=pytest.mark.long)]
MANY = [
    pytest.param(300, True, id="100 parcels", marks=pytest.mark.long),
    pytest.param(2_750, False, id="1,000 parcels", marks=pytest.mark.long),
]
"""With whether this machine surely calls as fast as the quota allows on such clocks: else plans grow old meanwhile, and
orders are looked at once more before their parcels are told."""


@pytest.mark.parametrize(("orders", "kills"), KILLS)
def test_workers_that_die_while_amazon_drops_and_breaks_off_change_nothing(home: Path, orders: int, kills: int) -> None:
    dice = random.Random(kills)
    with warehouse(home, orders=orders) as it:
        line = CommandLine(home, it.sandbox, CROSSDOCK_SETTLE_SECONDS=str(SETTLE), CROSSDOCK_TEST_CLOCK=f"0,{SPEED}")
        made = it.sandbox.ship()
        it.fault("amazon", "confirmShipment", "swallowed", times=-1, every=7)
        it.fault("amazon", "confirmShipment", "timeout_after", times=3, after=2, every=5, seconds=0.1)
        it.fault("amazon", "confirmShipment", "slow", times=-1, seconds=0.15)
        job_id = it.ask_push_of_worker()
        with worker_of(line) as workers:
            die_while_it_writes(it, line, workers, job_id, kills, dice)
            job = until(lambda: it.job(job_id) if it.job(job_id).state.is_final else None, "the job ends")
        audit = it.sandbox.audit_shipments()
        assert audit.ok, audit
        assert job.state in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS)
        assert audit.confirmed + len(audit.excused) == len(made)
        it.sandbox.faults.clear()
        before = it.confirmed()
        it.push()
        assert it.confirmed() == before


def die_while_it_writes(
    it: Warehouse,
    line: CommandLine,
    workers: list[subprocess.Popen[bytes]],
    job_id: int,
    kills: int,
    dice: random.Random,
) -> None:
    """Kill the worker again and again, at a random moment after it has told Amazon something."""
    for _ in range(kills):
        told = it.confirmed()
        until(lambda told=told: it.confirmed() > told or it.job(job_id).state.is_final, "telling goes on")
        if it.job(job_id).state.is_final:
            return
        time.sleep(dice.uniform(0, 0.2))
        kill(workers, line)


@pytest.mark.parametrize(("orders", "is_quick"), MANY)
def test_T6_many_parcels_leave_at_the_pace_of_the_quota_and_cost_one_call_each(
    home: Path, orders: int, is_quick: bool
) -> None:
    with warehouse(home, speed=15, orders=orders, products=60) as it:
        it.sandbox.set_quota_scale(1)
        made = it.sandbox.ship()
        job = it.push()
        audit = it.sandbox.audit_shipments()
        assert audit.ok, audit
        assert audit.confirmed + len(audit.excused) == len(made) > orders / 3
        assert job.counts["created"] == audit.confirmed
        assert job.refused_calls <= audit.confirmed // 100
        assert job.calls["confirmShipment"] - job.refused_calls == audit.confirmed
        # One search before, for what changed since the import; then one per hundred orders.
        assert job.calls["searchOrders"] <= 2 + audit.confirmed // 100 + 1
        if is_quick:
            assert "getOrder" not in job.calls
            # A refused call comes again when its quota allows it, and the others do not wait for it.
            assert job.refused_calls or is_by_ship_date(it)
        else:
            assert job.calls.get("getOrder", 0) <= audit.confirmed
        before = it.confirmed()
        it.push()
        assert it.confirmed() == before


def is_by_ship_date(it: Warehouse) -> bool:
    """Whether parcels were begun in the order of their latest ship dates, but for those on their way together.

    Not in which order Amazon's side took them up: the machine may let one thread wait.
    """
    orders = {number: parcel.amazon_order_id for number, parcel in it.parcels().items()}
    with it.workspace.database.read() as session:
        query = select(OutboxIntent.subject).where(OutboxIntent.flow == "shipments").order_by(col(OutboxIntent.sent_at))
        begun = [int(Subject.parse(subject).id) for subject in session.exec(query)]
    return max_inversion([ship_by(it, orders[number]) for number in begun]) <= 20


def ship_by(it: Warehouse, order_id: str) -> str:
    return str(it.sandbox.world.order(order_id).document["fulfillment"]["shipByWindow"]["latestDateTime"])


def max_inversion(values: Sequence[str]) -> int:
    """The furthest that any value stands from its place in order."""
    places = sorted(range(len(values)), key=lambda index: (values[index], index))
    return max((abs(place - index) for place, index in enumerate(places)), default=0)
