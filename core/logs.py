"""Structured logs: text or JSON, with job, channel and operation, without secrets.

The command line logs to standard error, the worker to standard error as well (journald keeps it), the user
interface to a file only, because the terminal belongs to it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.redaction import redact

if TYPE_CHECKING:
    from core.settings import Settings

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
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{moment} {record.levelname.lower():7} {record.name} {record.getMessage()} {fields}".rstrip()
        return redact(line) + _trace(self, record)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **_context.get(),
        }
        trace = _trace(self, record)
        if trace:
            entry["trace"] = trace.strip()
        return json.dumps(entry, ensure_ascii=False)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """The traceback without local values; messages inside it are redacted."""
    if not record.exc_info:
        return ""
    return "\n" + "\n".join(redact(line) for line in formatter.formatException(record.exc_info).splitlines())


def configure(settings: Settings | None = None, *, file: Path | None = None) -> None:
    """Send logs to `file`, or to standard error; called at the start of each process, and again with its settings."""
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(_JsonFormatter() if settings and settings.log_format == "json" else _TextFormatter())
    logging.basicConfig(level=settings.log_level.upper() if settings else "INFO", handlers=[handler], force=True)
    for noisy in ("urllib3", "huey", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
