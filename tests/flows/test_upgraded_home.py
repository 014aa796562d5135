"""A home that the version before left in the middle of an import: after the upgrade its work goes on, once."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from core.actor import LOCAL_ADMIN
from core.flows import runner
from core.model.job import JobState
from core.orders import actions as orders
from tests.flows.kit import connected, sandbox_of
from tests.upgrading import BEFORE_FLOWS, empty_database


def test_waiting_and_unknown_writes_go_on_after_the_upgrade_and_nothing_is_sent_twice(home: Path) -> None:
    with sandbox_of(orders=40) as sandbox:
        with connected(home, sandbox) as it:
            it.fault("store", "createOrder", "timeout_after", times=2, seconds=0.1)
            asked = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel)
            job_id = asked.job_id
            runner.run(it.workspace, job_id, should_stop=lambda: it.calls("store", "createOrder") >= 6)
        file = home / "crossdock.db"
        left = as_the_version_before(file)
        assert left["unknown"] and left["waiting"], left
        with connected(home, sandbox, again=True) as it:
            runner.run_here(it.workspace, job_id)
            assert it.job(job_id).state == JobState.FINISHED_WITH_PROBLEMS
            it.check_everything(it.job(job_id))
            assert it.audit().cancelled_doubles == []
            assert it.import_orders().counts["created"] == 0


def as_the_version_before(file: Path) -> Counter[str]:
    """Rewrite a database into the schema of one flow; returns the states of its writes."""
    old = file.with_suffix(".old")
    empty_database(old, BEFORE_FLOWS)
    with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(old)) as then, then:
        now.row_factory = sqlite3.Row
        tables = [name for (name,) in then.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in [name for name in tables if name != "alembic_version" and not name.startswith("sqlite_")]:
            columns = [row[1] for row in then.execute(f"PRAGMA table_info({table})")]
            for row in now.execute(f"SELECT * FROM {table}"):
                values = {**dict(row), **_as_then(table, row)}
                marks = ", ".join(f":{name}" for name in columns)
                then.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
        states = Counter(state for (state,) in then.execute("SELECT state FROM outbox"))
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    old.rename(file)
    return states


def _as_then(table: str, row: sqlite3.Row) -> dict[str, object]:
    """The columns that the version before had in place of those of today."""
    if table == "outbox":
        return {"products": json.dumps([int(lock.removeprefix("product ")) for lock in json.loads(row["locks"])])}
    if table == "schedule":
        return {"every_minutes": row["every_seconds"] // 60}
    if table == "cursor":
        return {"account_id": int(row["owner"].removeprefix("seller "))}
    return {}
