"""What must never stand in a log or an error."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction import MASK, excerpt, redact

REFRESH = "Atzr|IwEBIJ-5s_fake+value/AA=="
ACCESS = "Atza|IwEBIPlanted.Token-1_x"
SECRET = "amzn1.oa2-cs.v1.0123456789abcdef0123456789abcdef"
BASIC = "YXBpQHNob3AuZXhhbXBsZTprZXk="

PLANTED = {
    "a refresh token": (f"token {REFRESH} is refused", REFRESH),
    "an access token": (f"x-amz-access-token: {ACCESS}", ACCESS),
    "a token in JSON": (json.dumps({"refresh_token": REFRESH}), REFRESH),
    "a client secret": (f"secret {SECRET}.", SECRET),
    "an AWS key": ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
    "a temporary AWS key": ("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    "basic authorization": (f"Authorization: Basic {BASIC}", BASIC),
    "basic authorization in capitals": (f"AUTHORIZATION: BASIC {BASIC}", BASIC),
    "bearer authorization": ("authorization: bearer abcdefgh.12345678", "abcdefgh.12345678"),
    "a form": ("grant_type=refresh_token&refresh_token=planted1&client_secret=planted1&scope=x", "planted1"),
    "JSON": ('{"client_secret": "planted1", "api_key":"planted1"}', "planted1"),
    "a dict": ("{'api_key': 'planted1', 'password': 'planted1'}", "planted1"),
    "an assignment": ("PASSWORD = planted1", "planted1"),
    "a database address": ("postgresql+psycopg://crossdock:planted1@db.example/x", "planted1"),
    "a web address": ("https://api%40shop.example:planted1@shop.example/api/orders", "planted1"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_masked(name: str) -> None:
    text, secret = PLANTED[name]
    cleaned = redact(text)
    assert secret not in cleaned
    assert MASK in cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("client_secret=planted1&scope=x", "client_secret=***&scope=x"),
        ('{"api_key": "planted1", "url": "x"}', '{"api_key": "***", "url": "x"}'),
        ("postgresql://crossdock:planted1@db/x", "postgresql://***@db/x"),
        ("Basic YXBpQHNob3A= and more", "Basic *** and more"),
        ("mail to ada.l+x@mail.example.org now", "mail to *** now"),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "order 113-1234567-7654321 is held",
        "https://shop.example:8443/api/2.0/orders",
        "SKU LAMP@HOME",
        "a basic idea",
        "Köln, 山田, 🎉",
        "two\nlines\tand a tab",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_control_characters_cannot_reach_a_terminal() -> None:
    assert redact("a\x1b[2Jb\x00c\x9bd\re") == "a�[2Jb�c�d�e"


@given(st.text(max_size=80))
def test_whatever_comes_the_result_holds_no_control_characters(text: str) -> None:
    assert not [c for c in redact(text) if c not in "\n\t" and (ord(c) < 32 or 127 <= ord(c) < 160)]


@given(prefix=st.text(max_size=20), suffix=st.text(max_size=20))
def test_a_token_is_masked_whatever_stands_around_it(prefix: str, suffix: str) -> None:
    assert REFRESH not in redact(f"{prefix} {REFRESH} {suffix}")


def test_an_excerpt_is_one_short_clean_line() -> None:
    text = f"<html>\n  <b>{REFRESH}</b>\r\n" + "x" * 500
    line = excerpt(text, 60)
    assert len(line) == 60
    assert line.endswith("…")
    assert "\n" not in line
    assert "Atzr" not in line


def test_a_short_text_is_its_own_excerpt() -> None:
    assert excerpt("  two \n words ", 60) == "two words"
    assert excerpt("x" * 60, 60) == "x" * 60


def test_an_excerpt_of_a_long_text_holds_no_half_secret() -> None:
    for secret in (REFRESH, SECRET, "AKIAIOSFODNN7EXAMPLE", "ada@mail.example", f"Basic {BASIC}"):
        for before in (150, 190, 1170, 1195):
            line = excerpt("x " * (before // 2) + f"{secret} " * 100)
            assert secret[:12] not in line and len(line) <= 200


def test_an_excerpt_of_a_text_that_masks_shrink_ends_before_what_was_cut() -> None:
    line = excerpt(f"Atza|{'x' * 1190} AKIAIOSFODNN7EXAMPLE and more")
    assert line == "***…"


def test_a_quote_that_is_never_closed_hides_the_rest_of_its_line() -> None:
    assert redact('{"client_secret": "plan ted\nmore') == '{"client_secret": "***"\nmore'


WORST = {
    "an endless name": "a.",
    "names and no address": "a.@",
    "an address without an end": "a@a.-",
    "at signs": "@",
    "half addresses": "a@b",
    "letters": "a",
    "tokens": "Atza|",
    "token prefixes": "Atz",
    "secrets": "amzn1.oa2-cs.v1.",
    "AWS keys": "AKIA",
    "long AWS keys": "AKIAAAAAAAAAAAAAAAAA",
    "words before credentials": "basic ",
    "words before tokens": "bearer\n",
    "names of secrets": "password",
    "names with equal signs": "password=",
    "open quotes": 'password="',
    "quotes of either kind": "password='password=\"",
    "names and spaces": "password    ",
    "backslashes": "\\",
    "escaped quotes": 'password=\\\\\\"',
    "schemes": "://",
    "colons": ":",
    "users": "://a:",
    "users and hosts": "://a:b@",
    "spaces": " ",
    "line ends": "\r\n",
    "control characters": "\x00\x1b",
}
HEADS = (
    "",
    "basic ",
    "password",
    "password=",
    'password="',
    "password=\\",
    "://",
    "://a:",
    "a@",
    "Atza|",
    "client_secret",
)


@pytest.mark.parametrize("name", WORST)
def test_the_worst_text_takes_no_longer_than_any_other(name: str) -> None:
    """Half a megabyte in all; what is quadratic takes minutes for it, so the bound is generous."""
    piece = WORST[name]
    begun = time.process_time()
    for head in HEADS:
        redact(head + piece * (30_000 // len(piece)))
    redact(piece * (170_000 // len(piece)))
    assert time.process_time() - begun < 2.5


def test_a_megabyte_is_cleaned_in_good_time() -> None:
    begun = time.process_time()
    redact("a." * 500_000)
    redact('password="' * 100_000)
    assert excerpt("a." * 500_000) == "a." * 99 + "a…"
    assert time.process_time() - begun < 5


def test_delimiters_that_all_differ_cost_no_more() -> None:
    begun = time.process_time()
    redact("".join(f'password={chr(92) * count}" ' for count in range(1_000)))
    redact(f'password={chr(92) * 500_000}"{chr(92) * 500_000}')
    assert time.process_time() - begun < 5
