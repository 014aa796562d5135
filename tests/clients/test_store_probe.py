"""The probe names what is wrong with a store, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.checks import Check
from core.cscart.probe import Findings, probe
from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    Rejected,
    RemoteBusy,
    Unreachable,
    UsageError,
)
from core.http import Http
from tests.clients.conftest import Serve
from tests.clients.raw_server import Connection
from tests.clients.store_kit import (
    ACCESS,
    API_KEY,
    HTML,
    NOT_FOUND,
    Shop,
    healthy,
    listed,
    order,
    order_list,
    paged,
    product,
)

GOOD_NAMES = "sign in,version,products,orders,payments,shippings,statuses,edition,taxes,storefronts,stock"
UNAUTHORIZED = (401, {"message": "Unauthorized", "status": 401})
FORBIDDEN = (403, {"message": "Forbidden: no access", "status": 403})
NO_REWRITE = (404, "<html><head><title>404 Not Found</title></head>nginx</html>")


def check(findings: Findings, name: str) -> Check:
    """The one check with this name."""
    (found,) = [one for one in findings.checks if one.name == name]
    return found


def everywhere(shop: Shop, reply: Any, *entities: str) -> Shop:
    """The same reply in both forms of address and all versions."""
    for entity in entities:
        for version in ("", "2.0/", "2.1/"):
            shop.on(f"GET /api/{version}{entity}", reply).on(f"GET /api.php:{version}{entity}", reply)
    return shop


def test_a_healthy_store(http: Http, shop: Shop) -> None:
    healthy(shop)
    found = probe(ACCESS, http)
    assert found.ok and found.failure is None
    assert ",".join(one.name for one in found.checks) == GOOD_NAMES
    assert all(one.ok for one in found.checks)
    assert (found.api_form, found.api_version) == ("rewrite", "2.1")
    assert (found.edition, found.product_version) == ("ULTIMATE", "4.18.2")
    assert found.capabilities == {
        "filter_params": True,
        "email_filter": True,
        "updated_at_filter": True,
        "storefronts": [1],
        "orders_under_stores": True,
        "sells_below_zero": True,
    }
    assert [row.key for row in found.payments] == ["1", "6", "7"]
    assert [row.key for row in found.shippings] == ["1", "4"]
    assert [row.key for row in found.statuses] == ["O", "P", "I", "N"]
    assert [row.key for row in found.taxes] == ["6"]


def test_a_probe_writes_nothing_and_is_about_a_dozen_calls(http: Http, shop: Shop) -> None:
    healthy(shop)
    probe(ACCESS, http)
    assert shop.writes() == [] and len(shop.calls) <= 14


@pytest.mark.parametrize(
    ("line", "edition", "version"),
    [
        ("CS-Cart: version 4.18.2 ULTIMATE", "ULTIMATE", "4.18.2"),
        ("<b>Multi-Vendor</b> 4.17.1 MULTIVENDOR stable", "MULTIVENDOR", "4.17.1"),
        ("Multi-Vendor Plus version 4.20", "MULTIVENDOR", "4.20"),
    ],
)
def test_the_version_line_tells_the_edition(line: Any, edition: str, version: str, http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /", line)
    found = probe(ACCESS, http)
    assert found.ok and (found.edition, found.product_version) == (edition, version)
    asked = shop.made().count("GET /api/2.1/vendors")
    assert asked == (edition == "MULTIVENDOR"), "for the names of vendors, not to tell the edition"


VENDORS = {"vendors": [{"company_id": "1", "company": "Acme", "seo_name": "acme"}], "params": [0]}
STOREFRONTS = {"stores": [{"company_id": "1", "storefront": "shop.example"}], "params": [0]}
BLOCKED = (403, "<html><head><title>Blocked</title></head></html>")
SPLIT = order(101) | {"parent_order_id": "100"}


@pytest.mark.parametrize(
    "line",
    [
        BLOCKED,
        (500, ""),
        "<html>Shop of 2.5 million things</html>",
        "<html>The ultimate shop: 2.5 million things</html>" + " " * 400,
        "Our ultimate shop",
    ],
)
@pytest.mark.parametrize(
    ("vendors", "stores", "orders", "edition"),
    [
        (VENDORS, NOT_FOUND, [], "MULTIVENDOR"),
        (VENDORS, STOREFRONTS, [], "MULTIVENDOR"),
        (NOT_FOUND, STOREFRONTS, [], "ULTIMATE"),
        (FORBIDDEN, NOT_FOUND, [SPLIT], "MULTIVENDOR"),
        (FORBIDDEN, STOREFRONTS, [], ""),
        (BLOCKED, STOREFRONTS, [], ""),
        ((500, ""), STOREFRONTS, [], ""),
        ({"vendors": []}, STOREFRONTS, [], ""),
        (NOT_FOUND, NOT_FOUND, [], ""),
        (NOT_FOUND, FORBIDDEN, [], ""),
        (NOT_FOUND, {"stores": []}, [], ""),
    ],
)
def test_an_edition_is_proved_or_asked_for_and_never_guessed(
    line: Any, vendors: Any, stores: Any, orders: list[Any], edition: str, http: Http, shop: Shop
) -> None:
    healthy(shop).on("GET /", line).on("GET /api/2.1/vendors", vendors).on("GET /api/2.1/stores", stores)
    shop.on("GET /api/2.1/orders", order_list(orders))
    found = probe(ACCESS, http)
    assert check(found, "version").ok
    assert found.edition == edition
    if edition:
        assert found.ok and check(found, "edition").ok
        assert probe(ACCESS, http, "ULTIMATE").edition == edition, "what the store proves counts"
    else:
        assert isinstance(found.failure, UsageError) and set(found.failure.fields) == {"edition"}
        assert '"edition"' in check(found, "edition").fix
        for told in ("ULTIMATE", "MULTIVENDOR"):
            again = probe(ACCESS, http, told)
            assert again.ok and again.edition == told


def test_companies_have_names_to_choose_from(http: Http, shop: Shop) -> None:
    rows = [{"company_id": "7", "company": "Vera's", "status": "A"}, {"company_id": "x"}, {"company_id": 8}]
    healthy(shop).on("GET /", "Multi-Vendor 4.18.2 MULTIVENDOR").on("GET /api/2.1/vendors", {"vendors": rows})
    assert [(one.key, one.name) for one in probe(ACCESS, http).companies] == [("7", "Vera's"), ("8", "")]


def test_a_marketplace_has_no_storefronts_to_name(http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /", "Multi-Vendor 4.18.2 MULTIVENDOR").on("GET /api/2.1/stores", NOT_FOUND)
    found = probe(ACCESS, http)
    assert found.ok and "orders_under_stores" not in found.capabilities
    assert "Multi-Vendor" in check(found, "storefronts").message
    assert "GET /api/2.1/stores" not in shop.made()


@pytest.mark.parametrize("stores", [NOT_FOUND, FORBIDDEN, {"stores": [], "params": [0]}, (200, {"vendors": []})])
def test_storefronts_that_cannot_be_listed_are_no_fault(stores: Any, http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /api/2.1/stores", stores)
    found = probe(ACCESS, http)
    assert found.ok and check(found, "storefronts").ok
    assert "orders_under_stores" not in found.capabilities


def test_orders_that_take_no_storefront(http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /api/2.1/stores/1/orders", NOT_FOUND)
    found = probe(ACCESS, http)
    assert found.ok and "orders_under_stores" not in found.capabilities
    assert "without naming a storefront" in check(found, "storefronts").message


# Forms and versions.


@pytest.mark.parametrize("missing", [NO_REWRITE, (200, HTML), (302, "", {"Location": "/"})])
def test_without_rewriting_the_other_form_is_used(missing: Any, http: Http, shop: Shop) -> None:
    healthy(shop, "/api.php:2.1")
    everything = ("versions", "products", "orders", "2.1/products", "2.0/products")
    for entity in everything:
        shop.on(f"GET /api/{entity}", missing)
    found = probe(ACCESS, http)
    assert found.ok and (found.api_form, found.api_version) == ("query", "2.1")
    assert len(found.payments) == 3


def test_an_older_store_speaks_2_0(http: Http, shop: Shop) -> None:
    healthy(shop, "/api/2.0").on("GET /api/versions", NOT_FOUND)
    found = probe(ACCESS, http)
    assert found.ok and found.api_version == "2.0"


def test_a_store_that_lists_versions_without_2_1(http: Http, shop: Shop) -> None:
    healthy(shop, "/api/2.0").on("GET /api/versions", ["1.0", "2.0"])
    assert probe(ACCESS, http).api_version == "2.0"


def test_a_store_without_versions_at_all(http: Http, shop: Shop) -> None:
    healthy(shop, "/api").on("GET /api/versions", NOT_FOUND)
    found = probe(ACCESS, http)
    assert found.ok and found.api_version == ""
    assert "version default" in check(found, "sign in").message


# Filters that stores ignore.


def test_a_store_that_ignores_filters_is_told(http: Http, shop: Shop) -> None:
    healthy(shop)
    shop.on("GET /api/2.1/products", paged("products", [product(12, "LAMP-1")]))
    shop.on("GET /api/2.1/orders", paged("orders", [order(101)]))
    found = probe(ACCESS, http)
    assert found.ok
    ignored = ("filter_params", "email_filter", "updated_at_filter")
    assert [found.capabilities[name] for name in ignored] == [False] * 3
    assert "ignores the SKU filter" in check(found, "products").message
    assert "ignores the e-mail filter" in check(found, "orders").message


def test_an_empty_store_proves_no_filter(http: Http, shop: Shop) -> None:
    healthy(shop)
    shop.on("GET /api/2.1/products", paged("products", []))
    shop.on("GET /api/2.1/orders", paged("orders", []))
    found = probe(ACCESS, http)
    assert found.ok
    assert found.capabilities["filter_params"] is False, "reading all products is right either way"
    assert not {"email_filter", "updated_at_filter"} & set(found.capabilities)
    assert "none yet" in check(found, "orders").message
    assert "No products yet" in check(found, "products").message


# Failures: each with its error, its check and its fix.


def failing(found: Findings, kind: type[CrossdockError], name: str, fix: str) -> None:
    """The probe failed at `name` alone, and says what to do."""
    assert not found.ok and type(found.failure) is kind
    bad = [one for one in found.checks if not one.ok]
    assert [one.name for one in bad] == [name]
    assert fix in bad[0].fix and bad[0].message
    assert API_KEY not in f"{found.failure} {found.checks}"


def test_a_wrong_key(http: Http, shop: Shop) -> None:
    everywhere(shop, UNAUTHORIZED, "versions", "products")
    failing(probe(ACCESS, http), AuthorizationError, "sign in", "API access")
    assert len(shop.calls) == 1


def test_a_web_site_that_is_no_store(http: Http, shop: Shop) -> None:
    everywhere(shop, (200, HTML), "versions", "products")
    failing(probe(ACCESS, http), ConfigurationError, "sign in", "Check the address")


def test_a_page_for_whatever_is_asked(http: Http, shop: Shop) -> None:
    everywhere(shop, (503, "<html><title>Closed for maintenance</title></html>"), "versions", "products")
    found = probe(ACCESS, http)
    failing(found, RemoteBusy, "sign in", "tried again")
    assert found.failure is not None and found.failure.exit_code == 4


def test_an_address_that_redirects(http: Http, shop: Shop) -> None:
    everywhere(shop, (301, "", {"Location": "https://www.shop.example/api/versions"}), "versions", "products")
    found = probe(ACCESS, http)
    failing(found, ConfigurationError, "sign in", "the address that the store itself uses")
    assert "https://www.shop.example" in found.checks[0].message


def test_a_host_that_is_not_there(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    failing(probe(ACCESS, http), Unreachable, "sign in", "Check the address and the network")


def test_a_host_that_hangs_up(http: Http, serve: Serve) -> None:
    server = serve(Connection.close)
    found = probe(replace(ACCESS, url=server.url), http)
    assert not found.ok and type(found.failure) is OutcomeUnknown
    assert [(one.name, one.ok) for one in found.checks] == [("sign in", False)]


@pytest.mark.parametrize("entity", ["products", "orders", "payments", "shippings", "statuses"])
def test_a_missing_right_names_what_may_not_be_read(entity: str, http: Http, shop: Shop) -> None:
    healthy(shop).on(f"GET /api/2.1/{entity}", FORBIDDEN)
    found = probe(ACCESS, http)
    assert not found.ok and type(found.failure) is AuthorizationError
    assert str(found.failure).startswith(f"store main: The API user may not read {entity}.")
    assert "key of an administrator" in found.failure.next_step
    bad = [one for one in found.checks if not one.ok]
    assert [one.name for one in bad] == [entity] and bad[0].fix


@pytest.mark.parametrize("entity", ["products", "orders", "payments", "shippings", "statuses"])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ((500, HTML), RemoteBusy),
        ((200, HTML), ConfigurationError),
        ((200, "{"), OutcomeUnknown),
        ((200, {"message": "hello"}), OutcomeUnknown),
        (NOT_FOUND, Rejected),
    ],
)
def test_what_cannot_be_read_fails_the_probe(
    reply: Any, kind: type[CrossdockError], entity: str, http: Http, shop: Shop
) -> None:
    healthy(shop).on(f"GET /api/2.1/{entity}", reply)
    found = probe(ACCESS, http)
    assert not found.ok and type(found.failure) is kind
    assert [one.name for one in found.checks if not one.ok] == [entity]


def test_the_first_failure_counts_and_later_needs_are_not_tried(http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /api/2.1/orders", FORBIDDEN).on("GET /api/2.1/payments", (500, HTML))
    found = probe(ACCESS, http)
    assert isinstance(found.failure, AuthorizationError)
    assert "GET /api/2.1/payments" not in shop.made()


@pytest.mark.parametrize("reply", [FORBIDDEN, NOT_FOUND, (500, HTML), (200, HTML), (200, {})])
def test_taxes_are_welcome_but_not_needed(reply: Any, http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /api/2.1/taxes", reply)
    found = probe(ACCESS, http)
    assert found.ok and found.taxes == []
    assert check(found, "taxes").ok and check(found, "taxes").message != "0 found."


def test_orders_given_as_plain_rows_are_enough_to_connect(http: Http, shop: Shop) -> None:
    healthy(shop).on("GET /api/2.1/orders", listed("orders", [], 0))
    assert probe(ACCESS, http).ok
