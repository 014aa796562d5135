"""Jobs of several channels that write into one store: whose turn it is takes along what the others have ready."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, delete, select, update

from core import leases
from core.actor import LOCAL_ADMIN
from core.flows import again, runner
from core.jobs.lifecycle import wake
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import Job, JobState
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import WAITING, OutboxIntent
from core.orders import CREATE_KIND
from core.orders import actions as orders
from core.stop_writes import stop_writes
from core.subjects import Owner
from core.sync.outbox import Outbox
from tests.flows.kit import Shop, shop
from tests.unit.builders import FR

LANE, HOLDER = "lane/store 1", "another-host/1/1/a"


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    """Two channels with a store."""
    with shop(home, orders=5, other_orders=16) as it:
        with it.workspace.database.write() as session:
            first = session.exec(select(Channel)).one()
            values = first.model_dump(exclude={"id", "name", "marketplace_id"})
            session.add(Channel(**values, name="fr", marketplace_id=FR))
        yield it


def in_line(it: Shop) -> int:
    """An import of the second channel that has read and planned, and found the store taken."""
    job_id = orders.import_orders(it.workspace, LOCAL_ADMIN, "fr").job_id
    assert leases.take(it.workspace.database, LANE, HOLDER)
    assert runner.run(it.workspace, job_id) is JobState.WAITING
    leases.release(it.workspace.database, LANE, HOLDER)
    assert waiting(it, job_id)
    return job_id


def waiting(it: Shop, job_id: int) -> int:
    """Intents of a job that nobody has begun."""
    with it.workspace.database.read() as session:
        query = select(OutboxIntent.id).where(col(OutboxIntent.job_id) == job_id, col(OutboxIntent.state) == WAITING)
        return len(session.exec(query).all())


def front_gone(it: Shop, job_id: int) -> None:
    """Let the job give its place in front to whoever asks."""
    leases.release(it.workspace.database, f"{LANE}/next", f"job {job_id}")


def test_a_turn_takes_along_what_waits_and_whoever_waited_ends_without_a_call(it: Shop) -> None:
    job_id = in_line(it)
    planned = waiting(it, job_id)
    front_gone(it, job_id)
    it.import_orders()
    assert waiting(it, job_id) == 0
    calls = [it.calls("store", operation) for operation in ("createOrder", "updateOrder", "listOrders")]
    runner.run_here(it.workspace, job_id)
    job = it.job(job_id)
    assert job.state.is_final
    assert job.counts["created"] == planned
    assert calls == [it.calls("store", operation) for operation in ("createOrder", "updateOrder", "listOrders")]


def test_of_a_channel_that_was_disabled_nothing_is_taken_along(it: Shop) -> None:
    job_id = in_line(it)
    planned = waiting(it, job_id)
    with it.workspace.database.write() as session:
        session.exec(update(Channel).where(col(Channel.name) == "fr").values(enabled=False))
    front_gone(it, job_id)
    it.import_orders()
    assert waiting(it, job_id) == planned


@pytest.mark.parametrize("change", [{"state": JobState.FAILED}, {"cancel_requested": True}, None])
def test_what_ended_or_was_disabled_since_is_taken_along_no_more(it: Shop, change: dict[str, object] | None) -> None:
    job_id = in_line(it)
    outbox = Outbox(it.workspace.database, Owner.store(1), 1, lane=LANE, owner=HOLDER, kinds={CREATE_KIND})
    outbox.share({CREATE_KIND}, it.job(job_id).waiting_for)
    assert len(outbox.pending(0)) == waiting(it, job_id)
    with it.workspace.database.write() as session:
        if change is None:
            session.exec(update(Channel).where(col(Channel.name) == "fr").values(enabled=False))
        else:
            session.exec(update(Job).where(col(Job.id) == job_id).values(**change))
    assert outbox.pending(0) == []


def test_a_job_that_comes_back_looks_no_more_for_what_it_has_looked_for(it: Shop) -> None:
    """While writes are stopped it comes back every two seconds."""
    front_gone(it, in_line(it))
    stop_writes(it.workspace, LOCAL_ADMIN, True)
    job_id = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel).job_id
    calls = []
    for _ in range(2):
        with it.workspace.database.write() as session:
            wake(session, [job_id])
        assert runner.run(it.workspace, job_id) is JobState.WAITING
        calls.append(it.calls("store", "listOrders"))
    assert calls[0] == calls[1] > 0


def test_of_a_cancelled_job_nothing_is_taken_along(it: Shop) -> None:
    job_id = in_line(it)
    again.cancel(it.workspace.database, LOCAL_ADMIN, job_id)
    front_gone(it, job_id)
    it.import_orders()
    assert links(it) == 0


def test_orders_of_an_earlier_life_are_looked_for_also_where_they_are_taken_along(it: Shop) -> None:
    job_id = in_line(it)
    front_gone(it, job_id)
    it.import_orders()
    runner.run_here(it.workspace, job_id)
    made = len(it.sandbox.store.orders)
    forget(it)
    job_id = in_line(it)
    front_gone(it, job_id)
    it.import_orders()
    runner.run_here(it.workspace, job_id)
    assert len(it.sandbox.store.orders) == made
    assert links(it) > 0


def links(it: Shop) -> int:
    with it.workspace.database.read() as session:
        channel_id = stored_id(session.exec(select(Channel).where(col(Channel.name) == "fr")).one().id)
        return len(session.exec(select(OrderLink.id).where(col(OrderLink.channel_id) == channel_id)).all())


def forget(it: Shop) -> None:
    """Let the database be one of before the imports."""
    with it.workspace.database.write() as session:
        for model in (OutboxIntent, OrderLink, Cursor, AmazonOrder):
            session.exec(delete(model))
