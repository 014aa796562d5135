"""Lists of orders: what became of each, filters, counts, rights, and that the large documents are never read."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.documents import as_json
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.orders.list import (
    HIGHEST,
    LOWEST,
    OLDEST,
    SHIP_BY,
    SORTS,
    STATES,
    OrderFilter,
    OrderView,
    newest_order_keys,
    order_keys,
    order_rows,
)
from core.windows import NEWEST
from tests.unit.builders import FR, NOON, FakeClock, connect_channel, order_intent, order_problem

VERA = Actor("vera", is_admin=False, store_id=1, company_id=2)


@pytest.fixture
def de(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


@pytest.fixture
def fr(database: Database, de: Channel) -> Channel:
    return connect_channel(database, name="fr", marketplace_id=FR, company_id=2)


def add(database: Database, channel: Channel, order_id: str, *, age: int = 0, sku: str = "LAMP", **how: Any) -> None:
    """An order; `how` says what it has: dirty, link (store order), problem (code), resolved, intent (state)."""
    subject = f"order {order_id}"
    with database.write() as session:
        session.add(
            AmazonOrder(
                account_id=1,
                order_id=order_id,
                marketplace_id=how.get("marketplace", channel.marketplace_id),
                status="UNSHIPPED",
                fulfilled_by="MERCHANT",
                created_at=NOON - timedelta(days=age),
                updated_at=NOON,
                total_minor=how.get("total", 2050),
                ship_by=how.get("ship_by"),
                currency="EUR",
                item_count=1,
                raw={"secret": "Ada"},
                fingerprint="f",
                dirty=how.get("dirty", False),
                held_by=how.get("held_by", ""),
            )
        )
        session.add(AmazonOrderItem(account_id=1, order_id=order_id, item_id="1", sku=sku, quantity=1))
        if how.get("link"):
            session.add(
                OrderLink(
                    channel_id=stored_id(channel.id),
                    order_id=order_id,
                    store_id=1,
                    store_order_id=how["link"],
                    store_status="P",
                    amazon_status="UNSHIPPED",
                    total="20.50",
                )
            )
        if how.get("problem"):
            session.add(
                order_problem(
                    channel_id=stored_id(channel.id),
                    subject=subject,
                    code=how["problem"],
                    message="It is so.",
                    fix="Do it.",
                    resolved_at=NOON if how.get("resolved") else None,
                )
            )
        if how.get("intent"):
            session.add(
                order_intent(
                    store_id=1,
                    channel_id=stored_id(channel.id),
                    subject=subject,
                    kind="order.create",
                    state=how["intent"],
                )
            )


def listed(database: Database, actor: Actor = LOCAL_ADMIN, **wanted: Any) -> list[OrderView]:
    return order_rows(database, actor, order_keys(database, actor, OrderFilter(**wanted)).keys)


def ids(views: list[OrderView]) -> list[str]:
    return [view.order_id for view in views]


@pytest.mark.parametrize(
    ("state", "how"),
    [
        ("imported", {"link": 7}),
        ("imported", {"link": 7, "dirty": True}),
        ("imported", {"link": 7, "problem": "sku_unknown", "resolved": True}),
        ("held", {"dirty": True, "problem": "sku_unknown"}),
        ("failed", {"problem": "store_refused"}),
        ("failed", {"link": 7, "dirty": True, "problem": "store_differs"}),
        ("waiting", {"dirty": True}),
        ("waiting", {"intent": "waiting"}),
        ("waiting", {"intent": "unknown", "dirty": True, "problem": "sku_unknown"}),
        ("imported", {"link": 7, "intent": "sent"}),
        ("failed", {"link": 7, "intent": "sent", "problem": "store_differs"}),
        ("left", {}),
        ("left", {"intent": "verified"}),
    ],
)
def test_what_became_of_an_order_is_the_same_for_keys_and_rows(
    database: Database, de: Channel, state: str, how: dict[str, Any]
) -> None:
    add(database, de, "1", **how)
    keys = order_keys(database, LOCAL_ADMIN, OrderFilter())
    assert {name for name, count in keys.counts.items() if count} == {state}
    (view,) = order_rows(database, LOCAL_ADMIN, keys.keys)
    assert view.state == state
    assert ids(listed(database, states=frozenset({state}))) == ["1"]
    assert listed(database, states=frozenset(STATES) - {state}) == []


def test_a_row_shows_all_that_is_known(database: Database, de: Channel) -> None:
    add(database, de, "1", dirty=True, problem="sku_unknown", held_by="vera")
    (view,) = listed(database)
    assert (view.channel, view.total, view.currency, view.items) == ("de", "20.50", "EUR", 1)
    assert (view.code, view.message, view.fix, view.held_by) == ("sku_unknown", "It is so.", "Do it.", "vera")
    assert (view.store_order_id, view.store_status) == (None, "")
    assert "key" not in as_json(view)
    assert as_json(view)["created_at"] == NOON.isoformat()


def test_the_newest_stand_first_and_rows_come_as_asked(database: Database, de: Channel) -> None:
    for order_id, age in (("old", 9), ("new", 1), ("older", 12)):
        add(database, de, order_id, age=age)
    keys = order_keys(database, LOCAL_ADMIN, OrderFilter()).keys
    assert ids(order_rows(database, LOCAL_ADMIN, keys)) == ["new", "old", "older"]
    assert ids(order_rows(database, LOCAL_ADMIN, [keys[2], 999, keys[0]])) == ["older", "new"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("113", ["113-1"]),
        ("-1", ["113-1"]),
        ("mug", ["114-2"]),
        ("MUG-7", ["114-2"]),
        ("sku_un", ["115-3"]),
        ("45", ["114-2"]),
        ("451", ["114-2"]),
        ("51", []),
        ("11 lamp", ["113-1", "115-3"]),
        ("11 lamp unknown", ["115-3"]),
        ("%", []),
        ("_", ["115-3"]),
        ("'", []),
        ("  ", ["113-1", "114-2", "115-3"]),
        ("9" * 40, []),
        ("²", []),
    ],
)
def test_each_word_that_is_typed_has_to_say_something_of_the_order(
    database: Database, de: Channel, text: str, found: list[str]
) -> None:
    add(database, de, "113-1", age=1)
    add(database, de, "114-2", age=2, sku="Mug-7", link=451)
    add(database, de, "115-3", age=3, dirty=True, problem="sku_unknown")
    assert ids(listed(database, text=text)) == found


def test_an_order_is_found_by_what_people_read_of_its_problem(database: Database, de: Channel) -> None:
    add(database, de, "113-1")
    add(database, de, "115-3", dirty=True, problem="zero_price")
    for text in ("free charge", "Free", "zero_pr"):
        assert ids(listed(database, text=text)) == ["115-3"], text
    assert listed(database, text="free stock") == []


def test_counts_are_of_all_that_matches_whatever_the_states_and_code(database: Database, de: Channel) -> None:
    add(database, de, "1", link=1)
    add(database, de, "2", dirty=True, problem="sku_unknown")
    add(database, de, "3", dirty=True, problem="pending")
    found = order_keys(database, LOCAL_ADMIN, OrderFilter(states=frozenset({"held"}), code="pending"))
    assert len(found.keys) == 1
    assert found.counts == {"imported": 1, "held": 2, "waiting": 0, "failed": 0, "left": 0}
    assert found.total == 3


def test_a_vendor_sees_the_orders_of_the_own_company_alone(database: Database, de: Channel, fr: Channel) -> None:
    add(database, de, "1", link=1, problem="store_differs")
    add(database, fr, "2")
    mine = order_keys(database, VERA, OrderFilter())
    assert (mine.total, mine.counts["failed"]) == (1, 0)
    every = order_keys(database, LOCAL_ADMIN, OrderFilter()).keys
    assert ids(order_rows(database, VERA, every)) == ["2"]
    assert listed(database, VERA, channel="de") == []
    assert listed(database, Actor("stan", is_admin=False)) == []


def test_the_newest_are_the_first_of_all(database: Database, de: Channel, fr: Channel) -> None:
    for number in range(6):
        add(database, fr if number % 2 else de, f"30{number}", age=number // 3)
    for actor, channel in ((LOCAL_ADMIN, ""), (LOCAL_ADMIN, "fr"), (VERA, "")):
        everything = order_keys(database, actor, OrderFilter(channel=channel)).keys
        assert len(everything) > 2
        assert newest_order_keys(database, actor, channel, 2) == everything[:2]


def test_an_order_without_a_marketplace_stands_with_the_first_enabled_channel(
    database: Database, de: Channel, fr: Channel
) -> None:
    add(database, de, "1", marketplace="", dirty=True)
    assert [view.channel for view in listed(database)] == ["de"]
    assert listed(database, VERA) == []
    with database.write() as session:
        session.get_one(Channel, de.id).enabled = False
    assert [view.channel for view in listed(database)] == ["fr"]


def test_orders_are_listed_as_wanted(database: Database, de: Channel) -> None:
    """What has no day or total stands last, whichever end is up."""
    add(database, de, "1", age=1, total=500, ship_by=NOON + timedelta(days=3))
    add(database, de, "2", age=2, total=None)
    add(database, de, "3", age=3, total=900, ship_by=NOON)
    wanted = {NEWEST: "123", OLDEST: "321", SHIP_BY: "312", HIGHEST: "312", LOWEST: "132"}
    assert wanted.keys() == SORTS.keys()
    for sort, found in wanted.items():
        assert "".join(ids(listed(database, sort=sort))) == found, sort
    assert [view.ship_by for view in listed(database)] == [NOON + timedelta(days=3), None, NOON]


def test_orders_are_listed_by_when_they_were_placed(database: Database, de: Channel) -> None:
    for age in range(1, 5):
        add(database, de, str(age), age=age)
    begin, end = NOON - timedelta(days=3), NOON - timedelta(days=1)
    assert ids(listed(database, since=begin)) == ["1", "2", "3"]
    assert ids(listed(database, before=end)) == ["2", "3", "4"]
    found = order_keys(database, LOCAL_ADMIN, OrderFilter(since=begin, before=end))
    assert (len(found.keys), found.total, found.counts["left"]) == (2, 2, 2)


def test_an_order_names_its_first_sku(database: Database, de: Channel) -> None:
    add(database, de, "1", sku="MUG")
    with database.write() as session:
        session.add(AmazonOrderItem(account_id=1, order_id="1", item_id="2", sku="CAP", quantity=1))
    assert [view.sku for view in listed(database)] == ["MUG"]


MANY = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100000)
INSERT INTO amazon_order (account_id, order_id, marketplace_id, status, fulfilled_by, created_at, updated_at,
  total_minor, currency, item_count, fingerprint, partial, fault, held_by, dirty, seen_at, ship_by, backfill)
SELECT 1, '302-' || n, :marketplace, 'SHIPPED', 'MERCHANT', datetime(:noon, '-' || n || ' minutes'), :noon,
  n * 7919 % 50021, 'EUR', 1, 'f', 0, '', '', 0, :noon, datetime(:noon, '+' || (n * 31 % 997) || ' minutes'), ''
  FROM number
"""


def test_a_hundred_thousand_orders_are_listed_quickly(database: Database, de: Channel) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql(MANY, {"marketplace": de.marketplace_id, "noon": f"{NOON:%Y-%m-%d %H:%M}"})
    for sort in SORTS:
        start = time.process_time()
        keys = order_keys(database, LOCAL_ADMIN, OrderFilter(sort=sort)).keys
        took = time.process_time() - start
        assert (len(keys), took < 1.0) == (100_000, True), (sort, took)


@pytest.mark.parametrize("sort", SORTS)
def test_what_amazon_said_is_never_read(database: Database, de: Channel, sort: str) -> None:
    add(database, de, "1", dirty=True, problem="sku_unknown", link=3)
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", note)
    listed(database, text="1 lamp sku", code="sku_unknown", sort=sort)
    event.remove(database.engine, "before_cursor_execute", note)
    assert statements
    assert not any("raw" in statement for statement in statements)
    with database.read() as session:
        keys = next(one for one in statements if "ORDER BY" in one)
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {keys}", _nothing(keys)).all()
    steps = [str(row[3]) for row in plan]
    assert any("amazon_order USING COVERING INDEX ix_amazon_order_list" in step for step in steps), steps
    assert not any(step.startswith("SCAN amazon_order") for step in steps), steps


def _nothing(statement: str) -> tuple[None, ...]:
    return (None,) * statement.count("?")
