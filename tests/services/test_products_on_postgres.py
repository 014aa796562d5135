"""Listings come into a mirror on PostgreSQL, change, close and are planned there as on SQLite."""

from __future__ import annotations

from pathlib import Path

from core import vault
from core.actor import LOCAL_ADMIN
from core.database import Database
from core.flows import runner
from core.jobs.views import JobView
from core.products import actions as products
from core.products.catalogue import CLOSED, FAMILY, WITH_ISSUES, ProductFilter, read_catalogue
from core.settings import Settings
from tests.flows.kit import Shop, shop
from tests.services.conftest import Postgres
from tests.stages import check_stages, check_watching, fill_stages
from tests.unit.builders import connect_channel


def test_listings_are_read_and_planned(home: Path, postgres: Postgres) -> None:
    settings = {"database_url": postgres.database}
    with shop(home, settings=settings, orders=1, other_orders=0, products=10, listings=15, quota_scale=0) as it:
        it.sandbox.set_pace({"queue": 0, "work": 0})
        _imported(it, postgres)
        assert postgres.execute("SELECT COUNT(*), COUNT(content), SUM(is_parent::int) FROM listing") == [(25, 25, 2)]
        assert postgres.execute("SELECT COUNT(*) FROM outbox WHERE kind = 'product.write'") == [(10,)]
        it.sandbox.change_listing({"sku": "NEW-000001", "gone": True})
        it.sandbox.change_listing({"sku": "NEW-000002", "price": "3.33"})
        it.sandbox.change_listing({"sku": "NEW-000003", "title": "Another"})
        postgres.execute(
            "UPDATE listing SET seen_at = seen_at - INTERVAL '3 hours', read_at = seen_at - INTERVAL '3 hours'"
        )
        _imported(it, postgres)
        told = postgres.execute("SELECT sku FROM listing WHERE closed_at IS NOT NULL")
        assert told == [("NEW-000001",)]
        changed = "SELECT price_minor, title FROM listing WHERE sku IN ('NEW-000002', 'NEW-000003') ORDER BY sku"
        (price, _), (_, title) = postgres.execute(changed)
        assert (price, title) == (333, "Another")
        counts = read_catalogue(it.workspace.database, LOCAL_ADMIN).matching(ProductFilter()).counts
        closed, families = ([counts[state], counts[WITH_ISSUES[state]]] for state in (CLOSED, FAMILY))
        assert (sum(closed), sum(families), sum(counts.values())) == (1, 2, 25)


def test_V1_every_stage_and_issue_is_told_alike(home: Path, database: Database) -> None:
    vault.open_vault(Settings())
    channel = connect_channel(database)
    with database.write() as session:
        fill_stages(session, channel)
    check_stages(database)


def test_K2_what_is_watched_begins_anew_with_another_product(home: Path, database: Database) -> None:
    vault.open_vault(Settings())
    check_watching(database, connect_channel(database))


def _imported(it: Shop, postgres: Postgres) -> JobView:
    it.sandbox.forget_work()
    it.sandbox.set_pace({"queue": 0, "work": 0})
    postgres.execute("DELETE FROM cursor")
    asked = products.import_products(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    runner.run_here(it.workspace, asked.job_id)
    return it.job(asked.job_id)
