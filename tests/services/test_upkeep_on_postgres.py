"""Deleting personal data and reconciling orders on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import col, select

from core import clock, integrity, retention
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.clockwatch import ClockWatch
from core.doctor.condition import condition
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.orders import actions
from tests.flows.kit import shop
from tests.flows.patient import Seller
from tests.services.conftest import Postgres


def test_personal_data_goes_here_and_in_the_store(
    home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClockWatch, "look", lambda _: None)
    with shop(home, settings={"database_url": postgres.database}, orders=20, other_orders=0) as it:
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"anonymise_orders": True}})
        created = it.import_orders().counts["created"]
        held = [one.order_id for one in actions.list_orders(it.workspace, LOCAL_ADMIN, states=["held"])]
        clock.install(f"{100 * 86_400},1", home)
        with it.workspace.database.read() as session:
            known = len(session.exec(select(AmazonOrder.id)).all())
        assert (it.purge(), it.purge()) == (known, 0)
        with it.workspace.database.read() as session:
            assert session.exec(select(AmazonOrder.id).where(col(AmazonOrder.raw).is_not(None))).all() == []
            told = select(Problem.subject).where(col(Problem.code) == "data_deleted")
            assert set(session.exec(told)) == {f"order {order_id}" for order_id in held}
        assert it.import_orders().counts["updated"] == created
        clock.install(None, home)
        with it.workspace.database.read() as session:
            assert session.exec(select(OrderLink.id).where(col(OrderLink.left_as) != "")).all() == []
        assert all(order.profile["s_phone"] == "" for order in it.sandbox.store.orders.values() if order.email)


def test_a_server_is_looked_at_and_kept_small_by_the_same_rules(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=5, other_orders=0) as it:
        it.import_orders()
        database = it.workspace.database
        assert retention.purge(database, ClockWatch(database)) is False
        integrity.look_daily(database)
        checks = {check.name: check for check in condition(it.workspace, LOCAL_ADMIN)}
        for name in ("integrity", "jobs", "backlog", "quotas", "personal data", "clock history"):
            assert checks[name].ok, checks[name]
        assert checks["integrity"].message.startswith("The database was whole at")


def test_missed_orders_are_found_in_the_report(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=20, other_orders=5) as served:
        it = Seller(served.sandbox, served.workspace, served.channel)
        hidden = next(one.order_id for one in it.sandbox.world.orders if one.expected.outcome == "created")
        it.sandbox.hide_from_search([hidden])
        it.import_orders()
        job = it.reconcile()
        clock.install(None, home)
        assert job.counts["created"] == 1 and it.audit().ok
