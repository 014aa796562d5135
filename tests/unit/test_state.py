"""State that rows keep as JSON: what the version before has written is read, and parts leave each other alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.jobs.standing import Standing, steps
from core.orders.checkpoint import Checkpoint
from core.orders.evidence import Evidence
from core.orders.window import Window
from core.sync.tries import Tries

BOUND = "2026-11-23T11:58:00+00:00"
OLD_WINDOW = {
    "after": "2026-11-22T10:58:00+00:00",
    "marketplaces": ["A1", "A2"],
    "page": 3,
    "more": True,
    "job": 7,
    "bound": BOUND,
    "token": "a",
    "token_at": "2026-11-23T12:00:00.250000+00:00",
    "page_hash": "f00",
    "query": "q",
    "complete": False,
    "restarts": 1,
}


def test_a_window_that_free_dicts_have_left_open_goes_on() -> None:
    window = Window.from_json(OLD_WINDOW)
    assert (window.marketplaces, window.page, window.more, window.job) == (("A1", "A2"), 3, True, 7)
    assert window.bound == datetime(2026, 11, 23, 11, 58, tzinfo=UTC)
    assert (window.token, window.restarts, window.fewer, window.complete) == ("a", 1, 0, False)
    assert Window.from_json(window.to_json()) == window


def test_a_checkpoint_of_the_version_before_goes_on() -> None:
    old = {"marketplace": "A1", "pulled": True, "read": 9, "window": {"page": 1, "query": "q"}, "delivered": 4}
    checkpoint = Checkpoint.from_json(old)
    assert checkpoint == Checkpoint(pulled=True, read=9, window=Window(page=1, query="q"))
    after = replace(checkpoint, planned=True, window=None).into(old)
    assert after == {"marketplace": "A1", "pulled": True, "planned": True, "read": 9, "delivered": 4}


def test_flow_and_engine_keep_what_they_know_of_an_intent_apart() -> None:
    document = {"order_id": 5, "adopted": True, "doubles": [6, 7], "quiet_looks": 1}
    evidence, tries = Evidence.from_json(document), Tries.from_json(document)
    assert evidence == Evidence(order_id=5, adopted=True, doubles=(6, 7))
    assert replace(tries, quiet_looks=0, repeats=1).into(document) == {
        "order_id": 5,
        "adopted": True,
        "doubles": [6, 7],
        "repeats": 1,
    }
    assert replace(evidence, adopted=False).into(document) == {"order_id": 5, "doubles": [6, 7], "quiet_looks": 1}


def test_waiting_is_no_step_of_a_job_and_delivering_is() -> None:
    waiting = Standing(waited_for="the store", stepped_aside=True, delivered=3).into({"pulled": True})
    assert steps(waiting) == {"pulled": True, "delivered": 3}


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(ValueError, match="order_id"):
        Evidence.from_json({"order_id": "many"})
