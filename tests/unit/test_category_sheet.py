"""The CSV of mappings: as spreadsheets write it, and with all that can be wrong in it."""

from __future__ import annotations

import pytest

from core.categories.mapping import MappingView
from core.categories.sheet import COLUMNS, Line, read, written
from core.errors import UsageError
from core.sheets import Faults

HEAD = "cscart,amazon,product_type,export_default"


def lines(text: str, encoding: str = "utf-8") -> list[Line]:
    faults = Faults()
    found = read(text.encode(encoding), faults)
    faults.refuse()
    return found


def test_what_is_written_is_read_again_and_no_name_is_a_formula() -> None:
    view = MappingView(12, "=1+1 > Home, Garden", "7", "Küche > \x1b[31mred", "LAMP", True, 3, subtree=True)
    text = written([view, MappingView(13, "Toys", None, "", "", False, 0)])
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert "'=1+1" in text and "\x1b" not in text
    assert lines(text) == [Line(2, 12, "7", "LAMP", True, True), Line(3, 13, "", "", False, False)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_spreadsheets(encoding: str, delimiter: str) -> None:
    rows = [["CSCART ", "amazon", "product_type", "note"], ["12", '"Küche > Töpfe"', "LAMP", "x"], ["", "", "", ""]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert lines(text, encoding) == [Line(2, 12, "Küche > Töpfe", "LAMP", False, False)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x,7,LAMP,", "line 2: 'x' is not a number of a category"),
        ("-3,7,LAMP,", "line 2: '-3' is not a number of a category"),
        ("99999999999999999999,7,LAMP,", "is not a number of a category"),
        ("٣,7,LAMP,", "is not a number of a category"),
        ("12,7,,", "line 2: its product type is missing"),
        ("12,7,LAMP,perhaps", "line 2: export_default is true or false, not 'perhaps'"),
    ],
)
def test_a_line_that_cannot_be_is_named(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        lines(f"{HEAD}\n{line}\n")
    assert says in caught.value.what and "Nothing was changed" in caught.value.what


def test_a_line_without_a_category_of_amazon_is_no_fault() -> None:
    assert lines(f"{HEAD}\n12\n") == [Line(2, 12, "", "", False, False)]


def test_many_faults_are_told_up_to_ten() -> None:
    with pytest.raises(UsageError) as caught:
        lines(HEAD + "\nx,7,LAMP," * 15)
    assert caught.value.what.count("line ") == 10 and "and 5 more" in caught.value.what


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "names no column cscart, amazon, product_type"),
        (b"a;b;c\n1;2;3\n", "names no column"),
        (b"\x81\x8d\xff\x00" * 10, "not text"),
        (HEAD.encode() + b"\n" + b"1,2,3\n" * 2_000_000, "larger than 10 MB"),
        (HEAD.encode() + b'\n1,"' + b"x" * 200_000, "cannot be read"),
    ],
    ids=["empty", "other columns", "no text", "too large", "an endless cell"],
)
def test_what_is_no_such_table_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read(data, Faults())
