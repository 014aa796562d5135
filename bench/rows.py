"""A home with as many orders as wanted, without reading them from anywhere: for what looks at orders only.

Most are in the store; one in fifty is held, one in five hundred has failed, and one in a hundred waits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel

from core import clock
from core.database import CHUNK
from core.model.account import App, SellerAccount
from core.model.base import stored_id
from core.model.category import StoreCategory
from core.model.channel import Channel
from core.model.job import Job, JobItem, JobState
from core.model.link import OrderLink
from core.model.listing import Listing
from core.model.listing_issue import OF_LISTING, ListingIssue
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.problem import Problem
from core.model.store import Store, StoreProduct
from core.settings import Settings
from core.workspace import Workspace, opened

MARKETPLACES = ("A1PA6795UKMFR9", "A13V1IB3VIYZZH", "APJ6JRA9NG5V4", "A1RKKUPIHCS9HS")
CHANNELS = 20
DOCUMENT = {"buyer": "x" * 2_200}
"""Of the size of what Amazon says of an order."""
APART = timedelta(minutes=3)
JOBS = 2_000
CONTENT = bytes(2_500)
"""Of the size of what is kept of a listing."""


def order_id(number: int) -> str:
    """The number of an order; 0 is the newest."""
    return f"113-{number:07d}-0000000"


def fill(home: Path, orders: int, *, channels: int = CHANNELS, database_url: str = "") -> None:
    """Make the home and put the rows in."""
    with opened(Settings(home=home, database_url=database_url)) as workspace:
        _fill(workspace, orders, _channels(workspace, channels))


def _fill(workspace: Workspace, orders: int, channels: list[Channel]) -> None:
    for start in range(0, orders, CHUNK):
        with workspace.database.write() as session:
            _orders(session, channels, range(start, min(start + CHUNK, orders)))
    with workspace.database.write() as session:
        _insert(session, Job, (_job(number, channels) for number in range(JOBS)))
    for start in range(0, orders, CHUNK):
        with workspace.database.write() as session:
            numbers = range(start, min(start + CHUNK, orders))
            _insert(session, JobItem, (_item(number) for number in numbers))


def fill_products(workspace: Workspace, number: int) -> None:
    """Put so many products and listings in; three of five belong together, and make one row of the list."""
    channel = _first_channel(workspace)
    owner = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id}
    for start in range(0, number, CHUNK):
        some = range(start, min(start + CHUNK, number))
        with workspace.database.write() as session:
            listed = ({**owner, "content": CONTENT, **_listing(one)} for one in some if one % 5)
            _insert(session, Listing, listed)
            _insert(session, ListingIssue, ({**owner, **_issue(one)} for one in some if one % 50 == 1))
            own = ({"store_id": channel.store_id, **_product(one)} for one in some if one % 5 != 1)
            _insert(session, StoreProduct, own)


def fill_categories(workspace: Workspace, number: int) -> None:
    """Put so many categories of the store in, fifty below each at the top; one of two holds products."""
    store_id, now = _first_channel(workspace).store_id, clock.now()
    with workspace.database.write() as session:
        _insert(
            session, StoreCategory, ({"store_id": store_id, "seen_at": now, **_category(one)} for one in range(number))
        )


def _category(number: int) -> dict[str, Any]:
    above, name = number - number % 50, f"Lamps {number}"
    title = f"Lamps {above} > {name}" if number % 50 else name
    told = {"parent_id": above + 1 if number % 50 else 0, "products": number % 2 * number}
    return {"category_id": number + 1, "name": name, "title": title, **told}


def _first_channel(workspace: Workspace) -> Channel:
    with workspace.database.read() as session:
        return session.get_one(Channel, 1)


def _issue(number: int) -> dict[str, Any]:
    words = {"code": str(18_027 + number % 7), "severity": "ERROR", "message": "No."}
    return {"sku": _sku(number), "source": OF_LISTING, **words}


def _sku(number: int) -> str:
    return f"LAMP-{number:06d}"


def _listing(number: int) -> dict[str, Any]:
    errors = int(number % 50 == 1)
    title = f"Desk lamp number {number} of the great collection, black"
    told = {"asin": f"B{number:09d}", "title": title, "issue_count": errors, "error_count": errors}
    return {"sku": _sku(number), "buyable": not errors, **told}


def _product(number: int) -> dict[str, Any]:
    return {"product_id": number + 1, "sku": _sku(number), "name": f"Desk lamp {number}", "price_minor": 1_990}


def _channels(workspace: Workspace, count: int) -> list[Channel]:
    """So many, of sellers who have one in each of the marketplaces."""
    channels: list[Channel] = []
    with workspace.database.write() as session:
        store = Store(name="main", url="http://127.0.0.1:1", email="api@shop.example", api_key="key", currency="EUR")
        session.add(store)
        for seller in range(math.ceil(count / len(MARKETPLACES))):
            app = App(name=f"app {seller}", mode="private", client_id=f"client {seller}", client_secret="secret")
            session.add(app)
            session.flush()
            account = SellerAccount(
                app_id=stored_id(app.id),
                region="eu",
                api_mode="live",
                seller_id=f"S{seller}",
                refresh_token="token",
                proven_at=clock.now(),
            )
            session.add(account)
            session.flush()
            channels += [
                Channel(
                    name=f"channel {seller}{place}",
                    account_id=stored_id(account.id),
                    marketplace_id=marketplace,
                    store_id=stored_id(store.id),
                    company_id=1,
                    app_mode="private",
                    app_status="active",
                )
                for place, marketplace in enumerate(MARKETPLACES)
            ]
        session.add_all(channels[:count])
    return channels[:count]


def _orders(session: Session, channels: list[Channel], numbers: range) -> None:
    mine = [(number, channels[number % len(channels)], _fate(number)) for number in numbers]
    _insert(session, AmazonOrder, (_order(number, channel, fate) for number, channel, fate in mine))
    _insert(session, AmazonOrderItem, (_line(number, channel) for number, channel, _ in mine))
    linked = [(number, channel) for number, channel, fate in mine if fate in ("imported", "failed")]
    _insert(session, OrderLink, (_link(number, channel) for number, channel in linked))
    troubled = [(number, channel, fate) for number, channel, fate in mine if fate in ("held", "failed")]
    _insert(session, Problem, (_problem(number, channel, fate) for number, channel, fate in troubled))


def _fate(number: int) -> str:
    if number % 50 == 7:
        return "held"
    return "failed" if number % 500 == 3 else "waiting" if number % 100 == 11 else "imported"


def _order(number: int, channel: Channel, fate: str) -> dict[str, Any]:
    placed = clock.now() - number * APART
    return {
        "account_id": channel.account_id,
        "order_id": order_id(number),
        "marketplace_id": channel.marketplace_id,
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "created_at": placed,
        "updated_at": placed,
        "total_minor": 1_990 + number % 1_000,
        "currency": "EUR",
        "item_count": 1,
        "raw": DOCUMENT,
        "fingerprint": f"{number:064d}",
        "dirty": fate in ("held", "waiting"),
    }


def _line(number: int, channel: Channel) -> dict[str, Any]:
    return {
        "account_id": channel.account_id,
        "order_id": order_id(number),
        "item_id": "1",
        "sku": f"LAMP-{number % 300}",
        "quantity": 1,
    }


def _link(number: int, channel: Channel) -> dict[str, Any]:
    return {
        "channel_id": channel.id,
        "order_id": order_id(number),
        "company_id": 1,
        "store_id": channel.store_id,
        "store_order_id": number + 1,
        "store_status": "P",
        "amazon_status": "UNSHIPPED",
        "total": "19.90 EUR",
        "linked_at": clock.now() - number * APART,
    }


def _problem(number: int, channel: Channel, fate: str) -> dict[str, Any]:
    return {
        "owner": f"channel {channel.id}",
        "flow": "orders",
        "channel_id": channel.id,
        "subject": f"order {order_id(number)}",
        "code": "sku_unknown" if fate == "held" else "store_differs",
        "message": "No product carries it.",
        "fix": "Give one the code.",
    }


def _job(number: int, channels: list[Channel]) -> dict[str, Any]:
    channel = channels[number % len(channels)]
    ended = clock.now() - (JOBS - number) * APART
    return {
        "kind": "orders.import",
        "scope": f"channel {channel.id}",
        "channel_id": channel.id,
        "channel_name": channel.name,
        "state": JobState.FAILED if number % 40 == 9 else JobState.SUCCEEDED,
        "counts": {"seen": 20, "created": 20},
        "started_at": ended,
        "finished_at": ended,
    }


def _item(number: int) -> dict[str, Any]:
    return {"job_id": JOBS - number % 100, "subject": f"order {order_id(number)}", "result": "created"}


def _insert(session: Session, model: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    """Insert what is given, and the model's own defaults for the rest."""
    table = model.__table__  # type: ignore[attr-defined]
    fields = model.model_fields
    columns = [column.name for column in table.columns if column.name in fields and column.name != "id"]
    whole = [
        {name: row[name] if name in row else fields[name].get_default(call_default_factory=True) for name in columns}
        for row in rows
    ]
    if whole:
        session.connection().execute(table.insert(), whole)
