"""Every answer of the Selling Partner API has one meaning, and costs one token of its bucket."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
import responses

from core import clock
from core.amazon import operations
from core.amazon.operations import GET_ORDER, MARKETPLACE_PARTICIPATIONS, SEARCH_ORDERS, Nature, Operation
from core.amazon.tokens import TokenSource
from core.amazon.transport import USER_AGENT, AmazonClient
from core.errors import AuthorizationError, ConfigurationError, CrossdockError, OutcomeUnknown, Rejected, RemoteBusy
from core.http import Http
from core.quota import Level, QuotaBook, QuotaWait, UsagePlan
from tests.clients.amazon_kit import (
    ACCOUNT,
    CLIENT,
    LWA,
    ORDERS_URL,
    PARTICIPATIONS_URL,
    REQUEST_ID,
    SPAPI,
    TOKEN_URL,
    Counter,
    client,
    errors,
    forms,
    grant,
    refusal,
    sent,
    text,
)
from tests.clients.conftest import Serve
from tests.clients.manual_clock import ManualClock
from tests.clients.raw_server import Connection

Mock = responses.RequestsMock
EXPIRED = errors(
    "Unauthorized", "Access to requested resource is denied.", "The access token you provided has expired."
)
DENIED = errors("Unauthorized", "Access to requested resource is denied.")
QUOTA = errors("QuotaExceeded", "You exceeded your quota for the requested resource.")
ID = {"x-amzn-RequestId": REQUEST_ID}
PAGE = "<html><head><title>Bad gateway</title></head></html>"

FAST = UsagePlan(10.0, 30)
READ = Operation("listThings", "GET", "/things/v1/things", FAST)
PREVIEW = Operation("previewThing", "PUT", "/things/v1/things/{thing}", FAST, Nature.PREVIEW)
WRITE = Operation("putThing", "PUT", "/things/v1/things/{thing}", FAST, Nature.WRITE)
ONCE = Operation("makeThing", "POST", "/things/v1/things", FAST, Nature.WRITE, idempotent=False)
THINGS = f"{SPAPI}/things/v1/things"


@pytest.fixture
def meter() -> Counter:
    return Counter()


@pytest.fixture
def amazon(http: Http, quotas: QuotaBook, meter: Counter) -> AmazonClient:
    return client(http, quotas, meter)


def level(quotas: QuotaBook, operation: Operation) -> Level:
    """The one bucket of an operation."""
    (found,) = [one for one in quotas.levels() if one.key == ACCOUNT.bucket(operation)]
    return found


# What is sent.


def test_headers_of_a_call(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked, "Atza|first")
    mocked.get(THINGS, json={})
    assert amazon.call(READ) == {}
    headers = sent(mocked)[0].headers
    assert headers["x-amz-access-token"] == "Atza|first"
    assert headers["x-amz-date"] == "20261123T100000Z"
    assert headers["user-agent"] == USER_AGENT and headers["accept"] == "application/json"
    assert "authorization" not in headers and "x-amz-security-token" not in headers


def test_the_user_agent_is_one_that_amazon_takes() -> None:
    assert re.fullmatch(r"Crossdock/[\d.]+ \(Language=Python/3\.\d+\.\d+\S*\)", USER_AGENT)
    assert len(USER_AGENT) <= 500


def test_a_body_is_sent_as_json(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.put(f"{THINGS}/A", json={"status": "ACCEPTED"})
    assert amazon.call(WRITE, path={"thing": "A"}, body={"name": "Bär"}) == {"status": "ACCEPTED"}
    request = sent(mocked)[0]
    assert request.headers["content-type"] == "application/json"
    assert text(request) == '{"name": "B\\u00e4r"}'


@pytest.mark.parametrize("name", ["A/B", "50%", "a+b", "x,y", "a b", "q?x=1", "#1", "Größe", "日本", "a%2Fb", "~._-"])
def test_names_in_a_path_are_encoded_without_exception(name: str, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.put(re.compile(re.escape(THINGS)), json={})
    amazon.call(WRITE, path={"thing": name})
    path = str(sent(mocked)[0].url).removeprefix(f"{THINGS}/")
    assert unquote(path) == name
    assert re.fullmatch(r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*", path)


def test_parameters_are_encoded_without_exception(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, json={})
    amazon.call(READ, {"ids": "A,B", "after": "2026-01-01T00:00:00.000Z", "token": "a+b/c=&d e", "sku": "ä"})
    query = str(sent(mocked)[0].url).partition("?")[2]
    assert query == ("ids=A%2CB&after=2026-01-01T00%3A00%3A00.000Z&token=a%2Bb%2Fc%3D%26d%20e&sku=%C3%A4")


@pytest.mark.parametrize(
    ("region", "mode", "host"),
    [
        ("eu", "live", "sellingpartnerapi-eu.amazon.com"),
        ("na", "live", "sellingpartnerapi-na.amazon.com"),
        ("fe", "sandbox", "sandbox.sellingpartnerapi-fe.amazon.com"),
    ],
)
def test_region_and_mode_choose_the_host(
    region: str, mode: str, host: str, http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    mocked.get(f"https://{host}/things/v1/things", json={"here": True})
    account = replace(ACCOUNT, region=region, api_mode=mode)
    amazon = AmazonClient(account, http=http, quotas=quotas, tokens=TokenSource(http, LWA))
    assert amazon.call(READ) == {"here": True}


# The app status.


def test_a_draft_app_sends_no_writes(http: Http, quotas: QuotaBook, meter: Counter, mocked: Mock) -> None:
    amazon = client(http, quotas, meter, draft=True)
    for operation in (WRITE, ONCE):
        with pytest.raises(ConfigurationError, match=f"{operation.name} is not sent.*draft") as caught:
            amazon.call(operation, path={"thing": "A"})
        assert "app_status" in caught.value.next_step
    assert len(mocked.calls) == 0 and meter.calls == [] and quotas.levels() == []


def test_a_draft_app_reads_and_previews(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, json={})
    mocked.put(f"{THINGS}/A", json={"status": "VALID"})
    amazon = client(http, quotas, draft=True)
    assert amazon.call(READ) == {}
    assert amazon.call(PREVIEW, path={"thing": "A"}) == {"status": "VALID"}


@pytest.mark.parametrize("operation", [one for one in vars(operations).values() if isinstance(one, Operation)])
def test_every_operation_that_changes_amazon_is_refused_for_a_draft(
    operation: Operation, http: Http, quotas: QuotaBook
) -> None:
    writes = {
        "putListingsItem",
        "patchListingsItem",
        "deleteListingsItem",
        "createFeedDocument",
        "createFeed",
        "confirmShipment",
    }
    assert (operation.nature is Nature.WRITE) == (operation.name in writes)
    if operation.nature is Nature.WRITE:
        with pytest.raises(ConfigurationError, match=f"{operation.name} is not sent"):
            client(http, quotas, draft=True).call(operation, path={"seller_id": "A", "sku": "B", "order_id": "C"})


@pytest.mark.parametrize("operation", [operations.PUT_LISTING, operations.PATCH_LISTING])
def test_a_draft_app_validates_listings(operation: Operation, http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.add(operation.method, f"{SPAPI}/listings/2021-08-01/items/A1/a%2Fb", json={"status": "VALID"})
    amazon = client(http, quotas, draft=True)
    where = {"seller_id": "A1", "sku": "a/b"}
    assert amazon.call(operation, {"mode": "VALIDATION_PREVIEW"}, path=where, body={}) == {"status": "VALID"}
    with pytest.raises(ConfigurationError):
        amazon.call(operation, {"mode": "validation_preview"}, path=where, body={})


def test_a_grantless_call_belongs_to_no_seller(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.post(f"{SPAPI}/applications/2023-11-30/clientSecret", status=204)
    client(http, quotas).call(operations.ROTATE_CLIENT_SECRET)
    assert [level.key for level in quotas.levels()] == [f"live/{CLIENT}/-/rotateApplicationClientSecret"]
    assert forms(mocked)[0]["scope"] == operations.SCOPE_ROTATION


def test_each_mode_has_its_hosts(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    hosts = {"live": "sellingpartnerapi-eu.amazon.com", "sandbox": "sandbox.sellingpartnerapi-eu.amazon.com"}
    for mode, host in hosts.items():
        grant(mocked, f"Atza|{mode}")
        mocked.get(f"https://{host}/things/v1/things", json={"mode": mode})
    for mode in hosts:
        account = replace(ACCOUNT, api_mode=mode)
        amazon = AmazonClient(account, http=http, quotas=quotas, tokens=TokenSource(http, LWA))
        assert amazon.call(READ) == {"mode": mode}


# Tokens.


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, EXPIRED),
        (403, errors("Unauthorized", "Access token is missing in the request header.")),
        (403, errors("Unauthorized", "Denied.", "The access token you provided is revoked, malformed or invalid.")),
        (401, errors("Unauthorized", "")),
        (401, {}),
    ],
)
def test_P4_a_token_that_ran_out_is_renewed_once_and_the_call_replayed(
    status: int, body: Any, amazon: AmazonClient, quotas: QuotaBook, meter: Counter, mocked: Mock
) -> None:
    grant(mocked, "Atza|first")
    grant(mocked, "Atza|second")
    mocked.get(THINGS, status=status, json=body)
    mocked.get(THINGS, json={"ok": True})
    assert amazon.call(READ, {"page": "2"}) == {"ok": True}
    assert [call.headers["x-amz-access-token"] for call in sent(mocked)] == ["Atza|first", "Atza|second"]
    assert len({call.url for call in sent(mocked)}) == 1
    assert meter.calls == ["listThings"] * 2 and level(quotas, READ).tokens == FAST.burst - 2


@pytest.mark.parametrize("operation", [READ, ONCE])
def test_a_token_refused_again_is_not_renewed_again(operation: Operation, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked, "Atza|first")
    grant(mocked, "Atza|second")
    malformed = errors("Unauthorized", "Denied.", "The access token you provided is revoked, malformed or invalid.")
    body = malformed if operation is READ else EXPIRED
    mocked.add(operation.method, THINGS, status=403, json=body, headers=ID)
    with pytest.raises(AuthorizationError, match=f"{operation.name} is denied"):
        amazon.call(operation)
    assert (len(sent(mocked)), len(forms(mocked))) == (2, 2)


def test_a_fresh_token_called_expired_ends_as_a_denial(amazon: AmazonClient, mocked: Mock, time: ManualClock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=403, json=EXPIRED, headers=ID)
    with pytest.raises(AuthorizationError, match="listThings is denied") as caught:
        amazon.call(READ)
    assert REQUEST_ID in caught.value.next_step and sum(time.slept) <= 30
    # No token that was refused is ever used again for another try.
    assert len(forms(mocked)) == len(sent(mocked))


def test_a_write_refused_for_its_token_was_not_done_and_is_replayed(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked, "Atza|first")
    grant(mocked, "Atza|second")
    mocked.post(THINGS, status=403, json=EXPIRED)
    mocked.post(THINGS, json={"id": "7"})
    assert amazon.call(ONCE, body={"n": 1}) == {"id": "7"}
    assert [text(call) for call in sent(mocked)] == ['{"n": 1}'] * 2


@pytest.mark.parametrize(
    "body",
    [
        DENIED,
        errors("AccessDeniedException", "User is not authorized."),
        errors("Unauthorized", "The seller is invalid here."),
        errors("Unauthorized", ""),
    ],
)
def test_a_missing_right_is_told_with_request_and_next_step(body: Any, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=403, json=body, headers=ID)
    with pytest.raises(AuthorizationError, match="listThings is denied") as caught:
        amazon.call(READ)
    assert REQUEST_ID in caught.value.next_step and "role" in caught.value.next_step
    assert body["errors"][0]["code"] in caught.value.what and caught.value.exit_code == 3
    assert (len(sent(mocked)), len(forms(mocked))) == (1, 1)


def test_a_denial_without_a_request_id_says_so(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=403, json=DENIED)
    with pytest.raises(AuthorizationError, match="request id unknown"):
        amazon.call(READ)


def test_a_revoked_authorization_costs_no_call(amazon: AmazonClient, meter: Counter, mocked: Mock) -> None:
    mocked.post(TOKEN_URL, status=400, json=refusal("invalid_grant", "revoked"))
    with pytest.raises(AuthorizationError, match="refresh token is refused"):
        amazon.call(READ)
    assert sent(mocked) == [] and meter.calls == []


# Quota.


def test_a_refusal_drains_and_pauses_the_bucket(
    amazon: AmazonClient, quotas: QuotaBook, meter: Counter, mocked: Mock, time: ManualClock
) -> None:
    grant(mocked)
    mocked.get(ORDERS_URL, status=429, json=QUOTA, headers=ID)
    with pytest.raises(QuotaWait) as caught:
        amazon.call(SEARCH_ORDERS)
    assert (
        caught.value.key
        == ACCOUNT.bucket(SEARCH_ORDERS)
        == "live/" + ACCOUNT.credentials.client_id + ("/A3SELLER/searchOrders")
    )
    one_token = 1 / SEARCH_ORDERS.plan.rate
    assert one_token < clock.seconds_until(caught.value.until) < 1.3 * one_token
    assert level(quotas, SEARCH_ORDERS).tokens <= 0
    assert (meter.calls, meter.refusals) == (["searchOrders"], ["searchOrders"])
    # Nobody asks before the pause is over, and nothing is counted for it.
    with pytest.raises(QuotaWait) as again:
        amazon.call(SEARCH_ORDERS)
    assert clock.seconds_until(again.value.until) > one_token
    assert len(sent(mocked)) == 1 and meter.calls == ["searchOrders"] and time.slept == []


@pytest.mark.parametrize("named", ["900", "900.0"])
def test_a_longer_pause_that_amazon_names_is_kept(named: str, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(ORDERS_URL, status=429, json=QUOTA, headers={"Retry-After": named})
    with pytest.raises(QuotaWait) as caught:
        amazon.call(SEARCH_ORDERS)
    assert 900 < clock.seconds_until(caught.value.until) < 1200


@pytest.mark.parametrize("named", ["1e9", "999999", "4000", "1" * 400])
def test_a_pause_longer_than_the_plan_can_mean_is_cut(named: str, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(ORDERS_URL, status=429, json=QUOTA, headers={"Retry-After": named})
    with pytest.raises(QuotaWait) as caught:
        amazon.call(SEARCH_ORDERS)
    assert clock.seconds_until(caught.value.until) <= 3600 * 1.2


@pytest.mark.parametrize("named", ["0", "-5", "inf", "-inf", "nan", "soon", "Mon, 23 Nov 2026 10:00:05 GMT"])
def test_a_shorter_or_senseless_pause_is_not_believed(named: str, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(ORDERS_URL, status=429, json=QUOTA, headers={"Retry-After": named})
    with pytest.raises(QuotaWait) as caught:
        amazon.call(SEARCH_ORDERS)
    assert clock.seconds_until(caught.value.until) > 178


def test_a_refusal_in_html_is_a_refusal_too(amazon: AmazonClient, meter: Counter, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(ORDERS_URL, status=429, body=PAGE)
    with pytest.raises(QuotaWait):
        amazon.call(SEARCH_ORDERS)
    assert meter.refusals == ["searchOrders"]


def test_a_short_pause_is_waited_for(amazon: AmazonClient, meter: Counter, mocked: Mock, time: ManualClock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=429, json=QUOTA)
    mocked.get(THINGS, json={"ok": True})
    assert amazon.call(READ) == {"ok": True}
    assert meter.refusals == ["listThings"] and sum(time.slept) > 1 / FAST.rate


def test_a_refused_write_that_may_be_made_once_is_not_repeated(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.post(THINGS, status=429, json=QUOTA)
    with pytest.raises(QuotaWait):
        amazon.call(ONCE)
    assert len(sent(mocked)) == 1


def test_an_empty_bucket_sends_nothing(amazon: AmazonClient, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    for _ in range(SEARCH_ORDERS.plan.burst):
        quotas.reserve(ACCOUNT.bucket(SEARCH_ORDERS), SEARCH_ORDERS.plan)
    with pytest.raises(QuotaWait):
        amazon.call(SEARCH_ORDERS)
    assert sent(mocked) == []


def test_work_in_the_background_leaves_a_reserve(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(ORDERS_URL, json={"orders": []})
    background = client(http, quotas, background=True)
    free = SEARCH_ORDERS.plan.burst - SEARCH_ORDERS.interactive_reserve
    for _ in range(free):
        background.call(SEARCH_ORDERS)
    with pytest.raises(QuotaWait):
        background.call(SEARCH_ORDERS)
    for _ in range(SEARCH_ORDERS.interactive_reserve):
        client(http, quotas).call(SEARCH_ORDERS)
    assert len(sent(mocked)) == SEARCH_ORDERS.plan.burst


@pytest.mark.parametrize("status", [200, 400, 404])
def test_T4_the_rate_that_amazon_states_corrects_the_bucket(
    status: int, amazon: AmazonClient, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    mocked.get(THINGS, status=status, json=errors("X", "x"), headers={"x-amzn-RateLimit-Limit": "25.5"})
    try:
        amazon.call(READ)
    except Rejected:
        assert status >= 400
    assert level(quotas, READ).rate == 25.5


@pytest.mark.parametrize("stated", ["", "fast", "0", "-1", "nan", "inf", "100000", "0.00001"])
def test_a_senseless_rate_is_not_believed(stated: str, amazon: AmazonClient, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, json={}, headers={"x-amzn-RateLimit-Limit": stated})
    amazon.call(READ)
    assert level(quotas, READ).rate == FAST.rate


def test_buckets_of_accounts_modes_apps_and_operations_are_apart() -> None:
    other_app = replace(ACCOUNT.credentials, client_id="another")
    accounts = [
        ACCOUNT,
        replace(ACCOUNT, api_mode="sandbox"),
        replace(ACCOUNT, quota_owner="B"),
        replace(ACCOUNT, credentials=other_app),
    ]
    keys = {account.bucket(operation) for account in accounts for operation in (SEARCH_ORDERS, GET_ORDER)}
    assert len(keys) == 8
    assert replace(ACCOUNT, draft=True).bucket(GET_ORDER) == ACCOUNT.bucket(GET_ORDER)


# Trouble.


@pytest.mark.parametrize(("status", "kind"), [(403, AuthorizationError), (400, Rejected)])
@pytest.mark.parametrize("mode", ["live", "sandbox"])
def test_P10_what_the_hosts_of_the_sandbox_refuse_is_told_with_the_mode(
    mode: str, status: int, kind: type[CrossdockError], http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    mocked.get(THINGS, status=status, json=errors("InvalidInput", "Could not match input arguments"), headers=ID)
    with pytest.raises(kind) as caught:
        client(http, quotas, api_mode=mode).call(READ)
    assert ("API mode is sandbox" in caught.value.next_step) == (mode == "sandbox")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_page_of_trouble_is_repeated_three_times_and_then_busy(
    status: int, amazon: AmazonClient, meter: Counter, mocked: Mock, time: ManualClock
) -> None:
    grant(mocked)
    mocked.get(THINGS, status=status, body=PAGE)
    with pytest.raises(RemoteBusy, match=str(status)) as caught:
        amazon.call(READ)
    assert caught.value.status == status and len(sent(mocked)) == 3
    assert len(time.slept) == 2 and sum(time.slept) <= 30 and meter.calls == ["listThings"] * 3


def test_trouble_that_passes_is_not_seen(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=503, body=PAGE)
    mocked.get(THINGS, status=200, body=PAGE)
    mocked.get(THINGS, json={"ok": True})
    assert amazon.call(READ) == {"ok": True}


@pytest.mark.parametrize(
    "body", [PAGE, "", "null", "[]", '"orders"', '{"orders": [', b"\xff\xfe\x00"], ids=lambda body: repr(body)[:12]
)
def test_L2_an_answer_that_is_no_json_object_is_never_an_empty_page(
    body: Any, amazon: AmazonClient, mocked: Mock
) -> None:
    grant(mocked)
    mocked.get(THINGS, status=200, body=body, headers=ID)
    with pytest.raises(OutcomeUnknown, match="listThings was answered 200 without the promised JSON") as caught:
        amazon.call(READ)
    assert (caught.value.status, caught.value.request_id) == (200, REQUEST_ID)
    assert "base URL" in caught.value.next_step and len(sent(mocked)) == 3


def test_a_redirect_is_not_followed(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=302, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(OutcomeUnknown, match="302"):
        amazon.call(READ)
    assert {call.url for call in sent(mocked)} == {THINGS}


@pytest.mark.parametrize("status", [400, 404, 409, 413, 415])
def test_a_no_is_final_and_complete(status: int, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    body = errors("InvalidInput", "Bad date", "createdAfter is malformed")
    mocked.get(THINGS, status=status, json=body, headers=ID)
    with pytest.raises(Rejected, match="InvalidInput: Bad date createdAfter is malformed") as caught:
        amazon.call(READ)
    error = caught.value
    assert (error.status, error.code, error.request_id) == (status, "InvalidInput", REQUEST_ID)
    assert REQUEST_ID in error.next_step and len(sent(mocked)) == 1


@pytest.mark.parametrize("body", [{}, {"errors": []}, {"errors": "no"}, {"errors": [None]}, {"message": "no"}])
def test_a_no_without_reasons_is_a_no(body: Any, amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(THINGS, status=400, json=body)
    with pytest.raises(Rejected, match=r"refused \(400"):
        amazon.call(READ)


def test_personal_data_in_a_message_is_not_passed_on(amazon: AmazonClient, mocked: Mock) -> None:
    grant(mocked, "Atza|very-secret")
    said = "Token Atza|very-secret of anna@buyer.example is no good"
    mocked.get(THINGS, status=400, json=errors("InvalidInput", said))
    with pytest.raises(Rejected) as caught:
        amazon.call(READ)
    assert "very-secret" not in str(caught.value) and "anna" not in str(caught.value)


def test_a_connection_that_breaks_is_repeated_for_reads_only(http: Http, quotas: QuotaBook, serve: Serve) -> None:
    def script(connection: Connection) -> None:
        connection.close()

    for operation, times in ((READ, 3), (WRITE, 3), (ONCE, 1)):
        server = serve(script)
        tokens = TokenSource(http, LWA)
        amazon = AmazonClient(ACCOUNT, http=http, quotas=quotas, tokens=tokens, base_url=server.url)
        with responses.RequestsMock() as mock:
            grant(mock)
            mock.add_passthru(server.url)
            with pytest.raises(OutcomeUnknown):
                amazon.call(operation, path={"thing": "A"})
        assert len(server.requests) == times


def test_nothing_is_repeated_once_the_work_is_to_stop(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(PARTICIPATIONS_URL, status=503, body=PAGE)
    with pytest.raises(RemoteBusy):
        client(http, quotas, should_stop=lambda: True).call(MARKETPLACE_PARTICIPATIONS)
    assert len(sent(mocked)) == 1
