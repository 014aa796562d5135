"""Jobs: what runs, waits and has ended, back to the first; its log, problems and numbers; cancel and retry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from core.actor import Actor
from core.jobs import requests
from core.jobs.requests import Requested
from core.jobs.views import JobView, get_job
from core.workspace import Workspace
from tasks.start import start
from tui.screens.job_detail import JobDetail
from tui.screens.jobs_data import ALL, SELECTIONS, JobsRead, Known, Wish, read_jobs
from tui.screens.jobs_text import COLUMNS, job_row, selections_line
from tui.screens.live import LiveScreen
from tui.widgets.confirm import Confirm
from tui.widgets.fixed import FixedText
from tui.widgets.paged import PagedRows
from tui.widgets.table import Table
from tui.widgets.text_modal import TextModal

NO_WORKER = "No worker is running: queued jobs wait. Start one with: crossdock worker"
NO_JOBS = "No job has run yet.\n\nStart the first one with: crossdock orders import --channel NAME"
NONE_FITS = "No job is {}.\n\n{{jobs.next}} shows others."


class JobsScreen(LiveScreen[JobsRead]):
    """The list of jobs beside or above the one it points at."""

    HELP = (
        "Every job there ever was, the newest first. {jobs.next} shows those at work or waiting only, then those"
        " that ended with problems. A job goes on in the worker, whether it is looked at or not."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "details", "Details", show=False, id="jobs.details", tooltip="Into the details; escape leads back"
        ),
        Binding("escape", "list", "List", show=False, id="jobs.list", tooltip="Back to the list of jobs"),
        Binding("c", "cancel", "Cancel", id="jobs.cancel", tooltip="End the job between two items"),
        Binding("r", "retry", "Retry", id="jobs.retry", tooltip="Run the failed items of an ended job again"),
        Binding("right", "select(1)", "Filter", show=False, id="jobs.next", tooltip="All, active, problems"),
        Binding("left", "select(-1)", "Filter back", show=False, id="jobs.previous"),
        Binding("l", "open('log')", "Log", show=False, id="jobs.log", tooltip="What the job has told so far"),
        Binding("p", "open('problems')", "Problems", show=False, id="jobs.problems", tooltip="What is held or failed"),
        Binding("s", "open('summary')", "Summary", show=False, id="jobs.summary", tooltip="Counts, calls and times"),
        Binding("v", "view", "View", show=False, id="jobs.view", tooltip="The open tab over the whole screen; copies"),
    ]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._go_to: int | None = None
        self._selection = self._shown = ALL
        self._listed_as_of: tuple[object, ...] = ()
        self._total = 0
        self._rows = PagedRows(len(COLUMNS), lambda _, job: job_row(job), self.refresh_now)

    def body(self) -> Iterable[Widget]:
        """The list and the details."""
        with Vertical(id="list"):
            yield FixedText(id="selections")
            yield Table(COLUMNS, id="jobs")
        yield JobDetail()

    # -- data -----------------------------------------------------------------------------------------------

    def reader(self) -> Callable[[], JobsRead]:
        """Read what is in view, what is new of the job under the cursor, and the list when it may have changed."""
        same = self._shown == self._selection
        top = self._table.in_view.start if same else 0
        known = self._detail.known
        wanted = self._go_to or self._table.key
        # What has ended changes no more.
        active = [key for key in self._rows.keys[top : self._table.in_view.stop] if self._is_active(key)]
        wish = Wish(
            selection=self._selection,
            listed_as_of=self._listed_as_of if same else (),
            in_view=range(top, top + max(self._table.size.height, 1)),
            unread=list({*self._rows.unread(self._table.in_view), *active}),
            known=known if wanted == known.job_id else Known(wanted),
        )
        return partial(read_jobs, self.workspace, self.actor, wish)

    def nothing(self, data: JobsRead) -> str:
        """How the first job comes about, or the way out of a filter that nothing fits."""
        if data.keys is not None:
            self._total = data.keys.total
        if not self._total:
            return NO_JOBS
        none = not (self._rows.keys if data.keys is None else data.keys.keys)
        return NONE_FITS.format(data.selection) if none else ""

    def show(self, data: JobsRead) -> None:
        """Show a reading."""
        first = None
        if data.keys is not None:
            if data.selection != self._shown and self._table.key not in data.keys.keys:
                first = data.keys.keys[0]
            self._listed_as_of, self._shown = data.listed_as_of, data.selection
            self._rows.replace(data.keys.keys)
            self.query_one("#selections", FixedText).say(selections_line(data.selection, data.keys))
        self._rows.arrived(data.asked, data.rows)
        self._table.show(self._rows, key=self._go_to or first)
        if self._table.key == self._go_to:
            self._go_to = None
        # The cursor may have moved on since this was asked; the reading for its new place is on the way.
        if data.job is not None and self._table.key == data.job.id:
            self._detail.show(data.job, data.events, data.problems)

    def notices(self) -> Sequence[str]:
        """No worker."""
        return (NO_WORKER,) if self.read is not None and self.read.workers == 0 else ()

    def focus_on(self, *, job: int) -> None:
        """Put the cursor on a job."""
        self._go_to, self._selection = job, ALL
        self.refresh_before_keys()

    @on(Table.Highlighted)
    def _read_highlighted(self, event: Table.Highlighted) -> None:
        event.stop()
        if event.key != self._detail.known.job_id:
            self.refresh_now()

    # -- actions --------------------------------------------------------------------------------------------

    def action_details(self) -> None:
        """Focus the details."""
        if self._job is not None:
            self._detail.pane.focus()

    def action_list(self) -> None:
        """Focus the list."""
        self._table.focus()

    def action_select(self, by: int) -> None:
        """List other jobs."""
        words = list(SELECTIONS)
        self._selection = words[(words.index(self._selection) + by) % len(words)]
        self.refresh_before_keys()

    def action_open(self, tab: str) -> None:
        """Open a tab of the details."""
        self._detail.open(tab)

    def action_view(self) -> None:
        """Show the open tab over the whole screen."""
        job = self._job
        if job is None:
            self.tell_nothing_chosen()
        else:
            self.app.push_screen(TextModal(f"Job {job.id}: {self._detail.tab}", self._detail.lines()))

    def action_cancel(self) -> None:
        """Ask, then cancel the job under the cursor."""
        job = self._job
        if job is None:
            self.tell_nothing_chosen()
        elif job.state.is_final:
            self.tell(f"Job {job.id} is {job.state} already; there is nothing to cancel.")
        else:
            question = f"Cancel job {job.id}, {job.kind} of {job.channel}? What it has done so far stays."
            modal = Confirm(question, yes="Cancel the job", no="Keep running")
            self.app.push_screen(modal, partial(self._cancel, job.id))

    def _cancel(self, job_id: int, confirmed: bool | None) -> None:
        if confirmed:
            self.use(partial(self._cancel_and_look, job_id), self._cancelled)

    def _cancel_and_look(self, job_id: int) -> JobView:
        requests.cancel(self.workspace.database, self.actor, job_id)
        return get_job(self.workspace.database, self.actor, job_id)

    def _cancelled(self, job: JobView) -> None:
        ends = "is cancelled." if job.state.is_final else "is being cancelled; it ends between two items."
        self.tell(f"Job {job.id} {ends}")

    def action_retry(self) -> None:
        """Retry the job under the cursor; core says when there is nothing to retry."""
        job = self._job
        if job is None:
            self.tell_nothing_chosen()
        else:
            self.use(partial(self._retry, job.id), partial(self._retried, job.id))

    def _retry(self, job_id: int) -> Requested:
        requested = requests.retry(self.workspace.database, self.actor, job_id)
        start(self.workspace, requested)
        return requested

    def _retried(self, job_id: int, requested: Requested) -> None:
        self._go_to = requested.job_id
        verb = "does that already" if requested.joined else f"retries job {job_id}"
        self.tell(f"Job {requested.job_id} {verb}.")

    # -- parts ----------------------------------------------------------------------------------------------

    @property
    def _table(self) -> Table:
        return self.query_one("#jobs", Table)

    @property
    def _detail(self) -> JobDetail:
        return self.query_one(JobDetail)

    @property
    def _job(self) -> JobView | None:
        """The job under the cursor, as last read."""
        return self._rows.item(self._table.key)

    def _is_active(self, key: int) -> bool:
        job = self._rows.item(key)
        return job is not None and not job.state.is_final
