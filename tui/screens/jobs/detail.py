"""One job in full: what it is doing, its log, its problems and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import ContentSwitcher

from core.jobs.views import ItemProblem, JobView
from tui.frame.job_line import situation
from tui.screens.jobs import text as jobs_text
from tui.screens.jobs.data import JobDetail
from tui.text import foreign
from tui.widgets.fixed import FittedText
from tui.widgets.pane import Pane
from tui.widgets.state import state_label
from tui.widgets.tabs import Tab, TabLine
from tui.widgets.text_pane import Line, TextPane

TABS = ("log", "problems", "summary")
NOT_FOLLOWING = "not following: End goes to the newest"


class JobPane(Pane):
    """Follows the job that the list points at."""

    def __init__(self) -> None:
        super().__init__(id="detail")
        self.job: JobView | None = None
        self.tab = TABS[0]
        self._log = jobs_text.LogLines()
        self._last_event = 0
        self._problems: Sequence[ItemProblem] | None = None

    def compose(self) -> ComposeResult:
        """What the job is doing, the tabs, and the one that is open."""
        yield FittedText(id="head")
        yield TabLine(id="tabs")
        with ContentSwitcher(initial=self.tab):
            for tab in TABS:
                yield TextPane(id=tab, follow=tab == "log")

    @property
    def pane(self) -> TextPane:
        """The tab that is open."""
        return self._pane(self.tab)

    def show(self, job: JobView, detail: JobDetail) -> None:
        """Show a job; of a log that went on only the new lines are added."""
        if self.job is None or job.id != self.job.id:
            self._begin()
        self.job = job
        self._pane("log").append(self._log.of([event for event in detail.events if event.id > self._last_event]))
        self._last_event = detail.events[-1].id if detail.events else 0
        if detail.problems is not self._problems:
            self._problems = detail.problems
            self._pane("problems").replace(list(jobs_text.problem_lines(detail.problems)))
        self._pane("summary").replace(jobs_text.summary(job))
        self.set_title(jobs_text.heading(job))
        self.set_count(state_label(job))
        self.query_one("#head", FittedText).fit(partial(_situation, job))
        self._show_tabs()

    def open(self, tab: str) -> None:
        """Open a tab; the focus goes along when it was in one."""
        inside = self.has_focus_within
        self.tab = tab
        self.query_one(ContentSwitcher).current = tab
        self._show_tabs()
        if inside:
            self.pane.focus()

    def lines(self) -> Sequence[Line]:
        """What the open tab holds."""
        return self.pane.lines

    @on(TabLine.Chosen)
    def _open_chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.open(event.name)

    @on(TextPane.Followed)
    def _show_following_changed(self, event: TextPane.Followed) -> None:
        event.stop()
        self._show_tabs()

    def _pane(self, tab: str) -> TextPane:
        return self.query_one(f"#{tab}", TextPane)

    def _begin(self) -> None:
        self._log, self._last_event, self._problems = jobs_text.LogLines(), 0, None
        for tab in TABS:
            self._pane(tab).clear()

    def _show_tabs(self) -> None:
        tabs = [
            Tab("log", f"l Log{self._following()}"),
            Tab("problems", "p Problems", len(self._problems or ())),
            Tab("summary", "s Summary"),
        ]
        self.query_one(TabLine).show(tabs, self.tab, "")

    def _following(self) -> str:
        return "" if self._pane("log").following else f" ({NOT_FOLLOWING})"


def _situation(job: JobView, width: int) -> Content:
    return foreign(situation(job, width)).truncate(width, ellipsis=True)
