"""Orders that are in the store already: what people did with them stays, whatever was lost on our side."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

from sqlmodel import col, select, update

from core import clock
from core import stop_writes as switches
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs import views
from core.jobs.views import JobView
from core.model.job import JobState
from core.model.link import OrderLink
from core.model.outbox import OutboxIntent
from core.orders import actions as orders
from core.sync.problems import open_problems
from core.timeline import timeline
from sandbox.store.model import StoreOrder
from tests.flows.kit import Shop, connected, shop


def store_order(it: Shop, order_id: str) -> StoreOrder:
    """The one store order that was made from an Amazon order."""
    (found,) = [order for order in it.sandbox.store.orders.values() if order_id in order.details]
    return found


def imported(it: Shop, status: str = "P") -> list[str]:
    """Amazon orders that stand in the store with a status."""
    return [one.order_id for one in it.sandbox.world.orders if one.expected.status == status]


def link(it: Shop, order_id: str) -> OrderLink:
    with it.workspace.database.read() as session:
        return session.exec(select(OrderLink).where(col(OrderLink.order_id) == order_id)).one()


def told(it: Shop, job: JobView) -> dict[str, str]:
    """Amazon order → what a job says of it, where a person is wanted."""
    items = views.item_problems(it.workspace.database, LOCAL_ADMIN, job.id)
    return {item.subject.removeprefix("order "): item.message for item in items}


def complete(order: StoreOrder) -> None:
    order.status = "C"


def cancel(order: StoreOrder) -> None:
    order.status = "I"


def put_back_to_open(order: StoreOrder) -> None:
    order.status = "O"


def edit_lines(order: StoreOrder) -> None:
    line = next(iter(order.lines.values()))
    line.amount += 1
    order.total += Decimal(line.price)


def write_notes(order: StoreOrder) -> None:
    order.details += "\nWrapped as a present."


PEOPLE: dict[str, tuple[Callable[[StoreOrder], None], str]] = {
    "complete": (complete, ""),
    "cancel": (cancel, ""),
    "open again": (put_back_to_open, "status O instead of P"),
    "edit lines": (edit_lines, "instead of"),
    "write notes": (write_notes, ""),
}


def test_what_people_did_survives_the_loss_of_the_home(home: Path, tmp_path: Path) -> None:
    """Completed, cancelled, edited: nothing is doubled, nothing is set back, and what differs in money is told."""
    with shop(home, orders=30) as it:
        it.import_orders()
        touched = dict(zip(PEOPLE, imported(it), strict=False))
        for deed, order_id in touched.items():
            PEOPLE[deed][0](store_order(it, order_id))
        left = deepcopy(it.sandbox.store.orders)
        writes = it.calls("store", "updateOrder") + it.calls("store", "createOrder")
        with connected(tmp_path / "second", it.sandbox) as second:
            job = second.import_orders()
            assert it.sandbox.store.orders == left
            assert it.calls("store", "updateOrder") + it.calls("store", "createOrder") == writes
            assert job.counts["created"] == 0
            said_of = told(second, job)
            for deed, order_id in touched.items():
                said = PEOPLE[deed][1]
                assert (said in said_of.get(order_id, "")) if said else (order_id not in said_of), deed
            # Planned again for whatever reason, they stay as they are, and what was told is settled.
            again = orders.retry(second.workspace, LOCAL_ADMIN, second.channel, list(touched.values()))
            runner.run_here(second.workspace, again.job_id)
            assert it.sandbox.store.orders == left
            problems = open_problems(second.workspace.database, LOCAL_ADMIN)
            assert "store_order_changed" not in {problem.code for problem in problems}


def test_an_adopted_order_follows_amazon_as_far_as_people_let_it(home: Path, tmp_path: Path) -> None:
    """What nobody touched goes on; what people completed is not cancelled."""
    with shop(home, orders=30) as it:
        it.import_orders()
        shipped, completed, untouched, done = imported(it)[:4]
        complete(store_order(it, completed))
        # Amazon moves on while nobody is there to mirror it …
        it.sandbox.amazon.update_order(shipped, status="SHIPPED", imported=True)
        with connected(tmp_path / "second", it.sandbox) as second:
            second.import_orders()
            assert store_order(it, shipped).status == "C"
            # … and afterwards.
            for order_id in (completed, untouched):
                it.sandbox.amazon.update_order(order_id, status="CANCELLED", imported=True)
            it.sandbox.amazon.update_order(done, status="SHIPPED", imported=True)
            job = second.import_orders()
            assert store_order(it, completed).status == "C"
            assert second.problems(job)[completed] == "store_order_changed"
            assert store_order(it, untouched).status == "I"
            assert store_order(it, done).status == "C"
            assert link(second, done).verified_at is not None
            happened = timeline(second.workspace, LOCAL_ADMIN, second.channel, untouched)
            in_store = [one.what for one in reversed(happened) if one.side == "store"]
            assert in_store == ["adopted", "verified", "status_set", "verified"]


def test_an_order_that_was_never_made_exact_before_the_loss_is_made_exact(home: Path, tmp_path: Path) -> None:
    with shop(home, orders=30) as it:
        it.import_orders()
        order = store_order(it, imported(it)[0])
        # As a creation leaves it: open, at the store's own prices.
        order.status = "O"
        order.total += 3
        with connected(tmp_path / "second", it.sandbox) as second:
            second.import_orders()
        assert order.order_id in it.sandbox.store.orders
        assert it.audit().ok, it.audit().as_dict()


def unanswered(it: Shop, order_id: str, seconds: float) -> int:
    """A job that sent the creation of an order so long ago, and never saw an answer; it may go on."""
    switches.stop_writes(it.workspace, LOCAL_ADMIN, True)
    asked = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel, order_ids=[order_id])
    runner.run(it.workspace, asked.job_id)
    sent = {"attempts": 1, "evidence": {}, "state": "unknown", "step": "create", "sent_at": clock.after(-seconds)}
    with it.workspace.database.write() as session:
        assert session.exec(update(OutboxIntent).values(**sent)).rowcount == 1
    switches.stop_writes(it.workspace, LOCAL_ADMIN, False)
    return asked.job_id


def test_an_unanswered_creation_that_is_found_late_keeps_what_people_did(home: Path, tmp_path: Path) -> None:
    """A backup that was made with a write under way looks like this: the store is ahead of what is known."""
    with shop(home, orders=30) as it:
        it.import_orders()
        (order_id,) = imported(it)[:1]
        complete(store_order(it, order_id))
        with connected(tmp_path / "second", it.sandbox) as second:
            job_id = unanswered(second, order_id, 7_200)
            runner.run_here(second.workspace, job_id)
            assert second.job(job_id).state is JobState.SUCCEEDED
        assert store_order(it, order_id).status == "C"


def test_a_double_of_our_own_is_cancelled_with_the_status_of_its_channel(home: Path, tmp_path: Path) -> None:
    with shop(home, orders=30) as it:
        statuses = it.sandbox.store.statuses
        cancelled = next(row for row in statuses.values() if row["status"] == "I")
        statuses[900] = cancelled | {"status": "X", "status_id": "900"}
        it.import_orders()
        (order_id,) = imported(it)[:1]
        double = deepcopy(store_order(it, order_id))
        double.order_id = it.sandbox.store.new_order_id()
        it.sandbox.store.put_order(double)
        with connected(tmp_path / "second", it.sandbox) as second:
            wanted = {"name": second.channel, "settings": {"statuses": {"CANCELLED": "X"}}}
            registry.edit(second.workspace, LOCAL_ADMIN, wanted)
            runner.run_here(second.workspace, unanswered(second, order_id, 0))
        assert it.sandbox.store.orders[double.order_id].status == "X"


def test_D3_doubles_of_an_earlier_life_are_told_and_left_to_people(home: Path, tmp_path: Path) -> None:
    """One of them may be a copy that somebody made on purpose."""
    with shop(home, orders=30) as it:
        it.import_orders()
        (order_id,) = imported(it)[:1]
        copy = deepcopy(store_order(it, order_id))
        copy.order_id = it.sandbox.store.new_order_id()
        it.sandbox.store.put_order(copy)
        with connected(tmp_path / "second", it.sandbox) as second:
            job = second.import_orders()
            assert f"store order {copy.order_id} was made from it too" in told(second, job)[order_id]
        assert it.sandbox.store.orders[copy.order_id].status == "P"
