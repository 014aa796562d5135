"""The worker as a service: the unit names this home and this program, and nothing that is secret."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.actor import LOCAL_ADMIN, Actor
from core.errors import ConfigurationError, RightsError
from core.people.audit import list_entries
from core.settings import Settings
from core.workspace import Workspace
from tasks.service import service, worker_command, write_unit


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_the_unit_names_home_and_environment_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", '/etc/a "b" 100%.pem')
    monkeypatch.setenv("CROSSDOCK_KEY", "planted-key")
    monkeypatch.setenv("CROSSDOCK_TOKEN", "planted-token")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    found = service(Settings(home=Path("/home/anna/my shop")))
    assert 'Environment="CROSSDOCK_HOME=/home/anna/my shop"' in found.unit
    assert r'Environment="REQUESTS_CA_BUNDLE=/etc/a \"b\" 100%%.pem"' in found.unit
    assert "Environment=HTTPS_PROXY=http://proxy.example:3128" in found.unit
    assert "planted" not in found.unit and found.needs_key
    assert f"ExecStart={worker_command()}" in found.unit


def test_the_program_is_named_by_its_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert worker_command() == f"{tmp_path / 'python'} -m huey_consumer"
    (tmp_path / "crossdock").touch()
    assert worker_command() == f"{tmp_path / 'crossdock'} worker"


def test_writing_the_unit_is_the_administrators_and_is_recorded(workspace: Workspace) -> None:
    with pytest.raises(RightsError):
        write_unit(workspace, Actor("vera", is_admin=False, store_id=1, company_id=2))
    assert not service(workspace.settings).is_written
    written = write_unit(workspace, LOCAL_ADMIN)
    assert written.is_written and written.path.read_text() == written.unit
    assert written.path.stat().st_mode & 0o077 == 0
    assert list_entries(workspace.database, LOCAL_ADMIN)[0].action == "worker.unit"


def test_a_folder_that_cannot_be_written_names_the_other_way(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file")
    with pytest.raises(ConfigurationError) as caught:
        write_unit(workspace, LOCAL_ADMIN)
    assert worker_command() in caught.value.next_step
