"""What screens that mend problems share: starting jobs, and one line that follows the last of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, Protocol, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.actor import Actor
from core.jobs.requests import Requested
from core.jobs.views import JobView
from core.workspace import Workspace
from tasks.start import start
from tui.keymap import spoken
from tui.screens.jobs import NO_WORKER
from tui.screens.jobs_text import COUNTS, situation
from tui.screens.live import LiveScreen
from tui.text import foreign
from tui.widgets.fixed import FixedText
from tui.widgets.state import state_label

UseCase = Callable[[Workspace, Actor, str, Sequence[str]], object]
"""Something of core that is done with some orders of a channel, and may start a job."""

PORTION = 1_000
"""Orders that core takes at once."""


class Followed(Protocol):
    """What a reading of such a screen holds."""

    @property
    def started(self) -> JobView | None:
        """The job that was started here last."""

    @property
    def workers(self) -> int:
        """Workers that are alive."""


Data = TypeVar("Data", bound=Followed)


class FixingScreen(LiveScreen[Data]):
    """Starts jobs and says in one line what became of the last one."""

    AUTO_FOCUS = "Table"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("O", "started", "Started job", show=False, id="fixing.started", tooltip="To the job that began here"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self.started: int | None = None

    def notices(self) -> Sequence[str]:
        """No worker."""
        return (NO_WORKER,) if self.read is not None and self.read.workers == 0 else ()

    def begin(self, work: Callable[[], object], done: str) -> None:
        """Run a use case that may ask for jobs, start them, and say so; `done` says what was asked for."""
        self.use(partial(self._started, work), partial(self.follow, done))

    def in_portions(self, use_case: UseCase, channel: str, numbers: Sequence[str]) -> Sequence[Requested]:
        """Do something with any number of orders of a channel; gives the jobs that come of it. Runs in a thread."""
        portions = [numbers[first : first + PORTION] for first in range(0, len(numbers), PORTION)]
        return [job for some in portions for job in _jobs(use_case(self.workspace, self.actor, channel, some))]

    def _started(self, work: Callable[[], object]) -> Sequence[Requested]:
        requested = _jobs(work())
        for job in requested:
            start(self.workspace, job)
        return requested

    def follow(self, done: str, requested: Sequence[Requested]) -> None:
        """Say what was done, and from now on what becomes of the (last) job that came of it."""
        if not requested:
            self.tell(done)
            return
        self.started = requested[-1].job_id
        jobs = " and ".join(str(job.job_id) for job in requested)
        if len(requested) > 1:
            self.tell(f"{done} Jobs {jobs} do it.")
        else:
            self.tell(f"{done} Job {jobs} {'does that already' if requested[0].joined else 'does it'}.")

    def show_started(self, job: JobView | None) -> None:
        """Bring the line about the last job up to date."""
        line = self.query_one("#started", FixedText)
        line.display = job is not None
        if job is not None:
            key = spoken(self.app, "{fixing.started} goes to it")
            line.say(started_line(job, self.size.width - line.gutter.width, key))

    def action_started(self) -> None:
        """Go to the job that was started here last."""
        if self.started is None:
            self.tell("No job was started here yet.")
        else:
            self.frame.go("jobs", job=self.started)


def _jobs(answer: object) -> Sequence[Requested]:
    """The jobs in what a use case gave: one, some, or none."""
    found = answer if isinstance(answer, list) else [answer]
    return [job for job in found if isinstance(job, Requested)]


def started_line(job: JobView, width: int, key: str) -> Content:
    """What became of a job, and the key that leads to it."""
    head = Content.assemble((f"Job {job.id}", "bold"), " ", state_label(job.state), " ")
    end = Content(f" ({key})")
    room = max(width - head.cell_length - end.cell_length, 0)
    counted = ", ".join(f"{job.counts[name]} {name}" for name in COUNTS if job.counts.get(name))
    said = counted if job.state.is_final and counted and not job.message else situation(job, room)
    return head + foreign(said).truncate(room, ellipsis=True) + end
