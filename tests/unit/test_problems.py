"""What needs a person: raised, changed, resolved, and shown to whom it belongs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.problem import Problem
from core.plan.problems import Hold
from core.problems import ProblemView, open_problems, problem_of, raise_problems, resolve_problems
from tests.unit.builders import FR, NOON, FakeClock, connect_channel

UNKNOWN = Hold("sku_unknown", "No product carries it.", "Give one the code.")
FREE = Hold("zero_price", "It is free.", "Allow it.")


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def hold(database: Database, channel: Channel, **held: Hold) -> None:
    with database.write() as session:
        raise_problems(session, stored_id(channel.id), {f"order {name}": one for name, one in held.items()})


def shown(database: Database, channel: str | None = None) -> list[ProblemView]:
    return open_problems(database, LOCAL_ADMIN, channel)


def test_a_held_item_shows_its_code_message_and_fix(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    (problem,) = shown(database)
    assert problem.document() == {
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
    found = problem_of(database, LOCAL_ADMIN, "de", "order b")
    assert found is not None
    assert (found.subject, found.code) == ("order b", "zero_price")
    assert problem_of(database, LOCAL_ADMIN, "de", "order c") is None
    assert problem_of(database, Actor("stan", False, 1, 99), "de", "order b") is None


def test_an_item_that_is_held_again_is_one_problem_seen_since_the_first_time(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    hold(database, channel, a=UNKNOWN)
    fake_clock.forward(60)
    hold(database, channel, a=Hold("sku_unknown", "Two products carry it.", "Keep it on one."))
    (problem,) = shown(database)
    assert (problem.first_seen, problem.last_seen) == (NOON, NOON + timedelta(seconds=60))
    assert (problem.message, problem.fix) == ("Two products carry it.", "Keep it on one.")


def test_an_item_has_one_open_problem_at_a_time(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    hold(database, channel, a=FREE)
    assert [problem.code for problem in shown(database)] == ["zero_price"]
    hold(database, channel, a=UNKNOWN)
    assert [problem.code for problem in shown(database)] == ["sku_unknown"]


def test_a_resolved_problem_is_not_shown_and_remembers_when(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    hold(database, channel, a=UNKNOWN, b=FREE)
    fake_clock.forward(60)
    with database.write() as session:
        resolve_problems(session, stored_id(channel.id), ["order a", "order c"])
    assert [problem.subject for problem in shown(database)] == ["order b"]
    fake_clock.forward(60)
    with database.write() as session:
        resolve_problems(session, stored_id(channel.id), ["order a"])
    with database.read() as session:
        resolved = session.exec(select(Problem.resolved_at).where(Problem.subject == "order a")).one()
    assert resolved == NOON + timedelta(seconds=60)


def test_a_problem_can_come_back(database: Database, channel: Channel) -> None:
    hold(database, channel, a=UNKNOWN)
    with database.write() as session:
        resolve_problems(session, stored_id(channel.id), ["order a"])
    hold(database, channel, a=UNKNOWN)
    assert [problem.code for problem in shown(database)] == ["sku_unknown"]


def test_channels_do_not_touch_each_others_problems(database: Database, channel: Channel) -> None:
    other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
    hold(database, channel, a=UNKNOWN)
    hold(database, other, a=FREE)
    with database.write() as session:
        resolve_problems(session, stored_id(other.id), ["order a"])
    assert [(problem.channel, problem.code) for problem in shown(database)] == [("de", "sku_unknown")]


def test_problems_are_shown_by_channel_and_to_whom_they_belong(database: Database, channel: Channel) -> None:
    other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
    hold(database, channel, a=UNKNOWN)
    hold(database, other, b=FREE)
    assert [problem.subject for problem in shown(database)] == ["order a", "order b"]
    assert [problem.subject for problem in shown(database, "fr")] == ["order b"]
    assert shown(database, "it") == []
    vendor = Actor("vera", is_admin=False, store_id=channel.store_id, company_id=2)
    assert [problem.subject for problem in open_problems(database, vendor)] == ["order b"]
    assert open_problems(database, Actor("stan", is_admin=False), "de") == []


def test_a_thousand_items_are_resolved_in_one_go(database: Database, channel: Channel) -> None:
    subjects = [str(number) for number in range(1_001)]
    hold(database, channel, **dict.fromkeys(subjects, UNKNOWN))
    assert len(shown(database)) == 1_001
    with database.write() as session:
        resolve_problems(session, stored_id(channel.id), [f"order {subject}" for subject in subjects])
    assert shown(database) == []
