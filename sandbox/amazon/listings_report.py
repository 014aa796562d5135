"""How the report of all listings is written: in which language, which bytes, and what is wrong with it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

COLUMNS = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "image-url",
    "item-is-marketplace",
    "product-id-type",
    "zshop-shipping-fee",
    "item-note",
    "item-condition",
    "asin1",
    "product-id",
    "pending-quantity",
    "fulfillment-channel",
    "merchant-shipping-group",
    "status",
)
_DEPRECATED = ("image-url", "zshop-shipping-fee")
_LANGUAGES: dict[str, dict[str, str]] = {
    "en": {},
    "de": {
        "item-name": "Artikelbezeichnung",
        "item-description": "Artikelbeschreibung",
        "listing-id": "Angebotsnummer",
        "seller-sku": "Händler-SKU",
        "price": "Preis",
        "quantity": "Menge",
        "open-date": "Erstellungsdatum",
        "product-id-type": "Produkt-ID-Typ",
        "item-condition": "Artikelzustand",
        "asin1": "ASIN 1",
        "product-id": "Produkt-ID",
        "fulfillment-channel": "Versender",
        "merchant-shipping-group": "Händlerversandgruppe",
        "status": "Status",
    },
    "ja": {
        "item-name": "商品名",
        "listing-id": "出品ID",
        "seller-sku": "出品者SKU",
        "price": "価格",
        "quantity": "数量",
        "open-date": "出品日",
        "product-id-type": "商品IDタイプ",
        "item-condition": "コンディション",
        "product-id": "商品ID",
        "fulfillment-channel": "フルフィルメント・チャンネル",
        "status": "ステータス",
    },
    "zh": {
        "item-name": "商品名称",
        "listing-id": "商品编码",
        "seller-sku": "卖家 SKU",
        "price": "价格",
        "quantity": "数量",
        "open-date": "开售日期",
        "product-id-type": "商品编码类型",
        "product-id": "商品编码",
        "fulfillment-channel": "配送渠道",
        "merchant-shipping-group": "卖家配送组",
        "status": "状态",
    },
}
_STATUS = {
    "de": ("Aktiv", "Inaktiv", "Unvollständig"),
    "ja": ("出品中", "停止中", "不完全"),
    "zh": ("在售", "不可售", "不完整"),
}
_ENGLISH = ("Active", "Inactive", "Incomplete")


@dataclass
class ReportForm:
    """How the report comes; every odd thing has been seen in life.

    language    of the header and the states: en, de, ja, zh
    charset     as its Content-Type says; empty: it does not say
    deprecated  columns without a meaning are called "Deprecated column"
    nul         empty cells hold a NUL
    cut         so many characters are missing at its end
    rows        False: the header alone
    header      the header as it is, in place of the right one
    """

    language: str = "en"
    charset: str = "Cp1252"
    deprecated: bool = False
    nul: bool = False
    cut: int = 0
    rows: bool = True
    header: str = ""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change some of it; ValueError for what there is not."""
        known = {field.name for field in fields(self)}
        if unknown := changes.keys() - known:
            raise ValueError(f"{sorted(unknown)[0]} is not known; known are {', '.join(sorted(known))}")
        if changes.get("language", "en") not in _LANGUAGES:
            raise ValueError(f"language is one of {', '.join(_LANGUAGES)}")
        for name, value in changes.items():
            setattr(self, name, value)

    @property
    def content_type(self) -> str:
        """What its answer says."""
        return f"text/plain;charset={self.charset}" if self.charset else "text/plain"

    def head(self) -> str:
        """The header line."""
        words = _LANGUAGES[self.language]
        names = [
            "Deprecated column" if self.deprecated and one in _DEPRECATED else words.get(one, one) for one in COLUMNS
        ]
        return (self.header or "\t".join(names)) + "\r\n"

    def status(self, word: str) -> str:
        """A state in the report's language."""
        return _STATUS.get(self.language, _ENGLISH)[_ENGLISH.index(word)]

    def row(self, cells: Mapping[str, str]) -> str:
        """TSV without quotes, as Amazon writes it."""
        empty = "\0" if self.nul else ""
        return "\t".join(cells.get(name, "").replace("\t", " ") or empty for name in COLUMNS) + "\r\n"

    def written(self, rows: Iterable[str]) -> Iterator[str]:
        """The whole text."""
        pieces = itertools.chain((self.head(),), rows if self.rows else ())
        if self.cut:
            yield "".join(pieces)[: -self.cut]
        else:
            yield from pieces
