"""Rows put straight into the tables: what a worker would have left there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import select

from core.identity import new_owner
from core.model.account import App, SellerAccount
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem, JobState, Worker
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.quota import Quota, QuotaUsage
from core.model.setting import STOP_WRITES, GlobalSetting
from core.model.store import Store
from core.quota import bucket_prefix
from core.workspace import Workspace, channel_parts
from tests.unit.builders import order_problem

NOW = datetime(2026, 11, 23, 14, 20, 1, tzinfo=UTC)
"""The time at which every test takes place."""


def add_channel(
    workspace: Workspace, name: str = "de", account: Sequence[tuple[str, Any]] = (), **values: Any
) -> Channel:
    """A channel with all it stands on; others share its store. `account` and `values` change columns."""
    with workspace.database.write() as session:
        app = App(name=f"app {name}", mode="private", client_id=f"client {name}", client_secret="secret")
        app.secret_set_at = NOW - timedelta(days=30)
        fields = {"url": "http://127.0.0.1:1", "email": "api@shop.example", "api_key": "key", "currency": "EUR"}
        store = session.exec(select(Store)).first() or Store(name="main", **fields)
        session.add_all([app, store])
        session.flush()
        seller = {"region": "eu", "api_mode": "live", "seller_id": "A1", "refresh_token": "token"}
        owner = SellerAccount(app_id=app.id, **(seller | {"proven_at": NOW} | dict(account)))
        session.add(owner)
        session.flush()
        fields = {"marketplace_id": "A1PA6795UKMFR9", "app_mode": "private", "app_status": "active", **values}
        channel = Channel(name=name, account_id=owner.id, store_id=store.id, connected_at=NOW, **fields)
        session.add(channel)
    return channel


def add_job(workspace: Workspace, state: JobState, channel: Channel | None = None, **values: Any) -> int:
    """A job; a state that has begun gets its times."""
    if state != JobState.QUEUED:
        values.setdefault("started_at", NOW - timedelta(minutes=4))
    if state.is_final:
        values.setdefault("finished_at", NOW - timedelta(minutes=1))
    if state is JobState.RUNNING:
        values.setdefault("lease_until", NOW + timedelta(seconds=20))
    job = Job(
        **{
            "kind": "orders.import",
            "channel_id": channel.id if channel else None,
            "channel_name": channel.name if channel else "de",
            "state": state,
            "requested_by": "admin",
            "created_at": NOW - timedelta(minutes=5),
            **values,
        }
    )
    with workspace.database.write() as session:
        session.add(job)
    assert job.id is not None
    return job.id


def add_events(workspace: Workspace, job_id: int, texts: Sequence[str], *, level: str = "info", **values: Any) -> None:
    """Log lines, a second apart."""
    start = NOW - timedelta(minutes=4)
    with workspace.database.write() as session:
        for number, text in enumerate(texts):
            at = start + timedelta(seconds=number)
            session.add(JobEvent(**{"job_id": job_id, "at": at, "level": level, "text": text, **values}))


def add_problem(workspace: Workspace, job_id: int, subject: str, result: str = "held", **values: Any) -> None:
    """A held or failed item."""
    fields = {
        "code": "sku_unknown",
        "message": "The store has no product with the SKU CAP-9.",
        "fix": "Create the product, or link the SKU with: crossdock listings link",
    }
    with workspace.database.write() as session:
        session.add(JobItem(**{"job_id": job_id, "subject": subject, "result": result, **fields, **values}))


def add_open_problem(
    workspace: Workspace,
    channel: Channel,
    subject: str,
    code: str,
    message: str = "",
    fix: str = "",
    about: str = "",
) -> None:
    """What stays open until its cause is gone."""
    with workspace.database.write() as session:
        said = {"code": code, "message": message, "fix": fix, "about": about}
        session.add(order_problem(channel_id=channel.id, subject=subject, **said))


def add_orders(workspace: Workspace, channel: Channel, number: int, placed: datetime, **values: Any) -> None:
    """Orders as Amazon told them; they are planned already."""
    moments = {"created_at": placed, "updated_at": placed, "seen_at": placed}
    fields = {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "fingerprint": "", "dirty": False, **moments, **values}
    place = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id}
    with workspace.database.write() as session:
        for count in range(number):
            session.add(AmazonOrder(order_id=f"{placed:%y%m%d}-{count:07}", **place, **fields))


def add_link(workspace: Workspace, channel: Channel, order_id: str, number: int, linked_at: datetime) -> None:
    """An order that came into the store."""
    fields = {"store_status": "P", "amazon_status": "UNSHIPPED", "total": "1 EUR", "linked_at": linked_at}
    place = {"channel_id": channel.id, "store_id": channel.store_id, "store_order_id": number}
    with workspace.database.write() as session:
        session.add(OrderLink(order_id=order_id, **place, **fields))


def add_calls(
    workspace: Workspace, channel: Channel, day: date, calls: int, refused: int = 0, tokens: float = 20
) -> None:
    """Calls to Amazon on one day, and what is left of the quota now."""
    with workspace.database.write() as session:
        _, account, app, _ = channel_parts(session, channel.id or 0)
        key = bucket_prefix(account.api_mode, app.client_id, account.seller_id or "") + "searchOrders"
        session.merge(Quota(key=key, tokens=tokens, updated_at=NOW, rate=0.0056, burst=20))
        session.add(QuotaUsage(key=key, day=day, calls=calls, refused=refused))


def add_worker(workspace: Workspace, owner: str = "") -> None:
    """A worker that is alive: its process is this one, or one of another host."""
    with workspace.database.write() as session:
        session.add(Worker(owner=owner or new_owner(), threads=4, started_at=NOW - timedelta(hours=3), beat_at=NOW))


def stop_writes(workspace: Workspace) -> None:
    """Stop all writes."""
    with workspace.database.write() as session:
        session.add(GlobalSetting(key=STOP_WRITES, value=True))


def change_job(workspace: Workspace, job_id: int, **values: Any) -> None:
    """What a worker does to a job."""
    with workspace.database.write() as session:
        job = session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)
        session.add(job)


def fill(workspace: Workspace) -> dict[str, int]:
    """A job in each state that has something to show, by state."""
    channel = add_channel(workspace)
    jobs = {
        "succeeded": add_job(
            workspace, JobState.SUCCEEDED, channel, done=310, total=310, counts={"seen": 310, "created": 310}
        ),
        "finished_with_problems": add_job(
            workspace,
            JobState.FINISHED_WITH_PROBLEMS,
            channel,
            done=42,
            total=42,
            counts={"seen": 42, "created": 38, "updated": 1, "unchanged": 0, "held": 2, "failed": 1},
            calls={"searchOrders": 3, "createShipment": 1},
            refused_calls=2,
            new_problems=1,
        ),
        "failed": add_job(
            workspace,
            JobState.FAILED,
            channel,
            kind="products.export",
            message="store main: It refused the API key. Check e-mail and key with: crossdock store verify main",
        ),
        "waiting": add_job(
            workspace,
            JobState.WAITING,
            channel,
            step="Orders from Amazon",
            done=120,
            total=300,
            waiting_for="Amazon's quota for searchOrders",
            not_before=NOW + timedelta(minutes=2, seconds=58),
            calls={"searchOrders": 6},
            counts={"seen": 120},
        ),
        "running": add_job(
            workspace, JobState.RUNNING, channel, kind="shipments.push", step="Shipments to Amazon", done=7, total=28
        ),
        "queued": add_job(workspace, JobState.QUEUED, channel),
    }
    add_problem(workspace, jobs["finished_with_problems"], "order 113-1111111-1111111")
    add_problem(workspace, jobs["finished_with_problems"], "order 113-2222222-2222222", code="no_payment")
    add_problem(workspace, jobs["finished_with_problems"], "order 113-3333333-3333333", "failed", code="store_said_no")
    add_events(workspace, jobs["waiting"], ["Started by admin.", "Page 1: 100 orders.", "Page 2: 20 orders."])
    add_events(workspace, jobs["waiting"], ["Waiting for Amazon's quota for searchOrders."], level="warning")
    add_events(workspace, jobs["queued"], ["Started by admin."])
    return jobs
