"""The reports of all orders: in every charset, with columns to come and rows that are broken; statuses and sites."""

from __future__ import annotations

import codecs
import io
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.amazon.marketplaces import MARKETPLACES, by_country
from core.download import Document
from core.errors import RemoteError
from core.orders.document import STATUSES
from core.orders.report_rows import (
    BadRow,
    ReportOrder,
    marketplace_of,
    read_orders,
    read_rows,
    statuses_of,
)
from sandbox.amazon.order_report import COLUMNS
from sandbox.world.marketplaces import ALL

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("CROSSDOCK_REAL") or ROOT / "../shared/real") / "reports"
ID, OTHER = "302-1234567-1234567", "028-7654321-7654321"
CELLS = {
    "amazon-order-id": ID,
    "purchase-date": "2026-03-01T08:04:21+00:00",
    "last-updated-date": "2026-03-02T22:07:59+00:00",
    "order-status": "Shipped",
    "fulfillment-channel": "Merchant",
    "sales-channel": "Amazon.de",
    "product-name": 'Kessel 3/4" ä',
    "sku": "KET-1",
    "asin": "B000000001",
    "item-status": "Shipped",
    "quantity": "2",
    "currency": "EUR",
    "item-price": "25.00",
    "shipping-price": "3.90",
    "ship-promotion-discount": "3.90",
}


def line(**changes: str) -> str:
    cells = CELLS | {name.replace("_", "-"): text for name, text in changes.items()}
    return "\t".join(cells.get(name, "") for name in COLUMNS)


def text(*lines: str, head: str = "\t".join(COLUMNS)) -> str:
    return "".join(f"{one}\r\n" for one in (head, *lines))


def document(data: bytes, charset: str = "utf-8") -> Document:
    return Document(io.BytesIO(data), charset, len(data))


def orders(*lines: str) -> list[ReportOrder | BadRow]:
    return list(read_orders(document(text(*lines).encode())))


def order(*lines: str) -> ReportOrder:
    (found,) = orders(*lines)
    assert isinstance(found, ReportOrder), found
    return found


def test_an_order_is_what_its_rows_say() -> None:
    found = order(
        line(), line(sku="POT-2", quantity="1", item_price="7.50", shipping_price="1", item_status="Cancelled")
    )
    assert (found.order_id, found.status, found.fulfilled_by) == (ID, "SHIPPED", "MERCHANT")
    assert found.marketplace_id == by_country("DE").id
    assert found.created_at == datetime(2026, 3, 1, 8, 4, 21, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 3, 2, 22, 7, 59, tzinfo=UTC)
    assert [(row.sku, row.quantity, row.item_status) for row in found.rows] == [
        ("KET-1", 2, "Shipped"),
        ("POT-2", 1, "Cancelled"),
    ]
    assert (found.charged, found.currency) == (Decimal("29.60"), "EUR")


def test_M3_a_sum_is_not_guessed_where_tax_is_stated_or_amounts_are_missing() -> None:
    assert order(line(item_tax="4.75")).charged is None
    assert order(line(item_tax="0.00")).charged == Decimal("25.00")
    assert order(line(item_price="", shipping_price="", ship_promotion_discount="", currency="")).charged is None


@pytest.mark.parametrize(
    ("charset", "said"),
    [("cp1252", "Cp1252"), ("cp1252", "iso-8859-1"), ("cp1252", ""), ("utf-8", "utf-8"), ("utf-8", "")],
)
def test_R1_it_is_read_in_every_charset(charset: str, said: str) -> None:
    (found,) = read_orders(document(text(line(sku="Kessel-Ä")).encode(charset), said.lower()))
    assert isinstance(found, ReportOrder) and found.rows[0].sku == "Kessel-Ä"


def test_R1_it_is_read_in_japanese_and_with_a_mark() -> None:
    data = text(line(sku="商品①", product_name="やかん", item_price="1200", sales_channel="Amazon.co.jp"))
    for bytes_, said in ((data.encode("cp932"), "windows-31j"), (data.encode("cp932"), ""), (data.encode(), "")):
        (found,) = read_orders(document(bytes_, said), japanese=True)
        assert isinstance(found, ReportOrder) and found.rows[0].sku == "商品①"
        assert found.marketplace_id == by_country("JP").id
    (found,) = read_orders(document(codecs.BOM_UTF8 + data.encode(), ""))
    assert isinstance(found, ReportOrder) and found.order_id == ID


def test_R3_rows_of_an_order_that_stand_apart_are_told_as_such() -> None:
    found = orders(line(), line(amazon_order_id=OTHER), line(sku="POT-2"))
    told = [(one.order_id, one.again) for one in found if isinstance(one, ReportOrder)]
    assert told == [(ID, False), (OTHER, False), (ID, True)]
    # What an order is known by does not depend on where its rows stand, and does on what they say.
    first, second = order(line()), orders(line(amazon_order_id=OTHER), line())[1]
    assert isinstance(second, ReportOrder) and second.digest == first.digest != order(line(quantity="3")).digest


def test_columns_may_be_fewer_more_and_in_another_order() -> None:
    names = ["sku", "is-sandbox", *(name for name in CELLS if name not in ("sku", "asin"))]
    data = text("\t".join({**CELLS, "is-sandbox": "yes"}[name] for name in names), head="\t".join(names))
    (found,) = read_orders(document(data.encode()))
    assert isinstance(found, ReportOrder) and (found.rows[0].sku, found.rows[0].asin) == ("KET-1", "")


@pytest.mark.parametrize("name", ["amazon-order-id", "order-status", "sales-channel", "last-updated-date"])
def test_a_text_without_a_needed_column_is_not_believed(name: str) -> None:
    head = "\t".join(column for column in COLUMNS if column != name)
    with pytest.raises(RemoteError, match=name):
        list(read_rows(document(text(line(), head=head).encode())))


def test_an_empty_document_is_not_a_report_without_orders() -> None:
    with pytest.raises(RemoteError, match="empty"):
        list(read_rows(document(b"")))
    assert list(read_rows(document(text().encode()))) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"purchase_date": "2026-03-01T08:04:21"}, "purchase-date"),
        ({"last_updated_date": "yesterday"}, "last-updated-date"),
        ({"item_price": "12,50 €"}, "item-price"),
        ({"quantity": "two"}, "quantity"),
        ({"asin": "B" * 200}, "asin"),
        ({"product_name": "Kettle\tred"}, "quantity"),
        ({"product_name": "Kettle\tred", "price_designation": "Business Price"}, "cells"),
        ({"product_name": "Kettle\r\nred"}, "before its SKU"),
    ],
)
def test_L9_a_broken_row_names_its_order_and_stops_no_other(changes: dict[str, str], why: str) -> None:
    bad, good = orders(line(**changes), line(amazon_order_id=OTHER))
    assert isinstance(bad, BadRow) and bad.order_id == ID and why in bad.why
    assert isinstance(good, ReportOrder) and good.order_id == OTHER


def test_what_begins_with_no_order_is_told_once() -> None:
    bad, good = orders("removal order of 1995", line())
    assert isinstance(bad, BadRow) and bad.order_id == "" and isinstance(good, ReportOrder)


def test_empty_cells_may_hold_a_nul_and_rows_may_end_early() -> None:
    short = line(item_price="").rstrip("\t").replace("\t\t", "\t\0\t")
    assert order(short).rows[0].sku == "KET-1"
    until_sku = "\t".join(line().split("\t")[: COLUMNS.index("sku") + 1])
    assert order(until_sku).rows[0].quantity == 0


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Pending", "PENDING"),
        ("Unshipped", "UNSHIPPED"),
        ("Partially Shipped", "PARTIALLY_SHIPPED"),
        ("PartiallyShipped", "PARTIALLY_SHIPPED"),
        ("Shipping", "UNSHIPPED"),
        ("Shipped", "SHIPPED"),
        ("Complete", "SHIPPED"),
        ("Shipped - Delivered to Buyer", "SHIPPED"),
        ("Shipped - Returned to Seller", "SHIPPED"),
        ("Pending - Waiting for Pick Up", "UNSHIPPED"),
        ("Canceled", "CANCELLED"),
        ("Cancelled", "CANCELLED"),
        ("Unfulfillable", "UNFULFILLABLE"),
    ],
)
def test_statuses_are_those_of_the_orders_api(word: str, status: str) -> None:
    assert statuses_of(word)[0] == status and set(statuses_of(word)) <= set(STATUSES)
    assert order(line(order_status=word)).status == status


def test_L9_an_unknown_status_stays_what_it_is() -> None:
    found = order(line(order_status="Teleported"))
    assert (found.status, found.may_be) == ("Teleported", ())


def test_who_ships_and_times_are_spelled_in_two_ways() -> None:
    for word, by in {"AFN": "AMAZON", "MFN": "MERCHANT", "Amazon": "AMAZON", "": ""}.items():
        assert order(line(fulfillment_channel=word)).fulfilled_by == by
    assert order(line(purchase_date="2026-03-01T08:04:21+ 00 :00")).created_at == order(line()).created_at


def test_every_marketplace_has_its_sales_channel() -> None:
    assert {marketplace_of(place.name) for place in ALL} == {place.marketplace_id for place in ALL}
    assert marketplace_of("Amazon.com.be") == by_country("BE").id
    assert marketplace_of("Amazon.jp") == marketplace_of("amazon.co.jp") == by_country("JP").id
    assert (
        marketplace_of("Non-Amazon DE") == by_country("DE").id
        and marketplace_of("Non-Amazon UK") == by_country("GB").id
    )
    assert (marketplace_of("Non-Amazon"), marketplace_of("Amazon.mars"), marketplace_of("")) == ("", "", "")
    elsewhere = order(line(sales_channel="Non-Amazon DE"))
    assert (elsewhere.is_elsewhere, elsewhere.marketplace_id, elsewhere.listed_in) == (True, "", by_country("DE").id)
    assert not order(line()).is_elsewhere and order(line()).marketplace_id == order(line()).listed_in
    assert len({marketplace_of(f"Amazon.{one.country.lower()}") for one in MARKETPLACES} - {""}) >= 13


@pytest.mark.skipif(not REAL.exists(), reason=f"no recorded reports at {REAL}")
def test_recorded_reports_are_read() -> None:
    data = (REAL / "all-orders.it.trailing-empty.tsv").read_bytes().replace(b"\nscrubbed\t", f"\n{ID}\t".encode())
    (found,) = read_orders(document(data, ""))
    assert isinstance(found, ReportOrder)
    assert (found.status, found.marketplace_id, found.fulfilled_by) == ("SHIPPED", by_country("IT").id, "AMAZON")
    assert (found.rows[0].item_status, found.rows[0].amounts) == ("Cancelled", {"item-price": Decimal("89.95")})
    for variant in json.loads((REAL / "report-headers.json").read_text())["orders"]:
        names = variant["columns"]
        head, row = "\t".join(names), "\t".join(CELLS.get(name, "") for name in names)
        (known,) = read_orders(document(text(row, head=head).encode()))
        assert isinstance(known, ReportOrder) and known.charged == Decimal("25.00")
