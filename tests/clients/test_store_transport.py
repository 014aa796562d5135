"""The store's answers: reads are repeated, writes never, and a web page is never data."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from core.cscart.transport import StoreClient
from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    Rejected,
    RemoteBusy,
    Unreachable,
)
from core.http import MEGABYTE, Answer, Http
from tests.clients.conftest import Serve
from tests.clients.manual_clock import ManualClock
from tests.clients.raw_server import Connection, answer, says
from tests.clients.store_kit import ACCESS, API_KEY, BASIC, EMAIL, HTML, Shop, client, listed

PRODUCTS = "GET /api/2.1/products"
CREATE = "POST /api/2.1/orders"
OK = listed("products", [])
REFUSED = {"message": "Forbidden: you have no rights", "errors": [], "status": 403}


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


# Addresses and headers.


def test_a_read(store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, OK)
    params = (("page", 2), ("filter_params[product_code][]", "A/B +ä"), ("filter_params[product_code][]", "C,D"))
    assert store.get("products", params) == OK
    (call,) = shop.calls
    assert call.query == [(name, str(value)) for name, value in params]
    assert call.headers["authorization"] == f"Basic {BASIC}"
    assert call.headers["accept"] == "application/json" and "content-type" not in call.headers


def test_a_write(store: StoreClient, shop: Shop) -> None:
    shop.on("PUT /api/2.1/orders/7", {"order_id": 7})
    assert store.write("PUT", "orders/7", {"status": "P"}) == {"order_id": 7}
    (call,) = shop.calls
    assert call.body == {"status": "P"} and call.headers["content-type"] == "application/json"


def test_the_query_form_of_addresses(http: Http, shop: Shop) -> None:
    shop.on("GET /api.php:2.0/stores/1/orders", listed("orders", []))
    shop.on("PUT /api.php:2.0/orders/7", {"order_id": 7})
    store = client(http, api_form="query", api_version="2.0")
    store.get("stores/1/orders", (("page", 1),))
    store.write("PUT", "orders/7", {"status": "P"})
    assert shop.calls[0].query == [("_d", "2.0/stores/1/orders"), ("ajax_custom", "1"), ("page", "1")]
    assert shop.calls[1].query == [("_d", "2.0/orders/7"), ("ajax_custom", "1")]


def test_no_version_leaves_no_gap_in_the_address(http: Http, shop: Shop) -> None:
    shop.on("GET /api/versions", ["2.1"])
    assert client(http, api_version="").get_list("versions") == ["2.1"]
    shop.on("GET /api.php:versions", ["2.1"])
    assert client(http, api_version="", api_form="query").get_list("versions") == ["2.1"]


def test_each_call_is_told_once(http: Http, shop: Shop) -> None:
    seen: list[str] = []
    shop.each(PRODUCTS, (500, HTML), OK)
    shop.on("POST /api/2.1/stores/1/orders", (201, {"order_id": 1}))
    store = StoreClient(ACCESS, http, called=seen.append)
    store.get("products")
    store.write("POST", "stores/1/orders", {})
    assert seen == ["GET products", "GET products", "POST stores"]


# Reads.


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_read_is_tried_three_times(status: int, store: StoreClient, shop: Shop, time: ManualClock) -> None:
    shop.on(PRODUCTS, (status, HTML))
    with pytest.raises(RemoteBusy, match=f"not available .{status}.") as caught:
        store.get("products")
    assert caught.value.subject == "store main" and caught.value.status == status
    assert len(shop.calls) == 3 and len(time.slept) == 2 and sum(time.slept) <= 10


@pytest.mark.parametrize("trouble", [(500, HTML), (502, ""), (503, {"message": "x"}), (429, ""), (408, "")])
def test_passing_trouble_of_a_read_is_not_seen(trouble: Any, store: StoreClient, shop: Shop) -> None:
    shop.each(PRODUCTS, trouble, OK)
    assert store.get("products") == OK
    assert len(shop.calls) == 2


@pytest.mark.parametrize(
    ("named", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("-3", 0),
        ("99999", 600),
        ("1e9", 600),
        ("inf", 1),
        ("-inf", 1),
        ("nan", 1),
        ("soon", 1),
        (None, 1),
    ],
)
def test_a_store_that_asks_to_slow_down(named: str | None, seconds: float, store: StoreClient, shop: Shop) -> None:
    reply = (429, HTML, {"Retry-After": named} if named else {})
    shop.on(PRODUCTS, reply).on(CREATE, reply)
    with pytest.raises(RemoteBusy, match="slow down") as read:
        store.get("products")
    with pytest.raises(RemoteBusy, match="slow down") as written:
        store.write("POST", "orders", {})
    assert (read.value.retry_after, written.value.retry_after) == (seconds, seconds)
    assert [call.method for call in shop.calls] == ["GET"] * 3 + ["POST"]


def test_a_connection_that_breaks_is_repeated_on_reads_only(http: Http, serve: Serve) -> None:
    server = serve(Connection.close)
    store = StoreClient(replace(ACCESS, url=server.url), http)
    with pytest.raises(OutcomeUnknown, match="store main: The connection broke"):
        store.get("products")
    with pytest.raises(OutcomeUnknown, match="store main: The connection broke"):
        store.write("POST", "orders", {})
    assert [request.line.split()[0] for request in server.requests] == ["GET"] * 3 + ["POST"]


def test_an_answer_cut_short_is_no_answer(http: Http, serve: Serve) -> None:
    server = serve(says(answer(b'{"products": []}', length=400)))
    with pytest.raises(OutcomeUnknown):
        StoreClient(replace(ACCESS, url=server.url), http).get("products")
    assert len(server.requests) == 3


def test_the_time_limit_of_the_store_is_used(http: Http, serve: Serve) -> None:
    server = serve(Connection.hold)
    store = StoreClient(replace(ACCESS, url=server.url, timeout=0.05), http)
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        store.write("POST", "orders", {})
    assert len(server.requests) == 1


def test_large_reads_have_more_time_and_room_than_small_ones_and_writes() -> None:
    limits: list[tuple[float, float, int]] = []

    class Watched(Http):
        def send(self, *args: Any, **limit: Any) -> Answer:
            limits.append((limit["read_timeout"], limit["total_timeout"], limit["limit"] // MEGABYTE))
            return Answer(200, {}, b"{}")

    store = StoreClient(replace(ACCESS, timeout=7), Watched())
    store.get("products")
    store.get("products", large=True)
    store.write("POST", "orders", {})
    assert limits == [(7, 14, 4), (180, 240, 16), (7, 14, 4)]


def test_a_store_that_is_down_is_unreachable(http: Http, monkeypatch: pytest.MonkeyPatch, time: ManualClock) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    store = client(http)
    with pytest.raises(Unreachable, match="store main: It cannot be reached"):
        store.get("products")
    assert len(time.slept) == 2
    with pytest.raises(Unreachable):
        store.write("POST", "orders", {})
    assert len(time.slept) == 2


@pytest.mark.parametrize("page", [HTML, "  \n<!DOCTYPE html>", "<br />\n<b>Notice</b>: x in y.php\n{}"])
def test_a_page_instead_of_data_is_a_matter_of_the_address(page: str, store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (200, page))
    with pytest.raises(ConfigurationError, match="web page instead of data") as caught:
        store.get("products")
    assert "Check the address" in caught.value.next_step and len(shop.calls) == 1


def test_a_page_is_known_by_its_type_too(store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (200, "It works!", {"Content-Type": "text/html; charset=utf-8"}))
    with pytest.raises(ConfigurationError, match="web page instead of data"):
        store.get("products")


def test_a_page_is_shown_by_its_title_only(store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (200, HTML))
    with pytest.raises(ConfigurationError, match=r"\(200, titled 'Log in'\)") as caught:
        store.get("products")
    assert "Please" not in str(caught.value)


@pytest.mark.parametrize("body", ["", "null", "OK", '{"products": ['])
def test_data_that_broke_off_is_asked_for_again(body: str, store: StoreClient, shop: Shop) -> None:
    shop.each(PRODUCTS, (200, body), OK)
    assert store.get("products") == OK
    assert len(shop.calls) == 2


@pytest.mark.parametrize("body", ["", "OK", '{"orders": [{"email": "ann@buyer.example", "s_address": "1 Main St"'])
def test_data_that_stays_broken_is_no_data_and_is_not_shown(body: str, store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (200, body))
    with pytest.raises(OutcomeUnknown, match="products was not answered in the promised form") as caught:
        store.get("products")
    assert "Main St" not in str(caught.value) and len(shop.calls) == 3


def test_json_with_a_byte_order_mark_is_json(store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (200, '\ufeff{"products": []}'))
    assert store.get("products") == {"products": []}


@pytest.mark.parametrize("body", [[], ["2.1"], "text", 7])
def test_data_of_another_form_is_not_what_was_asked_for(body: Any, store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (200, f'"{body}"' if isinstance(body, str) else body))
    with pytest.raises(OutcomeUnknown, match="products was not answered in the promised form"):
        store.get("products")


def test_a_list_that_is_none(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /api/2.1/versions", {"Version": "2.1"})
    with pytest.raises(OutcomeUnknown, match="versions was not answered"):
        store.get_list("versions")


# Refusals, the same for reads and writes.

READ_AND_WRITE = pytest.mark.parametrize("call", [PRODUCTS, CREATE])


def make(store: StoreClient, call: str) -> Any:
    """Make the read or the write that `call` names."""
    return store.get("products") if call == PRODUCTS else store.write("POST", "orders", {"x": 1})


@READ_AND_WRITE
@pytest.mark.parametrize("body", [{"message": "Unauthorized", "status": 401}, HTML, ""])
def test_a_refused_key(body: Any, call: str, store: StoreClient, shop: Shop) -> None:
    shop.on(call, (401, body, {"WWW-Authenticate": 'Basic realm="x"'}))
    with pytest.raises(AuthorizationError, match="e-mail address or the API key") as caught:
        make(store, call)
    assert "API access" in caught.value.next_step and caught.value.exit_code == 3
    assert len(shop.calls) == 1


@READ_AND_WRITE
def test_a_missing_right(call: str, store: StoreClient, shop: Shop) -> None:
    shop.on(call, (403, REFUSED))
    with pytest.raises(Rejected, match=r"403.*you have no rights") as caught:
        make(store, call)
    assert caught.value.next_step == "Give the API user the right for it." and len(shop.calls) == 1


@READ_AND_WRITE
@pytest.mark.parametrize("status", [400, 404, 405, 406, 409, 415, 422])
def test_a_no(status: int, call: str, store: StoreClient, shop: Shop) -> None:
    shop.on(call, (status, {"message": "Bad Request: no shipping methods", "status": status}))
    with pytest.raises(Rejected, match="no shipping methods") as caught:
        make(store, call)
    assert (caught.value.status, caught.value.exit_code, len(shop.calls)) == (status, 1, 1)


@READ_AND_WRITE
@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_a_page_in_the_way(status: int, call: str, store: StoreClient, shop: Shop) -> None:
    shop.on(call, (status, "<html><TITLE lang='en'>Attention Required!</TITLE>Cloudflare</html>"))
    with pytest.raises(ConfigurationError, match=rf"\({status}, titled 'Attention Required!'\)") as caught:
        make(store, call)
    assert "firewall" in caught.value.next_step and len(shop.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_read_is_a_matter_of_the_address(status: int, store: StoreClient, shop: Shop) -> None:
    shop.on(PRODUCTS, (status, HTML, {"Location": "https://www.shop.example/api/"}))
    with pytest.raises(ConfigurationError, match=r"redirects to https://www\.shop\.example/api/") as caught:
        store.get("products")
    assert "https" in caught.value.next_step and len(shop.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_write_leaves_it_open(status: int, store: StoreClient, shop: Shop) -> None:
    shop.on(CREATE, (status, HTML, {"Location": "https://www.shop.example/api/"}))
    with pytest.raises(OutcomeUnknown, match=rf"{status} to a write.*redirects to https://www\.shop\.example/api/"):
        store.write("POST", "orders", {})
    assert len(shop.calls) == 1


# Writes.


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_write_in_trouble_is_left_open_and_not_repeated(
    status: int, store: StoreClient, shop: Shop, time: ManualClock
) -> None:
    shop.on(CREATE, (status, {"message": "Internal Server Error"}))
    with pytest.raises(OutcomeUnknown, match=f"{status} to a write") as caught:
        store.write("POST", "orders", {})
    assert caught.value.status == status and "being found out" in caught.value.next_step
    assert len(shop.calls) == 1 and time.slept == []


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [HTML, "", "null", '"done"', "<b>Warning</b>: x {}"])
def test_a_write_without_the_promised_data_is_left_open(status: int, body: str, store: StoreClient, shop: Shop) -> None:
    shop.on(CREATE, (status, body))
    with pytest.raises(OutcomeUnknown, match=f"answered {status} to a write without"):
        store.write("POST", "orders", {})
    assert len(shop.calls) == 1


def test_no_content_is_an_answer_to_a_write(store: StoreClient, shop: Shop) -> None:
    shop.on("DELETE /api/2.1/orders/7", (204, ""))
    assert store.write("DELETE", "orders/7", None) == {}
    assert "content-type" not in shop.calls[0].headers


# The store's own page.


def test_the_stores_own_page(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /", "CS-Cart: version 4.18.2")
    assert store.get_page("version") == "CS-Cart: version 4.18.2"
    assert shop.calls[0].query == [("version", "")]
    assert "authorization" not in shop.calls[0].headers
    shop.on("GET /", (403, "blocked"))
    assert store.get_page("version") == ""


# Secrets.

ECHOES: list[Any] = [
    (401, {"message": f"Authorization: Basic {BASIC} is wrong"}),
    (400, {"message": f"api_key={API_KEY} of {EMAIL}"}),
    (403, f"<pre>Authorization: Basic {BASIC}</pre>"),
    (302, "", {"Location": f"https://{EMAIL.partition('@')[0]}:{API_KEY}@shop.example/login"}),
    (200, f"<pre>basic {BASIC}</pre>"),
    (500, f"basic {BASIC}"),
    (200, f"<title>Key {API_KEY} is no good</title>"),
    (403, f"<title>{'x' * 50}{API_KEY}</title>"),
    (403, f"{' ' * 3960}<title>{API_KEY}</title>"),
    (400, {"message": "x" * 190 + API_KEY}),
    (400, {"message": API_KEY.upper()}),
    (302, "", {"Location": f"/login?{'x' * 80}{API_KEY}"}),
    (302, "", {"Location": f"/login?next={BASIC}"}),
]


@READ_AND_WRITE
@pytest.mark.parametrize("echo", ECHOES)
def test_no_error_shows_the_key_even_when_the_store_repeats_it(
    echo: Any, call: str, store: StoreClient, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.on(call, echo)
    with caplog.at_level(logging.DEBUG), pytest.raises(CrossdockError) as caught:
        make(store, call)
    shown = f"{caught.value} {caught.value!r} {caplog.text}"
    assert BASIC not in shown and EMAIL not in shown
    assert API_KEY[:8].lower() not in shown.lower()


def test_access_does_not_print_its_key() -> None:
    assert API_KEY not in f"{ACCESS!r} {ACCESS}" and "main" in repr(ACCESS)
