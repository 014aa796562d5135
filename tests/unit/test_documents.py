"""Documents given to add and edit: every mistake by its key, secrets from the environment."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import Field, field_validator

from core.documents import Document, check, load_json
from core.errors import UsageError


class Inner(Document):
    port: int = Field(default=1, gt=0)


class Sample(Document):
    name: str
    url: str = ""
    inner: Inner = Field(default_factory=Inner)

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value == "bad":
            raise ValueError("it is bad")
        return value


def test_a_document_is_one_json_object() -> None:
    assert load_json('{"name": "de", "n": [1, {"a": null}]}', "document") == {"name": "de", "n": [1, {"a": None}]}


@pytest.mark.parametrize("text", ["[]", '"x"', "7", "null", "true"])
def test_anything_but_an_object_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="one JSON object") as caught:
        load_json(text, "channel document")
    assert (caught.value.subject, caught.value.exit_code) == ("channel document", 2)


@pytest.mark.parametrize("text", ["", "{", '{"a": 1,}', "{'a': 1}", '\ufeff{"a": 1}', '{"a": 1} {"b": 2}'])
def test_what_is_no_json_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(UsageError, match=r"line \d+, column \d+"):
        load_json(text, "document")


def test_values_may_come_from_the_environment_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "env:not again")
    text = json.dumps({"a": "env:SHOP_KEY", "b": {"c": ["env:SHOP_KEY", "x"]}, "env:SHOP_KEY": "env"})
    assert load_json(text, "document") == {
        "a": "env:not again",
        "b": {"c": ["env:not again", "x"]},
        "env:SHOP_KEY": "env",
    }


def test_an_empty_variable_is_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "")
    assert load_json('{"a": "env:SHOP_KEY"}', "document") == {"a": ""}


def test_a_missing_variable_is_named_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    with pytest.raises(UsageError) as caught:
        load_json('{"settings": {"keys": ["env:NO_SUCH"]}}', "document")
    assert caught.value.what == "settings.keys: the environment has no NO_SUCH."
    assert "NO_SUCH" in caught.value.next_step


def test_a_right_document_is_read_and_its_texts_are_stripped() -> None:
    found = check(Sample, {"name": " de ", "inner": {"port": 2}}, "document")
    assert (found.name, found.inner.port) == ("de", 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "name: it is missing."),
        ({"name": "x", "nmae": "y"}, "nmae: there is no such key."),
        ({"name": "x", "inner": {"prot": 1}}, "inner.prot: there is no such key."),
        ({"name": "x", "url": "bad"}, "url: it is bad."),
        ({"name": None}, "name: "),
        ({"name": "x", "inner": {"port": 0}}, "inner.port: "),
        ({"name": "x", "inner": []}, "inner: "),
    ],
)
def test_every_mistake_names_its_key(value: dict[str, Any], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        check(Sample, value, "document")
    assert caught.value.what.startswith(expected)
    assert caught.value.exit_code == 2


def test_all_mistakes_are_told_at_once_without_the_values() -> None:
    with pytest.raises(UsageError) as caught:
        check(Sample, {"nmae": "planted", "inner": {"port": "planted"}, "url": 7}, "document")
    for key in ("name: ", "nmae: ", "inner.port: ", "url: "):
        assert key in caught.value.what
    assert "planted" not in str(caught.value)
    assert set(caught.value.fields) == {"name", "nmae", "inner.port", "url"}
    assert caught.value.fields["nmae"] == "there is no such key"


def test_mistakes_in_a_part_carry_the_key_of_the_whole() -> None:
    with pytest.raises(UsageError) as caught:
        check(Inner, {"port": 0, "prot": 1}, "document", under="settings")
    assert set(caught.value.fields) == {"settings.port", "settings.prot"}
    assert "settings.prot: there is no such key" in caught.value.what
