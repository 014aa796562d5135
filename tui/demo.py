"""The demo: a sandbox, a worker and a connected channel in `$CROSSDOCK_HOME/demo`.

It touches nothing of the operator's own: home, database, queue and key are the demo's, and both remotes are on
loopback. Headless it imports a month of orders, lets the sandbox check the store against what Amazon sold, and
checks our own account of it against that.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from core import orders, stores
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.checks import Check, checklist
from core.errors import ConfigurationError
from core.identity import is_known_dead, new_owner
from core.jobs import views
from core.jobs.requests import Requested
from core.settings import Settings
from core.workspace import Workspace, opened
from tasks.start import start
from tui.commands.common import checklist_lines, show
from tui.commands.work import follow, job_lines

MARKER = "this-is-a-demo"
_STOP = 15.0
MOST_SEARCHES = 11


def run_demo(settings: Settings, *, headless: bool, as_json: bool) -> int:
    """Run the demo; returns 0 when every order checks out on both sides (headless), or when the screen is left."""
    with _fresh_home(settings.home / "demo") as home, _sandbox() as world:
        demo = _settings(settings, home, world)
        with opened(demo) as workspace:
            stores.add(workspace, LOCAL_ADMIN, world["store"])
            stores.prepare_store(workspace, LOCAL_ADMIN, world["store"]["name"], apply=True)
            channel = registry.add(workspace, LOCAL_ADMIN, world["channel"])
            asked = orders.import_orders(workspace, LOCAL_ADMIN, channel.name)
            with _worker(demo):
                start(workspace, asked)
                if not headless:
                    return _screen(demo)
                return _headless(workspace, world, asked, as_json)


def _headless(workspace: Workspace, world: dict[str, Any], asked: Requested, as_json: bool) -> int:
    started = time.monotonic()
    follow(workspace, LOCAL_ADMIN, asked.job_id)
    seconds = time.monotonic() - started
    job = views.get_job(workspace.database, LOCAL_ADMIN, asked.job_id)
    document = views.job_document(workspace.database, LOCAL_ADMIN, job)
    audit = _ask(world, "audit")
    ledger = _ask(world, "ledger")["counts"]
    checks = checklist(_checks(document, audit, ledger))
    summary = {"ok": checks["ok"], "job": document, "checks": checks["checks"], "calls": ledger, "audit": audit}
    summary["seconds"] = round(seconds, 1)
    held = f"{document['counts']['held']} held as expected, see: problems of job {document['job']} with --json"
    lines = [*list(job_lines({**document, "problems": []})), f"  {held}", *checklist_lines(checks)]
    lines.append(f"Done in {seconds:.1f} s." if checks["ok"] else "The demo does not check out.")
    show(summary, lines, as_json=as_json)
    return 0 if checks["ok"] else 1


def _checks(job: dict[str, Any], audit: dict[str, Any], ledger: dict[str, Any]) -> list[Check]:
    """What makes the demo a success."""
    held = {p["subject"].removeprefix("order "): p["code"] for p in job["problems"]}
    wrong_holds = {
        order: (audit["expected_held"].get(order), held.get(order))
        for order in held.keys() | audit["expected_held"].keys()
        if held.get(order) != audit["expected_held"].get(order)
    }
    amazon = ledger["amazon"]
    searches = amazon["searchOrders"]["calls"]
    calls = sum(operation["calls"] for operation in amazon.values())
    refused = sum(operation["refused"] for operation in amazon.values())
    faults = [name for name in ("missing", "doubled", "wrong", "stray", "stock_wrong") if audit[name]]
    created = job["counts"]["created"]
    return [
        Check(
            "the store has every order exactly once, with exact lines, totals, statuses, dates and stock",
            audit["ok"],
            f"{audit['created']} of {audit['expected']}; {', '.join(faults) or 'no deviation'}.",
        ),
        Check("our account agrees", created == audit["expected"], f"{created} created."),
        Check(
            "every order that cannot be imported is held with the right reason",
            not wrong_holds,
            f"{len(held)} held; {len(wrong_holds)} deviate.",
        ),
        Check("calls to Amazon", searches <= MOST_SEARCHES, f"{searches} searchOrders, {calls} in all."),
        Check("refused calls", refused * 100 <= calls, f"{refused} of {calls}."),
    ]


def _screen(settings: Settings) -> int:
    from tui.app import run_app

    return run_app(settings, LOCAL_ADMIN, title="demo")


@contextmanager
def _fresh_home(home: Path) -> Iterator[Path]:
    """An empty home; only a folder that a demo made is ever emptied, and never under one that runs."""
    marker = home / MARKER
    if home.exists() and any(home.iterdir()) and not marker.exists():
        raise ConfigurationError(f"{home} holds something that is no demo.", next_step="Move it away.")
    owner = marker.read_text(errors="replace") if marker.exists() else ""
    if owner and not is_known_dead(owner):
        raise ConfigurationError(
            f"A demo runs in {home} already.",
            next_step="Leave that one, or set CROSSDOCK_HOME to another folder. If none runs, delete the folder.",
        )
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    marker.write_text(new_owner())
    try:
        yield home
    finally:
        marker.write_text("")


def _settings(settings: Settings, home: Path, world: dict[str, Any]) -> Settings:
    """The demo's own settings: nothing of the operator's but the log options and the clock."""
    return Settings(
        home=home,
        database_url="",
        queue_url="",
        key=None,
        key_file=None,
        operator="",
        token=None,
        spapi_url=world["amazon_url"],
        lwa_url=world["lwa_url"],
        seller_central_url=world["environment"]["CROSSDOCK_SELLER_CENTRAL_URL"],
        log_level=settings.log_level,
        log_format=settings.log_format,
        test_clock=settings.test_clock,
    )


@contextmanager
def _sandbox() -> Iterator[dict[str, Any]]:
    """The sandbox in a process of its own; yields its URLs and credentials."""
    command = [sys.executable, "-m", "sandbox"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ConfigurationError("The sandbox did not start.", next_step="Run: python -m sandbox")
        yield json.loads(line)
    finally:
        _end(process)


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """The worker in a process of its own, logging into the demo's home."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")}
    environment |= {
        "CROSSDOCK_HOME": str(settings.home),
        "CROSSDOCK_SPAPI_URL": settings.spapi_url,
        "CROSSDOCK_LWA_URL": settings.lwa_url,
        "CROSSDOCK_LOG_LEVEL": settings.log_level,
        "CROSSDOCK_LOG_FORMAT": settings.log_format,
        "CROSSDOCK_TEST_CLOCK": settings.test_clock,
    }
    with (settings.home / "worker.log").open("wb") as log:
        command = [sys.executable, "-m", "huey_consumer"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ask(world: dict[str, Any], what: str) -> dict[str, Any]:
    """A question to the sandbox itself, beside its two faces."""
    answer = requests.get(f"{world['store_url']}/_sandbox/{what}", timeout=60)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
