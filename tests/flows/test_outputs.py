"""What commands print: whatever others wrote into names, numbers and messages, it only shows itself."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from core.settings import Settings
from core.workspace import opened
from tests.hostile import HARMLESS, HOSTILE, fill
from tests.tui.order_rows import number
from tui import cli
from tui.cli import COMMANDS, GROUPS, build
from tui.commands.table import CELL, table
from tui.commands.terminal import Tone, Word

READS = {
    "store list": (),
    "store show": ("main{words}",),
    "app list": (),
    "app show": ("app de{words}",),
    "channel list": (),
    "channel show": ("de",),
    "schedule list": (),
    "settings show": (),
    "orders list": ("--channel", "de"),
    "orders show": ("--channel", "de", f"{number(0)}{{words}}", f"{number(4)}{{words}}"),
    "shipments list": ("--channel", "de"),
    "listings list": ("--channel", "de"),
    "products list": ("--channel", "de"),
    "listings show": ("--channel", "de", "--sku", "CAP"),
    "mapping show": ("--channel", "de"),
    "mapping export": ("--channel", "de"),
    "categories list": ("--channel", "de", "--search", "lamp"),
    "categories export": ("--channel", "de", "-"),
    "fields show": ("--channel", "de", "--product-type", "LAMP"),
    "fields export": ("--channel", "de", "-"),
    "product-types show": ("--channel", "de", "LAMP"),
    "jobs list": (),
    "jobs show": ("{job}",),
    "jobs log": ("{job}",),
    "operator list": (),
    "audit list": (),
    "problems list": (),
    "status": (),
    "doctor": (),
}
"""Every command that only reads, with what it needs."""
REFUSED = {
    "store show": ("none{words}",),
    "channel show": ("none{words}",),
    "orders show": ("--channel", "de", "none{words}"),
    "listings show": ("--channel", "none{words}", "--sku", "x"),
    "problems list": ("--channel", "none{words}"),
    "mapping show": ("--channel", "de", "none{words}"),
}
"""Commands whose error says what they were given."""
OWN_WORDS = {
    "channel list",
    "schedule list",
    "settings show",
    "categories export",
    "fields show",
    "fields export",
    "mapping export",
    "mapping show",
    "doctor",
    "status",
    "listings show",
}
"""What need not hold others' text, in a home like this."""


@dataclass(frozen=True)
class Filled:
    """A home with these words in every text."""

    words: str
    home: Path
    job: int

    def run(self, name: str, options: tuple[str, ...], *more: str) -> Result:
        """Run a command there."""
        asked = [*name.split(), *(option.format(words=self.words, job=self.job) for option in options), *more]
        environment = {"CROSSDOCK_HOME": str(self.home), "CROSSDOCK_LOG_LEVEL": "error"}
        return CliRunner().invoke(build(asked), asked, env=environment)


def _filled(home: Path, words: str) -> Filled:
    with opened(Settings(home=home)) as workspace:
        return Filled(words, home, fill(workspace, words))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A home of hostile text; tests only read it."""
    return _filled(tmp_path_factory.mktemp("hostile"), HOSTILE)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The same with harmless text."""
    return _filled(tmp_path_factory.mktemp("harmless"), HARMLESS)


def test_every_command_that_reads_is_known() -> None:
    """A new one is looked at here as well; products are exported to Amazon, and no file."""
    found = set(COMMANDS) & {"doctor", "status"}
    for name in GROUPS:
        group: Any = typer.main.get_command(build([name]))
        found |= {f"{name} {one}" for one in group.commands[name].commands if one in ("list", "show", "log", "export")}
    assert found - {"products export"} == set(READS)


def test_hostile_text_in_lists(harmless: Filled, hostile: Filled) -> None:
    """Every character shows itself, and nothing makes a line of its own."""
    for name, options in READS.items():
        plain, done = harmless.run(name, options), hostile.run(name, options)
        assert done.exit_code == plain.exit_code, (name, done.output)
        for text in (done.stdout, done.stderr):
            assert text.replace("\n", "").isprintable(), name
            assert not [c for c in text if unicodedata.category(c) in ("Cf", "Co", "Cn", "Cs", "Zl", "Zp")], name
            assert not [line for line in text.split("\n") if line.lstrip().startswith("FORGED")], name
        assert done.stdout.count("\n") == plain.stdout.count("\n"), name
        assert name in OWN_WORDS or "FORGED" in done.stdout, name


def test_hostile_text_in_json(hostile: Filled) -> None:
    """ASCII that nothing reads as more, and for programs the very value."""
    for name, options in READS.items():
        done = hostile.run(name, options, "--json")
        assert done.stdout.isascii(), name
        assert done.stdout.replace("\n", "").isprintable(), name
        document = json.loads(done.stdout)
        assert name in OWN_WORDS or any(HOSTILE in one for one in _strings(document)), name
    entries = json.loads(hostile.run("audit list", (), "--json").stdout)["entries"]
    assert f"\ud800{HOSTILE}" in [entry["detail"].get("in two halves") for entry in entries]


def test_hostile_text_in_errors(hostile: Filled) -> None:
    """One line on standard error, and the same in JSON."""
    for name, options in REFUSED.items():
        done = hostile.run(name, options, "--json")
        assert done.exit_code > 1, name
        assert done.stderr.count("\n") == 1, name
        assert done.stderr.strip().isprintable(), name
        assert done.stdout.isascii(), name
        assert json.loads(done.stdout)["error"]["message"], name


def _strings(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from (key, *_strings(value))
    elif isinstance(document, list):
        for value in document:
            yield from _strings(value)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_that_cannot_show_everything(hostile: Filled, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is replaced, the arrow before a fix by an ASCII one."""
    monkeypatch.setenv("CROSSDOCK_HOME", str(hostile.home))
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding, write_through=True))
    monkeypatch.setattr(sys, "argv", ["crossdock", "problems", "list"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    printed = written.getvalue().decode(encoding)
    assert printed.replace("\n", "").isprintable()
    assert "\n      > Give the product this code" in printed


class TestTable:
    ROWS = (("1", "x" * 1_000_000, "end"), ("2", "short", "end"))

    def test_a_huge_cell(self) -> None:
        """It is cut, and the columns after it stay in sight."""
        head, first, second = table(self.ROWS, ("job", "name", "state"))
        assert len(first) == len("job") + len("end") + CELL + 4
        assert first.endswith("x…  end")
        assert second.endswith("end")
        assert head.index("state") == first.index("end")

    def test_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The widest columns give way until a row is a line."""
        monkeypatch.setenv("COLUMNS", "40")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        lines = list(table(self.ROWS, ("job", "name", "state")))
        assert {len(line) for line in lines} <= set(range(41))
        assert lines[1].startswith("1    xxxx")
        assert lines[1].endswith("x…  end")

    def test_a_narrow_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A cell keeps enough to be told from others."""
        monkeypatch.setenv("COLUMNS", "1")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert list(table(self.ROWS, ("job", "name", "state")))[1] == "1    xxxxxxx…  end"

    def test_columns_that_can_be_spared_go_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What tells rows apart stays whole."""
        monkeypatch.setenv("COLUMNS", "44")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("NO_COLOR", "1")
        rows = [("028-1493094-5496457", "MERCHANT", "52.23 EUR", "a reason of thirty characters!")]
        head = ("order", "by", "total", "held because")
        assert list(table(rows, head, whole=("order",), spare=("by", "total"))) == [
            "order                held because",
            "028-1493094-5496457  a reason of thirty cha…",
        ]

    def test_colours_are_for_terminals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They repeat a word, and leave a pipe alone."""
        rows = [(Word("held", Tone.LATE), "漢字" * 3)]
        assert list(table(rows, ("state", "name"))) == ["state  name", "held   漢字漢字漢字"]
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        assert list(table(rows, ("state", "name")))[1] == "\x1b[33mheld \x1b[0m  漢字漢字漢字"
