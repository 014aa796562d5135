"""Creating orders in the store: what POST does, drops and silently changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.store_kit import AMAZON_ID, FREEBIE, LAMP, MUG, TEAPOT, Shop, line_of, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def test_recipe_gives_the_exact_order(shop: Shop) -> None:
    """The two calls of the fact sheet, with its payment, shipping, tax and price."""
    created = shop.call(
        "POST",
        "/api/stores/1/orders",
        {
            "payment_id": 7,
            "shipping_id": 9,
            "timestamp": 1763800000,
            "user_data": {
                "email": "113-1234567-1234567@orders.invalid",
                "tax_exempt": "Y",
                "s_firstname": "Ann",
                "s_lastname": "Lee",
                "s_address": "1 Main St",
                "s_address_2": "Apt 4",
                "s_city": "Boston",
                "s_state": "MA",
                "s_country": "US",
                "s_zipcode": "02125",
                "s_phone": "5550100",
                "b_firstname": "Ann",
                "b_lastname": "Lee",
                "b_country": "US",
            },
            "firstname": "Ann",
            "lastname": "Lee",
            "s_address": "1 Main St",
            "details": "amazon_order_id=113-1234567-1234567",
            "payment_info": {"transaction_id": "113-1234567-1234567"},
            "discount": 0,
            "subtotal_discount": 0,
            "promotions": {},
            "products": {"12": {"product_id": 12, "amount": 2, "extra": {"amazon_order_item_id": "054…"}}},
        },
    )
    assert created.status_code == 201
    order_id = created.json()["order_id"]
    ((item_id, line),) = created.json()["order_data"]["products"].items()
    assert (line["price"], line["extra"]["amazon_order_item_id"]) == ("20.00", "054…")
    updated = shop.put(
        order_id,
        {
            "products": {
                item_id: {
                    "product_id": 12,
                    "amount": 2,
                    "price": 18.50,
                    "stored_price": "Y",
                    "discount": 0,
                    "company_id": 1,
                    "product_options": {},
                    "extra": {"amazon_order_item_id": "054…"},
                }
            },
            "stored_shipping": {"0": {"0": 4.99}},
            "shipping_cost": 4.99,
            "taxes": {
                "3": {
                    "description": "Amazon tax",
                    "rate_type": "F",
                    "rate_value": "2.35",
                    "price_includes_tax": "Y",
                    "priority": 0,
                    "tax_subtotal": 2.35,
                    "calculation_type": "subtotal",
                    "applies": {"P": 2.35, "S": 0, "items": {"P": {item_id: True}, "S": {}}},
                }
            },
            "subtotal": 37.00,
            "subtotal_discount": 0,
            "discount": 0,
            "promotions": {},
            "total": 41.99,
            "status": "P",
        },
    )
    assert updated.status_code == 200
    order = shop.order(order_id)
    assert (order["total"], order["subtotal"], order["shipping_cost"]) == ("41.99", 37, "4.99")
    assert (order["status"], order["timestamp"], order["issuer_id"]) == ("P", "1763800000", "7")
    assert order["taxes"]["3"]["tax_subtotal"] == 2.35 and order["tax_subtotal"] == 0
    assert order["taxes"]["3"]["applies"]["items"] == {"P": {item_id: True}, "S": []}
    assert (order["s_city"], order["s_zipcode"], order["b_firstname"]) == ("Boston", "02125", "Ann")
    assert (order["firstname"], order["lastname"], order["phone"]) == ("Ann", "Lee", "5550100")
    assert order["details"] == "amazon_order_id=113-1234567-1234567"
    assert order["payment_info"] == {"transaction_id": "113-1234567-1234567"}
    assert (order["payment_id"], order["shipping_ids"]) == ("7", "9")
    kept = order["products"][item_id]
    assert (kept["price"], kept["amount"], kept["company_id"]) == ("18.50", "2", "1")
    assert kept["extra"]["amazon_order_item_id"] == "054…" and kept["extra"]["stored_price"] == "Y"
    # The method's own rate is still what the shipping row shows.
    assert order["shipping"][0]["rate"] == 0
    assert shop.amount(LAMP) == 48
    assert shop.store.mails == []


def test_price_of_a_line_is_ignored(shop: Shop) -> None:
    order = shop.placed(products={"12": {"product_id": 12, "amount": 1, "price": 3, "stored_price": "Y"}})
    assert (line_of(order, LAMP)["price"], order["total"]) == ("20.00", "20.00")


def test_stock_trims_and_drops_lines(shop: Shop) -> None:
    order = shop.placed(products={"15": {"amount": 5}, "12": {"amount": 1}})
    assert line_of(order, TEAPOT)["amount"] == "3"
    assert shop.amount(TEAPOT) == 0
    order = shop.placed(products={"15": {"amount": 1}, "12": {"amount": 1}})
    assert len(order["products"]) == 1
    refused = shop.place(products={"15": {"amount": 1}})
    assert refused.status_code == 400 and refused.json()["message"] == "Bad Request"
    assert len(shop.store.orders) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"allow_negative": True},
        {"product_overrides": {TEAPOT: {"out_of_stock_actions": "B"}}},
        {"product_overrides": {TEAPOT: {"tracking": "D"}}},
    ],
)
def test_stock_does_not_bind_when_it_need_not(options: dict[str, Any]) -> None:
    with open_shop(low_stock={TEAPOT: 1}, **options) as shop:
        order = shop.placed(products={"15": {"amount": 5}})
        assert (line_of(order, TEAPOT)["amount"], order["status"]) == ("5", "O")


def test_quantity_rules_change_amounts() -> None:
    rules = {LAMP: {"qty_step": 4}, MUG: {"min_qty": 3, "max_qty": 5}}
    with open_shop(product_overrides=rules) as shop:
        order = shop.placed(products={"12": {"amount": 5}, "13": {"amount": 1}})
        assert (line_of(order, LAMP)["amount"], line_of(order, MUG)["amount"]) == ("8", "3")
        assert line_of(shop.placed(products={"13": {"amount": 9}}), MUG)["amount"] == "5"


def test_free_product_is_dropped_unless_allowed(shop: Shop) -> None:
    order = shop.placed(products={"14": {"amount": 1}, "12": {"amount": 1}})
    assert len(order["products"]) == 1
    with open_shop(product_overrides={FREEBIE: {"zero_price_action": "P"}}) as open_handed:
        order = open_handed.placed(products={"14": {"amount": 1}})
        # In the storefront edition a free order is paid at once.
        assert (order["status"], order["total"]) == ("P", "0.00")


def test_one_product_under_two_keys_becomes_one_line(shop: Shop) -> None:
    products = {
        "a": {"product_id": 12, "amount": 1, "extra": {"item": "1"}},
        "b": {"product_id": 12, "amount": 2, "extra": {"item": "2"}},
    }
    order = shop.placed(products=products)
    line = line_of(order, LAMP)
    assert line["amount"] == "3" and line["extra"]["item"] == "2"
    assert 0 < int(line["item_id"]) < 2**32


def test_options_make_another_line(shop: Shop) -> None:
    products = {
        "a": {"product_id": 12, "amount": 1, "product_options": {"3": "12"}},
        "b": {"product_id": 12, "amount": 1},
    }
    assert len(shop.placed(products=products)["products"]) == 2


def test_top_level_keys_override_the_cart(shop: Shop) -> None:
    order = shop.placed(
        total=99.95, shipping_cost="4.99", subtotal_discount=1, notes="hi", company="Amazon 113", status="C"
    )
    assert (order["total"], order["shipping_cost"], order["subtotal_discount"]) == ("99.95", "4.99", "1.00")
    assert (order["notes"], order["company"]) == ("hi", "Amazon 113")
    # The status is not one of them; the subtotal shown is computed from the lines.
    assert order["status"] == "O" and order["subtotal"] == 40


def test_override_of_shipping_does_not_reach_the_total(shop: Shop) -> None:
    assert shop.placed(shipping_cost=4.99)["total"] == "40.00"


def test_order_id_in_the_body_rewrites_that_order(shop: Shop) -> None:
    first = shop.placed(timestamp=1763800000)
    second = shop.place(order_id=first["order_id"], products={"13": {"amount": 1}}, timestamp=1)
    assert second.status_code == 201
    assert second.json()["order_id"] == int(first["order_id"])
    assert len(shop.store.orders) == 1
    assert shop.order(first["order_id"])["timestamp"] == "1763800000"
    assert (shop.amount(LAMP), shop.amount(MUG)) == (50, 29)


def test_the_same_post_twice_makes_two_orders(shop: Shop) -> None:
    assert shop.placed()["order_id"] != shop.placed()["order_id"]
    answer = shop.get(f"/api/orders?email={AMAZON_ID}")
    assert len(answer["orders"]) == 2 and shop.amount(LAMP) == 46


@pytest.mark.parametrize(("payment_id", "status"), [(4, 400), (99, 400), (2, 201)])
def test_payment_has_to_exist_and_be_active(shop: Shop, payment_id: int, status: int) -> None:
    assert shop.place(payment_id=payment_id).status_code == status
    assert len(shop.store.orders) == (status == 201)


def test_surcharge_is_added_to_the_total(shop: Shop) -> None:
    order = shop.placed(payment_id=3, total=41)
    assert (order["payment_surcharge"], order["total"]) == ("2.50", "43.50")


def test_unusable_shipping_is_silently_replaced(shop: Shop) -> None:
    # 2 serves Germany only, 3 is disabled, 6 has no rates, 99 does not exist.
    for shipping_id in (2, 3, 6, 99):
        user = {"email": "a@b.c", "s_country": "FR"}
        assert shop.placed(shipping_id=shipping_id, user_data=user)["shipping_ids"] == "1"
    assert shop.placed(shipping_id=2)["total"] == "47.90"
    assert shop.placed(shipping_id=None, shipping_ids={"1": 4})["shipping_ids"] == "4"
    # The key of a group is the company, not a position.
    assert shop.placed(shipping_id=None, shipping_ids={"0": 4})["shipping_ids"] == "1"


def test_no_shipping_at_all_is_403(shop: Shop) -> None:
    for row in shop.store.shippings.values():
        row["status"] = "D"
    response = shop.place()
    assert response.status_code == 403 and "shipping" in response.json()["message"]


def test_minimum_order_amount_is_403() -> None:
    with open_shop(min_order_amount="50.00") as shop:
        assert shop.place().status_code == 403
        assert shop.place(products={"12": {"amount": 3}}).status_code == 201


@pytest.mark.parametrize("missing", ["payment_id", "products", "user_data", "shipping_id"])
def test_required_inputs(shop: Shop, missing: str) -> None:
    assert shop.place(**{missing: None}).status_code == 400


def test_unknown_product_is_dropped(shop: Shop) -> None:
    order = shop.placed(products={"99": {"amount": 1}, "12": {"amount": 1}})
    assert len(order["products"]) == 1


def test_old_builds_reply_with_the_id_alone() -> None:
    with open_shop(order_data=False) as shop:
        assert shop.place().json() == {"order_id": 101}


def test_promotion_changes_totals_unless_overridden() -> None:
    with open_shop(promotions_active=True) as shop:
        order = shop.placed()
        assert (order["total"], order["subtotal_discount"], order["promotion_ids"]) == ("36.00", "4.00", "1")
        order = shop.placed(promotions={}, subtotal_discount=0, total=40)
        assert (order["total"], order["subtotal_discount"], order["promotions"]) == ("40.00", "0.00", [])


def test_store_taxes_and_exemption() -> None:
    with open_shop(tax_rate="19") as shop:
        order = shop.placed()
        assert order["total"] == "40.00" and order["taxes"]["6"]["tax_subtotal"] == 6.39
        exempt = shop.placed(user_data={"email": "a@b.c", "tax_exempt": "Y"})
        assert exempt["taxes"] == [] and line_of(exempt, LAMP)["price"] == "16.81"
        # A stored price is not reduced.
        line = {"product_id": 12, "amount": 2, "price": 20, "stored_price": "Y"}
        shop.put(exempt["order_id"], {"products": {"1": line}})
        assert shop.order(exempt["order_id"])["total"] == "40.00"
    with open_shop(tax_rate="19", tax_included=False) as shop:
        order = shop.placed()
        assert (order["total"], order["tax_subtotal"]) == ("47.60", 7.6)


def test_disabled_address_fields_count_at_the_top_level_only() -> None:
    with open_shop(disabled_profile_fields=["s_phone"]) as shop:
        user = {"email": "a@b.c", "s_phone": "1"}
        assert shop.placed(user_data=user)["s_phone"] == ""
        assert shop.placed(user_data=user, s_phone="2")["s_phone"] == "2"


def test_notify_values_that_send_mail(shop: Shop) -> None:
    shop.placed(notify_user=False, notify_department="", notify_vendor=0)
    assert shop.store.mails == []
    shop.placed(notify_user="N")
    assert [mail.recipient for mail in shop.store.mails] == ["user"]


def test_parent_order_flag_hides_an_order(shop: Shop) -> None:
    shop.placed(is_parent_order="Y")
    assert shop.get("/api/orders")["orders"] == []


def test_timestamp_as_text(shop: Shop) -> None:
    assert shop.placed(timestamp="11/22/2025")["timestamp"] == "1763769600"
