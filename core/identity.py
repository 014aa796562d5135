"""Names processes, so that leases know their owners and dead owners can be told."""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache
from pathlib import Path

import psutil


@cache
def _this_host() -> str:
    """This host, and where there are containers the one we are in: process numbers mean nothing outside of it."""
    try:
        container = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        container = ""
    return f"{socket.gethostname()}:{container}"


@cache
def _process(pid: int) -> str:
    return f"{_this_host()}/{pid}/{_started(pid)}"


def _started(pid: int) -> int:
    """When a process was started, in a unit that does not move when the system clock is set.

    Raises psutil.NoSuchProcess when there is none.
    """
    try:
        # Field 22, in clock ticks since boot; the name in field 2 may hold spaces.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return int(psutil.Process(pid).create_time() * 100)


def new_owner() -> str:
    """A name for one holder of leases inside this process."""
    return f"{_process(os.getpid())}/{uuid.uuid4().hex[:8]}"


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
        process = psutil.Process(int(pid))
        # A process number may have been given to another process since.
        alive = abs(_started(int(pid)) - int(created)) <= 1
        return not alive or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
