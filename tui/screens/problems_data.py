"""What the Problems screen reads, in one go and in a thread; only the last job while nothing was committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.actor import Actor
from core.database import Database
from core.jobs import views
from core.jobs.views import JobView
from core.problems import ProblemGroup, ProblemView, problem_groups, problem_of, problems_in
from core.workspace import Workspace
from tui.screens.orders_data import channel_names

ITEMS = 500
"""Problems of one group that are listed: its oldest. More are for a script, not for eyes."""

Group = tuple[str, str, str]
"""Channel, code and what it is about: what one deed mends."""


@dataclass(frozen=True)
class Sought:
    """What the cursor is to be put on: the group of a subject, or the first with a code."""

    code: str
    subject: str


@dataclass(frozen=True)
class Wish:
    """What to read. `state` is the database's as of the last reading, empty to read everything again."""

    channel: str
    state: str
    group: Group | None
    """The group under the cursor."""
    known: Group | None
    """The group whose items are shown."""
    find: Sought | None
    started: int | None


@dataclass(frozen=True)
class ProblemsRead:
    """One reading. `groups` and `channels` are None while nothing was committed, `items` while they are known."""

    channel: str
    state: str
    groups: list[ProblemGroup] | None
    channels: list[str] | None
    group: Group | None
    """The group that `items` are of."""
    items: list[ProblemView] | None
    found: Group | None
    started: JobView | None
    workers: int


def group_of(problem: ProblemGroup | ProblemView) -> Group:
    """The group that a problem belongs to."""
    return problem.channel, problem.code, problem.about


def read_problems(workspace: Workspace, actor: Actor, wish: Wish) -> ProblemsRead:
    """The groups, and the items of the one that the cursor is on."""
    database = workspace.database
    state = database.state()
    changed = state != wish.state or wish.find is not None
    groups = problem_groups(database, actor, wish.channel) if changed else None
    found = _find(database, actor, wish, groups or []) if wish.find else None
    group = found or wish.group
    fresh = group is not None and (changed or group != wish.known)
    return ProblemsRead(
        channel=wish.channel,
        state=state,
        groups=groups,
        channels=channel_names(workspace, actor) if changed else None,
        group=group,
        items=problems_in(database, actor, *group, limit=ITEMS) if group is not None and fresh else None,
        found=found,
        started=views.get_job(database, actor, wish.started) if wish.started is not None else None,
        workers=views.live_workers(database),
    )


def _find(database: Database, actor: Actor, wish: Wish, groups: Sequence[ProblemGroup]) -> Group | None:
    assert wish.find is not None
    if wish.find.subject:
        problem = problem_of(database, actor, wish.channel, wish.find.subject)
        return group_of(problem) if problem else None
    return next((group_of(group) for group in groups if group.code == wish.find.code), None)
