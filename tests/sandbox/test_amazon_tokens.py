"""The token service and the check of access tokens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import PARTICIPATIONS, AmazonClient, error


@pytest.fixture
def client() -> Iterator[AmazonClient]:
    with Sandbox(orders=20, other_orders=5, products=20, quota_scale=0, regions=("eu", "na")) as sandbox:
        yield AmazonClient(sandbox)


def test_refresh_token_gives_an_hour(client: AmazonClient) -> None:
    answer = client.token()
    body = answer.json()
    assert answer.status_code == 200
    assert body["access_token"].startswith("Atza|")
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    assert body["refresh_token"] == client.channel["refresh_token"]
    client.login()
    assert client.get(PARTICIPATIONS).status_code == 200
    client.sandbox.clock.advance(3601)
    status, code, details = error(client.get(PARTICIPATIONS))
    assert (status, code) == (403, "Unauthorized")
    assert "expired" in details


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"refresh_token": "Atzr|other"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "nonsense"}, 400, "invalid_scope"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"}, 400, "invalid_grant"),
    ],
)
def test_refused_requests(client: AmazonClient, changes: dict[str, str], status: int, word: str) -> None:
    answer = client.token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, word)
    assert answer.json()["error_description"]
    assert answer.json()["request_id"]


def test_json_body_is_refused(client: AmazonClient) -> None:
    body = {key: client.channel[key] for key in ("refresh_token", "client_id", "client_secret")}
    answer = requests.post(f"{client.sandbox.lwa_url}/auth/o2/token", json={"grant_type": "refresh_token", **body})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_grantless_token_opens_no_seller_operation(client: AmazonClient) -> None:
    answer = client.token(grant_type="client_credentials", refresh_token="", scope="sellingpartnerapi::notifications")
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    client.http.headers["x-amz-access-token"] = answer.json()["access_token"]
    assert error(client.get(PARTICIPATIONS))[:2] == (403, "Unauthorized")


def test_revoked_account_needs_authorization_until_it_is_restored(client: AmazonClient) -> None:
    client.login()
    sandbox = client.sandbox
    assert sandbox.revoke(client.channel["seller_id"]) == 2, "the private application, and that for the sandbox hosts"
    assert client.token().json()["error"] == "invalid_grant"
    assert error(client.get(PARTICIPATIONS))[0] == 403
    assert AmazonClient(sandbox, "na").token().status_code == 200
    assert sandbox.restore("eu") == 2
    assert error(client.get(PARTICIPATIONS))[0] == 403, "access tokens stay dead"
    assert client.login().get(PARTICIPATIONS).status_code == 200


def test_one_application_may_be_revoked_alone(client: AmazonClient) -> None:
    other = client.sandbox.credentials()["sandbox_channel"]["client_id"]
    client.login()
    assert client.sandbox.revoke("eu", other) == 1
    assert client.get(PARTICIPATIONS).status_code == 200
    assert client.token().status_code == 200


def test_a_secret_outlives_its_rotation_by_a_week(client: AmazonClient) -> None:
    application = client.sandbox.rotate_secret(client.channel["client_id"])
    new, day = application["client_secret"], 86_400
    assert new != client.channel["client_secret"]
    for days, old_works, new_works in ((0, True, True), (6.9, True, True), (0.2, False, True), (173, False, False)):
        client.sandbox.clock.advance(days * day)
        works = [client.token().status_code == 200, client.token(client_secret=new).status_code == 200]
        assert works == [old_works, new_works]
    assert client.token().json()["error"] == "invalid_client"


def test_missing_token_and_missing_user_agent(client: AmazonClient) -> None:
    assert "missing" in error(client.get(PARTICIPATIONS))[2]
    client.login()
    client.http.headers["User-Agent"] = ""
    assert error(client.get(PARTICIPATIONS))[:2] == (400, "InvalidInput")
    client.http.headers["User-Agent"] = "x" * 501
    assert error(client.get(PARTICIPATIONS))[:2] == (400, "InvalidInput")


def test_accounts_see_only_their_own(client: AmazonClient) -> None:
    other = AmazonClient(client.sandbox, "na").login()
    client.login()
    mine = {order["orderId"] for page in client.pages() for order in page["orders"]}
    theirs = {order["orderId"] for page in other.pages() for order in page["orders"]}
    assert len(mine) == 25
    assert theirs
    assert not mine & theirs
    assert other.get(f"/orders/2026-01-01/orders/{min(mine)}").status_code == 404
    assert error(other.search(marketplaceIds="A1PA6795UKMFR9"))[:2] == (403, "Unauthorized")
    assert other.channel["seller_id"] != client.channel["seller_id"]


def test_calls_are_in_the_ledger(client: AmazonClient) -> None:
    client.login()
    client.token(client_secret="wrong")
    client.get(PARTICIPATIONS)
    counts = client.sandbox.ledger.counts()["amazon"]
    assert counts["token"] == {"calls": 2, "refused": 0, "errors": 1}
    assert counts["getMarketplaceParticipations"] == {"calls": 1, "refused": 0, "errors": 0}


def test_expired_token_fault_kills_the_token_used(client: AmazonClient) -> None:
    client.login()
    client.sandbox.faults.add(Rule("amazon", "*", "expired_token"))
    assert "expired" in error(client.get(PARTICIPATIONS))[2]
    assert client.get(PARTICIPATIONS).status_code == 403
    assert client.login().get(PARTICIPATIONS).status_code == 200


def test_revoked_fault_strikes_the_token_service_only(client: AmazonClient) -> None:
    client.login()
    client.sandbox.faults.add(Rule("amazon", "*", "revoked"))
    assert client.get(PARTICIPATIONS).status_code == 200
    assert client.token().json()["error"] == "invalid_grant"
    assert client.token().status_code == 200
