"""Many sellers and applications in one world: whose token shows what, and what can be taken away from whom."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from sandbox.amazon.applications import LISTINGS_ROLE, ORDERS_ROLE, PII_ROLE
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import EVERYTHING, ORDERS, PARTICIPATIONS, AmazonClient, error, ids

GERMANY = "A1PA6795UKMFR9"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=40, other_orders=5, products=20, quota_scale=0, sellers=4) as running:
        yield running


def test_each_seller_has_an_account_an_application_and_orders(sandbox: Sandbox) -> None:
    channels = sandbox.credentials()["channels"]
    assert [one["name"] for one in channels] == ["de", "de-2", "de-3", "de-4"]
    for name in ("client_id", "client_secret", "refresh_token", "seller_id"):
        assert len({one[name] for one in channels}) == 4
    clients = [AmazonClient(sandbox, one["seller_id"]).login() for one in channels]
    seen = [{order for page in client.pages() for order in ids(page)} for client in clients]
    assert [len(one) for one in seen] == [45, 40, 40, 40]
    assert len(set.union(*seen)) == sum(map(len, seen))
    assert clients[1].token(refresh_token=channels[2]["refresh_token"]).json()["error"] == "invalid_grant"


def test_one_of_them_is_revoked(sandbox: Sandbox) -> None:
    clients = [AmazonClient(sandbox, one["seller_id"]).login() for one in sandbox.credentials()["channels"]]
    body = {"seller_id": clients[2].channel["seller_id"]}
    assert requests.post(f"{sandbox.store_url}/_sandbox/revoke", json=body).json() == {"revoked": 1}
    assert [client.token().status_code for client in clients] == [200, 200, 400, 200]
    assert [client.get(PARTICIPATIONS).status_code for client in clients] == [200, 200, 403, 200]
    assert requests.post(f"{sandbox.store_url}/_sandbox/restore", json=body).json() == {"restored": 1}
    assert clients[2].token().status_code == 200
    for wrong in ({"seller_id": "A1NOBODY"}, {}, {**body, "client_id": "unknown"}):
        assert requests.post(f"{sandbox.store_url}/_sandbox/revoke", json=wrong).status_code == 400


def test_the_audit_can_include_orders_of_other_sellers(sandbox: Sandbox) -> None:
    second = sandbox.amazon.accounts[1].seller_id
    alone, both = sandbox.audit(), sandbox.audit(second)
    theirs = [order.order_id for order in sandbox.amazon.books["live"][second].orders()]
    added = set(both.missing) - set(alone.missing)
    assert added and added <= set(theirs)
    assert both.expected + both.held + both.ignored == 45 + 40


def test_without_the_restricted_role_nobody_is_named(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    named = client.search(includedData=EVERYTHING).json()["orders"]
    sandbox.set_application("private", {"roles": [ORDERS_ROLE, LISTINGS_ROLE]})
    nameless = client.search(includedData=EVERYTHING)
    for field in ("buyerName", "buyerEmail", "addressLine1", "postalCode", "phone"):
        assert f'"{field}"' in json.dumps(named)
        assert f'"{field}"' not in nameless.text
    assert '"city"' in nameless.text
    order_id = ids(nameless.json())[0]
    assert "buyerName" not in client.get(f"{ORDERS}/{order_id}", includedData="BUYER").text
    sandbox.set_application("private", {"roles": [PII_ROLE]})
    assert client.search(includedData=EVERYTHING).json()["orders"] == named


def test_an_application_may_be_denied_an_operation(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    url = f"{sandbox.amazon_url}/_sandbox/applications/{client.channel['client_id']}"
    assert requests.post(url, json={"denied": ["searchOrders"]}).json()["denied"] == ["searchOrders"]
    assert error(client.search())[:2] == (403, "AccessDenied")
    assert client.get(PARTICIPATIONS).status_code == 200
    requests.post(url, json={"denied": [], "roles": []})
    assert error(client.search())[:2] == (403, "Unauthorized")
    assert client.get(PARTICIPATIONS).status_code == 200
    for wrong in ({"roles": ["Emperor"]}, {"secrets": []}):
        assert requests.post(url, json=wrong).status_code == 400
    assert requests.post(f"{sandbox.amazon_url}/_sandbox/applications/unknown", json={}).status_code == 400


def test_a_seller_goes_on_vacation(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()

    def suspended() -> set[str]:
        payload = client.get(PARTICIPATIONS).json()["payload"]
        return {one["marketplace"]["id"] for one in payload if one["participation"]["hasSuspendedListings"]}

    assert suspended() == set()
    body = {"seller_id": "eu", "country": "DE", "on": True}
    assert requests.post(f"{sandbox.store_url}/_sandbox/vacation", json=body).status_code == 204
    assert suspended() == {GERMANY}
    requests.post(f"{sandbox.store_url}/_sandbox/vacation", json={**body, "on": False})
    assert suspended() == set()
    assert requests.post(f"{sandbox.store_url}/_sandbox/vacation", json={**body, "country": "US"}).status_code == 400


def test_applications_are_listed_and_their_secrets_rotated(sandbox: Sandbox) -> None:
    url = f"{sandbox.store_url}/_sandbox/applications"
    listed = {one["name"]: one for one in requests.get(url).json()["applications"]}
    assert set(listed) >= {"private", "private 2", "public", "public draft", "public sandbox", "private sandbox"}
    rotated = requests.post(f"{url}/private%202/rotate").json()
    assert rotated["client_secret"] != listed["private 2"]["client_secret"]
    assert len(rotated["secrets_expire"]) == 2


def test_each_role_opens_its_operations(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    place, seller = {"marketplaceIds": GERMANY}, client.channel["seller_id"]

    def opened() -> list[bool]:
        answers = (
            client.search(),
            client.get(f"/listings/2021-08-01/items/{seller}", **place),
            client.get("/reports/2021-06-30/reports", reportTypes="GET_MERCHANT_LISTINGS_ALL_DATA"),
            client.get(PARTICIPATIONS),
        )
        assert {answer.status_code for answer in answers} <= {200, 403}
        return [answer.status_code == 200 for answer in answers]

    for role, expected in (
        (PII_ROLE, [True, False, False, True]),
        (ORDERS_ROLE, [True, False, True, True]),
        (LISTINGS_ROLE, [True, True, True, True]),
    ):
        sandbox.set_application("private", {"roles": [role]})
        assert opened() == expected


def test_listings_on_vacation_are_not_buyable(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    sandbox.set_vacation("eu", "DE", True)
    path = f"/listings/2021-08-01/items/{client.channel['seller_id']}"
    item = client.get(path, marketplaceIds=f"{GERMANY},A13V1IB3VIYZZH").json()["items"][0]
    assert [one["status"] for one in item["summaries"]] == [["DISCOVERABLE"], ["BUYABLE", "DISCOVERABLE"]]


def test_an_application_rotates_its_own_secret_when_it_is_enrolled() -> None:
    with Sandbox(orders=5, other_orders=0, products=10) as sandbox:
        client = AmazonClient(sandbox).login()
        url = f"{sandbox.amazon_url}/applications/2023-11-30/clientSecret"
        assert client.http.post(url).status_code == 403, "the token of a seller is not good for it"
        scope = "sellingpartnerapi::client_credential:rotation"
        issued = client.token(grant_type="client_credentials", refresh_token="", scope=scope).json()
        client.http.headers["x-amz-access-token"] = issued["access_token"]
        assert error(client.http.post(url))[:2] == (400, "InvalidInput")
        assert client.get(PARTICIPATIONS).status_code == 403, "nor the other way round"
        sandbox.set_application("private", {"enrolled": True})
        assert client.http.post(url).status_code == 429, "one call a minute"
        sandbox.clock.advance(61)
        done = client.http.post(url)
        assert (done.status_code, done.content) == (204, b"")
        new = sandbox.credentials()["channel"]["client_secret"]
        assert new != client.channel["client_secret"]
        assert {client.token(client_secret=new).status_code, client.token().status_code} == {200}


def test_the_sandbox_hosts_have_orders_and_quotas_of_their_own() -> None:
    with Sandbox(orders=30, other_orders=0, products=20) as sandbox:
        document = sandbox.credentials()["sandbox_channel"]
        client = AmazonClient(sandbox)
        names = ("client_id", "client_secret", "refresh_token")
        token = client.token(**{name: document[name] for name in names}).json()["access_token"]
        client.http.headers["x-amz-access-token"] = token
        assert error(client.search())[:2] == (403, "Unauthorized")
        url = sandbox.amazon_sandbox_url + ORDERS
        answers = [client.http.get(url, params={"lastUpdatedAfter": client.since}) for _ in range(30)]
        assert [answer.status_code for answer in answers[:15]] == [200] * 15
        assert answers[-1].status_code == 429
        assert answers[0].headers["x-amzn-RateLimit-Limit"] == "5"
        assert len(ids(answers[0].json())) == 12
        assert not set(ids(answers[0].json())) & {order.order_id for order in sandbox.world.orders}
