"""The job `products.undo`: the products that an import made are deleted, but for those that somebody touched since.

Their listings count as planned meanwhile: what was undone is made again only when a listing, or what is mapped for it,
changes, or when it is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from core.actor import Actor
from core.errors import UsageError
from core.jobs import views
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import PLANNED
from core.jobs.requests import Requested, request
from core.jobs.views import JobView
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import REJECTED, VERIFIED, OutboxIntent
from core.model.store import StoreProduct
from core.people.audit import record
from core.people.rights import require_channel
from core.products import NAME, REMOVE_KIND, WRITE_KIND
from core.products.checkpoint import Checkpoint
from core.products.declaration import IMPORT, UNDO
from core.products.evidence import Evidence
from core.products.removal import removal_of
from core.products.traces import Trace, traces
from core.subjects import Owner, Subject
from core.sync.channel_job import begin, require_enabled
from core.sync.outbox import NewIntent, post
from core.sync.planning import CHUNK
from core.workspace import Workspace


@dataclass(frozen=True)
class Undoable:
    """An import that can be undone: its channel, and the products that it made."""

    job: int
    channel: str
    made: Mapping[int, str]
    """The store's number → SKU."""


def undoable(workspace: Workspace, actor: Actor, job_id: int) -> Undoable:
    """What an import of products made. Raises UsageError for a job that is none, runs still, or has made nothing."""
    job = views.get_job(workspace.database, actor, job_id)
    if why := _not_undone(job):
        raise UsageError(why, subject=f"job {job_id}", next_step="See: crossdock jobs list")
    with workspace.database.read() as session:
        made = _made_by(session, job_id)
    if not made:
        raise UsageError(
            "It has made no products.", subject=f"job {job_id}", next_step=f"See: crossdock jobs show {job_id}"
        )
    return Undoable(job_id, job.channel, made)


def undo_import(workspace: Workspace, actor: Actor, job_id: int, *, direct: bool = False) -> Requested:
    """Ask for the products that an import made to be deleted, those alone that nobody touched since."""
    found = undoable(workspace, actor, job_id)
    channel = require_channel(workspace.database, actor, found.channel)
    require_enabled(channel)
    with workspace.database.write() as session:
        record(session, actor, "product.undo", f"channel {channel.name}", job=job_id, products=len(found.made))
    return request(workspace.database, actor, UNDO, channel, {"undo": job_id}, direct=direct)


def undo_products(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context)
    if not context.state(Checkpoint).decided:
        _plan(context, begun.channel)
    context.deliver(begun.channel, "store")


def _plan(context: JobContext, channel: Channel) -> None:
    """Put the removals into the outbox, in the order of the products' numbers."""
    context.phase(PLANNED, "product")
    with context.database.read() as session:
        made = _made_by(session, context.params["undo"])
        known = traces(session, str(Owner.store(channel.store_id)), stored_id(channel.id), list(made.values()))
    only = context.params.get("skus")
    chosen = sorted(number for number, sku in made.items() if only is None or sku in only)
    done = context.state(Checkpoint).planned_to
    left = [number for number in chosen if number > done]
    context.progress(step="Planning what is deleted", done=len(chosen) - len(left), total=len(chosen))
    for start in range(0, len(left), CHUNK):
        context.check()
        some = left[start : start + CHUNK]
        with context.database.write() as session:
            _post(session, context, channel, {number: made[number] for number in some}, known)
            context.save(session, replace(context.state(Checkpoint), planned_to=some[-1]))
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), decided=True))


def _post(
    session: Session, context: JobContext, channel: Channel, made: Mapping[int, str], traced: Mapping[str, Trace]
) -> None:
    mine = (col(StoreProduct.store_id) == channel.store_id, col(StoreProduct.product_id).in_(list(made)))
    known = {row.product_id: row for row in session.exec(select(StoreProduct).where(*mine))}
    intents = [
        NewIntent(
            Subject("sku", sku),
            REMOVE_KIND,
            removal_of(number, known.get(number), traced.get(sku, Trace())).to_json(),
            [f"sku {sku}", f"product {number}"],
        )
        for number, sku in made.items()
    ]
    for subject in post(session, channel, context.job_id, Owner.store(channel.store_id), NAME, intents):
        why = "It is being written by another job: undo the import again after that."
        context.event(why, level="warning", subject=str(subject))
        context.result(ItemResult(str(subject), "unchanged", message=why))


def _made_by(session: Session, job_id: int) -> dict[int, str]:
    """The store's number → SKU of the products that an import made, those among them that are not complete."""
    ended = (col(OutboxIntent.kind) == WRITE_KIND, col(OutboxIntent.state).in_([VERIFIED, REJECTED]))
    query = select(OutboxIntent.subject, OutboxIntent.evidence).where(col(OutboxIntent.job_id) == job_id, *ended)
    found = ((Subject.parse(subject).id, Evidence.from_json(known)) for subject, known in session.exec(query))
    return {known.product_id: sku for sku, known in found if known.creating and known.product_id is not None}


def _not_undone(job: JobView) -> str:
    """Why a job cannot be undone; empty where it can."""
    if job.kind != IMPORT.name:
        return "It is not an import of products."
    if not job.channel:
        return "Its channel was deleted."
    return "" if job.state.is_final else "It has not ended."
