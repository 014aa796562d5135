"""The report of listings: every header and row that Amazon was seen to send, and what is wrong with some of them."""

from __future__ import annotations

import codecs
import io
import json
import os
from pathlib import Path

import pytest

from core.download import Document
from core.errors import RemoteError
from core.products.headers import positions
from core.products.report import BadRow, Row, read_rows

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("CROSSDOCK_REAL") or ROOT / "../shared/real") / "reports"
HEAD = "item-name\titem-description\tlisting-id\tseller-sku\tprice\tquantity\tasin1\tfulfillment-channel\tstatus"
ROW = "Kettle\tBoils\t0101ABC\tKET-1\t12.50\t7\tB000000001\tDEFAULT\tActive"


def document(data: bytes, charset: str = "") -> Document:
    return Document(io.BytesIO(data), charset, len(data))


def rows(text: str, charset: str = "utf-8", *, japanese: bool = False) -> list[Row | BadRow]:
    encoding = "cp932" if charset == "windows-31j" else charset
    return list(read_rows(document(text.encode(encoding), charset), japanese=japanese))


def good(text: str) -> list[Row]:
    found = rows(text)
    assert all(isinstance(row, Row) for row in found), found
    return [row for row in found if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("data", "charset", "japanese", "sku"),
    [
        ("Ä-1".encode("cp1252"), "cp1252", False, "Ä-1"),
        ("Ä-1".encode("cp1252"), "iso-8859-1", False, "Ä-1"),
        ("Ä-1".encode("cp1252"), "", False, "Ä-1"),
        ("Ä-1".encode(), "utf-8", False, "Ä-1"),
        ("Ä-1".encode(), "", False, "Ä-1"),
        ("商品①".encode("cp932"), "windows-31j", True, "商品①"),
        ("商品".encode("cp932"), "", True, "商品"),
        ("商品".encode(), "", True, "商品"),
    ],
)
def test_a_sku_is_exact_in_every_charset(data: bytes, charset: str, japanese: bool, sku: str) -> None:
    text = HEAD.encode() + b"\r\n" + ROW.encode().replace(b"KET-1", data) + b"\r\n"
    for mark in (b"", codecs.BOM_UTF8) if data == sku.encode() else (b"",):
        (row,) = read_rows(document(mark + text, charset), japanese=japanese)
        assert isinstance(row, Row) and row.sku == sku


def test_a_row_says_what_it_is_and_only_what_the_listing_is_counts_for_its_digest() -> None:
    (row,) = good(f"{HEAD}\n{ROW}\n")
    assert row[:6] == ("KET-1", "B000000001", "MERCHANT", "active", "12.50", "7")
    same, other = good(
        f"{HEAD}\n{ROW.replace('12.50', '13').replace(chr(9) + '7', chr(9) + '8')}\n{ROW.replace('Kettle', 'Pot')}\n"
    )
    assert same.digest == row.digest != other.digest


@pytest.mark.parametrize(
    ("lines", "skus"),
    [
        (
            'a "quote\t\t1\tQ-1\t\t\tB000000001\tDEFAULT\tActive\nb\t\t1\tQ-2\t\t\tB000000001\tDEFAULT\tActive',
            ["Q-1", "Q-2"],
        ),
        ('5" pipe\t\t1\tIN-1\t1\t1', ["IN-1"]),
        ("\0\t\0\t1\tNUL-1\t\0\t\0\tB000000001\tDEFAULT\tActive", ["NUL-1"]),
        ("two\nlines\t\t1\tNL-1\t1\t1\tB000000001\tDEFAULT\tActive", ["NL-1"]),
        ("a\tb\tc\td\t1\tTAB-1\t1\t1\tB000000001\tDEFAULT\tActive", ["TAB-1"]),
        ("a\t\t1\tEND-1\t1\t1\tB000000001\tDEFAULT\tActive\t\t\t", ["END-1"]),
        ("a\rb\t\t1\tCR-1\t1\t1\tB000000001\tDEFAULT\tActive", ["CR-1"]),
        ("\n\n", []),
    ],
)
def test_odd_rows_are_read(lines: str, skus: list[str]) -> None:
    assert [row.sku for row in good(f"{HEAD}\n{lines}\n")] == skus


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("a\t\t1\t\t1\t1\tB000000001\tDEFAULT\tActive\n", "no SKU"),
        (f"a\t\t1\t{'S' * 41}\t1\t1\tB000000001\tDEFAULT\tActive\n", "too long"),
        ("a\tb\t1\tS-1\tx\ty\tz\t1\t2\t3\t4\t5\n", "12 cells"),
        ("a\t\t1\tCUT-1\t1", "cut off"),
        ("a\t\t1", "before its SKU"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_read(lines: str, why: str) -> None:
    first, bad = rows(f"{HEAD}\n{ROW}\n{lines}")
    assert isinstance(first, Row) and first.sku == "KET-1"
    assert isinstance(bad, BadRow) and bad.line == 3 and why in bad.why


def test_bytes_that_are_none_of_the_charset_are_told_not_dropped() -> None:
    text = f"{HEAD}\n{ROW}\n".encode().replace(b"KET-1", b"KET-\x81")
    (bad,) = read_rows(document(text, "utf-8"))
    assert isinstance(bad, BadRow) and "decoded" in bad.why


@pytest.mark.parametrize("text", ["", "\n", "<html>an error</html>\n", "a\tb\tc\n1\t2\t3\n", "seller-sku\n"])
def test_what_is_no_such_report_is_refused_before_its_first_row(text: str) -> None:
    with pytest.raises(RemoteError, match="not usable"):
        rows(text)


def test_a_header_alone_has_no_rows() -> None:
    assert rows(f"{HEAD}\n") == rows(HEAD) == []


real = pytest.mark.skipif(not REAL.is_dir(), reason=f"real reports are not in {REAL}")


@real
def test_headers_of_ten_languages_are_known() -> None:
    told = json.loads((REAL / "listing-report-headers-by-locale.json").read_text())["columns"]
    wanted = {"seller-sku", "item-name", "listing-id", "price", "quantity", "product-id-type", "product-id", "asin1"}
    for language in ("en", "en-gb", "de", "fr", "it", "es", "ja", "zh", "pl", "tr", "ar"):
        header = [names.get(language, "") for names in told.values()]
        found = positions(header)
        for position, (column, names) in enumerate(told.items()):
            if column in wanted | {"fulfillment-channel", "status"} and names.get(language):
                assert found[column] == position, (language, column)


@real
def test_headers_and_rows_that_users_met_are_read() -> None:
    for variant in json.loads((REAL / "report-headers.json").read_text())["listings"]:
        columns = variant["columns"]
        cells = {"seller-sku": "S 1", "asin1": "B0ABCDEFGH", "fulfillment-channel": "DEFAULT", "status": "Active"}
        cells["fulfilment-channel"] = "DEFAULT"
        lines = "\t".join(columns) + "\n" + "\t".join(cells.get(name, "") for name in columns) + "\n"
        (row,) = good(lines)
        assert row[:4] == ("S 1", "B0ABCDEFGH", "MERCHANT", "active"), variant["variant"]
    (row,) = good((REAL / "listings.us.row-shape.tsv").read_text())
    assert row[:5] == ("D-ABCDL-T01", "B0ABCDDUO", "AMAZON", "active", "39.95")
    assert rows((REAL / "listings.de.deprecated-32.header.tsv").read_text()) == []
    data = (REAL / "peddler/GET_MERCHANT_LISTINGS_DATA.cp1252.txt").read_bytes()
    found = [row for row in read_rows(document(data, "cp1252")) if isinstance(row, Row)]
    assert [row.sku for row in found] == [f"SKU-{number:03d}-TEST" for number in range(1, 11)]
    assert {row.fulfilment for row in found} == {"MERCHANT"} and found[0].asin == "1234567890"
