"""Seller Central's consent page, and the exchange of the code it sends back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.amazon.consent import PATH
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import PARTICIPATIONS

STATE = "st&te <1>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=20, other_orders=0, products=20, quota_scale=0, sellers=2) as running:
        yield running


def ask(sandbox: Sandbox, app: str = "app", **parameters: str) -> requests.Response:
    """Open the consent page as a browser would, without going on to the redirect URI."""
    query = {"application_id": sandbox.credentials()[app]["app_id"], "state": STATE, **parameters}
    url = f"{sandbox.seller_central_url}{PATH}"
    return requests.get(url, {name: value for name, value in query.items() if value}, allow_redirects=False)


def callback(answer: requests.Response) -> dict[str, str]:
    """What the redirect URI is told."""
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(sandbox: Sandbox, code: str, app: str = "app", **changes: str) -> requests.Response:
    """Redeem a code."""
    document = sandbox.credentials()[app]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": document["redirect_url"],
        "client_id": document["client_id"],
        "client_secret": document["client_secret"],
        **changes,
    }
    return requests.post(f"{sandbox.lwa_url}/auth/o2/token", data=form)


def refresh(sandbox: Sandbox, token: str, app: str = "app") -> requests.Response:
    """Use a refresh token."""
    document = sandbox.credentials()[app]
    names = ("client_id", "client_secret")
    form = {"grant_type": "refresh_token", "refresh_token": token, **{name: document[name] for name in names}}
    return requests.post(f"{sandbox.lwa_url}/auth/o2/token", data=form)


def participations(sandbox: Sandbox, issued: Any, base: str = "") -> int:
    headers = {"x-amz-access-token": issued["access_token"]}
    return requests.get((base or sandbox.amazon_url) + PARTICIPATIONS, headers=headers).status_code


def test_a_seller_confirms_in_the_form(sandbox: Sandbox) -> None:
    """What a person does in a browser: open the page, choose an account, press the button."""
    redirect = sandbox.credentials()["app"]["redirect_url"]
    page = ask(sandbox, redirect_uri=redirect)
    assert page.headers["Content-Type"].startswith("text/html")
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    form = {name: unescape(value) for name, value in hidden}
    assert form["state"] == STATE
    offered = re.findall(r'<option value="(\w+)"', page.text)
    assert offered == [account.seller_id for account in sandbox.amazon.accounts]
    url = f"{sandbox.seller_central_url}{PATH}"
    told = callback(requests.post(url, {**form, "seller": offered[1]}, allow_redirects=False))
    assert (told["state"], told["selling_partner_id"]) == (STATE, offered[1])
    issued = exchange(sandbox, told["spapi_oauth_code"]).json()
    assert issued["refresh_token"].startswith("Atzr|")
    assert participations(sandbox, issued) == 200
    again = refresh(sandbox, issued["refresh_token"]).json()
    assert again["refresh_token"] == issued["refresh_token"]
    assert participations(sandbox, again) == 200


def test_each_consent_gives_a_refresh_token_of_its_own(sandbox: Sandbox) -> None:
    first, second = (exchange(sandbox, callback(ask(sandbox, auto="1"))["spapi_oauth_code"]) for _ in range(2))
    tokens = {answer.json()["refresh_token"] for answer in (first, second)}
    assert len(tokens) == 2
    assert {refresh(sandbox, token).status_code for token in tokens} == {200}
    assert refresh(sandbox, tokens.pop(), "draft_app").json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("app", "parameters", "code"),
    [
        ("app", {"application_id": "amzn1.sp.solution.unknown"}, "MD1000"),
        ("app", {"version": "beta"}, "MD1000"),
        ("draft_app", {}, "MD1000"),
        ("app", {"redirect_uri": "https://elsewhere.example/"}, "MD5101"),
        ("app", {"seller": "A1NOBODY", "auto": "1"}, "SANDBOX"),
    ],
)
def test_what_the_page_refuses(sandbox: Sandbox, app: str, parameters: dict[str, str], code: str) -> None:
    answer = ask(sandbox, app, **{"auto": "1", **parameters})
    assert answer.status_code == 400
    assert f"Error code: {code}" in answer.text


def test_private_applications_have_no_consent_page(sandbox: Sandbox) -> None:
    private = sandbox.amazon.access.application("private").application_id
    assert "MD1000" in ask(sandbox, application_id=private, auto="1").text


def test_a_draft_is_asked_for_as_beta_until_it_is_published(sandbox: Sandbox) -> None:
    assert ask(sandbox, "draft_app", version="beta", auto="1").status_code == 302
    sandbox.set_application("public draft", {"draft": False})
    assert ask(sandbox, "draft_app", version="beta", auto="1").status_code == 400
    assert ask(sandbox, "draft_app", auto="1").status_code == 302
    sandbox.set_application("public draft", {"draft": True})


def test_a_code_works_once_for_five_minutes_with_its_own_client_and_address(sandbox: Sandbox) -> None:
    codes = [callback(ask(sandbox, auto="1"))["spapi_oauth_code"] for _ in range(4)]
    assert exchange(sandbox, codes[0]).status_code == 200
    refused = [
        exchange(sandbox, codes[0]),
        exchange(sandbox, codes[1], redirect_uri="https://elsewhere.example/"),
        exchange(sandbox, codes[2], "draft_app"),
        exchange(sandbox, "ANXunknown"),
    ]
    sandbox.clock.advance(301)
    refused.append(exchange(sandbox, codes[3]))
    assert {(answer.status_code, answer.json()["error"]) for answer in refused} == {(400, "invalid_grant")}


def test_registered_addresses_can_be_changed_and_keep_their_query(sandbox: Sandbox) -> None:
    mine = "https://mine.example/back?tenant=1"
    sandbox.set_application("public draft", {"redirect_uris": [mine]})
    answer = ask(sandbox, "draft_app", version="beta", auto="1")
    assert answer.headers["Location"].startswith(f"{mine}&state=")
    assert exchange(sandbox, callback(answer)["spapi_oauth_code"], "draft_app", redirect_uri=mine).status_code == 200


def test_the_authorization_of_a_public_application_lasts_a_year() -> None:
    with Sandbox(orders=5, other_orders=0, products=10) as sandbox:
        issued = exchange(sandbox, callback(ask(sandbox, auto="1"))["spapi_oauth_code"]).json()
        for days in (170, 170):
            sandbox.clock.advance(days * 86_400)
            sandbox.rotate_secret("public")
        assert refresh(sandbox, issued["refresh_token"]).status_code == 200
        sandbox.clock.advance(26 * 86_400)
        assert refresh(sandbox, issued["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_sandbox_hosts_are_another_world(sandbox: Sandbox) -> None:
    """Tokens of one kind of application open nothing on the other kind of hosts."""
    issued = exchange(sandbox, callback(ask(sandbox, "sandbox_app", auto="1"))["spapi_oauth_code"], "sandbox_app")
    live = exchange(sandbox, callback(ask(sandbox, auto="1"))["spapi_oauth_code"])
    assert participations(sandbox, issued.json()) == 403
    assert participations(sandbox, live.json(), sandbox.amazon_sandbox_url) == 403
    assert participations(sandbox, issued.json(), sandbox.amazon_sandbox_url) == 200
    counted = sandbox.ledger.counts()["amazon sandbox"]["getMarketplaceParticipations"]
    assert counted == {"calls": 2, "refused": 0, "errors": 1}
