"""Why all writes are stopped: by hand, or by the move of the home into another database.

The setting `stop_writes` is then what is kept of that move, so that one that was killed can be told and resolved.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field

from sqlmodel import Session

from core.identity import host_and_process, is_known_dead, new_owner
from core.model.setting import STOP_WRITES, GlobalSetting


@dataclass(frozen=True)
class Move:
    """A move that has begun in this database; its copy says the same until it is taken into use."""

    to: str
    """The kind of the other database."""
    were_stopped: bool
    """Whether writes were stopped before."""
    by: str = field(default_factory=new_owner)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    is_done: bool = False

    def document(self) -> dict[str, object]:
        """The value of the setting."""
        return asdict(self)

    @property
    def is_under_way(self) -> bool:
        """Whether its process may still be at it; one of another host is never known to be dead."""
        return not self.is_done and not is_known_dead(self.by)


@dataclass(frozen=True)
class Stopped:
    """Why writes are stopped and, unless it was by hand, the command that resolves it."""

    why: str
    fix: str = ""


def move_of(session: Session) -> Move | None:
    """The move that has stopped the writes of this database."""
    setting = session.get(GlobalSetting, STOP_WRITES)
    return Move(**setting.value) if setting and isinstance(setting.value, dict) else None


def why_stopped(session: Session) -> Stopped | None:
    """Why all writes are stopped; None while they are allowed."""
    setting = session.get(GlobalSetting, STOP_WRITES)
    if not setting or not setting.value:
        return None
    move = move_of(session)
    if move is None:
        return Stopped("All writes to stores and Amazon are stopped.")
    if move.is_done:
        return Stopped(
            f"This home has moved to {move.to}; writes stay stopped in its former database.",
            "Set CROSSDOCK_DATABASE_URL to the new database. To stay with this one: crossdock move --cancel",
        )
    if move.is_under_way:
        host, process = host_and_process(move.by)
        return Stopped(
            f"This home is being moved to {move.to}, by process {process} on {host}; all writes are stopped meanwhile.",
            "Wait for it. If it has ended, stay with the former database: crossdock move --cancel",
        )
    return Stopped(
        f"A move of this home to {move.to} was interrupted; all writes are stopped since.",
        "Run crossdock move again, or stay with the former database: crossdock move --cancel",
    )
