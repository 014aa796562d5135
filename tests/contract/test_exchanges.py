"""Whole flows against the sandbox, with every exchange on the wire judged by the official models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from core.actor import LOCAL_ADMIN
from core.amazon import applications, consent, orders, sellers
from core.amazon.orders import OrderQuery
from core.amazon.tokens import Credentials, TokenSource
from core.amazon.transport import Account, AmazonClient
from core.channels import verification
from core.errors import AuthorizationError, CrossdockError
from core.quota import QuotaWait
from sandbox import sandbox as served
from sandbox.world.cases import CASES
from tests.contract import swagger
from tests.contract.witness import GRANTS, Exchange, Witness
from tests.flows.kit import Shop, shop

Call = Callable[[], Any]


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    """What passed while a shop was connected, imported orders of every kind in every way, and was refused."""
    if not swagger.present():
        pytest.skip(swagger.ABSENT)
    seen, build = Witness(), served.create_amazon_app
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(served, "create_amazon_app", lambda *parts: seen.wrap(build(*parts)))
        with shop(tmp_path_factory.mktemp("home"), orders=240, other_orders=40, products=60) as it:
            _imports(it)
            seen.kinds = _kinds(it, seen)
            verification.verify(it.workspace, LOCAL_ADMIN, it.channel)
            _consent(it)
            _rotation(it)
            _refusals(it)
    yield seen


def _imports(it: Shop) -> None:
    """The stream, with an expired token and a passing error on its way; single orders; a range; a new order; all."""
    it.fault("amazon", "searchOrders", "expired_token", after=1)
    it.fault("amazon", "searchOrders", "error_500", after=2)
    it.import_orders(plan_only=True)
    chosen = [order.order_id for order in it.sandbox.world.orders[:3]]
    it.import_orders(plan_only=True, order_ids=[*chosen, "999-0000000-0000000"])
    now = it.sandbox.clock.now()
    start, end = now - timedelta(days=20), now - timedelta(days=3)
    it.import_orders(created_from=start.isoformat(), created_to=end.isoformat())
    it.sandbox.amazon.add_order(case="merchant_unshipped")
    it.import_orders(plan_only=True)
    client, everything = _client(it), OrderQuery(updated_after=now - timedelta(days=60))
    page = orders.search(client, everything)
    while page.next_token:
        page = orders.search(client, everything, page.next_token)
    orders.search(client, replace(everything, fewer=1))


def _consent(it: Shop) -> None:
    """A seller authorizes the public application, and its refresh token is used."""
    app = it.sandbox.credentials()["app"]
    base, redirect = it.sandbox.seller_central_url, app["redirect_url"]
    url = consent.consent_url(base, app["app_id"], "state", redirect_url=redirect, draft=False)
    page = requests.get(url, {"auto": "1"}, allow_redirects=False, timeout=10)
    back = consent.read_callback(page.headers["Location"], redirect_url=redirect)
    credentials = Credentials(app["client_id"], app["client_secret"], "")
    token = TokenSource(it.workspace.http, it.sandbox.lwa_url).exchange_code(credentials, back.code, redirect)
    account = Account("eu", "live", back.seller_id, replace(credentials, refresh_token=token))
    sellers.participations(it.workspace.amazon_for(account))


def _rotation(it: Shop) -> None:
    """A grantless call without an answer's body; the old secret goes on."""
    it.sandbox.set_application("private", {"enrolled": True})
    applications.rotate_client_secret(_client(it), subject="app private")
    sellers.participations(_client(it))


def _kinds(it: Shop, seen: Witness) -> set[str]:
    served_ids = {order["orderId"] for order in seen.orders()}
    return {order.draft.case for order in it.sandbox.world.orders if order.order_id in served_ids}


def _refusals(it: Shop) -> None:
    """What Amazon and its token service may refuse with; each call is tried once."""
    client = _client(it)
    order_id, since = it.sandbox.world.orders[0].order_id, OrderQuery(updated_after=it.sandbox.world.orders_from)
    calls: list[tuple[str, Call]] = [
        ("searchOrders", lambda: orders.search(client, since)),
        ("getOrder", lambda: orders.get(client, order_id)),
        ("getMarketplaceParticipations", lambda: sellers.participations(client)),
    ]
    tomorrow = it.sandbox.clock.now() + timedelta(days=1)
    for wrong in (
        lambda: orders.search(client, OrderQuery(created_after=tomorrow)),
        lambda: orders.search(client, since, "no token of ours"),
        lambda: orders.get(client, "TEST_CASE_400"),
        lambda: sellers.participations(_client(it, client_id="wrong")),
        lambda: sellers.participations(_client(it, refresh_token="wrong")),
    ):
        _refused(wrong, CrossdockError, orders.TokenRefused)
    for name, call in calls:
        it.fault("amazon", name, "error_500")
        _refused(call, CrossdockError)
    it.sandbox.set_application("private", {"denied": [name for name, _ in calls]})
    for _, call in calls:
        _refused(call, AuthorizationError)
    it.sandbox.set_application("private", {"denied": []})
    for name, call in calls:
        it.fault("amazon", name, "429_bare")
        _refused(call, QuotaWait)


def _refused(call: Call, *kinds: type[Exception]) -> None:
    with pytest.raises(kinds):
        call()


def _client(it: Shop, **changes: str) -> AmazonClient:
    channel = it.sandbox.credentials()["channel"]
    names = ("client_id", "client_secret", "refresh_token")
    credentials = Credentials(**{name: channel[name] for name in names} | changes)
    account = Account("eu", "live", channel["seller_id"], credentials)
    return it.workspace.amazon_for(account, should_stop=lambda: True)


def test_every_exchange_is_what_the_models_allow(witness: Witness) -> None:
    assert witness.problems() == []


def test_the_flow_met_every_kind_of_answer(witness: Witness) -> None:
    assert witness.statuses() == {
        "token": {200, 400, 401},
        "searchOrders": {200, 400, 403, 429, 500},
        "getOrder": {200, 400, 403, 404, 429, 500},
        "getMarketplaceParticipations": {200, 403, 429, 500},
        "rotateApplicationClientSecret": {204},
        "searchListingsItems": {200},
    }


def test_the_flow_asked_for_tokens_in_every_way(witness: Witness) -> None:
    forms = (parse_qs(one.body.decode()) for one in witness.exchanges if one.name == "token")
    assert {form["grant_type"][0] for form in forms} == set(GRANTS)


def test_the_flow_met_every_kind_of_order(witness: Witness) -> None:
    assert witness.kinds == set(CASES)


# The judge itself.


def example(witness: Witness, name: str, status: int = 200) -> Exchange:
    return next(one for one in witness.exchanges if (one.name, one.status) == (name, status))


def spoilt(exchange: Exchange, *path: str | int, value: Any = None) -> Exchange:
    """The exchange with one value of its answer replaced."""
    body = json.loads(exchange.answer)
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return replace(exchange, answer=json.dumps(body).encode())


def test_the_judge_sees_what_is_wrong_with_a_request(witness: Witness) -> None:
    page, token = example(witness, "searchOrders"), example(witness, "token")
    for changed, problem in (
        (replace(page, address=page.address + "&color=red"), "color is not a parameter of searchOrders"),
        (replace(page, method="POST"), "no operation of the models"),
        (replace(page, body=b"{}"), "a body is not expected"),
        (replace(page, sent=page.sent | {"user-agent": "python-requests/2"}), "is not AppName/Version"),
        (replace(page, sent=page.sent | {"x-amz-date": "today"}), "is not YYYYMMDDTHHMMSSZ"),
        (replace(page, sent=page.sent | {"x-amz-access-token": ""}), "x-amz-access-token is missing"),
        (replace(page, sent=page.sent | {"authorization": "Bearer"}), "authorization is sent"),
        (replace(token, sent=token.sent | {"content-type": "application/json"}), "not a form"),
        (replace(token, body=token.body + b"&scope=x"), "the form has the fields"),
        (replace(token, address=token.address + "?client_id=x"), "nothing in the address"),
    ):
        assert any(problem in found for found in changed.problems()), problem


def test_the_judge_sees_what_is_wrong_with_an_answer(witness: Witness) -> None:
    page, token = example(witness, "searchOrders"), example(witness, "token")
    refusal, limited = example(witness, "getOrder", 404), example(witness, "getOrder", 429)
    for changed, problem in (
        (spoilt(page, "orders", 0, "createdTime", value="yesterday"), "is not a 'date-time'"),
        (spoilt(page, "orders", 0, "surprise", value=1), "'surprise' was unexpected"),
        (spoilt(refusal, "errors", value=[]), "the refusal names no error"),
        (replace(page, status=204), "should have no body"),
        (replace(page, status=418), "the models know no such answer"),
        (replace(page, answer=b"{"), "the answer is no JSON"),
        (replace(page, headers=page.headers | {"content-type": "text/html"}), "not application/json"),
        (replace(page, headers=page.headers | {"x-amzn-ratelimit-limit": "often"}), "RateLimit-Limit is 'often'"),
        (replace(limited, headers=limited.headers | {"x-amzn-ratelimit-limit": "1"}), "stands on a refusal"),
        (replace(page, headers=page.headers | {"x-amzn-requestid": ""}), "has no x-amzn-RequestId"),
        (spoilt(token, "expires_in", value="3600"), "the token is not one of an hour"),
        (spoilt(token, "surprise", value=1), "the answer has the fields"),
    ):
        assert any(problem in found for found in changed.problems()), problem
