"""Entry point of the background worker (systemd's ExecStart): `python huey_consumer.py [--workers N]`.

Also reachable as `crossdock worker`. Huey's own runner works too: `huey_consumer huey_consumer.huey -g TERM`.
No task is defined here: run as a script this module is `__main__`, and tasks are found by their module's name.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from core import logs, settings
from core.errors import CrossdockError
from core.plain_text import clean
from tasks.worker import DEFAULT_THREADS, Worker


def __getattr__(name: str) -> Any:
    """`huey`, made when Huey's own runner asks for it."""
    if name != "huey":
        raise AttributeError(name)
    worker = Worker(settings.load())
    worker.dispatcher.huey.on_startup()(worker.start_upkeep)
    globals()["huey"] = worker.dispatcher.huey
    return worker.dispatcher.huey


def serve(threads: int) -> int:
    """Run the worker until it is told to stop; returns the exit code."""
    try:
        loaded = settings.load()
        logs.configure_worker(loaded)
        Worker(loaded, threads).serve()
    except CrossdockError as error:
        sys.stderr.write(f"{clean(error)}\n")
        return error.exit_code
    return 0


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description="Crossdock's background worker")
    parser.add_argument("--workers", type=int, default=DEFAULT_THREADS, metavar="N", help="jobs side by side")
    options = parser.parse_args()
    if not 1 <= options.workers <= 64:
        parser.error("--workers is a number from 1 to 64")
    return serve(options.workers)


if __name__ == "__main__":
    sys.exit(main())
