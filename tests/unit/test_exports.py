"""When listings that were sent are looked at, and how far they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from core.database import Database
from core.listings.declaration import FLOW
from core.listings.plan.stage import next_look, stage_of
from core.model.schedule import Schedule
from core.sync.streams import schedule
from tests.unit.builders import NOON, connect_channel


@pytest.mark.parametrize(
    ("told", "runs"),
    [
        ({}, False),
        ({"push_products": False, "auto_follow_listings_minutes": 15}, False),
        ({"push_products": True, "auto_follow_listings_minutes": 0}, False),
        ({"push_products": True, "auto_follow_listings_minutes": 15}, True),
    ],
)
def test_the_schedule_of_listings_follows_its_settings(database: Database, told: dict[str, Any], runs: bool) -> None:
    channel = connect_channel(database, **told)
    with database.write() as session:
        schedule(session, channel, FLOW.streams)
    with database.read() as session:
        assert [row.stream for row in session.exec(select(Schedule))] == (["listings"] if runs else [])


def test_errors_count_before_anything_else_and_what_is_not_there_was_only_submitted() -> None:
    assert stage_of(False, False, []) == "submitted"
    assert stage_of(True, True, ["90220"]) == "issues"
    assert (stage_of(True, False, []), stage_of(True, True, [])) == ("accepted", "buyable")


def test_looks_come_ever_less_often_and_end_when_it_is_for_sale_or_after_a_week() -> None:
    until = NOON + timedelta(days=7)
    waits = [next_look(False, looks, until, NOON) for looks in range(1, 8)]
    assert waits == sorted(waits) and waits[0] == NOON + timedelta(minutes=5)
    assert next_look(True, 4, until, NOON) is not None and next_look(True, 5, until, NOON) is None
    assert next_look(False, 9, until, until) is None
