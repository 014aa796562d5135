"""The import of orders end to end over HTTP: pull, plan, deliver, read back."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.jobs.views import events_after
from core.model.job import JobState
from core.orders import planning
from core.orders.document import STATUSES as AMAZON_STATUSES
from core.orders.document import Order
from core.orders.plan.decide import plan_order
from core.timeline import timeline
from core.workspace import Workspace
from tests.flows.kit import Shop, connected, shop


def test_T1_every_order_arrives_once_and_exact_and_a_further_import_creates_nothing(home: Path) -> None:
    with shop(home, orders=250, other_orders=40) as it:
        job = it.import_orders()
        it.check_everything(job)
        assert job.state is JobState.FINISHED_WITH_PROBLEMS
        assert job.calls == {"searchOrders": 3}
        assert it.calls("amazon", "searchOrders") == 3
        assert it.calls("amazon", "getOrder") == 0
        again = it.import_orders()
        assert again.counts["created"] == 0
        assert it.audit().ok
        assert it.calls("amazon", "searchOrders") == 4


def test_an_order_costs_the_store_two_writes_and_a_fiftieth_of_a_read(home: Path) -> None:
    with shop(home, orders=120) as it:
        job = it.import_orders()
        created = job.counts["created"]
        assert it.calls("store", "createOrder") == created
        assert it.calls("store", "updateOrder") <= created
        # Six reads belong to the probe, one looks for orders of an earlier life.
        assert it.calls("store", "listOrders") <= created // 50 + 1 + 8
        assert it.calls("store", "getOrder") == 0


def test_nothing_is_mailed_to_anyone(home: Path) -> None:
    with shop(home) as it:
        it.import_orders()
        assert it.sandbox.store.mails == []


def test_stores_that_do_not_send_the_order_back_get_it_read_before_it_is_corrected(home: Path) -> None:
    with shop(home, store_options={"order_data": False}) as it:
        it.check_everything(it.import_orders())
        assert it.calls("store", "getOrder") > 0


def test_old_builds_without_versions_and_filters_are_served(home: Path) -> None:
    options = {"old_build": True, "order_data": False, "email_filter_ignored": True, "filter_params_ignored": True}
    with shop(home, store_options=options) as it:
        it.check_everything(it.import_orders())


def test_multi_vendor_marketplaces_are_served(home: Path) -> None:
    with shop(home, store_options={"edition": "MULTIVENDOR"}) as it:
        it.check_everything(it.import_orders())


def test_stores_without_rewrite_rules_are_served(home: Path) -> None:
    with shop(home, store_options={"rewrite": False}) as it:
        it.check_everything(it.import_orders())


def test_a_held_order_is_released_when_its_product_appears(home: Path) -> None:
    with shop(home) as it:
        job = it.import_orders()
        order_id = next(order for order, code in it.problems(job).items() if code == "sku_unknown")
        sku = it.sandbox.world.order(order_id).document["orderItems"][0]["product"]["sellerSku"]
        product = next(iter(it.sandbox.store.products.values()))
        product.product_code = sku
        again = it.import_orders()
        assert again.counts["created"] >= 1
        assert order_id not in it.problems(again)


def test_a_changed_setting_plans_held_orders_again(home: Path) -> None:
    with shop(home) as it:
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": "de", "settings": {"payments": {"prepaid": 999}}})
        held = it.import_orders()
        assert "payment_unmapped" in it.problems(held).values()
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": "de", "settings": {"payments": {"prepaid": 2}}})
        again = it.import_orders()
        assert "payment_unmapped" not in it.problems(again).values()
        assert it.audit().ok


def test_without_a_status_for_it_orders_that_move_no_stock_are_held(home: Path) -> None:
    with shop(home) as it:
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": "de", "settings": {"statuses": {"NO_STOCK": "P"}}})
        codes = set(it.problems(it.import_orders()).values())
        assert "no_stock_unmapped" in codes
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": "de", "settings": {"statuses": {"NO_STOCK": "S"}}})
        it.import_orders()
        assert it.audit().ok


def test_C2_a_cancellation_is_mirrored(home: Path) -> None:
    with shop(home) as it:
        it.import_orders()
        imported = next(o for o in it.sandbox.world.orders if o.expected.status == "P")
        it.sandbox.amazon.update_order(imported.order_id, status="CANCELLED", imported=True)
        job = it.import_orders()
        assert job.counts["updated"] == 1
        assert it.audit().ok
        happened = timeline(it.workspace, LOCAL_ADMIN, "de", imported.order_id)
        told = {one.what: (one.text, one.job_id) for one in happened if one.job_id in (None, job.id)}
        assert told["cancelled"] == ("Cancelled on Amazon", None)
        assert told["status_set"] == ("Status set to I", job.id)
        assert told["verified"][1] == job.id


def test_C2_an_order_shipped_in_the_store_is_not_cancelled_any_more(home: Path) -> None:
    with shop(home) as it:
        it.import_orders()
        imported = next(o for o in it.sandbox.world.orders if o.expected.status == "P")
        made = next(o for o in it.sandbox.store.orders.values() if imported.order_id in o.details)
        made.status = "C"
        it.sandbox.amazon.update_order(imported.order_id, status="CANCELLED", imported=True)
        job = it.import_orders()
        assert it.problems(job)[imported.order_id] == "store_order_changed"
        assert made.status == "C"


def test_each_status_can_be_imported_alone_and_together_they_are_all(home: Path) -> None:
    with shop(home, orders=80, other_orders=0) as it:
        created = {status: it.import_orders(statuses=[status]).counts["created"] for status in AMAZON_STATUSES}
        expected = Counter(o.draft.status for o in it.sandbox.world.orders if o.expected.outcome == "created")
        assert {status: count for status, count in created.items() if count} == expected
        job = it.import_orders()
        assert job.counts["created"] == 0 and it.audit().ok
        assert it.problems(job) == it.audit().expected_held


def test_L4_single_orders_are_read_by_getorder(home: Path) -> None:
    with shop(home) as it:
        wanted = [o for o in it.sandbox.world.orders if o.expected.outcome == "created"][:2]
        job = it.import_orders(order_ids=[o.order_id for o in wanted])
        assert job.counts["created"] == 2
        assert job.calls == {"getOrder": 2}


def test_an_unknown_single_order_fails_alone(home: Path) -> None:
    with shop(home) as it:
        wanted = next(o for o in it.sandbox.world.orders if o.expected.outcome == "created")
        job = it.import_orders(order_ids=[wanted.order_id, "999-0000000-0000000"])
        assert job.counts["created"] == 1
        assert it.problems(job) == {"999-0000000-0000000": "order_unknown"}


def test_a_range_reads_by_creation_and_leaves_the_watermark_alone(home: Path) -> None:
    with shop(home) as it:
        end = clock.now() - timedelta(days=1)
        start = end - timedelta(days=20)
        it.import_orders(created_from=start.isoformat(), created_to=end.isoformat())
        in_range = [
            o
            for o in it.sandbox.world.orders
            if o.expected.outcome == "created" and start.timestamp() <= (o.expected.timestamp or 0) <= end.timestamp()
        ]
        assert len(it.sandbox.store.orders) == len(in_range)
        it.import_orders()
        assert it.audit().ok


def test_what_a_narrow_import_leaves_aside_is_imported_by_the_next_wide_one(home: Path) -> None:
    with shop(home) as it:
        narrow = it.import_orders(statuses=["SHIPPED"])
        assert 0 < narrow.counts["created"] < it.audit().expected
        late = clock.now() - timedelta(days=2)
        it.import_orders(created_from=late.isoformat())
        it.import_orders()
        assert it.audit().ok, it.audit().as_dict()


def test_planning_only_writes_nothing(home: Path) -> None:
    with shop(home) as it:
        job = it.import_orders(plan_only=True)
        assert job.counts["held"] == len(it.audit().expected_held)
        assert it.sandbox.store.orders == {}
        assert it.import_orders().counts["created"] == it.audit().expected


@pytest.mark.parametrize("options", [{}, {"email_filter_ignored": True}])
def test_D3_a_home_that_was_lost_does_not_import_twice(home: Path, tmp_path: Path, options: dict[str, bool]) -> None:
    with shop(home, store_options=options) as it:
        it.import_orders()
        made = len(it.sandbox.store.orders)
        with connected(tmp_path / "second", it.sandbox) as second:
            job = second.import_orders()
        assert job.state.is_final
        assert len(it.sandbox.store.orders) == made
        assert it.audit().ok


def test_an_order_that_cannot_be_planned_is_held_alone_and_planned_again(home: Path) -> None:
    odd: list[str] = []

    def plan(order: Order, *args: Any) -> Any:
        odd.extend([order.order_id] if not odd else [])
        if order.order_id in odd:
            raise KeyError("nobody thought of this")
        return plan_order(order, *args)

    with shop(home) as it:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(planning, "plan_order", plan)
            job = it.import_orders()
        assert it.problems(job)[odd[0]] == "unreadable"
        again = it.import_orders()
        assert it.audit().ok and it.problems(again) == it.audit().expected_held


def test_L9_a_poison_order_is_kept_as_it_came_and_everything_else_goes_on(home: Path) -> None:
    with shop(home, poison=8) as it:
        job = it.import_orders()
        it.check_everything(job)
        assert "unreadable" in it.problems(job).values()


def test_the_log_tells_what_happened(home: Path) -> None:
    with shop(home) as it:
        job = it.import_orders()
        texts = [event.text for event in events_after(it.workspace.database, LOCAL_ADMIN, job.id)]
        assert texts[0] == "Started by admin."
        assert "Read 60 orders in 1 call to Amazon." in texts


def test_a_restored_backup_does_not_import_twice_what_came_after_it(home: Path, tmp_path: Path) -> None:
    with shop(home) as it:
        some = [o.order_id for o in it.sandbox.world.orders if o.expected.outcome == "created"][:3]
        it.import_orders(order_ids=some)
        backup = tmp_path / "backup"
        with sqlite3.connect(home / "crossdock.db") as source:
            backup.mkdir()
            source.execute("VACUUM INTO ?", (str(backup / "crossdock.db"),))
        shutil.copy(home / "key", backup / "key")
        it.import_orders()
        made = len(it.sandbox.store.orders)
        it.workspace.close()
        again = Workspace(it.workspace.settings.model_copy(update={"home": backup}))
        Shop(it.sandbox, again, it.channel).import_orders()
        again.close()
        assert len(it.sandbox.store.orders) == made
        assert it.audit().ok, it.audit().as_dict()
