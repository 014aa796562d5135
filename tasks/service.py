"""The worker as a service: a systemd unit of this account, and the commands that start it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from core.actor import Actor
from core.errors import ConfigurationError
from core.files import PRIVATE_FOLDER, whole
from core.people.audit import record
from core.people.rights import require_admin
from core.settings import Settings
from core.workspace import Workspace

NAME = "crossdock-worker"
_NOT_PASSED_ON = ("CROSSDOCK_HOME", "CROSSDOCK_KEY", "CROSSDOCK_OPERATOR", "CROSSDOCK_TOKEN")
"""The home is told in any case; the others are secrets, or say who acts."""
_SURROUNDINGS = ("HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class WorkerService:
    """What makes the worker run by itself on this machine."""

    unit: str
    """The text of the unit."""
    path: Path
    """Where it belongs."""
    commands: tuple[str, ...]
    """What starts it once it is there."""
    by_hand: str
    """The worker without any service."""
    has_systemd: bool
    is_written: bool
    needs_key: bool
    """The key is given by the environment, which no unit file should hold."""


def worker_command() -> str:
    """The worker by its full path, which works in every shell."""
    return shlex.join(_program())


def service(settings: Settings) -> WorkerService:
    """The service for this home."""
    path = _folder() / f"{NAME}.service"
    return WorkerService(
        unit=_unit(settings),
        path=path,
        commands=(
            "systemctl --user daemon-reload",
            f"systemctl --user enable --now {NAME}",
            "loginctl enable-linger",
        ),
        by_hand=worker_command(),
        has_systemd=shutil.which("systemctl") is not None,
        is_written=path.is_file(),
        needs_key="CROSSDOCK_KEY" in os.environ,
    )


def write_unit(workspace: Workspace, actor: Actor) -> WorkerService:
    """Write the unit file, in place of an older one; raises ConfigurationError where that is not allowed."""
    require_admin(workspace.database, actor, "write the unit of the worker")
    found = service(workspace.settings)
    try:
        found.path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        with whole(found.path, replace=True) as file:
            file.write(found.unit.encode())
    except OSError as error:
        raise ConfigurationError(
            f"{found.path} cannot be written: {error.strerror}.", next_step=f"Run the worker with: {found.by_hand}"
        ) from None
    with workspace.database.write() as session:
        record(session, actor, "worker.unit", f"file {found.path}")
    return service(workspace.settings)


def _folder() -> Path:
    configuration = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(configuration) / "systemd" / "user"


def _program() -> list[str]:
    command = Path(sys.executable).with_name("crossdock")
    return [str(command), "worker"] if command.is_file() else [sys.executable, "-m", "huey_consumer"]


def _unit(settings: Settings) -> str:
    passed = {name: value for name, value in os.environ.items() if name.startswith("CROSSDOCK_")}
    passed |= {name: os.environ[name] for name in _SURROUNDINGS if name in os.environ}
    told = {"CROSSDOCK_HOME": str(settings.home)} | {
        name: value for name, value in sorted(passed.items()) if name not in _NOT_PASSED_ON
    }
    lines = [
        "[Unit]",
        "Description=Crossdock worker",
        "",
        "[Service]",
        "Type=exec",
        *[f"Environment={_quoted(f'{name}={value}')}" for name, value in told.items()],
        f"ExecStart={' '.join(_quoted(part.replace('$', '$$')) for part in _program())}",
        "Restart=on-failure",
        "TimeoutStopSec=60",
        "UMask=0077",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """As systemd reads it: no specifiers, no escapes, no end of the line within."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{plain}"' if set(plain) & set(" \"'\\;") else plain
