"""A client secret is rotated on the test clock while jobs run: none fails, also when the old one has expired."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import select

from core import vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.clockwatch import ClockWatch
from core.fields import mapping as fields
from core.fields.plan.sources import constant
from core.flows import HEARS
from core.jobs.views import JobView
from core.model.account import App
from core.notifications import rotation
from core.retention import purge
from sandbox.sandbox import Sandbox
from sandbox.world.category import CATEGORIES, node_of
from sandbox.world.marketplaces import DE
from tests.flows.kit import connected, sandbox_of
from tests.flows.line import Line
from tests.flows.test_exports import Exports

DAY = 86_400.0
APP = "private"


class Rehearsal(Exports):
    """A shop in which orders come and products go while its clock is moved."""

    def begin(self) -> None:
        """Map what an export needs, and name the queue."""
        self._moving = threading.Lock()
        self._numbers = count(1)
        self.ended: list[JobView] = []
        self.sandbox.set_pace({"queue": 0, "work": 0})
        self.run(categories.refresh_categories(self.workspace, LOCAL_ADMIN, self.channel, direct=True).job_id)
        kind = CATEGORIES[10].product_type
        categories.map_category(self.workspace, LOCAL_ADMIN, self.channel, 10, node_of(DE, 10).node_id, kind)
        for name, told in (("brand", "Sandbrand"), ("country_of_origin", "DE")):
            fields.set_field(self.workspace, LOCAL_ADMIN, name, constant(told), channel=self.channel, product_type=kind)
        told = self.sandbox.credentials()["notifications"]
        registry.edit(self.workspace, LOCAL_ADMIN, {"name": self.channel, "notifications": told})

    def forward(self, seconds: float) -> None:
        with self._moving:
            super().forward(seconds)

    def work(self) -> None:
        """Import a new order and export a new product."""
        number = next(self._numbers)
        self.sandbox.add_order({})
        self.ended.append(self.import_orders())
        self.product(f"R-{number}", 500 + number)
        self.ended.append(self.export(skus=[f"R-{number}"]))

    def work_until(self, over: threading.Event) -> None:
        while not over.is_set():
            self.work()

    def app(self) -> App:
        with self.workspace.database.read() as session:
            return session.exec(select(App)).one()

    def secret_of(self, name: str) -> str:
        return self.sandbox.amazon.access.application(name).client_secret

    def take_secret(self) -> None:
        for _ in range(10):
            if not rotation.state(self.workspace, LOCAL_ADMIN, self.app().name).is_open:
                return
            rotation.look(self.workspace, LOCAL_ADMIN, self.app().name, HEARS, seconds=1)
        raise AssertionError("the new secret never came")


@pytest.fixture
def it(home: Path) -> Iterator[Rehearsal]:
    with (
        sandbox_of(quota_scale=0, orders=1, other_orders=0, products=5, listings=0) as sandbox,
        connected(home, sandbox, aws_url=sandbox.aws_url) as shop,
    ):
        it = Rehearsal(shop.sandbox, shop.workspace, shop.channel)
        it.begin()
        yield it
    vault.close_vault()


def test_P6_no_job_fails_while_the_secret_is_rotated_and_the_old_one_expires(it: Rehearsal) -> None:
    old, over = it.secret_of(APP), threading.Event()
    it.sandbox.set_application(APP, {"enrolled": True})
    jobs = threading.Thread(target=it.work_until, args=(over,))
    jobs.start()
    try:
        rotation.ask(it.workspace, LOCAL_ADMIN, it.app().name)
        it.take_secret()
        for _ in range(9):  # past the end of the week in which Amazon takes the old one
            before = len(it.ended)
            it.forward(DAY)
            while len(it.ended) < before + 4 and jobs.is_alive():
                over.wait(0.02)
    finally:
        over.set()
        jobs.join()
    states = {job.state for job in it.ended}
    assert len(it.ended) >= 9 * 4 and states == {"succeeded"}, [job for job in it.ended if job.state != "succeeded"]
    application = it.sandbox.amazon.access.application(APP)
    assert not application.takes(old, it.sandbox.clock.timestamp())
    assert (it.app().client_secret, it.app().previous_secret) == (it.secret_of(APP), old)
    purge(it.workspace.database, ClockWatch(it.workspace.database))
    assert it.app().previous_secret is None
    it.work()
    assert it.ended[-1].state == "succeeded" and it.audit().ok


def test_a_rotation_by_the_command_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(orders=1, other_orders=0, products=5, quota_scale=0) as sandbox:
        line = Line(sandbox, monkeypatch)
        line.connect()
        name = line.json("app", "list")["apps"][0]["name"]
        by_hand = line.json("app", "rotate", name, "--state")
        assert by_hand["queue"] == "" and {step["state"] for step in by_hand["steps"]} == {"waiting"}
        told = sandbox.credentials()["notifications"]
        line.json("channel", "edit", "--from", "-", document={"name": "de", "notifications": told})
        sandbox.set_application(APP, {"enrolled": True})
        done = line.json("app", "rotate", name, "--wait")
        assert (done["rotated"], done["message"]) == (name, "The new secret is in use.")
        assert [step["state"] for step in done["steps"]] == ["done", "done", "done", "done", "now"]
        assert sandbox.ledger.counts()["amazon"]["rotateApplicationClientSecret"]["calls"] == 1
        assert "The new secret is in use." in line.run("app", "rotate", name, "--state").stdout
        line.json("orders", "import", "--channel", "de", "--direct")
