"""A real sshd on loopback, set up by the very lines of docs/security.md; for tests that ask for one."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SSHD = shutil.which("sshd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
"""An absolute path, as sshd wants it; None where there is none."""
GUIDE = Path(__file__).parents[2] / "docs" / "security.md"
_SEPARATION = Path("/run/sshd")
"""Without it a server that root starts does not begin."""
_PATIENCE = 10.0


def is_usable() -> bool:
    """Whether a server can be started here."""
    return SSHD is not None and shutil.which("ssh") is not None and (os.geteuid() != 0 or _SEPARATION.is_dir())


@contextmanager
def served(folder: Path, home: Path) -> Iterator[list[str]]:
    """Serve the account of this process; gives the words that begin a call of ssh."""
    for name in ("host", "person"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text("\n".join([*_general(folder, port), guided(home)]) + "\n")
    server = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        _answers(port)
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes")
        words = ["ssh", "-F", "none", "-i", str(folder / "person"), "-p", str(port)]
        yield [*words, *(word for one in options for word in ("-o", one)), "127.0.0.1"]
    finally:
        server.terminate()
        server.wait()


def guided(home: Path) -> str:
    """The block of the guide, for this account, this home and this program."""
    block = GUIDE.read_text().partition("```\n")[2].partition("```")[0]
    program = Path(sys.executable).with_name("crossdock")
    for there, here in (
        ("User crossdock", f"User {getpass.getuser()}"),
        ("/opt/crossdock/.venv/bin/crossdock", str(program)),
        ("/var/lib/crossdock/home", str(home)),
    ):
        assert there in block, "the guide says it otherwise now"
        block = block.replace(there, here)
    return block


def _general(folder: Path, port: int) -> list[str]:
    return [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'person.pub'}",
        "PidFile none",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
    ]


def _answers(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < end, "sshd does not begin"
            time.sleep(0.05)
