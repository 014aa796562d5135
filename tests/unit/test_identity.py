"""Names of processes, and telling the dead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core import identity
from core.identity import is_known_dead, new_owner
from tests.unit.builders import DEAD_OWNER, DEAD_PROCESS, HERE


def owner_of(process: psutil.Process, created: float = 0.0) -> str:
    known = identity._process(process.pid)
    assert known is not None
    return f"{HERE}/{process.pid}/{known.started + int(created)}/x"


def test_this_process_is_alive_under_every_name_it_takes() -> None:
    first, second = new_owner(), new_owner()
    assert first != second
    assert first.rpartition("/")[0] == second.rpartition("/")[0]
    assert f"/{os.getpid()}/" in first
    assert not is_known_dead(first)


def test_a_process_that_never_was_is_dead() -> None:
    assert is_known_dead(DEAD_OWNER)


@pytest.mark.parametrize("host", ["another-host", "another-host:4026531836", f"{HERE}0", HERE.rpartition(":")[0]])
def test_nothing_is_known_of_other_hosts_and_containers(host: str) -> None:
    assert host != HERE
    assert not is_known_dead(f"{host}/{DEAD_PROCESS}/100/x")


@pytest.mark.parametrize(
    "owner", ["", HERE, f"{HERE}/", f"{HERE}/x/1/a", f"{HERE}/12", f"{HERE}/{DEAD_PROCESS}/x/a", f"{HERE}/-1/1/a"]
)
def test_a_name_that_cannot_be_read_is_not_called_dead(owner: str) -> None:
    assert not is_known_dead(owner)


def test_a_process_is_dead_once_it_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = owner_of(psutil.Process(child.pid))
    assert not is_known_dead(owner)
    child.communicate(b"\n", timeout=30)
    assert is_known_dead(owner)


def test_an_ended_child_that_nobody_has_waited_for_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print('ready', flush=True)"], stdout=subprocess.PIPE)
    owner = owner_of(psutil.Process(child.pid))
    assert child.stdout is not None
    child.stdout.read()  # its end closes the pipe
    try:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
        assert is_known_dead(owner)
    finally:
        child.stdout.close()
        child.wait(timeout=30)


def test_a_number_that_was_given_to_another_process_since_is_dead() -> None:
    here = psutil.Process()
    assert not is_known_dead(owner_of(here))
    assert is_known_dead(owner_of(here, created=-6000))


@pytest.fixture
def no_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system that tells of processes otherwise than by files."""
    monkeypatch.setattr(identity, "_PROCESSES", tmp_path)


def test_without_files_about_processes_the_library_is_asked(no_files: None) -> None:
    here = psutil.Process()
    assert not is_known_dead(owner_of(here))
    assert is_known_dead(owner_of(here, created=-6000))
    assert is_known_dead(f"{HERE}/{DEAD_PROCESS}/100/x")


def test_a_process_that_may_not_be_looked_at_is_not_called_dead(
    no_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = owner_of(psutil.Process())

    def denied(self: psutil.Process) -> float:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "status", denied)
    assert not is_known_dead(owner)


def test_a_process_that_is_hidden_from_this_account_is_not_called_dead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    owner = owner_of(psutil.Process())
    hiding = tmp_path / "self"
    hiding.mkdir()
    (hiding / "stat").touch()
    monkeypatch.setattr(identity, "_PROCESSES", tmp_path)
    assert not is_known_dead(owner)
    assert is_known_dead(f"{HERE}/{DEAD_PROCESS}/100/x")
