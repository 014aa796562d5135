"""One seller of many takes the authorization back: the others go on, and Amazon is hardly asked about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry, removal
from core.channels.verification import verify
from core.errors import AuthorizationError
from core.jobs.views import JobView, list_jobs
from core.orders import actions as orders
from sandbox.faults import TOKEN_OPERATION
from sandbox.sandbox import Sandbox
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop, connected

SELLERS = 20
EVERY = 30
GONE = "de-7"
"""The channel whose seller revokes; there is another one of the same seller."""
GONE_TOO = "fr-7"


class Agency:
    """Twenty sellers whose schedules are due every half hour; time moves by `later` alone."""

    def __init__(self, shop: Shop, home: Path) -> None:
        self.shop = shop
        self.home = home
        self.dispatcher = Dispatcher(shop.workspace.settings)
        self.minutes = 0
        settings = {
            "use_queue": False,
            "auto_pull_orders_minutes": EVERY,
            "orders_from": clock.now().isoformat(),  # nothing to deliver: this is about who may ask
        }
        workspace = shop.workspace
        registry.edit(workspace, LOCAL_ADMIN, {"name": shop.channel, "settings": settings})
        for document in shop.sandbox.credentials()["channels"][1:]:
            registry.add(workspace, LOCAL_ADMIN, document | {"settings": settings})
        joined = {"name": GONE_TOO, "seller_of": GONE, "country": "FR", "company_id": 1, "settings": settings}
        registry.add(workspace, LOCAL_ADMIN, joined)

    def later(self, minutes: int = EVERY + 1) -> list[JobView]:
        """Let time pass on both sides and run what is due; returns the jobs that ran and ask Amazon."""
        self.minutes += minutes
        clock.install(f"{self.minutes * 60},1", self.home)
        self.shop.sandbox.clock.advance(minutes * 60)
        before = {job.id for job in self._jobs()}
        for run in start_due(self.shop.workspace, self.dispatcher):
            run.wait()
        return [job for job in self._jobs() if job.id not in before]

    def _jobs(self) -> list[JobView]:
        found = list_jobs(self.shop.workspace.database, LOCAL_ADMIN, limit=10_000)
        return [job for job in found if job.kind != "orders.purge"]

    def refused_token_calls(self) -> int:
        """How often Amazon has been asked about a dead token."""
        entries = self.shop.sandbox.ledger.entries("amazon", TOKEN_OPERATION, 10_000)
        return sum(entry.status == 400 for entry in entries)

    def verify(self) -> int:
        """What `channel verify` would exit with, for the channel that is gone."""
        _, failure = verify(self.shop.workspace, LOCAL_ADMIN, GONE)
        return failure.exit_code if failure else 0


@pytest.fixture
def agency(home: Path) -> Iterator[Agency]:
    size = {"orders": 5, "other_orders": 0, "products": 5, "sellers": SELLERS, "quota_scale": 0}
    with Sandbox(**size) as sandbox, connected(home, sandbox) as shop:
        yield Agency(shop, home)


def test_P9_nineteen_go_on_and_the_revoked_one_asks_once_an_hour(agency: Agency) -> None:
    workspace = agency.shop.workspace
    first = agency.later()
    assert len(first) == SELLERS + 1 and {job.state for job in first} == {"succeeded"}

    gone = registry.show(workspace, LOCAL_ADMIN, GONE)
    agency.shop.sandbox.revoke(gone.seller_id)
    second = {job.channel: job for job in agency.later()}
    failed = {name for name, job in second.items() if job.state == "failed"}
    assert failed == {GONE, GONE_TOO} and len(second) == SELLERS + 1
    assert "crossdock channel edit" in second[GONE].message
    assert agency.refused_token_calls() == 1

    # Its schedules rest, people are told without a call, and everybody else is served.
    third = agency.later(EVERY - 1)
    assert third == []
    with pytest.raises(AuthorizationError, match="authorized again"):
        orders.import_orders(workspace, LOCAL_ADMIN, GONE, direct=True)
    assert [agency.verify() for _ in range(3)] == [3, 3, 3]
    assert agency.refused_token_calls() == 1
    for name in (GONE, GONE_TOO):
        view = registry.show(workspace, LOCAL_ADMIN, name)
        assert view.state == "needs_authorization" and "refused" in view.state_reason

    fourth = agency.later()
    assert {job.state for job in fourth} == {"succeeded"} and len(fourth) == SELLERS - 1
    assert not {GONE, GONE_TOO} & {job.channel for job in fourth}
    assert [agency.verify() for _ in range(3)] == [3, 3, 3]
    assert agency.refused_token_calls() == 2

    # Credentials that nobody has tried wake nobody up.
    document = next(one for one in agency.shop.sandbox.credentials()["channels"] if one["name"] == GONE)
    registry.add(workspace, LOCAL_ADMIN, document | {"name": "it-7", "country": "IT"}, verify=False)
    assert registry.show(workspace, LOCAL_ADMIN, "it-7").state == "needs_authorization"
    removal.remove(workspace, LOCAL_ADMIN, "it-7")

    # The seller gives the consent again: what was due runs at once, for both marketplaces.
    agency.shop.sandbox.restore(gone.seller_id)
    registry.edit(workspace, LOCAL_ADMIN, {"name": GONE, "refresh_token": document["refresh_token"]})
    fifth = agency.later(1)
    assert {job.channel: job.state for job in fifth} == {GONE: "succeeded", GONE_TOO: "succeeded"}
    assert agency.verify() == 0


def test_P6_a_dead_client_secret_parks_its_app_until_another_one_is_entered(home: Path) -> None:
    size = {"orders": 5, "other_orders": 0, "products": 5, "quota_scale": 0}
    with Sandbox(**size) as sandbox, connected(home, sandbox) as shop:
        workspace = shop.workspace
        for _ in range(2):  # the week of grace is for the one before
            sandbox.rotate_secret("private")
        workspace.login()._tokens.clear()
        assert shop.import_orders().state == "failed"
        view = registry.show(workspace, LOCAL_ADMIN, shop.channel)
        assert view.state == "needs_secret"
        calls = shop.calls("amazon", TOKEN_OPERATION)
        with pytest.raises(AuthorizationError, match="client secret") as caught:
            shop.import_orders()
        assert "crossdock channel edit" in caught.value.next_step
        _, failure = verify(workspace, LOCAL_ADMIN, shop.channel)
        assert failure is not None and shop.calls("amazon", TOKEN_OPERATION) == calls
        secret = sandbox.amazon.access.application("private").client_secret
        registry.edit(workspace, LOCAL_ADMIN, {"name": shop.channel, "client_secret": secret})
        assert registry.show(workspace, LOCAL_ADMIN, shop.channel).state == "ok"
        assert shop.import_orders().state.is_final and shop.audit().ok
