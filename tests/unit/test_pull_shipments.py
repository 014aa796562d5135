"""Shipments of the store into the mirror: pages that repeat, edits without a time, and what vanished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from core.cscart.shipments import Shipment, ShipmentPage
from core.cscart.transport import StoreClient
from core.database import Database
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.shipment import StoreShipment
from core.model.store import Store
from core.shipments import pull
from core.shipments.mirror import mark
from core.shipments.planning import due_orders
from tests.unit.builders import NOON, FakeClock, add_job, connect_channel, running

PAGE = 3


class Pages:
    """A store that gives out its shipments in pages of three, and counts them."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = database
        self.channel: Channel = connect_channel(database)
        self.shipments: list[Shipment] = []
        self.letters: dict[int, str] = {}
        self.pages = 0
        self.total: int | None = None
        monkeypatch.setattr(pull.api, "newest", self._newest)
        monkeypatch.setattr(pull.orders_api, "statuses", lambda *_, **__: self.letters)

    def _newest(self, client: StoreClient, page: int) -> ShipmentPage:
        self.pages += 1
        ordered = sorted(self.shipments, key=lambda one: -one.shipment_id)
        last = max((len(ordered) - 1) // PAGE, 0)
        start = min(page - 1, last) * PAGE  # past the end the last page is repeated
        return ShipmentPage(ordered[start : start + PAGE], self.total)

    def pull(self) -> int:
        """Read what is new; returns the pages that took."""
        before = self.pages
        context = running(self.database, add_job(self.database, self.channel, kind="shipments.push"))
        with self.database.read() as session:
            store = session.get_one(Store, 1)
        client: StoreClient = None  # type: ignore[assignment]
        pull.pull_shipments(context, client, store)
        return self.pages - before

    def rows(self) -> dict[int, StoreShipment]:
        with self.database.read() as session:
            return {row.shipment_id: row for row in session.exec(select(StoreShipment)).all()}

    def clean(self) -> None:
        with self.database.write() as session:
            mark(session, 1, list(self.rows()), dirty=False)

    def dirty(self) -> set[int]:
        return {number for number, row in self.rows().items() if row.dirty}

    def link(self, store_order_id: int) -> None:
        with self.database.write() as session:
            link = {"store_status": "P", "amazon_status": "UNSHIPPED", "total": "1.00 EUR", "store_id": 1}
            order_id = f"113-{store_order_id}"
            session.add(OrderLink(channel_id=1, order_id=order_id, store_order_id=store_order_id, **link))

    def due(self) -> list[int]:
        with self.database.read() as session:
            return [one.store_order_id for one in due_orders(session, self.channel)]


@pytest.fixture
def store(database: Database, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(database, monkeypatch)


def some(numbers: Sequence[int], days: float = 0) -> list[Shipment]:
    moment = NOON - timedelta(days=days)
    return [Shipment(number, 100 + number, "dhl", "Amazon", f"T{number}", {"1": 1}, moment, "") for number in numbers]


@pytest.mark.parametrize("total", [None, 7])
def test_a_first_run_reads_all_pages_once_although_the_last_one_repeats(store: Pages, total: int | None) -> None:
    store.shipments, store.total = some(range(1, 8)), total
    assert store.pull() == (3 if total else 4)
    assert set(store.rows()) == store.dirty() == set(range(1, 8))


def test_an_idle_run_reads_one_page_and_changes_nothing(store: Pages) -> None:
    store.shipments = some(range(1, 8))
    store.pull()
    store.clean()
    assert store.pull() == 1
    assert store.dirty() == set()


def test_a_first_run_goes_back_a_month_and_no_further(store: Pages) -> None:
    store.shipments = some(range(1, 20), days=90) + some(range(20, 24))
    assert store.pull() == 2
    assert min(store.rows()) == 18


def test_many_new_ones_are_read_back_to_what_is_known(store: Pages) -> None:
    store.shipments = some(range(1, 8))
    store.pull()
    store.clean()
    store.shipments += some(range(8, 16))
    assert store.pull() == 3
    assert store.dirty() == set(range(8, 16))


@pytest.mark.parametrize("change", [{"tracking": "NEW"}, {"carrier": "ups"}, {"items": {"1": 2}}], ids=str)
def test_an_edit_of_a_recent_one_is_noticed(store: Pages, change: dict[str, object]) -> None:
    store.shipments = some(range(1, 8))
    store.pull()
    store.clean()
    store.shipments[5] = replace(store.shipments[5], **change)  # type: ignore[arg-type]
    store.pull()
    assert store.dirty() == {6}


def test_one_that_vanished_among_the_recent_is_gone_and_comes_back(store: Pages) -> None:
    store.shipments = some(range(1, 8))
    store.pull()
    store.clean()
    gone = store.shipments.pop(5)
    store.pull()
    assert [number for number, row in store.rows().items() if row.gone] == [6] and store.dirty() == {6}
    store.shipments.append(gone)
    store.pull()
    assert not store.rows()[6].gone


def test_an_empty_list_where_there_were_some_is_not_believed(store: Pages) -> None:
    store.shipments = some(range(1, 8))
    store.pull()
    store.shipments = []
    store.pull()
    assert not any(row.gone for row in store.rows().values())


def test_parcels_of_orders_that_are_not_amazons_wait_for_a_link_at_no_cost(store: Pages) -> None:
    store.shipments = some([1, 2])
    store.link(101)
    store.pull()
    assert store.due() == [101]
    store.link(102)  # an order of an earlier life that was found later
    assert sorted(store.due()) == [101, 102]


def test_what_was_entered_from_amazon_needs_nothing(store: Pages) -> None:
    store.shipments = [replace(some([1])[0], comments="Amazon package 1")]
    store.link(101)
    store.pull()
    assert store.rows()[1].from_amazon == "1"
    assert store.due() == []


def test_statuses_are_kept_of_amazons_orders_alone(store: Pages) -> None:
    store.link(101)
    store.letters = {101: "C", 999: "C"}
    store.pull()
    with store.database.read() as session:
        assert session.exec(select(OrderLink.present_status).where(col(OrderLink.store_id) == 1)).all() == ["C"]
