"""Two companies in one store, each with a channel: what a vendor's token can do on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.actor import LOCAL_ADMIN
from core.people import operators
from core.settings import Settings
from core.workspace import opened
from tests.unit.builders import FR, add_job, connect_channel
from tui.cli import build

REFUSED = (
    ("channel show fr", 2), ("channel enable fr", 2), ("channel delete fr", 2), ("channel verify fr", 2),
    ("orders list --channel fr", 2), ("orders import --channel fr --direct", 2), ("mapping show --channel fr", 2),
    ("listings list --channel fr", 2), ("problems list --channel fr", 2), ("jobs show 1", 2), ("jobs log 1", 2),
    ("jobs cancel 1", 2), ("app list", 3), ("settings show", 3), ("stop-writes on", 3), ("store verify main", 3),
    ("operator add eve --no-password", 3), ("operator token alice", 3), ("key rotate", 3), ("doctor", 3),
)  # fmt: skip


def run(words: str, code: int = 0) -> Any:
    """Run a command with --json; returns its document."""
    done = CliRunner().invoke(build(words.split()), [*words.split(), "--json"])
    assert done.exit_code == code, (words, done.exit_code, done.stdout, done.stderr)
    return json.loads(done.stdout)


def test_a_vendor_meets_only_their_own_by_command(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(Settings(home=home)) as workspace:
        connect_channel(workspace.database, company_id=1)
        other = connect_channel(workspace.database, name="fr", marketplace_id=FR, company_id=2)
        add_job(workspace.database, other)
        operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
        operators.add(workspace, LOCAL_ADMIN, "vera", role="vendor", store="main", company_id=1)
        token = operators.issue_token(workspace, LOCAL_ADMIN, "vera")
    with monkeypatch.context() as acting:
        acting.setenv("CROSSDOCK_OPERATOR", "vera")
        acting.setenv("CROSSDOCK_TOKEN", token)
        assert [channel["name"] for channel in run("channel list")["channels"]] == ["de"]
        assert run("jobs list")["jobs"] == []
        assert [store["url"] for store in run("store list")["stores"]] == [""]
        assert [one["name"] for one in run("operator list")["operators"]] == ["vera"]
        for words, code in (*REFUSED, (f"backup {tmp_path / 'saved'}", 3), (f"restore {tmp_path / 'saved'}", 3)):
            error = run(words, code)["error"]
            assert "company 2" not in str(error)
        assert "fr" not in {entry["subject"] for entry in run("audit list")["entries"]}
    refused = run("audit list --operator vera --limit 1000")["entries"]
    # All but the restore, which only the local admin may even begin.
    assert len(refused) == len(REFUSED) + 1
    assert {entry["action"] for entry in refused} == {"refused"}
