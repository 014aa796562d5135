"""Feeds of listings are claimed, composed, joined and reconciled on PostgreSQL as on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.actor import LOCAL_ADMIN
from core.flows import runner
from core.listings import actions as exports
from core.model.job import JobState
from core.submissions import route
from tests.flows.kit import shop
from tests.flows.test_exports_killed import again, is_exact, map_categories, world
from tests.services.conftest import Postgres
from tests.submissions import toy
from tests.submissions.kit import Submitter


def test_a_feed_is_joined_and_a_stuck_one_is_put_right_when_it_ends(
    home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.forget()
    with shop(home, settings={"database_url": postgres.database}, orders=1, other_orders=0, products=30) as it:
        submitter = Submitter(it, monkeypatch)
        submitter.by_feed()
        skus = submitter.skus()
        job = submitter.write(**dict.fromkeys(skus, 42))
        assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
        assert (submitter.calls("createFeed"), submitter.calls("patchListingsItem")) == (1, 0)

        it.fault("amazon", "feed", "stuck", seconds=2 * 86_400)
        job = submitter.write(**dict.fromkeys(skus, 46))
        assert (job.state, job.counts["updated"]) == (JobState.SUCCEEDED, 20), submitter.log(job.id)
        assert submitter.calls("patchListingsItem") == 20
        submitter.write(**dict.fromkeys(skus, 47))
        submitter.forward(2 * 86_400)
        late = submitter.ask(**{skus[0]: 47})
        submitter.run(late)
        assert "has ended" in submitter.log(late)
        assert {submitter.shown(sku) for sku in skus} == {47}
        assert not submitter.open()
        again = "SELECT COUNT(*) FROM outbox WHERE evidence ->> 'carrier' LIKE 'quantities %'"
        assert postgres.execute(again)[0] != (0,), "the listings of the late feed were found by their carrier"
    toy.forget()


def test_new_products_are_listed_by_one_feed(home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "FEW_SECONDS", 0.0)
    wanted = world(30)
    with shop(home, **(wanted | {"settings": wanted["settings"] | {"database_url": postgres.database}})) as it:
        map_categories(it)
        asked = exports.export_products(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
        runner.run_here(it.workspace, asked.job_id)
        assert it.job(asked.job_id).state is JobState.SUCCEEDED
        is_exact(it, 30)
        again(it)
