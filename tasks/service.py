"""The worker as a service: a systemd unit of this account or of the machine, and the commands that start it."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from core.actor import Actor
from core.checks import Check
from core.errors import ConfigurationError
from core.files import PRIVATE_FOLDER, whole
from core.people.audit import record
from core.people.rights import require_admin
from core.settings import Settings
from core.workspace import Workspace

NAME = "crossdock-worker"
_NOT_PASSED_ON = ("CROSSDOCK_HOME", "CROSSDOCK_KEY", "CROSSDOCK_OPERATOR", "CROSSDOCK_TOKEN")
"""The home is told in any case; the others are secrets, or say who acts."""
_SYSTEM = Path("/etc/systemd/system")
_HARDENING = ("NoNewPrivileges=yes", "ProtectSystem=full", "PrivateTmp=yes")
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


def service(settings: Settings, *, system: bool = False) -> WorkerService:
    """The service for this home; `system`: one of the machine, which runs as the home's owner and is set up by root."""
    path = (_SYSTEM if system else _folder()) / f"{NAME}.service"
    control = "sudo systemctl" if system else "systemctl --user"
    lingers = () if system else ("loginctl enable-linger",)
    return WorkerService(
        unit=_unit(settings, system),
        path=path,
        commands=(f"{control} daemon-reload", f"{control} enable --now {NAME}", *lingers),
        by_hand=worker_command(),
        has_systemd=shutil.which("systemctl") is not None,
        is_written=path.is_file(),
        needs_key="CROSSDOCK_KEY" in os.environ,
    )


def write_unit(workspace: Workspace, actor: Actor, *, system: bool = False) -> WorkerService:
    """Write the unit file, in place of an older one; raises ConfigurationError where that is not allowed."""
    require_admin(workspace.database, actor, "write the unit of the worker")
    held = [name for name, value in _environment().items() if urlsplit(value).password]
    if system and held:
        raise ConfigurationError(
            f"{' and '.join(held)} of the environment holds a password; every account of the machine can read a unit.",
            next_step=f"Write it to {workspace.settings.home / 'config.toml'} and unset it here.",
        )
    found = service(workspace.settings, system=system)
    try:
        found.path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        with whole(found.path, replace=True) as file:
            file.write(found.unit.encode())
    except OSError as error:
        way = "Run it as root, with the same CROSSDOCK_HOME." if system else f"Run the worker with: {found.by_hand}"
        raise ConfigurationError(f"{found.path} cannot be written: {error.strerror}.", next_step=way) from None
    with workspace.database.write() as session:
        record(session, actor, "worker.unit", f"file {found.path}")
    return service(workspace.settings, system=system)


def look(settings: Settings, *, system: bool = False) -> list[Check]:
    """Whether the service is as it should be; changes nothing."""
    found = service(settings, system=system)
    option = "--system" if system else "--user"
    install = f"Run: crossdock service install {option} --apply"
    checks = [Check("unit", found.is_written, f"{found.path} is {'' if found.is_written else 'not '}there.", install)]
    if found.is_written:
        checks.append(_content(found, install))
        checks += _verified(found.path)
    if found.needs_key:
        fix = "Give the service the key as a credential or a file, see docs/install.md."
        checks.append(Check("key", False, "The key is given by the environment; the unit does not hold it.", fix))
    return [replace(check, fix="" if check.ok else check.fix) for check in checks]


def _content(found: WorkerService, install: str) -> Check:
    """Whether the unit is what would be written now."""
    try:
        same = found.path.read_text(errors="replace") == found.unit
    except OSError as error:
        return Check("content", False, f"It cannot be read: {error.strerror}.", "Check it as root.")
    words = "It is the one of this version and home." if same else "It differs from the one of this version and home."
    return Check("content", same, words, install)


def _verified(path: Path) -> list[Check]:
    """What systemd itself says of the unit, where it is at hand."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return []
    done = subprocess.run([program, "verify", str(path)], capture_output=True, text=True, timeout=30, check=False)
    said = next((line for line in done.stderr.splitlines() if path.name in line), "")
    takes = done.returncode == 0 and not said  # it ignores what it does not know, with a word
    words = "systemd takes it." if takes else f"systemd does not take it: {said or done.returncode}"
    return [Check("systemd", takes, words, "Correct the unit, or install it anew.")]


def _folder() -> Path:
    configuration = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(configuration) / "systemd" / "user"


def _program() -> list[str]:
    command = Path(sys.executable).with_name("crossdock")
    return [str(command), "worker"] if command.is_file() else [sys.executable, "-m", "huey_consumer"]


def _environment() -> dict[str, str]:
    """What the unit has of the present environment."""
    passed = {name: value for name, value in os.environ.items() if name.startswith("CROSSDOCK_")}
    passed |= {name: os.environ[name] for name in _SURROUNDINGS if name in os.environ}
    return {name: value for name, value in sorted(passed.items()) if name not in _NOT_PASSED_ON}


def _unit(settings: Settings, system: bool) -> str:
    told = {"CROSSDOCK_HOME": str(settings.home)} | _environment()
    lines = [
        "[Unit]",
        "Description=Crossdock worker",
        *(("Wants=network-online.target", "After=network-online.target") if system else ()),
        "",
        "[Service]",
        "Type=exec",
        *((f"User={_account(settings.home)}",) if system else ()),
        *[f"Environment={_quoted(f'{name}={value}')}" for name, value in told.items()],
        f"ExecStart={' '.join(_quoted(part.replace('$', '$$')) for part in _program())}",
        "Restart=on-failure",
        "TimeoutStopSec=60",
        "UMask=0077",
        *(_HARDENING if system else ()),
        "",
        "[Install]",
        f"WantedBy={'multi-user' if system else 'default'}.target",
        "",
    ]
    return "\n".join(lines)


def _account(home: Path) -> str:
    """Who runs the worker: the owner of the home folder, also where root asks."""
    try:
        return home.owner()
    except (OSError, KeyError):
        return getpass.getuser()


def _quoted(text: str) -> str:
    """As systemd reads it: no specifiers, no escapes, no end of the line within."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{plain}"' if set(plain) & set(" \"'\\;") else plain
