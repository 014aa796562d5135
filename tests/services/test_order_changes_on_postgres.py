"""Later changes, and orders of several vendors, on PostgreSQL."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from sqlmodel import select

from core.model.channel import Channel
from core.shipments.missing import waits_for_shipment
from tests.flows.kit import connected, sandbox_of
from tests.flows.test_vendors import VENDORS, parts, split
from tests.services.conftest import Postgres


def test_parts_are_made_once_and_follow_what_amazon_changes(home: Path, postgres: Postgres) -> None:
    with (
        sandbox_of(orders=60, other_orders=0, store_options=VENDORS) as sandbox,
        connected(home, sandbox, company_id=0, database_url=postgres.database) as it,
    ):
        it.import_orders()
        assert it.audit().ok, it.audit().as_dict()
        cancelled, changed = [one for one in split(it) if not sandbox.world.order(one).draft.packages][:2]
        with it.workspace.database.read() as session:
            channel = session.exec(select(Channel)).one()
            assert waits_for_shipment(session, channel, cancelled) == parts(it, cancelled)[0].order_id
        sandbox.amazon.update_order(cancelled, status="CANCELLED", imported=True)
        items = deepcopy(sandbox.world.order(changed).document["orderItems"])
        items[0]["quantityOrdered"] -= 1
        sandbox.amazon.update_order(changed, imported=True, document={"orderItems": items})
        job = it.import_orders()
        assert [one.status for one in parts(it, cancelled)] == ["I", "I"]
        assert it.problems(job)[changed] == "order_changed"
        (line,) = [
            line
            for one in parts(it, changed)
            for line in one.lines.values()
            if line.extra["amazon_order_item_id"] == items[0]["orderItemId"]
        ]
        line.amount -= 1
        assert changed not in it.problems(it.import_orders())
