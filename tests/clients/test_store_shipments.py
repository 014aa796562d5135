"""Shipments of the store: pages, odd shapes, and making one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.cscart import shipments
from core.cscart.transport import StoreClient
from core.errors import OutcomeUnknown, Rejected
from core.http import Http
from tests.clients.store_kit import Shop, client, listed

LIST = "GET /api/2.1/shipments"
ROW = {
    "shipment_id": "7",
    "order_id": "101",
    "shipment_timestamp": "1795878657",
    "carrier": " dhl ",
    "shipping": "Amazon",
    "tracking_number": " 00340434161094042557 ",
    "products": {"540275303": "2", "1": 1, "9": None, "8": "0"},
    "comments": "left at the door",
    "one_full": True,
}


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


def test_a_row(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("shipments", [ROW], 1))
    page = shipments.newest(store, 1)
    assert page.total == 1
    (found,) = page.shipments
    assert (found.shipment_id, found.order_id, found.carrier, found.method) == (7, 101, "dhl", "Amazon")
    assert (found.tracking, found.comments) == ("00340434161094042557", "left at the door")
    assert found.items == {"540275303": 2, "1": 1}
    assert found.shipped_at == datetime.fromtimestamp(1795878657, UTC)
    assert dict(shop.calls[0].query) == {"sort_by": "id", "sort_order": "desc", "page": "1", "items_per_page": "500"}


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ({"products": []}, {}),
        ({"products": None}, {}),
        ({"carrier": None, "shipment_timestamp": "x"}, {"540275303": 2, "1": 1}),
    ],
    ids=["an empty map", "nothing", "odd values"],
)
def test_odd_rows_are_read_as_far_as_they_go(change: Any, items: Any, store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, listed("shipments", [ROW | change, {"order_id": "5"}, ROW | {"shipment_id": None}], 3))
    (found,) = shipments.newest(store, 1).shipments
    assert found.items == items


def test_what_is_no_list_is_never_an_empty_one(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, {"message": "?"})
    with pytest.raises(OutcomeUnknown):
        shipments.newest(store, 1)


def test_of_an_order_only_its_own_are_taken_lowest_first(store: StoreClient, shop: Shop) -> None:
    rows = [ROW, ROW | {"shipment_id": "3"}, ROW | {"shipment_id": "5", "order_id": "102"}]
    shop.on(LIST, listed("shipments", rows, 3))
    assert [one.shipment_id for one in shipments.of_order(store, 101)] == [3, 7]


def make(store: StoreClient, **more: Any) -> int:
    wanted = {"shipping_id": 1, "carrier": "dhl", "tracking": "1", "comments": "c", **more}
    return shipments.create(store, 101, **wanted)


def test_making_one_names_the_carrier_and_mails_nobody(store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/shipments", (201, {"shipment_id": "8"}))
    assert make(store, carrier="", items={"540275303": 2}, shipped_at=datetime(2026, 11, 1, tzinfo=UTC)) == 8
    assert shop.writes()[0].body == {
        "order_id": 101,
        "shipping_id": 1,
        "carrier": "",
        "tracking_number": "1",
        "comments": "c",
        "products": {"540275303": 2},
        "timestamp": 1793491200,
    }


def test_all_that_is_left_is_shipped_by_naming_nothing(store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/shipments", (201, {"shipment_id": 8}))
    make(store)
    assert "products" not in shop.writes()[0].body


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((201, {}), OutcomeUnknown),
        ((400, {"message": "Bad Request", "status": 400}), Rejected),
        ((504, ""), OutcomeUnknown),
    ],
    ids=["no number", "refused", "no answer"],
)
def test_what_may_have_been_made_is_told_from_what_was_not(
    reply: Any, error: type[Exception], store: StoreClient, shop: Shop
) -> None:
    shop.on("POST /api/2.1/shipments", reply)
    with pytest.raises(error):
        make(store)
