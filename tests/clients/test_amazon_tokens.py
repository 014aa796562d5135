"""Login with Amazon: one request for all, and an error for each way of being refused."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import responses

from core.amazon.tokens import CodeRefused, Credentials, Revoked, TokenSource
from core.errors import AuthorizationError, CrossdockError, OutcomeUnknown, RemoteBusy, RemoteError, Unreachable
from core.http import Http
from tests.clients.amazon_kit import (
    CLIENT,
    CREDENTIALS,
    LWA,
    OLD_SECRET,
    REFRESH,
    REQUEST_ID,
    SECRET,
    TOKEN_URL,
    dumped,
    forms,
    grant,
    refusal,
)
from tests.clients.manual_clock import ManualClock

Mock = responses.RequestsMock
BOTH = replace(CREDENTIALS, previous_secret=OLD_SECRET)
WRONG_SECRET = refusal("invalid_client", "Client authentication failed")
PAGE = "<html><title>503 Service Unavailable</title></html>"


@pytest.fixture
def source(http: Http) -> TokenSource:
    return TokenSource(http, LWA)


def test_the_request_is_a_form_with_the_refresh_token(source: TokenSource, mocked: Mock) -> None:
    grant(mocked, "Atza|one")
    assert source.token(CREDENTIALS) == "Atza|one"
    request = mocked.calls[0].request
    assert request.headers["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    assert forms(mocked) == [
        {"grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": CLIENT, "client_secret": SECRET}
    ]
    assert "Authorization" not in request.headers and "?" not in str(request.url)


def test_without_another_address_amazons_own_is_asked(http: Http, mocked: Mock) -> None:
    mocked.post("https://api.amazon.com/auth/o2/token", json={"access_token": "Atza|one", "expires_in": 3600})
    assert TokenSource(http, "").token(CREDENTIALS) == "Atza|one"


def side_by_side(*work: Callable[[], Any]) -> list[Any]:
    """Run all at once, each in its thread; results in order."""
    results: list[Any] = [None] * len(work)

    def run(index: int) -> None:
        try:
            results[index] = work[index]()
        except CrossdockError as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_P5_eight_threads_share_one_request(source: TokenSource, mocked: Mock) -> None:
    started = threading.Barrier(8)
    another = threading.Event()
    count: list[int] = []

    def reply(request: Any) -> tuple[int, dict[str, str], bytes]:
        count.append(1)
        if len(count) > 1:
            another.set()
        # Gives the other threads, which have started already, the chance to come here too.
        another.wait(0.05)
        return 200, {}, dumped({"access_token": f"Atza|{len(count)}", "expires_in": 3600})

    def ask() -> str:
        started.wait(10)
        return source.token(CREDENTIALS)

    mocked.add_callback(responses.POST, TOKEN_URL, reply)
    assert side_by_side(*[ask] * 8) == ["Atza|1"] * 8
    assert len(count) == 1


def test_P5_forty_accounts_in_turn_cost_one_request_each(source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, json={"access_token": "Atza|x", "expires_in": 3600})
    accounts = [replace(CREDENTIALS, refresh_token=f"Atzr|{number}") for number in range(40)]
    for _ in range(3):
        assert {source.token(account) for account in accounts} == {"Atza|x"}
    assert len(mocked.calls) == len(accounts)


def test_a_refused_refresh_is_told_to_every_thread(source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, status=400, json=refusal("invalid_grant", "revoked"))
    results = side_by_side(*[lambda: source.token(CREDENTIALS)] * 3)
    assert [type(result) for result in results] == [Revoked] * 3


def test_accounts_do_not_wait_for_each_other(source: TokenSource, mocked: Mock) -> None:
    meeting = threading.Barrier(2)

    def reply(request: Any) -> tuple[int, dict[str, str], bytes]:
        meeting.wait(10)  # breaks unless both requests are under way at the same time
        return 200, {}, dumped({"access_token": "Atza|x", "expires_in": 3600})

    mocked.add_callback(responses.POST, TOKEN_URL, reply)
    other = replace(CREDENTIALS, refresh_token="Atzr|other")
    assert side_by_side(lambda: source.token(CREDENTIALS), lambda: source.token(other)) == ["Atza|x"] * 2


@pytest.mark.parametrize(("life", "good_for"), [(3600, 3300), (600, 540), ("1200", 1080)])
def test_the_life_of_a_token_is_what_the_answer_says(
    life: Any, good_for: int, source: TokenSource, mocked: Mock, time: ManualClock
) -> None:
    grant(mocked, "Atza|one", life)
    grant(mocked, "Atza|two", life)
    assert source.token(CREDENTIALS) == "Atza|one"
    time.move(good_for - 1)
    assert source.token(CREDENTIALS) == "Atza|one"
    time.move(1)
    assert source.token(CREDENTIALS) == "Atza|two"
    assert len(mocked.calls) == 2


def test_each_account_has_its_token(source: TokenSource, mocked: Mock) -> None:
    for token in ("Atza|one", "Atza|two"):
        grant(mocked, token)
    other = replace(CREDENTIALS, refresh_token="Atzr|other")
    assert [source.token(one) for one in (CREDENTIALS, other, CREDENTIALS, other)] == ["Atza|one", "Atza|two"] * 2


def test_forgetting_a_token_keeps_a_newer_one(source: TokenSource, mocked: Mock) -> None:
    grant(mocked, "Atza|one")
    grant(mocked, "Atza|two")
    old = source.token(CREDENTIALS)
    source.forget(CREDENTIALS, old)
    assert source.token(CREDENTIALS) == "Atza|two"
    source.forget(CREDENTIALS, old)
    assert source.token(CREDENTIALS) == "Atza|two"
    assert len(mocked.calls) == 2


def test_forgetting_what_was_never_known_does_nothing(source: TokenSource) -> None:
    source.forget(CREDENTIALS, "Atza|never")


def test_the_previous_secret_serves_while_the_new_one_is_not_known_yet(source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, status=401, json=WRONG_SECRET)
    grant(mocked, "Atza|old secret")
    assert source.token(BOTH) == "Atza|old secret"
    assert [form["client_secret"] for form in forms(mocked)] == [SECRET, OLD_SECRET]


def test_the_previous_secret_is_tried_once(source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, status=401, json=WRONG_SECRET)
    with pytest.raises(AuthorizationError, match="Client authentication failed") as caught:
        source.token(BOTH)
    assert "180 days" in caught.value.next_step and not isinstance(caught.value, Revoked)
    assert [form["client_secret"] for form in forms(mocked)] == [SECRET, OLD_SECRET]


def test_without_a_previous_secret_nothing_is_tried_again(source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, status=401, json=WRONG_SECRET)
    with pytest.raises(AuthorizationError):
        source.token(CREDENTIALS)
    assert len(mocked.calls) == 1


def test_a_revoked_authorization_is_final_whatever_the_secret(source: TokenSource, mocked: Mock) -> None:
    said = "The request has an invalid grant parameter : refresh_token"
    mocked.post(TOKEN_URL, status=400, json=refusal("invalid_grant", said))
    with pytest.raises(Revoked) as caught:
        source.token(BOTH)
    assert said in str(caught.value) and "Authorize the app again" in caught.value.next_step
    assert caught.value.exit_code == 3 and len(mocked.calls) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [PAGE, "", '{"error": "server_error"}', "[]"])
def test_a_busy_token_service_is_busy_whatever_its_body(
    status: int, body: str, source: TokenSource, mocked: Mock
) -> None:
    mocked.post(TOKEN_URL, status=status, body=body)
    with pytest.raises(RemoteBusy, match=str(status)) as caught:
        source.token(BOTH)
    assert (caught.value.status, len(mocked.calls)) == (status, 1)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404])
@pytest.mark.parametrize("body", [PAGE, "", "[]", '"text"'])
def test_anything_but_a_json_object_is_not_understood(
    status: int, body: str, source: TokenSource, mocked: Mock
) -> None:
    mocked.post(TOKEN_URL, status=status, body=body)
    with pytest.raises(OutcomeUnknown, match=f"answered {status}|holds no token") as caught:
        source.token(CREDENTIALS)
    assert caught.value.subject == "Login with Amazon"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"expires_in": 3600},
        {"access_token": "Atza|x", "expires_in": None},
        {"access_token": "x", "expires_in": "?"},
    ],
)
def test_an_answer_without_a_usable_token(body: Any, source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, json=body)
    with pytest.raises(OutcomeUnknown, match="holds no token"):
        source.token(CREDENTIALS)
    grant(mocked, "Atza|later")
    assert source.token(CREDENTIALS) == "Atza|later"


def test_any_other_refusal_names_code_status_and_request(source: TokenSource, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, status=400, json=refusal("unsupported_grant_type", "not supported"))
    with pytest.raises(RemoteError, match=r"\(400 unsupported_grant_type\): not supported") as caught:
        source.token(BOTH)
    error = caught.value
    assert (type(error), error.status, error.code) == (RemoteError, 400, "unsupported_grant_type")
    assert error.request_id == REQUEST_ID and len(mocked.calls) == 1


def test_an_unreachable_token_service(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="Login with Amazon: It cannot be reached"):
        TokenSource(http, LWA).token(CREDENTIALS)


ECHOES: list[tuple[int, Any]] = [
    (400, refusal("invalid_grant", f"The token {REFRESH} is not valid for {SECRET}")),
    (401, refusal("invalid_client", f"client_secret={SECRET} does not match")),
    (400, refusal("unauthorized_client", f"{SECRET}")),
    (400, refusal("invalid_request", f"refresh_token: {REFRESH}, secret: {OLD_SECRET}")),
    (500, refusal("server_error", f"{REFRESH}")),
    (200, f"<p>{SECRET}</p>"),
    (403, f"<p>client_secret={SECRET}&refresh_token={REFRESH}</p>"),
]


@pytest.mark.parametrize(("status", "body"), ECHOES)
def test_no_error_shows_a_secret_even_when_amazon_repeats_it(
    status: int, body: Any, source: TokenSource, mocked: Mock, caplog: pytest.LogCaptureFixture
) -> None:
    data = body if isinstance(body, str) else dumped(body)
    mocked.post(TOKEN_URL, status=status, body=data)
    with caplog.at_level(logging.DEBUG), pytest.raises(CrossdockError) as caught:
        source.token(BOTH)
    shown = "\n".join([str(caught.value), repr(caught.value), caplog.text, *traceback.format_exception(caught.value)])
    for secret in (SECRET, OLD_SECRET, REFRESH):
        assert secret not in shown and secret[12:] not in shown


def test_credentials_and_tokens_do_not_print_their_secrets(source: TokenSource, mocked: Mock) -> None:
    grant(mocked, "Atza|hidden")
    source.token(BOTH)
    shown = f"{BOTH!r} {BOTH} {source!r} {source._tokens!r}"
    for secret in (SECRET, OLD_SECRET, REFRESH[5:], "hidden"):
        # The source's own map is keyed by the refresh token: it is never shown, only its tokens are.
        assert secret not in shown.replace(repr(REFRESH), "")


def test_the_key_of_a_token_is_the_account_not_the_secret(source: TokenSource, mocked: Mock) -> None:
    grant(mocked, "Atza|one")
    assert source.token(CREDENTIALS) == "Atza|one"
    assert source.token(Credentials(CLIENT, "rotated", REFRESH)) == "Atza|one"


# -- revoked, grantless, and the code of a consent --------------------------------------------------------------------


def test_a_revoked_authorization_is_asked_about_once_an_hour(
    source: TokenSource, mocked: Mock, time: ManualClock
) -> None:
    mocked.post(TOKEN_URL, status=400, json=refusal("invalid_grant", "revoked"))
    for minutes in (0, 1, 30, 28):
        time.move(minutes * 60)
        with pytest.raises(Revoked, match="revoked"):
            source.token(CREDENTIALS)
    assert len(mocked.calls) == 1
    time.move(60)
    with pytest.raises(Revoked):
        source.token(CREDENTIALS)
    assert len(mocked.calls) == 2
    grant(mocked, "Atza|again")
    assert source.token(replace(CREDENTIALS, refresh_token="Atzr|new")) == "Atza|again"


def test_a_person_who_tries_credentials_asks_with_exactly_these(source: TokenSource, mocked: Mock) -> None:
    for token in ("Atza|one", "Atza|two"):
        grant(mocked, token)
    assert [source.token(CREDENTIALS), source.fresh(CREDENTIALS), source.token(CREDENTIALS)] == [
        "Atza|one",
        "Atza|two",
        "Atza|two",
    ]
    mocked.post(TOKEN_URL, status=401, json=WRONG_SECRET)
    with pytest.raises(AuthorizationError):
        source.fresh(BOTH)
    assert [form["client_secret"] for form in forms(mocked)] == [SECRET] * 3


def test_a_grantless_token_is_the_applications_own(source: TokenSource, mocked: Mock) -> None:
    grant(mocked, "Atza|grantless")
    grant(mocked, "Atza|seller")
    own = CREDENTIALS.for_scope("sellingpartnerapi::notifications")
    assert [source.token(own), source.token(CREDENTIALS), source.token(own)] == [
        "Atza|grantless",
        "Atza|seller",
        "Atza|grantless",
    ]
    assert forms(mocked)[0] == {
        "grant_type": "client_credentials",
        "scope": "sellingpartnerapi::notifications",
        "client_id": CLIENT,
        "client_secret": SECRET,
    }


def test_tokens_of_the_sandbox_never_serve_live_calls(source: TokenSource, mocked: Mock) -> None:
    for token in ("Atza|live", "Atza|sandbox"):
        grant(mocked, token)
    modes = [replace(CREDENTIALS, api_mode=mode) for mode in ("live", "sandbox")]
    assert [source.token(one) for one in modes * 2] == ["Atza|live", "Atza|sandbox"] * 2


def test_a_code_is_exchanged_once_and_its_token_used(source: TokenSource, mocked: Mock) -> None:
    grant(mocked, "Atza|first")
    client = replace(CREDENTIALS, refresh_token="")
    assert source.exchange_code(client, "ANXcode", "https://shop.example/amazon") == REFRESH
    assert source.token(CREDENTIALS) == "Atza|first"
    assert forms(mocked) == [
        {
            "grant_type": "authorization_code",
            "code": "ANXcode",
            "redirect_uri": "https://shop.example/amazon",
            "client_id": CLIENT,
            "client_secret": SECRET,
        }
    ]


def test_without_a_redirect_url_none_is_sent_and_an_old_code_is_told_from_a_revoked_token(
    source: TokenSource, mocked: Mock
) -> None:
    mocked.post(TOKEN_URL, status=400, json=refusal("invalid_grant", "invalid grant parameter : code"))
    with pytest.raises(CodeRefused, match="five minutes") as caught:
        source.exchange_code(CREDENTIALS, "ANXold", "")
    assert not isinstance(caught.value, Revoked) and "redirect_uri" not in forms(mocked)[0]
    mocked.post(TOKEN_URL, json={"access_token": "Atza|x", "expires_in": 3600})
    with pytest.raises(OutcomeUnknown, match="no refresh token"):
        source.exchange_code(CREDENTIALS, "ANXodd", "")
