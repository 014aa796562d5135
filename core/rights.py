"""Who may do and see what, in one place; every attempt that is refused is written down.

Rights are those of the moment: an account that was disabled or changed since the login may do and see nothing more.
Use cases ask here before they open a session of their own: the entry has a transaction for itself, so that it stays
although nothing else of the attempt does.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, true
from sqlmodel import col, select

from core.actor import Actor
from core.audit import REFUSED, record
from core.database import Database
from core.errors import RightsError, UsageError
from core.model.channel import Channel
from core.model.job import Job
from core.model.operator import ROLE_ADMIN, ROLE_VENDOR, Operator
from core.model.store import Store

_OTHER_COMPANY = "It belongs to another company."


def visible_channels(actor: Actor) -> ColumnElement[bool]:
    """Says of a `Channel` in a query whether the operator may see it.

    Rows of others are never read, so limits and counts are right.
    """
    own = and_(col(Channel.store_id) == actor.store_id, col(Channel.company_id) == actor.company_id)
    return and_(true() if actor.is_admin else own, _is_current(actor))


def require_admin(database: Database, actor: Actor, what: str) -> None:
    """Raise RightsError unless this is an admin; `what` completes the sentence "… may not"."""
    if not actor.is_admin or not _still_there(database, actor):
        raise refused(database, actor, what, next_step="Ask an administrator.")


def require_company(database: Database, actor: Actor, store_id: int, company_id: int | None, what: str) -> None:
    """Raise RightsError unless things of this company of the store are this operator's."""
    if not actor.may_see(store_id, company_id) or not _still_there(database, actor):
        raise refused(database, actor, what, next_step=_OTHER_COMPANY)


def require_channel(database: Database, actor: Actor, name: str) -> Channel:
    """The row of a channel; raises UsageError when there is none that the operator may see."""
    with database.read() as session:
        query = select(Channel).where(col(Channel.name) == name)
        seen = session.exec(query.where(visible_channels(actor))).first()
        exists = seen is not None or session.exec(query).first() is not None
    if seen is None:
        raise unseen(database, actor, f"channel {name}", exists=exists, next_step="See: crossdock channel list")
    return seen


def require_store(database: Database, actor: Actor, name: str) -> Store:
    """The row of a store; raises UsageError when there is none that the operator may know of."""
    with database.read() as session:
        store = session.exec(select(Store).where(col(Store.name) == name)).first()
    mine = store is not None and (actor.is_admin or actor.store_id == store.id) and _still_there(database, actor)
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
        mine = query.join(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
        seen = exists if actor.is_admin else session.exec(mine).first() is not None
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


def _is_current(actor: Actor) -> ColumnElement[bool]:
    """Whether the account still gives these rights; the local admin and the program itself have no account."""
    if actor.operator_id is None:
        return true()
    role = ROLE_ADMIN if actor.is_admin else ROLE_VENDOR
    bound = (Operator.store_id, actor.store_id), (Operator.company_id, actor.company_id)
    return exists().where(
        col(Operator.id) == actor.operator_id,
        col(Operator.disabled).is_(False),
        col(Operator.role) == role,
        *(col(column).is_not_distinct_from(value) for column, value in bound),
    )


def _still_there(database: Database, actor: Actor) -> bool:
    if actor.operator_id is None:
        return True
    with database.read() as session:
        return session.exec(select(Operator.id).where(_is_current(actor))).first() is not None


def _write_down(database: Database, actor: Actor, what: str, subject: str = "") -> None:
    with database.write() as session:
        record(session, actor, REFUSED, subject or f"operator {actor.name}", attempt=what)
