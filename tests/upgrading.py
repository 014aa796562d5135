"""A database as the first schema left it, with a row in every table that the next one changes; on either server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, insert

from core import clock, vault
from core.database import Database
from core.migrations.runner import ensure_schema
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.model.schedule import Schedule
from core.workspace import channel_parts

MIGRATIONS = Path(__file__).parents[1] / "core" / "migrations"
FIRST = "0001"
THEN = datetime(2026, 11, 1, tzinfo=UTC)


def check_upgrade(database: Database) -> None:
    """Fill an empty database by the first schema, bring it to the newest, and look at what became of the rows.

    The vault has to be open.
    """
    _fill(database)
    ensure_schema(database)
    with database.read() as session:
        channel, account, app, store = channel_parts(session, 1)
        order, problem = session.get_one(AmazonOrder, 1), session.get_one(Problem, 1)
        assert (app.client_secret, account.refresh_token, store.api_key) == ("secret",) * 3
        assert (app.api_mode, app.revision, app.draft_app, store.revision) == ("live", 1, False, 1)
        assert abs(clock.seconds_until(app.secret_set_at)) < 3600
        assert (channel.name, order.held_by, problem.about) == ("de", "", "")
        assert session.get_one(Schedule, 1).paused is False


def _fill(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
    tables = MetaData()
    tables.reflect(database.engine)
    with database.write() as session:
        for name, row in _rows():
            session.connection().execute(insert(tables.tables[name]).values(**row))


def _rows() -> list[tuple[str, dict[str, Any]]]:
    secret = vault.encrypt("secret")
    when = {"created_at": THEN, "updated_at": THEN, "seen_at": THEN}
    order = {"order_id": "1", "marketplace_id": "M", "status": "SHIPPED", "fulfilled_by": "MERCHANT", "currency": "EUR"}
    flags = {"item_count": 1, "fingerprint": "f", "partial": False, "fault": "", "dirty": True}
    store = {"url": "https://shop.example", "email": "api@shop.example", "currency": "EUR", "edition": ""}
    probed = {"api_form": "rewrite", "api_version": "2.1", "product_version": "", "capabilities": {}, "prepared": {}}
    channel = {"marketplace_id": "M", "app_mode": "private", "app_status": "active", "enabled": True, "settings": {}}
    channel |= {"connected_at": THEN, "revision": 1}
    problem = {"subject": "order 1", "code": "sku_unknown", "message": "", "fix": ""}
    account = {"region": "eu", "api_mode": "live", "seller_id": "S", "state": "ok", "state_reason": ""}
    return [
        ("app", {"id": 1, "name": "a", "mode": "private", "client_id": "c", "client_secret": secret}),
        ("seller_account", {"id": 1, "app_id": 1, **account, "refresh_token": secret, "authorized_at": THEN}),
        ("store", {"id": 1, "name": "s", **store, **probed, "api_key": secret, "concurrency": 4, "created_at": THEN}),
        ("channel", {"id": 1, "name": "de", "account_id": 1, "store_id": 1, **channel}),
        ("amazon_order", {"id": 1, "account_id": 1, **order, **flags, **when}),
        ("problem", {"id": 1, "channel_id": 1, **problem, "first_seen": THEN, "last_seen": THEN}),
        ("schedule", {"id": 1, "channel_id": 1, "stream": "orders", "every_minutes": 15, "next_run": THEN}),
    ]
