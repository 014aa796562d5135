"""The invented world: deterministic, varied, and its documents say what its expectations assume."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.control import plain
from sandbox.world import World, WorldOrder, build_world
from sandbox.world.change import change_order
from sandbox.world.people import AWKWARD_NAMES
from sandbox.world.render import iso

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, UTC)
DE = "A1PA6795UKMFR9"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(1, now=NOW)


def of(world: World, outcome: str) -> list[WorldOrder]:
    return [order for order in world.orders if order.expected.outcome == outcome]


def amount(money: dict[str, str]) -> Decimal:
    return Decimal(money["amount"])


def readings(document: dict[str, Any]) -> set[Decimal]:
    """What the items and the order's own entries add up to, under either sign of discounts."""
    totals = set()
    for sign in (1, -1):
        total = Decimal(0)
        for item in document["orderItems"]:
            for entry in item["proceeds"]["breakdowns"]:
                total += amount(entry["subtotal"]) * (-sign if entry["type"] == "DISCOUNT" else 1)
        for entry in document["proceeds"].get("breakdowns", []):
            if entry["type"] in ("DELIVERY_TIP", "OTHER"):
                total += amount(entry["subtotal"])
        totals.add(total)
    return totals


def test_same_seed_same_world(world: World) -> None:
    again, other = build_world(1, now=NOW), build_world(2, now=NOW)
    assert again.products == world.products
    assert plain(again.orders) == plain(world.orders)
    assert other.products != world.products
    assert {order.order_id for order in other.orders} != {order.order_id for order in world.orders}
    later = build_world(1, now=NOW + timedelta(days=3))
    assert [order.order_id for order in later.orders] == [order.order_id for order in world.orders]
    assert later.orders[0].updated - world.orders[0].updated == timedelta(days=3)


def test_numbers_and_shares(world: World) -> None:
    summary = world.summary()
    assert (summary["products"], summary["orders"], summary["marketplaces"]["Amazon.de"]) == (300, 1300, 1000)
    assert 800 <= summary["demo_outcomes"]["created"] <= 850
    codes = {"pending", "currency_mismatch", "sku_unknown", "zero_price", "address_incomplete", "total_mismatch"}
    assert set(summary["demo_held"]) == codes
    assert min(summary["demo_held"].values()) >= 5
    assert len(summary["demo_statuses"]) == 7
    assert set(summary["marketplaces"]) == {"Amazon.de", "Amazon.fr", "Amazon.co.uk", "Amazon.it", "Amazon.co.jp"}
    assert len({order.order_id for order in world.orders}) == 1300


def test_a_small_world_has_one_of_each() -> None:
    held = build_world(5, products=20, orders=45, other_orders=3, now=NOW).summary()["demo_held"]
    assert len(held) == 6
    assert len(build_world(5, products=6, orders=7, other_orders=0, now=NOW).orders) == 7


def test_times(world: World) -> None:
    for order in world.orders:
        assert order.created <= order.updated <= NOW - timedelta(minutes=5)
        assert order.updated >= NOW - timedelta(days=29, seconds=1)
        assert order.document["lastUpdatedTime"] == iso(order.updated)
    shared = Counter(order.updated for order in world.orders)
    assert max(shared.values()) >= 4
    old = [order for order in world.orders if order.created < world.orders_from]
    assert {order.expected.outcome for order in old} == {"ignored"}
    assert len(old) >= 10


def test_created_orders_add_up_in_one_reading(world: World) -> None:
    for order in of(world, "created"):
        expected, document = order.expected, order.document
        total = amount(document["proceeds"]["grandTotal"])
        assert expected.total == total
        assert total in readings(document)
        lines = sum((gross for _, gross in expected.lines.values()), Decimal(0))
        assert expected.shipping is not None
        assert expected.shipping >= 0
        assert lines + expected.shipping == total
        assert all(gross > 0 for _, gross in expected.lines.values())


def test_mismatches_add_up_in_no_reading(world: World) -> None:
    odd = [order for order in world.orders if order.expected.code == "total_mismatch"]
    for order in odd:
        total = amount(order.document["proceeds"]["grandTotal"])
        assert all(abs(total - reading) >= Decimal("0.5") for reading in readings(order.document))


def test_variety(world: World) -> None:
    created = of(world, "created")
    drafts = [order.draft for order in created]
    text = json.dumps([order.document for order in world.orders], ensure_ascii=False)
    assert sum(draft.discount_sign < 0 and any(line.discount for line in draft.lines) for draft in drafts) >= 3
    assert sum(any(line.discount for line in draft.lines) for draft in drafts) >= 100
    assert sum(draft.is_cod for draft in drafts) >= 20
    assert any(draft.is_cod and "CashOnDelivery" not in draft.payment_methods for draft in drafts)
    assert any(draft.tip for draft in drafts)
    assert any(draft.other for draft in drafts)
    assert any(draft.company for draft in drafts)
    assert any("breakdowns" not in order.document["proceeds"] for order in created)
    assert any(not line.tax_detailed for draft in drafts for line in draft.lines)
    assert any(len({line.sku for line in draft.lines}) < len(draft.lines) for draft in drafts)
    assert {line.quantity for draft in drafts for line in draft.lines} == set(range(1, 8))
    assert any(gross * 100 % quantity for order in created for quantity, gross in order.expected.lines.values())
    assert all(json.dumps(name, ensure_ascii=False) in text for name in AWKWARD_NAMES)
    assert "\\u0000" in text
    assert any("/" in line.sku or "+" in line.sku for draft in drafts for line in draft.lines if line.sku)


def test_rules_of_status_and_stock(world: World) -> None:
    for order in of(world, "created"):
        draft, expected = order.draft, order.expected
        kept = draft.fulfilled_by == "MERCHANT" and draft.status != "SHIPPED"
        assert (expected.status, expected.takes_stock) == (("P", True) if kept else ("S", False))
        assert expected.timestamp == int(draft.created.timestamp())
        assert (expected.payment_id, draft.is_cod) in ((6, True), (2, False))
    for order in world.orders:
        if order.marketplace_id != DE:
            assert order.expected.outcome == "ignored"


def test_yen_have_no_decimals(world: World) -> None:
    yen = [order for order in world.orders if order.draft.currency == "JPY" and "proceeds" in order.document]
    assert yen
    assert all("." not in order.document["proceeds"]["grandTotal"]["amount"] for order in yen)


def test_poison() -> None:
    world = build_world(1, products=20, orders=10, other_orders=0, now=NOW, poison=4)
    broken = {order.draft.poison: order for order in world.orders if order.draft.poison}
    assert "orderItems" not in broken["no_items"].document
    assert broken["bad_amount"].document["proceeds"]["grandTotal"]["amount"] == "N/A"
    assert broken["bad_created"].expected.code == "unreadable"
    odd = broken["unknown_values"]
    assert odd.document["fulfillment"]["fulfillmentServiceLevel"] == "BY_DRONE"
    assert (odd.expected.outcome, odd.expected.shipping_id, odd.expected.payment_id) == ("created", 1, 2)
    change_order(world, broken["no_items"], NOW, repaired=True)
    assert broken["no_items"].document["orderItems"]
    assert broken["no_items"].expected.outcome == "created"


def test_later_news_keeps_what_never_took_stock(world: World) -> None:
    fresh = build_world(1, now=NOW)
    order = next(one for one in fresh.orders if one.draft.case == "merchant_shipped")
    change_order(fresh, order, NOW, imported=True)
    assert (order.expected.status, order.expected.takes_stock) == ("S", False)
    shipped = next(one for one in fresh.orders if one.draft.case == "merchant_unshipped")
    change_order(fresh, shipped, NOW, status="SHIPPED", imported=True)
    assert (shipped.expected.status, shipped.expected.takes_stock) == ("C", True)
    held = next(one for one in fresh.orders if one.expected.code == "address_incomplete")
    change_order(fresh, held, NOW, address="complete")
    assert held.expected.outcome == "created"
    with pytest.raises(ValueError):
        change_order(fresh, held, NOW, status="CANCELED")
