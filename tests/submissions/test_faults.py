"""What may go wrong around a feed at the worst moments."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from core.actor import LOCAL_ADMIN
from core.amazon import feeds as api
from core.channels import registry, removal
from core.errors import ConfigurationError
from core.flows import again, runner
from core.jobs import views
from core.jobs.context import JobContext
from core.jobs.views import JobView
from core.model.job import JobState
from core.submissions import bulk
from core.submissions.document import FeedDocument
from core.submissions.message import ANY_TYPE, Message, Patch
from core.sync import feeds
from core.sync.flow import Flow, Writes
from tests.sandbox.listing_kit import listing
from tests.submissions import toy
from tests.submissions.kit import Submitter


def wanted(submitter: Submitter, quantity: int) -> dict[str, int]:
    return dict.fromkeys(submitter.skus(), quantity)


def after(call: Callable[..., Any], then: Callable[[], None]) -> Callable[..., Any]:
    def called(*arguments: Any, **more: Any) -> Any:
        result = call(*arguments, **more)
        then()
        return result

    return called


def test_a_job_that_is_cancelled_once_its_feed_is_made_sends_nothing_twice(
    submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitter.by_feed()
    job_id = submitter.ask(**wanted(submitter, 71))

    def cancel() -> None:
        again.cancel(submitter.shop.workspace.database, LOCAL_ADMIN, job_id, flows=(toy.QUANTITIES,))
        monkeypatch.setattr("core.jobs.context.FLUSH_EVERY", 0.0)

    with monkeypatch.context() as watched:
        watched.setattr(feeds.api, "create", after(feeds.api.create, cancel))
        assert submitter.step(job_id).state == JobState.CANCELLED
    job = submitter.write(**{submitter.skus()[0]: 71})
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 0), submitter.log(job.id)
    assert not submitter.open()


def test_a_job_that_is_cancelled_while_its_feed_is_composed_sends_nothing_at_all(
    submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitter.by_feed()
    monkeypatch.setattr("core.jobs.context.FLUSH_EVERY", 0.0)
    monkeypatch.setattr(bulk, "_AT_ONCE", 5)
    job_id = submitter.ask(**wanted(submitter, 78))

    def cancel() -> None:
        if submitter.shop.job(job_id).state == JobState.RUNNING:
            again.cancel(submitter.shop.workspace.database, LOCAL_ADMIN, job_id, flows=(toy.QUANTITIES,))

    monkeypatch.setattr(toy.ToySender, "compose", after(toy.ToySender.compose, cancel))
    assert submitter.step(job_id).state == JobState.CANCELLED
    assert not submitter.open()
    assert submitter.calls("createFeed") == 0


def test_a_new_listing_may_show_after_a_quarter_of_an_hour(submitter: Submitter) -> None:
    submitter.shop.sandbox.set_publishing({"show": 5 * submitter.shop.workspace.settings.settle_seconds})
    body = listing(1)
    toy.whole["NEW-1"] = Message("NEW-1", body["productType"], body["attributes"], body["requirements"])
    try:
        job = submitter.write(**{"NEW-1": 7})
    finally:
        submitter.shop.sandbox.set_publishing({"show": 0.0})
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 1), submitter.log(job.id)
    assert job.calls["putListingsItem"] == 1


def test_a_refusal_names_the_attribute_as_people_do(submitter: Submitter) -> None:
    sku = submitter.skus()[0]
    toy.whole[sku] = Message(sku, ANY_TYPE, patches=(Patch("delete", "brand"),))
    job = submitter.write(**{sku: 7})
    (problem,) = views.item_problems(submitter.shop.workspace.database, LOCAL_ADMIN, job.id)
    assert problem.code == "submission_refused"
    assert "90220" in problem.message and "Brand name" in problem.message
    assert "field mapping" in problem.fix


def test_a_worker_that_dies_when_a_late_feed_has_ended_leaves_its_listings_to_the_next(
    submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "stuck", seconds=2 * 86_400)
    submitter.write(**wanted(submitter, 72))
    submitter.write(**wanted(submitter, 73))
    submitter.forward(2 * 86_400)
    next_job = submitter.ask(**{submitter.skus()[0]: 73})

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(bulk, "post", die)
        with suppress(KeyboardInterrupt):
            submitter.step(next_job)
    submitter.forward(60)
    submitter.run(next_job)
    assert {submitter.shown(sku) for sku in submitter.skus()} == {73}
    assert not submitter.open()


def test_a_report_that_cannot_be_had_is_replaced_by_reading_back(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "document", "bad_checksum", after=1, times=-1)
    job = submitter.write(**wanted(submitter, 74))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 0)


def test_what_fits_in_no_document_any_more_is_not_composed_for_it(
    submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitter.by_feed()
    monkeypatch.setattr(bulk, "_AT_ONCE", 2)
    monkeypatch.setattr("core.submissions.document.MOST_BYTES", 700)
    composed: list[int] = []
    compose = toy.ToySender.compose
    monkeypatch.setattr(
        toy.ToySender, "compose", lambda self, channel, some: composed.append(len(some)) or compose(self, channel, some)
    )
    job = submitter.write(**wanted(submitter, 75))
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
    assert sum(composed) <= 40


def test_what_is_urgent_goes_before_a_feed_is_composed(submitter: Submitter, monkeypatch: pytest.MonkeyPatch) -> None:
    submitter.by_feed()
    skus = submitter.skus()
    at_the_time: list[int | None] = []
    finished = FeedDocument.finished
    monkeypatch.setattr(
        FeedDocument, "finished", lambda self: at_the_time.append(submitter.shown(skus[0])) or finished(self)
    )
    submitter.write(**{**wanted(submitter, 76), skus[0]: 0})
    assert at_the_time == [0]


def test_listings_of_a_late_feed_are_read_twenty_at_a_time(submitter: Submitter) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "stuck", seconds=2 * 86_400)
    submitter.write(**wanted(submitter, 77))
    submitter.forward(2 * 86_400)
    before = submitter.calls("searchListingsItems")
    submitter.write(**{submitter.skus()[0]: 77})
    assert submitter.calls("searchListingsItems") - before <= 4


def test_an_urgent_change_stays_urgent_where_a_late_feed_had_the_same_listing(
    submitter: Submitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitter.by_feed()
    submitter.shop.fault("amazon", "feed", "stuck", seconds=2 * 86_400)
    submitter.write(**wanted(submitter, 79))
    submitter.forward(2 * 86_400)
    skus = submitter.skus()
    urgent, other = submitter.ask(**{skus[0]: 0}), submitter.ask(**{skus[1]: 79})
    with monkeypatch.context() as held:
        held.setattr(JobContext, "deliver", lambda *_: None)
        held.setattr(toy, "send_in_bulk", lambda *_: None)
        submitter.step(urgent)
    with monkeypatch.context() as held:
        held.setattr(JobContext, "deliver", lambda *_: None)
        submitter.step(other)
    steps = {one.subject.removeprefix("sku "): one.step for one in submitter.open()}
    assert steps == {sku: "urgent" if sku == skus[0] else "look first" for sku in skus}


class Broken(toy.ToySender):
    """Of another flow, which cannot do anything now."""

    kinds = frozenset({"broken.write"})

    def ready(self) -> None:
        raise ConfigurationError("It is broken.")


def test_a_job_that_waits_for_its_feed_does_not_end_with_the_trouble_of_another_flow(submitter: Submitter) -> None:
    submitter.by_feed()
    job_id = submitter.ask(**wanted(submitter, 80))
    broken = Flow(name="broken", jobs=(), writes=(Writes("seller", Broken.kinds, Broken),))
    runner.run(submitter.shop.workspace, job_id, flows=(toy.QUANTITIES, broken))
    assert submitter.shop.job(job_id).waiting_for == "Amazon to make JSON_LISTINGS_FEED"
    assert submitter.run(job_id).state == JobState.SUCCEEDED


def test_one_feed_of_a_seller_is_made_at_a_time(submitter: Submitter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for several marketplaces: else a feed whose answer is lost could be taken for that of the other channel."""
    submitter.by_feed()
    shop = submitter.shop
    place = {"seller_of": shop.channel, "store": "demo", "company_id": 1, "country": "FR"}
    registry.add(shop.workspace, LOCAL_ADMIN, {"name": "fr", **place})
    french = replace(submitter, shop=replace(shop, channel="fr"))
    skus = submitter.skus()
    first, second = submitter.ask(**dict.fromkeys(skus[:10], 81)), french.ask(**dict.fromkeys(skus[10:], 82))
    create, meanwhile = api.create, list[JobView]()

    def slow(*arguments: Any) -> str:
        if not meanwhile:
            meanwhile.append(submitter.step(second))
            assert submitter.calls("createFeedDocument") == 1
        return create(*arguments)

    monkeypatch.setattr(api, "create", slow)
    monkeypatch.setattr(bulk, "_BUSY", 0.0)  # nothing goes singly in between
    submitter.step(first)
    assert [job.waiting_for for job in meanwhile] == ["another job that sends feeds to this seller"]
    for job_id in (first, second):
        submitter.run(job_id)
    assert submitter.calls("createFeed") == 2
    removal.remove(shop.workspace, LOCAL_ADMIN, "fr")
