"""A shop that waits for Amazon's reports and quotas by moving its clocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.actor import LOCAL_ADMIN
from core.flows import FLOWS, runner
from core.jobs import lifecycle
from core.jobs.views import JobView, events_after
from core.keyring import open_keys
from core.model.job import JobState
from core.orders import actions
from core.orders.report_rows import BY_ORDER_DATE
from sandbox.amazon.applications import LIVE
from tests.flows.kit import Shop, shop


class PatientShop(Shop):
    """Runs a job to its end; what the job waits for passes at once, here and in the sandbox."""

    offset = 0.0
    flows = FLOWS

    def run(self, job_id: int) -> JobView:
        for _ in range(80):
            lifecycle.recover(self.workspace.database)
            runner.run(self.workspace, job_id, flows=self.flows)
            job = self.job(job_id)
            if JobState(job.state).is_final:
                return job
            if job.waiting_until is not None:
                self.forward(max(clock.seconds_until(job.waiting_until), 0.0) + 0.01)
        raise AssertionError(f"it does not end: {job}")

    def forward(self, seconds: float) -> None:
        self.offset += seconds
        clock.install(f"{self.offset},1", self.workspace.settings.home)
        self.sandbox.clock.advance(seconds)

    def resume(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Go on in another test of the file: its home, keys and time are this shop's, and calls are counted anew."""
        settings = self.workspace.settings
        monkeypatch.setenv("CROSSDOCK_HOME", str(settings.home))
        open_keys(settings, self.workspace.database)
        clock.install(f"{self.offset},1", settings.home)
        self.sandbox.ledger.clear()


class Seller(PatientShop):
    """A shop that waits for Amazon's reports without waiting."""

    def reconcile(self, channel: str = "", **options: Any) -> JobView:
        asked = actions.reconcile(self.workspace, LOCAL_ADMIN, channel or self.channel, direct=True, **options)
        return self.run(asked.job_id)

    def log(self, job: JobView) -> str:
        return "\n".join(event.text for event in events_after(self.workspace.database, LOCAL_ADMIN, job.id))

    @property
    def reports(self) -> int:
        """Reports of orders that were asked for."""
        return self.asked(BY_ORDER_DATE)

    def asked(self, kind: str) -> int:
        """Reports of a type that were asked for."""
        amazon = self.sandbox.amazon
        return sum(one.type == kind for one in amazon.reports[LIVE].works(amazon.accounts[0].seller_id))

    @property
    def singles(self) -> int:
        return self.calls("amazon", "getOrder")


@contextmanager
def seller(home: Path, **world: Any) -> Iterator[Seller]:
    with shop(home, **({"orders": 24, "other_orders": 10} | world)) as it:
        try:
            yield Seller(it.sandbox, it.workspace, it.channel)
        finally:
            clock.install(None, home)
