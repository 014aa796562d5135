"""Whether the session that an operator acts in goes on.

It is bound to the account's key, rights and epoch, and to the token it was begun with. The epoch is random and changes
whenever sessions have to end, so one that is over never comes back, whoever gets its name or key.
"""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import ColumnElement, exists, true
from sqlmodel import col, select

from core.actor import Actor
from core.database import Database
from core.model.operator import ROLE_ADMIN, ROLE_VENDOR, Operator


def goes_on(actor: Actor) -> ColumnElement[bool]:
    """Says in a query whether the account still gives the rights that the session began with.

    The local admin and the program itself have no account.
    """
    if actor.operator_id is None:
        return true()
    role = ROLE_ADMIN if actor.is_admin else ROLE_VENDOR
    bound = (Operator.store_id, actor.store_id), (Operator.company_id, actor.company_id)
    token = true() if actor.token_hash is None else col(Operator.token_hash) == actor.token_hash
    return exists().where(
        col(Operator.id) == actor.operator_id,
        col(Operator.epoch) == actor.epoch,
        token,
        col(Operator.disabled).is_(False),
        col(Operator.role) == role,
        *(col(column).is_not_distinct_from(value) for column, value in bound),
    )


def is_over(database: Database, actor: Actor) -> bool:
    """Whether the session has ended: nothing may be done or seen in it any more."""
    if actor.operator_id is None:
        return False
    with database.read() as session:
        return session.exec(select(Operator.id).where(goes_on(actor))).first() is None


def end_all(account: Operator) -> None:
    """Let every session of an account that has begun so far end with the present transaction."""
    account.epoch = uuid4().hex
