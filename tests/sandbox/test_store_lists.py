"""Lists of products, orders and the small entities: filters, paging, PHP's shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.store_kit import FREEBIE, LAMP, MUG, TEAPOT, Shop, open_shop

DAY = 86400


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Twelve orders a day apart, the newest now; the third is cancelled."""
    with open_shop() as opened:
        now = opened.store.now()
        for number in range(12):
            opened.placed(
                timestamp=now - (11 - number) * DAY,
                payment_id=6 if number % 2 else 2,
                user_data={"email": f"113-000000{number:02d}@orders.invalid", "company": f"Amazon {number}"},
                products={str(MUG if number == 5 else LAMP): {"amount": 1}},
            )
        opened.put(103, {"status": "I"})
        yield opened


def order_ids(shop: Shop, query: str) -> list[int]:
    return [int(row["order_id"]) for row in shop.get(f"/api/orders?items_per_page=100&{query}")["orders"]]


def product_ids(shop: Shop, query: str) -> list[int]:
    return [int(row["product_id"]) for row in shop.get(f"/api/products?{query}")["products"]]


def test_orders_default_page(shop: Shop) -> None:
    answer = shop.get("/api/orders")
    assert [int(row["order_id"]) for row in answer["orders"]] == list(range(112, 102, -1))
    params = answer["params"]
    assert (params["total_items"], params["sort_by"], params["sort_order"]) == ("12", "date", "desc")
    assert params["sort_order_rev"] == "asc" and params["ajax_custom"] == "1"
    row = answer["orders"][0]
    assert "updated_at" not in row and "products" not in row and row["total"] == "20.00"


def test_a_page_beyond_the_last_is_empty_or_repeats_the_last(shop: Shop) -> None:
    for name, path in (("orders", "orders?items_per_page=5"), ("products", "products?items_per_page=2")):
        answer = shop.get(f"/api/{path}&page=9")
        assert (answer[name], answer["params"]["page"]) == ([], 9)
        assert answer["params"]["total_items"] in ("12", "4")
    last = shop.get("/api/statuses?items_per_page=5&page=2")
    assert last["statuses"] and shop.get("/api/statuses?items_per_page=5&page=9") == last


def test_unlimited_orders_have_no_total(shop: Shop) -> None:
    answer = shop.get("/api/orders?items_per_page=0&get_orders_data=1")
    assert len(answer["orders"]) == 12 and "total_items" not in answer["params"]
    assert all(order["products"] and order["updated_at"] for order in answer["orders"])


def test_host_may_cap_the_page_size() -> None:
    with open_shop(max_items_per_page=2) as capped:
        assert len(product_ids(capped, "items_per_page=100")) == 2
        assert len(product_ids(capped, "items_per_page=0")) == 2


def test_order_filters(shop: Shop) -> None:
    now = shop.store.now()
    assert order_ids(shop, "status=I") == [103]
    assert len(order_ids(shop, "status[]=O&status[]=I")) == 12
    assert order_ids(shop, "order_id=104,106&sort_by=order_id&sort_order=asc") == [104, 106]
    assert order_ids(shop, "order_id[]=104&order_id[]=999") == [104]
    assert order_ids(shop, "email=113-00000007") == [108]
    assert len(order_ids(shop, "email=ORDERS.invalid")) == 12
    assert order_ids(shop, "company=Amazon+1&sort_by=order_id&sort_order=asc") == [102, 111, 112]
    assert len(order_ids(shop, "payments[]=6")) == 6
    assert order_ids(shop, f"p_ids={MUG}") == [106]
    assert order_ids(shop, "no_issuer=1") == []
    # A time window without a period is ignored.
    assert len(order_ids(shop, f"time_from={now - DAY * 2 - 60}")) == 12
    assert order_ids(shop, f"period=C&time_from={now - DAY * 2 - 60}&time_to={now - 60}") == [111, 110]
    assert order_ids(shop, f"updated_at_from={now + DAY}") == []
    assert len(order_ids(shop, f"updated_at_to={now + DAY}")) == 12


def test_filters_that_a_store_ignores() -> None:
    with open_shop(email_filter_ignored=True, filter_params_ignored=True, old_build=True) as old:
        old.placed()
        assert order_ids(old, "email=nobody") == [101]
        assert order_ids(old, "updated_at_from=4000000000") == [101]
        assert len(product_ids(old, "filter_params[product_code][]=LAMP-1")) == 4


def test_incomplete_orders_are_hidden_unless_asked_for() -> None:
    with open_shop() as one:
        one.put(one.placed()["order_id"], {"status": "N"})
        assert order_ids(one, "") == []
        assert order_ids(one, "include_incompleted=1") == order_ids(one, "status[]=N") == [101]


def test_storefront_scopes_orders_and_products(shop: Shop) -> None:
    assert len(shop.get("/api/stores/1/orders?items_per_page=0")["orders"]) == 12
    assert shop.get("/api/stores/2/orders")["orders"] == []
    assert shop.get("/api/stores/2/products")["products"] == []
    assert shop.call("GET", "/api/stores/2/orders/101").status_code == 404


def test_product_filters(shop: Shop) -> None:
    # Substring, without case, with SQL's wildcards.
    assert set(product_ids(shop, "pcode=LAMP")) == {LAMP, TEAPOT}
    assert set(product_ids(shop, "pcode=lamp_")) == {LAMP, TEAPOT}
    query = "filter_params[product_code][]=LAMP-1&filter_params[product_code][]=MUG%2BLID"
    assert set(product_ids(shop, query)) == {LAMP, MUG}
    assert product_ids(shop, f"item_ids={TEAPOT},{LAMP},99") == [TEAPOT, LAMP]
    assert set(product_ids(shop, f"pid={MUG},{LAMP}")) == {LAMP, MUG}
    assert set(product_ids(shop, "cid=11")) == {MUG, FREEBIE}
    assert product_ids(shop, "status=D") == []
    assert product_ids(shop, "company_id=2") == []
    assert product_ids(shop, "price_from=50") == [TEAPOT]
    assert product_ids(shop, "sort_by=price&sort_order=desc")[0] == TEAPOT
    answer = shop.get("/api/products?items_per_page=3&page=2")
    assert len(answer["products"]) == 1 and answer["params"]["total_items"] == "4"


def test_product_rows(shop: Shop) -> None:
    (short,) = shop.get(f"/api/products?pid={MUG}&only_short_fields=1")["products"]
    assert (short["price"], short["amount"], short["product"]) == ("7.49", "29", "Mug 🎉")
    assert "full_description" not in short
    single = shop.get(f"/api/products/{MUG}")
    assert single["product_features"] == [] and single["zero_price_action"] == "R"
    assert "product_features" not in shop.get(f"/api/2.0/products/{MUG}")
    assert shop.call("GET", "/api/products/99").status_code == 404
    assert shop.get(f"/api/products/{MUG}/features")["features"] == []


def test_product_update_stamps_time_and_overwrites_stock() -> None:
    with open_shop() as one:
        assert product_ids(one, "updated_in_hours=1") == []
        response = one.call("PUT", f"/api/products/{LAMP}", {"amount": "7", "product": "", "price": 21.5})
        assert response.status_code == 200 and response.json() == {"product_id": LAMP}
        found = one.get(f"/api/products/{LAMP}")
        assert (found["amount"], found["price"], found["product"]) == ("7", "21.50", "Lamp")
        assert product_ids(one, "updated_in_hours=1") == [LAMP]
        # A sale changes stock, but not the time of update.
        one.placed(products={str(MUG): {"amount": 1}})
        assert product_ids(one, "updated_in_hours=1") == [LAMP]


def test_products_without_category_do_not_appear() -> None:
    with open_shop(product_overrides={LAMP: {"category_ids": []}}) as one:
        assert LAMP not in product_ids(one, "")
        assert one.place().status_code == 400


def keys(rows: Any) -> list[str]:
    assert isinstance(rows, dict)
    return list(rows)


def test_payments_and_shippings_change_shape(shop: Shop) -> None:
    assert isinstance(shop.get("/api/payments")["payments"], list)
    assert {"2", "6", "7"} <= set(keys(shop.get("/api/payments?items_per_page=0")["payments"]))
    shippings = shop.get("/api/shippings?items_per_page=0")["shippings"]
    assert {"1", "4", "9"} <= set(keys(shippings)) and "rates" not in shippings["1"]
    assert shop.get("/api/shippings/1")["rates"]["1"]["rate_value"]["C"][0]["value"] == "0.00"
    assert set(keys(shop.get("/api/languages")["languages"])) == {"en", "de"}


def test_statuses_with_their_effect_on_stock(shop: Shop) -> None:
    rows = shop.get("/api/statuses?items_per_page=0")["statuses"]
    effects = {row["status"]: row["params"]["inventory"] for row in rows}
    assert effects == dict.fromkeys("POC", "D") | dict.fromkeys("FDBINYS", "I")
    assert shop.get(f"/api/statuses/{rows[0]['status_id']}")["status"] == rows[0]["status"]


def test_settings_by_section(shop: Shop) -> None:
    rows = shop.get("/api/settings?section_id=2&items_per_page=0")["settings"]
    values = {row["name"]: row["value"] for row in rows}
    assert values["allow_negative_amount"] == "N" and values["inventory_tracking"] == "Y"
    assert "timezone" not in values


def test_bare_store_can_be_prepared() -> None:
    with open_shop(bare=True) as bare:
        codes = {row["status"] for row in bare.get("/api/statuses?items_per_page=0")["statuses"]}
        assert "S" not in codes
        body = {"status": "S", "type": "O", "description": "Amazon", "params": {"inventory": "I"}}
        created = bare.call("POST", "/api/statuses", body)
        assert created.status_code == 201
        assert bare.get(f"/api/statuses/{created.json()['status_id']}")["params"]["inventory"] == "I"
        assert bare.call("POST", "/api/statuses", body).status_code == 400
        assert bare.call("POST", "/api/statuses", {"status": "X"}).status_code == 400
        payment = bare.call("POST", "/api/payments", {"payment": "Amazon"}).json()["payment_id"]
        assert bare.placed(payment_id=payment)["payment_method"]["payment"] == "Amazon"
        tax = bare.call("POST", "/api/taxes", {"tax": "Amazon VAT"}).json()["tax_id"]
        assert bare.get(f"/api/taxes/{tax}")["tax"] == "Amazon VAT"
        assert bare.call("PUT", f"/api/taxes/{tax}", {"status": "D"}).status_code == 200
        assert bare.get(f"/api/taxes/{tax}")["status"] == "D"


def test_shipping_without_rates_is_unavailable() -> None:
    with open_shop(bare=True) as bare:
        plain = bare.call("POST", "/api/shippings", {"shipping": "Amazon"}).json()["shipping_id"]
        assert bare.placed(shipping_id=plain)["shipping_ids"] == "1"
        row = {"range_from_value": 0, "range_to_value": "", "value": 0, "type": "F"}
        rates = {"1": {"base_rate": 0, "rate_value": {"C": [row]}}}
        rated = bare.call("POST", "/api/shippings", {"shipping": "Amazon", "rates": rates}).json()
        assert bare.placed(shipping_id=rated["shipping_id"])["shipping_ids"] == str(rated["shipping_id"])
