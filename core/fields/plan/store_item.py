"""A product of the store as the field mapping reads it, and the fields that attributes can be filled with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache

from core.fields.plan import identifiers, text
from core.fields.plan.paths import Place
from core.fields.plan.units import LENGTH_UNIT, WEIGHT_UNIT

Value = str | Decimal | bool


@dataclass(frozen=True)
class ItemFeature:
    """A feature of a product, with its values by name."""

    feature_id: int
    name: str
    values: tuple[str, ...]
    kind: str = ""
    """The store's letter: `E` is a brand, `C` a checkbox, `D` a date."""


@dataclass(frozen=True)
class StoreItem:
    """A product of the store."""

    product_id: int
    sku: str
    name: str
    price: Decimal = Decimal(0)
    """In the store's currency."""
    amount: int = 0
    currency: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    """All other fields that are text or a number, by the store's name: `full_description`, `list_price`, `weight`."""
    images: tuple[str, ...] = ()
    """Addresses, the main image first."""
    features: tuple[ItemFeature, ...] = ()

    def feature(self, which: str) -> ItemFeature | None:
        """A feature by number, or by name whatever its case."""
        return next((one for one in self.features if str(one.feature_id) == which), None) or self.called([which])

    def called(self, names: Sequence[str]) -> ItemFeature | None:
        """The first feature with one of these names, whatever the case; names that stand first are preferred."""
        return next((self._by_name[folded(name)] for name in names if folded(name) in self._by_name), None)

    @cached_property
    def _by_name(self) -> Mapping[str, ItemFeature]:
        return {folded(one.name): one for one in reversed(self.features)}


@dataclass(frozen=True)
class Family:
    """What a listing is in a family of variations."""

    level: str
    """`parent` or `child`."""
    parent_sku: str = ""
    theme: str = ""


@dataclass(frozen=True)
class Setting:
    """What is known of a listing besides its product."""

    place: Place
    currency: str = ""
    """Of the marketplace."""
    price: Decimal | None = None
    """In that currency, where it is not the store's own; None takes the store's."""
    quantity: int | None = None
    """Pieces to offer, after buffer and cap; None takes the store's."""
    node: str = ""
    """Amazon's browse node that the category of the product is mapped to."""
    family: Family | None = None
    asin: str = ""
    """The catalogue item that is offered, where it exists already."""
    weight_unit: str = WEIGHT_UNIT
    length_unit: str = LENGTH_UNIT
    """Of the store's numbers."""
    has_split_title: bool = False
    """The product type has `title_differentiation` beside `item_name`."""


@dataclass(frozen=True)
class StoreField:
    """A field that an attribute can be filled with."""

    name: str
    title: str
    read: Callable[[StoreItem, Setting], Sequence[Value]]
    unit: Callable[[Setting], str] = lambda setting: ""
    """Of its number, where it has one."""


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """A name for comparing: whatever its case, blanks and marks."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _texts(name: str) -> Callable[[StoreItem, Setting], Sequence[Value]]:
    return lambda item, setting: _some(item.texts.get(name, ""))


def _weight_unit(setting: Setting) -> str:
    return setting.weight_unit


def _length_unit(setting: Setting) -> str:
    return setting.length_unit


def _some(*values: Value | None) -> list[Value]:
    return [value for value in values if value not in (None, "")]


def _list_price(item: StoreItem, setting: Setting) -> Sequence[Value]:
    """The list price, where the store's currency is the marketplace's; stores have zero where there is none."""
    if item.currency and setting.currency and item.currency != setting.currency:
        return ()
    told = item.texts.get("list_price", "")
    return _some(told if told.strip("0., ") else "")


def _list_price_or_price(item: StoreItem, setting: Setting) -> Sequence[Value]:
    """For product types that want a list price; one in another currency than the offer's would be wrong."""
    own = _list_price(item, setting) if setting.price is None else ()
    return own or _price(item, setting)


def _image(number: int) -> Callable[[StoreItem, Setting], Sequence[Value]]:
    return lambda item, setting: item.images[number : number + 1]


def _description(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return _some(text.description(item.texts.get("full_description") or item.texts.get("short_description") or ""))


def _bullets(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return text.bullets(item.texts.get("full_description", ""), item.texts.get("short_description", ""))


def _title(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return _some(text.split_title(item.name).head if setting.has_split_title else text.plain(item.name))


def _differentiation(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return _some(text.split_title(item.name).tail)


def _named(names: Sequence[str], kind: str = "") -> Callable[[StoreItem, Setting], Sequence[Value]]:
    def read(item: StoreItem, setting: Setting) -> Sequence[Value]:
        of_kind = next((one for one in item.features if kind and one.kind == kind and one.values), None)
        found = item.called(names) or of_kind
        return found.values if found else ()

    return read


def identifier_of(item: StoreItem) -> str:
    """What may be a product's EAN, UPC, ISBN or GTIN: a feature or field called so, else a product code that is one."""
    found = item.called(_IDENTIFIERS)
    if found and found.values:
        return found.values[0]
    told = next((value for name in _IDENTIFIERS if (value := item.texts.get(folded(name), ""))), "")
    return told or (item.sku if identifiers.read(item.sku) else "")


def _price(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return [item.price if setting.price is None else setting.price]


def _quantity(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return [Decimal(max(0, item.amount if setting.quantity is None else setting.quantity))]


def _of_family(name: str) -> Callable[[StoreItem, Setting], Sequence[Value]]:
    return lambda item, setting: _some(getattr(setting.family, name)) if setting.family else ()


_IDENTIFIERS = ("EAN", "EAN-13", "GTIN", "GTIN-13", "GTIN-14", "UPC", "ISBN", "ISBN-13", "Barcode", "Strichcode")
_BRANDS = ("Brand", "Marke", "Marque", "Marca", "Merk", "Marka", "Varumärke", "ブランド")
_MAKERS = (
    "Manufacturer", "Hersteller", "Fabricant", "Fabricante", "Produttore", "Fabrikant", "Producent", "Tillverkare",
)  # fmt: skip
_ORIGINS = (
    "Country of origin", "Country/Region of origin", "Origin", "Herkunftsland", "Ursprungsland", "Pays d'origine",
    "País de origen", "Paese di origine", "Land van herkomst", "Kraj pochodzenia", "Made in",
)  # fmt: skip


def _maker(item: StoreItem, setting: Setting) -> Sequence[Value]:
    return _named(_MAKERS)(item, setting) or _named(_BRANDS, "E")(item, setting)


_LISTED = (
    StoreField("product", "Name", lambda item, setting: _some(text.plain(item.name))),
    StoreField("title", "Name, or its first part where the product type has two", _title),
    StoreField("title_differentiation", "Second part of the name", _differentiation),
    StoreField("product_code", "Product code (SKU)", lambda item, setting: _some(item.sku)),
    StoreField("product_id", "Number of the product", lambda item, setting: [Decimal(item.product_id)]),
    StoreField("price", "Price", _price),
    StoreField("list_price", "List price", _list_price),
    StoreField("list_price_or_price", "List price, or the price where there is none", _list_price_or_price),
    StoreField("amount", "Quantity in stock", _quantity),
    StoreField("description", "Description as Amazon takes it", _description),
    StoreField("full_description", "Full description", _texts("full_description")),
    StoreField("short_description", "Short description", _texts("short_description")),
    StoreField("bullets", "Bullet points, from the lists in the description", _bullets),
    StoreField("promo_text", "Promotional text", _texts("promo_text")),
    StoreField("search_words", "Search words", _texts("search_words")),
    StoreField("page_title", "Page title", _texts("page_title")),
    StoreField("meta_description", "Meta description", _texts("meta_description")),
    StoreField("meta_keywords", "Meta keywords", _texts("meta_keywords")),
    StoreField("weight", "Weight", _texts("weight"), _weight_unit),
    StoreField("box_length", "Length of the parcel", _texts("box_length"), _length_unit),
    StoreField("box_width", "Width of the parcel", _texts("box_width"), _length_unit),
    StoreField("box_height", "Height of the parcel", _texts("box_height"), _length_unit),
    StoreField("company_name", "Vendor or storefront", _texts("company_name")),
    StoreField("brand", "Brand", _named(_BRANDS, "E")),
    StoreField("manufacturer", "Manufacturer, or brand", _maker),
    StoreField("country_of_origin", "Country of origin", _named(_ORIGINS)),
    StoreField("identifier", "EAN, UPC, ISBN or GTIN", lambda item, setting: _some(identifier_of(item))),
    StoreField("main_image", "Main image", _image(0)),
    *(StoreField(f"image_{number}", f"Additional image {number}", _image(number)) for number in range(1, 13)),
    StoreField("amazon_node", "Browse node of the category", lambda item, setting: _some(setting.node)),
    StoreField("asin", "ASIN of the offer", lambda item, setting: _some(setting.asin)),
    StoreField("parentage_level", "Parent or child of a family", _of_family("level")),
    StoreField("parent_sku", "SKU of the parent", _of_family("parent_sku")),
    StoreField("variation_theme", "Variation theme of the family", _of_family("theme")),
)
FIELDS = {one.name: one for one in _LISTED}
"""By name: what `--field` takes."""
