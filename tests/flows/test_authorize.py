"""Public channels from the command line: added, authorized by their seller, and joined to what is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from core import clock
from core.actor import LOCAL_ADMIN, Actor
from core.channels import consent, listener, registry
from core.errors import AuthorizationError, ConfigurationError, UsageError
from core.settings import load
from core.workspace import opened
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.flows.line import Line

LOOPBACK = "http://127.0.0.1:8912/amazon"


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    with Sandbox(orders=20, other_orders=0, products=20, sellers=2) as sandbox:
        line = Line(sandbox, monkeypatch)
        line.json("store", "add", "--from", "-", document=line.documents["store"])
        line.json("app", "add", "--from", "-", document=line.documents["app"])
        yield line


def add(line: Line, name: str = "de-public", **changes: Any) -> dict[str, Any]:
    document = line.documents["public_channel"] | {"name": name} | changes
    return line.json("channel", "add", "--from", "-", document=document)


def consented(line: Line, name: str = "de-public", seller: int = 0, **changes: str) -> str:
    """Begin an authorization, give the consent, and return the address that the browser would show."""
    begun = line.json("channel", "authorize", name)
    assert set(begun) == {"consent_url", "state", "expires"}
    return browse(line, begun["consent_url"], seller, **changes)


def browse(line: Line, url: str, seller: int = 0, **changes: str) -> str:
    wanted = {"auto": "1", "seller": line.sandbox.amazon.accounts[seller].seller_id} | changes
    answer = requests.get(url, params=wanted, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def refused(line: Line, name: str, callback: str, code: int = 2) -> dict[str, Any]:
    before = line.json("channel", "show", name)
    error: dict[str, Any] = line.json("channel", "authorize", name, "--callback-url", callback, code=code)["error"]
    assert line.json("channel", "show", name) == before
    assert error["fix"]
    return error


def test_a_channel_waits_for_its_seller_and_then_imports(line: Line) -> None:
    added = add(line)
    assert (added["state"], added["seller_id"], added["refresh_token"]) == ("needs_authorization", "", "not set")
    idle = line.run("orders", "import", "--channel", "de-public", "--direct")
    assert idle.exit_code == 3 and "crossdock channel authorize" in idle.stderr
    done = line.json("channel", "authorize", "de-public", "--callback-url", consented(line))
    assert (done["state"], done["refresh_token"]) == ("ok", "set")
    assert done["seller_id"] == line.sandbox.amazon.accounts[0].seller_id
    job = line.json("orders", "import", "--channel", "de-public", "--direct", code=1)
    assert job["counts"]["created"] > 0


def test_the_consent_url_is_that_of_the_app(line: Line) -> None:
    add(line)
    draft = line.documents["draft_app"] | {"redirect_url": LOOPBACK}
    line.json("app", "add", "--from", "-", document=draft)
    add(line, "fr", app=draft["name"], country="FR")
    asked = [line.json("channel", "authorize", name)["consent_url"] for name in ("de-public", "fr")]
    public, beta = (parse_qs(urlsplit(url).query) for url in asked)
    assert public["application_id"] == [line.documents["app"]["app_id"]] and "version" not in public
    assert beta["version"] == ["beta"] and beta["redirect_uri"] == [LOOPBACK]
    assert public["state"] != beta["state"]


def test_every_wrong_callback_names_the_way_out_and_changes_nothing(line: Line) -> None:
    add(line)
    add(line, "fr", country="FR")
    callback = consented(line)
    foreign = callback.replace("crossdock.example", "elsewhere.example")
    assert "does not begin with" in refused(line, "de-public", foreign)["message"]
    state = parse_qs(urlsplit(callback).query)["state"][0]
    assert "no authorization was begun" in refused(line, "de-public", callback.replace(state, "x"))["message"]
    assert "another channel" in refused(line, "fr", callback)["message"]
    denied = refused(line, "de-public", callback.split("?")[0] + "?error=access_denied&state=x", code=3)
    assert "did not agree" in denied["message"]
    line.json("channel", "authorize", "de-public", "--callback-url", callback)
    assert "used already" in refused(line, "de-public", callback)["message"]


def test_another_operator_cannot_finish_what_one_has_begun(line: Line) -> None:
    add(line)
    callback = consented(line)
    with opened(load()) as workspace, pytest.raises(UsageError, match="another operator"):
        consent.finish(workspace, Actor("bob"), "de-public", callback)


def test_a_state_and_a_code_grow_old(line: Line) -> None:
    add(line)
    late, slow = consented(line), consented(line)
    line.sandbox.clock.advance(301)
    old = refused(line, "de-public", slow, code=3)
    assert "five minutes" in old["message"] and "channel authorize de-public" in old["fix"]
    with opened(load()) as workspace:
        clock.install("1801,1", workspace.settings.home)
        with pytest.raises(UsageError, match="older than 30 minutes"):
            consent.finish(workspace, LOCAL_ADMIN, "de-public", late)


def test_marketplaces_of_one_seller_share_the_account(line: Line) -> None:
    add(line)
    add(line, "fr", country="FR")
    line.json("channel", "authorize", "de-public", "--callback-url", consented(line))
    line.json("channel", "authorize", "fr", "--callback-url", consented(line, "fr"))
    third = {"name": "it", "seller_of": "fr", "store": "demo", "company_id": 1, "country": "IT"}
    shared = line.json("channel", "add", "--from", "-", document=third)
    assert (shared["state"], shared["app"]) == ("ok", "public")
    assert len({line.json("channel", "show", name)["seller_id"] for name in ("de-public", "fr", "it")}) == 1
    double = add(line, "de-again")
    assert double["state"] == "needs_authorization"
    error = refused(line, "de-again", consented(line, "de-again"))
    assert "Channel de-public is that seller's channel for DE" in error["message"]
    elsewhere = line.json("channel", "add", "--from", "-", document=third | {"name": "us", "country": "US"}, code=2)
    assert "country" in elsewhere["error"]["fields"]


def test_another_seller_takes_over_only_a_channel_without_a_history(line: Line) -> None:
    add(line)
    first, second = (account.seller_id for account in line.sandbox.amazon.accounts[:2])
    line.json("channel", "authorize", "de-public", "--callback-url", consented(line))
    moved = line.json("channel", "authorize", "de-public", "--callback-url", consented(line, seller=1))
    assert moved["seller_id"] == second
    back = line.json("channel", "authorize", "de-public", "--callback-url", consented(line))
    assert back["seller_id"] == first
    line.json("orders", "import", "--channel", "de-public", "--direct", code=1)
    error = refused(line, "de-public", consented(line, seller=1), code=3)
    assert first in error["message"] and second in error["message"]
    again = line.json("channel", "authorize", "de-public", "--callback-url", consented(line))
    assert again["seller_id"] == first and again["authorized_at"] > back["authorized_at"]


def test_a_seller_who_does_not_sell_there_is_refused(line: Line) -> None:
    add(line, "se", country="SE")
    assert "SE" in refused(line, "se", consented(line, "se"), code=3)["message"]


def test_an_amazon_that_cannot_be_asked_costs_no_second_consent(line: Line) -> None:
    add(line)
    line.sandbox.faults.add(Rule("amazon", "getMarketplaceParticipations", "html_503", times=-1))
    done = line.json("channel", "authorize", "de-public", "--callback-url", consented(line))
    assert done["state"] == "ok"


def test_credentials_of_a_public_app_are_not_a_channels_to_change(line: Line) -> None:
    add(line)
    secret = {"name": "de-public", "client_secret": "other"}
    error = line.json("channel", "edit", "--from", "-", document=secret, code=2)["error"]
    assert "client_secret" in error["fields"] and "app edit" in error["fix"]
    line.json("channel", "add", "--from", "-", document=line.documents["channel"])
    assert line.run("channel", "authorize", "de").exit_code == 3


def test_a_deleted_channel_leaves_no_account_that_nobody_authorized(line: Line) -> None:
    add(line)
    line.json("channel", "delete", "de-public", "--yes")
    assert line.json("app", "show", "public")["channels"] == 0
    add(line)


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_browser_is_received_where_the_redirect_url_leads_here(line: Line, free_port: int) -> None:
    redirect = f"http://127.0.0.1:{free_port}/amazon"
    line.sandbox.set_application("public", {"redirect_uris": [redirect]})
    line.json("app", "edit", "--from", "-", document={"name": "public", "redirect_url": redirect})
    add(line)
    pages: list[requests.Response] = []

    def visit(url: str) -> None:
        pages.append(requests.get(f"http://127.0.0.1:{free_port}/favicon.ico", timeout=10))
        pages.append(requests.get(f"{redirect}?state=x&selling_partner_id=A1&spapi_oauth_code=c", timeout=10))
        pages.append(requests.get(browse(line, url), timeout=10))

    browsers: list[threading.Thread] = []

    def tell(request: consent.ConsentRequest) -> None:
        browsers.append(threading.Thread(target=visit, args=(request.consent_url,)))
        browsers[0].start()

    with opened(load()) as workspace:
        view = listener.authorize(workspace, LOCAL_ADMIN, "de-public", tell=tell)
    browsers[0].join(10)
    assert view.state == "ok"
    assert [page.status_code for page in pages] == [404, 400, 200]
    assert "Go back to the terminal" in pages[2].text
    assert pages[2].headers["Referrer-Policy"] == "no-referrer" and pages[2].headers["Cache-Control"] == "no-store"
    with pytest.raises(requests.ConnectionError):
        requests.get(redirect, timeout=1)


def test_listening_ends_and_needs_a_redirect_url_that_leads_here(line: Line, free_port: int) -> None:
    add(line)
    with opened(load()) as workspace:
        with pytest.raises(ConfigurationError, match="does not lead to this machine"):
            listener.authorize(workspace, LOCAL_ADMIN, "de-public", tell=lambda request: None)
        line.json("app", "edit", "--from", "-", document={"name": "public", "redirect_url": LOOPBACK})
        with pytest.raises(ConfigurationError, match="Nobody came back"):
            listener.authorize(
                workspace, LOCAL_ADMIN, "de-public", tell=lambda request: None, port=free_port, patience=0.0
            )
        with pytest.raises(AuthorizationError, match="five minutes"):
            listener.authorize(workspace, LOCAL_ADMIN, "de-public", tell=lambda r: _wrong(r, free_port), port=free_port)
        assert registry.show(workspace, LOCAL_ADMIN, "de-public").state == "needs_authorization"


def test_listening_ends_with_a_consent_that_cannot_be_used(line: Line, free_port: int) -> None:
    redirect = f"http://127.0.0.1:{free_port}/amazon"
    line.sandbox.set_application("public", {"redirect_uris": [redirect]})
    line.json("app", "edit", "--from", "-", document={"name": "public", "redirect_url": redirect})
    line.json("channel", "add", "--from", "-", document=line.documents["channel"])
    add(line)

    def tell(request: consent.ConsentRequest) -> None:
        threading.Thread(target=lambda: requests.get(browse(line, request.consent_url), timeout=10)).start()

    with opened(load()) as workspace, pytest.raises(UsageError, match="Channel de is that seller's"):
        listener.authorize(workspace, LOCAL_ADMIN, "de-public", tell=tell)


def _wrong(request: consent.ConsentRequest, port: int) -> None:
    """A browser with the right state and a code that Amazon never gave."""
    query = f"state={request.state}&selling_partner_id=A1SELLER&spapi_oauth_code=ANXold"
    url = f"http://127.0.0.1:{port}/amazon?{query}"
    threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": 10}).start()
