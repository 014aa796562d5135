"""Lists of jobs: what fits, in order and counted, the operator's own alone."""

from __future__ import annotations

import pytest

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.jobs.list import JobFilter, JobGroup, as_of, job_keys, jobs_page
from core.jobs.views import list_jobs
from core.model.channel import Channel
from core.model.job import Job, JobState
from tests.unit.builders import FR, FakeClock, add_job, connect_channel
from tui.commands.jobs import documents_of


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


@pytest.fixture
def made(database: Database, channel: Channel) -> list[int]:
    """One job in each state of one channel, and one of another company's."""
    news = {JobState.FINISHED_WITH_PROBLEMS: 1}
    mine = [add_job(database, channel, state=state, new_problems=news.get(state, 0)) for state in JobState]
    other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
    return [*mine, add_job(database, other, state=JobState.FAILED, kind="products.import")]


def keys(database: Database, actor: Actor = LOCAL_ADMIN, **wanted: object) -> list[int]:
    return list(job_keys(database, actor, JobFilter(**wanted)).keys)  # type: ignore[arg-type]


def test_all_jobs_are_listed_newest_first_and_counted_by_group(database: Database, made: list[int]) -> None:
    found = job_keys(database, LOCAL_ADMIN, JobFilter())
    assert list(found.keys) == made[::-1]
    assert found.counts == {JobGroup.ACTIVE: 4, JobGroup.PROBLEMS: 3, JobGroup.FINISHED: 2}
    assert found.total == 9


def test_a_job_that_goes_while_its_document_is_made_is_left_out(database: Database, made: list[int]) -> None:
    jobs = list_jobs(database, LOCAL_ADMIN)
    with database.write() as session:
        session.delete(session.get_one(Job, made[3]))
    assert [one["job"] for one in documents_of(database, LOCAL_ADMIN, jobs)] == [*made[:3:-1], *made[2::-1]]


def test_groups_narrow_the_list_and_not_the_counts(database: Database, made: list[int]) -> None:
    found = job_keys(database, LOCAL_ADMIN, JobFilter(frozenset({JobGroup.ACTIVE})))
    assert list(found.keys) == made[3::-1]
    assert found.total == 9
    troubled = job_keys(database, LOCAL_ADMIN, JobFilter(frozenset({JobGroup.PROBLEMS}))).keys
    assert [job.state for job in jobs_page(database, LOCAL_ADMIN, troubled)] == [
        JobState.FAILED,
        JobState.FAILED,
        JobState.FINISHED_WITH_PROBLEMS,
    ]


def test_a_job_is_with_problems_for_what_is_new_in_it_however_it_ended(database: Database, channel: Channel) -> None:
    add_job(database, channel, state=JobState.FINISHED_WITH_PROBLEMS, counts={"held": 112})
    cancelled = add_job(database, channel, state=JobState.CANCELLED, counts={"held": 170}, new_problems=170)
    assert keys(database, states=frozenset({JobGroup.PROBLEMS})) == [cancelled]


def test_channel_and_kind_narrow_both(database: Database, made: list[int]) -> None:
    assert keys(database, channel="fr") == keys(database, kind="products.import") == [made[-1]]
    assert keys(database, channel="fr", kind="orders.import") == []


def test_a_vendor_sees_the_jobs_of_the_own_company(database: Database, made: list[int]) -> None:
    vendor = Actor("v", is_admin=False, store_id=1, company_id=2)
    assert keys(database, vendor) == [made[-1]]
    assert [job.id for job in jobs_page(database, vendor, made)] == [made[-1]]
    assert job_keys(database, vendor, JobFilter()).total == 1


def test_a_page_keeps_the_order_asked_for_and_leaves_out_what_is_gone(database: Database, made: list[int]) -> None:
    wanted = [made[2], 999, made[0]]
    assert [job.id for job in jobs_page(database, LOCAL_ADMIN, wanted)] == [made[2], made[0]]


def test_the_mark_of_a_listing_changes_with_what_is_listed_alone(database: Database, channel: Channel) -> None:
    marks = [as_of(database)]
    job_id = add_job(database, channel)
    marks.append(as_of(database))
    for state in (JobState.RUNNING, JobState.WAITING, JobState.FAILED):
        with database.write() as session:
            session.get_one(Job, job_id).state = state
        marks.append(as_of(database))
    assert len(set(marks)) == len(marks)
    with database.write() as session:
        session.get_one(Job, job_id).done = 5
    assert as_of(database) == marks[-1]
