"""What a change of a channel's settings or mappings concerns is planned again."""

from __future__ import annotations

from sqlmodel import Session, SQLModel, update

_COLUMNS = frozenset({"account_id", "marketplace_id", "dirty"})


def mark_dirty(session: Session, account_id: int, marketplace_id: str) -> None:
    """Plan everything of a marketplace again that any flow has mirrored of it."""
    for table in SQLModel.metadata.sorted_tables:
        if _COLUMNS.issubset(table.columns.keys()):
            own = table.c.account_id == account_id, table.c.marketplace_id == marketplace_id
            session.connection().execute(update(table).where(*own).values(dirty=True))
