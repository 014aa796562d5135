"""What `channel verify` finds out, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import apps, clock
from core.actor import LOCAL_ADMIN
from core.amazon.operations import MARKETPLACE_PARTICIPATIONS
from core.channels import registry
from core.channels.verification import verify
from core.checks import Check
from core.errors import RemoteBusy
from sandbox.amazon.applications import LISTINGS_ROLE, ORDERS_ROLE, PII_ROLE
from tests.flows.kit import Shop, shop


@pytest.fixture
def connected_shop(home: Path) -> Iterator[Shop]:
    with shop(home, orders=20, other_orders=0, products=20) as it:
        yield it


def found(it: Shop) -> dict[str, Check]:
    checks, failure = verify(it.workspace, LOCAL_ADMIN, it.channel)
    assert failure is None
    return {check.name: check for check in checks}


def amazon_calls(it: Shop) -> dict[str, int]:
    counts = it.sandbox.ledger.counts()["amazon"]
    return {name: row["calls"] for name, row in counts.items() if name != "token"}


def test_everything_works_for_three_cheap_calls(connected_shop: Shop) -> None:
    it = connected_shop
    before = amazon_calls(it)
    checks = found(it)
    spent = {name: calls - before.get(name, 0) for name, calls in amazon_calls(it).items()}
    assert spent == {"getMarketplaceParticipations": 1, "getOrder": 1, "searchListingsItems": 1}
    assert all(checks[name].ok for name in checks if not name.startswith("store: "))
    assert "Not tested yet" in checks["role: names and addresses"].message
    assert "in 180 days" in checks["client secret"].message or "in 179 days" in checks["client secret"].message
    assert "authorization" not in checks  # a private app authorizes itself

    it.import_orders(plan_only=True)
    assert found(it)["role: names and addresses"].message == "Orders come with names and addresses."


def test_a_missing_role_is_named_where_it_is_needed(connected_shop: Shop) -> None:
    it = connected_shop
    it.import_orders(plan_only=True)
    it.sandbox.set_application("private", {"roles": [ORDERS_ROLE]})
    checks = found(it)
    names, listings = checks["role: names and addresses"], checks["role: listings"]
    assert not names.ok and "Direct-to-Consumer Shipping (Restricted)" in names.message
    assert "address_incomplete" in names.message and "authorize the app again" in names.fix
    assert not listings.ok and "Product Listing" in listings.message
    assert checks["role: orders"].ok

    no_products = {"sync_products": False, "pull_products": False, "push_products": False, "fulfilment": "amazon"}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": no_products})
    checks = found(it)
    assert checks["role: names and addresses"].ok and checks["role: listings"].ok
    assert "lacks the role" in checks["role: listings"].message

    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"push_stock": True}})
    assert not found(it)["role: listings"].ok  # by itself: products need not be synced for it

    it.sandbox.set_application("private", {"roles": [LISTINGS_ROLE, PII_ROLE], "denied": ["getOrder"]})
    assert not found(it)["role: orders"].ok


def test_what_amazon_does_not_tell_is_no_failure(connected_shop: Shop) -> None:
    it = connected_shop
    it.fault("amazon", "getOrder", "error_500", times=-1)
    it.fault("amazon", "searchListingsItems", "malformed", times=-1)
    checks = found(it)
    for name in ("role: orders", "role: names and addresses", "role: listings", "role: reports"):
        assert checks[name].ok and "Not tested yet" in checks[name].message


def test_a_vacation_shows(connected_shop: Shop) -> None:
    it = connected_shop
    seller = registry.show(it.workspace, LOCAL_ADMIN, it.channel).seller_id
    it.sandbox.set_vacation(seller, "DE", True)
    assert "vacation" in found(it)["marketplace"].message


def test_a_used_up_quota_is_bridged_by_the_last_answer_of_the_day(connected_shop: Shop, home: Path) -> None:
    it = connected_shop
    found(it)
    view = registry.show(it.workspace, LOCAL_ADMIN, it.channel)
    bucket = f"live/{view.client_id}/{view.seller_id}/{MARKETPLACE_PARTICIPATIONS.name}"
    clock.install("7200,1", home)
    it.workspace.quotas.refused(bucket, MARKETPLACE_PARTICIPATIONS.plan, retry_after=3_600)
    assert "as Amazon told at" in found(it)["marketplace"].message
    clock.install("100000,1", home)
    it.workspace.quotas.refused(bucket, MARKETPLACE_PARTICIPATIONS.plan, retry_after=3_600)
    checks, failure = verify(it.workspace, LOCAL_ADMIN, it.channel)
    assert isinstance(failure, RemoteBusy) and "used up until" in failure.what
    assert not next(check for check in checks if check.name == "amazon").ok


def test_secrets_and_modes_are_counted_down_and_named(connected_shop: Shop, home: Path) -> None:
    it = connected_shop
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "app_status": "draft"})
    name = registry.show(it.workspace, LOCAL_ADMIN, it.channel).app
    soon = clock.after(20 * 86_400).isoformat()
    apps.edit(it.workspace, LOCAL_ADMIN, {"name": name, "secret_expires_at": soon})
    checks = found(it)
    assert checks["client secret"].ok and "app rotate" in checks["client secret"].fix
    assert "nothing is changed on Amazon" in checks["app status"].message
    clock.install(f"{21 * 86_400},1", home)
    it.sandbox.clock.advance(21 * 86_400)
    assert not found(it)["client secret"].ok
