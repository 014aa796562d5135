"""Log records: one line each, whatever was logged, and only characters that show themselves."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.logging import LogCaptureHandler

from core import logs
from core.logs import LIMIT, log_context
from core.settings import Settings
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
