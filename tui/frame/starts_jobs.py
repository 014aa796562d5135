"""What screens share that fix or start something: jobs are started, said, and the last fix can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic

from core.actor import Actor
from core.jobs.requests import Requested
from core.workspace import Workspace
from tasks.start import start
from tui.frame.attempts import PORTION
from tui.frame.fixes import Undo
from tui.frame.live import Data, LiveScreen
from tui.frame.starting import offer

UseCase = Callable[[Workspace, Actor, str, Sequence[str]], object]
"""Something of core that is done with some items of a channel, and may start a job."""


class StartsJobs(LiveScreen[Data], Generic[Data]):
    """Starts jobs, and knows the last of them."""

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.started: int | None = None
        self.undo: Undo | None = None
        """How the last fix is taken back, if it can be."""

    def begin(self, work: Callable[[], object], done: str, undo: Undo | None = None) -> None:
        """Run a use case that may ask for jobs, start them, and say so; `done` says what was asked for."""
        self.use(partial(self.started_all, work), partial(self._begun, done, undo))

    def in_portions(self, use_case: UseCase, channel: str, items: Sequence[str]) -> Sequence[Requested]:
        """Do something with any number of items of a channel; gives the jobs that come of it. Runs in a thread."""
        portions = [items[first : first + PORTION] for first in range(0, len(items), PORTION)]
        return [job for some in portions for job in jobs_in(use_case(self.workspace, self.actor, channel, some))]

    def started_all(self, work: Callable[[], object]) -> Sequence[Requested]:
        """Run a use case and start the jobs that come of it; gives them. Runs in a thread."""
        requested = jobs_in(work())
        for job in requested:
            start(self.workspace, job)
        return requested

    def _begun(self, done: str, undo: Undo | None, requested: Sequence[Requested]) -> None:
        self.undo = undo
        self.follow(done, requested)

    def follow(self, done: str, requested: Sequence[Requested]) -> None:
        """Say what was done, and from now on what becomes of the (last) job that came of it.

        Where no worker would run what came of it, the person decides whether it runs here.
        """
        if not requested:
            self.notify(done)
            return
        self.started = requested[-1].job_id
        jobs = " and ".join(str(job.job_id) for job in requested)
        if len(requested) > 1:
            said = f"{done} Jobs {jobs} started."
        else:
            said = f"{done} Job {jobs} {'does that already' if requested[0].joined else 'started'}."
        self.notify(said, job=self.started)
        offer(self, requested)


def jobs_in(answer: object) -> Sequence[Requested]:
    """The jobs in what a use case gave: one, some, or none."""
    found = answer if isinstance(answer, list) else [answer]
    return [job for job in found if isinstance(job, Requested)]
