"""Log records: one line each, whatever was logged, and only characters that show themselves."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.logging import LogCaptureHandler

import huey_consumer
from core import logs
from core.logs import LIMIT, log_context
from core.settings import Settings
from tasks.worker import Worker
from tests.hostile import HOSTILE

log = logging.getLogger("core.test")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The handlers of the tests come back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = handlers, level


def _logged(home: Path, log_format: str) -> str:
    """What stands in the file after a message, a field and an exception of hostile text."""
    file, root = home / "logs" / "it.log", logging.getLogger()
    # Such records cannot be carried from one process of the tests to another.
    root.handlers[:] = [one for one in root.handlers if not isinstance(one, LogCaptureHandler)]
    logs.configure(Settings(home=home, log_format=log_format), file=file)
    with log_context(job=1, channel=HOSTILE):
        log.warning("Amazon says: %s", f"{HOSTILE}\ud800")
        try:
            raise ValueError(f"{HOSTILE}\n2026-11-23T14:20:01.000+00:00 error   core.jobs forged")
        except ValueError:
            log.exception("it failed")
    log.info("long: %s", "x" * 1_000_000)
    return file.read_text(encoding="utf-8")


def test_text(home: Path) -> None:
    """Three records are three lines that begin with a moment; the lines of a traceback are indented."""
    written = _logged(home, "text")
    assert written.replace("\n", "").isprintable()
    lines = written.removesuffix("\n").split("\n")
    records = [line for line in lines if not line.startswith("  ")]
    assert [line.split()[1:3] for line in records] == [
        ["warning", "core.test"],
        ["error", "core.test"],
        ["info", "core.test"],
    ]
    assert "  Traceback (most recent call last):" in lines
    assert records[0].endswith("[/foo][@click=app.quit]x[/]")
    assert len(records[2]) < LIMIT + 100


def test_json(home: Path) -> None:
    """A document a line, in ASCII; line breaks and foreign letters are what they were."""
    written = _logged(home, "json")
    assert written.isascii()
    assert written.replace("\n", "").isprintable()
    records = [json.loads(line) for line in written.splitlines()]
    assert [record["level"] for record in records] == ["warning", "error", "info"]
    assert records[0]["channel"] == HOSTILE
    assert "\r\nFORGED" in records[0]["message"].replace("�", "\r")
    assert "ValueError" in records[1]["trace"]
    assert len(records[2]["message"]) < LIMIT + 100


def test_configuring_again_replaces_only_what_was_configured_here(home: Path) -> None:
    """The handlers of whoever runs the program in his own process stay, and no record is written twice."""
    root, of_another = logging.getLogger(), logging.NullHandler()
    root.addHandler(of_another)
    _logged(home, "json")
    assert _logged(home, "text").count("Amazon says") == 2, "once for each time it was logged"
    assert of_another in root.handlers


class TestFile:
    """Log files are rotated by size, whoever writes to them."""

    def test_several_processes_lose_no_record_and_write_none_twice(self, home: Path) -> None:
        """Each rotates when it sees the file too large, and goes on in the one that bears the name."""
        file, each, writers = home / "logs" / "worker.log", 1_500, 4
        code = (
            "import logging, sys; from pathlib import Path; from core.log_file import RotatedFile\n"
            f"log = logging.getLogger(); log.addHandler(RotatedFile(Path({str(file)!r}), 8_000, 99))\n"
            f"for number in range({each}): log.warning('%s-%05d %s', sys.argv[1], number, 'x' * 20)\n"
        )
        running = [subprocess.Popen([sys.executable, "-c", code, f"process{number}"]) for number in range(writers)]
        assert [one.wait(60) for one in running] == [0] * writers
        files = sorted(file.parent.iterdir())
        lines = [line.partition(" ")[0] for one in files for line in one.read_text().splitlines()]
        assert sorted(lines) == [f"process{one}-{number:05d}" for one in range(writers) for number in range(each)]
        assert len(files) > 20
        assert max(one.stat().st_size for one in files) < 8_000 + 100 * writers
        assert {one.stat().st_mode & 0o777 for one in files} == {0o600}

    def test_so_many_are_kept_as_the_settings_say(self, home: Path) -> None:
        settings = Settings(home=home, log_megabytes=1, log_count=2)
        file = home / "logs" / "tui.log"
        logs.configure(settings, file=file)
        for number in range(600):
            log.warning("%s %s", number, "x" * 9_000)
        sizes = {one.name: one.stat().st_size for one in file.parent.iterdir()}
        assert sizes.keys() == {"tui.log", "tui.log.1", "tui.log.2"}
        assert 1_000_000 < sizes["tui.log.1"] < 1_010_000 and 1_000_000 < sizes["tui.log.2"] < 1_010_000

    def test_what_somebody_else_has_rotated_is_noticed(self, home: Path) -> None:
        """As logrotate does it, without a signal."""
        file = home / "logs" / "tui.log"
        logs.configure(Settings(home=home), file=file)
        log.warning("before")
        file.rename(home / "logs" / "moved")
        log.warning("after")
        assert "after" in file.read_text() and "after" not in (home / "logs" / "moved").read_text()

    def test_a_worker_writes_to_the_file_of_its_settings(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(Worker, "serve", lambda _: log.warning("it works"))
        monkeypatch.setenv("CROSSDOCK_LOG_FILE", "worker.log")
        assert huey_consumer.serve(1) == 0
        assert "it works" in (home / "logs" / "worker.log").read_text()
        (home / "a file").touch()
        monkeypatch.setenv("CROSSDOCK_LOG_FILE", str(home / "a file" / "worker.log"))
        assert huey_consumer.serve(1) == 3
        assert "cannot be written" in capsys.readouterr().err
