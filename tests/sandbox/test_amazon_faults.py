"""Every fault of the Amazon side as a client meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sandbox.faults import Faults, Rule
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import EVERYTHING, PARTICIPATIONS, AmazonClient, error


@pytest.fixture
def client() -> Iterator[AmazonClient]:
    with Sandbox(orders=40, other_orders=0, products=20) as sandbox:
        yield AmazonClient(sandbox).login()


def strike(client: AmazonClient, kind: str, operation: str = "searchOrders") -> None:
    client.sandbox.faults.add(Rule("amazon", operation, kind, seconds=0.0))


def test_refusals(client: AmazonClient) -> None:
    strike(client, "429")
    strike(client, "429_bare")
    named, bare = client.search(), client.search()
    assert error(named)[:2] == error(bare)[:2] == (429, "QuotaExceeded")
    assert named.headers["x-amzn-RateLimit-Limit"] == "0.0056"
    assert "x-amzn-RateLimit-Limit" not in bare.headers
    assert client.search().status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("html_503", 503), ("html_200", 200)])
def test_pages_instead_of_answers(client: AmazonClient, kind: str, status: int) -> None:
    strike(client, kind)
    answer = client.search()
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<")


def test_server_error(client: AmazonClient) -> None:
    strike(client, "error_500")
    assert error(client.search())[:2] == (500, "InternalFailure")


def test_dropped_connection(client: AmazonClient) -> None:
    strike(client, "drop")
    with pytest.raises(requests.ConnectionError):
        client.search()
    assert client.search().status_code == 200
    assert [entry.status for entry in client.sandbox.ledger.entries("amazon", "searchOrders")] == [0, 200]


def test_broken_off_answer(client: AmazonClient) -> None:
    strike(client, "reset")
    with pytest.raises(requests.RequestException):
        client.search(includedData=EVERYTHING)
    assert client.search().status_code == 200


def test_cut_json(client: AmazonClient) -> None:
    strike(client, "malformed")
    answer = client.search()
    assert (answer.status_code, int(answer.headers["Content-Length"])) == (200, len(answer.content))
    with pytest.raises(ValueError):
        answer.json()


def test_slow_answer_is_right(client: AmazonClient) -> None:
    client.sandbox.faults.add(Rule("amazon", "searchOrders", "slow", seconds=0.5))
    with pytest.raises(requests.ReadTimeout):
        client.http.get(f"{client.sandbox.amazon_url}/orders/2026-01-01/orders", timeout=0.2)
    strike(client, "slow")
    assert client.search().json()["orders"]


def test_token_service_breaks_too(client: AmazonClient) -> None:
    strike(client, "html_503", "token")
    assert client.token().status_code == 503
    assert client.token().status_code == 200


def test_faults_take_no_quota(client: AmazonClient) -> None:
    client.sandbox.faults.add(Rule("amazon", "searchOrders", "error_500", times=30))
    assert {client.search().status_code for _ in range(30)} == {500}
    assert {client.search(maxResultsPerPage=1).status_code for _ in range(20)} == {200}


def test_rules_wait_repeat_and_run_out() -> None:
    faults = Faults(1)
    faults.add(Rule("store", "create", "lost", times=2, after=1))
    taken = [faults.take("store", "create") for _ in range(5)]
    assert [rule is not None for rule in taken] == [False, True, True, False, False]
    faults.add(Rule("amazon", "*", "drop", times=-1))
    assert faults.take("amazon", "anything")
    assert faults.take("store", "anything") is None
    faults.clear()
    assert faults.take("amazon", "anything") is None


def test_rules_only_strike_where_they_make_sense() -> None:
    faults = Faults(1)
    faults.add(Rule("store", "*", "late_commit"))
    faults.add(Rule("amazon", "*", "expired_token"))
    assert faults.take("store", "list", write=False) is None
    assert faults.take("store", "create", write=True)
    assert faults.take("amazon", "token") is None
    assert faults.take("amazon", "searchOrders")
    with pytest.raises(ValueError):
        Rule("amazon", "*", "late_commit")
    with pytest.raises(ValueError):
        Rule("shop", "*", "drop")


def test_dice_are_the_same_for_a_seed() -> None:
    def thrown(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(Rule("amazon", "*", "drop", times=-1, probability=0.5))
        return [faults.take("amazon", "any") is not None for _ in range(40)]

    assert thrown(4) == thrown(4) != thrown(5)
    assert 5 < sum(thrown(4)) < 35


def test_a_stopped_server_closes_kept_connections_and_comes_back(client: AmazonClient) -> None:
    assert client.get(PARTICIPATIONS).status_code == 200
    url = client.sandbox.amazon_url
    client.sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        client.get(PARTICIPATIONS)
    client.sandbox.start()
    assert client.sandbox.amazon_url == url
    assert client.get(PARTICIPATIONS).status_code == 200
