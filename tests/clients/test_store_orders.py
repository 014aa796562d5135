"""Orders of the store: searched exactly, read whole, created and edited once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.cscart import orders
from core.cscart.orders import IDS_PER_CALL, OrderLine
from core.cscart.transport import StoreClient
from core.errors import OutcomeUnknown, Rejected
from core.http import Http
from tests.clients.store_kit import MARKER, Call, Shop, client, listed, order, order_list, paged, plain_row

LIST = "GET /api/2.1/orders"
OTHER = "113-1234567-1234568"


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


# Shapes.


def test_a_whole_order() -> None:
    got = orders.parse(order(102, MARKER))
    assert (got.order_id, got.status, got.total, got.shipping_cost) == (102, "P", Decimal("41.99"), Decimal("4.99"))
    assert (got.timestamp, got.company_id, got.transaction_id) == (1763800000, 1, MARKER)
    (line,) = got.lines
    assert (line.item_id, line.product_id, line.amount, line.price) == ("822274303", 12, 2, Decimal("18.50"))
    assert line.extra["amazon_order_item_id"] == "05412345"


def test_numbers_may_come_as_numbers() -> None:
    line = {"product_id": 12, "amount": 2, "price": 18.5, "extra": []}
    got = orders.parse(order(102, MARKER, total=41.99, company_id=1, products={"9": line}) | {"order_id": 102})
    assert (got.order_id, got.total, got.company_id) == (102, Decimal("41.99"), 1)
    assert got.lines == (OrderLine("9", 12, 2, Decimal("18.5"), {}),)


def test_lines_may_come_as_a_list() -> None:
    lines = list(order(1)["products"].values())
    assert [line.item_id for line in orders.parse(order(1, products=lines)).lines] == ["822274303"]


@pytest.mark.parametrize("nothing", [[], {}, None, ""])
def test_nothing_comes_in_several_shapes(nothing: Any) -> None:
    got = orders.parse(order(1, MARKER, products=nothing, payment_info=nothing, details=None))
    assert (got.lines, got.transaction_id, got.details) == ((), "", "")


def test_a_plain_row_has_no_lines_and_no_shipping() -> None:
    got = orders.parse(plain_row(7, "x@orders.invalid"))
    assert (got.order_id, got.lines, got.shipping_cost) == (7, (), None)


@pytest.mark.parametrize(
    "change",
    [
        {"order_id": None},
        {"order_id": "x"},
        {"total": "many"},
        {"total": []},
        {"products": {"1": {"amount": "1"}}},
        {"products": {"1": {"product_id": "12", "amount": "some"}}},
        {"products": {"1": {"product_id": "12", "amount": "1", "price": "free"}}},
    ],
    ids=str,
)
def test_what_is_no_order(change: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown, match="cannot be read"):
        orders.parse(order(1) | change)


@pytest.mark.parametrize("missing", ["order_id", "total"])
def test_what_an_order_must_have(missing: str) -> None:
    row = order(1)
    del row[missing]
    with pytest.raises(OutcomeUnknown, match="cannot be read"):
        orders.parse(row)


# Markers.


@pytest.mark.parametrize(
    "kept",
    [
        {"email": f"{MARKER}@orders.invalid"},
        {"email": f"{MARKER}@another.invalid"},
        {"payment_info": {"transaction_id": MARKER}},
        {"details": f"note\namazon_order_id={MARKER}\nmore"},
        {"details": f"amazon_order_id={MARKER}\r\nmore"},
    ],
    ids=str,
)
def test_each_mark_alone_is_enough(kept: dict[str, Any]) -> None:
    assert orders.parse(order(1) | kept).mentions(MARKER)


@pytest.mark.parametrize(
    "near",
    [
        {"email": f"x{MARKER}@orders.invalid"},
        {"email": f"{MARKER}8@orders.invalid"},
        {"email": f"ann+{MARKER}@buyer.example"},
        {"email": f"ann@{MARKER}"},
        {"payment_info": {"transaction_id": f"{MARKER}0"}},
        {"payment_info": {"reference": MARKER}},
        {"details": f"amazon_order_id={MARKER}9"},
        {"details": f"see amazon_order_id={MARKER}"},
        {"details": f"replaces {MARKER}"},
        {"notes": f"amazon_order_id={MARKER}"},
    ],
    ids=str,
)
def test_a_near_miss_is_a_miss(near: dict[str, Any]) -> None:
    assert not orders.parse(order(1) | near).mentions(MARKER)


# Searching.


def test_a_search_is_one_call_that_sees_incomplete_orders(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, order_list([order(101), order(102, MARKER), order(103, OTHER)]))
    assert [found.order_id for found in orders.find(store, MARKER)] == [102]
    (call,) = shop.calls
    assert dict(call.query) == {
        "email": MARKER,
        "include_incompleted": "1",
        "get_orders_data": "1",
        "sort_by": "order_id",
        "sort_order": "desc",
        "page": "1",
        "items_per_page": "100",
    }


def test_only_exact_marks_are_found_among_what_the_store_offers(store: StoreClient, shop: Shop) -> None:
    near = [order(n, email=f"{MARKER}{n}@orders.invalid") for n in (201, 202)]
    shop.on(LIST, order_list([order(102, MARKER), *near, order(204, email=f"x-{MARKER}@orders.invalid")]))
    assert [found.order_id for found in orders.find(store, MARKER)] == [102]


def test_doubles_are_all_found_lowest_first(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, order_list([order(109, MARKER), order(102, MARKER), order(1020, MARKER)]))
    assert [found.order_id for found in orders.find(store, MARKER)] == [102, 109, 1020]


def test_nothing_found_is_nothing(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, order_list([order(101)]))
    assert orders.find(store, MARKER) == []
    assert len(shop.calls) == 1


def test_a_search_without_its_list_is_never_nothing_found(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, {"message": "ok"})
    with pytest.raises(OutcomeUnknown):
        orders.find(store, MARKER)


def test_an_unreadable_order_of_somebody_else_does_not_hide_ours(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("orders", [order(1, total="?"), {"status": "P"}, None, order(102, MARKER)], 4))
    assert [found.order_id for found in orders.find(store, MARKER)] == [102]


def test_a_store_that_ignores_the_filter_is_looked_through_from_the_newest(store: StoreClient, shop: Shop) -> None:
    rows = [order(n, MARKER if n in (5, 250) else "") for n in range(260, 0, -1)]
    shop.on(LIST, paged("orders", rows))
    assert [found.order_id for found in orders.find(store, MARKER, filtered=False)] == [5, 250]
    assert [call.get("page") for call in shop.calls] == ["1", "2", "3"]
    assert all(call.get("email") == "" and call.get("sort_order") == "desc" for call in shop.calls)


def test_looking_through_ends_after_two_thousand_orders(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("orders", [plain_row(n, "x@x.example") for n in range(5000, 0, -1)]))
    assert orders.find(store, MARKER, filtered=False) == []
    assert len(shop.calls) == 20


def test_plain_rows_are_read_whole(store: StoreClient, shop: Shop) -> None:
    rows = [plain_row(102, f"{MARKER}@orders.invalid"), plain_row(103, f"{OTHER}@orders.invalid")]
    shop.on(LIST, listed("orders", rows, 2)).on(f"{LIST}/102", order(102, MARKER))
    (found,) = orders.find(store, MARKER)
    assert found.lines and found.shipping_cost == Decimal("4.99")
    assert shop.made() == [LIST, f"{LIST}/102"]


def test_an_order_gone_between_search_and_reading(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("orders", [plain_row(102, f"{MARKER}@orders.invalid")], 1))
    assert orders.find(store, MARKER) == []


# Reading.


def test_one_order(store: StoreClient, shop: Shop) -> None:
    shop.on(f"{LIST}/102", order(102, MARKER))
    found = orders.get(store, 102)
    assert found is not None and found.mentions(MARKER)
    assert orders.get(store, 103) is None


def test_a_right_that_is_missing_is_not_a_missing_order(store: StoreClient, shop: Shop) -> None:
    shop.on(f"{LIST}/102", (403, {"message": "Forbidden"}))
    with pytest.raises(Rejected):
        orders.get(store, 102)


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (50, 1), (51, 2), (120, 3)])
def test_many_orders_fifty_to_a_call(count: int, calls: int, store: StoreClient, shop: Shop) -> None:
    numbers = list(range(1000, 1000 + count))
    shop.on(LIST, order_list([order(n) for n in range(990, 1200)]))
    assert sorted(orders.get_many(store, numbers)) == numbers
    assert len(shop.calls) == calls
    for call in shop.calls:
        wanted = call.get("order_id").split(",")
        assert call.get("items_per_page") == str(len(wanted)) and len(wanted) <= IDS_PER_CALL
        assert call.get("include_incompleted") == call.get("get_orders_data") == "1"


def test_no_orders_are_no_calls(store: StoreClient, shop: Shop) -> None:
    assert orders.get_many(store, []) == {} and shop.calls == []


def test_what_the_list_leaves_out_is_read_singly(store: StoreClient, shop: Shop) -> None:
    # 2 is missing, 3 comes as a plain row, 4 cannot be read, 5 is gone, 9 was not asked for.
    shop.on(LIST, listed("orders", [order(1), plain_row(3, "x@x.example"), order(4, total="?"), order(9)], 4))
    for number in (2, 3, 4):
        shop.on(f"{LIST}/{number}", order(number))
    assert sorted(orders.get_many(store, [1, 2, 3, 4, 5])) == [1, 2, 3, 4]
    assert shop.made() == [LIST, f"{LIST}/2", f"{LIST}/3", f"{LIST}/4", f"{LIST}/5"]


def test_an_order_that_cannot_be_read_is_there_and_hides_no_other(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("orders", [order(1), order(2, total="?"), order(3)], 3))
    shop.on(f"{LIST}/2", order(2, total="?"))
    found = orders.get_many(store, [1, 2, 3, 4])
    assert sorted(found) == [1, 2, 3]
    assert found[2] is None and found[1] is not None


def test_a_web_server_that_takes_short_addresses_only_is_asked_for_fewer_orders(store: StoreClient, shop: Shop) -> None:
    reply = order_list([order(n) for n in range(1000, 1120)])
    shop.on(LIST, lambda call: (414, "") if len(call.get("order_id")) > 100 else reply(call))
    numbers = list(range(1000, 1120))
    assert sorted(orders.get_many(store, numbers)) == numbers
    assert set(shop.made()) == {LIST}


def test_a_host_that_caps_the_page_size_hides_no_order(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("orders", [order(n) for n in range(1, 7)], cap=2))
    for number in range(3, 7):
        shop.on(f"{LIST}/{number}", order(number))
    assert sorted(orders.get_many(store, [1, 2, 3, 4, 5, 6])) == [1, 2, 3, 4, 5, 6]


# All marked orders.


def marked_rows(count: int) -> list[dict[str, Any]]:
    return [plain_row(n, f"113-0000000-{n:07d}@orders.invalid") for n in range(1, count + 1)]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (3, 1), (500, 1), (501, 2), (1400, 3)])
def test_marked_orders_five_hundred_to_a_call(count: int, calls: int, store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, order_list(marked_rows(count)))
    found = orders.marked(store, "orders.invalid")
    assert found == {f"113-0000000-{n:07d}": n for n in range(1, count + 1)}
    assert len(shop.calls) == calls
    assert shop.calls[0].get("email") == "@orders.invalid" and shop.calls[0].get("include_incompleted") == "1"


def test_marked_orders_of_a_store_without_totals(store: StoreClient, shop: Shop) -> None:
    pages = paged("orders", marked_rows(700))

    def reply(call: Call) -> Any:
        body = pages(call)
        body["params"] = [0]
        return body

    shop.on(LIST, reply)
    assert len(orders.marked(store, "orders.invalid")) == 700
    assert len(shop.calls) == 3


def test_other_domains_are_not_ours_and_the_lowest_number_stays(store: StoreClient, shop: Shop) -> None:
    rows = [
        plain_row(5, f"{MARKER}@orders.invalid"),
        plain_row(9, f"{MARKER}@orders.invalid"),
        plain_row(6, "113-1@orders.invalid.example"),
        plain_row(7, "113-2@my-orders.invalid"),
        plain_row(8, ""),
    ]
    shop.on(LIST, listed("orders", rows, len(rows)))
    assert orders.marked(store, "orders.invalid") == {MARKER: 5}


# Writing.


def test_an_order_is_created_for_the_marketplace(store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/orders", (201, {"order_id": 105, "order_data": order(105, MARKER)}))
    order_id, whole, _ = orders.create(store, {"payment_id": 6}, company_id=None)
    assert order_id == 105 and whole is not None and whole.lines[0].price == Decimal("18.50")
    assert shop.calls[0].body == {"payment_id": 6}


def test_an_order_is_created_under_its_storefront(store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/stores/3/orders", (201, {"order_id": "105"}))
    assert orders.create(store, {}, company_id=3) == (105, None, False)


@pytest.mark.parametrize("data", [None, [], {}, {"order_id": "105", "products": []}])
def test_a_reply_without_the_order_is_read_back_by_the_caller(data: Any, store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/orders", (201, {"order_id": 105, "order_data": data}))
    assert orders.create(store, {}, company_id=None) == (105, None, False)


@pytest.mark.parametrize("answer", [{}, {"order_id": None}, {"order_id": ""}, {"order_id": 0}, {"message": "ok"}])
def test_a_creation_without_a_number_is_left_open(answer: Any, store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/orders", (201, answer))
    with pytest.raises(OutcomeUnknown, match="without telling its number"):
        orders.create(store, {}, company_id=None)
    assert len(shop.calls) == 1


@pytest.mark.parametrize("trouble", [(500, ""), (504, "<html>"), (200, "<html>"), (201, "")])
def test_a_creation_in_trouble_is_not_repeated(trouble: Any, store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/orders", trouble)
    with pytest.raises(OutcomeUnknown):
        orders.create(store, {}, company_id=None)
    assert len(shop.calls) == 1


def test_an_edit_sends_the_body_as_it_is(store: StoreClient, shop: Shop) -> None:
    shop.on("PUT /api/2.1/orders/7", {"order_id": "7"})
    orders.edit(store, 7, {"products": {"1": {"price": 1.5}}, "total": 2})
    assert shop.calls[0].body == {"products": {"1": {"price": 1.5}}, "total": 2}


def test_a_change_of_status_sends_nothing_else(store: StoreClient, shop: Shop) -> None:
    shop.on("PUT /api/2.1/orders/7", {"order_id": "7"})
    orders.set_status(store, 7, "C")
    assert [(str(call), call.body) for call in shop.calls] == [("PUT /api/2.1/orders/7", {"status": "C"})]
