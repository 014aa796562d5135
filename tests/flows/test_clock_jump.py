"""A worker whose clock was wrong for a while leaves nothing behind that has to be put right by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.jobs.views import list_jobs, live_workers
from core.model.job import Worker as WorkerRow
from core.model.order import AmazonOrder
from core.model.schedule import Schedule
from tasks.worker import Worker
from tests.flows.kit import Shop, shop

YEARS_AHEAD = "126230400,1"
INTERVAL = timedelta(minutes=15)


@contextmanager
def worker(it: Shop, test_clock: str) -> Iterator[Worker]:
    """A worker without its threads: its duties are done by hand."""
    made = Worker(it.workspace.settings)
    clock.install(test_clock or None, it.workspace.settings.home)
    try:
        yield made
    finally:
        made.close()


def by_itself(it: Shop) -> None:
    settings = {"auto_pull_orders_minutes": INTERVAL.seconds // 60}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})


def next_run(it: Shop) -> timedelta:
    with it.workspace.database.read() as session:
        return session.exec(select(Schedule.next_run).where(col(Schedule.stream) == "orders")).one() - clock.now()


def kept(it: Shop) -> int:
    with it.workspace.database.read() as session:
        return len(session.exec(select(AmazonOrder.id).where(col(AmazonOrder.raw).is_not(None))).all())


def test_four_years_ahead_for_a_while_delete_nothing_and_the_schedule_comes_back(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        by_itself(it)
        it.import_orders()
        assert (before := kept(it)) > 0
        with worker(it, YEARS_AHEAD) as wrong:
            wrong._watch_and_purge()
            wrong._start_due()
            assert kept(it) == before
            assert wrong._doubt is not None
            assert next_run(it) > timedelta()
        clock.install(None, home)
        assert next_run(it) > timedelta(days=1000)
        with worker(it, "") as right:
            right._start_due()
            assert timedelta() < next_run(it) <= INTERVAL
            right._watch_and_purge()
        asked = [job.kind for job in list_jobs(it.workspace.database, LOCAL_ADMIN) if job.requested_by == "system"]
        assert sorted(asked) == ["orders.import", "orders.purge"], "the second joins the first"


def test_two_workers_whose_clocks_are_years_apart_start_a_schedule_once_each(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        by_itself(it)
        with worker(it, "") as right, worker(it, "") as wrong:
            starts = 0
            for _ in range(4):
                for one, offset in ((wrong, YEARS_AHEAD), (right, None)):
                    clock.install(offset, home)
                    before = next_run(it)
                    one._start_due()
                    starts += abs(next_run(it) - before) > timedelta(minutes=1)
            clock.install(None, home)
        assert starts == 2


def test_the_heartbeat_of_a_worker_with_a_wrong_clock_is_no_sign_of_life(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        with it.workspace.database.write() as session:
            far = clock.now() + timedelta(days=1000)
            session.add(WorkerRow(owner="elsewhere:1/77/100/x", started_at=far, beat_at=far))
        assert live_workers(it.workspace.database) == 0
        with worker(it, "") as right:
            right._beat()
            assert live_workers(it.workspace.database) == 1
            with it.workspace.database.read() as session:
                assert session.exec(select(WorkerRow.owner)).all() == [right.owner]
