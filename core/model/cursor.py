"""How far each stream has been read, and what was asked for once."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from core.model.base import json_field, key_field


class Cursor(SQLModel, table=True):
    """Position of a stream of a seller account or store; moves in the transaction that stores the rows it covers.

    `scope` is a marketplace id for a watermark, or empty for the window that is being read: its bounds, page token,
    the time of the token, and the fingerprint of the query. Of what was asked for once (`core.sync.asking`) the
    scope is our key, and the position the moment when it was asked for, once it is known to have arrived.
    """

    __table_args__ = (UniqueConstraint("owner", "stream", "scope"),)

    id: int | None = key_field()
    owner: str
    """Whose stream it is: "seller 7" or "store 3"; deleted with it by hand, as no foreign key can."""
    stream: str
    scope: str = ""
    position: datetime | None = None
    window: dict[str, Any] = json_field()
