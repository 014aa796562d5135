"""A feed is sent once, waited for outside of the worker, and what Amazon says of it is read."""

from __future__ import annotations

import signal
import time

import pytest

from core.jobs import lifecycle
from core.model.job import JobState
from tests.sync.reading import SEND, Reader


def test_a_feed_is_sent_waited_for_and_answered(reader: Reader) -> None:
    job_id = reader.ask(SEND)
    assert reader.step(job_id).waiting_for == "Amazon to make JSON_LISTINGS_FEED"
    job = reader.run(job_id)
    assert job.state == JobState.SUCCEEDED
    assert reader.saw(job_id) == ["saw DONE 1"]
    assert job.calls == {"createFeedDocument": 1, "createFeed": 1, "getFeed": 3, "getFeedDocument": 1}
    assert reader.calls("document") == 2


def test_every_job_sends_its_own(reader: Reader) -> None:
    reader.send()
    reader.send()
    assert len(reader.made("feeds")) == 2


@pytest.mark.parametrize(("fault", "sent"), [("timeout_after", 1), ("malformed", 1), ("drop", 2), ("error_500", 2)])
def test_a_feed_without_a_clear_answer_is_looked_for_before_it_is_sent_again(
    reader: Reader, fault: str, sent: int
) -> None:
    reader.shop.fault("amazon", "createFeed", fault)
    job = reader.send()
    assert (job.state, reader.saw(job.id)) == (JobState.SUCCEEDED, ["saw DONE 1"])
    assert (reader.calls("createFeed"), len(reader.made("feeds"))) == (sent, 1)


def test_no_feed_is_made_while_it_is_open_whether_another_one_arrived(reader: Reader) -> None:
    """Amazon's list does not tell of which document a feed was made: two at once could not be told apart."""
    reader.shop.fault("amazon", "createFeed", "drop")
    first, second = reader.ask(SEND), reader.ask(SEND)
    assert "has taken" in reader.step(first).waiting_for
    assert "has taken" in reader.step(second).waiting_for
    assert reader.calls("createFeed") == 1
    assert reader.run(second).state == reader.run(first).state == JobState.SUCCEEDED
    assert len(reader.made("feeds")) == 2


def test_a_killed_worker_sends_nothing_twice(reader: Reader) -> None:
    reader.shop.fault("amazon", "createFeed", "slow", seconds=1.0)
    job_id = reader.ask(SEND)
    worker = reader.worker(job_id)
    deadline = time.monotonic() + 30
    while not reader.shop.sandbox.faults.state()[0]["struck"] and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(30) == -signal.SIGKILL
    time.sleep(1.0)  # Amazon goes on with what it was doing
    lifecycle.recover(reader.shop.workspace.database)
    assert reader.run(job_id).state == JobState.SUCCEEDED
    assert (reader.calls("createFeed"), len(reader.made("feeds"))) == (1, 1)


@pytest.mark.parametrize("fault", ["drop", "error_500", "expired_url"])
def test_a_document_that_did_not_arrive_is_sent_again_and_no_feed_made_of_it(reader: Reader, fault: str) -> None:
    reader.shop.fault("amazon", "document", fault)
    job = reader.send()
    assert (job.state, reader.saw(job.id)) == (JobState.SUCCEEDED, ["saw DONE 1"])
    assert job.calls["createFeedDocument"] == 2
    assert (reader.calls("createFeed"), len(reader.made("feeds"))) == (1, 1)


def test_a_feed_that_ends_badly_is_told_to_its_flow_with_its_report(reader: Reader) -> None:
    job = reader.send(text='{"messages": [')
    assert (job.state, reader.saw(job.id)) == (JobState.SUCCEEDED, ["saw FATAL 0"])
    reader.shop.sandbox.set_pace({"outcomes": {"JSON_LISTINGS_FEED": "CANCELLED"}})
    job = reader.send()
    assert reader.saw(job.id) == ["saw CANCELLED None"]
