"""JSON from outside: nothing but ValueError comes out, and a bad value harms its owner alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.foreign_json import DEEPEST, TOO_DEEP, parse

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@settings(max_examples=40)
@given(JSON)
def test_ordinary_json_is_read_as_it_is(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode("utf-16")) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'["\ud83d\ude00"]', ["😀"]),
        (rb'["a\ud800b", 1]', ["a�b", 1]),
        (rb'{"\udc00": 1}', {"�": 1}),
        (rb'["a\u0000b"]', ["ab"]),
        (b'["a\x00b\nc"]', ["ab\nc"]),
        (rb'["\\ud800 \\u0000"]', [r"\ud800 \u0000"]),
        (b'["\xff", 1]', ["�", 1]),
        (b"[1e400, -1e400, NaN, Infinity]", ["1e400", "-1e400", "NaN", "Infinity"]),
        (b"[999999999999999999, 1000000000000000000]", [999999999999999999, "1000000000000000000"]),
        (b"[" + b"7" * 100_000 + b", 1]", ["7" * 100_000, 1]),
        (b"\xef\xbb\xbf[1]", [1]),
    ],
)
def test_what_no_database_takes_becomes_harmless_text(body: bytes, value: Any) -> None:
    assert parse(body) == value


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1", b'"x', b"{'a': 1}", b"[" * 100, b"[" * 5_000, b"[" * 10**6])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        parse(body)


def test_a_document_that_is_nothing_but_levels_is_no_json() -> None:
    with pytest.raises(ValueError):
        parse(b"[" * 200_000 + b"]" * 200_000)


def test_a_text_full_of_quotes_and_brackets_is_cut_in_no_time() -> None:
    deep = b"[" * 200 + b"]" * 200
    assert parse(b'["' + rb"\"[{" * 300_000 + b'", ' + deep + b"]")[0] == '"[{' * 300_000
    with pytest.raises(ValueError):
        parse(deep + b'"' + rb"\"" * 300_000)


@pytest.mark.parametrize("levels", [DEEPEST - 2, DEEPEST - 1, 990, 50_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_what_lies_too_deep_is_left_out_and_its_neighbours_stay(levels: int, opens: str, closes: str) -> None:
    body = '{"before": "[[", "deep": ' + opens * levels + "1" + closes * levels + ', "after": [1, "]]"]}'
    value = parse(body.encode())
    assert (value["before"], value["after"]) == ("[[", [1, "]]"])
    depth, inner = 0, value["deep"]
    while isinstance(inner, list | dict):
        depth, inner = depth + 1, inner[0] if isinstance(inner, list) else inner["a"]
    assert (depth, inner) == ((levels, 1) if levels < DEEPEST else (DEEPEST - 1, TOO_DEEP))


def test_the_answer_is_the_same_however_deep_the_caller_stands() -> None:
    def below(frames: int, work: Callable[[], Any]) -> Any:
        return below(frames - 1, work) if frames else work()

    body = b"[" + b"[" * 980 + b"]" * 980 + b"]"
    assert below(sys.getrecursionlimit() // 2, lambda: parse(body)) == parse(body)
