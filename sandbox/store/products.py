"""Products over REST: list with its filters, single, create, update, delete."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.store import features, images, php, variations
from sandbox.store.call import Call, Reply
from sandbox.store.cart import is_sold_by
from sandbox.store.errors import ApiError
from sandbox.store.model import StoreProduct
from sandbox.store.money import decimal, text
from sandbox.store.order_list import window
from sandbox.store.paging import envelope
from sandbox.store.state import Store

Test = Callable[[StoreProduct], bool]

SORTS: dict[str, Callable[[StoreProduct], Any]] = {
    "code": lambda product: product.product_code.lower(),
    "status": lambda product: product.status,
    "product": lambda product: product.product.lower(),
    "price": lambda product: product.price,
    "list_price": lambda product: product.list_price,
    "weight": lambda product: product.weight,
    "amount": lambda product: product.amount,
    "timestamp": lambda product: (product.timestamp, product.product_id),
    "updated_timestamp": lambda product: (product.updated_timestamp, product.product_id),
    "company": lambda product: product.company_id,
}

INTEGERS = ("amount", "min_qty", "max_qty", "qty_step", "company_id", "timestamp")
DECIMALS = ("price", "list_price", "weight")
TEXTS = (
    "product_code",
    "status",
    "tracking",
    "zero_price_action",
    "out_of_stock_actions",
    "full_description",
    "short_description",
)
EXTENDED = {
    "promo_text": "promo_text",
    "page_title": "page_title",
    "meta_description": "meta_data",
    "meta_keywords": "meta_data",
    "search_words": "search_words",
}
"""Further texts, which lists show only when they are asked for by these names."""
WORDS = ("product", "full_description", "short_description", *EXTENDED)
"""What has a text in each language."""
UNWRITABLE = (
    "product_id",
    "updated_timestamp",
    "initial_amount",
    "product_type",
    "main_category",
    "product_features",
    "add_new_variant",
    "main_pair",
    "image_pairs",
    "removed_image_pair_ids",
    "variation_group_id",
    "lang_code",
)


def list_products(store: Store, call: Call) -> Reply:
    """`GET /products`."""
    query = call.query
    tests = _tests(store, call)
    found = [product for product in _candidates(store, query) if all(test(product) for test in tests)]
    sort_by = str(query.get("sort_by", ""))
    descending = str(query.get("sort_order", "asc")) == "desc"
    if sort_by in SORTS:
        found.sort(key=SORTS[sort_by], reverse=descending)
    elif php.empty(query.get("item_ids")):
        sort_by = "product"
        found.sort(key=SORTS[sort_by], reverse=descending)
    short = not php.empty(query.get("only_short_fields"))
    show: Callable[[StoreProduct], dict[str, Any]] = short_row if short else lambda product: row(store, product, query)
    sort = (sort_by, "desc" if descending else "asc")
    return Reply(200, envelope("products", found, show, query, store.options, sort=sort, repeats_end=False))


def _candidates(store: Store, query: dict[str, Any]) -> list[StoreProduct]:
    for name in ("item_ids", "pid"):
        if not php.empty(query.get(name)):
            ids = dict.fromkeys(php.integer(value) for value in php.values(query[name]))
            return [product for number in ids if (product := store.products.get(number)) is not None]
    with store.lock:
        return list(store.products.values())


def _tests(store: Store, call: Call) -> list[Test]:
    query = call.query
    # The join with categories hides products without one.
    tests: list[Test] = [lambda product: bool(product.category_ids)]
    code = str(query.get("pcode", "") or "")
    if code:
        pattern = php.like(code)
        tests.append(lambda product: bool(pattern.search(product.product_code)))
    if not store.options.filter_params_ignored:
        tests += _exact_tests(php.mapping(query.get("filter_params")))
    categories = php.integers(query.get("cid"))
    if categories:
        tests.append(lambda product: not categories.isdisjoint(product.category_ids))
    statuses = set(php.values(query.get("status")))
    if statuses:
        tests.append(lambda product: product.status in statuses)
    companies = php.integers(query.get("company_id")) | php.integers(query.get("company_ids"))
    if call.company_id is not None:
        here = call.company_id
        tests.append(lambda product: is_sold_by(store, product, here))
    elif companies:
        tests.append(lambda product: product.company_id in companies)
    words = str(query.get("q", "") or "").strip()
    if words:
        matches = php.like(words).search
        tests.append(lambda product: bool(matches(product.product) or matches(product.product_code)))
    return tests + _range_tests(query) + _time_tests(store, query)


def _exact_tests(wanted: dict[str, Any]) -> list[Test]:
    """`filter_params[column][]`: an IN-list on a column; the database compares text without case."""
    return [
        _is_one_of(column, {value.strip().lower() for value in php.values(given)}) for column, given in wanted.items()
    ]


def _is_one_of(column: str, allowed: set[str]) -> Test:
    return lambda product: str(getattr(product, column, "")).strip().lower() in allowed


def _range_tests(query: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    for column in ("amount", "price", "weight"):
        least, most = query.get(f"{column}_from"), query.get(f"{column}_to")
        if not php.empty(least) or not php.empty(most):
            tests.append(_within(column, least, most))
    return tests


def _within(column: str, least: Any, most: Any) -> Test:
    low = Decimal("-Infinity") if php.empty(least) else decimal(least)
    high = Decimal("Infinity") if php.empty(most) else decimal(most)
    return lambda product: low <= getattr(product, column) <= high


def _time_tests(store: Store, query: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    if not php.empty(query.get("updated_in_hours")):
        since = store.now() - php.integer(query["updated_in_hours"]) * 3600
        tests.append(lambda product: product.updated_timestamp >= since)
    start, end = window(query, store.now())
    if start is not None:
        tests.append(lambda product: product.timestamp >= start)
    if end is not None:
        tests.append(lambda product: product.timestamp <= end)
    return tests


def short_row(product: StoreProduct) -> dict[str, Any]:
    """A row with `only_short_fields=1`."""
    return {
        "product_id": str(product.product_id),
        "product": product.product,
        "product_code": product.product_code,
        "product_type": product.product_type,
        "status": product.status,
        "company_id": str(product.company_id),
        "list_price": text(product.list_price),
        "price": text(product.price),
        "amount": str(product.amount),
        "weight": f"{product.weight:.3f}",
        "tracking": product.tracking,
        "is_edp": "N",
        "category_ids": list(product.category_ids),
    }


def row(store: Store, product: StoreProduct, query: dict[str, Any]) -> dict[str, Any]:
    """A full list row; the long description only when there is no short one, or when asked for."""
    asked = php.values(query.get("extend"))
    language = str(query.get("lang_code", ""))
    shown = full(store, product, raw=str(query.get("get_features", "1")) == "0", language=language)
    if product.short_description and "full_description" not in asked:
        del shown["full_description"]
    if product_features := shown.get("product_features"):
        listed = {key: one for key, one in product_features.items() if _is_listed(store, key)}
        shown["product_features"] = php.arrays(listed)
    return {name: value for name, value in shown.items() if name not in EXTENDED or EXTENDED[name] in asked}


def _is_listed(store: Store, feature_id: str) -> bool:
    return store.features[int(feature_id)].display_on_catalog == "Y"


def full(store: Store, product: StoreProduct, *, raw: bool = False, language: str = "") -> dict[str, Any]:
    """A single product, its texts in a language that the store has, else in the default.

    `raw` is the record without the enrichment pass, as version 2.0 gives it.
    """
    shown = {
        **dict.fromkeys(EXTENDED, ""),
        **php.arrays_of(product.other),
        **short_row(product),
        "main_category": product.category_ids[0] if product.category_ids else 0,
        "timestamp": str(product.timestamp),
        "updated_timestamp": str(product.updated_timestamp),
        "zero_price_action": product.zero_price_action,
        "out_of_stock_actions": product.out_of_stock_actions,
        "min_qty": str(product.min_qty),
        "max_qty": str(product.max_qty),
        "qty_step": str(product.qty_step),
        "tax_ids": [str(number) for number in product.tax_ids],
        "full_description": product.full_description,
        "short_description": product.short_description,
        "usergroup_ids": "0",
        **product.translations.get(language, {}),
    }
    if not raw:
        shown["base_price"] = text(product.price)
        shown["company_name"] = str(store.companies.get(product.company_id, {}).get("company", ""))
        shown["product_features"] = php.arrays(features.values(store, product))
        shown |= images.shown(product) | variations.shown(store, product)
    return shown


def get_product(store: Store, call: Call) -> Reply:
    """`GET /products/:id`."""
    product = _found(store, call)
    language = str(call.query.get("lang_code", ""))
    return Reply(200, full(store, product, raw=call.version == "2.0", language=language))


def create_product(store: Store, call: Call) -> Reply:
    """`POST /products`: name and price are required."""
    body = call.body
    missing = [name for name in ("product", "price") if name not in body]
    if missing or php.empty(body["product"]):
        raise ApiError(400, *(f"The field {name} is required" for name in missing or ["product"]))
    with store.lock:
        number = store.new_product_id()
        product = store.new_product(number, "", str(body["product"]), Decimal(0), 0)
        product.category_ids = [1]
        if call.company_id is not None:
            product.company_id = call.company_id
        _write_columns(product, body)
        # What is made has its texts in all languages.
        words = {name: str(body[name]) for name in WORDS if name in body} | {"product": product.product}
        product.translations = {code: dict(words) for code in store.languages if code != store.language}
        _refuse_foreign_categories(store, product)
        product.initial_amount = product.amount
        store.products[number] = product
    _write_parts(store, product, body)
    return Reply(201, {"product_id": number})


def update_product(store: Store, call: Call) -> Reply:
    """`PUT /products/:id`: stock is overwritten blindly, and every save counts as an update.

    Texts are those of `lang_code`, where the store has that language.
    """
    product = _found(store, call)
    language, columns = str(call.body.get("lang_code", "")), dict(call.body)
    if language in store.languages and language != store.language:
        words = {name: str(columns.pop(name)) for name in WORDS if name in columns}
        if not words.get("product", "").strip(" -"):
            words.pop("product", None)
        product.translations.setdefault(language, {}).update(words)
    _write_columns(product, columns)
    _write_parts(store, product, call.body)
    product.updated_timestamp = store.now()
    variations.spread(store, product)
    return Reply(200, {"product_id": product.product_id})


def delete_product(store: Store, call: Call) -> Reply:
    """`DELETE /products/:id`."""
    product = _found(store, call)
    with store.lock:
        variations.leave(store, product.product_id)
        store.products.pop(product.product_id, None)
    return Reply(204, None)


def _found(store: Store, call: Call) -> StoreProduct:
    product = store.products.get(call.number)
    if product is None or call.company_id not in (None, product.company_id):
        raise ApiError(404)
    return product


def _refuse_foreign_categories(store: Store, product: StoreProduct) -> None:
    """A storefront's product needs a category of that storefront, or everybody's."""
    owners = {
        php.integer(store.categories[one]["company_id"]) for one in product.category_ids if one in store.categories
    }
    if not store.options.multivendor and not owners & {0, product.company_id}:
        raise ApiError(400, "The product needs a category of its storefront")


def _write_parts(store: Store, product: StoreProduct, body: dict[str, Any]) -> None:
    """What is more than a column."""
    features.write_values(store, product, body)
    images.write(store, product, body)
    if not php.empty(body.get("variation_group_id")):
        variations.join(store, product, php.integer(body["variation_group_id"]))


def _write_columns(product: StoreProduct, body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name == "product":
            # An empty name is ignored, not cleared; spaces and hyphens around it are cut off.
            product.product = str(value or "").strip(" -") or product.product
        elif name in INTEGERS:
            setattr(product, name, php.integer(value))
        elif name in DECIMALS:
            setattr(product, name, abs(decimal(value)))
        elif name in TEXTS:
            setattr(product, name, str(value))
        elif name in ("category_ids", "tax_ids"):
            setattr(product, name, [php.integer(member) for member in php.values(value)])
        elif name not in UNWRITABLE:
            product.other[name] = value
