"""Small builders: official-shaped order documents, rules, rows, and a clock that only the test moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.database import Database
from core.exchange import Rates
from core.identity import new_owner
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.model.account import App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.store import Store
from core.orders.document import Order, read
from core.orders.plan.rules import ChannelRules
from core.products.refs import ProductRef

DE = "A1PA6795UKMFR9"
FR = "A13V1IB3VIYZZH"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORDER_ID = "113-1234567-7654321"
HERE = new_owner().partition("/")[0]
"""How owners of leases name this host."""
DEAD_PROCESS = 2**22 + 1
"""A process number beyond the largest that Linux gives out."""
DEAD_OWNER = f"{HERE}/{DEAD_PROCESS}/100/x"
ELSEWHERE = "another-host/1/100/x"
"""An owner of whom nothing can be known here."""


class FakeClock:
    """Stands still until it is moved; sleeping moves it."""

    def __init__(self, moment: datetime = NOON, speed: float = 1.0) -> None:
        self.moment = moment
        self.speed = speed

    def now(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self.forward(max(seconds, 0.0))

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.forward(max(seconds, 0.0))
        return event.is_set()


# -- orders as Amazon sends them ------------------------------------------------------------------------------------


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


def breakdown(kind: str, amount: str, currency: str = "EUR", **details: str) -> dict[str, Any]:
    """One entry of a breakdown; `details` are subtype=amount."""
    entry: dict[str, Any] = {"type": kind, "subtotal": money(amount, currency)}
    if details:
        entry["detailedBreakdowns"] = [
            {"subtype": subtype, "value": money(value, currency)} for subtype, value in details.items()
        ]
    return entry


def item_document(
    *parts: dict[str, Any], number: int = 1, sku: str = "LAMP-1", quantity: int = 1, **more: Any
) -> dict[str, Any]:
    """One line of an order."""
    return {
        "orderItemId": f"{number:014d}",
        "quantityOrdered": quantity,
        "product": {"asin": "B000000012", "title": "Lamp", "sellerSku": sku},
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
        "proceeds": {"breakdowns": list(parts)},
        **more,
    }


def order_document(*items: dict[str, Any], total: str | None = "20.00", **more: Any) -> dict[str, Any]:
    """A released order of a merchant, shaped as in the Orders API 2026-01-01; `more` replaces whole blocks."""
    document: dict[str, Any] = {
        "orderId": ORDER_ID,
        "createdTime": "2026-11-20T08:30:00.000Z",
        "lastUpdatedTime": "2026-11-20T09:00:00.000Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": DE, "marketplaceName": "Amazon.de"},
        "fulfillment": {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
        },
        "buyer": {"buyerName": "Ada Lovelace", "buyerEmail": "x1y2@marketplace.amazon.de"},
        "recipient": {
            "deliveryAddress": {
                "name": "Ada King Lovelace",
                "addressLine1": "Lindenallee 5",
                "addressLine2": "2. Stock",
                "city": "Köln",
                "stateOrRegion": "NRW",
                "postalCode": "50667",
                "countryCode": "DE",
                "phone": "+49 221 1234567",
            }
        },
        "payment": {"paymentExecutions": [{"paymentMethod": "CreditCard"}]},
        "orderItems": list(items) if items else [item_document(breakdown("ITEM", "20.00"))],
    }
    if total is not None:
        document["proceeds"] = {"grandTotal": money(total)}
    return deepcopy(document | more)


def order(*items: dict[str, Any], total: str | None = "20.00", **more: Any) -> Order:
    return read(order_document(*items, total=total, **more))


def fulfillment(status: str = "UNSHIPPED", by: str = "MERCHANT", level: str = "STANDARD") -> dict[str, str]:
    return {"fulfillmentStatus": status, "fulfilledBy": by, "fulfillmentServiceLevel": level}


# -- what plans are made from ---------------------------------------------------------------------------------------

_RULES = ChannelRules(
    channel="de",
    marketplace_id=DE,
    country="DE",
    store_currency="EUR",
    company_id=1,
    connected_at=NOON - timedelta(days=10),
    order_statuses=frozenset({"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}),
    fulfilment="both",
    orders_from=NOON - timedelta(days=40),
    orders_to=None,
    payment_cod=6,
    payment_prepaid=2,
    shipping={"default": 1},
    statuses={"UNSHIPPED": "P", "PARTIALLY_SHIPPED": "P", "SHIPPED": "C", "CANCELLED": "I", "NO_STOCK": "S"},
    exchange_rates=Rates(),
    tax_id=7,
    store_payments={2: True, 6: True},
    store_shippings={1: True, 4: True},
    store_statuses={"P": False, "C": False, "I": True, "S": True},
)

PRODUCTS = {"LAMP-1": [ProductRef(12, 1)], "MUG": [ProductRef(13, 1)]}


def rules(**changes: Any) -> ChannelRules:
    return replace(_RULES, **changes)


def d(amount: str) -> Decimal:
    return Decimal(amount)


# -- rows -----------------------------------------------------------------------------------------------------------


def connect_channel(
    database: Database,
    *,
    name: str = "de",
    marketplace_id: str = DE,
    company_id: int | None = 1,
    connected_at: datetime = NOON,
    **channel_settings: Any,
) -> Channel:
    """A channel with the store and seller account that all channels of the test share."""
    with database.write() as session:
        store = session.get(Store, 1) or Store(
            name="main", url="https://shop.example", email="api@shop.example", api_key="key", currency="EUR"
        )
        app = session.get(App, 1) or App(name="app", mode="private", client_id="client", client_secret="secret")
        session.add_all([store, app])
        session.flush()
        account = session.get(SellerAccount, 1) or SellerAccount(
            app_id=stored_id(app.id),
            region="eu",
            api_mode="live",
            seller_id="SELLER",
            refresh_token="refresh",
            proven_at=NOON,
        )
        session.add(account)
        session.flush()
        channel = Channel(
            name=name,
            account_id=stored_id(account.id),
            marketplace_id=marketplace_id,
            store_id=stored_id(store.id),
            company_id=company_id,
            app_mode="private",
            app_status="active",
            settings=channel_settings,
            connected_at=connected_at,
        )
        session.add(channel)
    return channel


def order_intent(**values: Any) -> OutboxIntent:
    """An intent of the orders towards its store."""
    return OutboxIntent(**{"remote": f"store {values['store_id']}", "flow": "orders", **values})


def order_problem(**values: Any) -> Problem:
    """A problem that the orders have with an item of a channel."""
    return Problem(**{"owner": f"channel {values['channel_id']}", "flow": "orders", **values})


def add_job(database: Database, channel: Channel | None = None, **values: Any) -> int:
    """A queued job; returns its id."""
    with database.write() as session:
        job = Job(
            **{
                "kind": "orders.import",
                "scope": f"channel {channel.id}" if channel else "",
                "channel_id": channel.id if channel else None,
                "channel_name": channel.name if channel else "",
                **values,
            }
        )
        session.add(job)
        session.flush()
        return stored_id(job.id)


def get_job(database: Database, job_id: int) -> Job:
    with database.read() as session:
        return session.get_one(Job, job_id)


def running(database: Database, job_id: int, owner: str = "host/1/1/a") -> JobContext:
    """The context of a job that `owner` has just claimed."""
    job = lifecycle.claim(database, job_id, owner)
    assert job is not None
    return JobContext(database, job, owner)


@contextmanager
def in_threads(*works: Any) -> Iterator[None]:
    """Runs the works side by side, started together; raises what any of them raised."""
    barrier = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            barrier.wait(timeout=20)
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
