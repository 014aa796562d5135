"""Asking for jobs, cancelling and retrying them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.errors import RightsError, UsageError
from core.flows.again import cancel, retry
from core.identity import is_known_dead
from core.jobs import lifecycle
from core.jobs.requests import request
from core.jobs.views import last_job_of
from core.model.audit import AuditEntry
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem, JobState
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.orders.declaration import ORDERS_IMPORT
from core.subjects import Subject
from tests.unit.builders import DE, FR, NOON, FakeClock, add_job, connect_channel, get_job, order_intent

IMPORT = "orders.import"
OWNER = "another-host/1/1/a"
VENDOR = Actor("vera", is_admin=False, store_id=1, company_id=1)
STRANGER = Actor("stan", is_admin=False, store_id=1, company_id=2)


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def ask(database: Database, channel: Channel, params: dict[str, Any], **more: Any) -> tuple[int, bool]:
    asked = request(database, LOCAL_ADMIN, ORDERS_IMPORT, channel, params, **more)
    return asked.job_id, asked.joined


def test_a_request_is_recorded_with_who_asked(database: Database, channel: Channel) -> None:
    job_id, joined = ask(database, channel, {"statuses": ["SHIPPED"]})
    assert not joined
    job = get_job(database, job_id)
    assert (job.kind, job.channel_id, job.channel_name, job.state) == (IMPORT, channel.id, "de", "queued")
    assert (job.params, job.requested_by, job.runs_in) == ({"statuses": ["SHIPPED"]}, "admin", "")
    with database.read() as session:
        (event,) = session.exec(select(JobEvent)).all()
    assert "admin" in event.text


@pytest.mark.parametrize("state", ["queued", "running", "waiting", "interrupted"])
def test_equal_parameters_join_a_job_that_has_not_ended(database: Database, channel: Channel, state: str) -> None:
    first = add_job(database, channel, params={"from": "a"}, state=state)
    assert ask(database, channel, {"from": "a"}) == (first, True)


@pytest.mark.parametrize("state", ["succeeded", "finished_with_problems", "failed", "cancelled"])
def test_an_ended_job_is_not_joined(database: Database, channel: Channel, state: str) -> None:
    first = add_job(database, channel, params={}, state=state)
    job_id, joined = ask(database, channel, {})
    assert (job_id != first, joined) == (True, False)


@pytest.mark.parametrize(
    ("running", "asked", "joins"),
    [
        ({"order_ids": ["1", "2"]}, {"order_ids": ["1"]}, True),
        ({"order_ids": ["1", "2"]}, {"order_ids": ["2", "1"]}, True),
        ({"order_ids": ["1"]}, {"order_ids": ["1", "2"]}, False),
        ({"order_ids": ["1"]}, {}, False),
        ({}, {"order_ids": ["1"]}, False),
        ({}, {"order_ids": []}, False),
        ({"order_ids": ["1", "2"], "plan_only": True}, {"order_ids": ["1"]}, False),
        ({"order_ids": ["1", "2"], "plan_only": True}, {"order_ids": ["1"], "plan_only": True}, True),
        ({"from": "a"}, {"from": "b"}, False),
        ({"from": "a"}, {}, False),
        ({}, {"plan_only": True}, False),
        ({"replan": ["1", "2"]}, {"replan": ["1"]}, True),
        ({"replan": ["1"]}, {"replan": ["1", "2"]}, False),
    ],
)
def test_a_request_joins_only_a_job_that_does_all_it_asks(
    database: Database, channel: Channel, running: dict[str, Any], asked: dict[str, Any], joins: bool
) -> None:
    first = add_job(database, channel, params=running)
    job_id, joined = ask(database, channel, asked)
    assert (joined, job_id == first) == (joins, joins)


def test_planning_again_joins_no_job_that_may_have_planned_already(database: Database, channel: Channel) -> None:
    first = add_job(database, channel, params={"replan": ["1"]}, state="running", started_at=NOON)
    job_id, joined = ask(database, channel, {"replan": ["1"]})
    assert (joined, job_id == first) == (False, False)


def test_what_amazon_tells_of_joins_no_job_that_may_have_read_it_already_and_none_of_a_person(
    database: Database, channel: Channel
) -> None:
    heard = {"order_ids": ["1"], "heard": True}
    first = add_job(database, channel, params=heard)
    assert ask(database, channel, heard) == (first, True)
    assert not ask(database, channel, {"order_ids": ["1"]})[1], "a person's word lifts the channel's dates"
    with database.write() as session:
        session.get_one(Job, first).started_at = NOON
    assert not ask(database, channel, heard)[1]


def test_jobs_of_other_channels_and_kinds_are_not_joined(database: Database, channel: Channel) -> None:
    other = connect_channel(database, name="fr", marketplace_id=FR)
    add_job(database, other)
    add_job(database, channel, kind="shipments.push")
    assert not ask(database, channel, {})[1]


def test_a_job_that_is_being_cancelled_is_not_joined(database: Database, channel: Channel) -> None:
    add_job(database, channel, cancel_requested=True, state="running")
    assert not ask(database, channel, {})[1]


def test_a_direct_job_never_joins_and_names_the_process_that_runs_it(database: Database, channel: Channel) -> None:
    first, _ = ask(database, channel, {})
    second, joined = ask(database, channel, {}, direct=True)
    assert (second != first, joined) == (True, False)
    runs_in = get_job(database, second).runs_in
    assert runs_in
    assert not is_known_dead(runs_in)


def test_a_vendor_asks_for_work_of_their_own_company_only(database: Database, channel: Channel) -> None:
    assert request(database, VENDOR, ORDERS_IMPORT, channel, {}).job_id
    with pytest.raises(RightsError):
        request(database, STRANGER, ORDERS_IMPORT, channel, {})


# -- cancel ---------------------------------------------------------------------------------------------------------


def test_cancelling_a_running_job_asks_it_to_stop(database: Database, channel: Channel) -> None:
    job_id = add_job(database, channel)
    lifecycle.claim(database, job_id, OWNER)
    cancel(database, LOCAL_ADMIN, job_id)
    job = get_job(database, job_id)
    assert (job.state, job.cancel_requested, job.owner) == ("running", True, OWNER)


@pytest.mark.parametrize("state", ["queued", "waiting", "interrupted"])
def test_a_job_that_does_not_run_ends_at_once_when_it_is_cancelled(
    database: Database, channel: Channel, state: str
) -> None:
    job_id = add_job(database, channel, state=state, not_before=NOON, waiting_for="quota")
    cancel(database, LOCAL_ADMIN, job_id)
    job = get_job(database, job_id)
    assert (job.state, job.finished_at, job.not_before, job.waiting_for) == ("cancelled", NOON, None, "")
    assert lifecycle.due(database) == []
    assert lifecycle.claim(database, job_id, OWNER) is None


def test_what_a_cancelled_job_had_not_sent_is_taken_back_and_planned_again(
    database: Database, channel: Channel
) -> None:
    job_id = add_job(database, channel, state="waiting")
    other = add_job(database, channel)
    mirror(database, channel, "1", "2", "3", "4")
    with database.write() as session:
        for order_id, job, state, attempts in (
            ("1", job_id, "waiting", 0),
            ("2", job_id, "waiting", 1),
            ("3", job_id, "unknown", 1),
            ("4", other, "waiting", 0),
        ):
            session.add(
                order_intent(
                    store_id=1,
                    channel_id=1,
                    job_id=job,
                    subject=f"order {order_id}",
                    kind="order.create",
                    state=state,
                    attempts=attempts,
                )
            )
    cancel(database, LOCAL_ADMIN, job_id)
    with database.read() as session:
        assert sorted(session.exec(select(OutboxIntent.subject)).all()) == ["order 2", "order 3", "order 4"]
        assert session.exec(select(AmazonOrder.order_id).where(col(AmazonOrder.dirty))).all() == ["1"]


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
def test_an_ended_job_cannot_be_cancelled(database: Database, channel: Channel, state: JobState) -> None:
    job_id = add_job(database, channel, state=state)
    with pytest.raises(UsageError, match=str(state)):
        cancel(database, LOCAL_ADMIN, job_id)
    assert not get_job(database, job_id).cancel_requested


def test_cancelling_is_audited(database: Database, channel: Channel) -> None:
    cancel(database, VENDOR, add_job(database, channel))
    with database.read() as session:
        (entry,) = session.exec(select(AuditEntry)).all()
    assert (entry.operator, entry.action, entry.subject) == ("vera", "job.cancel", "job 1")


@pytest.mark.parametrize("use_case", [cancel, retry])
def test_strangers_and_missing_jobs_are_refused(database: Database, channel: Channel, use_case: Any) -> None:
    job_id = add_job(database, channel, state="failed")
    for actor, number in ((STRANGER, job_id), (LOCAL_ADMIN, 4711)):
        with pytest.raises(UsageError, match="no such job"):
            use_case(database, actor, number)


@pytest.mark.parametrize("use_case", [cancel, retry])
def test_a_job_without_channel_is_for_admins_only(database: Database, channel: Channel, use_case: Any) -> None:
    job_id = add_job(database, state="queued")
    with pytest.raises(UsageError, match="no such job"):
        use_case(database, VENDOR, job_id)


# -- retry ----------------------------------------------------------------------------------------------------------


def end(database: Database, channel: Channel, state: str, results: dict[str, str], **values: Any) -> int:
    job_id = add_job(database, channel, state=state, **values)
    with database.write() as session:
        for subject, result in results.items():
            session.add(JobItem(job_id=job_id, subject=subject, result=result))
    return job_id


def mirror(database: Database, channel: Channel, *order_ids: str, dirty: bool = False) -> None:
    with database.write() as session:
        for order_id in order_ids:
            session.add(
                AmazonOrder(
                    account_id=channel.account_id,
                    order_id=order_id,
                    marketplace_id=DE,
                    status="UNSHIPPED",
                    fulfilled_by="MERCHANT",
                    created_at=NOON,
                    updated_at=NOON,
                    raw={},
                    fingerprint=order_id,
                    dirty=dirty,
                )
            )


def test_only_what_did_not_succeed_is_done_again(database: Database, channel: Channel) -> None:
    results = {"order 1": "created", "order 2": "failed", "order 3": "held", "order 4": "unchanged"}
    job_id = end(database, channel, "finished_with_problems", results, params={"statuses": ["SHIPPED"]})
    mirror(database, channel, "1", "2", "3", "4")
    again = retry(database, LOCAL_ADMIN, job_id)
    assert not again.joined
    job = get_job(database, again.job_id)
    assert (job.params, job.retry_of, job.state) == ({"replan": ["2", "3"]}, job_id, "queued")
    with database.read() as session:
        dirty = session.exec(select(AmazonOrder.order_id).where(col(AmazonOrder.dirty))).all()
    assert sorted(dirty) == ["2", "3"]


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_job_that_did_not_get_to_its_end_is_done_again_whole(
    database: Database, channel: Channel, state: str
) -> None:
    job_id = end(database, channel, state, {"order 1": "created"}, params={"from": "a"})
    assert get_job(database, retry(database, LOCAL_ADMIN, job_id).job_id).params == {"from": "a"}


@pytest.mark.parametrize("state", ["queued", "running", "waiting", "interrupted"])
def test_a_job_that_has_not_ended_is_not_retried(database: Database, channel: Channel, state: str) -> None:
    with pytest.raises(UsageError, match=state):
        retry(database, LOCAL_ADMIN, end(database, channel, state, {"order 1": "failed"}))


def test_a_job_without_failures_is_not_retried(database: Database, channel: Channel) -> None:
    with pytest.raises(UsageError, match="Nothing"):
        retry(database, LOCAL_ADMIN, end(database, channel, "succeeded", {"order 1": "created"}))


def test_retrying_twice_joins(database: Database, channel: Channel) -> None:
    job_id = end(database, channel, "finished_with_problems", {"order 1": "failed"})
    first = retry(database, LOCAL_ADMIN, job_id)
    second = retry(database, LOCAL_ADMIN, job_id)
    assert (second.job_id, second.joined) == (first.job_id, True)


def test_the_last_job_of_an_item_is_the_newest_that_had_it_or_has_it_before_it(
    database: Database, channel: Channel
) -> None:
    def last(subject: str, actor: Actor = LOCAL_ADMIN) -> int | None:
        return last_job_of(database, actor, "de", Subject.parse(subject))

    older, newer, newest = (add_job(database, channel, state="succeeded") for _ in range(3))
    with database.write() as session:
        session.add(JobItem(job_id=older, subject="order 1", result="held"))
        session.add(JobItem(job_id=newer, subject="order 1", result="created"))
        session.add(JobItem(job_id=older, subject="order 2", result="held"))
        for subject, state in (("order 2", "waiting"), ("order 1", "verified")):
            values = {"store_id": channel.store_id, "channel_id": channel.id, "kind": "order.create"}
            session.add(order_intent(job_id=newest, subject=subject, state=state, **values))
    assert [last(f"order {number}") for number in (1, 2, 3)] == [newer, newest, None]
    assert last("order 1", VENDOR) == newer
    assert last("order 1", STRANGER) is None
