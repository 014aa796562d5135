"""How far the streams of seller accounts and stores have been read."""

from __future__ import annotations

from sqlmodel import Session, col, delete, select

from core.model.cursor import Cursor
from core.subjects import Owner


def cursor(session: Session, owner: Owner, stream: str, scope: str = "") -> Cursor:
    """The position of a stream; a new one, not yet in the session, when it has none."""
    query = select(Cursor).where(
        col(Cursor.owner) == str(owner), col(Cursor.stream) == stream, col(Cursor.scope) == scope
    )
    return session.exec(query).first() or Cursor(owner=str(owner), stream=stream, scope=scope)


def forget(session: Session, owner: Owner) -> None:
    """Delete every position of an owner that is deleted."""
    session.exec(delete(Cursor).where(col(Cursor.owner) == str(owner)))
