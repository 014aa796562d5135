"""Addresses of the pages that show an order: right for every marketplace, and never made of what others wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.amazon.marketplaces import MARKETPLACES
from core.documents import check
from core.errors import UsageError
from core.model.store import Store
from core.orders.panels import seller_central_url, store_panel_url
from core.settings import Settings
from core.stores import StoreDocument
from tests.tui.test_text import HOSTILE
from tests.unit.builders import DE, ORDER_ID


def store(**values: str) -> Store:
    fields = {"name": "main", "url": "https://shop.example", "email": "a@b", "api_key": "k", "currency": "EUR"}
    return Store(**(fields | values))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_every_marketplace_has_a_page_in_its_own_seller_central(settings: Settings) -> None:
    for one in MARKETPLACES:
        assert (
            seller_central_url(settings, one.id, ORDER_ID) == f"https://{one.seller_central}/orders-v3/order/{ORDER_ID}"
        )
    assert seller_central_url(settings, "unknown", ORDER_ID) == ""


def test_the_setting_takes_the_place_of_amazons_addresses(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, seller_central_url="http://127.0.0.1:9/sc")
    assert seller_central_url(settings, "unknown", ORDER_ID) == f"http://127.0.0.1:9/sc/orders-v3/order/{ORDER_ID}"


@pytest.mark.parametrize(
    "order_id",
    [
        *HOSTILE.values(),
        *(f"{ORDER_ID}{text}" for text in HOSTILE.values()),
        f"{ORDER_ID}\n",
        f"{ORDER_ID}/../../gp",
        f"{ORDER_ID};x",
        f"{ORDER_ID}\x1b\\",
        "１13-1234567-7654321",
        "",
    ],
)
def test_a_number_of_another_shape_gets_no_page(settings: Settings, order_id: str) -> None:
    assert seller_central_url(settings, DE, order_id) == ""


def test_the_store_shows_it_in_the_panel_of_whoever_looks() -> None:
    shop = store(admin_script="secret-door.php")
    page = "?dispatch=orders.details&order_id=1001"
    assert store_panel_url(shop, 1001, for_vendor=False) == f"https://shop.example/secret-door.php{page}"
    assert store_panel_url(shop, 1001, for_vendor=True) == f"https://shop.example/vendor.php{page}"
    assert store_panel_url(shop, None, for_vendor=False) == ""


@pytest.mark.parametrize("text", HOSTILE.values())
def test_an_odd_address_of_a_store_is_encoded(text: str) -> None:
    url = store_panel_url(
        store(url=f"https://shop.example/{text.encode('utf-8', 'replace').decode()}"), 1, for_vendor=False
    )
    assert re.fullmatch(r"[!-:<-~]+", url)
    assert url.endswith("/admin.php?dispatch=orders.details&order_id=1")


@pytest.mark.parametrize(
    "script", ["", "admin", "../admin.php", "a/b.php", "admin.php?x", "admin\x1b.php", "x" * 200 + ".php"]
)
def test_the_admin_script_is_the_name_of_a_script(script: str) -> None:
    document = {"name": "main", "url": "https://shop.example", "email": "a@b", "api_key": "k"}
    assert check(StoreDocument, document | {"admin_script": "door_2.php"}, "x").admin_script == "door_2.php"
    with pytest.raises(UsageError, match="admin_script"):
        check(StoreDocument, document | {"admin_script": script}, "x")
