"""Who may do and see what, in one place; every attempt that is refused is written down.

Rights are those of the moment: a session whose account was disabled, deleted, given another password or changed since
the login may do and see nothing more (`core.people.sessions`).
Use cases ask here before they open a session of their own: the entry has a transaction for itself, so that it stays
although nothing else of the attempt does.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import Session, col, select

from core.actor import Actor
from core.database import Database
from core.errors import RightsError, UsageError
from core.model.channel import Channel
from core.model.job import Job
from core.model.store import Store
from core.names import qualified
from core.people.audit import REFUSED, record
from core.people.sessions import goes_on, is_over

_OTHER_COMPANY = "It belongs to another company."


def visible_channels(actor: Actor) -> ColumnElement[bool]:
    """Says of a `Channel` in a query whether the operator may see it.

    Rows of others are never read, so limits and counts are right.
    """
    own = and_(col(Channel.store_id) == actor.store_id, col(Channel.company_id) == actor.company_id)
    return and_(true() if actor.is_admin else own, goes_on(actor))


def require_admin(database: Database, actor: Actor, what: str) -> None:
    """Raise RightsError unless this is an admin; `what` completes the sentence "… may not"."""
    if not actor.is_admin or is_over(database, actor):
        raise refused(database, actor, what, next_step="Ask an administrator.")


def require_company(database: Database, actor: Actor, store_id: int, company_id: int | None, what: str) -> None:
    """Raise RightsError unless things of this company of the store are this operator's."""
    if not actor.may_see(store_id, company_id) or is_over(database, actor):
        raise refused(database, actor, what, next_step=_OTHER_COMPANY)


def require_channel(database: Database, actor: Actor, name: str) -> Channel:
    """The row of a channel; raises UsageError when there is none that the operator may see.

    Vendors may leave out the end of a name that says what is theirs, see `core.names.qualified`.
    """
    with database.read() as session:
        query = select(Channel).where(col(Channel.name) == name)
        own = visible_channels(actor)
        seen = session.exec(query.where(own)).first() or _in_company(session, actor, name)
        exists = seen is not None or session.exec(query).first() is not None
    if seen is None:
        raise unseen(database, actor, f"channel {name}", exists=exists, next_step="See: crossdock channel list")
    return seen


def require_store(database: Database, actor: Actor, name: str) -> Store:
    """The row of a store; raises UsageError when there is none that the operator may know of."""
    with database.read() as session:
        store = session.exec(select(Store).where(col(Store.name) == name)).first()
    mine = store is not None and (actor.is_admin or actor.store_id == store.id) and not is_over(database, actor)
    if store is None or not mine:
        next_step = "See: crossdock store list"
        raise unseen(database, actor, f"store {name}", exists=store is not None, next_step=next_step)
    return store


def note_channel(database: Database, actor: Actor, name: str | None) -> None:
    """Write down that a list was asked for another's channel by name; the list itself is empty, as for any unknown."""
    if actor.is_admin or not name:
        return
    with database.read() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == name)).first()
    if channel is not None and not actor.may_see(channel.store_id, channel.company_id):
        note(database, actor, f"channel {name}")


def require_job(database: Database, actor: Actor, job_id: int) -> None:
    """Raise UsageError unless there is such a job that the operator may see."""
    with database.read() as session:
        query = select(Job.id).where(col(Job.id) == job_id)
        exists = session.exec(query).first() is not None
        mine = query.outerjoin(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
        seen = session.exec(mine).first() is not None
    if not seen:
        raise unseen(database, actor, f"job {job_id}", exists=exists, next_step="See: crossdock jobs list")


def refused(database: Database, actor: Actor, what: str, *, next_step: str) -> RightsError:
    """The error for an attempt that is not allowed, written down already."""
    _write_down(database, actor, what)
    return RightsError(f"{actor.name} may not {what}.", next_step=next_step)


def note(database: Database, actor: Actor, subject: str) -> None:
    """Write down that somebody asked for what is another's, and is told that it is not there."""
    _write_down(database, actor, f"see {subject}", subject)


def unseen(database: Database, actor: Actor, subject: str, *, exists: bool, next_step: str = "") -> UsageError:
    """The error for a thing asked for that is not there, or is another's: people cannot tell, the audit can."""
    if exists:
        note(database, actor, subject)
    return UsageError(f"There is no such {subject.partition(' ')[0]}.", subject=subject, next_step=next_step)


def _in_company(session: Session, actor: Actor, name: str) -> Channel | None:
    store = session.get(Store, actor.store_id) if actor.store_id is not None else None
    if store is None:
        return None
    full = qualified(name, actor.company_id, store.name)
    return session.exec(select(Channel).where(col(Channel.name) == full, visible_channels(actor))).first()


def _write_down(database: Database, actor: Actor, what: str, subject: str = "") -> None:
    with database.write() as session:
        record(session, actor, REFUSED, subject or f"operator {actor.name}", attempt=what)
