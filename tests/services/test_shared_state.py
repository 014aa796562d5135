"""What several processes share through PostgreSQL: quotas, leases, claims and rows of the mirrors."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from core import clock, leases
from core.amazon.operations import GET_ORDER
from core.database import Database
from core.flows import runner
from core.identity import new_owner
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.migrations.runner import open_database
from core.model.base import stored_id
from core.model.job import Job, JobState
from core.model.quota import Quota
from core.model.setting import GlobalSetting
from core.orders.declaration import ORDERS_IMPORT
from core.quota import QuotaBook, UsagePlan, usage
from core.settings import Settings
from core.state import State
from core.sync.flow import Flow
from core.workspace import Workspace, opened
from tests.services.conftest import Postgres

PLAN = UsagePlan(rate=0.01, burst=8)
"""So slow that the moments at which busy processes get to run do not matter."""
CALLS = 20
_CALLER = f"""
import json, time
from core.database import Database
from core.quota import QuotaBook, UsagePlan
from core.settings import load
book, plan = QuotaBook(Database(load().database)), UsagePlan({PLAN.rate}, {PLAN.burst})
print(json.dumps([time.time() + book.reserve("bucket", plan, longest=1e9) for _ in range({CALLS})]))
"""
_SLACK = 0.3
"""Tokens earned in half a minute, the most that starting and scheduling may take."""


def test_T3_two_processes_together_never_exceed_burst_and_rate(
    database: Database, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", postgres.database)
    command = [sys.executable, "-c", _CALLER]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    # When each call may be made.
    moments: list[float] = sorted(m for caller in callers for m in json.loads(caller.communicate(timeout=60)[0]))
    assert len(moments) == 2 * CALLS
    for first in range(len(moments)):
        for last in range(first, len(moments)):
            window = moments[last] - moments[first]
            assert last - first + 1 <= PLAN.burst + PLAN.rate * window + _SLACK
    # Nor is time given away: the bucket is used up to its edge.
    assert moments[-1] - moments[0] <= (2 * CALLS - PLAN.burst) / PLAN.rate * 1.02


def test_reservations_of_many_threads_are_a_queue_without_gaps(database: Database) -> None:
    book = QuotaBook(database)
    plan = UsagePlan(rate=0.01, burst=3)
    delays = sorted(in_threads(8, lambda: [book.reserve("slow", plan, longest=1e9) for _ in range(3)]))
    assert delays[:3] == [0, 0, 0]
    steps = [later - earlier for earlier, later in pairwise(delays[3:])]
    assert all(abs(step - 100 / 0.99) < 2 for step in steps), steps
    with database.read() as session:
        assert usage(session, "slow", clock.now() - clock.now()) == (24, 0)


def test_a_new_bucket_is_made_once_however_many_ask_first(database: Database) -> None:
    book = QuotaBook(database)
    in_threads(8, lambda: [book.reserve("new", GET_ORDER.plan)])
    with database.read() as session:
        assert session.get_one(Quota, "new").tokens < GET_ORDER.plan.burst - 7


def test_a_lease_has_one_holder_at_a_time_also_while_it_changes_hands(database: Database) -> None:
    inside = 0
    most = 0
    guard = threading.Lock()

    def work() -> list[int]:
        nonlocal inside, most
        owner, taken = new_owner(), 0
        for _ in range(60):
            if not leases.take(database, "lane/1", owner):
                continue
            with guard:
                inside += 1
                most = max(most, inside)
            taken += 1
            with guard:
                inside -= 1
            leases.release(database, "lane/1", owner)
        return [taken]

    assert sum(in_threads(6, work)) > 0
    assert most == 1


def test_a_job_is_claimed_by_one_worker_only(database: Database) -> None:
    with database.write() as session:
        jobs = [Job(kind="orders.import") for _ in range(20)]
        session.add_all(jobs)
    ids = [job.id for job in jobs if job.id is not None]

    def claim() -> list[int]:
        owner = new_owner()
        return [job_id for job_id in ids if lifecycle.claim(database, job_id, owner)]

    assert sorted(in_threads(6, claim)) == ids


@dataclass(frozen=True)
class Step(State):
    """How far the job below is."""

    step: int = -1


def test_what_a_broken_transaction_would_have_said_is_not_believed(home: Path, postgres: Postgres) -> None:
    """The server goes away between a checkpoint and its commit: the job goes on from the checkpoint before."""
    seen: list[dict[str, Any]] = []

    def flow(workspace: Workspace, context: JobContext) -> None:
        seen.append(dict(context.checkpoint))
        with workspace.database.write() as session:
            context.save(session, Step(len(seen)))
            if len(seen) == 2:
                session.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    flows = (Flow("test", jobs=(replace(ORDERS_IMPORT, run=flow),)),)
    with opened(Settings(database_url=postgres.database)) as workspace:
        with workspace.database.write() as session:
            job = Job(kind="orders.import", checkpoint={"step": 0})
            session.add(job)
        job_id = stored_id(job.id)
        seen.append({})
        assert runner.run(workspace, job_id, flows=flows) is JobState.WAITING
        with workspace.database.write() as session:
            waiting = session.get_one(Job, job_id)
            assert waiting.waiting_for == "the database to be usable"
            waiting.not_before = clock.now()
            session.add(waiting)
        assert runner.run(workspace, job_id, flows=flows) is JobState.SUCCEEDED
        assert seen[1:] == [{"step": 0}, {"step": 0}]


def test_a_read_session_sees_what_others_commit_and_writes_nothing(database: Database, postgres: Postgres) -> None:
    with database.read() as session:
        session.add(GlobalSetting(key="never", value=1))
    other = open_database(Settings(database_url=postgres.database))
    with other.write() as session:
        session.add(GlobalSetting(key="other", value={"nested": ["ü", None]}))
    other.close()
    with database.read() as session:
        assert _settings(session) == {"other": {"nested": ["ü", None]}}


def _settings(session: Session) -> dict[str, Any]:
    return {row.key: row.value for row in session.exec(select(GlobalSetting)).all()}


def in_threads(count: int, work: Callable[[], list[Any]]) -> list[Any]:
    """Everything that `count` threads return; the first exception is raised."""
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(work) for _ in range(count)]
        return [found for future in futures for found in future.result(timeout=60)]
