"""Listings, issues: what Amazon finds wrong, grouped by code: how many listings, why, what to do, and until when."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from core.actor import Actor
from core.products.issues import IssueGroup, issue_groups
from core.windows import Keys, ListFilter
from core.workspace import Workspace
from tui.frame.browse import Browse, list_keys
from tui.keymap import spoken
from tui.screens.listings import issues_text
from tui.text import foreign
from tui.widgets.text_pane import Line


class IssuesScreen(Browse[ListFilter, IssueGroup, None]):
    """The issues, the worst and the most frequent first, with the details of the one under the cursor."""

    HELP = (
        "What Amazon finds wrong with the listings, one line for each issue. Left and right choose how severe,"
        " {issues.search} filters by code, attribute or words. The details say what causes it and what corrects it;"
        " {issues.listings} shows the listings that have it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "listings", "Listings", id="issues.listings", tooltip="To the listings that have this issue"),
        *list_keys("issues", "issues"),
    ]
    EVERYTHING = ListFilter()
    NAME = "Issues"
    STATES = issues_text.STATES
    HINT = "code, attribute or words"
    NOTHING = issues_text.NO_ISSUES
    NONE_FITS = issues_text.NONE_FITS
    COLUMNS, CHANNEL = issues_text.COLUMNS, issues_text.CHANNEL
    cells = staticmethod(issues_text.issue_cells)

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__(workspace, actor)
        self._groups: Mapping[int, IssueGroup] = {}
        """All that there are, as they were read last."""

    # -- data -----------------------------------------------------------------------------------------------

    def keys(self, wanted: ListFilter) -> Keys[str]:
        """The issues that match."""
        found = issue_groups(self.workspace.database, self.actor, wanted.channel)
        self._groups = {group.key: group for group in found}
        words = wanted.text.casefold().split()
        fitting = [one for one in found if all(word in issues_text.searched(one) for word in words)]
        chosen = [one.key for one in fitting if not wanted.states or issues_text.state_of(one) in wanted.states]
        return Keys(array("q", chosen), Counter(map(issues_text.state_of, fitting)), len(fitting))

    def rows(self, keys: Sequence[int]) -> Mapping[int, IssueGroup]:
        """The issues of some keys."""
        groups = self._groups
        return {key: groups[key] for key in keys if key in groups}

    # -- how it reads ---------------------------------------------------------------------------------------

    def heading(self, view: IssueGroup) -> tuple[Content, Content]:
        """Its code and channel, and how severe it is."""
        return Content("  ").join([foreign(view.code), foreign(view.channel)]), issues_text.severity(view)

    def lines(self, view: IssueGroup, detail: None) -> Iterable[Line]:
        """Why, what to do, until when."""
        return issues_text.issue_lines(view, partial(spoken, self.app))

    def copies(self, view: IssueGroup) -> Sequence[tuple[str, str]]:
        """Its code, and what Amazon says."""
        return issues_text.issue_copies(view)

    # -- going ----------------------------------------------------------------------------------------------

    def action_listings(self) -> None:
        """Go to the listings that have the issue."""
        group = self.chosen
        if group is None:
            self.notify_nothing_chosen()
        else:
            self.shell.go("listings", code=group.code, channel=group.channel)
