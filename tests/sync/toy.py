"""A whole flow in a hundred and seventy lines: things that are noted here appear in the store and at Amazon.

It is what `docs/architecture.md` shows to whoever adds one: a mirror, a pull, a plan, a sender for each direction, and
one declaration. Its remotes are `toy_remote.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from core import clock
from core.actor import Actor
from core.errors import CrossdockError, OutcomeUnknown, Rejected, RemoteBusy
from core.jobs.context import ItemResult, JobContext
from core.jobs.kinds import JobKind, contains
from core.jobs.requests import Requested, request
from core.model.base import stored_id
from core.model.outbox import OutboxIntent
from core.people.rights import require_channel
from core.quota import QuotaWait
from core.state import State
from core.subjects import Owner, Subject
from core.sync.channel_job import begin
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Missing, Outcome
from core.sync.flow import Flow, Writes
from core.sync.outbox import NewIntent, Outbox
from core.sync.planning import Decided, chunks, write
from core.sync.remotes import Remote
from core.workspace import Workspace

THINGS = sa.Table(
    "toy_thing",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, unique=True),
    sa.Column("dirty", sa.Boolean, default=True),
)

REFUSED = Code("thing_refused", "Not wanted", FixKind.RETRY)
GONE = Code("thing_gone", "Gone", FixKind.STORE)
UNLUCKY = Code("unlucky", "Unlucky thing", FixKind.RETRY, "Call it otherwise and try again")
SAD = Code("sad", "Sad thing", FixKind.WAIT)


@dataclass(frozen=True)
class Checkpoint(State):
    """How far a job is."""

    pulled: bool = False


class ToyDelivery(Delivery):
    """Makes things at one remote; making one twice makes two."""

    doing = "Making things"
    batch = 10

    def __init__(self, workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> None:
        super().__init__(outbox, remote.pace, settle_seconds=0.3, tell=context.event_of)
        self._http = workspace.http
        self._url = f"{workspace.settings.spapi_url}/{remote.owner.kind}"

    def send(self, intent: OutboxIntent) -> None:
        if self.calling(intent, "make", lambda: self._call("POST", intent.content)) is not None:
            self.outbox.sent(intent)

    def look(self, intent: OutboxIntent) -> Outcome:
        return self.read_back([intent]).get(stored_id(intent.id), Missing())

    def may_double(self, intent: OutboxIntent) -> bool:
        return True

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        made = self._call("GET", None)
        return {stored_id(one.id): Arrived() for one in intents if (one.content or {})["name"] in made}

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return Hold(REFUSED, "It does not want it.", "Call it otherwise.")

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, Hold(GONE, "It is not there any more.", "Look for it."))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        return [ItemResult(intent.subject, "created") for intent, _ in ends]

    def _call(self, method: str, body: Any) -> Any:
        answer = self._http.send(method, self._url, json=body, read_timeout=1.0, subject="the toy")
        if answer.status == 400:
            raise Rejected("No.", status=400)
        if answer.status == 429:
            raise QuotaWait("toy", clock.after(0.1))
        if answer.status == 503:
            raise RemoteBusy("Later.", retry_after=0.05)
        if answer.status >= 500:
            raise OutcomeUnknown("Who knows.", subject="the toy")
        return answer.json()


class ToStore(ToyDelivery):
    kinds = frozenset({"thing.to_store"})


class ToSeller(ToyDelivery):
    kinds = frozenset({"thing.to_seller"})


def run(workspace: Workspace, context: JobContext) -> None:
    """Pull → plan → deliver in both directions."""
    channel = begin(workspace, context).channel
    for name in context.params.get("names", ()) if not context.state(Checkpoint).pulled else ():
        with workspace.database.write() as session:
            known = session.connection().execute(sa.select(THINGS.c.id).where(THINGS.c.name == name)).first()
            if known is None:
                session.connection().execute(THINGS.insert().values(name=name, dirty=True))
    for keys in chunks(workspace.database, sa.select(THINGS).where(THINGS.c.dirty), THINGS.c.id, 0):
        with workspace.database.write() as session:
            names = session.connection().execute(sa.select(THINGS.c.name).where(THINGS.c.id.in_(keys))).scalars().all()
            for remote in (Owner.store(channel.store_id), Owner.seller(channel.account_id)):
                write(session, context, channel, remote, "toys", plan(names, remote.kind), mark_clean)
            context.save(session, Checkpoint(pulled=True))
    context.deliver(channel, "store")
    context.deliver(channel, "seller")


def plan(names: Sequence[str], remote: str) -> Decided:
    """Pure: every thing is made at the remote, but unlucky ones."""
    decided = Decided()
    for name in names:
        subject = Subject("thing", name)
        if name.startswith("unlucky"):
            decided.held[subject] = [
                Hold(UNLUCKY, "It brings bad luck.", "Call it otherwise."),
                Hold(SAD, "So.", ""),
            ]
            decided.results.append(ItemResult(str(subject), "held", UNLUCKY.name))
        else:
            decided.intents.append(NewIntent(subject, f"thing.to_{remote}", {"name": name}, [f"letter {name[0]}"]))
    return decided


def mark_clean(session: Session, names: Sequence[str], *, dirty: bool = False) -> None:
    session.connection().execute(THINGS.update().where(THINGS.c.name.in_(names)).values(dirty=dirty))


MAKE = JobKind(
    name="things.make",
    title="Make things",
    run=run,
    subject="thing",
    plan_again=lambda session, job, names: mark_clean(session, names, dirty=True),
    retry_params=lambda names: {"names": list(names)},
    covers=lambda job, asked: contains(job.params, asked, ("names",)),
)


def retry(workspace: Workspace, actor: Actor, channel_name: str, names: Sequence[str]) -> Requested:
    """Make things again."""
    channel = require_channel(workspace.database, actor, channel_name)
    return request(workspace.database, actor, MAKE, channel, {"names": list(names)})


TOYS = Flow(
    name="toys",
    jobs=(MAKE,),
    writes=(Writes("store", ToStore.kinds, ToStore), Writes("seller", ToSeller.kinds, ToSeller)),
    codes=(REFUSED, GONE, UNLUCKY, SAD),
    fixes={FixKind.RETRY: retry},
)
