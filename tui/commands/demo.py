"""The demo: a sandbox, a worker and a connected channel in `$CROSSDOCK_HOME/demo`.

It touches nothing of the operator's own: home, database, queue and key are the demo's, and both remotes are on
loopback. It imports a month of orders and the catalogue, with a screen while one looks on. Headless it also imports
months of the past, tells Amazon of what the store ships, lets the sandbox check both sides against each other, and
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core import stores
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.checks import checklist
from core.errors import ConfigurationError
from core.identity import is_known_dead, new_owner
from core.jobs.requests import Requested
from core.orders import actions as orders
from core.products import actions as products
from core.settings import Settings
from core.shipments import actions as shipments
from core.workspace import Workspace, opened
from tasks.start import start
from tui.commands.common import checklist_lines, show, tell
from tui.commands.demo_checks import of_catalogue, of_categories, of_import, of_push
from tui.commands.demo_exports import add_fresh, products_out
from tui.commands.demo_notices import heard_of, listen
from tui.commands.demo_past import add_past, backfill
from tui.commands.demo_world import Told, World, ask, ended, post
from tui.commands.work import RESTARTING_WORKER, follow

MARKER = "this-is-a-demo"
CARRIERS = {"dhl": "DHL", "ups": "UPS", "fedex": "FedEx"}
"""What the carriers of the sandbox's store are called at Amazon."""
NEW_LISTINGS = 60
"""Listings that the store lacks."""
SPEED = 15.0
SHIFT = 60
"""Seconds between two parcels' leaving while the screen is open."""
_STOP = 15.0


def run_demo(settings: Settings, *, headless: bool, as_json: bool) -> int:
    """Run the demo; returns 0 when all checks out on both sides (headless), or when the screen is left."""
    started = time.monotonic()
    with _fresh_home(settings.home / "demo") as home, _sandbox() as world:
        world["channel"]["settings"]["carriers"] = CARRIERS
        demo = _settings(settings, home, world)
        with opened(demo) as workspace:
            stores.add(workspace, LOCAL_ADMIN, world["store"])
            stores.prepare_store(workspace, LOCAL_ADMIN, world["store"]["name"], apply=True)
            channel = registry.add(workspace, LOCAL_ADMIN, world["channel"])
            post(world, "listings", {"unknown": NEW_LISTINGS})
            fresh, past = add_fresh(world), add_past(world)
            listen(workspace, world)
            mapped = _map_categories(workspace, world)
            asked = orders.import_orders(workspace, LOCAL_ADMIN, channel.name)
            with _worker(demo):
                start(workspace, asked)
                if not headless:
                    start(workspace, products.import_products(workspace, LOCAL_ADMIN, channel.name))
                    post(world, "warehouse/shift", {"every": SHIFT, "orders": 3})
                    return _screen(demo)
                told = [mapped, _headless(workspace, world, asked)]
        told += _fast(demo, world, fresh, past)
    return _summary(told, time.monotonic() - started, as_json=as_json)


def _summary(told: Sequence[Told], seconds: float, *, as_json: bool) -> int:
    checks = checklist([check for one in told for check in one.checks])
    document: dict[str, Any] = {"ok": checks["ok"]}
    for one in told:
        document |= one.document
    document |= {"checks": checks["checks"], "seconds": round(seconds, 1)}
    lines = [line for one in told for line in one.lines] + [*checklist_lines(checks)]
    lines.append(f"Done in {seconds:.1f} s." if checks["ok"] else "The demo does not check out.")
    show(document, lines, as_json=as_json)
    return 0 if checks["ok"] else 1


def _map_categories(workspace: Workspace, world: World) -> Told:
    """Read the categories of both sides, and map those that have products; Amazon need not be slow at that."""
    pace = ask(world, "processing")
    post(world, "processing", {"queue": 0, "work": 0})
    name = world["channel"]["name"]
    asked = categories.refresh_categories(workspace, LOCAL_ADMIN, name, direct=True)
    if run := start(workspace, asked):
        run.wait()
    post(world, "processing", pace)
    for one in world["categories"]:
        categories.map_category(workspace, LOCAL_ADMIN, name, one["cscart"], one["amazon"], one["product_type"])
    job, _ = ended(workspace, asked.job_id)
    mapped = categories.list_categories(workspace, LOCAL_ADMIN, name)
    left = categories.list_categories(workspace, LOCAL_ADMIN, name, only_unmapped=True)
    line = f"{mapped.nodes} categories at Amazon; {len(mapped.mappings)} of the store's are mapped to them"
    found = {"categories": {"job": job, "nodes": mapped.nodes, "mappings": mapped.mappings}}
    return Told(found, [line], of_categories(job, mapped, left))


def _headless(workspace: Workspace, world: dict[str, Any], asked: Requested) -> Told:
    """Follow the import, and look at what came of it."""
    follow(workspace, LOCAL_ADMIN, asked.job_id, RESTARTING_WORKER)
    job, lines = ended(workspace, asked.job_id)
    lines.append(f"  {job['counts']['held']} are held, as expected; each with its reason: --json")
    audit, ledger = ask(world, "audit"), ask(world, "ledger")["counts"]
    found = {"job": job, "calls": ledger, "audit": audit}
    return Told(found, lines, of_import(job, audit, ledger))


def _fast(settings: Settings, world: World, fresh: list[str], past: list[str]) -> list[Told]:
    """Let the store ship a third of the open orders, tell Amazon of the parcels; meanwhile products come in and go out.

    Amazon's quota lets two parcels leave in a second, and it shows them minutes later: so both sides' clocks run fast.
    """
    post(world, "warehouse/ship", {"orders": "third"})
    if not settings.test_clock:
        fast = post(world, "clock", {"speed": SPEED})
        settings = settings.model_copy(update={"test_clock": "{offset!r},{speed!r},{anchor!r}".format(**fast)})
    with opened(settings) as workspace, _worker(settings):
        tell(f"> The store ships a third of its open orders; the clocks run {SPEED:g} times as fast now.")
        name = world["channel"]["name"]
        imported = products.import_products(workspace, LOCAL_ADMIN, name)
        pushed = shipments.push_shipments(workspace, LOCAL_ADMIN, name)
        for one in (imported, pushed):
            start(workspace, one)
        follow(workspace, LOCAL_ADMIN, imported.job_id, RESTARTING_WORKER)
        stands = ask(world, "audit/catalogue")
        out = products_out(workspace, world, fresh)
        history = backfill(workspace, world, past)
        follow(workspace, LOCAL_ADMIN, pushed.job_id, RESTARTING_WORKER)
        (catalogue, catalogue_lines), (parcels, parcel_lines) = [
            ended(workspace, one.job_id) for one in (imported, pushed)
        ]
        audit = ask(world, "audit/shipments")
        heard = heard_of(workspace, world)
    return [
        Told({"shipments": {"job": parcels, "audit": audit}}, parcel_lines, of_push(parcels, audit)),
        Told({"products": {"job": catalogue, "audit": stands}}, catalogue_lines, of_catalogue(catalogue, stands)),
        out,
        heard,
        history,
    ]


def _screen(settings: Settings) -> int:
    from tui.app import run_app

    return run_app(settings, LOCAL_ADMIN, title="demo")


@contextmanager
def _fresh_home(home: Path) -> Iterator[Path]:
    """An empty home; only a folder that a demo made is ever emptied, and never under one that runs."""
    marker = home / MARKER
    if home.exists() and any(home.iterdir()) and not marker.exists():
        raise ConfigurationError(f"{home} holds something that is not a demo.", next_step="Move it away.")
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
        aws_url=world["environment"]["CROSSDOCK_AWS_URL"],
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
        "CROSSDOCK_AWS_URL": settings.aws_url,
        "CROSSDOCK_LOG_LEVEL": settings.log_level,
        "CROSSDOCK_LOG_FORMAT": settings.log_format,
        "CROSSDOCK_TEST_CLOCK": settings.test_clock,
    }
    with (settings.home / "worker.log").open("ab") as log:
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
