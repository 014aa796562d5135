"""Text from outside, made harmless; what a terminal cannot show."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plain_text import clean, never_fail, shortened


@given(st.text())
def test_whatever_comes_is_printable(text: str) -> None:
    """In one line, or in those it had."""
    assert clean(text).isprintable()
    assert clean(text, lines=True).replace("\n", "").isprintable()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_ends_of_lines(end: str) -> None:
    """What anything takes for one is one where lines are wanted, else a space."""
    assert clean(f"one{end}two") == "one two"
    assert clean(f"one{end}two", lines=True) == "one\ntwo"


def test_shortened() -> None:
    """A text that is cut says by how much."""
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "abc… (1 more characters)"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", "K?ln > a~ ? ?"), ("latin-1", "Köln > a~ ? ?"), ("utf-8", "Köln → a… 商 ?")],
)
def test_what_a_terminal_cannot_show(encoding: str, shown: str) -> None:
    """It is replaced, one for one."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding, write_through=True)
    never_fail(stream)
    stream.write("Köln → a… 商 \ud800")
    assert written.getvalue().decode(encoding) == shown


def test_a_stream_of_another_kind() -> None:
    """One that has no encoding is left alone."""
    never_fail(io.StringIO())
