"""URL forms, authentication, editions, refusals of the store."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
import requests

from sandbox.clock import Clock
from tests.sandbox.store_kit import LAMP, Shop, open_shop, order_body


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop(vendor_key="vendor-key") as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/api/version", "2.1"),
        ("/api/version/", "2.1"),
        ("/api/2.0/version", "2.0"),
        ("/api/2.1/version", "2.1"),
        ("/api/4.0/version", "4.0"),
        ("/api.php?_d=version&ajax_custom=1", "2.1"),
        ("/api.php?_d=2.0/version&ajax_custom=1", "2.0"),
    ],
)
def test_url_forms(shop: Shop, path: str, version: str) -> None:
    assert shop.get(path) == {"Version": version}


@pytest.mark.parametrize("path", ["/api/2/version", "/api//orders", "/api/orders//5", "/api/nothing", "/api/"])
def test_unreadable_paths(shop: Shop, path: str) -> None:
    response = shop.call("GET", path)
    assert response.status_code == 404
    assert response.json()["status"] == 404


def test_versions_and_edition_line(shop: Shop) -> None:
    assert "4.0" in shop.get("/api/versions")
    line = requests.get(f"{shop.url}/?version", timeout=5)
    assert line.headers["Content-Type"].startswith("text/html")
    assert "ULTIMATE" in line.text and "4.18" in line.text


def test_without_rewrite_only_api_php_works() -> None:
    with open_shop(rewrite=False) as shop:
        page = shop.call("GET", "/api/version")
        assert page.status_code == 404
        assert page.text.startswith("<!DOCTYPE html")
        assert shop.get("/api.php?_d=version&ajax_custom=1") == {"Version": "2.1"}


def test_wrong_key_is_401_with_challenge(shop: Shop) -> None:
    response = requests.get(f"{shop.url}/api/version", auth=("api@shop.example", "wrong"), timeout=5)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert response.json()["message"] == "Unauthorized"
    assert requests.get(f"{shop.url}/api/version", timeout=5).status_code == 401


@pytest.mark.parametrize("kind", [True, "redirect"])
def test_login_page_in_place_of_401(kind: bool | str) -> None:
    with open_shop(login_page=kind) as shop:
        shop.session.auth = ("nobody@shop.example", "x")
        response = shop.call("GET", "/api/version")
        assert response.status_code == 200
        assert "Sign in" in response.text


def test_vendor_key_reads_the_catalogue_only(shop: Shop) -> None:
    vendor = requests.Session()
    vendor.auth = ("vendor@shop.example", "vendor-key")
    assert vendor.get(f"{shop.url}/api/products", timeout=5).status_code == 200
    assert vendor.get(f"{shop.url}/api/orders", timeout=5).status_code == 403
    assert vendor.put(f"{shop.url}/api/products/{LAMP}", json={"amount": 1}, timeout=5).status_code == 403


def test_content_rules(shop: Shop) -> None:
    path = "/api/stores/1/orders"
    assert shop.call("POST", path, data="a=b").status_code == 415
    headers = {"Content-Type": "application/json"}
    assert shop.call("POST", path, data="", headers=headers).status_code == 405
    assert shop.call("POST", path, data="{}", headers=headers).status_code == 405
    assert shop.call("POST", path, data="{broken", headers=headers).status_code == 400
    assert shop.call("GET", "/api/orders", headers={"Accept": "text/html"}).status_code == 406


def test_methods_that_do_not_fit(shop: Shop) -> None:
    assert shop.call("POST", "/api/orders/5", {"a": 1}).status_code == 405
    assert shop.call("PUT", "/api/orders", {"a": 1}).status_code == 405
    assert shop.call("DELETE", "/api/orders").status_code == 405
    assert shop.call("PATCH", "/api/orders/5", {"a": 1}).status_code == 405
    assert shop.call("POST", "/api/settings", {"a": 1}).status_code == 405
    assert shop.call("GET", "/api/orders/abc").status_code == 404


def test_method_named_in_the_body(shop: Shop) -> None:
    response = shop.call("POST", f"/api/products/{LAMP}", {"_METHOD": "PUT", "weight": "1.5"})
    assert response.status_code == 200
    assert shop.get(f"/api/products/{LAMP}")["weight"] == "1.500"


def test_error_body_says_what_is_missing(shop: Shop) -> None:
    response = shop.place(payment_id=None, shipping_id=None)
    body = response.json()
    assert response.status_code == body["status"] == 400
    assert body["message"].startswith("Bad Request: ")
    assert len(body["errors"]) == 2 and body["messages"] == []


def test_old_builds_say_less() -> None:
    with open_shop(old_build=True) as shop:
        assert set(shop.place(payment_id=None).json()) == {"message", "status"}
        assert shop.call("GET", "/api/versions").status_code == 404


def test_storefront_has_to_be_in_the_path(shop: Shop) -> None:
    response = shop.call("POST", "/api/orders", order_body())
    assert response.status_code == 400
    assert "storefront" in response.json()["message"]
    assert shop.call("POST", "/api/stores/9/orders", order_body()).status_code == 404
    # Storefront 2 does not sell the product.
    assert shop.call("POST", "/api/stores/2/orders", order_body()).status_code == 400


def test_single_storefront_needs_no_path() -> None:
    with open_shop(company_ids=[1]) as shop:
        response = shop.call("POST", "/api/orders", order_body())
        assert response.status_code == 201
        assert response.json()["order_data"]["company_id"] == "1"


def test_editions_tell_stores_from_vendors(shop: Shop) -> None:
    answer = shop.get("/api/stores?items_per_page=1")
    assert answer["params"] == [0]
    assert len(answer["stores"]) == 1 and "storefront" in answer["stores"][0]
    assert shop.call("GET", "/api/vendors").status_code == 404
    with open_shop(edition="MULTIVENDOR") as vendors:
        assert "seo_name" in vendors.get("/api/vendors")["vendors"][0]
        assert "MULTIVENDOR" in vendors.call("GET", "/?version").text


def test_multivendor_splits_an_order_by_vendor() -> None:
    with open_shop(edition="MULTIVENDOR", product_companies={13: 2}) as shop:
        products = {"12": {"amount": 1}, "13": {"amount": 2}}
        response = shop.call("POST", "/api/orders", order_body(products=products, total=1, order_id=""))
        assert response.status_code == 201
        body = response.json()
        assert [part["company_id"] for part in body["suborders_data"]] == ["1", "2"]
        # The override reached the hidden parent alone.
        assert [part["total"] for part in body["suborders_data"]] == ["20.00", "14.98"]
        listed = {row["order_id"] for row in shop.get("/api/orders")["orders"]}
        assert listed == {str(number) for number in body["suborder_ids"]}
        assert [row["company_id"] for row in shop.get("/api/vendors/2/orders")["orders"]] == ["2"]
        assert (shop.amount(12), shop.amount(13)) == (49, 28)


def test_date_header_is_the_stores_clock() -> None:
    with open_shop(clock=Clock(offset=86400 * 365)) as shop:
        date = shop.call("GET", "/api/version").headers["Date"]
        assert abs(parsedate_to_datetime(date).timestamp() - shop.store.now()) < 5


def test_unknown_option_is_named() -> None:
    with pytest.raises(ValueError, match="no_such_option"), open_shop(no_such_option=1):
        pass
