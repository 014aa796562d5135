"""The columns of the listings report that are read, by the names that Amazon gives them in ten languages.

Names met by several integrators in production; the language follows the account, whatever locale was asked for.
"""

from __future__ import annotations

import unicodedata

SKU, ASIN, PRODUCT_ID, ID_TYPE = "seller-sku", "asin1", "product-id", "product-id-type"
NAME, DESCRIPTION, LISTING_ID = "item-name", "item-description", "listing-id"
PRICE, QUANTITY, CHANNEL, STATUS = "price", "quantity", "fulfillment-channel", "status"

_NAMES = {
    SKU: (
        "seller-sku",
        "sku",
        "Händler-SKU",
        "sku-vendeur",
        "SKU venditore",
        "SKU del vendedor",
        "出品者SKU",
        "卖家 SKU",
        "sku-sprzedawcy",
        "seller-sku (satıcı sku)",
        "sku-البائع",
    ),
    NAME: (
        "item-name",
        "Artikelbezeichnung",
        "nom-produit",
        "Nome dell'articolo",
        "Título del producto",
        "商品名",
        "商品名称",
        "nazwa-produktu",
    ),
    DESCRIPTION: ("item-description", "Artikelbeschreibung"),
    LISTING_ID: (
        "listing-id",
        "Angebotsnummer",
        "id-offre",
        "Numero offerta",
        "Identificador del listing",
        "出品ID",
        "商品编码",
        "identyfikator-oferty",
    ),
    PRICE: ("price", "Preis", "prix", "Prezzo", "Precio", "価格", "价格", "cena", "السعر"),
    QUANTITY: ("quantity", "Menge", "quantité", "Quantità", "Cantidad", "数量", "ilość", "الكمية"),
    ID_TYPE: (
        "product-id-type",
        "Produkt-ID-Typ",
        "type-id-produit",
        "Tipo di identificativo del prodotto",
        "Tipo de identificador de producto",
        "商品IDタイプ",
        "商品编码类型",
    ),
    PRODUCT_ID: (
        "product-id",
        "Produkt-ID",
        "id-produit",
        "Identificativo del prodotto",
        "Identificador del producto",
        "商品ID",
        "商品编码",
    ),
    ASIN: ("asin1", "ASIN 1", "ASIN"),
    CHANNEL: (
        "fulfillment-channel",
        "fulfilment-channel",
        "Versender",
        "canal-traitement",
        "Canale di gestione",
        "Canal de gestión logística",
        "フルフィルメント・チャンネル",
        "配送渠道",
        "kanał-realizacji",
    ),
    STATUS: ("status", "état", "stato", "estado", "ステータス", "状态", "durum", "الحالة"),
}

_WORDS = {
    "active": (
        "active",
        "aktiv",
        "actif",
        "attivo",
        "activo",
        "出品中",
        "在售",
        "aktywna",
        "aktywny",
        "etkin",
        "aktif",
        "نشط",
    ),
    "inactive": (
        "inactive",
        "inaktiv",
        "inactif",
        "inattivo",
        "non attivo",
        "inactivo",
        "停止中",
        "不可售",
        "nieaktywna",
        "nieaktywny",
        "etkin değil",
        "pasif",
        "غير نشط",
    ),
    "incomplete": (
        "incomplete",
        "unvollständig",
        "incomplet",
        "incompleto",
        "不完全",
        "不完整",
        "niekompletna",
        "eksik",
    ),
}


def folded(text: str) -> str:
    """A name however it is spaced, composed and in whatever case."""
    return " ".join(unicodedata.normalize("NFC", text).replace("\0", "").casefold().split())


_MEANINGS: dict[str, tuple[str, ...]] = {}
for _column, _spellings in _NAMES.items():
    for _name in _spellings:
        _MEANINGS[folded(_name)] = (*_MEANINGS.get(folded(_name), ()), _column)
_STATUSES = {folded(word): status for status, words in _WORDS.items() for word in words}


def positions(header: list[str]) -> dict[str, int]:
    """Where the known columns stand.

    A name that means two columns (Chinese has one for listing and product id) is the first of them where it stands
    first. Of other names that repeat, the first counts.
    """
    found: dict[str, int] = {}
    for position, name in enumerate(header):
        column = next((one for one in _MEANINGS.get(folded(name), ()) if one not in found), None)
        if column is not None:
            found[column] = position
    return found


def status_of(word: str) -> str:
    """`active`, `inactive` or `incomplete`; another word as it is."""
    return _STATUSES.get(folded(word), word.strip()[:40])
