"""Names processes, so that leases know their owners and dead owners can be told."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROCESSES = Path("/proc")


@dataclass(frozen=True)
class _Process:
    """What the system says of a process."""

    started: int
    """When it was started, in a unit that does not move when the system clock is set."""
    has_ended: bool
    """Its parent has not been told yet."""


@cache
def _this_host() -> str:
    """This host, and where there are containers the one we are in: process numbers mean nothing outside of it."""
    try:
        container = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        container = ""
    return f"{socket.gethostname()}:{container}"


@cache
def _name(pid: int) -> str:
    process = _process(pid)
    return f"{_this_host()}/{pid}/{process.started if process else 0}"


def _process(pid: int) -> _Process | None:
    """A process; None when there is none. Raises PermissionError when nothing may be known of it."""
    if not (_PROCESSES / "self/stat").exists():
        return _elsewhere(pid)
    try:
        stat = (_PROCESSES / f"{pid}/stat").read_text()
    except OSError:
        try:
            os.kill(pid, 0)  # only asks: those of others may be hidden
        except (ProcessLookupError, OverflowError):
            return None
        raise PermissionError(pid) from None
    fields = stat.rpartition(")")[2].split()  # the name in field 2 may hold spaces
    return _Process(int(fields[19]), fields[0] == "Z")  # field 22, in clock ticks since boot, and field 3


def _elsewhere(pid: int) -> _Process | None:
    """The same where the system has no such files."""
    import psutil  # takes long to load

    try:
        process = psutil.Process(pid)
        return _Process(int(process.create_time() * 100), process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        raise PermissionError(pid) from None


def new_owner() -> str:
    """A name for one holder of leases inside this process."""
    return f"{_name(os.getpid())}/{uuid.uuid4().hex[:8]}"


def host_and_process(owner: str) -> tuple[str, str]:
    """Name of the host and number of the process in an owner's name, for people."""
    host, _, rest = owner.partition("/")
    return host.partition(":")[0], rest.partition("/")[0]


def is_known_dead(owner: str) -> bool:
    """True only when `owner` ran on this host and its process is gone; never a guess about other hosts."""
    host, _, rest = owner.partition("/")
    pid, _, rest = rest.partition("/")
    created = rest.partition("/")[0]
    if host != _this_host() or not pid.isdigit() or not created.isdigit():
        return False
    try:
        process = _process(int(pid))
    except PermissionError:
        return False
    # A process number may have been given to another process since.
    return process is None or process.has_ended or abs(process.started - int(created)) > 1
