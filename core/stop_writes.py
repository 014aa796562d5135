"""The switch that stops all writes to all remotes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.actor import Actor
from core.model.setting import STOP_WRITES, GlobalSetting
from core.people.audit import record
from core.people.rights import require_admin
from core.stopped import Move
from core.workspace import Workspace


def stop_writes(workspace: Workspace, actor: Actor, stop: bool) -> None:
    """Switch all writes off or on; takes effect before the next write, jobs wait meanwhile."""
    _set(workspace, actor, lambda value: (value or True) if stop else False)  # what a move has noted stays


def note_move(workspace: Workspace, actor: Actor, noted: Move | bool) -> None:
    """Stop all writes for a move, or let them be as they were before it."""
    _set(workspace, actor, lambda _: noted if isinstance(noted, bool) else noted.document())


def _set(workspace: Workspace, actor: Actor, change: Callable[[Any], Any]) -> None:
    require_admin(workspace.database, actor, "stop or allow writes")
    with workspace.database.write() as session:
        setting = session.get(GlobalSetting, STOP_WRITES) or GlobalSetting(key=STOP_WRITES)
        setting.value = change(setting.value)
        session.add(setting)
        record(session, actor, "stop_writes", "on" if setting.value else "off")
