"""Personal data is deleted by a schedule of each channel, whatever becomes of the channel."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import col, select, update

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.clockwatch import ClockWatch
from core.doctor.condition import condition
from core.flows import runner
from core.jobs.views import JobView, events_after, list_jobs
from core.model.account import ACCOUNT_NEEDS_AUTHORIZATION, SellerAccount
from core.model.order import AmazonOrder
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop, shop
from tests.flows.line import Line

DAY = 86_400


def personal(it: Shop) -> int:
    with it.workspace.database.read() as session:
        return len(session.exec(select(AmazonOrder.id).where(col(AmazonOrder.raw).is_not(None))).all())


def later(it: Shop, days: float) -> None:
    clock.install(f"{days * DAY},1", it.workspace.settings.home)


def believed(it: Shop) -> None:
    """The clock has run steadily for as long as it takes to believe it."""
    watch = ClockWatch(it.workspace.database)
    for day in (100, 101, 102, 103):
        later(it, day)
        watch.look()


def scheduled(it: Shop) -> list[JobView]:
    """Run what is due; returns the purges that there are, newest first."""
    start_due(it.workspace, Dispatcher(it.workspace.settings))
    for job in list_jobs(it.workspace.database, LOCAL_ADMIN, active_only=True):
        runner.run(it.workspace, job.id)
    return [job for job in list_jobs(it.workspace.database, LOCAL_ADMIN) if job.kind == "orders.purge"]


def says(it: Shop, name: str) -> tuple[bool, str]:
    """What Health says of something."""
    return next((one.ok, one.message) for one in condition(it.workspace, LOCAL_ADMIN) if one.name == name)


@pytest.mark.parametrize("state", ["enabled", "disabled", "unauthorized"])
def test_it_runs_for_every_channel_whatever_becomes_of_it(home: Path, state: str) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        it.import_orders()
        known = personal(it)
        assert known > 0
        if state == "disabled":
            registry.set_enabled(it.workspace, LOCAL_ADMIN, it.channel, False)
        if state == "unauthorized":
            with it.workspace.database.write() as session:
                session.exec(update(SellerAccount).values(state=ACCOUNT_NEEDS_AUTHORIZATION))
        believed(it)
        (job,) = scheduled(it)
        assert (job.state, job.counts["updated"]) == ("succeeded", known)
        assert personal(it) == 0
        for hours in (1, 2, 3):
            later(it, 103 + hours / 20)
            jobs = scheduled(it)
        assert len(jobs) == 2, "of runs that deleted nothing the last is kept, and every one that did"


def test_a_jump_of_the_clock_deletes_nothing_and_the_log_says_so(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        it.import_orders()
        known = personal(it)
        ClockWatch(it.workspace.database).look()
        later(it, 100)
        (job,) = scheduled(it)
        assert job.state == "succeeded" and personal(it) == known
        (told,) = [
            one.text for one in events_after(it.workspace.database, LOCAL_ADMIN, job.id) if one.level == "warning"
        ]
        assert told.startswith("The clock jumped 100.0 days ahead")


def test_only_who_names_it_pauses_it_and_then_health_says_what_is_overdue(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        line = Line(it.sandbox, monkeypatch)
        it.import_orders()
        known = personal(it)
        assert line.json("schedule", "set", "--channel", "de", "--every", "15")["schedules"]
        assert [one["stream"] for one in line.json("schedule", "pause")["schedules"]] == ["orders"]
        (paused,) = line.json("schedule", "pause", "--channel", "de", "--stream", "purge")["schedules"]
        assert (paused["paused"], paused["every_minutes"]) == (True, 60)
        assert says(it, "personal data")[0]
        believed(it)
        assert scheduled(it) == []
        ok, words = says(it, "personal data")
        assert not ok and f"{known} orders" in words and "de" in words
        line.json("schedule", "resume", "--channel", "de")
        later(it, 103)
        assert len(scheduled(it)) == 1 and personal(it) == 0
        assert says(it, "personal data")[0]


def test_it_is_run_now_and_set_but_never_off(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        line = Line(it.sandbox, monkeypatch)
        it.import_orders()
        believed(it)
        monkeypatch.setenv("CROSSDOCK_TEST_CLOCK", f"{103 * DAY},1")
        job = line.json("schedule", "run", "--channel", "de", "--stream", "purge", "--direct")
        assert (job["kind"], job["state"]) == ("orders.purge", "succeeded") and personal(it) == 0
        (view,) = line.json("schedule", "set", "--channel", "de", "--stream", "purge", "--every", "30")["schedules"]
        assert view["every_minutes"] == 30
        for wrong in ("0", "1441"):
            refused = line.run("schedule", "set", "--channel", "de", "--stream", "purge", "--every", wrong)
            assert refused.exit_code == 2
