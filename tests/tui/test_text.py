"""The gate for text from outside."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text import LIMIT, clean, foreign

HOSTILE = {
    "closing tag": "bad [/foo] end",
    "style tag": "[red]x[/red] list[int]",
    "link tag": "[@click=app.quit]quit[/]",
    "colour": "\x1b[31mred\x1b[0m",
    "clear screen": "a\x1b[2J\x1b[Hb",
    "title": "a\x1b]0;owned\x07b",
    "clipboard": "a\x1b]52;c;AAAA\x1b\\b",
    "unfinished title": "a\x1b]0;owned",
    "single escape": "a\x1b",
    "eight bit": "a\x9b31mb",
    "nul": "a\0b",
    "bell and backspace": "a\x07\x08b",
    "carriage return": "real\rfake",
    "override": "gnp\u202egpj.exe",
    "isolate": "a\u2066b\u2069",
    "zero width": "pay\u200bpal",
    "surrogate": "a\ud800b",
    "private use": "a\ue000b",
    "pile of accents": "e" + "\u0301" * 500,
    "family": "👨\u200d👩\u200d👧 ❤\ufe0f",
    "wide": "商品" * 40,
    "long": "x" * 100_000,
    "lines": "one\ntwo\r\nthree\u2028four",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_harmless(text: str) -> None:
    """What comes out of the gate can be written to any terminal and moves nothing."""
    shown = foreign(text).plain
    assert shown.isprintable()
    shown.encode("utf-8")
    assert len(shown) < LIMIT + 100


@given(st.text())
def test_harmless_whatever_comes(text: str) -> None:
    """Only characters that show themselves pass; lines stay lines when asked for."""
    assert not {unicodedata.category(character) for character in clean(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert {unicodedata.category(character) for character in clean(text, lines=True).replace("\n", "")}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bad [/foo] end", "bad [/foo] end"),
        ("[red]x[/red] list[int]", "[red]x[/red] list[int]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;owned\x07b", "ab"),
        ("a\0b", "a�b"),
        ("real\rfake", "real fake"),
        ("gnp\u202egpj.exe", "gnp�gpj.exe"),
        ("pay\u200bpal", "paypal"),
        ("Grüße, 商品, ñ", "Grüße, 商品, ñ"),
        ("", ""),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    """Brackets stay, sequences go, what was doctored is visible."""
    assert foreign(text).plain == shown
    assert not foreign(text).spans


def test_lines_stay_when_asked_for() -> None:
    """A longer text keeps its lines."""
    assert clean("one\r\ntwo\n\tthree", lines=True) == "one\ntwo\n    three"
    assert clean("one\r\ntwo") == "one two"


def test_says_how_much_is_missing() -> None:
    """A text that is cut says so."""
    assert clean("x" * 2_010).endswith("x… (10 more characters)")


def test_other_values_than_text() -> None:
    """Numbers and errors pass as well."""
    assert clean(5) == "5"
    assert clean(ValueError("a\x1b[1mb")) == "ab"
