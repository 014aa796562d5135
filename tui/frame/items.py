"""What lists share whose rows are items that jobs and problems name: the keys that lead there, and the fix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from textual.binding import Binding
from textual.content import Content

from core.flows import code_of
from core.subjects import Subject
from tui.frame.fixing import fix_one
from tui.frame.window import Filter, View
from tui.frame.working import WorkingScreen
from tui.text import foreign


class HasJob(Protocol):
    """What is known of an item."""

    @property
    def job(self) -> int | None:
        """The last job that had to do with it."""
        ...


ItemDetail = TypeVar("ItemDetail", bound=HasJob)


class ItemsScreen(WorkingScreen[Filter, View, ItemDetail]):
    """A list of items; goes to the job and to the problem of the one under the cursor."""

    def subject_of(self, view: View) -> Subject:
        """What jobs and problems call it."""
        return Subject(self.ITEM, self.item_of(view)[1])

    def problem_of(self, view: View) -> str:
        """The code of its problem, or empty."""
        raise NotImplementedError

    def focus_on(self, *, text: str = "", channel: str = "", state: str = "", code: str = "") -> None:
        """Show one item, or those of a channel, in a state or with a reason."""
        states = self.STATES.get(state, frozenset({state} if state else ()))
        self.look_for(replace(self.EVERYTHING, text=text, states=states, channel=channel, code=code))

    def scope(self, room: int) -> Content:
        """States and channel, and the reason that alone is looked at."""
        code = self.window.wanted.code
        return super().scope(room) + _only(code) if code else super().scope(room)

    def action_fix(self) -> None:
        """Fix what holds the item under the cursor."""
        view = self.chosen
        if view is None:
            self.notify_nothing_chosen()
        elif not self.problem_of(view):
            self.notify(f"The {self.ITEM} has no problem.")
        else:
            fix_one(self, self.item_of(view)[0], self.subject_of(view))

    def action_job(self) -> None:
        """Go to the last job that had to do with the item."""
        if self.known is None or self.known.job is None:
            self.notify("No job has had to do with it yet.")
        else:
            self.shell.go("jobs", job=self.known.job)

    def action_problem(self) -> None:
        """Go to all items that are held up for the same reason."""
        view = self.chosen
        if view is None or not self.problem_of(view):
            self.notify("It has no problem.")
        else:
            self.shell.go("problems", channel=self.item_of(view)[0], subject=self.subject_of(view))


def _only(code: str) -> Content:
    return Content.styled(" only ", "$text-muted") + foreign(code_of(code).title, "bold")


def item_keys(screen: str, things: str) -> Iterator[Binding]:
    """The keys that lead from one of `things` to its job and its problem."""
    hidden = partial(Binding, show=False)
    yield hidden("o", "job", "Job", id=f"{screen}.job", tooltip="To the last job that had to do with it")
    yield hidden("w", "problem", "Problem", id=f"{screen}.problem", tooltip=f"To all {things} held for it")
