"""Nothing is lost, nothing is sent twice, and nobody waits for a feed that is stuck."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon import feeds
from core.amazon.feeds import LISTINGS_BUCKET
from core.amazon.operations import PATCH_LISTING
from core.channels import registry
from core.jobs import views
from core.model.cursor import Cursor
from core.model.job import JobState
from core.submissions.message import ANY_TYPE, Message, Patch
from core.sync.asking import wake
from tests.submissions import toy
from tests.submissions.kit import Submitter


def wanted(submitter: Submitter, quantity: int) -> dict[str, int]:
    return dict.fromkeys(submitter.skus(), quantity)


def test_few_changes_go_singly_and_are_read_back_together(submitter: Submitter) -> None:
    job = submitter.write(**wanted(submitter, 41))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20)
    assert {submitter.shown(sku) for sku in submitter.skus()} == {41}
    assert (submitter.calls("patchListingsItem"), submitter.calls("createFeed")) == (20, 0)
    assert all(ways == ["patch"] for ways in toy.told.values()) and len(toy.told) == 20
    submitter.write(**wanted(submitter, 41))
    assert submitter.calls("patchListingsItem") == 20  # what is there already is not sent


def test_many_changes_go_in_one_feed_whose_report_proves_them(submitter: Submitter) -> None:
    submitter.by_feed()
    job = submitter.write(**wanted(submitter, 42))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert {submitter.shown(sku) for sku in submitter.skus()} == {42}
    assert (submitter.calls("patchListingsItem"), submitter.calls("createFeed")) == (0, 1)
    assert all(ways == ["feed"] for ways in toy.told.values()) and len(toy.told) == 20


def test_what_the_report_of_a_feed_refuses_is_joined_back_to_its_product(submitter: Submitter) -> None:
    submitter.by_feed()
    bad, *others = submitter.skus()
    toy.whole[bad] = Message(bad, ANY_TYPE, patches=(Patch("delete", "brand"),))
    job = submitter.write(**wanted(submitter, 55))
    assert (job.state, job.counts["updated"], job.counts["failed"]) == (JobState.FINISHED_WITH_PROBLEMS, 19, 1)
    (problem,) = views.item_problems(submitter.shop.workspace.database, LOCAL_ADMIN, job.id)
    assert (problem.subject, problem.code) == (f"sku {bad}", "submission_refused")
    assert "90220" in problem.message and problem.fix
    assert {submitter.shown(sku) for sku in others} == {55}
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 0)
    assert bad not in toy.told and not submitter.open()


@pytest.mark.parametrize(("fault", "asked"), [("timeout_after", 1), ("drop", 2), ("error_500", 2)])
def test_a_feed_without_a_clear_answer_is_made_once(submitter: Submitter, fault: str, asked: int) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "createFeed", fault)
    job = submitter.write(**wanted(submitter, 43))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert submitter.calls("createFeed") == asked
    assert all(len(ways) == 1 for ways in toy.told.values()) and len(toy.told) == 20


@pytest.mark.parametrize("step", ["upload", "create"])
def test_a_worker_that_dies_on_the_way_to_a_feed_leaves_nothing_behind(
    submitter: Submitter, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    submitter.by_feed()
    quantity = {"upload": 66, "create": 67}[step]

    def die(*_: object) -> str:
        raise KeyboardInterrupt

    job_id = submitter.ask(**wanted(submitter, quantity))
    with monkeypatch.context() as dying:
        dying.setattr(feeds, step, die)
        with pytest.raises(KeyboardInterrupt):
            submitter.step(job_id)
    assert len(submitter.open()) == 20
    submitter.forward(60)  # its leases lapse
    job = submitter.run(job_id)
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 0)
    assert all(ways == ["feed"] for ways in toy.told.values()) and len(toy.told) == 20


def test_a_feed_that_amazon_tells_the_end_of_is_looked_at_at_once(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "stuck", seconds=60)
    job_id = submitter.ask(**wanted(submitter, 54))
    waits = submitter.step(job_id).waiting_until
    assert waits is not None and waits > clock.now()
    account_id = registry.get(submitter.shop.workspace, LOCAL_ADMIN, submitter.shop.channel).account_id
    with submitter.shop.workspace.database.write() as session:
        (row,) = session.exec(select(Cursor).where(col(Cursor.stream) == "feeds")).all()
        assert row.window is not None
        told = {row.window["id"], "of another program"}
        assert wake(session, [account_id], "feeds", told) == {row.window["id"]}
    waits = submitter.shop.job(job_id).waiting_until
    assert waits is None or waits <= clock.now()
    submitter.run(job_id)


def test_a_feed_that_ends_fatal_goes_singly(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "fatal")
    job = submitter.write(**wanted(submitter, 44))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 20)


def test_a_feed_that_amazon_cancels_goes_singly(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.sandbox.set_pace({"outcomes": {"JSON_LISTINGS_FEED": "CANCELLED"}})
    try:
        job = submitter.write(**wanted(submitter, 51))
    finally:
        submitter.shop.sandbox.set_pace({"outcomes": {}})
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 20)


def test_a_report_that_never_comes_is_replaced_by_reading_back(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "no_report")
    job = submitter.write(**wanted(submitter, 45))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 0)
    assert all(len(ways) == 1 for ways in toy.told.values()) and len(toy.told) == 20


def test_a_stuck_feed_lets_its_changes_go_singly_and_is_put_right_when_it_ends(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "stuck", seconds=2 * 86_400)
    job = submitter.write(**wanted(submitter, 46))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert submitter.offset < 3 * 3600
    assert {submitter.shown(sku) for sku in submitter.skus()} == {46}
    submitter.write(**wanted(submitter, 47))
    submitter.forward(2 * 86_400)
    submitter.write(**{submitter.skus()[0]: 47})
    assert "has ended" in submitter.log(submitter.shop.job(job.id).id + 2)
    assert {submitter.shown(sku) for sku in submitter.skus()} == {47}
    assert not submitter.open()


def test_what_is_urgent_overtakes_a_feed_and_stays(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "stuck", seconds=600)
    first = submitter.ask(**wanted(submitter, 48))
    submitter.step(first)
    assert submitter.calls("createFeed") == 1
    sku = submitter.skus()[0]
    second = submitter.ask(**{sku: 0})
    before = submitter.offset
    for _ in range(6):
        job = submitter.step(second)
        if submitter.shown(sku) == 0:
            break
        submitter.forward(2)
    assert submitter.shown(sku) == 0 and submitter.offset - before <= 60, (job, submitter.log(second))
    submitter.run(first)
    submitter.run(second)
    assert submitter.shown(sku) == 0
    assert {submitter.shown(other) for other in submitter.skus()[1:]} == {48}
    assert not submitter.open()


def test_what_goes_in_the_next_feed_waits_for_it_and_what_is_urgent_does_not(submitter: Submitter) -> None:
    submitter.by_feed()
    sku, *others = submitter.skus()
    submitter.write(**dict.fromkeys(others, 52))
    submitter.write(**{sku: 52})
    submitter.forward(600)
    submitter.tokens(LISTINGS_BUCKET, 0.0)
    submitter.tokens(PATCH_LISTING.name, -1_000.0)
    first = submitter.ask(**wanted(submitter, 53))
    job = submitter.step(first)
    assert job.waiting_for == "Amazon to let another feed through", submitter.log(first)
    assert "by feed: singly they would take 4 min" in submitter.log(first)
    submitter.tokens(PATCH_LISTING.name, 5.0)
    submitter.step(submitter.ask(**{sku: 0}))
    assert submitter.calls("patchListingsItem") == 2 and submitter.open(), "the others still wait"
    submitter.run(first)
    assert submitter.shown(sku) == 0
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (2, 2)
    assert {submitter.shown(other) for other in others} == {53}


def test_a_sku_that_is_not_there_is_told_before_anything_is_sent(submitter: Submitter) -> None:
    job = submitter.write(NOBODYS=3)
    assert job.state == JobState.FINISHED_WITH_PROBLEMS
    assert submitter.calls("patchListingsItem") == 0
