"""One value that nobody can store, at every place of a page: its owner is held or left out, the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from sqlmodel import select

from core.cscart import lookups, orders, products
from core.cscart.probe import Findings
from core.cscart.transport import StoreClient
from core.database import Database
from core.http import Http
from core.jobs.context import JobContext
from core.leases import take
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import Store, StoreLookup, StoreProduct
from core.orders.channel_rules import channel_rules
from core.orders.document import Order
from core.orders.plan.decide import Create, plan_order
from core.orders.planning import readable
from core.orders.pull import FIRST_WINDOW, pull_single, pull_stream, stream_lease
from core.products.mirror import products_for
from core.stores import _keep
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.problems import raise_problems
from tests.clients import store_kit
from tests.unit.builders import (
    DE,
    NOON,
    PRODUCTS,
    FakeClock,
    add_job,
    breakdown,
    connect_channel,
    fulfillment,
    item_document,
    order_document,
    rules,
    running,
)
from tests.unit.poison import MARK, POISON, encoded, parsed, paths, poisoned

GOOD = ["303-0000000-0000001", "303-0000000-0000002"]
OWNER = "another-host/1/1/a"


def whole_order() -> dict[str, Any]:
    """An order with everything that is read anywhere."""
    item = item_document(
        breakdown("ITEM", "18.00"),
        breakdown("TAX", "2.00", ITEM="2.00"),
        cancellation={"cancellationRequest": {"requester": "BUYER", "cancelReason": "late"}},
    )
    item["product"]["price"] = {"unitPrice": {"amount": "18.00", "currencyCode": "EUR"}}
    item["fulfillment"] |= {
        "packing": {"giftOption": {"giftMessage": "Joy"}},
        "shipping": {"shippingConstraints": {"cashOnDelivery": ""}},
    }
    document = order_document(
        item,
        fulfillment=fulfillment("SHIPPED"),
        packages=[{"shipTime": "2026-11-20T10:00:00Z"}],
        associatedOrders=[{"orderId": "1", "associationType": "REPLACEMENT_ORIGINAL_ID"}],
    )
    document["buyer"] |= {"buyerCompanyName": "Engines", "buyerPurchaseOrderNumber": "PO 7"}
    document["proceeds"]["breakdowns"] = [breakdown("TIP", "0.00")]
    return document


class Amazon:
    """Answers with one body."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def call(self, *_: Any, **__: Any) -> Any:
        return self.body


def reading(database: Database, body: Any) -> JobContext:
    """The context of a job that read the stream, which is this body."""
    context = running(database, add_job(database), OWNER)
    assert take(database, stream_lease(1), OWNER)
    pull_stream(context, Amazon(body), 1, DE)  # type: ignore[arg-type]
    return context


def poisoned_page(poison: str) -> tuple[dict[str, Any], int]:
    """Two good orders, and between them one for every place of an order."""
    first, last = (order_document(orderId=order_id) for order_id in GOOD)
    bad = []
    for number, path in enumerate(paths(whole_order())):
        document = whole_order()
        document["orderId"] = f"303-9999999-{number:07d}"
        bad.append(poisoned(document, path))
    return parsed({"orders": [first, *bad, last], "lastUpdatedBefore": "2026-11-23T11:58:00Z"}, poison), len(bad)


def check_page(database: Database, poison: str) -> None:
    """Read the page of a poison and plan all that came of it."""
    page, bad = poisoned_page(poison)
    reading(database, page)
    with database.read() as session:
        rows = session.exec(select(AmazonOrder)).all()
    assert {row.order_id for row in rows if row.order_id in GOOD and not row.fault} == set(GOOD)
    assert len(rows) - len(GOOD) in (bad, bad - 1)  # those without an id of their own may be the same to us
    held: dict[str, Hold] = {}
    for row in rows:
        order = readable(row)
        decision = plan_order(order, rules(orders_from=None), PRODUCTS) if isinstance(order, Order) else order
        if isinstance(decision, Hold):
            held[f"order {row.order_id}"] = decision
        elif isinstance(decision, Create):
            json.dumps(decision.order.to_content(), allow_nan=False)
    assert not {f"order {order_id}" for order_id in GOOD} & held.keys()
    with database.write() as session:
        raise_problems(session, Owner.channel(1), "orders", {Subject.parse(key): [hold] for key, hold in held.items()})
    assert max((len(hold.message) for hold in held.values()), default=0) < 1_000


@pytest.mark.parametrize("poison", POISON)
def test_one_poisoned_order_of_a_page_harms_no_other(database: Database, fake_clock: FakeClock, poison: str) -> None:
    connect_channel(database)
    check_page(database, poison)


@pytest.mark.parametrize("poison", ["half a pair", "beyond 64 bits", "990 levels", "the year 9999", "an object"])
def test_a_known_order_survives_a_poisoned_copy(database: Database, fake_clock: FakeClock, poison: str) -> None:
    connect_channel(database)
    known = order_document(orderId=GOOD[0])
    places = [poisoned(known, path) for path in paths(known) if path[0] != "orderId"]
    reading(database, {"orders": [known]})
    for place in places[:: len(places) // 4]:
        context = running(database, add_job(database), OWNER)
        pull_single(context, Amazon({"order": parsed(place, poison)}), 1, GOOD[:1], DE)  # type: ignore[arg-type]
    with database.read() as session:
        assert session.exec(select(AmazonOrder.order_id)).one() == GOOD[0]
        assert session.exec(select(AmazonOrderItem.sku)).all()
    # And whatever was made of it, the next true copy is taken.
    fake_clock.forward(60)
    newer = order_document(
        orderId=GOOD[0], lastUpdatedTime="2026-11-23T12:01:00Z", fulfillment=fulfillment("CANCELLED")
    )
    reading(database, {"orders": [newer]})
    with database.read() as session:
        assert session.exec(select(AmazonOrder.status)).one() == "CANCELLED"


@pytest.mark.parametrize(
    "poison", ["half a pair", "5,000 digits", "990 levels", "a list", "the year 9999", "the year 1"]
)
def test_a_poisoned_bound_neither_stops_nor_parks_the_stream(
    database: Database, fake_clock: FakeClock, poison: str
) -> None:
    connect_channel(database)
    body = parsed({"orders": [order_document()], "lastUpdatedBefore": MARK}, poison)
    reading(database, body)
    with database.read() as session:
        position = session.exec(select(Cursor.position).where(Cursor.scope != "")).one()
    assert position is not None and NOON - FIRST_WINDOW <= position <= NOON.replace(minute=5)


# -- the store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop() -> Iterator[store_kit.Shop]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield store_kit.Shop(mock)


@pytest.fixture
def client() -> Iterator[StoreClient]:
    http = Http()
    yield store_kit.client(http)
    http.close()


def spoiled(row: dict[str, Any]) -> list[Any]:
    return [MARK, *(poisoned(row, path) for path in paths(row))]


def listing(entity: str, good: list[Any], bad: dict[str, Any], poison: str) -> str:
    body = {entity: [good[0], *spoiled(bad), *good[1:]], "params": {"total_items": MARK}}
    return encoded(body, poison).decode("utf-8", "replace")


def check_products(database: Database, client: StoreClient, shop: store_kit.Shop, poison: str) -> None:
    good = [store_kit.product(1, "ONE"), store_kit.product(2, "TWO")]
    shop.on("GET /api/2.1/products", (200, listing("products", good, store_kit.product(3, "BAD"), poison)))
    with database.read() as session:
        store = session.get_one(Store, 1)
    found = products_for(database, client, store, ["ONE", "TWO", "BAD"])
    assert [[ref.product_id for ref in found[sku]] for sku in ("ONE", "TWO")] == [[1], [2]]
    assert all(ref.product_id < 2**31 for refs in found.values() for ref in refs)
    rows = list(products.everything(client))
    assert {1, 2} <= {row.product_id for row in rows}
    read_all(database, StoreProduct)


def check_lookups(database: Database, client: StoreClient, shop: store_kit.Shop, poison: str) -> None:
    kinds = {
        "payments": (store_kit.PAYMENTS, lookups.payments),
        "shippings": (store_kit.SHIPPINGS, lookups.shippings),
        "statuses": (store_kit.STATUSES, lookups.statuses),
        "taxes": ([*store_kit.TAXES, {"tax_id": "7", "tax": "x", "status": "A"}], lookups.taxes),
    }
    found = {}
    for name, (rows, read) in kinds.items():
        shop.on(f"GET /api/2.1/{name}", (200, listing(name, rows, {**rows[0]}, poison)))
        found[name] = read(client)
        assert {row.key for row in found[name]} >= {row.key for row in found[name][:1]} and len(found[name]) >= 2
    with database.write() as session:
        _keep(session, session.get_one(Store, 1), Findings(**found))
    with database.read() as session:
        channel, store = session.get_one(Channel, 1), session.get_one(Store, 1)
        assert channel_rules(session, channel, store).store_payments[1]
    read_all(database, StoreLookup)
    shop.on("GET /api/2.1/settings", (200, listing("settings", store_kit.SETTINGS, store_kit.SETTINGS[0], poison)))
    assert lookups.settings(client)["allow_negative_amount"] == "Y"


def check_orders(client: StoreClient, shop: store_kit.Shop, poison: str) -> None:
    good = [store_kit.order(101, store_kit.MARKER), store_kit.order(103, "113-1234567-1234568")]
    bad = store_kit.order(102, "113-1234567-1234569")
    shop.on("GET /api/2.1/orders", (200, listing("orders", good, bad, poison)))
    shop.on("GET /api/2.1/orders/102", (200, encoded({**bad, "total": MARK, "products": MARK}, poison).decode()))
    found = orders.get_many(client, [101, 102, 103])
    assert found[101] and found[103]
    assert [order.order_id for order in orders.find(client, store_kit.MARKER)][:1] == [101]
    assert orders.marked(client, "orders.invalid")[store_kit.MARKER] == 101


def read_all(database: Database, model: Any) -> None:
    """What was written can be read again."""
    with database.read() as session:
        assert session.exec(select(model)).all()


@pytest.mark.parametrize("poison", POISON)
def test_one_poisoned_row_of_a_store_harms_no_other(
    database: Database, fake_clock: FakeClock, client: StoreClient, shop: store_kit.Shop, poison: str, home: Path
) -> None:
    connect_channel(database)
    check_products(database, client, shop, poison)
    check_lookups(database, client, shop, poison)
    check_orders(client, shop, poison)
