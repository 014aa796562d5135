"""The command line in the process of a test."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sandbox.sandbox import Sandbox
from tui.cli import build


class Line:
    """`crossdock` in this process, in the home of the test, with a sandbox for its remotes."""

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in sandbox.credentials()["environment"].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CROSSDOCK_LOG_LEVEL", "error")
        self.sandbox = sandbox
        self.documents = sandbox.credentials()

    def run(self, *words: str, document: Any = None) -> Result:
        """Run a command; `document` goes to its standard input."""
        text = document if isinstance(document, str) else json.dumps(document or {})
        return CliRunner().invoke(build(words), list(words), input=text)

    def json(self, *words: str, document: Any = None, code: int = 0) -> Any:
        """Run a command with --json; checks its exit code and parses its one document."""
        done = self.run(*words, "--json", document=document)
        assert done.exit_code == code, (done.exit_code, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def connect(self) -> None:
        """Add the sandbox's store and channel."""
        self.json("store", "add", "--from", "-", document=self.documents["store"])
        self.json("channel", "add", "--from", "-", document=self.documents["channel"])
