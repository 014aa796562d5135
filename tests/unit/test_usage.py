"""A wrong command line is told to people in words and to scripts as a document."""

from __future__ import annotations

import json
import sys

import pytest

from tui.cli import main


@pytest.mark.parametrize(
    ("words", "message", "help_of"),
    [
        (["orders", "import", "--json"], "--channel", "crossdock orders --help"),
        (["store", "nope", "--json"], "nope", "crossdock store --help"),
        (["nope", "--json"], "nope", "crossdock --help"),
        (["jobs", "show", "abc", "--json"], "ID", "crossdock jobs --help"),
    ],
)
def test_scripts_get_a_document(
    words: list[str],
    message: str,
    help_of: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["crossdock", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    told = capsys.readouterr()
    assert caught.value.code == 2
    error = json.loads(told.out)["error"]
    assert message in error["message"]
    assert error["fix"] == f"See: {help_of}"
    assert error["message"] in told.err
