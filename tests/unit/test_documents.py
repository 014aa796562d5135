"""Documents given to add and edit: every mistake by its key, secrets from the environment; and views as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import Field, field_validator

from core.documents import NOT_SHOWN, Document, as_json, check, load_json, shown_as
from core.errors import UsageError
from core.model.job import JobState
from core.subjects import Subject


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
    text = json.dumps({"api_key": "env:SHOP_KEY", "b": {"aws_secret_key": "env:SHOP_KEY"}, "env:SHOP_KEY": "env"})
    assert load_json(text, "document") == {
        "api_key": "env:not again",
        "b": {"aws_secret_key": "env:not again"},
        "env:SHOP_KEY": "env",
    }


@pytest.mark.parametrize("document", [{"name": "env:PLANTED"}, {"b": {"c": ["env:PLANTED"]}}, {"url": "env:PLANTED"}])
def test_only_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]) -> None:
    monkeypatch.setenv("PLANTED", "secret")
    with pytest.raises(UsageError, match="only secrets") as caught:
        load_json(json.dumps(document), "document")
    assert "secret'" not in repr(caught.value) and caught.value.fields


@pytest.mark.parametrize(
    "value", ['"\\u0000"', '"\\ud800"', '{"\\udfff": 1}', '["a\\u0000"]', str(2**63), str(-(2**63) - 1)]
)
def test_what_no_database_can_store_is_refused_by_its_key(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_json(f'{{"a": {{"b": {value}}}}}', "document")
    assert list(caught.value.fields) == ["a.b"]


def test_numbers_and_letters_of_all_kinds_are_taken() -> None:
    document = {"a": 2**63 - 1, "b": -(2**63), "c": "ü𝄞\u202e", "d": True, "e": 0.5, "f": None}
    assert load_json(json.dumps(document), "document") == document


def test_an_empty_variable_is_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "")
    assert load_json('{"api_key": "env:SHOP_KEY"}', "document") == {"api_key": ""}


def test_a_missing_variable_is_named_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    with pytest.raises(UsageError) as caught:
        load_json('{"settings": {"api_key": "env:NO_SUCH"}}', "document")
    assert caught.value.what == "settings.api_key: the environment has no NO_SUCH."
    assert "NO_SUCH" in caught.value.next_step


def test_a_right_document_is_read_and_its_texts_are_stripped() -> None:
    found = check(Sample, {"name": " de ", "inner": {"port": 2}}, "document")
    assert (found.name, found.inner.port) == ("de", 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "name: it is missing."),
        ({"name": "x", "nmae": "y"}, "nmae: unknown key."),
        ({"name": "x", "inner": {"prot": 1}}, "inner.prot: unknown key."),
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
    assert caught.value.fields["nmae"] == "unknown key"


def test_mistakes_in_a_part_carry_the_key_of_the_whole() -> None:
    with pytest.raises(UsageError) as caught:
        check(Inner, {"port": 0, "prot": 1}, "document", under="settings")
    assert set(caught.value.fields) == {"settings.port", "settings.prot"}
    assert "settings.prot: unknown key" in caught.value.what


@dataclass(frozen=True)
class Part:
    at: datetime
    price: Decimal


@dataclass(frozen=True)
class Whole:
    key: int = field(metadata=NOT_SHOWN)
    subject: Subject
    state: JobState
    limit: int | None = field(metadata=shown_as("limit.most"))
    parts: tuple[Part, ...]
    settings: dict[str, Any]


def test_a_view_is_shown_by_its_fields() -> None:
    """Times in ISO 8601, amounts without exponents, subjects and states as text; nothing is left that JSON has not."""
    part = Part(datetime(2026, 1, 31, tzinfo=UTC), Decimal("1E+3"))
    view = Whole(7, Subject("order", "113-1"), JobState.QUEUED, None, (part,), {"day": date(2026, 2, 1), "on": True})
    shown = as_json({"all": [view]})
    assert shown == {
        "all": [
            {
                "subject": "order 113-1",
                "state": "queued",
                "limit.most": None,
                "parts": [{"at": "2026-01-31T00:00:00+00:00", "price": "1000"}],
                "settings": {"day": "2026-02-01", "on": True},
            }
        ]
    }
    assert list(shown["all"][0]) == ["subject", "state", "limit.most", "parts", "settings"]
    assert json.loads(json.dumps(shown)) == shown
