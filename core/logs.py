"""Structured logs: text or JSON, with job, channel and operation, without secrets.

A record is one line, whatever was logged; in text, the lines of a traceback follow it, each indented.

The command line logs to standard error, the worker to standard error as well (journald keeps it) unless it is given a
file, the user interface to a file only, because the terminal belongs to it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigurationError
from core.plain_text import clean, shortened
from core.redaction import redact

if TYPE_CHECKING:
    from core.settings import Settings

_MEGABYTES, _COUNT = 10, 5
"""Of a log file until the settings are read, as they are by default."""
LIMIT = 10_000
"""Characters of one record that are written."""

_context: ContextVar[dict[str, str]] = ContextVar("log_context", default={})  # noqa: B039 - never mutated


@contextmanager
def log_context(**values: object) -> Iterator[None]:
    """Add fields such as job=…, channel=… to every record logged inside."""
    token = _context.set({**_context.get(), **{name: str(value) for name, value in values.items()}})
    try:
        yield
    finally:
        _context.reset(token)


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _context.get().items())
        timestamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{timestamp} {record.levelname.lower():7} {record.name} {record.getMessage()} {fields}".rstrip()
        return "".join([clean(redact(line), limit=LIMIT), *(f"\n  {line}" for line in _trace(self, record))])


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": shortened(redact(record.getMessage()), LIMIT),
            **_context.get(),
        }
        trace = _trace(self, record)
        if trace:
            entry["trace"] = "\n".join(trace)
        return json.dumps(entry)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    """The lines of the traceback, without local values; messages inside it are redacted."""
    if not record.exc_info:
        return []
    return [clean(redact(line), limit=LIMIT) for line in formatter.formatException(record.exc_info).splitlines()]


def _to_file(file: Path, settings: Settings | None) -> logging.Handler:
    """Where that cannot be done, the logs are lost and not the program."""
    from core.log_file import RotatedFile  # commands have no file

    most, count = (settings.log_megabytes, settings.log_count) if settings else (_MEGABYTES, _COUNT)
    try:
        return RotatedFile(file, most * 1_000_000, count)
    except OSError:
        return logging.NullHandler()


def configure_worker(settings: Settings) -> None:
    """Send the logs of this worker where its settings say; raises ConfigurationError for a file that cannot be written.

    Nobody would look for what a worker has not said.
    """
    configure(settings, file=settings.worker_log)
    if settings.worker_log is not None and not os.access(settings.worker_log, os.W_OK):
        raise ConfigurationError(
            f"The log {settings.worker_log} cannot be written.",
            next_step="Correct log_file, or the rights on it and its folder.",
        )


def configure(settings: Settings | None = None, *, file: Path | None = None) -> None:
    """Send logs to `file`, or to standard error; called at the start of each process, and again with its settings."""
    handler = logging.StreamHandler(sys.stderr) if file is None else _to_file(file, settings)
    handler.setFormatter(_JsonFormatter() if settings and settings.log_format == "json" else _TextFormatter())
    _replace_ours(handler)
    logging.getLogger().setLevel(settings.log_level.upper() if settings else "INFO")
    for noisy in ("urllib3", "huey", "alembic", "werkzeug", "boto3", "botocore"):  # these would log whole messages
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))


def _replace_ours(handler: logging.Handler) -> None:
    """Let this handler take the place of the one that was set here before; what others have set stays."""
    root = logging.getLogger()
    for before in [one for one in root.handlers if isinstance(one.formatter, _TextFormatter | _JsonFormatter)]:
        root.removeHandler(before)
        before.close()
    root.addHandler(handler)
