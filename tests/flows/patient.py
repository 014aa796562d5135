"""A shop that waits for Amazon's reports and quotas by moving its clocks."""

from __future__ import annotations

from core import clock
from core.flows import FLOWS, runner
from core.jobs import lifecycle
from core.jobs.views import JobView
from core.model.job import JobState
from tests.flows.kit import Shop


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
