"""What needs a person: raised, changed, resolved, and shown to whom it belongs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.documents import as_json
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.orders.plan.problems import SKU_UNKNOWN, ZERO_PRICE
from core.orders.totals import troubled_totals
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.problems import (
    ProblemView,
    holders_of,
    open_problems,
    problem_keys,
    problem_of,
    problem_rows,
    raise_problems,
    resolve_problems,
)
from tests.unit.builders import FR, NOON, FakeClock, connect_channel

FLOW = "orders"
UNKNOWN = Hold(SKU_UNKNOWN, "No product carries it.", "Give one the code.")
FREE = Hold(ZERO_PRICE, "It is free.", "Allow it.")


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def hold(database: Database, channel: Channel, **held: Hold) -> None:
    with database.write() as session:
        raise_problems(session, owner(channel), FLOW, {Subject("order", name): [one] for name, one in held.items()})


def owner(channel: Channel) -> Owner:
    return Owner.channel(stored_id(channel.id))


def resolve(session: Session, channel: Channel, *order_ids: str) -> None:
    resolve_problems(session, owner(channel), FLOW, [Subject("order", order_id) for order_id in order_ids])


def shown(database: Database, channel: str | None = None) -> list[ProblemView]:
    return open_problems(database, LOCAL_ADMIN, channel)


def test_a_held_item_shows_its_code_message_and_fix(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    (problem,) = shown(database)
    assert as_json(problem) == {
        "channel": "de",
        "subject": "order a",
        "code": "sku_unknown",
        "about": "",
        "message": "No product carries it.",
        "fix": "Give one the code.",
        "first_seen": NOON.isoformat(),
        "last_seen": NOON.isoformat(),
    }


def test_the_open_problem_of_one_item_is_found_by_its_subject(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN, b=FREE)
    found = problem_of(database, LOCAL_ADMIN, "de", Subject("order", "b"))
    assert found is not None
    assert (found.subject.id, found.code) == ("b", "zero_price")
    assert problem_of(database, LOCAL_ADMIN, "de", Subject("order", "c")) is None
    assert problem_of(database, Actor("stan", False, 1, 99), "de", Subject("order", "b")) is None


def test_an_item_that_is_held_again_is_one_problem_seen_since_the_first_time(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    hold(database, channel, a=UNKNOWN)
    fake_clock.forward(60)
    hold(database, channel, a=Hold(SKU_UNKNOWN, "Two products carry it.", "Keep it on one."))
    (problem,) = shown(database)
    assert (problem.first_seen, problem.last_seen) == (NOON, NOON + timedelta(seconds=60))
    assert (problem.message, problem.fix) == ("Two products carry it.", "Keep it on one.")


def test_what_a_flow_says_of_an_item_now_replaces_what_it_said_before(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    hold(database, channel, a=FREE)
    assert [problem.code for problem in shown(database)] == ["zero_price"]
    with database.write() as session:
        raise_problems(session, owner(channel), FLOW, {Subject("order", "a"): [UNKNOWN, FREE]})
    assert {problem.code for problem in shown(database)} == {"sku_unknown", "zero_price"}
    with database.write() as session:
        resolve(session, channel, "a")
    assert shown(database) == []


def test_flows_do_not_touch_each_others_problems_of_one_item(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    with database.write() as session:
        raise_problems(session, owner(channel), "shipments", {Subject("order", "a"): [FREE]})
        resolve(session, channel, "a")
    assert [problem.code for problem in shown(database)] == ["zero_price"]


def test_a_resolved_problem_is_not_shown_and_remembers_when(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    hold(database, channel, a=UNKNOWN, b=FREE)
    fake_clock.forward(60)
    with database.write() as session:
        resolve(session, channel, "a", "c")
    assert [str(problem.subject) for problem in shown(database)] == ["order b"]
    fake_clock.forward(60)
    with database.write() as session:
        resolve(session, channel, "a")
    with database.read() as session:
        resolved = session.exec(select(Problem.resolved_at).where(Problem.subject == "order a")).one()
    assert resolved == NOON + timedelta(seconds=60)


def test_a_problem_can_come_back(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    with database.write() as session:
        resolve(session, channel, "a")
    hold(database, channel, a=UNKNOWN)
    assert [problem.code for problem in shown(database)] == ["sku_unknown"]


def test_channels_do_not_touch_each_others_problems(database: Database, channel: Channel) -> None:
    other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
    hold(database, channel, a=UNKNOWN)
    hold(database, other, a=FREE)
    with database.write() as session:
        resolve(session, other, "a")
    assert [(problem.channel, problem.code) for problem in shown(database)] == [("de", "sku_unknown")]


def test_problems_are_shown_by_channel_and_to_whom_they_belong(database: Database, channel: Channel) -> None:
    other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
    hold(database, channel, a=UNKNOWN)
    hold(database, other, b=FREE)
    assert [str(problem.subject) for problem in shown(database)] == ["order a", "order b"]
    assert [str(problem.subject) for problem in shown(database, "fr")] == ["order b"]
    assert shown(database, "it") == []
    vendor = Actor("vera", is_admin=False, store_id=channel.store_id, company_id=2)
    assert [str(problem.subject) for problem in open_problems(database, vendor)] == ["order b"]
    assert open_problems(database, Actor("stan", is_admin=False), "de") == []


def test_a_thousand_items_are_resolved_in_one_go(database: Database, channel: Channel) -> None:
    subjects = [str(number) for number in range(1_001)]
    hold(database, channel, **dict.fromkeys(subjects, UNKNOWN))
    assert len(shown(database)) == 1_001
    with database.write() as session:
        resolve(session, channel, *subjects)
    assert shown(database) == []


def test_the_items_of_a_group_are_read_by_their_keys(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN, b=FREE, c=UNKNOWN)
    keys = problem_keys(database, LOCAL_ADMIN, "de", SKU_UNKNOWN.name, "")
    assert [one.subject.id for one in problem_rows(database, LOCAL_ADMIN, keys)] == ["a", "c"]
    with database.write() as session:
        resolve(session, channel, "a")
    assert [one.subject.id for one in problem_rows(database, LOCAL_ADMIN, keys)] == ["c"]
    assert problem_rows(database, Actor("stan", False, 1, 99), keys) == []


def test_what_waits_for_a_fix_is_summed_by_currency(database: Database, channel: Channel) -> None:
    """Of a cause, of one thing it is about, of one order; totals that Amazon has not told are no zero."""
    figures = {"a": (1_999, "EUR"), "b": (1, "EUR"), "c": (500, "JPY"), "d": (None, ""), "other": (9_999, "EUR")}
    with database.write() as session:
        for order_id, (total, currency) in figures.items():
            row = {"account_id": channel.account_id, "order_id": order_id, "marketplace_id": channel.marketplace_id}
            row |= {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "created_at": NOON, "updated_at": NOON}
            session.add(AmazonOrder(**row, total_minor=total, currency=currency, fingerprint=""))
    one = Hold(SKU_UNKNOWN, "No product carries it.", "Give one the code.", "CAP")
    hold(database, channel, a=one, b=UNKNOWN, c=UNKNOWN, d=UNKNOWN)

    def told(actor: Actor = LOCAL_ADMIN, **where: str) -> list[str]:
        return [str(money) for money in troubled_totals(database, actor, SKU_UNKNOWN.name, **where)]

    assert told() == told(channel="de") == ["20.00 EUR", "500 JPY"]
    assert told(channel="de", about="CAP") == told(channel="de", order_id="a") == ["19.99 EUR"]
    assert told(channel="fr") == told(Actor("stan", False, 1, 99)) == []


def test_an_item_is_fixed_by_the_flows_that_hold_it(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN, b=FREE)
    with database.write() as session:
        raise_problems(session, owner(channel), "stock", {Subject("order", "a"): [FREE]})
    items = [Subject("order", name) for name in "abc"]
    of_code = holders_of(database, LOCAL_ADMIN, channel.name, UNKNOWN.code, items)
    assert of_code == {"orders": ["a", "b"], "": ["c"]}
    assert holders_of(database, LOCAL_ADMIN, channel.name, FREE.code, items) == {
        "stock": ["a"],
        "orders": ["b"],
        "": ["c"],
    }
