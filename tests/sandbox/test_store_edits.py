"""Changing orders in the store: the fast path, the rebuild, statuses and stock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.store_kit import LAMP, MUG, TEAPOT, Shop, line_of, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def stored(product_id: int, amount: int, price: float, **more: Any) -> dict[str, Any]:
    return {"product_id": product_id, "amount": amount, "price": price, "stored_price": "Y", "company_id": 1, **more}


def test_lone_status_moves_stock_only_across_the_border(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    assert shop.amount(LAMP) == 48
    for code, amount in [("P", 48), ("C", 48), ("I", 50), ("D", 50), ("S", 50), ("P", 48), ("S", 50)]:
        assert shop.put(order_id, {"status": code}).status_code == 200
        assert (shop.order(order_id)["status"], shop.amount(LAMP)) == (code, amount)


def test_lone_status_answers_200_whatever_happens(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    assert shop.put(order_id, {"status": "Z"}).status_code == 200
    assert shop.order(order_id)["status"] == "O"
    assert shop.put(order_id, {"status": "O"}).status_code == 200
    assert shop.put(999, {"status": "P"}).status_code == 200
    assert shop.put(999, {"notes": "x"}).status_code == 404


def test_notify_keys_on_the_fast_path(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    shop.put(order_id, {"status": "P", "notify_user": True, "notify_vendor": ""})
    assert [mail.recipient for mail in shop.store.mails] == ["user"]
    assert [entry.note for entry in shop.ledger.entries("store", "updateOrder")] == ["status"]
    with open_shop(old_build=True) as old:
        order_id = old.placed()["order_id"]
        old.put(order_id, {"status": "P", "notify_user": False})
        assert [entry.note for entry in old.ledger.entries("store", "updateOrder")] == ["rebuild"]


def test_notify_keys_on_a_rebuild(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    shop.put(order_id, {"notes": "x", "status": "P", "notify_user": "", "notify_department": False})
    assert shop.store.mails == []
    shop.put(order_id, {"notes": "x", "notify_department": "N"})
    assert [mail.recipient for mail in shop.store.mails] == ["department"]


def test_verbatim_lines_replace_all_others(shop: Shop) -> None:
    order = shop.placed(products={"12": {"amount": 2}, "13": {"amount": 1}})
    item_id = line_of(order, LAMP)["item_id"]
    lines = {item_id: stored(LAMP, 1, 6.17), "7": stored(LAMP, 2, 6.18, extra={"item": "2"})}
    assert shop.put(order["order_id"], {"products": lines}).status_code == 200
    changed = shop.order(order["order_id"])
    assert set(changed["products"]) == {item_id, "7"}
    assert changed["products"]["7"]["extra"]["item"] == "2"
    assert (changed["total"], shop.amount(LAMP), shop.amount(MUG)) == ("18.53", 47, 30)


def test_store_price_returns_without_the_stored_mark(shop: Shop) -> None:
    order = shop.placed()
    item_id = line_of(order, LAMP)["item_id"]
    shop.put(order["order_id"], {"products": {item_id: {"product_id": LAMP, "amount": 2, "price": 5}}})
    changed = shop.order(order["order_id"])
    assert changed["total"] == "40.00"
    # Without a company the line belongs to none.
    assert line_of(changed, LAMP)["company_id"] == "0"


def test_only_the_first_line_decides_the_form(shop: Shop) -> None:
    order = shop.placed()
    products = {"1": {"product_id": LAMP, "amount": 1}, "2": stored(LAMP, 1, 5.0)}
    shop.put(order["order_id"], {"products": products})
    changed = shop.order(order["order_id"])
    assert len(changed["products"]) == 1 and changed["total"] == "40.00"


def test_discount_is_per_unit(shop: Shop) -> None:
    order = shop.placed()
    shop.put(order["order_id"], {"products": {"5": stored(LAMP, 2, 18.50, discount=1.5)}})
    changed = shop.order(order["order_id"])
    line = changed["products"]["5"]
    assert (line["price"], line["base_price"], line["discount"], line["subtotal"]) == ("17.00", "18.50", 1.5, 34)
    assert changed["total"] == "34.00"


def test_prices_are_rounded_to_cents(shop: Shop) -> None:
    order = shop.placed()
    shop.put(order["order_id"], {"products": {"5": stored(LAMP, 3, 33.335)}})
    assert shop.order(order["order_id"])["products"]["5"]["price"] == "33.34"


def test_lines_keyed_from_zero_come_back_as_a_list(shop: Shop) -> None:
    order = shop.placed()
    shop.put(order["order_id"], {"products": [stored(LAMP, 1, 5.0), stored(LAMP, 1, 6.0)]})
    assert [line["price"] for line in shop.order(order["order_id"])["products"]] == ["5.00", "6.00"]


def test_free_line_is_dropped_on_edit_too(shop: Shop) -> None:
    order = shop.placed()
    shop.put(order["order_id"], {"products": {"5": stored(LAMP, 1, 0), "6": stored(LAMP, 1, 5)}})
    assert set(shop.order(order["order_id"])["products"]) == {"6"}
    assert shop.put(order["order_id"], {"products": {"5": stored(LAMP, 1, 0)}}).status_code == 400
    assert set(shop.order(order["order_id"])["products"]) == {"6"}


def test_quantity_step_binds_on_edit() -> None:
    with open_shop(product_overrides={LAMP: {"qty_step": 4}}) as shop:
        order = shop.placed()
        shop.put(order["order_id"], {"products": {"5": stored(LAMP, 5, 1.0)}})
        assert shop.order(order["order_id"])["products"]["5"]["amount"] == "8"


def test_shipping_cost_needs_stored_shipping(shop: Shop) -> None:
    order_id = shop.placed(shipping_cost=4.99)["order_id"]
    assert shop.order(order_id)["shipping_cost"] == "4.99"
    # A bare cost loses against the rates of the method, and what was kept before is gone.
    shop.put(order_id, {"shipping_cost": 4.99})
    assert shop.order(order_id)["shipping_cost"] == "0.00"
    shop.put(order_id, {"stored_shipping": {"0": {"0": 4.99}}})
    assert (shop.order(order_id)["shipping_cost"], shop.order(order_id)["total"]) == ("4.99", "44.99")
    shop.put(order_id, {"notes": "later"})
    assert (shop.order(order_id)["shipping_cost"], shop.order(order_id)["total"]) == ("0.00", "40.00")


def test_later_edit_drops_our_taxes_of_an_exempt_order(shop: Shop) -> None:
    order_id = shop.placed(user_data={"email": "a@b.c", "tax_exempt": "Y"})["order_id"]
    shop.put(order_id, {"taxes": {"3": {"tax_subtotal": 2.35, "price_includes_tax": "Y"}}})
    assert shop.order(order_id)["taxes"]["3"]["tax_subtotal"] == 2.35
    shop.put(order_id, {"notes": "later"})
    assert shop.order(order_id)["taxes"] == []


def test_rebuild_keeps_date_prices_and_status(shop: Shop) -> None:
    order = shop.placed(timestamp=1763800000)
    item_id = line_of(order, LAMP)["item_id"]
    shop.put(order["order_id"], {"products": {item_id: stored(LAMP, 2, 18.5)}, "status": "P"})
    shop.store.products[LAMP].price *= 2
    shop.put(order["order_id"], {"timestamp": 5, "notes": "n", "payment_info": {"b": 1}})
    changed = shop.order(order["order_id"])
    assert (changed["timestamp"], changed["status"], changed["notes"]) == ("1763800000", "P", "n")
    assert changed["total"] == "37.00"
    assert changed["payment_info"] == {"b": 1}
    assert shop.amount(LAMP) == 48
    shop.put(order["order_id"], {"payment_info": {"c": 2}})
    assert shop.order(order["order_id"])["payment_info"] == {"b": 1, "c": 2}


def test_too_little_stock_backorders_and_takes_nothing(shop: Shop) -> None:
    order = shop.placed(products={"12": {"amount": 2}, "15": {"amount": 1}})
    lines = {"1": stored(LAMP, 2, 20.0), "2": stored(TEAPOT, 9, 99.9)}
    assert shop.put(order["order_id"], {"products": lines, "status": "P"}).status_code == 200
    changed = shop.order(order["order_id"])
    assert changed["status"] == "B"
    assert changed["products"]["2"]["amount"] == "9"
    assert (shop.amount(LAMP), shop.amount(TEAPOT)) == (50, 3)
    shop.put(order["order_id"], {"status": "P"})
    assert shop.order(order["order_id"])["status"] == "B"


def test_negative_stock_when_allowed() -> None:
    with open_shop(allow_negative=True) as shop:
        order = shop.placed(products={"15": {"amount": 9}})
        assert (order["status"], shop.amount(TEAPOT)) == ("O", -6)


def test_delete_restores_stock(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    response = shop.call("DELETE", f"/api/orders/{order_id}")
    assert (response.status_code, response.text) == (204, "")
    assert shop.amount(LAMP) == 50
    assert shop.call("GET", f"/api/orders/{order_id}").status_code == 404
    assert shop.call("DELETE", f"/api/orders/{order_id}").status_code == 404


def test_unavailable_shipping_on_edit(shop: Shop) -> None:
    order_id = shop.placed(shipping_id=4)["order_id"]
    shop.store.shippings[4]["status"] = "D"
    shop.put(order_id, {"notes": "x"})
    assert shop.order(order_id)["shipping_ids"] == "1"
    for row in shop.store.shippings.values():
        row["status"] = "D"
    response = shop.put(order_id, {"notes": "y"})
    assert (response.status_code, response.json()["message"]) == (400, "Bad Request")
    assert shop.order(order_id)["notes"] == "x"


def test_edit_stamps_the_time_of_update(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    shop.store.clock.advance(1000)
    shop.put(order_id, {"status": "P"})
    first = int(shop.order(order_id)["updated_at"])
    shop.store.clock.advance(1000)
    shop.put(order_id, {"notes": "x"})
    assert int(shop.order(order_id)["updated_at"]) >= first + 1000


def test_address_can_be_filled_in_later(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    shop.put(order_id, {"s_city": "Köln", "user_data": {"s_zipcode": "50667"}})
    changed = shop.order(order_id)
    assert (changed["s_city"], changed["s_zipcode"], changed["s_firstname"]) == ("Köln", "50667", "Ann")
