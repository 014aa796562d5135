"""The Huey instance, chosen by `CROSSDOCK_QUEUE_URL`. It carries nothing but job ids.

Huey delivers at most once and knows no priorities of ours, so a lost message is no loss: the job table is the truth,
and the worker's upkeep hands over again whatever was not claimed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huey import SqliteHuey
from huey.storage import SqliteStorage

from core.checks import Check
from core.database import sqlite_file
from core.errors import ConfigurationError, CrossdockError
from core.files import ensure_private
from core.settings import Settings

NAME = "crossdock"


class _NormalSyncStorage(SqliteStorage):  # type: ignore[misc]
    """SQLite with synchronous=NORMAL: right for WAL, five times faster than Huey's default, safe at power loss."""

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        connection.execute("pragma synchronous=normal")
        return connection


def make_queue(settings: Settings) -> Any:
    """A Huey instance for the configured URL; raises ConfigurationError for a scheme it does not know."""
    scheme = urlsplit(settings.queue).scheme
    options: dict[str, Any] = {"name": NAME, "results": False, "utc": True}
    if scheme == "sqlite":
        file = _file(settings)
        ensure_private(file)
        return SqliteHuey(filename=str(file), timeout=30, storage_class=_NormalSyncStorage, **options)
    if scheme in ("redis", "rediss"):
        from huey import PriorityRedisHuey

        return PriorityRedisHuey(url=settings.queue, **options)
    if scheme in ("postgresql", "postgres"):
        from huey import PostgresHuey

        return PostgresHuey(dsn=settings.queue, **options)
    raise ConfigurationError(
        f"CROSSDOCK_QUEUE_URL begins with {scheme!r}.",
        next_step="Use sqlite:///FILE, redis://… or postgresql://…, or unset it.",
    )


def _file(settings: Settings) -> Path:
    file = sqlite_file(settings.queue)
    if file is None:
        raise ConfigurationError("CROSSDOCK_QUEUE_URL names no file.", next_step="Use sqlite:///FILE, or unset it.")
    return file


def look(settings: Settings) -> Check:
    """Whether the queue can be used, for the checklist of `crossdock doctor`; makes nothing."""
    if urlsplit(settings.queue).scheme == "sqlite" and not _file(settings).exists():
        return Check("queue", True, "There is none yet; it is made at the first start.")
    try:
        waiting = make_queue(settings).pending_count()
    except CrossdockError as error:
        return Check("queue", False, error.what, error.next_step)
    except Exception as error:  # each kind of queue has a family of its own
        reason = (str(error) or type(error).__name__).splitlines()[0]
        return Check("queue", False, f"It cannot be used: {reason}.", "Check CROSSDOCK_QUEUE_URL and its server.")
    return Check("queue", True, f"It can be used; {waiting} messages wait in it.")


class Dispatcher:
    """Hands job ids to the queue; the job table stays the truth, so a failure here loses nothing."""

    def __init__(self, settings: Settings) -> None:
        self.huey = make_queue(settings)
        self._task = self.huey.task(name="run_job")(run_job)

    def enqueue(self, job_ids: Iterable[int]) -> None:
        """Put jobs into the queue."""
        for job_id in job_ids:
            self._task(job_id)


def run_job(job_id: int) -> None:
    """The one task there is: run a job by its id, in a worker."""
    from tasks.worker import this_worker

    this_worker().run(job_id)
