"""What sshd starts with ForceCommand: the login screen on the session's terminal, and nothing else."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.actor import LOCAL_ADMIN
from core.people import operators
from core.people.audit import list_entries
from core.settings import Settings
from core.workspace import opened
from tests.tui import sshd

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "tui.cli", "--login"]
SECONDS = 30.0
CURSOR_IN_PASSWORD = b"\x1b[7;28H"


@contextmanager
def session(home: Path, command: Sequence[str] = COMMAND) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The forced command, or one that leads to it, on a terminal, in an environment that names a local admin."""
    end, terminal = pty.openpty()
    environment = {**os.environ, "CROSSDOCK_HOME": str(home), "CROSSDOCK_OPERATOR": "admin", "TERM": "xterm-256color"}
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **streams)
    os.close(terminal)
    try:
        yield end, process
    finally:
        process.kill()
        process.wait()
        os.close(end)


def read_until(end: int, wanted: bytes) -> bytes:
    output = b""
    while wanted not in output:
        ready, _, _ = select.select([end], [], [], SECONDS)
        assert ready, output[-500:]
        output += os.read(end, 65_536)
    return output


def test_a_session_begins_at_the_login_screen_and_ends_with_it(home: Path) -> None:
    check_session(home, COMMAND)


def check_session(home: Path, command: Sequence[str]) -> None:
    with opened(Settings(home=home)) as workspace:
        operators.add(workspace, LOCAL_ADMIN, "alice", role="admin", password="correct horse")
    with session(home, command) as (end, process):
        assert b"Home" not in read_until(end, b"leaves")
        os.write(end, b"alice\r")
        read_until(end, CURSOR_IN_PASSWORD)
        os.write(end, b"correct horse\r")
        read_until(end, b"Home")
        os.write(end, b"\x11")
        while select.select([end], [], [], SECONDS)[0]:
            try:
                if not os.read(end, 65_536):
                    break
            except OSError:  # how Linux says that the child has closed its terminal
                break
        assert process.wait(SECONDS) == 0
    with opened(Settings(home=home)) as workspace:
        assert [e.action for e in list_entries(workspace.database, LOCAL_ADMIN)] == ["login", "operator.add"]


def test_commands_given_to_ssh_are_not_run(home: Path) -> None:
    for asked, said in (
        ({"SSH_ORIGINAL_COMMAND": "crossdock store list"}, "No commands are run here"),
        ({}, "terminal"),
    ):
        environment = {**os.environ, "CROSSDOCK_HOME": str(home), **asked}
        done = subprocess.run(
            COMMAND, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    assert not home.exists()


@pytest.mark.skipif(not sshd.is_usable(), reason="needs sshd (OpenSSH server) and ssh; root needs /run/sshd as well")
def test_a_real_sshd_with_the_lines_of_the_guide_starts_the_login_screen_and_nothing_else(
    home: Path, tmp_path: Path
) -> None:
    with sshd.served(tmp_path, home) as ssh:
        *options, host = ssh
        check_session(home, [*options, "-t", "-o", "SendEnv=CROSSDOCK_*", host])
        for words in (["crossdock", "store", "list"], ["scp", "-f", "/etc/passwd"]):
            done = subprocess.run([*ssh, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stdout) == (2, "") and "No commands are run here" in done.stderr
        through = [*options, "-W", f"127.0.0.1:{options[options.index('-p') + 1]}", host]
        done = subprocess.run(through, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (255, ""), "nothing is forwarded, not even to sshd itself"
