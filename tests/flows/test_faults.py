"""Remotes that misbehave: nothing is lost, nothing is made twice, everything else goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.actor import LOCAL_ADMIN
from core.flows import again, runner
from core.model.job import JobState
from tests.flows.kit import shop

EVER = {"times": -1}

STORE_FAULTS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "creates and then does not answer": [
        ("createOrder", "timeout_after", {**EVER, "probability": 0.2, "seconds": 0.1})
    ],
    "creates and then answers 500": [("createOrder", "error_after", {**EVER, "probability": 0.2})],
    "commits late": [("createOrder", "late_commit", {**EVER, "probability": 0.15, "seconds": 1.2})],
    "loses a creation": [("createOrder", "lost", {"times": 2, "probability": 0.2})],
    "answers a creation with a login page": [("createOrder", "html_200", {"times": 2})],
    "edits and then does not answer": [("updateOrder", "timeout_after", {**EVER, "probability": 0.2, "seconds": 0.1})],
    "edits and then answers 500": [("updateOrder", "error_after", {**EVER, "probability": 0.2})],
    "edits late": [("updateOrder", "late_commit", {"times": 3, "probability": 0.2, "seconds": 1.0})],
    "loses edits": [("updateOrder", "lost", {"times": 2, "probability": 0.2})],
    "asks to slow down": [("*", "429", {"times": 4, "probability": 0.2}), ("*", "429_bare", {"times": 2})],
    "is in maintenance": [("*", "html_503", {"times": 6, "probability": 0.1})],
    "breaks off its answers": [("*", "reset", {"times": 6, "probability": 0.1})],
    "sends broken JSON": [("listOrders", "malformed", {"times": 2}), ("listProducts", "malformed", {"times": 1})],
    "hangs up": [("*", "drop", {"times": 4, "probability": 0.1})],
}


QUICK = 10
"""How fast Crossdock's clock runs where a test waits for what it does by itself; the sandbox keeps to real time."""


@pytest.mark.parametrize("name", STORE_FAULTS)
def test_a_store_that(name: str, home: Path) -> None:
    settle = 2.0 if "late" in name else 0.5
    settings = {"test_clock": f"0,{QUICK}", "settle_seconds": settle * QUICK}
    with shop(home, orders=40, settings=settings) as it:
        for operation, kind, options in STORE_FAULTS[name]:
            it.fault("store", operation, kind, **options)
        job = it.import_orders()
        it.check_everything(job)
        assert it.audit().cancelled_doubles == []
        assert it.import_orders().counts["created"] == 0


def test_D1_a_creation_that_shows_up_after_it_was_repeated_is_cancelled_as_a_double(home: Path) -> None:
    with shop(home, orders=40, settings={"settle_seconds": 1.0}) as it:
        # Settled after 1 s and a second look 5 s later, so created again after 6 s; this one commits at 6.6 s.
        it.fault("store", "createOrder", "late_commit", times=1, seconds=6.6)
        job = it.import_orders()
        it.check_everything(job)
        assert len(it.audit().cancelled_doubles) == 1


def test_a_store_whose_web_server_takes_short_addresses_only_gets_every_order(home: Path) -> None:
    with shop(home, orders=40, store_options={"longest_address": 600}) as it:
        it.check_everything(it.import_orders())
        # Without the limit one call would do.
        assert it.calls("store", "listProducts") > 3


AMAZON_FAULTS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "an HTML 503 on every page once": [("searchOrders", "html_503", {"times": 1, "after": n}) for n in (0, 2, 4)],
    "an expired token on every page": [("searchOrders", "expired_token", {"times": 1, "after": n}) for n in (0, 1, 2)],
    "a page that breaks off": [("searchOrders", "reset", {"times": 1, "after": 1})],
    "a page of HTML with status 200": [("searchOrders", "html_200", {"times": 1, "after": 1})],
    "broken JSON": [("searchOrders", "malformed", {"times": 1})],
    "a token host in maintenance": [("token", "html_503", {"times": 1})],
    "a dropped connection": [("searchOrders", "drop", {"times": 1, "after": 1})],
}


@pytest.mark.parametrize("name", AMAZON_FAULTS)
def test_amazon_with(name: str, home: Path) -> None:
    with shop(home, orders=250, other_orders=0, products=80, settings={"test_clock": f"0,{QUICK}"}) as it:
        for operation, kind, options in AMAZON_FAULTS[name]:
            it.fault("amazon", operation, kind, **options)
        job = it.import_orders()
        it.check_everything(job)
        assert job.counts["seen"] == 250


def test_a_revoked_authorization_parks_the_channel_with_one_call(home: Path) -> None:
    with shop(home) as it:
        it.sandbox.amazon.access.revoke(it.sandbox.amazon.account("eu"))
        before = it.calls("amazon", "token")
        it.workspace._tokens._tokens.clear()
        job = it.import_orders()
        assert job.state is JobState.FAILED
        assert job.exit_code == 3
        assert "Authorize" in job.message
        assert it.calls("amazon", "token") == before + 1


def test_a_store_that_is_gone_fails_the_job_with_exit_code_four(home: Path) -> None:
    with shop(home, settings={"test_clock": "0,20"}) as it:
        it.sandbox.stop()
        job = it.import_orders()
        assert (job.state, job.exit_code) == (JobState.FAILED, 4)


def test_a_refused_order_fails_alone_and_is_tried_again_by_the_next_import(home: Path) -> None:
    with shop(home, store_options={"allow_negative": True}) as it:
        # Since it was verified the store sells no more than there is.
        it.sandbox.store.set_setting("allow_negative_amount", "N")
        wanted = next(o for o in it.sandbox.world.orders if o.expected.status == "P" and len(o.expected.lines) == 1)
        product = it.sandbox.store.products[next(iter(wanted.expected.lines))]
        had, product.amount = product.amount, 0
        job = it.import_orders()
        assert it.problems(job)[wanted.order_id] == "store_refused"
        assert job.counts["created"] > 0
        product.amount = had
        assert wanted.order_id not in it.problems(it.import_orders())
        assert not it.audit().missing


def test_a_store_that_dies_while_it_is_written_to_gets_time_and_the_next_import_goes_on(home: Path) -> None:
    with shop(home, orders=40, settings={"test_clock": "0,200"}) as it:
        it.fault("store", "*", "drop", after=30, times=-1)
        job = it.import_orders()
        assert (job.state, job.exit_code) == (JobState.FAILED, 4)
        assert 0 < len(it.sandbox.store.orders) < it.audit().expected
        it.sandbox.faults.clear()
        assert it.import_orders().state is JobState.FINISHED_WITH_PROBLEMS
        assert it.audit().ok, it.audit().as_dict()


def test_D1_an_order_that_could_not_be_corrected_is_made_exact_by_a_retry_and_never_made_again(home: Path) -> None:
    with shop(home, orders=40) as it:
        # The store sells it by the pair only, and rounds the quantity up whenever it is written.
        orders = [o for o in it.sandbox.world.orders if o.expected.status == "P"]
        number = next(number for o in orders for number, (amount, _) in o.expected.lines.items() if amount % 2)
        product = it.sandbox.store.products[number]
        product.qty_step = 2
        job = it.import_orders()
        assert "store_differs" in it.problems(job).values()
        product.qty_step = 0
        made = len(it.sandbox.store.orders)
        asked = again.retry(it.workspace.database, LOCAL_ADMIN, job.id, direct=True)
        runner.run_here(it.workspace, asked.job_id)
        assert len(it.sandbox.store.orders) == made
        assert "store_differs" not in it.problems(it.job(asked.job_id)).values()
        assert it.audit().ok, it.audit().as_dict()
