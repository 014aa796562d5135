"""Small tables of the store as they are at the start: statuses, payments, shippings, taxes, settings, categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sandbox.store.options import StoreOptions
from sandbox.world.category import CATEGORIES, Category
from sandbox.world.product import WorldProduct

Rows = dict[int, dict[str, Any]]

EVERYWHERE = "1"
GERMANY = "2"
DESTINATIONS: dict[str, frozenset[str] | None] = {EVERYWHERE: None, GERMANY: frozenset({"DE"})}
"""Destination id -> countries (None: all of them)."""

NO_STOCK_STATUS = "S"
_STATUSES = (
    ("C", "Complete", "D"),
    ("P", "Processed", "D"),
    ("O", "Open", "D"),
    ("F", "Failed", "I"),
    ("D", "Declined", "I"),
    ("B", "Backordered", "I"),
    ("I", "Canceled", "I"),
    ("N", "Incomplete", "I"),
    ("Y", "Awaiting call", "I"),
)


def statuses(options: StoreOptions) -> Rows:
    """Order statuses by status id, with the effect on stock in `params.inventory` (D takes, I gives back)."""
    wanted = list(_STATUSES)
    if not options.bare:
        wanted.append((NO_STOCK_STATUS, "Amazon: no stock effect", "I"))
    return {
        number: {
            "status_id": str(number),
            "status": code,
            "type": "O",
            "is_default": "Y" if number <= len(_STATUSES) else "N",
            "position": str(number * 10),
            "description": description,
            "email_subj": "",
            "email_header": "",
            "lang_code": "en",
            "params": {"inventory": inventory, "notify": "Y", "color": "#999999", "appearance_type": "D"},
        }
        for number, (code, description, inventory) in enumerate(wanted, start=1)
    }


def payment(payment_id: int, name: str, **fields: Any) -> dict[str, Any]:
    """A payment row; without a processor it is an offline method."""
    row: dict[str, Any] = {
        "payment_id": str(payment_id),
        "payment": name,
        "company_id": "0",
        "status": "A",
        "position": str(payment_id * 10),
        "processor_id": "0",
        "processor_params": "",
        "a_surcharge": "0.000",
        "p_surcharge": "0.000",
        "payment_category": "tab1",
        "usergroup_ids": "0",
        "tax_ids": [],
        "template": "views/orders/components/payments/cc_outside.tpl",
        "description": "",
        "instructions": "",
    }
    return row | fields


def payments(options: StoreOptions) -> Rows:
    """Payment methods by id; 2 and 6 are offline, active and without surcharge."""
    rows = {
        1: payment(1, "Phone ordering"),
        2: payment(2, "Credit card"),
        3: payment(3, "Invoice", a_surcharge="2.500"),
        4: payment(4, "Cheque", status="D"),
        5: payment(
            5,
            "Card gateway",
            processor_id="42",
            processor="Card gateway",
            processor_params={"merchant": "shop", "secret": "not-for-your-log"},
        ),
        6: payment(6, "Cash on delivery", payment_category="tab2"),
    }
    if not options.bare:
        rows[7] = payment(7, "Amazon", payment_category="tab3", usergroup_ids="99")
    return rows


def rates(**flat: str) -> dict[str, Any]:
    """Rate rows of a manual method: destination id (as `d1`) -> one flat rate for any cost."""
    return {
        destination[1:]: {"destination_id": destination[1:], "base_rate": "0.00", "rate_value": _flat(rate)}
        for destination, rate in flat.items()
    }


def _flat(rate: str) -> dict[str, Any]:
    row = {"range_from_value": "0", "range_to_value": "", "value": rate, "type": "F", "per_unit": "N"}
    return {"C": [row]}


def shipping(shipping_id: int, name: str, **fields: Any) -> dict[str, Any]:
    """A shipping row, manual rates, with the rates only the single GET shows."""
    row: dict[str, Any] = {
        "shipping_id": str(shipping_id),
        "shipping": name,
        "company_id": "0",
        "status": "A",
        "position": str(shipping_id * 10),
        "min_weight": "0.000",
        "max_weight": "0.000",
        "delivery_time": "2-4 days",
        "usergroup_ids": "0",
        "tax_ids": [],
        "rate_calculation": "M",
        "service_id": "0",
        "service_params": [],
        "rates": {},
    }
    return row | fields


def shippings(options: StoreOptions) -> Rows:
    """Shipping methods by id; 1 and 4 are free everywhere."""
    rows = {
        1: shipping(1, "Standard", rates=rates(d1="0.00")),
        2: shipping(2, "Courier within Germany", rates=rates(d2="7.90")),
        3: shipping(3, "Pick-up", status="D", rates=rates(d1="0.00")),
        4: shipping(4, "Express", delivery_time="1 day", rates=rates(d1="0.00")),
        5: shipping(5, "Registered mail", rates=rates(d1="3.50")),
        6: shipping(6, "Without rates"),
    }
    if not options.bare:
        rows[9] = shipping(9, "Amazon", rates=rates(d1="0.00"))
    return rows


TAX_ID = 6


def taxes(options: StoreOptions) -> Rows:
    """Taxes by id; products carry the first one only when `tax_rate` is set."""
    rate = {"rate_value": options.tax_rate or "19.000", "rate_type": "P"}
    return {
        TAX_ID: {
            "tax_id": str(TAX_ID),
            "tax": "VAT",
            "address_type": "S",
            "status": "A",
            "price_includes_tax": "Y" if options.tax_included else "N",
            "display_including_tax": "Y",
            "priority": "0",
            "regnumber": "DE000000000",
            "rates": {EVERYWHERE: rate},
        }
    }


_SETTINGS = (
    (2, "General", "allow_negative_amount", "C", ""),
    (2, "General", "inventory_tracking", "C", "Y"),
    (2, "General", "tax_calculation", "S", "subtotal"),
    (2, "General", "min_order_amount", "U", ""),
    (2, "General", "default_country", "X", "DE"),
    (2, "General", "weight_symbol", "I", "kg"),
    (3, "Appearance", "admin_elements_per_page", "U", ""),
    (3, "Appearance", "timezone", "S", "Europe/Berlin"),
    (4, "Company", "company_name", "I", "Shop"),
)


def settings(options: StoreOptions) -> Rows:
    """Settings by object id."""
    values = {
        "allow_negative_amount": "Y" if options.allow_negative else "N",
        "min_order_amount": options.min_order_amount,
        "admin_elements_per_page": str(options.default_items_per_page),
    }
    return {
        number: {
            "object_id": str(number),
            "section_id": str(section_id),
            "section_name": section,
            "section_tab_id": "0",
            "name": name,
            "type": kind,
            "edition_type": "ROOT",
            "position": str(number * 10),
            "value": values.get(name, value),
        }
        for number, (section_id, section, name, kind, value) in enumerate(_SETTINGS, start=1)
    }


def categories(products: Iterable[WorldProduct], options: StoreOptions) -> Rows:
    """The category tree by id, flat as the list shows it."""
    counts = Counter(product.category_id for product in products)
    owners = options.category_companies
    return {
        number: _category_row(category, counts[number]) | {"company_id": str(owners.get(number, 0))}
        for number, category in CATEGORIES.items()
    }


def _category_row(category: Category, count: int) -> dict[str, Any]:
    path = [category]
    while path[0].parent_id:
        path.insert(0, CATEGORIES[path[0].parent_id])
    return {
        "category_id": str(category.category_id),
        "parent_id": str(category.parent_id),
        "id_path": "/".join(str(one.category_id) for one in path),
        "level": str(len(path)),
        "category": category.name,
        "status": "A",
        "position": str(category.category_id * 10),
        "product_count": str(count),
    }


def languages() -> dict[str, dict[str, Any]]:
    """Languages by code."""
    rows = (("1", "en", "English", "US"), ("2", "de", "Deutsch", "DE"))
    return {
        code: {
            "lang_id": number,
            "lang_code": code,
            "name": name,
            "status": "A",
            "country_code": country,
            "direction": "ltr",
        }
        for number, code, name, country in rows
    }


def companies(options: StoreOptions) -> Rows:
    """Storefronts, or vendors in Multi-Vendor, by company id."""
    rows: Rows = {}
    for number in options.company_ids:
        row = {
            "company_id": str(number),
            "company": f"Company {number}",
            "email": f"company{number}@shop.example",
            "status": "A",
            "lang_code": "en",
        }
        if options.multivendor:
            row["seo_name"] = f"company-{number}"
        else:
            row["storefront"] = row["secure_storefront"] = f"company{number}.shop.example"
        rows[int(number)] = row
    return rows
