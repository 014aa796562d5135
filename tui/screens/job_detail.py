"""One job in full: what it is doing, its log, its problems and its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import ContentSwitcher

from core.jobs.views import EventView, ItemProblem, JobView
from tui.screens import jobs_text
from tui.screens.jobs_data import Known, problems_as_of
from tui.widgets.fixed import FixedText
from tui.widgets.text_pane import Line, TextPane

TABS = ("log", "problems", "summary")

ROOMY = 76
"""Cells from which the line with the tabs holds a sentence."""


class JobDetail(Vertical):
    """Follows the job that the list points at. It keeps what was read, so that a reading brings only the rest."""

    def __init__(self) -> None:
        super().__init__(id="detail")
        self.job: JobView | None = None
        self.known = Known()
        self.tab = TABS[0]
        self._log = jobs_text.LogLines()
        self._problems = 0

    def compose(self) -> ComposeResult:
        """Head, a line with the tabs, and the tab that is open."""
        yield FixedText(id="head")
        yield FixedText(id="tabs")
        with ContentSwitcher(initial=self.tab):
            for tab in TABS:
                yield TextPane(id=tab, follow=tab == "log")

    @property
    def pane(self) -> TextPane:
        """The tab that is open."""
        return self._pane(self.tab)

    def show(self, job: JobView, events: Sequence[EventView], problems: Sequence[ItemProblem] | None) -> None:
        """Show a reading; `events` go on from what was known, or are the first of another job."""
        if job.id != self.known.job_id:
            self._begin()
        self.job = job
        last = events[-1].id if events else self.known.last_event
        self.known = Known(job.id, last, problems_as_of(job))
        self._pane("log").append(self._log.of(events))
        if problems is not None:
            self._problems = len(problems)
            self._pane("problems").replace(list(jobs_text.problem_lines(problems)))
        self._pane("summary").replace(jobs_text.summary(job))
        self._show_head()
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

    def on_resize(self) -> None:
        """What is cut to the width is cut anew."""
        self._show_head()

    @on(TextPane.Followed)
    def _say_following(self, event: TextPane.Followed) -> None:
        event.stop()
        self._show_tabs()

    def _pane(self, tab: str) -> TextPane:
        return self.query_one(f"#{tab}", TextPane)

    def _begin(self) -> None:
        self._log = jobs_text.LogLines()
        self._problems = 0
        for tab in TABS:
            self._pane(tab).clear()

    def _show_head(self) -> None:
        if self.job is not None:
            width = max(self.content_size.width, 1)
            self.query_one("#head", FixedText).say(jobs_text.head(self.job, width))

    def _show_tabs(self) -> None:
        parts: list[Content] = []
        for tab in TABS:
            number = f" {self._problems}" if tab == "problems" and self._problems else ""
            label = f"{tab[0]} {tab.capitalize()}{number}"
            parts.append(Content.styled(f"[{label}]", "bold") if tab == self.tab else Content(f" {label} "))
        if self.tab == "log":
            parts.append(Content(f" {self._following()}"))
        self.query_one("#tabs", FixedText).say(Content(" ").join(parts))

    def _following(self) -> str:
        if self._pane("log").following:
            return "following"
        return "not following: End goes to the newest" if self.content_size.width >= ROOMY else "paused (End)"
