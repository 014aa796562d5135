"""The control interface on both servers, and the sandbox as a program of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.clock import Clock
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import PARTICIPATIONS, AmazonClient, error

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=60, other_orders=5, products=20) as running:
        yield running


def control(url: str, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{url}/_sandbox/{path}", json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def test_both_servers_show_the_same(sandbox: Sandbox) -> None:
    for path in ("world", "expected", "audit", "quota", "faults", "ledger"):
        assert control(sandbox.amazon_url, "GET", path) == control(sandbox.store_url, "GET", path)
    assert control(sandbox.store_url, "GET", "world")["demo_outcomes"]["created"] > 30
    verdict = control(sandbox.store_url, "GET", "audit")
    assert not verdict["ok"]
    assert len(verdict["missing"]) == verdict["expected"]
    expected = control(sandbox.store_url, "GET", "expected")
    assert len(expected) == 65
    assert {one["expected"]["outcome"] for one in expected.values()} == {"created", "held", "ignored"}


def test_ledger_counts_and_clears(sandbox: Sandbox) -> None:
    AmazonClient(sandbox).login().get(PARTICIPATIONS)
    shown = control(sandbox.store_url, "GET", "ledger?side=amazon&operation=token")
    assert shown["counts"]["amazon"]["token"]["calls"] == 1
    assert [entry["operation"] for entry in shown["entries"]] == ["token"]
    control(sandbox.store_url, "DELETE", "ledger")
    assert control(sandbox.store_url, "GET", "ledger") == {"counts": {}, "entries": []}


def test_faults_are_added_one_by_one_or_as_a_list(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    rule = {"side": "amazon", "operation": "getMarketplaceParticipations", "kind": "error_500"}
    control(sandbox.store_url, "POST", "faults", rule)
    control(sandbox.store_url, "POST", "faults", [rule, {**rule, "kind": "429"}])
    assert [client.get(PARTICIPATIONS).status_code for _ in range(4)] == [500, 500, 429, 200]
    assert [one["struck"] for one in control(sandbox.store_url, "GET", "faults")["faults"]] == [1, 1, 1]
    control(sandbox.store_url, "DELETE", "faults")
    assert control(sandbox.store_url, "GET", "faults") == {"faults": []}
    for wrong in ({**rule, "kind": "nonsense"}, {**rule, "color": "red"}, {"side": "amazon"}):
        answer = requests.post(f"{sandbox.store_url}/_sandbox/faults", json=wrong)
        assert answer.status_code == 400
        assert answer.text


def test_clock_and_quota(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    assert {client.get(PARTICIPATIONS).status_code for _ in range(15)} == {200}
    assert client.get(PARTICIPATIONS).status_code == 429
    assert control(sandbox.store_url, "POST", "clock", {"advance": 63})["offset"] == 63
    assert client.get(PARTICIPATIONS).status_code == 200
    assert client.get(PARTICIPATIONS).status_code == 429
    assert control(sandbox.store_url, "POST", "quota", {"scale": 0}) == {"scale": 0.0}
    assert {client.get(PARTICIPATIONS).status_code for _ in range(30)} == {200}
    assert control(sandbox.store_url, "POST", "clock", {"speed": 1000})["speed"] == 1000
    with pytest.raises(requests.HTTPError):
        control(sandbox.store_url, "POST", "clock", {"speed": 0})


def test_orders_are_changed_and_added(sandbox: Sandbox) -> None:
    order = next(one for one in sandbox.world.orders if one.draft.case == "merchant_unshipped")
    wish = {"status": "CANCELLED", "imported": True}
    shown = control(sandbox.amazon_url, "POST", f"orders/{order.order_id}", wish)
    assert (shown["expected"]["outcome"], shown["expected"]["status"]) == ("created", "I")
    added = control(sandbox.amazon_url, "POST", "orders", {"case": "amazon_shipped"})
    assert sandbox.world.order(added["order_id"]).draft.fulfilled_by == "AMAZON"
    for path, body in (("orders/000", {}), (f"orders/{order.order_id}", {"status": "LOST"}), ("orders", {"x": 1})):
        with pytest.raises(requests.HTTPError):
            control(sandbox.amazon_url, "POST", path, body)


def test_credentials_are_deterministic_and_complete(sandbox: Sandbox) -> None:
    documents = sandbox.credentials()
    channel = documents["channel"]
    again = Sandbox(orders=5, other_orders=0, products=10).credentials()["channel"]
    for name in ("client_id", "client_secret", "refresh_token", "seller_id"):
        assert channel[name] == again[name]
    assert channel["client_id"].startswith("amzn1.application-oa2-client.")
    assert channel["client_secret"].startswith("amzn1.oa2-cs.v1.")
    assert channel["refresh_token"].startswith("Atzr|")
    assert (channel["region"], channel["country"]) == ("eu", "DE")
    assert documents["environment"] == {
        "CROSSDOCK_SPAPI_URL": sandbox.amazon_url,
        "CROSSDOCK_LWA_URL": sandbox.lwa_url,
        "CROSSDOCK_SELLER_CENTRAL_URL": sandbox.seller_central_url,
        "CROSSDOCK_AWS_URL": sandbox.aws_url,
    }
    store = documents["store"]
    answer = requests.get(f"{store['url']}/api/2.1/products", auth=(store["email"], store["api_key"]))
    assert answer.status_code == 200


def test_clock_arithmetic() -> None:
    real = Clock(anchor=1000.0)
    moved = Clock(offset=50.0, speed=2.0, anchor=real.timestamp())
    assert 50 <= moved.timestamp() - real.timestamp() < 60
    before = moved.timestamp()
    moved.set(speed=0.001)
    assert abs(moved.timestamp() - before) < 5
    moved.advance(3600)
    assert 3590 < moved.timestamp() - before < 3610
    Clock(speed=1e6).sleep(1000)
    with pytest.raises(ValueError):
        Clock(speed=0)


def test_as_a_program() -> None:
    command = [sys.executable, "-m", "sandbox", "--orders", "20", "--other-orders", "3", "--products", "10"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = json.loads(process.stdout.readline())
        answer = requests.post(
            f"{shown['lwa_url']}/auth/o2/token",
            data={
                "grant_type": "refresh_token",
                **{name: shown["channel"][name] for name in ("refresh_token", "client_id", "client_secret")},
            },
        )
        token = answer.json()["access_token"]
        participations = requests.get(shown["amazon_url"] + PARTICIPATIONS, headers={"x-amz-access-token": token})
        refused = requests.get(shown["amazon_url"] + PARTICIPATIONS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert participations.status_code == 200
    assert error(refused)[0] == 403
    assert set(shown) >= {"amazon_url", "lwa_url", "store_url", "store", "channel", "environment", "clock"}
    assert "channels" in shown
