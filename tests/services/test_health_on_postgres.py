"""What Home reads on PostgreSQL: by keys, also while the server knows nothing yet of what the tables hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench.rows import fill
from core.actor import LOCAL_ADMIN
from core.health import overview
from core.settings import Settings
from core.workspace import opened
from tests.services.conftest import Postgres

ORDERS, CHANNELS = 4_000, 10


def test_problems_find_their_orders_without_reading_all_of_the_account(home: Path, postgres: Postgres) -> None:
    fill(home, ORDERS, channels=CHANNELS, database_url=postgres.database)
    statements: list[tuple[str, Any]] = []
    with opened(Settings(home=home, database_url=postgres.database)) as workspace:
        engine = workspace.database.engine
        event.listen(engine, "before_cursor_execute", lambda *told: statements.append((told[2], told[3])))
        shown = overview(workspace.database, LOCAL_ADMIN)
        assert sum(one.orders.failed for one in shown.channels) == ORDERS // 500
        (asked,) = [one for one in statements if "count(DISTINCT problem.subject)" in one[0]]
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked[0]}", asked[1]).scalar_one()
    assert thrown_away(plan[0]["Plan"]) < ORDERS


def thrown_away(node: dict[str, Any]) -> float:
    """Rows that were read and did not fit."""
    here = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    return float(here * node["Actual Loops"]) + sum(map(thrown_away, node.get("Plans", ())))
