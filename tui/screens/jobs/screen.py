"""Jobs: what runs, waits and has ended, back to the first; its log, problems and numbers; cancel and retry."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from core.actor import Actor
from core.flows import again, title_of_job
from core.jobs.list import JobFilter, JobGroup, as_of, job_keys, jobs_page
from core.jobs.requests import Requested
from core.jobs.views import JobView, get_job
from core.jobs.wording import state_words
from core.windows import Keys
from core.workspace import Workspace
from tui.frame.browse import Browse
from tui.frame.scope import states_line
from tui.frame.starting import begin, words_for
from tui.frame.window import Snapshot
from tui.screens.jobs import text as jobs_text
from tui.screens.jobs.data import JobDetail, read_detail
from tui.screens.jobs.detail import JobPane
from tui.widgets.click_text import ClickText
from tui.widgets.confirm import Confirm
from tui.widgets.pane import Pane
from tui.widgets.table import Table
from tui.widgets.text_modal import TextModal


class JobsScreen(Browse[JobFilter, JobView, JobDetail]):
    """The list of jobs beside or above the one it points at."""

    HELP = (
        "Every job there ever was, the newest first. {jobs.next} shows those running or queued only, then those"
        " that ended with problems. A job goes on in the worker, whether it is looked at or not."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "details", "Details", show=False, id="jobs.details", tooltip="Into the details; escape leads back"
        ),
        Binding("escape", "list", "List", show=False, id="jobs.list", tooltip="Back to the list of jobs"),
        Binding("c", "cancel", "Cancel", id="jobs.cancel", tooltip="End the job after the current item"),
        Binding("r", "retry", "Retry", id="jobs.retry", tooltip="Run the failed items of an ended job again"),
        Binding("right", "state(1)", "Filter", show=False, id="jobs.next", tooltip="All, active, problems"),
        Binding("left", "state(-1)", "Previous filter", show=False, id="jobs.previous"),
        Binding("l", "open('log')", "Log", show=False, id="jobs.log", tooltip="What the job has told so far"),
        Binding("p", "open('problems')", "Problems", show=False, id="jobs.problems", tooltip="What is held or failed"),
        Binding("s", "open('summary')", "Summary", show=False, id="jobs.summary", tooltip="Counts, calls and times"),
        Binding("v", "view", "View", show=False, id="jobs.view", tooltip="The open tab over the whole screen; copies"),
    ]
    EVERYTHING = JobFilter()
    STATES = jobs_text.STATES
    NOTHING = jobs_text.NO_JOBS
    COLUMNS = jobs_text.COLUMNS
    cells = staticmethod(jobs_text.job_cells)

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._view_once_read: int | None = None
        """The job that is to be shown over the whole screen as soon as it was read."""

    def body(self) -> Iterable[Widget]:
        """The list and the details."""
        with Pane(title="Jobs", id="list"):
            yield ClickText(id="scope")
            yield Table(jobs_text.COLUMNS)
        yield JobPane()

    # -- data -----------------------------------------------------------------------------------------------

    def as_of(self) -> Hashable:
        """Another value as soon as a job came, ended or changed its state."""
        return as_of(self.workspace.database)

    def keys(self, wanted: JobFilter) -> Keys[JobGroup]:
        """The jobs that match."""
        return job_keys(self.workspace.database, self.actor, wanted)

    def rows(self, keys: Sequence[int]) -> Mapping[int, JobView]:
        """The jobs of some keys."""
        return {job.id: job for job in jobs_page(self.workspace.database, self.actor, keys)}

    def detail(self, view: JobView, known: JobDetail | None) -> JobDetail:
        """Its log and its problems."""
        return read_detail(self.workspace.database, self.actor, view, known)

    def focus_on(self, *, job: int) -> None:
        """Put the cursor on a job."""
        self.look_for(JobFilter(), job)

    def show(self, data: Snapshot[JobFilter, JobView, JobDetail]) -> None:
        """Show a snapshot; a short list leaves its room to the details."""
        super().show(data)
        self.query_one("#list", Pane).set_count(f"{len(self.window.rows):,}")
        self._fit_list()

    def on_resize(self) -> None:
        """The list is as high as it has to be."""
        self._fit_list()

    def _fit_list(self) -> None:
        around = 4  # two edges, the line with the states, the heading
        wanted = None if self.has_class("-widest") else len(self.window.rows) + around
        self.query_one("#list").styles.max_height = wanted

    # -- how it reads ---------------------------------------------------------------------------------------

    def scope(self, room: int) -> Content:
        """What can be listed."""
        return states_line(self.STATES, self.window, room, between=" ")

    def none_fits(self, wanted: JobFilter) -> str:
        """The way out of a filter that nothing fits."""
        return jobs_text.none_fits(wanted.states)

    def show_detail(self) -> None:
        """Show the job under the cursor once its log was read; until then the one before stays."""
        if self.chosen is not None and self.known is not None:
            self._pane.show(self.chosen, self.known)
            if self._view_once_read == self.chosen.id:
                self._view()

    # -- actions --------------------------------------------------------------------------------------------

    def action_details(self) -> None:
        """Focus the details."""
        if self.chosen is not None:
            self._pane.pane.focus()

    def action_list(self) -> None:
        """Focus the list."""
        self.table.focus()

    def action_open(self, tab: str) -> None:
        """Open a tab of the details."""
        self._pane.open(tab)

    def action_view(self) -> None:
        """Show the open tab over the whole screen."""
        job = self.chosen
        if job is None:
            self.notify_nothing_chosen()
        elif self.known is None:  # the pane shows the job before
            self._view_once_read = job.id
            self.refresh_before_keys()
        else:
            self._view()

    def _view(self) -> None:
        self._view_once_read = None
        job = self._pane.job
        if job is not None:
            self.app.push_screen(TextModal(f"Job {job.id}: {self._pane.tab}", self._pane.lines()))

    def action_cancel(self) -> None:
        """Ask, then cancel the job under the cursor."""
        job = self.chosen
        if job is None:
            self.notify_nothing_chosen()
        elif job.state.is_final:
            self.notify(f"Job {job.id} has ended already: {state_words(job)}. There is nothing to cancel.", job=job.id)
        else:
            question = f"Cancel job {job.id}, {title_of_job(job)}? What it has done so far stays."
            modal = Confirm(question, yes="Cancel the job", no="Keep running")
            self.app.push_screen(modal, partial(self._cancel, job.id))

    def _cancel(self, job_id: int, confirmed: bool | None) -> None:
        if confirmed:
            self.use(partial(self._cancel_and_look, job_id), self._cancelled)

    def _cancel_and_look(self, job_id: int) -> JobView:
        again.cancel(self.workspace.database, self.actor, job_id)
        return get_job(self.workspace.database, self.actor, job_id)

    def _cancelled(self, job: JobView) -> None:
        how = "is cancelled." if job.state.is_final else "is cancelled after the current item."
        self.notify(f"Job {job.id} {how}", job=job.id)

    def action_retry(self) -> None:
        """Retry the job under the cursor; core says when there is nothing to retry."""
        job = self.chosen
        if job is None:
            self.notify_nothing_chosen()
        else:
            begin(self, partial(again.retry, self.workspace.database, self.actor, job.id), self._retried)

    def _retried(self, requested: Requested) -> None:
        self._go_to = requested.job_id
        self.notify(words_for(requested), job=requested.job_id)

    # -- parts ----------------------------------------------------------------------------------------------

    @property
    def _pane(self) -> JobPane:
        return self.query_one(JobPane)
