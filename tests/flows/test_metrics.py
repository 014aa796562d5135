"""The metrics: what Prometheus reads is what Home shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from core import metrics
from core.actor import LOCAL_ADMIN
from core.doctor.condition import condition
from core.health import overview
from core.stop_writes import stop_writes
from tests.flows.kit import Shop, connected, sandbox_of
from tests.flows.line import Line
from tui.commands import metrics as commands


@pytest.fixture(scope="module")
def sandbox() -> Iterator[object]:
    with sandbox_of() as served:
        yield served


def samples(text: str) -> dict[tuple[str, ...], float]:
    """(name, label values …) → value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            found[one.name, *one.labels.values()] = one.value
    return found


@pytest.fixture
def shop(home: Path, sandbox: object) -> Iterator[Shop]:
    with connected(home, sandbox) as it:  # type: ignore[arg-type]
        yield it


def test_they_say_what_home_shows_and_nothing_of_people(shop: Shop) -> None:
    shop.import_orders()
    stop_writes(shop.workspace, LOCAL_ADMIN, True)
    text = metrics.text(shop.workspace, LOCAL_ADMIN).decode()
    found, (channel,) = samples(text), overview(shop.workspace.database, LOCAL_ADMIN).channels
    assert found["crossdock_workers",] == 0
    assert found["crossdock_channel_usable", "de"] == 1
    checks = {one.name: float(one.ok) for one in condition(shop.workspace, LOCAL_ADMIN)}
    assert {key[1]: value for key, value in found.items() if key[0] == "crossdock_check_ok"} == checks
    assert (checks["writes"], checks["integrity"]) == (0, 1)
    assert found["crossdock_orders", "de", "held"] == channel.orders.held > 0
    assert sum(value for key, value in found.items() if key[0] == "crossdock_problems_open") == sum(
        channel.problems.values()
    )
    assert found["crossdock_quota_calls_today", "de", "searchOrders"] > 0
    assert found["crossdock_last_import_timestamp_seconds", "de"] > 1.7e9
    assert found["crossdock_secret_expiry_timestamp_seconds", "de"] == channel.secret.ends_at.timestamp()
    people = {str(value) for order in shop.sandbox.world.orders for value in _personal(order.document)}
    assert people and not any(one in text for one in people)


def _personal(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name in ("name", "addressLine1", "phone", "buyerEmail") and isinstance(value, str):
                yield value
            yield from _personal(value)
    elif isinstance(document, list):
        for value in document:
            yield from _personal(value)


def test_the_command_prints_writes_and_serves_them(
    home: Path, sandbox: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = Line(sandbox, monkeypatch)  # type: ignore[arg-type]
    line.connect()
    assert samples(line.run("metrics").stdout)["crossdock_workers",] == 0
    file = tmp_path / "crossdock.prom"
    line.run("metrics", "--file", str(file))
    assert samples(file.read_text())["crossdock_channel_usable", "de"] == 1
    assert file.stat().st_mode & 0o777 == 0o644
    refused = line.run("metrics", "--file", str(tmp_path / "no" / "where.prom"))
    assert refused.exit_code == 2 and "cannot be written" in refused.stderr


def test_a_port_answers_on_this_machine_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = []
    real = commands.ThreadingHTTPServer

    def kept(address: tuple[str, int], handler: type) -> object:
        servers.append(real(("127.0.0.1", 0), handler))
        assert address[0] == "127.0.0.1"
        return servers[0]

    monkeypatch.setattr(commands, "ThreadingHTTPServer", kept)
    thread = threading.Thread(target=commands._serve, args=(shop.workspace, LOCAL_ADMIN, 9464), daemon=True)
    thread.start()
    while not servers:
        thread.join(0.01)
    answer = requests.get(f"http://127.0.0.1:{servers[0].server_port}/metrics", timeout=10)
    assert samples(answer.text)["crossdock_channel_usable", "de"] == 1
    servers[0].shutdown()
