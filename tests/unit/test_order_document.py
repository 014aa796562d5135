"""Reading Amazon's orders: official shapes are understood, anything else is named without personal data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.orders.document import Address, MalformedOrder, Part, is_cash_on_delivery, read
from tests.unit.builders import DE, ORDER_ID, breakdown, d, fulfillment, item_document, money, order, order_document

PERSONAL = ("Ada", "Lovelace", "Lindenallee", "Köln", "50667", "1234567", "marketplace.amazon.de", "+49")


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    document = order_document()
    change(document)
    return document


def test_a_full_document_is_read_field_by_field() -> None:
    item = item_document(
        breakdown("ITEM", "40.00"),
        breakdown("TAX", "7.60", ITEM="7.00", SHIPPING="0.60"),
        sku="LAMP-1",
        quantity=2,
        cancellation={"cancellationRequest": {"requester": "BUYER", "cancelReason": "too late"}},
    )
    item["fulfillment"]["packing"] = {"giftOption": {"giftMessage": "Joy!", "giftWrapLevel": "Classic"}}
    document = order_document(
        item,
        total="47.60",
        fulfillment=fulfillment("SHIPPED", "MERCHANT", "EXPEDITED"),
        packages=[
            {"packageReferenceId": "1", "shipTime": "2026-11-20T10:00:00Z"},
            {"packageReferenceId": "2", "shipTime": "2026-11-21T10:00:00+01:00"},
            {"packageReferenceId": "3"},
        ],
        associatedOrders=[{"orderId": "111-0000000-0000000", "associationType": "REPLACEMENT_ORIGINAL_ID"}],
    )
    document["buyer"] |= {"buyerCompanyName": "Engines Ltd", "buyerPurchaseOrderNumber": "PO 7"}
    found = read(document)
    assert (found.order_id, found.marketplace_id, found.sales_channel) == (ORDER_ID, DE, "AMAZON")
    assert (found.status, found.fulfilled_by, found.service_level) == ("SHIPPED", "MERCHANT", "EXPEDITED")
    assert found.created_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert found.shipped_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert (found.currency, found.grand_total) == ("EUR", d("47.60"))
    assert found.address == Address(
        name="Ada King Lovelace",
        street="Lindenallee 5",
        more=("2. Stock",),
        city="Köln",
        state="NRW",
        postal_code="50667",
        country="DE",
        phone="+49 221 1234567",
    )
    assert (found.buyer_name, found.buyer_company, found.purchase_order) == ("Ada Lovelace", "Engines Ltd", "PO 7")
    assert found.buyer_email == "x1y2@marketplace.amazon.de"
    assert found.payment_methods == ("CreditCard",)
    assert found.replaces == "111-0000000-0000000"
    assert found.cancel_requested
    (line,) = found.items
    assert (line.item_id, line.sku, line.asin, line.title, line.quantity) == (
        "00000000000001",
        "LAMP-1",
        "B000000012",
        "Lamp",
        2,
    )
    assert line.parts == (
        Part("ITEM", "", d("40.00")),
        Part("TAX", "ITEM", d("7.00")),
        Part("TAX", "SHIPPING", d("0.60")),
    )
    assert (line.gift_message, line.cancel_reason) == ("Joy!", "too late")


def test_only_what_the_model_requires_is_needed() -> None:
    found = read(
        {
            "orderId": "1",
            "createdTime": "2026-01-01T00:00:00Z",
            "lastUpdatedTime": "2026-01-01T00:00:00Z",
            "salesChannel": {"channelName": "AMAZON"},
            "fulfillment": {"fulfillmentStatus": "PENDING"},
            "orderItems": [{"orderItemId": "9", "quantityOrdered": 1, "product": {}}],
        }
    )
    assert found.is_pending
    assert (found.grand_total, found.currency, found.charges, found.shipped_at) == (None, "", (), None)
    assert (found.address, found.payment_methods, found.items[0].parts) == (Address(), (), ())


MALFORMED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no id": lambda o: o.pop("orderId"),
    "an id of blanks": lambda o: o.update(orderId="  "),
    "an id that is not a text": lambda o: o.update(orderId=113),
    "no items": lambda o: o.pop("orderItems"),
    "items as an object": lambda o: o.update(orderItems={"1": o["orderItems"][0]}),
    "an item that is no object": lambda o: o["orderItems"].append("Ada"),
    "an item without id": lambda o: o["orderItems"][0].pop("orderItemId"),
    "an item without quantity": lambda o: o["orderItems"][0].pop("quantityOrdered"),
    "a quantity in words": lambda o: o["orderItems"][0].update(quantityOrdered="2"),
    "half a unit": lambda o: o["orderItems"][0].update(quantityOrdered=1.5),
    "a quantity of true": lambda o: o["orderItems"][0].update(quantityOrdered=True),
    "a negative quantity": lambda o: o["orderItems"][0].update(quantityOrdered=-1),
    "a quantity beyond sense": lambda o: o["orderItems"][0].update(quantityOrdered=10**9),
    "no fulfilment": lambda o: o.pop("fulfillment"),
    "no status": lambda o: o["fulfillment"].pop("fulfillmentStatus"),
    "no creation": lambda o: o.pop("createdTime"),
    "a creation that is not a valid time": lambda o: o.update(createdTime="0001-13-45T99:99:99Z"),
    "an update without zone": lambda o: o.update(lastUpdatedTime="2026-11-20T09:00:00"),
    "a day instead of a time": lambda o: o.update(lastUpdatedTime="2026-11-20"),
    "an update of null": lambda o: o.update(lastUpdatedTime=None),
    "a grand total in words": lambda o: o["proceeds"]["grandTotal"].update(amount="Ada"),
    "a grand total without currency": lambda o: o["proceeds"]["grandTotal"].pop("currencyCode"),
    "a grand total of nothing": lambda o: o["proceeds"]["grandTotal"].pop("amount"),
    "an endless grand total": lambda o: o["proceeds"]["grandTotal"].update(amount="Infinity"),
    "a breakdown without type": lambda o: o["orderItems"][0]["proceeds"]["breakdowns"][0].pop("type"),
    "a breakdown without amount": lambda o: o["orderItems"][0]["proceeds"]["breakdowns"][0].pop("subtotal"),
    "an amount with a comma": lambda o: o["orderItems"][0]["proceeds"]["breakdowns"][0]["subtotal"].update(
        amount="2,0"
    ),
    "a detail without value": lambda o: o["orderItems"][0]["proceeds"]["breakdowns"].append(
        {"type": "TAX", "subtotal": money("1.00"), "detailedBreakdowns": [{"subtype": "ITEM"}]}
    ),
    "an order breakdown without amount": lambda o: o["proceeds"].update(breakdowns=[{"type": "SHIPPING"}]),
    "a unit price that is no money": lambda o: o["orderItems"][0].update(
        proceeds={}, product={"price": {"unitPrice": "20.00"}}
    ),
    "two currencies": lambda o: o["orderItems"][0]["proceeds"]["breakdowns"].append(
        breakdown("SHIPPING", "1.00", "USD")
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_document_is_unreadable_and_its_message_tells_nothing_personal(name: str) -> None:
    with pytest.raises(MalformedOrder) as caught:
        read(changed(MALFORMED[name]))
    message = str(caught.value)
    assert message
    assert not [word for word in PERSONAL if word in message]


@pytest.mark.parametrize("document", [None, "order", 7, [], [order_document()], True])
def test_what_is_no_object_is_unreadable(document: Any) -> None:
    with pytest.raises(MalformedOrder):
        read(document)


@pytest.mark.parametrize(
    "block", ["salesChannel", "proceeds", "recipient", "buyer", "payment", "packages", "associatedOrders"]
)
@pytest.mark.parametrize("value", [None, [], {}, "Ada", 7, [None, "Ada", 7]])
def test_an_optional_block_of_another_shape_does_not_stop_the_order(block: str, value: Any) -> None:
    assert read(order_document() | {block: value}).order_id == ORDER_ID


def test_values_that_amazon_invents_later_are_kept() -> None:
    item = item_document(breakdown("MOON_FEE", "20.00"), breakdown("TAX", "1.00", MOON="1.00"))
    found = order(
        item,
        total="21.00",
        fulfillment=fulfillment("TELEPORTED", "DRONE", "YESTERDAY"),
        payment={"paymentExecutions": [{"paymentMethod": "SeaShells"}]},
    )
    assert (found.status, found.fulfilled_by, found.service_level) == ("TELEPORTED", "DRONE", "YESTERDAY")
    assert found.payment_methods == ("SeaShells",)
    assert found.items[0].parts == (Part("MOON_FEE", "", d("20.00")), Part("TAX", "MOON", d("1.00")))
    assert not found.is_pending
    assert not found.by_amazon


def test_yen_have_no_decimals_and_points_may_be_in_another_currency() -> None:
    item = item_document(
        breakdown("ITEM", "1234", "JPY"),
        expense={"pointsCost": {"pointsGranted": {"pointsNumber": 12, "pointsMonetaryValue": money("12", "PTS")}}},
    )
    found = order(
        item,
        proceeds={"grandTotal": money("1234", "JPY")},
        payment={"paymentExecutions": [{"paymentMethod": "CreditCard", "paymentAmount": money("8.00", "USD")}]},
    )
    assert (found.currency, found.grand_total, found.items[0].parts[0].amount) == ("JPY", d("1234"), d("1234"))


def test_mixed_currencies_are_named() -> None:
    with pytest.raises(MalformedOrder, match="EUR and GBP, USD"):
        order(item_document(breakdown("ITEM", "20.00", "USD"), breakdown("SHIPPING", "1.00", "GBP")))


def test_without_a_grand_total_the_currency_comes_from_the_items() -> None:
    assert order(item_document(breakdown("ITEM", "20.00", "SEK")), total=None).currency == "SEK"


def test_nul_vanishes_and_blanks_around_are_cut() -> None:
    document = order_document()
    document["orderItems"][0]["product"] |= {"sellerSku": " LAMP\x00-1\t", "title": "\x00"}
    document["recipient"]["deliveryAddress"]["city"] = "\x00Kö\x00ln\n"
    found = read(document)
    assert (found.items[0].sku, found.items[0].title, found.address.city) == ("LAMP-1", "", "Köln")


def test_control_characters_inside_a_text_are_left_to_those_who_show_it() -> None:
    document = order_document()
    document["orderItems"][0]["fulfillment"]["packing"] = {"giftOption": {"giftMessage": "a\x1bb\nc"}}
    assert read(document).items[0].gift_message == "a\x1bb\nc"


def test_Z1_times_of_any_zone_become_utc() -> None:
    document = order_document(createdTime="2026-11-20T17:30:00.5+09:00")
    assert read(document).created_at == datetime(2026, 11, 20, 8, 30, 0, 500_000, tzinfo=UTC)


def test_details_that_explain_the_whole_leave_no_rest() -> None:
    item = item_document(breakdown("ITEM", "10.00"), breakdown("DISCOUNT", "-2.00", ITEM="-1.50", SHIPPING="-0.50"))
    parts = order(item, total="8.00").items[0].parts
    assert parts[1:] == (Part("DISCOUNT", "ITEM", d("-1.50")), Part("DISCOUNT", "SHIPPING", d("-0.50")))


def test_a_detail_without_subtype_belongs_to_the_item() -> None:
    entry = {"type": "TAX", "subtotal": money("1.00"), "detailedBreakdowns": [{"value": money("1.00")}]}
    assert order(item_document(breakdown("ITEM", "10.00"), entry), total="11.00").items[0].parts[1] == Part(
        "TAX", "ITEM", Decimal("1.00")
    )


def test_a_municipality_serves_as_city() -> None:
    document = order_document()
    place = document["recipient"]["deliveryAddress"]
    del place["city"]
    place["municipality"] = "São Paulo"
    assert read(document).address.city == "São Paulo"


@pytest.mark.parametrize("kind", ["REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"])
def test_the_original_of_a_replacement_or_exchange_is_kept(kind: str) -> None:
    related = [
        {"orderId": "111-1", "associationType": "RELATED_SOMEHOW"},
        {"orderId": "111-2", "associationType": kind},
    ]
    assert order(associatedOrders=related).replaces == "111-2"


def test_only_an_original_makes_a_replacement() -> None:
    assert order(associatedOrders=[{"orderId": "111-1", "associationType": "RELATED_SOMEHOW"}]).replaces == ""


@pytest.mark.parametrize(
    ("status", "pending"),
    [("PENDING", True), ("PENDING_AVAILABILITY", True), ("UNSHIPPED", False), ("CANCELLED", False), ("SHIPPED", False)],
)
def test_only_unreleased_orders_are_pending(status: str, pending: bool) -> None:
    assert order(fulfillment=fulfillment(status)).is_pending is pending


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("CashOnDelivery", True),
        ("CASH_ON_DELIVERY", True),
        ("cash on delivery", True),
        ("COD", True),
        ("CreditCard", False),
        ("ConvenienceStore", False),
        ("Invoice", False),
        ("CodeGiftCard", False),
        ("", False),
    ],
)
def test_cash_on_delivery_is_known_in_its_spellings(method: str, expected: bool) -> None:
    assert is_cash_on_delivery(method) is expected


def test_the_duty_to_collect_at_the_door_is_seen() -> None:
    item = item_document(breakdown("ITEM", "20.00"))
    assert not order(item).cash_on_delivery_constraint
    item["fulfillment"]["shipping"] = {"shippingConstraints": {"cashOnDelivery": "MANDATORY"}}
    assert order(item).cash_on_delivery_constraint


def test_a_request_to_cancel_of_any_item_counts_and_an_executed_one_alone_does_not() -> None:
    calm = item_document(breakdown("ITEM", "10.00"), number=1)
    asked = item_document(
        breakdown("ITEM", "10.00"), number=2, cancellation={"cancellationRequest": {"requester": "BUYER"}}
    )
    done = item_document(
        breakdown("ITEM", "10.00"), number=2, cancellation={"cancellationExecution": {"cancelledBy": "SELLER"}}
    )
    assert order(calm, asked).cancel_requested
    assert not order(calm, done).cancel_requested
