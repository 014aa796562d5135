"""Schedules: started once when due, whoever looks, and caught up once after a pause."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import STREAMS
from core.identity import new_owner
from core.jobs.views import list_jobs
from core.leases import release, take
from core.orders import actions as orders
from core.orders.pull import stream_lease
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop, shop
from tests.flows.line import Line


def every(it: Shop, minutes: int) -> None:
    settings = {"auto_pull_orders_minutes": minutes}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})


def jobs(it: Shop) -> int:
    """But for those that delete personal data: these run in any case."""
    return len([job for job in list_jobs(it.workspace.database, LOCAL_ADMIN) if job.kind != "orders.purge"])


def test_a_due_schedule_starts_one_job_even_if_many_workers_look(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        every(it, 15)
        dispatcher = Dispatcher(it.workspace.settings)
        start_due(it.workspace, dispatcher)
        assert jobs(it) == 0
        clock.install("1000,1", home)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: start_due(it.workspace, dispatcher), range(4)))
        assert jobs(it) == 1
        assert list_jobs(it.workspace.database, LOCAL_ADMIN)[0].requested_by == "system"


def test_L10_a_pause_of_days_is_caught_up_by_one_job_of_each_stream(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        intervals = {stream.interval: 60 for stream in STREAMS}
        switches = {name: True for stream in STREAMS for name in stream.switches}
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": intervals | switches})
        clock.install(f"{45 * 86_400},1", home)
        dispatcher = Dispatcher(it.workspace.settings)
        for _ in range(3):
            start_due(it.workspace, dispatcher)
        kinds = [job.kind for job in list_jobs(it.workspace.database, LOCAL_ADMIN)]
        assert sorted(kinds) == sorted(stream.kind for stream in STREAMS) and len(kinds) == 8


def test_zero_minutes_and_disabled_channels_start_nothing(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        every(it, 15)
        registry.set_enabled(it.workspace, LOCAL_ADMIN, it.channel, False)
        clock.install("100000,1", home)
        start_due(it.workspace, Dispatcher(it.workspace.settings))
        registry.set_enabled(it.workspace, LOCAL_ADMIN, it.channel, True)
        every(it, 0)
        start_due(it.workspace, Dispatcher(it.workspace.settings))
        assert jobs(it) == 0


def test_a_channel_that_does_not_use_the_queue_is_run_by_the_one_who_looks(home: Path) -> None:
    with shop(home, orders=5, other_orders=0, settings={}) as it:
        settings = {"use_queue": False, "auto_pull_orders_minutes": 15}
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})
        clock.install("1000,1", home)
        dispatcher = Dispatcher(it.workspace.settings)
        runs = start_due(it.workspace, dispatcher)
        for run in runs:
            run.wait()
        assert len(runs) == 1 and not runs[0].is_running
        job = list_jobs(it.workspace.database, LOCAL_ADMIN)[0]
        assert job.state.is_final and job.counts["seen"] == 5
        assert dispatcher.huey.pending_count() == 0


def test_through_the_queue_only_the_number_travels(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        every(it, 15)
        clock.install("1000,1", home)
        dispatcher = Dispatcher(it.workspace.settings)
        assert start_due(it.workspace, dispatcher) == []
        assert dispatcher.huey.pending_count() == 1
        assert list_jobs(it.workspace.database, LOCAL_ADMIN)[0].state == "queued"


def test_a_schedule_joins_the_run_that_is_under_way(home: Path) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        settings = {"use_queue": False, "auto_pull_orders_minutes": 15}
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})
        first = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel)
        assert first.here and not first.joined
        clock.install("1000,1", home)
        assert start_due(it.workspace, Dispatcher(it.workspace.settings)) == []
        assert jobs(it) == 1


def test_schedules_are_set_paused_and_run_from_the_command_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        line = Line(it.sandbox, monkeypatch)
        off = {
            "channel": "de",
            "stream": "orders",
            "every_minutes": 0,
            "next_run": None,
            "enabled": True,
            "paused": False,
            "off_by": "",
        }
        (purge,) = [one["next_run"] for one in line.json("schedule", "list", "--stream", "purge")["schedules"]]
        assert line.json("schedule", "list")["schedules"] == [
            off
            | {"stream": name}
            | ({"off_by": "push_stock"} if name == "stock" else {})
            | ({"every_minutes": 60, "next_run": purge} if name == "purge" else {})
            for name in ("orders", "reconcile", "purge", "shipments", "products", "listings", "stock", "categories")
        ]
        assert line.run("schedule", "pause", "--channel", "de").exit_code == 2
        (view,) = line.json("schedule", "set", "--channel", "de", "--every", "15")["schedules"]
        assert view["every_minutes"] == 15 and view["next_run"]
        assert line.json("schedule", "pause")["schedules"] == [view | {"paused": True}]
        clock.install("1000,1", home)
        dispatcher = Dispatcher(it.workspace.settings)
        start_due(it.workspace, dispatcher)
        assert jobs(it) == 0
        every(it, 20)  # another interval is no reason to wake up
        assert line.json("schedule", "list", "--channel", "de")["schedules"][0]["paused"]
        assert not line.json("schedule", "resume", "--channel", "de")["schedules"][0]["paused"]
        clock.install("3000,1", home)
        start_due(it.workspace, dispatcher)
        assert jobs(it) == 1
        assert line.json("schedule", "run", "--channel", "de")["job"] == 1  # joins what is asked for already
        assert line.run("schedule", "set", "--channel", "de", "--every", "10081").exit_code == 2
        assert line.run("schedule", "run", "--channel", "nowhere").exit_code == 2


def test_a_channel_is_read_again_from_an_earlier_moment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(home, orders=5, other_orders=0) as it:
        line = Line(it.sandbox, monkeypatch)
        it.import_orders()
        start = (clock.now() - timedelta(days=2)).isoformat()
        assert line.json("schedule", "reset", "--channel", "de", "--to", start) == {
            "channel": "de", "stream": "orders", "from": start,
        }  # fmt: skip
        assert it.import_orders().counts["created"] == 0
        assert line.run("schedule", "reset", "--channel", "de").exit_code == 0
        assert it.import_orders().counts["unchanged"] == 5
        told = [entry for entry in line.json("audit", "list")["entries"] if entry["action"] == "schedule.reset"]
        assert [entry["subject"] for entry in told] == ["channel de"] * 2
        for wrong in ("2099-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "2026-01-01", "yesterday"):
            assert line.run("schedule", "reset", "--channel", "de", "--to", wrong).exit_code == 2
        assert line.run("schedule", "reset", "--channel", "nowhere").exit_code == 2
        assert line.run("schedule", "reset", "--channel", "de", "--stream", "shipments").exit_code == 2
        with kept_by_an_import(it):
            assert line.run("schedule", "reset", "--channel", "de").exit_code == 3


@contextmanager
def kept_by_an_import(it: Shop) -> Iterator[None]:
    """Another living process reads the seller's orders meanwhile."""
    owner, lease = new_owner(), stream_lease(1)
    assert take(it.workspace.database, lease, owner)
    yield
    release(it.workspace.database, lease, owner)
