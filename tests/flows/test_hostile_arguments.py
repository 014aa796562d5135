"""Every command ends with a clear word, whatever stands on its line or in its environment."""

from __future__ import annotations

import io
import json
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from core import logs
from core.settings import Settings
from core.workspace import opened
from tui.cli import COMMANDS, GROUPS, build, main
from tui.commands.table import table

SERVERS = ("demo", "sandbox", "worker")
HUGE = "99999999999999999999"
ODD = "\x1b[31m\u202e\u0085"
# Of each kind of hostile line: every number, every text, every path.
KINDS = {
    "huge numbers, nothing else": (HUGE, "", ""),
    "negative numbers, long names, a folder": ("-" + HUGE, "x" * 5000, "/"),
    "zero, odd letters, a device without end": ("0", ODD, "/dev/zero"),
}


def leaves(command: Any, words: list[str]) -> Iterator[tuple[list[str], Any]]:
    """Every command below one, with its words."""
    commands = getattr(command, "commands", None)
    if commands is None:
        yield words, command
        return
    for name, one in commands.items():
        yield from leaves(one, [*words, name])


def tree() -> dict[str, list[tuple[list[str], Any]]]:
    """All commands but those that serve until they are stopped, by their first word."""
    names = [name for name in [*GROUPS, *COMMANDS] if name not in SERVERS]
    apps: dict[str, Any] = {name: typer.main.get_command(build([name])) for name in names}
    return {name: list(leaves(app.commands[name], [name])) for name, app in apps.items()}


TREE = tree()


def line(words: list[str], command: Any, kind: tuple[str, str, str]) -> list[str]:
    """The command with hostile values for everything that takes one."""
    number, text, path = kind
    options, arguments = [], []
    for param in command.params:
        if getattr(param, "is_flag", False):
            continue
        of_what = str(param.type_descriptor.annotation)
        of_path = "Path" in of_what or ("--from" in param.opts and words[1] != "import")
        value = path if of_path else number if "int" in of_what else text
        if param.param_type_name == "argument":
            arguments.append(value)
        else:
            options.append(f"{param.opts[0]}={value}")
    return [*words, *options, "--", *arguments]


@pytest.fixture
def made(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSDOCK_LOG_LEVEL", "error")
    with opened(Settings(home=home)):
        return home


def run(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stdin: bytes = b""
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["crossdock", *words])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("group", TREE)
def test_no_argument_is_a_fault_of_the_program(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], group: str, kind: str
) -> None:
    for words, command in TREE[group]:
        asked = line(words, command, KINDS[kind])
        code, _, err = run(asked, monkeypatch, capsys)
        assert code in (0, 2, 3), (asked, code, err[-500:])
        assert "fault of the program" not in err and "Traceback" not in err, (asked, err[-500:])
        assert len(err) < 20_000


@pytest.mark.parametrize("word", ["\udcff", "x" * 10_001])
@pytest.mark.parametrize("words", [["store", "show"], ["jobs", "show"], ["backup"], ["nothing"]])
def test_a_word_that_is_no_text_is_refused(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], word: str
) -> None:
    code, _, err = run([*words, word], monkeypatch, capsys)
    assert code == 2 and "not UTF-8" in err
    code, out, _ = run([*words, word, "--json"], monkeypatch, capsys)
    assert code == 2 and json.loads(out)["error"]["exit_code"] == 2


@pytest.mark.parametrize("stdin", [b"\xff\xfe", b"\0", b"[" * 100_000, b'{"name": "\\u0000"}', b" " * 10_000_001])
def test_standard_input_that_is_no_document_is_refused(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stdin: bytes
) -> None:
    code, _, err = run(["store", "add", "--from", "-"], monkeypatch, capsys, stdin)
    assert code == 2 and "fault" not in err


def test_a_secret_in_the_wrong_place_of_a_document_is_not_shown(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOP_KEY", "planted-secret")
    code, out, err = run(["store", "add", "--from", "-", "--json"], monkeypatch, capsys, b'{"name": "env:SHOP_KEY"}')
    assert code == 2 and "planted-secret" not in out + err


@pytest.mark.parametrize("clock", ["", "0,2"])
@pytest.mark.parametrize("name", ["/tmp/" + "x" * 300, "/tmp/\udcff", "/dev/null/home", "/proc/nothing/home"])
def test_a_home_that_cannot_be_is_said_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, clock: str
) -> None:
    monkeypatch.setenv("CROSSDOCK_HOME", name)
    monkeypatch.setenv("CROSSDOCK_TEST_CLOCK", clock)
    for words in (["jobs", "list"], ["doctor"], ["worker"]):
        code, _, err = run(words, monkeypatch, capsys)
        assert code in ((0, 1, 3) if words == ["doctor"] else (3,)) and "fault" not in err and "Traceback" not in err, (
            words,
            err,
        )


def test_what_a_remote_says_is_cut_in_tables() -> None:
    lines = list(table([("1", "x" * 1_000_000)] * 60, ("order", "status")))
    assert sum(map(len, lines)) < 20_000


def test_the_log_of_the_user_interface_is_for_this_account_alone(home: Path) -> None:
    file = home / "logs" / "tui.log"
    file.parent.mkdir(parents=True)
    file.touch(0o644)
    for _ in range(2):
        logs.configure(file=file)
        logging.getLogger("test").warning("something")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.unlink()


def test_logs_that_cannot_be_written_stop_nothing(home: Path) -> None:
    home.mkdir()
    (home / "logs").touch()
    logs.configure(file=home / "logs" / "tui.log")
    logging.getLogger("test").warning("something")
