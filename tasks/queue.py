"""The Huey instance, chosen by `CROSSDOCK_QUEUE_URL`. It carries nothing but job ids.

Huey delivers at most once and knows no priorities of ours, so a lost message is no loss: the job table is the truth,
and the worker's upkeep hands over again whatever was not claimed.

Whoever may write to the queue must not get code run by that. Huey's own messages are pickles; ours are the digits of a
job's id, so there is nothing to run and nothing to sign, and no other part of Huey's storage is read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage, PriorityRedisStorage

from core.checks import Check
from core.database import server_patience, sqlite_file
from core.errors import ConfigurationError, CrossdockError
from core.redaction import redact
from core.settings import Settings
from tasks import queue_file
from tasks.queue_file import QueueFile

log = logging.getLogger(__name__)

NAME = "crossdock"
_TASK = "run_job"
_MOST_DROPPED = 1_000
"""Messages that name no job and are dropped in one go, before the worker looks whether it is to stop."""
_SERVER = "Check CROSSDOCK_QUEUE_URL and its server."
_ANEW = "Move it away; a new one is made, and no job is lost by that."


class JobIds(Serializer):  # type: ignore[misc]
    """A message is the id of a job in decimal digits, in the range of the database's keys."""

    def serialize(self, data: Message) -> bytes:
        """The message for a job."""
        (job_id,) = data.args
        return str(int(job_id)).encode()

    def deserialize(self, data: Any) -> Message:
        """The task for a message; raises ValueError for whatever is no job's id."""
        if not isinstance(data, bytes) or not re.fullmatch(rb"[1-9][0-9]{0,18}", data) or int(data) >= 2**63:
            raise ValueError("the message names no job")
        return Message(None, f"{__name__}.{_TASK}", args=(int(data),))


class _Queue(Huey):  # type: ignore[misc]
    """Huey reduced to what is used of it: nothing is scheduled, revoked or kept as a result, so none of it is read."""

    def dequeue(self) -> Any:
        """The next task; messages that name no job are dropped with a word."""
        dropped = 0
        try:
            while dropped < _MOST_DROPPED and (data := self.storage.dequeue()) is not None:
                try:
                    return self.deserialize_task(data)
                except ValueError:
                    dropped += 1
        finally:
            if dropped:
                log.warning(
                    "%s messages in the queue were dropped: they name no job. Jobs are found without them", dropped
                )
        return None

    def read_schedule(self, timestamp: datetime | None = None) -> list[Any]:
        """Nothing."""
        return []

    def is_revoked(self, task: Any, timestamp: datetime | None = None, peek: bool = True) -> bool:
        """Never: jobs are cancelled in the database."""
        return False

    def delete(self, key: str) -> bool:
        """Nothing is there to be deleted."""
        return False


def make_queue(settings: Settings) -> Any:
    """A Huey instance for the configured URL; raises ConfigurationError when the queue cannot be used."""
    try:
        storage, options = _storage(settings)
        made = _Queue(NAME, results=False, utc=True, serializer=JobIds(), storage_class=storage, **options)
        if storage is QueueFile:  # the others say by themselves, now or when they are used
            made.pending_count()
    except CrossdockError:
        raise
    except Exception as error:  # each kind of queue has a family of its own
        raise _unusable(settings, error) from None
    return made


def _storage(settings: Settings) -> tuple[type, dict[str, Any]]:
    """Huey's storage for the configured URL, and its options."""
    scheme = _scheme(settings)
    if scheme == "sqlite":
        file = _file(settings)
        # Elsewhere it may be anything that a wrong address names.
        return QueueFile, {"filename": str(file), "may_move": file.resolve().is_relative_to(settings.home.resolve())}
    if scheme in ("redis", "rediss"):
        return PriorityRedisStorage, {"url": settings.queue}
    if scheme in ("postgresql", "postgres"):
        return PostgresStorage, {"dsn": settings.queue, **server_patience(settings.queue)}
    raise ConfigurationError(
        f"CROSSDOCK_QUEUE_URL begins with {scheme!r}.",
        next_step="Use sqlite:///FILE, redis://… or postgresql://…, or unset it.",
    )


def _scheme(settings: Settings) -> str:
    return settings.queue.partition(":")[0].strip().lower()


def _file(settings: Settings) -> Path:
    file = sqlite_file(settings.queue)
    if file is None:
        raise ConfigurationError("CROSSDOCK_QUEUE_URL names no file.", next_step="Use sqlite:///FILE, or unset it.")
    database = sqlite_file(settings.database)
    if database is not None and file.resolve() == database.resolve():
        raise ConfigurationError(
            "CROSSDOCK_QUEUE_URL names the file of the database.", next_step="Give the queue a file of its own."
        )
    if file.exists() and not file.is_file():
        raise ConfigurationError(
            f"The queue {file} is not a file.", next_step="Move it away; a new one is made, and no job is lost by that."
        )
    return file


def _unusable(settings: Settings, error: Exception) -> ConfigurationError:
    """What is wrong with the queue, in words; never the address, which may hold a password."""
    reason = redact((str(error).splitlines() or [""])[0]).rstrip(".") or type(error).__name__
    if _scheme(settings) != "sqlite":
        return ConfigurationError(f"The queue cannot be used: {reason}.", next_step=_SERVER)
    file = _file(settings)
    if queue_file.is_damage(error):
        what, next_step = f"The queue {file} is damaged: {reason}.", _ANEW
    elif "locked" in reason:
        what, next_step = f"The queue {file} is held by another process.", "End that one, or try again later."
    elif "no such column" in reason or "has no column" in reason or "there is already" in reason:
        what, next_step = f"The queue {file} holds something else: {reason}.", _ANEW
    else:
        what, next_step = f"The queue {file} cannot be used: {reason}.", "Check the rights on it, its folder and disk."
    return ConfigurationError(what, next_step=next_step)


def look(settings: Settings) -> Check:
    """Whether the queue can be used, for the checklist of `crossdock doctor`; changes nothing."""
    try:
        if _scheme(settings) != "sqlite":
            waiting = make_queue(settings).pending_count()
        elif not _file(settings).exists():
            return Check("queue", True, "There is none yet; it is made at the first start.")
        else:
            waiting = queue_file.waiting(_file(settings), NAME)
    except CrossdockError as error:
        return Check("queue", False, error.what, error.next_step)
    except Exception as error:
        found = _unusable(settings, error)
        return Check("queue", False, found.what, found.next_step)
    return Check("queue", True, f"It can be used; {waiting} messages wait in it.")


def _no_worker_here(job_id: int) -> None:
    raise ConfigurationError("No worker runs in this process.", next_step="Start it with: crossdock worker")


class Dispatcher:
    """Hands job ids to the queue; the job table stays the truth, so a failure here loses nothing."""

    def __init__(self, settings: Settings, run: Callable[[int], object] = _no_worker_here) -> None:
        """`run` runs a job by its id: what the one task there is does, in a worker."""
        self._settings = settings
        self.huey = make_queue(settings)
        self._run = run

        def run_job(job_id: int) -> None:  # messages name it by this module, whatever `run` is
            self._run(job_id)

        self._task = self.huey.task(name=_TASK)(run_job)

    def enqueue(self, job_ids: Iterable[int]) -> None:
        """Put jobs into the queue; raises ConfigurationError when it cannot be used."""
        try:
            for job_id in job_ids:
                self._task(job_id)
        except Exception as error:
            raise _unusable(self._settings, error) from None
