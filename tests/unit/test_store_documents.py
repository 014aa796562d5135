"""The document of a store: what it takes, and the key of whatever it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from core.documents import check
from core.errors import UsageError
from core.names import check_name
from core.stores import StoreDocument

GOOD: dict[str, Any] = {
    "name": "main",
    "url": "https://shop.example",
    "email": "api@shop.example",
    "api_key": "planted-key",
}


def test_a_store_needs_no_currency_to_be_told() -> None:
    assert check(StoreDocument, GOOD, "store document").currency == "EUR"


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example/api", "https://shop.example"),
        ("https://shop.example/api.php", "https://shop.example"),
        ("https://shop.example/index.php", "https://shop.example"),
        ("https://shop.example/admin.php", "https://shop.example"),
        ("https://shop.example/de/api/", "https://shop.example/de"),
        ("https://shop.example/myapi", "https://shop.example/myapi"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        (" https://shop.example ", "https://shop.example"),
    ],
)
def test_the_address_may_be_copied_from_the_browser(url: str, stored: str) -> None:
    assert check(StoreDocument, {**GOOD, "url": url}, "store document").url == stored


@pytest.mark.parametrize("key", ["name", "url", "email", "api_key"])
def test_what_is_required_is_named_when_missing(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(StoreDocument, {name: value for name, value in GOOD.items() if name != key}, "store document")
    assert caught.value.what == f"{key}: it is missing."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", " "),
        ("name", "_main"),
        ("name", "main\nother"),
        ("name", "x" * 61),
        ("url", "shop.example"),
        ("url", "http://shop.example"),
        ("url", "https://api:planted-key@shop.example"),
        ("url", "https://shop.example/?dispatch=orders"),
        ("url", "https://shop.example/a\r\nX-Evil: 1"),
        ("url", "https://shop.example/a\nb"),
        ("url", "https://shop.example/a b"),
        ("url", "https://shop.example/a\tb"),
        ("url", "https://shop.example/a\x00b"),
        ("url", "https://shop.example/a\x85b"),
        ("url", "https://shop.example/a\u202eb"),
        ("url", "https://sh\nop.example"),
        ("url", "https://[bad"),
        ("url", None),
        ("email", "api"),
        ("email", "api:planted-key@shop.example"),
        ("email", "@"),
        ("api_key", ""),
        ("api_key", " "),
        ("api_key", 7),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", "€"),
        ("currency", None),
        ("edition", "professional"),
        ("edition", "ULTIMATE"),
        ("api_kye", "planted-key"),
    ],
)
def test_a_wrong_value_names_its_key_and_keeps_the_secret(key: str, value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        check(StoreDocument, {**GOOD, key: value}, "store document")
    assert caught.value.what.startswith(f"{key}: ")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "1", "Köln 2", "de (old)", "a.b_c-d+e", "x" * 60, "日本"])
def test_names_that_people_give(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", " a", "-a", ".a", "a/b", "a:b", "a\n", "a\tb", "x" * 61, "a*", "'a'"])
def test_names_that_would_hurt_on_a_command_line(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        check_name(name)
