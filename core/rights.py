"""Who may do and see what, in one place; every attempt that is refused is written down.

Use cases ask here before they open a session of their own: the entry has a transaction for itself, so that it stays
although nothing else of the attempt does.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from core.actor import Actor
from core.audit import REFUSED, record
from core.database import Database
from core.errors import RightsError, UsageError
from core.model.channel import Channel


def visible_channels(actor: Actor) -> ColumnElement[bool]:
    """Says of a `Channel` in a query what `Actor.may_see` says of a row at hand.

    Rows of others are never read, so limits and counts are right.
    """
    if actor.is_admin:
        return true()
    return and_(col(Channel.store_id) == actor.store_id, col(Channel.company_id) == actor.company_id)


def require_admin(database: Database, actor: Actor, what: str) -> None:
    """Raise RightsError unless this is an admin; `what` completes the sentence "… may not"."""
    if not actor.is_admin:
        raise refused(database, actor, what, next_step="Ask an administrator.")


def require_company(database: Database, actor: Actor, store_id: int, company_id: int | None, what: str) -> None:
    """Raise RightsError unless things of this company of the store are this operator's."""
    if not actor.may_see(store_id, company_id):
        raise refused(database, actor, what, next_step="It belongs to another company.")


def refused(database: Database, actor: Actor, what: str, *, next_step: str) -> RightsError:
    """The error for an attempt that is not allowed, written down already."""
    _write_down(database, actor, what)
    return RightsError(f"{actor.name} may not {what}.", next_step=next_step)


def unseen(database: Database, actor: Actor, subject: str, *, exists: bool, next_step: str = "") -> UsageError:
    """The error for a thing asked for that is not there, or is another's: people cannot tell, the audit can."""
    if exists:
        _write_down(database, actor, f"see {subject}", subject)
    return UsageError(f"There is no such {subject.partition(' ')[0]}.", subject=subject, next_step=next_step)


def _write_down(database: Database, actor: Actor, what: str, subject: str = "") -> None:
    with database.write() as session:
        record(session, actor, REFUSED, subject or f"operator {actor.name}", attempt=what)
