"""What a running job tells, asks and writes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from core.database import Database
from core.errors import WaitUntil
from core.jobs import context as module
from core.jobs import lifecycle
from core.jobs.context import Cancelled, ItemResult, JobContext, Stopping, new_problems
from core.jobs.lifecycle import LostLease
from core.jobs.views import job_view
from core.model.job import Job, JobEvent, JobItem
from core.model.setting import GlobalSetting
from core.state import State
from tests.unit.builders import FR, NOON, FakeClock, add_job, connect_channel, get_job, in_threads, running

OWNER = "host/1/1/a"


@pytest.fixture
def context(database: Database, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> JobContext:
    """A running job that never looks by itself, so that the test says when."""
    monkeypatch.setattr(module, "FLUSH_EVERY", 1e9)
    return running(database, add_job(database), OWNER)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch, context: JobContext) -> JobContext:
    """The same, but it looks, and writes, at every check."""
    monkeypatch.setattr(module, "FLUSH_EVERY", -1.0)
    return context


@dataclass(frozen=True)
class Pages(State):
    """State of one part of a program …"""

    page: int = 0


@dataclass(frozen=True)
class Tokens(State):
    """… and of another."""

    token: str = ""


def save(context: JobContext, *states: State) -> None:
    with context.database.write() as session:
        context.save(session, *states)


def steal(context: JobContext) -> None:
    with context.database.write() as session:
        session.exec(update(Job).where(col(Job.id) == context.job_id).values(owner="host/2/2/b"))


def events(database: Database) -> list[JobEvent]:
    with database.read() as session:
        return list(session.exec(select(JobEvent).order_by(col(JobEvent.id))).all())


def items(database: Database) -> dict[str, JobItem]:
    with database.read() as session:
        return {item.subject: item for item in session.exec(select(JobItem)).all()}


# -- the checkpoint -------------------------------------------------------------------------------------------------


def test_each_part_keeps_its_own_in_the_checkpoint_and_it_is_there_for_the_next_worker(
    context: JobContext, database: Database
) -> None:
    save(context, Pages(1), Tokens("a"))
    save(context, Pages(2))
    assert get_job(database, context.job_id).checkpoint == {"page": 2, "token": "a"}
    with database.write() as session:
        lifecycle.release(session, context.job_id, OWNER)
    resumed = running(database, context.job_id)
    assert (resumed.state(Pages), resumed.state(Tokens)) == (Pages(2), Tokens("a"))


def test_what_goes_back_to_its_default_is_no_longer_written(context: JobContext, database: Database) -> None:
    save(context, Pages(1), Tokens("a"))
    save(context, Pages())
    assert get_job(database, context.job_id).checkpoint == {"token": "a"}
    assert context.state(Pages) == Pages()


def test_what_another_version_keeps_in_the_checkpoint_stays(database: Database, fake_clock: FakeClock) -> None:
    context = running(database, add_job(database, checkpoint={"page": 1, "newer": [1]}))
    save(context, replace(context.state(Pages), page=2))
    assert get_job(database, context.job_id).checkpoint == {"page": 2, "newer": [1]}


def test_what_is_only_counted_is_seen_beside_the_items(context: JobContext, database: Database) -> None:
    context.result(ItemResult("order 1", "created"))
    context.seen(30_000)
    assert get_job(database, context.job_id).counts.get("seen", 0) == 0
    save(context)
    context.flush()
    counts = get_job(database, context.job_id).counts
    assert (counts["seen"], counts["created"]) == (30_001, 1)
    with database.read() as session:
        stored = session.get_one(Job, context.job_id)
        assert module.counts_of(session, context.job_id, stored.checkpoint) == counts


def test_the_checkpoint_rolls_back_with_the_transaction_it_stands_in(context: JobContext, database: Database) -> None:
    save(context, Pages(1))
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(GlobalSetting(key="row", value="beside"))
        context.save(session, Pages(2))
        raise RuntimeError
    with database.read() as session:
        assert session.get(GlobalSetting, "row") is None
    assert get_job(database, context.job_id).checkpoint == {"page": 1}


def test_the_checkpoint_commits_with_the_rows_it_covers(context: JobContext, database: Database) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key="row", value="beside"))
        context.save(session, Pages(2))
    with database.read() as session:
        assert session.get(GlobalSetting, "row") is not None
    assert get_job(database, context.job_id).checkpoint == {"page": 2}


def test_the_job_that_was_handed_in_is_not_changed(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database, params={"a": 1}, checkpoint={"b": 2}, calls={"getOrder": 1})
    job = lifecycle.claim(database, job_id, OWNER)
    assert job is not None
    context = JobContext(database, job, OWNER)
    context.params["a"] = context.checkpoint["b"] = 9
    context.called("getOrder")
    assert (job.params, job.checkpoint, job.calls) == ({"a": 1}, {"b": 2}, {"getOrder": 1})


def test_saving_after_losing_the_lease_writes_nothing(context: JobContext, database: Database) -> None:
    save(context, Pages(1))
    steal(context)
    context.event("too late")
    context.result(ItemResult("order 1", "created"))
    with pytest.raises(LostLease):
        save(context, Pages(2))
    assert get_job(database, context.job_id).checkpoint == {"page": 1}
    assert events(database) == []
    assert items(database) == {}


# -- what flows tell ------------------------------------------------------------------------------------------------


def test_nothing_is_written_before_its_time_and_everything_with_a_flush(
    context: JobContext, database: Database
) -> None:
    save(context)
    context.event("read", level="warning", subject="order 1")
    context.result(ItemResult("order 1", "held", "sku_unknown", "m", "f"))
    context.progress(step="Reading", done=1, total=3)
    assert events(database) == []
    context.flush()
    (event,) = events(database)
    assert (event.text, event.level, event.subject, event.at) == ("read", "warning", "order 1", NOON)
    job = get_job(database, context.job_id)
    assert (job.step, job.done, job.total) == ("Reading", 1, 3)
    assert items(database)["order 1"].code == "sku_unknown"


def test_what_was_written_is_not_written_twice(context: JobContext, database: Database) -> None:
    context.event("once")
    context.flush()
    context.flush()
    save(context)
    assert len(events(database)) == 1


def test_what_is_buffered_is_written_between_two_items(at_once: JobContext, database: Database) -> None:
    at_once.progress(step="Reading", total=0)
    at_once.check()
    job = get_job(database, at_once.job_id)
    assert (job.step, job.done, job.total) == ("Reading", 0, 0)
    at_once.progress(done=2)
    at_once.check()
    job = get_job(database, at_once.job_id)
    assert (job.step, job.done, job.total) == ("Reading", 2, 0)


def test_telling_writes_nothing_so_it_may_be_done_inside_a_transaction(at_once: JobContext, database: Database) -> None:
    with database.write() as session:
        at_once.progress(step="Reading", done=7)
        at_once.event("read")
        at_once.result(ItemResult("order 1", "created"))
        at_once.called("getOrder")
        at_once.save(session)
    job = get_job(database, at_once.job_id)
    assert (job.step, job.done, job.calls) == ("Reading", 7, {"getOrder": 1})


class TestPhases:
    def test_each_leaves_a_line_in_the_log_and_begins_to_count_anew(
        self, context: JobContext, database: Database
    ) -> None:
        context.phase("Read", "order")
        for page in (1, 2):
            context.called("searchOrders")
            context.progress(step=f"Reading page {page}", done=page * 100)
        context.phase("Planned", "order")
        context.progress(step="Planning", done=200, total=640)
        context.end_phase()
        context.flush()
        assert [event.text for event in events(database)] == [
            "Read 200 orders in 2 calls to Amazon.",
            "Planned 200 of 640 orders.",
        ]
        job = get_job(database, context.job_id)
        assert (job.done, job.total) == (200, 640)

    def test_one_in_which_nothing_was_done_is_told_only_of_reading(
        self, context: JobContext, database: Database
    ) -> None:
        context.phase("Read", "order")
        context.phase("Planned", "order")
        context.phase("Sent", "order")
        context.flush()
        assert [event.text for event in events(database)] == ["Read 0 orders."]

    def test_goes_on_in_the_next_worker_with_its_pace(
        self, context: JobContext, database: Database, fake_clock: FakeClock
    ) -> None:
        context.phase("Planned", "order")
        context.progress(done=100, total=400)
        save(context)
        with database.write() as session:
            lifecycle.release(session, context.job_id, OWNER)
        fake_clock.forward(60)
        resumed = running(database, context.job_id)
        resumed.phase("Planned", "order")
        view = job_view(get_job(database, context.job_id))
        assert (view.done, view.per_minute, view.seconds_left) == (100, 100, 180)

    def test_have_no_pace_before_they_have_gone_on_for_a_while(self, context: JobContext, database: Database) -> None:
        context.phase("Planned", "order")
        context.progress(done=100, total=400)
        context.flush()
        view = job_view(get_job(database, context.job_id))
        assert (view.per_minute, view.seconds_left) == (None, None)


def test_problems_are_new_unless_the_job_before_told_of_them_alike(database: Database, fake_clock: FakeClock) -> None:
    channel, other = connect_channel(database), connect_channel(database, name="fr", marketplace_id=FR)
    told = [
        (channel, {"1": "held sku_unknown", "2": "held sku_unknown", "3": "created", "4": "failed refused"}),
        (other, {"5": "held sku_unknown"}),
        (channel, {"1": "unchanged"}),
    ]
    for whose, results in told:
        add_items(database, add_job(database, whose), results)
    now = {"1": "held sku_unknown", "2": "held zero_price", "3": "held pending", "4": "held refused"}
    job_id = add_job(database, channel)
    add_items(database, job_id, {**now, "5": "held sku_unknown", "6": "created"})
    with database.read() as session:
        assert new_problems(session, job_id) == 4


def add_items(database: Database, job_id: int, results: dict[str, str]) -> None:
    with database.write() as session:
        for number, told in results.items():
            result, _, code = told.partition(" ")
            session.add(JobItem(job_id=job_id, subject=f"order {number}", result=result, code=code))


def test_secrets_do_not_reach_the_log_of_the_job(context: JobContext, database: Database) -> None:
    context.event("refused: client_secret=hunter2hunter2 of ada@example.com")
    context.flush()
    assert "hunter2" not in events(database)[0].text
    assert "ada@" not in events(database)[0].text


def test_the_last_result_of_an_item_counts(context: JobContext, database: Database) -> None:
    context.result(ItemResult("order 1", "held", "pending", "m", "f"))
    context.flush()
    context.result(ItemResult("order 1", "failed", "x"))
    context.result(ItemResult("order 1", "created"))
    context.flush()
    item = items(database)["order 1"]
    assert (item.result, item.code, item.message, item.fix) == ("created", "", "", "")
    assert get_job(database, context.job_id).counts == {
        "seen": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "held": 0,
        "failed": 0,
    }


def test_counts_are_of_all_items_and_of_this_job_alone(context: JobContext, database: Database) -> None:
    other = add_job(database)
    with database.write() as session:
        session.add(JobItem(job_id=other, subject="order 1", result="failed"))
    for number, result in enumerate(["created", "created", "updated", "unchanged", "held", "failed"]):
        context.result(ItemResult(f"order {number}", result))
    context.flush()
    assert get_job(database, context.job_id).counts == {
        "seen": 6,
        "created": 2,
        "updated": 1,
        "unchanged": 1,
        "held": 1,
        "failed": 1,
    }


def test_calls_go_on_counting_over_restarts(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database, calls={"searchOrders": 2}, refused_calls=1)
    context = running(database, job_id, OWNER)
    context.called("searchOrders")
    context.called("getOrder")
    context.refused("searchOrders")
    context.flush()
    job = get_job(database, job_id)
    assert (job.calls, job.refused_calls) == ({"searchOrders": 3, "getOrder": 1}, 2)


def test_many_threads_lose_no_count_and_no_line(context: JobContext, database: Database) -> None:
    def work(name: str) -> Callable[[], None]:
        def run() -> None:
            for number in range(25):
                context.called("getOrder")
                context.event(f"{name} {number}")
                context.result(ItemResult(f"order {name}-{number}", "created"))
                if number % 10 == 0:
                    context.flush()

        return run

    with in_threads(*[work(name) for name in "abcd"]):
        pass
    context.flush()
    assert len({event.text for event in events(database)}) == len(events(database)) == 100
    job = get_job(database, context.job_id)
    assert job.calls == {"getOrder": 100}
    assert job.counts["created"] == 100


# -- what flows ask -------------------------------------------------------------------------------------------------


def test_a_running_job_may_go_on(at_once: JobContext) -> None:
    at_once.check()
    assert not at_once.stopping()


def test_a_cancelled_job_stops_between_two_items(at_once: JobContext) -> None:
    with at_once.database.write() as session:
        session.exec(update(Job).where(col(Job.id) == at_once.job_id).values(cancel_requested=True))
    with pytest.raises(Cancelled):
        at_once.check()


def test_a_stolen_job_stops_between_two_items(at_once: JobContext) -> None:
    steal(at_once)
    with pytest.raises(LostLease):
        at_once.check()


def test_a_job_that_is_gone_stops(at_once: JobContext) -> None:
    with at_once.database.write() as session:
        session.delete(session.get_one(Job, at_once.job_id))
    with pytest.raises(LostLease):
        at_once.check()


def test_looking_is_cheap_between_two_looks(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_checked_at", module.time.monotonic())
    steal(context)
    context.check()


def test_a_stopping_worker_stops_its_job_at_every_check(database: Database, fake_clock: FakeClock) -> None:
    job = lifecycle.claim(database, add_job(database), OWNER)
    assert job is not None
    stop = threading.Event()
    context = JobContext(database, job, OWNER, should_stop=stop.is_set)
    context.check()
    assert not context.stopping()
    stop.set()
    assert context.stopping()
    with pytest.raises(Stopping):
        context.check()


def test_waiting_tells_until_when_and_why(context: JobContext) -> None:
    with pytest.raises(WaitUntil) as caught:
        context.wait(90, "the store")
    assert (caught.value.until, caught.value.reason) == (NOON + timedelta(seconds=90), "the store")


def test_only_work_of_schedules_is_background_work(database: Database, fake_clock: FakeClock) -> None:
    assert running(database, add_job(database, requested_by="system")).background
    assert not running(database, add_job(database, requested_by="admin")).background


# -- the lease ------------------------------------------------------------------------------------------------------


def test_a_lease_that_was_lost_while_a_step_took_long_stops_the_job(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LENGTH", 0.0)
    steal(context)
    context._renew()
    assert context.stopping()
    with pytest.raises(LostLease):
        context.check()


def test_the_lease_is_renewed_while_a_step_takes_long(
    context: JobContext, database: Database, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LENGTH", 0.0)
    renewed = threading.Event()
    original = lifecycle.update_owned

    def noted(*args: object, **values: object) -> None:
        original(*args, **values)  # type: ignore[arg-type]
        renewed.set()

    monkeypatch.setattr(module, "update_owned", noted)
    fake_clock.forward(20)
    with context.keeping_lease():
        assert renewed.wait(timeout=20)
    assert get_job(database, context.job_id).lease_until == NOON + timedelta(seconds=50)


def test_a_job_that_ended_while_its_lease_was_renewed_is_not_lost(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LENGTH", 0.0)
    context._done.set()
    context._renew()
    assert not context.stopping()


def test_trouble_with_the_database_does_not_end_the_renewing(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LENGTH", 0.0)
    tries = 0

    def troubled(*_: object) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("disk")
        raise LostLease

    monkeypatch.setattr(module, "update_owned", troubled)
    context._renew()
    assert tries == 2
