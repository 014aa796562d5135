"""A database as an earlier schema left it, with a row in every table that the next one changes; on either server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, insert, inspect
from sqlmodel import col, select

from core import clock, vault
from core.database import Database
from core.migrations.runner import ensure_schema, lay_out, migrate
from core.model.job import Job
from core.model.listing import Listing
from core.model.listing_export import ListingExport
from core.model.listing_issue import OF_LISTING, OF_SUBMISSION, ListingIssue
from core.model.operator import Operator
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.schedule import Schedule
from core.packing import packed, unpacked
from core.subjects import Owner
from core.sync.cursors import cursor
from core.workspace import channel_parts

MIGRATIONS = Path(__file__).parents[1] / "core" / "migrations"
FIRST = "0001"
BEFORE_KEYS_ONCE = "0002"
BEFORE_FLOWS = "0004"
BEFORE_ISSUES = "0023"
BEFORE_SEEN = "0024"
CHANGED = {"amazon_order", "audit", "seller_account", "outbox", "problem", "cursor", "job", "order_link"}
"""Tables whose indexes and keys have changed since."""
THEN = datetime(2026, 11, 1, tzinfo=UTC)


def check_upgrade(database: Database) -> None:
    """Fill an empty database by the first schema, bring it to the newest, and look at what became of the rows.

    The vault has to be open.
    """
    fill_first(database)
    ensure_schema(database)
    with database.read() as session:
        channel, account, app, store = channel_parts(session, 1)
        order, problem = session.get_one(AmazonOrder, 1), session.get_one(Problem, 1)
        assert (app.client_secret, account.refresh_token, store.api_key) == ("secret",) * 3
        assert (app.api_mode, app.revision, app.draft_app, store.revision) == ("live", 1, False, 1)
        # What was connected before counts as proven.
        assert account.proven_at == THEN and account.quota_owner == "S"
        assert abs(clock.seconds_until(app.secret_set_at)) < 3600
        assert (channel.name, order.held_by, problem.about) == ("de", "", "")
        assert (order.raw, order.ended_at) == ({}, THEN)
        assert session.get_one(Schedule, 1).paused is False
        assert (problem.owner, problem.flow, problem.channel_id) == ("channel 1", "orders", 1)
        # Whoever asked for shipments before there was such a flow gets them pushed.
        pulled = {"auto_pull_orders_minutes": 15}
        assert channel.settings == pulled | {"push_shipments": True, "auto_push_shipments_minutes": 15}
        query = select(Schedule.stream, Schedule.every_seconds, Schedule.paused).order_by(col(Schedule.stream))
        assert session.exec(query).all() == [
            ("orders", 900, False),
            ("purge", 3_600, False),
            ("reconcile", 86_400, False),
            ("shipments", 900, False),
        ]


def fill_first(database: Database) -> None:
    """Fill an empty database by the first schema. The vault has to be open."""
    _fill(database, FIRST, _rows())


def check_flows(database: Database) -> None:
    """The same from the schema of one flow: what was begun is found by its remote, and belongs to the orders.

    The vault has to be open.
    """
    _fill(database, BEFORE_KEYS_ONCE, [*_rows(), *_work()])
    ensure_schema(database)
    with database.read() as session:
        intents = session.exec(select(OutboxIntent).order_by(col(OutboxIntent.id))).all()
        found = [(one.remote, one.flow, one.state, one.locks, one.evidence) for one in intents]
        assert found == [
            ("store 1", "orders", "waiting", ["product 12", "product 13"], {}),
            ("store 1", "orders", "unknown", [], {"order_id": 7}),
            ("store 1", "orders", "verified", [], {}),
        ]
        assert intents[0].content == {"a": 1}
        assert cursor(session, Owner.seller(1), "orders", "M").position == THEN
        assert session.get_one(Job, 1).scope == "channel 1"


def check_keys_once(database: Database) -> None:
    """The same from the schema that let keys be given twice: rows stay as they are, and known keys are not given again.

    The vault has to be open.
    """
    operators = [("operator", _operator(key, name)) for key, name in ((1, "alice"), (2, "bob"))]
    audit = [("audit", _entry(number, f"operator {name}")) for number, name in enumerate(("alice", "bob", "carl"), 1)]
    audit.append(("audit", {**_entry(4, "job 17"), "action": "job.cancel"}))
    _fill(database, BEFORE_KEYS_ONCE, [*_rows(), *operators, *audit])
    before = _structure(database)
    ensure_schema(database)
    after = _structure(database)
    same = before.keys() - CHANGED
    assert {name: after[name] for name in same if after[name] != before[name]} == {}
    with database.write() as session:
        epochs = [session.get_one(Operator, key).epoch for key in (1, 2)]
        assert len({epoch for epoch in epochs if len(epoch) == 32}) == 2
        if database.is_sqlite:  # there may have been a third operator, and there was a job with the number 17
            dora, job = Operator(name="dora", role="admin"), Job(kind="orders.import")
            session.add_all([dora, job])
            session.flush()
            assert (dora.id, job.id) == (4, 18)


def check_issues(database: Database) -> None:
    """Issues that listings and submissions held as JSON are rows, and errors are counted. The vault has to be open."""
    _fill(database, FIRST, _rows())
    _make(database, BEFORE_ISSUES)
    error = {"code": "18027", "severity": "ERROR", "attribute": "main_image", "message": "Text in it.", "fix": ""}
    told = {"code": "90220", "severity": "ERROR", "attributeNames": ["brand", "color"], "message": "Missing."}
    told["categories"] = ["MISSING_ATTRIBUTE"]
    place = {"account_id": 1, "marketplace_id": "M", "product_type": "", "parent_sku": "", "is_parent": False}
    place |= {"content_hash": "", "dirty": False, "asin": ""}
    texts = dict.fromkeys(("title", "fulfilment", "status", "currency", "row_hash", "read_hash"), "")
    listing = {**place, **texts, "buyable": False, "theme": [], "family_dirty": False, "seen_at": THEN}
    export = {**place, "channel_id": 1, "product_id": 1, "requirements": "", "submission_id": "", "route": ""}
    export |= {"state": "issues", "state_at": THEN, "repaired": {}, "looks": 0}
    rows = [
        ("listing", {**listing, "sku": "A", "issues": [error, {**error, "severity": "WARNING"}], "issue_count": 2}),
        ("listing", {**listing, "sku": "B", "issues": []}),
        ("listing_export", {**export, "sku": "C", "issues": [told]}),
    ]
    _insert(database, rows)
    ensure_schema(database)
    with database.read() as session:
        found = session.exec(select(ListingIssue).order_by(col(ListingIssue.id))).all()
        assert [(one.sku, one.source, one.code, one.severity, one.attribute, one.category) for one in found] == [
            ("A", OF_LISTING, "18027", "ERROR", "main_image", ""),
            ("A", OF_LISTING, "18027", "WARNING", "main_image", ""),
            ("C", OF_SUBMISSION, "90220", "ERROR", "brand, color", "MISSING_ATTRIBUTE"),
        ]
        counted = session.exec(select(Listing.sku, Listing.error_count).order_by(col(Listing.sku))).all()
        assert counted == [("A", 1), ("B", 0)]


def check_watched(database: Database) -> None:
    """Of what was there before no more stays known than what was sent; what was exported stays as it is.

    The vault has to be open.
    """
    _fill(database, FIRST, _rows())
    _make(database, BEFORE_SEEN)
    place = {"account_id": 1, "marketplace_id": "M", "product_type": "", "parent_sku": "", "is_parent": False}
    place |= {"content_hash": "h", "dirty": False, "asin": "", "next_look": THEN, "channel_id": 1, "product_id": 1}
    place |= {"requirements": "", "submission_id": "", "route": "", "state_at": THEN, "repaired": {}, "looks": 0}
    told = packed({"brand": ["B"], "color": ["C"]})
    states = {"OURS": ("buyable", None), "SEEN": ("watched", None), "PARTLY": ("buyable", ["brand"])}
    rows = [
        ("listing_export", {**place, "sku": sku, "state": state, "written": written, "attributes": told})
        for sku, (state, written) in states.items()
    ]
    _insert(database, rows)
    ensure_schema(database)
    with database.read() as session:
        found = {row.sku: row for row in session.exec(select(ListingExport))}
        told_now = {sku: row.attributes and unpacked(row.attributes) for sku, row in found.items()}
        assert told_now == {"OURS": {"brand": ["B"], "color": ["C"]}, "SEEN": None, "PARTLY": {"brand": ["B"]}}
        now = {sku: (row.state, row.product, row.next_look, row.dirty) for sku, row in found.items()}
        anew = ("watched", None, None, True)
        assert now == {"OURS": ("buyable", None, THEN, False), "SEEN": anew, "PARTLY": anew}


def check_new_is_as_migrated(new: Database, migrated: Database) -> None:
    """Lay out the one empty database and migrate the other: every table has the same columns, keys and indexes."""
    lay_out(new)
    migrate(migrated, None)
    assert _structure(new) == _structure(migrated)
    assert _columns(new) == _columns(migrated)


def _columns(database: Database) -> dict[str, Any]:
    """Name, type, whether it may be empty, and primary keys, by table; what old rows were filled with aside."""
    found = inspect(database.engine)
    return {
        table: (
            sorted((one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(table)),
            found.get_pk_constraint(table)["constrained_columns"],
        )
        for table in found.get_table_names()
    }


def _structure(database: Database) -> dict[str, Any]:
    """Indexes, unique and foreign keys by table."""
    found = inspect(database.engine)
    return {
        table: [
            sorted(str({**index, "dialect_options": _texts(index)}) for index in found.get_indexes(table)),
            sorted(map(str, found.get_unique_constraints(table))),
            sorted(map(str, found.get_foreign_keys(table))),
        ]
        for table in found.get_table_names()
    }


def _texts(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def _operator(key: int, name: str) -> dict[str, Any]:
    return {"id": key, "name": name, "role": "admin", "disabled": False, "created_at": THEN}


def _entry(key: int, subject: str) -> dict[str, Any]:
    return {"id": key, "at": THEN, "operator": "admin", "action": "operator.add", "subject": subject, "detail": {}}


def empty_database(file: Path, revision: str) -> None:
    """Make a SQLite database with the schema of a revision."""
    database = Database(f"sqlite:///{file}")
    _make(database, revision)
    database.close()


def _make(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _fill(database: Database, revision: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
    _make(database, revision)
    _insert(database, rows)


def _insert(database: Database, rows: list[tuple[str, dict[str, Any]]]) -> None:
    tables = MetaData()
    tables.reflect(database.engine)
    with database.write() as session:
        for name, row in rows:
            session.connection().execute(insert(tables.tables[name]).values(**row))


def _work() -> list[tuple[str, dict[str, Any]]]:
    """A job with a write that waits, one whose outcome is not known, and one that has ended."""
    common = {"store_id": 1, "channel_id": 1, "job_id": 1, "kind": "order.create", "step": "", "message": ""}
    common |= {"created_at": THEN, "updated_at": THEN, "attempts": 0}
    states = (("waiting", [12, 13], {}), ("unknown", [], {"order_id": 7}), ("verified", [14], {}))
    intents = [
        {"id": number, "subject": f"order {number}", "state": state, "products": products, "evidence": evidence}
        for number, (state, products, evidence) in enumerate(states, 1)
    ]
    content = {"content": vault.encrypt('{"a":1}')}
    job = {"params": {}, "checkpoint": {}, "counts": {}, "calls": {}, "state": "interrupted", "channel_name": "de"}
    job |= {"cancel_requested": False, "created_at": THEN}
    job |= dict.fromkeys(("requested_by", "runs_in", "owner", "step", "waiting_for", "message"), "")
    job |= dict.fromkeys(("resumes", "done", "refused_calls", "exit_code", "setbacks"), 0)
    return [
        (
            "job",
            {"id": 1, "kind": "orders.import", "channel_id": 1, **job, "cancel_requested": False, "created_at": THEN},
        ),
        *(("outbox", {**common, **intent, **content}) for intent in intents),
        ("cursor", {"id": 1, "account_id": 1, "stream": "orders", "scope": "M", "position": THEN, "window": {}}),
    ]


def _rows() -> list[tuple[str, dict[str, Any]]]:
    secret = vault.encrypt("secret")
    when = {"created_at": THEN, "updated_at": THEN, "seen_at": THEN}
    order = {"order_id": "1", "marketplace_id": "M", "status": "SHIPPED", "fulfilled_by": "MERCHANT", "currency": "EUR"}
    flags = {"item_count": 1, "fingerprint": "f", "partial": False, "fault": "", "dirty": True}
    store = {"url": "https://shop.example", "email": "api@shop.example", "currency": "EUR", "edition": ""}
    probed = {"api_form": "rewrite", "api_version": "2.1", "product_version": "", "capabilities": {}, "prepared": {}}
    channel = {"marketplace_id": "M", "app_mode": "private", "app_status": "active", "enabled": True}
    channel |= {"settings": {"push_shipments": True, "auto_pull_orders_minutes": 15}}
    channel |= {"connected_at": THEN, "revision": 1}
    problem = {"subject": "order 1", "code": "sku_unknown", "message": "", "fix": ""}
    account = {"region": "eu", "api_mode": "live", "seller_id": "S", "state": "ok", "state_reason": ""}
    return [
        ("app", {"id": 1, "name": "a", "mode": "private", "client_id": "c", "client_secret": secret}),
        ("seller_account", {"id": 1, "app_id": 1, **account, "refresh_token": secret, "authorized_at": THEN}),
        ("store", {"id": 1, "name": "s", **store, **probed, "api_key": secret, "concurrency": 4, "created_at": THEN}),
        ("channel", {"id": 1, "name": "de", "account_id": 1, "store_id": 1, **channel}),
        ("amazon_order", {"id": 1, "account_id": 1, **order, **flags, **when, "raw": vault.encrypt("{}")}),
        ("problem", {"id": 1, "channel_id": 1, **problem, "first_seen": THEN, "last_seen": THEN}),
        ("schedule", {"channel_id": 1, "stream": "orders", "every_minutes": 15, "next_run": THEN}),
    ]
