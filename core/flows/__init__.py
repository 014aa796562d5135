"""The flows of the program, a line each; nothing else outside a flow's own folder names one."""

from __future__ import annotations

from collections.abc import Sequence

from core.categories import declaration as categories
from core.jobs.kinds import JobKind
from core.jobs.views import JobView
from core.listings import declaration as listings
from core.model.job import Job
from core.orders import declaration as orders
from core.products import declaration as products
from core.shipments import declaration as shipments
from core.stock import declaration as stock
from core.sync.codes import KIND_UNKNOWN, Code, FixKind
from core.sync.flow import Fix, Flow
from core.sync.hearing import Hears
from core.sync.streams import Stream
from core.words import spaced

FLOWS: tuple[Flow, ...] = (orders.FLOW, shipments.FLOW, products.FLOW, listings.FLOW, stock.FLOW, categories.FLOW)

STREAMS: tuple[Stream, ...] = tuple(stream for flow in FLOWS for stream in flow.streams)


HEARS: dict[str, Hears] = {kind: hears for flow in FLOWS for kind, hears in flow.hears.items()}
"""Who hears of each type of notification."""


def kind_of(job: Job, flows: Sequence[Flow] = FLOWS) -> JobKind | None:
    """The kind of a job; None for one of a version that knew more."""
    return next((kind for flow in flows for kind in flow.jobs if kind.name == job.kind), None)


def flow_of(job: Job, flows: Sequence[Flow] = FLOWS) -> str:
    """The name of the flow that a job is one of; empty for one of a version that knew more."""
    return next((flow.name for flow in flows for kind in flow.jobs if kind.name == job.kind), "")


def codes() -> list[Code]:
    """Every kind of problem that there can be, in the order of the flows; several flows may share one."""
    return list(dict.fromkeys([code for flow in FLOWS for code in flow.codes] + [KIND_UNKNOWN]))


def code_of(name: str) -> Code:
    """The kind of problem with a name; one of a version that knew more says nothing but its name."""
    return next((code for code in codes() if code.name == name), None) or Code.stored(name)


def title_of(job_kind: str) -> str:
    """What people read for a kind of jobs; of a version that knew more its name."""
    return next((kind.title for flow in FLOWS for kind in flow.jobs if kind.name == job_kind), job_kind)


def title_of_job(job: JobView) -> str:
    """What people read for one job: "Import orders of de", "Retry 58 orders of de"."""
    kind = next((kind for flow in FLOWS for kind in flow.jobs if kind.name == job.kind), None)
    what = (kind.named(job.params) or kind.title) if kind else spaced(job.kind)
    return f"{what} of {job.channel}" if job.channel else what


def fix_of(kind: FixKind, subject: str, code: Code | None = None, flow: str = "") -> Fix | None:
    """What a flow does to fix items with a code, or else those with subjects of a kind; None where none does.

    Several flows share codes and kinds of subjects: the one that holds the items comes first.
    """
    owners = [one for one in FLOWS if one.name == flow]
    owners += [one for one in FLOWS if code in one.codes]
    owners += [one for one in FLOWS if any(job.subject == subject for job in one.jobs)]
    fixes = (one.fixes[by] for one in owners for by in (code, kind) if by is not None and by in one.fixes)
    return next(fixes, None)
