"""Reports and feeds are asked for once on PostgreSQL too, also when an answer is lost."""

from __future__ import annotations

from pathlib import Path

from core.model.job import JobState
from tests.flows.kit import shop
from tests.services.conftest import Postgres
from tests.sync.reading import ROWS, SEND, Reader


def test_a_lost_answer_is_settled_and_a_recent_report_used_again(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=3, other_orders=0, products=10) as it:
        reader = Reader(it)
        it.fault("amazon", "createReport", "timeout_after", seconds=0)
        it.fault("amazon", "createFeed", "drop")
        assert reader.read(ROWS, rows="4").state == JobState.SUCCEEDED
        assert reader.read(ROWS, rows="4").calls == {"getReportDocument": 1}
        first, second = reader.ask(SEND), reader.ask(SEND)
        assert "has taken" in reader.step(first).waiting_for
        assert reader.run(second).state == reader.run(first).state == JobState.SUCCEEDED
        assert (len(reader.made()), len(reader.made("feeds"))) == (1, 2)
