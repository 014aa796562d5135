"""Two companies, one store, one seller account: whatever dies and whoever goes on, a job tells of its own channel."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from core.actor import LOCAL_ADMIN
from core.flows import again, runner
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem, JobState
from core.model.outbox import OPEN_STATES, OutboxIntent
from core.model.problem import Problem
from core.orders import actions as orders
from tests.flows.kit import Shop, shop
from tests.unit.builders import DE, FR, order_intent

COMPANIES = {"de": DE, "fr": FR}
FAULTS = ("error_after", "lost", "timeout_after", "html_200")


@pytest.fixture
def second_company(home: Path) -> Callable[[Shop], None]:
    """Adds a channel of company 2 for the same seller account, as an administrator could until lately."""

    def add(it: Shop) -> None:
        with it.workspace.database.write() as session:
            first = session.exec(select(Channel)).one()
            values = first.model_dump(exclude={"id", "name", "marketplace_id", "company_id"})
            session.add(Channel(**values, name="fr", marketplace_id=FR, company_id=2))
        for product in it.sandbox.store.products.values():
            product.company_id = 1 + product.product_id % 2

    return add


def start(it: Shop, channel: str) -> int:
    return orders.import_orders(it.workspace, LOCAL_ADMIN, channel).job_id


def let_die(it: Shop, job_id: int, dice: random.Random) -> None:
    """Run a job for a while, and leave it as a stop, a failure, a cancellation or a pause leaves it."""
    looks = dice.randrange(4, 40)
    seen = iter(range(looks))
    runner.run(it.workspace, job_id, should_stop=lambda: next(seen, None) is None)
    if it.job(job_id).state.is_final:
        return
    end = dice.choice(("stay", "fail", "cancel"))
    if end == "cancel":
        again.cancel(it.workspace.database, LOCAL_ADMIN, job_id)
    elif end == "fail":
        with it.workspace.database.write() as session:
            session.exec(update(Job).where(col(Job.id) == job_id).values(state=JobState.FAILED, owner=""))


def told(it: Shop, channel: str) -> str:
    """All that the jobs and problems of a channel say."""
    with it.workspace.database.read() as session:
        channel_id = stored_id(session.exec(select(Channel).where(col(Channel.name) == channel)).one().id)
        jobs = session.exec(select(Job).where(col(Job.channel_id) == channel_id)).all()
        numbers = [job.id for job in jobs]
        rows = [
            *session.exec(select(JobEvent).where(col(JobEvent.job_id).in_(numbers))).all(),
            *session.exec(select(JobItem).where(col(JobItem.job_id).in_(numbers))).all(),
            *session.exec(select(Problem).where(col(Problem.channel_id) == channel_id)).all(),
        ]
        said = [f"{job.message} {job.waiting_for} {job.step} {job.params}" for job in jobs]
        said += [
            " ".join(str(getattr(row, name, "")) for name in ("subject", "text", "message", "fix")) for row in rows
        ]
    return "\n".join(said)


def numbers_of(it: Shop, marketplace: str) -> tuple[set[str], set[str]]:
    """Amazon's and the store's numbers of the orders of a marketplace."""
    theirs = {one.order_id for one in it.sandbox.world.orders if one.marketplace_id == marketplace}
    made = {str(one.order_id) for one in it.sandbox.store.orders.values() if one.details[16:35] in theirs}
    return theirs, made


def begun(it: Shop) -> int:
    with it.workspace.database.read() as session:
        query = select(OutboxIntent.id).where(col(OutboxIntent.state).in_(OPEN_STATES), col(OutboxIntent.attempts) > 0)
        return len(session.exec(query).all())


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 4))])
def test_a_job_tells_of_its_own_channel_whoever_died_before(
    seed: int, home: Path, second_company: Callable[[Shop], None]
) -> None:
    dice = random.Random(seed)
    settings = {"test_clock": "0,20", "store_timeout": 0.5}
    with shop(home, orders=10, other_orders=16, products=12, settings=settings) as it:
        second_company(it)
        dying, going_on = dice.sample(sorted(COMPANIES), 2)
        kind = FAULTS[seed % len(FAULTS)]
        it.fault("store", "createOrder", kind, times=-1, probability=0.5, seconds=0.6)
        first = start(it, dying)
        let_die(it, first, dice)
        if dice.random() < 0.5:
            it.fault("store", "updateOrder", "error_after", times=3)
        second = start(it, going_on)
        runner.run_here(it.workspace, second)
        it.sandbox.faults.clear()
        runner.run_here(it.workspace, start(it, dying))
        assert begun(it) == 0, "what was begun came to its end"
        for channel, marketplace in COMPANIES.items():
            (other,) = set(COMPANIES.values()) - {marketplace}
            theirs, made = numbers_of(it, other)
            own, _ = numbers_of(it, marketplace)
            said = told(it, channel)
            assert [number for number in theirs if number in said] == []
            assert made & set(re.findall(r"\d+", said)) - {str(first), str(second)} == set()
            assert all(int(count) <= len(own) for count in re.findall(r"(\d+) orders", said))


def test_an_intent_of_an_unknown_kind_is_told_to_its_own_channel_and_stops_nobody(home: Path) -> None:
    with shop(home, orders=14, other_orders=0) as it:
        with it.workspace.database.write() as session:
            channel = session.exec(select(Channel)).one()
            common = {
                "store_id": channel.store_id,
                "channel_id": stored_id(channel.id),
                "locks": ["product 1", "product 2"],
            }
            for kind, state in (("sku.stock", "waiting"), ("sku.price", "unknown"), ("sku.name", "sending")):
                session.add(order_intent(**common, subject=f"sku {kind}", kind=kind, state=state, content={"new": 1}))
        job = it.import_orders()
        assert job.state is JobState.FINISHED_WITH_PROBLEMS
        assert {subject: code for subject, code in it.problems(job).items() if code == "kind_unknown"} == dict.fromkeys(
            ("sku sku.stock", "sku sku.price", "sku sku.name"), "kind_unknown"
        )
        assert it.audit().ok
        with it.workspace.database.read() as session:
            left = session.exec(select(OutboxIntent).where(col(OutboxIntent.kind).startswith("sku"))).all()
        assert {intent.state for intent in left} == {"waiting", "unknown", "sending"}, "they wait for who knows them"


@pytest.mark.parametrize("kind", ["order.create", "order.status"])
def test_an_intent_whose_content_nobody_understands_fails_alone_and_is_planned_again(kind: str, home: Path) -> None:
    with shop(home, orders=14, other_orders=0) as it:
        wanted = next(one.order_id for one in it.sandbox.world.orders if one.expected.outcome == "created")
        with it.workspace.database.write() as session:
            channel = session.exec(select(Channel)).one()
            intent = order_intent(
                store_id=channel.store_id,
                channel_id=stored_id(channel.id),
                subject=f"order {wanted}",
                kind=kind,
                attempts=1,
                content={"of": "another version"},
            )
            session.add(intent)
        assert it.problems(it.import_orders())[wanted] == "unreadable"
        it.import_orders()
        assert it.audit().ok, it.audit().as_dict()
