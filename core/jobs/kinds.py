"""What a kind of job is. Each flow declares its own; `core.flows` lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlmodel import Session

if TYPE_CHECKING:
    from core.jobs.context import JobContext
    from core.model.job import Job
    from core.workspace import Workspace

Scope = Literal["channel", "seller", "marketplace", "store", "app"]


def contains(running: Mapping[str, Any], asked: Mapping[str, Any], lists: Sequence[str]) -> bool:
    """Whether parameters do all that others want: equal, or but for one list of `lists` that has all of theirs."""
    differ = [name for name in running.keys() | asked.keys() if running.get(name) != asked.get(name)]
    if not differ:
        return True
    name = differ[0]
    wider = len(differ) == 1 and name in lists and running.get(name) and asked.get(name)
    return bool(wider) and set(asked[name]) <= set(running[name])


@dataclass(frozen=True)
class JobKind:
    """How jobs of one kind run, and what cancelling and retrying mean for their items."""

    name: str
    """As documents tell it, "orders.import"."""
    title: str
    """As people read it, "Import orders"."""
    run: Callable[[Workspace, JobContext], None]
    """Runs a job from wherever its checkpoint stands; raises `WaitUntil` to be called again later."""
    subject: str
    """Kind of its items' subjects: "order"."""
    plan_again: Callable[[Session, Job, Sequence[str]], None]
    """Marks items (their ids) to be planned again: nobody sends what was planned of them."""
    retry_params: Callable[[Sequence[str]], dict[str, Any]]
    """Parameters of a job that runs only these items (their ids) again."""
    covers: Callable[[Job, Mapping[str, Any]], bool]
    """Whether an active job will do all that such parameters ask for."""
    kept: Sequence[str] = ()
    """Names of parameters that such a job has from the one before."""
    scope: Scope = "channel"
    named: Callable[[Mapping[str, Any]], str] = lambda params: ""
    """What people read for a job with such parameters, "Retry 58 orders"; empty where the title says enough."""
