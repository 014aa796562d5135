"""What an operator may see, as conditions of queries: rows of others are never read, so limits and counts are right."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from core.actor import Actor
from core.model.channel import Channel


def visible_channels(actor: Actor) -> ColumnElement[bool]:
    """Says of a `Channel` in a query what `Actor.may_see` says of a row at hand."""
    if actor.is_admin:
        return true()
    return and_(col(Channel.store_id) == actor.store_id, col(Channel.company_id) == actor.company_id)
