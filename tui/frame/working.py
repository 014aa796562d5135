"""What lists share whose rows can be worked on: starting jobs, and one line that follows the last of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from core.jobs import views
from core.jobs.views import JobView
from tui.frame.attempts import Outcome, attempt, refused_lines
from tui.frame.browse import Browse
from tui.frame.job_line import started_line
from tui.frame.starts_jobs import StartsJobs, UseCase, jobs_in
from tui.frame.window import Detail, Filter, Snapshot, View
from tui.keymap import spoken
from tui.text import foreign
from tui.widgets.fixed import FixedText
from tui.widgets.text_modal import TextModal


class WorkingScreen(StartsJobs[Snapshot[Filter, View, Detail]], Browse[Filter, View, Detail]):
    """Starts jobs and says in one line what became of the last one."""

    ITEM: ClassVar[str] = "item"
    """What a row is, in one word."""

    # -- for subclasses -----------------------------------------------------------------------------------

    def item_of(self, view: View) -> tuple[str, str]:
        """The channel of a row, and what core knows it by."""
        raise NotImplementedError

    def state_of(self, view: View) -> Content:
        """What became of a row, as it stands over its details."""
        return Content("")

    def heading(self, view: View) -> tuple[Content, Content]:
        """What it is called and its channel, and its state."""
        channel, name = self.item_of(view)
        return Content("  ").join([foreign(word) for word in (name, channel) if word]), self.state_of(view)

    def body(self) -> Iterable[Widget]:
        """List, details, and the line about the job."""
        yield from super().body()
        yield FixedText(id="started")

    # -- doing --------------------------------------------------------------------------------------------

    def with_marked(self, use_case: UseCase, done: str) -> None:
        """Do something with the marked rows, or the one under the cursor; `done` says what was done."""
        keys = self.marked
        if not keys:
            self.notify_nothing_chosen()
            return
        self.use(partial(self._attempted, use_case, keys), partial(self._say_outcome, done))

    def _attempted(self, use_case: UseCase, keys: Sequence[int]) -> Outcome:
        """Do something with rows, and start the jobs that come of it. Runs in a thread."""
        rows = {key: self.item_of(view) for key, view in self.rows(keys).items()}
        outcome = attempt(lambda channel, items: jobs_in(use_case(self.workspace, self.actor, channel, items)), rows)
        self.started_all(lambda: outcome.requested)
        return outcome

    def _say_outcome(self, done: str, outcome: Outcome) -> None:
        """Say what was done; what was refused stays marked, and the reasons are listed."""
        refused = len(outcome.refused)
        self.table.mark(frozenset(outcome.refused))
        if outcome.done:
            what = f"The {self.ITEM} is" if outcome.done + refused == 1 else f"{outcome.done:,} {self.ITEM}s are"
            self.follow(f"{what} {done}.", outcome.requested)
        if refused:
            title = f"{refused:,} of {outcome.done + refused:,} {self.ITEM}s are not {done} and stay marked"
            self.app.push_screen(TextModal(title, list(refused_lines(outcome))))

    # -- following ----------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], Snapshot[Filter, View, Detail]]:
        """The list, and the job that was started here last."""
        return partial(self._with_started, super().reader(), self.started)

    def _with_started(
        self, read: Callable[[], Snapshot[Filter, View, Detail]], started: int | None
    ) -> Snapshot[Filter, View, Detail]:
        job = None if started is None else views.get_job(self.workspace.database, self.actor, started)
        return replace(read(), started=job)

    def show(self, data: Snapshot[Filter, View, Detail]) -> None:
        """Show a snapshot, with what became of the job."""
        super().show(data)
        self._show_started(data.started)

    def _show_started(self, job: JobView | None) -> None:
        line = self.query_one("#started", FixedText)
        line.display = job is not None
        if job is not None:
            key = spoken(self.app, "{app.open_job} goes to it")
            line.set_text(started_line(job, self.size.width - line.gutter.width, key))
