"""The worker as a service: the unit names this home and this program, and nothing that is secret."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.actor import LOCAL_ADMIN, Actor
from core.checks import Check
from core.errors import ConfigurationError, RightsError
from core.people.audit import list_entries
from core.settings import Settings
from core.workspace import Workspace
from tasks.service import look, service, worker_command, write_unit
from tui.cli import build


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


def test_a_service_of_the_machine_runs_as_the_owner_of_the_home_also_where_root_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    monkeypatch.setattr(Path, "owner", lambda self: "shop")
    found = service(Settings(home=Path("/var/lib/crossdock")), system=True)
    assert str(found.path) == "/etc/systemd/system/crossdock-worker.service"
    lines = found.unit.splitlines()
    assert {"User=shop", "WantedBy=multi-user.target", "After=network-online.target", "NoNewPrivileges=yes"} <= set(
        lines
    )
    assert all(command.startswith("sudo systemctl") for command in found.commands)


def test_the_service_is_shown_then_written_then_found_in_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # without systemd

    def run(*words: str) -> Result:
        return CliRunner().invoke(build(words), list(words))

    assert run("service", "install").exit_code == 2
    shown = run("service", "install", "--user")
    assert "[Service]" in shown.stdout and "Nothing was written" in shown.stdout
    assert run("service", "check", "--user").exit_code == 3
    assert run("service", "install", "--user", "--apply").exit_code == 0
    assert run("service", "check", "--user").exit_code == 0
    unit = service(Settings(home=home)).path
    unit.write_text(unit.read_text().replace("Restart=on-failure", "Restart=no"))
    assert "differs" in run("service", "check", "--user").stdout


def test_a_unit_that_this_account_may_not_read_is_a_finding(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_unit(workspace, LOCAL_ADMIN)

    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    monkeypatch.setenv("PATH", "/nowhere")
    checks = {check.name: check for check in look(workspace.settings)}
    assert not checks["content"].ok and "root" in checks["content"].fix


def test_a_password_of_the_environment_is_not_shown_to_every_account(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", "postgresql+psycopg://shop:planted@db.example/shop")
    with pytest.raises(ConfigurationError, match="CROSSDOCK_DATABASE_URL") as caught:
        write_unit(workspace, LOCAL_ADMIN, system=True)
    assert "planted" not in str(caught.value)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, which comes with systemd")
@pytest.mark.parametrize("system", [False, True], ids=["user", "system"])
def test_systemd_itself_takes_the_unit_and_not_a_broken_one(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: bool
) -> None:
    monkeypatch.setattr("tasks.service._SYSTEM", tmp_path / "system")
    monkeypatch.setenv("HTTPS_PROXY", 'http://proxy.example:3128/a "b" 100% $HOME')
    unit = write_unit(workspace, LOCAL_ADMIN, system=system).path

    def said() -> Check:
        return next(check for check in look(workspace.settings, system=system) if check.name == "systemd")

    assert said().ok, said()
    written = unit.read_text()
    for right, wrong in (
        ("ExecStart=/", "ExecStart=/nowhere/"),
        ("Type=exec", "Type=often"),
        ("[Service]", "[Sevrice]"),
    ):
        unit.write_text(written.replace(right, wrong))
        assert not said().ok and said().fix, wrong
