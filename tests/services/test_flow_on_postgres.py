"""The import end to end on PostgreSQL, in one process."""

from __future__ import annotations

from pathlib import Path

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.jobs.views import events_after
from core.model.job import JobState
from tests.flows.kit import CommandLine, shop
from tests.services.conftest import Postgres


def test_every_order_arrives_once_and_exact_and_a_further_import_creates_nothing(
    home: Path, postgres: Postgres
) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=110, poison=4) as it:
        job = it.import_orders()
        it.check_everything(job)
        assert job.state is JobState.FINISHED_WITH_PROBLEMS
        assert job.calls == {"searchOrders": 2}
        again = it.import_orders()
        assert again.counts["created"] == 0
        assert it.problems(again) == it.audit().expected_held
        assert it.audit().ok


def test_later_changes_held_orders_single_orders_and_settings_behave_as_on_sqlite(
    home: Path, postgres: Postgres
) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=30) as it:
        planned = it.import_orders(plan_only=True)
        assert it.problems(planned) == it.audit().expected_held
        assert it.sandbox.store.orders == {}
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": "de", "settings": {"payments": {"prepaid": 999}}})
        assert "payment_unmapped" in it.problems(it.import_orders()).values()
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": "de", "settings": {"payments": {"prepaid": 2}}})
        it.import_orders()
        imported = next(order for order in it.sandbox.world.orders if order.expected.status == "P")
        it.sandbox.amazon.update_order(imported.order_id, status="CANCELLED", imported=True)
        single = it.import_orders(order_ids=[imported.order_id])
        assert single.counts["updated"] == 1
        assert single.calls == {"getOrder": 1}
        assert it.audit().ok, it.audit().as_dict()
        assert events_after(it.workspace.database, LOCAL_ADMIN, single.id)[0].text == "Started by admin."


def test_personal_data_and_secrets_are_not_readable_in_the_database(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=30) as it:
        it.import_orders()
        secret = it.sandbox.credentials()["channel"]["client_secret"]
        buyer = next(o.document["buyer"]["buyerEmail"] for o in it.sandbox.world.orders if o.document.get("buyer"))
        rows = []
        for table in ("amazon_order", "amazon_order_item", "outbox", "app", "seller_account", "store", "job_event"):
            rows += postgres.execute(f"SELECT row_to_json(t)::text FROM {table} t")
        text = "\n".join(str(row[0]) for row in rows)
        assert len(rows) > 100
        assert secret not in text
        assert buyer not in text


def test_the_command_line_works_on_postgresql(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=10) as it:
        line = CommandLine(home, it.sandbox, CROSSDOCK_DATABASE_URL=postgres.database)
        document = line.json("orders", "import", "--channel", "de", "--direct")
        assert document["counts"]["created"] == it.audit().expected
        listed = line.json("orders", "list", "--channel", "de")["orders"]
        assert sum(order["state"] == "imported" for order in listed) == document["counts"]["created"]
        assert it.audit().ok
