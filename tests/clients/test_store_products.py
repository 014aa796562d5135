"""Products by page and by code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from core.cscart import products
from core.cscart.products import PAGE_SIZE, SKUS_PER_CALL, ProductRow
from core.cscart.transport import AddressTooLong, StoreClient
from core.errors import OutcomeUnknown
from core.http import Http
from tests.clients.store_kit import HTML, SHOP, Call, Shop, client, keyed, listed, paged, product, product_list

LIST = "GET /api/2.1/products"
FEW = [product(12, "LAMP-1"), product(13, "MUG+LID", amount=0, price=7.49, company_id=None, zero_price_action="P")]


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


@pytest.mark.parametrize("rows", [FEW, keyed(FEW, "product_id")])
def test_a_row(rows: Any, store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("products", rows, 2))
    assert list(products.everything(store)) == [
        ProductRow(12, "LAMP-1", "Product 12", "A", 1, Decimal("19.99"), 15, "R", (166,)),
        ProductRow(13, "MUG+LID", "Product 13", "A", None, Decimal("7.49"), 0, "P", (166,)),
    ]


def test_rows_are_asked_for_short_and_in_a_stable_order(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("products", FEW))
    list(products.everything(store))
    asked = dict(shop.calls[0].query)
    assert asked == {
        "only_short_fields": "1",
        "get_features": "0",
        "get_icon": "0",
        "get_detailed": "0",
        "get_additional": "0",
        "sort_by": "code",
        "sort_order": "asc",
        "page": "1",
        "items_per_page": "500",
    }


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (500, 1), (501, 2), (1000, 2), (1750, 4)])
def test_the_last_page_is_known_by_the_total(count: int, calls: int, store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("products", [product(n, f"S{n}") for n in range(1, count + 1)]))
    assert [row.product_id for row in products.everything(store)] == list(range(1, count + 1))
    assert [call.get("page") for call in shop.calls] == [str(n) for n in range(1, calls + 1)]


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1000])
def test_without_a_total_a_repeated_last_page_is_the_end(count: int, store: StoreClient, shop: Shop) -> None:
    pages = paged("products", [product(n, f"S{n}") for n in range(1, count + 1)])

    def without_total(call: Call) -> Any:
        body = pages(call)
        del body["params"]["total_items"]
        return body

    shop.on(LIST, without_total)
    assert [row.product_id for row in products.everything(store)] == list(range(1, count + 1))
    assert len(shop.calls) == -(-count // PAGE_SIZE) + 1


def test_a_host_that_caps_the_page_size_hides_nothing(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("products", [product(n, f"S{n}") for n in range(1, 251)], cap=100))
    assert len(list(products.everything(store))) == 250
    assert len(shop.calls) == 3


def test_rows_that_move_between_pages_come_once(store: StoreClient, shop: Shop) -> None:
    first = [product(n, f"S{n}") for n in range(1, 501)]
    shop.each(LIST, listed("products", first, 502), listed("products", [first[-1], product(501, "S501")], 501))
    got = [row.product_id for row in products.everything(store)]
    assert got == list(range(1, 502))


def test_a_total_that_is_never_met_does_not_loop(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("products", FEW, 9_999))
    assert len(list(products.everything(store))) == 2
    assert len(shop.calls) == 2


def test_a_page_without_rows_is_an_error_in_mid_list(store: StoreClient, shop: Shop) -> None:
    first = [product(n, f"S{n}") for n in range(1, 501)]
    shop.each(LIST, listed("products", first, 600), {"message": "ok"})
    with pytest.raises(OutcomeUnknown):
        list(products.everything(store))


def test_a_row_without_its_number_is_left_out(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("products", [{"product_code": "X"}, {"product_id": "x"}, FEW[0]], 1))
    assert [row.sku for row in products.everything(store)] == ["LAMP-1"]


def test_a_row_of_nothing_but_its_number(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("products", [{"product_id": 5, "price": None, "amount": "", "product_code": None}], 1))
    assert list(products.everything(store)) == [ProductRow(5, "", "", "", None, Decimal(0), 0, "")]


def test_products_by_code(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, product_list([*FEW, product(14, "OTHER"), product(15, "LAMP-1")]))
    found = list(products.by_skus(store, ["LAMP-1", "MUG+LID", "NONE"]))
    assert [(row.product_id, row.sku) for row in found] == [(12, "LAMP-1"), (13, "MUG+LID"), (15, "LAMP-1")]
    (call,) = shop.calls
    codes = [value for name, value in call.query if name == "filter_params[product_code][]"]
    assert codes == ["LAMP-1", "MUG+LID", "NONE"]


def test_a_code_is_exact_although_the_store_is_blind_to_case(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, product_list([product(1, "lamp-1"), product(2, "LAMP-1"), product(3, "LAMP-1 ")]))
    assert [row.product_id for row in products.by_skus(store, ["LAMP-1"])] == [2]


def test_what_the_store_takes_for_the_same_code_is_found_too(store: StoreClient, shop: Shop) -> None:
    rows = [product(1, "lamp-1"), product(2, "LAMP-1"), product(3, "LAMP-1 "), product(4, "LAMP-10")]
    shop.on(LIST, product_list(rows))
    assert [row.product_id for row in products.by_skus_in_any_case(store, ["LAMP-1"])] == [1, 2]
    shop.on(LIST, paged("products", rows))  # a store that ignores the exact filter
    assert [row.product_id for row in products.by_skus_in_any_case(store, ["LAMP-1"])] == [1, 2, 3]
    assert [row.product_id for row in products.with_sku(store, "Lamp-1")] == [1, 2, 3]
    assert shop.calls[-1].get("pcode") == "Lamp-1"


def test_a_store_that_ignores_the_filter_gives_no_strangers(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("products", [product(n, f"S{n}") for n in range(1, 21)]))
    assert [row.sku for row in products.by_skus(store, ["S7", "NONE"])] == ["S7"]


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_a_hundred_codes_per_call(count: int, calls: int, store: StoreClient, shop: Shop) -> None:
    skus = [f"SKU-{n:05d}" for n in range(count)]
    shop.on(LIST, product_list([product(n + 1, sku) for n, sku in enumerate(skus)]))
    assert [row.sku for row in products.by_skus(store, skus)] == skus
    assert len(shop.calls) == calls


def test_the_address_of_the_longest_call_fits_a_web_server(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("products", [], 0))
    skus = [f"{n:03d}-" + "x" * 28 for n in range(SKUS_PER_CALL)]
    list(products.by_skus(store, skus))
    (call,) = shop.calls
    assert len(f"{SHOP}/api/2.1/products?{urlencode(call.query)}") < 8000


# -- what fits into an address --------------------------------------------------------------------------------------

JAPANESE = [f"青いランプ大型屋外用防水照明{n:03d}" for n in range(62)]
ODD = "x" * 6_000


def limited(rows: list[Any], limit: int, refusal: Any = (414, HTML)) -> Any:
    """A product list behind a web server that takes lines of so many bytes."""
    reply = product_list(rows)

    def answer(call: Call) -> Any:
        line = f"GET /api/2.1/products?{urlencode(call.query)} HTTP/1.1"
        return refusal if len(line) > limit else reply(call)

    return answer


def test_an_address_of_many_bytes_and_few_characters_fits_a_web_server(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, limited([product(n + 1, sku) for n, sku in enumerate(JAPANESE)], 8190))
    assert [row.sku for row in products.by_skus(store, JAPANESE)] == JAPANESE
    assert len(shop.calls) == 2


REFUSALS = [
    (414, HTML),
    (431, ""),
    (400, "<html><title>400 Request Header Or Cookie Too Large</title></html>"),
    (413, "<h1>URL is too long</h1>"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=[str(status) for status, _ in REFUSALS])
@pytest.mark.parametrize("limit", [450, 1024, 2048, 4096])
def test_what_a_web_server_refuses_as_too_long_is_asked_for_in_parts(
    limit: int, refusal: Any, store: StoreClient, shop: Shop
) -> None:
    shop.on(LIST, limited([product(n + 1, sku) for n, sku in enumerate(JAPANESE)], limit, refusal))
    assert sorted(row.sku for row in products.by_skus(store, JAPANESE)) == sorted(JAPANESE)
    assert list(products.by_ids(store, range(1, 101)))
    # Once refused, the rest of a list is asked for in parts that fit.
    assert len(shop.calls) < 2 * (62 * 200 // (limit - 250)) + 62 + 20


@pytest.mark.parametrize("odd", [ODD, "x" * 1_000_000, "ラ" * 700])
@pytest.mark.parametrize("place", [0, 1, 150, 250])
def test_a_sku_that_is_too_long_even_alone_is_left_out_and_the_others_are_read(
    odd: str, place: int, store: StoreClient, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    skus = [f"SKU-{n:05d}" for n in range(250)]
    shop.on(LIST, limited([product(n + 1, sku) for n, sku in enumerate(skus)], 5_000))
    found = [row.sku for row in products.by_skus(store, [*skus[:place], odd, *skus[place:]])]
    assert found == skus
    assert f"a SKU of {len(odd)} characters is too long" in caplog.text
    assert odd not in caplog.text


def test_a_server_that_takes_no_address_at_all_is_not_taken_for_one_without_products(
    store: StoreClient, shop: Shop
) -> None:
    shop.on(LIST, (414, HTML))
    for read in (lambda: products.by_skus(store, ["A", "B"]), lambda: products.by_ids(store, [1, 2])):
        with pytest.raises(AddressTooLong, match="no address of this length") as caught:
            list(read())
        assert "large_client_header_buffers" in caught.value.next_step
