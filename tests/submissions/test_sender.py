"""Single submissions: one call each, refused in Amazon's words, and ended by being read back."""

from __future__ import annotations

import pytest

from core.model.job import JobState
from core.submissions import issues
from core.submissions.message import ANY_TYPE, Message, Patch
from core.sync.decisions import Hold
from tests.sandbox.listing_kit import listing
from tests.submissions.desk import Desk, answers
from tests.submissions.toy import ToySender, units


def test_changes_go_singly_and_are_checked_and_read_back_twenty_at_a_time(desk: Desk) -> None:
    skus = desk.want_units(6)
    job = desk.write(skus)
    assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 6)
    assert job.calls == {"patchListingsItem": 6, "searchListingsItems": 2}
    assert [desk.shown(sku) for sku in skus] == [11] * 6
    assert sorted(answers()) == sorted((sku, "patch") for sku in skus)
    assert set(desk.states().values()) == {"verified"}


def test_a_new_listing_is_put(desk: Desk) -> None:
    body = listing(1)
    skus = desk.want(Message("NEW, 1", body["productType"], body["attributes"], body["requirements"]))
    job = desk.write(skus)
    assert (job.state, answers()) == (JobState.SUCCEEDED, [("NEW, 1", "put")])
    assert job.calls["putListingsItem"] == 1


def test_what_differs_no_more_ends_without_a_call(desk: Desk) -> None:
    job = desk.write(["A", "B"])
    assert (job.state, job.counts["unchanged"], job.calls) == (JobState.SUCCEEDED, 2, {})


def test_what_a_flow_holds_is_a_problem_and_stops_nobody(desk: Desk) -> None:
    skus = desk.want_units(2)
    ToySender.wanted[skus[0]] = Hold(issues.SUBMISSION_ODD, "So it is.", "Change it.")
    job = desk.write(skus)
    assert desk.problems(job) == {skus[0]: "submission_odd"}
    assert desk.shown(skus[1]) == 11


def test_a_change_of_what_is_not_listed_is_told_and_never_sent(desk: Desk) -> None:
    job = desk.write(desk.want(units("NOT THERE", 3)))
    assert desk.problems(job) == {"NOT THERE": "sku_not_listed"}
    assert desk.submitted() == []


def test_a_refusal_is_told_in_amazons_words_with_the_name_of_the_attribute_and_a_fix(desk: Desk) -> None:
    (sku,) = desk.skus(1)
    job = desk.write(desk.want(Message(sku, ANY_TYPE, patches=(Patch("delete", "brand"),))))
    (problem,) = desk.told(job)
    assert problem.code == "submission_refused"
    assert "90220" in problem.message and "Brand name" in problem.message
    assert "field mapping" in problem.fix


@pytest.mark.parametrize("fault", ["timeout_after", "error_after", "malformed", "drop", "error_500"])
def test_what_had_no_clear_answer_is_looked_for_and_comes_once(desk: Desk, fault: str) -> None:
    skus = desk.want_units(1)
    desk.shop.fault("amazon", "patchListingsItem", fault)
    job = desk.write(skus)
    assert (job.state, desk.shown(skus[0])) == (JobState.SUCCEEDED, 11)
    assert len(desk.submitted()) == len(answers()) == 1
    assert job.calls["patchListingsItem"] == (2 if fault in ("drop", "error_500") else 1)


def test_what_shows_late_is_waited_for_and_not_sent_again(desk: Desk) -> None:
    desk.shop.sandbox.set_publishing({"show": 300.0})
    job = desk.write(desk.want_units(2))
    assert (job.state, job.calls["patchListingsItem"]) == (JobState.SUCCEEDED, 2)
    assert 3 <= job.calls["searchListingsItems"] <= 9


def test_what_amazon_has_lost_is_sent_once_more(desk: Desk) -> None:
    desk.shop.fault("amazon", "listing", "swallowed")
    job = desk.write(desk.want_units(1))
    assert (job.state, job.calls["patchListingsItem"]) == (JobState.SUCCEEDED, 2)


def test_what_amazon_never_shows_becomes_a_problem(desk: Desk) -> None:
    desk.shop.fault("amazon", "listing", "swallowed", times=-1)
    skus = desk.want_units(1)
    job = desk.write(skus)
    assert desk.problems(job) == {skus[0]: "submission_not_shown"}
    assert job.calls["patchListingsItem"] == 2


def test_what_was_sent_is_kept_no_longer_than_its_intent_is_open(desk: Desk) -> None:
    desk.shop.fault("amazon", "listing", "gated", after=1)
    desk.write(desk.want_units(2))
    assert [row.evidence for row in desk.rows()] == [{}, {}]
