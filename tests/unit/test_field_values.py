"""Texts, identifiers, units and sources: the parts of which listings are made."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.fields.plan import identifiers, text, units
from core.fields.plan.identifiers import Identifier
from core.fields.plan.sources import NOTHING, SKIP, Source, SourceKind, constant, feature, field, filled, placeholders
from core.fields.plan.text import Title

LONG = "Acme Table Lamp Oak with dimmable LED, warm white light – for bedroom and living room, 45 cm"

# -- descriptions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "taken"),
    [
        ("<p>Oak &amp; <b>steel</b></p><p>45&nbsp;cm</p>", "Oak & steel<br>45 cm"),
        ("<ul><li>One<li>Two <i>more</i></ul>End", "• One<br>• Two more<br>End"),
        ("<ul><li><p>One</p><p>still one</p></li></ul>", "• One still one"),
        ("line one\nline two &lt;3", "line one<br>line two <3"),
        ("a<br/>b<hr>c", "a<br>b<br>c"),
        ("x <script>alert(1)</script><style>p{}</style>y", "x y"),
        ("<p>use &lt;b&gt; tags</p>", "use &lt;b> tags"),
        ("<div>a < b and c > d</div>", "a < b and c > d"),
        ("<p>bell\x07 and\ttab</p>", "bell and tab"),
        ("<p></p><br>", ""),
        ("<p>open <b>ends", "open ends"),
        ("<table><tr><td>Height</td><td>4 cm</td></tr></table>", "Height<br>4 cm"),
    ],
)
def test_html_becomes_lines(html: str, taken: str) -> None:
    assert text.description(html) == taken


def test_bullets_come_from_lists_before_lines() -> None:
    assert text.bullets("<p>x</p><ul><li>One</li><li>Two</li></ul>", "Short") == ["One", "Two"]
    assert text.bullets("<p>x</p>", "<ul><li>Short</li></ul>") == ["Short"]
    assert text.bullets("<p>x</p>", "First<br>Second") == ["First", "Second"]
    assert text.bullets("<p>x</p>") == []
    assert len(text.bullets("".join(f"<li>{n}</li>" for n in range(30)))) == 10
    assert text.bullets(f"<li>{'x' * 600}</li><li>fits</li>") == ["fits"]


def test_a_description_comes_back_as_html() -> None:
    assert text.as_html("Oak & steel<br>• One<br />• Two<BR>End") == (
        "<p>Oak &amp; steel</p><ul><li>One</li><li>Two</li></ul><p>End</p>"
    )
    assert text.description(text.as_html("A<br>• B<br>C")) == "A<br>• B<br>C"
    assert text.as_html("<script>x</script>") == ""


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Short name", Title("Short name")),
        ("x" * 75, Title("x" * 75)),
        (LONG, Title("Acme Table Lamp Oak with dimmable LED, warm white light", "for bedroom and living room, 45 cm")),
        ("word " * 20, Title(("word " * 15).strip(), ("word " * 5).strip())),
        ("x" * 80, Title("x" * 75, "x" * 5)),
        ("  Two <b>words</b> ", Title("Two words")),
    ],
)
def test_a_name_is_split_where_it_is_too_long(name: str, title: Title) -> None:
    assert text.split_title(name) == title


def test_what_fits_in_neither_part_is_told() -> None:
    split = text.split_title("word " * 60)
    assert len(split.head) <= 75 and len(split.tail) <= 125 and split.rest
    assert f"{split.head} {split.tail} {split.rest}".split() == ["word"] * 60


@settings(max_examples=40)
@given(st.text(alphabet="ab ,–-(ü", max_size=260))
def test_no_part_of_a_name_is_too_long_and_nothing_is_lost(name: str) -> None:
    split = text.split_title(name)
    assert len(split.head) <= 75 and len(split.tail) <= 125

    def letters(words: str) -> str:
        return "".join(letter for letter in words if letter in "abü(")

    assert letters(split.head + split.tail + split.rest) == letters(name)


def test_two_parts_are_one_name_again() -> None:
    assert text.joined_title("Lamp", "oak, 45 cm") == "Lamp, oak, 45 cm"
    assert text.joined_title("Lamp oak", "oak") == "Lamp oak"
    assert text.joined_title("", "oak") == "oak"


@pytest.mark.parametrize(
    ("whole", "characters", "octets", "kept"),
    [
        ("one two three", 9, None, "one two"),
        ("one two", 7, 7, "one two"),
        ("äöü äöü", None, 8, "äöü"),
        ("äöüäöü", None, 5, "äö"),
        ("one<br>two", 5, None, "one"),
        ("one<br>two", 7, None, "one"),
        ("onetwothree", 6, None, "onetwo"),
    ],
)
def test_shortening_keeps_words_lines_and_characters_whole(
    whole: str, characters: int | None, octets: int | None, kept: str
) -> None:
    assert text.shortened(whole, characters, octets) == kept


# -- identifiers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("4006381333931", Identifier("ean", "4006381333931")),
        ("4 006381 333931", Identifier("ean", "4006381333931")),
        ("96385074", Identifier("ean", "96385074")),
        ("036000291452", Identifier("upc", "036000291452")),
        ("10036000291459", Identifier("gtin", "10036000291459")),
        ("978-0-306-40615-7", Identifier("isbn", "9780306406157")),
        ("0-306-40615-2", Identifier("isbn", "9780306406157")),
        ("080442957x", Identifier("isbn", "9780804429573")),
        ("4006381333932", None),
        ("0306406153", None),
        ("0000000000000", None),
        ("123456", None),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", None),
        ("LAMP-1", None),
        ("", None),
    ],
)
def test_identifiers_are_known_by_their_check_digit(told: str, found: Identifier | None) -> None:
    assert identifiers.read(told) == found


def test_why_it_is_none() -> None:
    assert identifiers.fault("4006381333932") == "its check digit is 2, and should be 1"
    assert identifiers.fault("123456") == "it has 6 digits, not 8, 12, 13 or 14"
    assert identifiers.fault("LAMP") == "it does not consist of digits"
    assert identifiers.fault("") == "it does not consist of digits"


@pytest.mark.parametrize(
    ("one", "kinds", "other"),
    [
        (Identifier("upc", "036000291452"), ["ean", "gtin"], Identifier("ean", "0036000291452")),
        (Identifier("ean", "4006381333931"), ["gtin"], Identifier("gtin", "04006381333931")),
        (Identifier("isbn", "9780306406157"), ["ean", "upc"], Identifier("ean", "9780306406157")),
        (Identifier("ean", "0036000291452"), ["upc"], Identifier("upc", "036000291452")),
        (Identifier("ean", "4006381333931"), ["upc"], None),
        (Identifier("gtin", "10036000291459"), ["ean"], None),
        (Identifier("ean", "4006381333931"), [], Identifier("ean", "4006381333931")),
    ],
)
def test_an_identifier_is_told_as_a_kind_that_is_taken(
    one: Identifier, kinds: list[str], other: Identifier | None
) -> None:
    assert one.among(kinds) == other


@settings(max_examples=40)
@given(st.integers(1, 10**12 - 1).map(lambda number: f"{number:012d}"))
def test_every_ean_with_its_check_digit_is_one_and_with_another_is_none(body: str) -> None:
    digit = identifiers.check_digit(body)
    assert identifiers.read(f"{body}{digit}") is not None
    assert identifiers.read(f"{body}{(digit + 1) % 10}") is None


# -- numbers with units -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "number", "unit"),
    [
        ("2,5 kg", "2.5", "kg"),
        ("1.234,5 mm", "1234.5", "mm"),
        ("1,234.5", "1234.5", ""),
        ("1.500", "1.500", ""),
        ("1'000 g", "1000", "g"),
        ("1.234.567", "1234567", ""),
        ("-3", "-3", ""),
        ("12V", "12", "V"),
        ('5"', "5", '"'),
    ],
)
def test_numbers_are_read_as_people_write_them(told: str, number: str, unit: str) -> None:
    assert units.read(told) == units.Measure(Decimal(number), unit)


@pytest.mark.parametrize("told", ["", "kg", "about 5", "--", "9" * 40])
def test_what_is_no_number(told: str) -> None:
    assert units.read(told) is None


@pytest.mark.parametrize(
    ("number", "unit", "into", "result"),
    [
        ("2.5", "kg", "grams", "2500"),
        ("1500", "g", "kilograms", "1.5"),
        ("1", "pounds", "kilograms", "0.453592"),
        ("10", "cm", "inches", "3.93701"),
        ("0.4", "grams", "kilograms", "0.0004"),
        ("0.01", "grams", "kilograms", "0.00001"),
        ("1", "kg", "inches", None),
        ("1", "parsec", "inches", None),
        ("7", "kilograms", "kg", "7"),
    ],
)
def test_units_are_converted(number: str, unit: str, into: str, result: str | None) -> None:
    assert units.converted(Decimal(number), unit, into) == (None if result is None else Decimal(result))


def test_the_nearest_unit_that_is_taken() -> None:
    assert units.nearest("kg", ["grams", "kilograms"]) == "kilograms"
    assert units.nearest("millimeters", ["inches", "centimeters", "grams"]) == "centimeters"
    assert units.nearest("kg", ["inches"]) == units.nearest("parsec", ["inches"]) == ""


# -- sources ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        field("weight", "grams"),
        feature("548"),
        constant("true"),
        Source(SourceKind.TEMPLATE, "{brand} {product}"),
        Source(SourceKind.FEATURE, "Farbe", values=(("Rot", "red"), ("Blau", "blue"))),
        SKIP,
        NOTHING,
    ],
    ids=str,
)
def test_a_source_is_stored_and_read(source: Source) -> None:
    assert Source.from_json(source.to_json()) == source


def test_what_a_later_version_stored_is_as_if_nothing_was_said() -> None:
    assert Source.from_json({"kind": "formula", "text": "1+1"}) is NOTHING
    assert Source.from_json({}) is NOTHING


def test_templates() -> None:
    assert placeholders("{brand} {feature:Farbe} {{x}}") == ["brand", "feature:Farbe"]
    assert filled("{brand}  {product} {{{size}}}", {"brand": "", "product": "Lamp", "size": "L"}) == "Lamp {L}"
    for wrong in ("{brand", "brand}", "{}", "{a{b}}", "{ }"):
        with pytest.raises(UsageError, match="brace"):
            placeholders(wrong)
