"""The switch that stops all writes to all remotes."""

from __future__ import annotations

from core.actor import Actor
from core.model.setting import STOP_WRITES, GlobalSetting
from core.people.audit import record
from core.people.rights import require_admin
from core.workspace import Workspace


def stop_writes(workspace: Workspace, actor: Actor, stop: bool) -> None:
    """Switch all writes off or on; takes effect before the next write, jobs wait meanwhile."""
    require_admin(workspace.database, actor, "stop or allow writes")
    with workspace.database.write() as session:
        setting = session.get(GlobalSetting, STOP_WRITES) or GlobalSetting(key=STOP_WRITES)
        setting.value = stop
        session.add(setting)
        record(session, actor, "stop_writes", "on" if stop else "off")
