"""A full edit of an order that changes nothing but what is named.

An edit of anything but the status rebuilds an order: lines that are left out go, prices without `stored_price` are
looked up anew, shipping is rated again, totals are calculated (facts: CS-Cart order routines). So all of it is said
again as it is. The status is left out: the store gives it back by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.cscart import shapes

CONTACT = ("firstname", "lastname", "company", "phone", "email")
ADDRESS = ("firstname", "lastname", "address", "address_2", "city", "county", "state", "country", "zipcode", "phone")
BUYER = (*CONTACT, *(f"{prefix}_{name}" for prefix in ("s", "b") for name in ADDRESS))
"""The fields of an order that tell who the buyer is."""
_OF_STORE = frozenset({"product", "product_options", "company_id", "stored_price", "base_price", "is_edp"})
"""What the store adds to a line's `extra` by itself."""


def buyer_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Who the buyer is, as the store has it; with the number of the customer's account."""
    return {**{name: shapes.text(row.get(name)) for name in BUYER}, "user_id": shapes.text(row.get("user_id"))}


def unchanged(row: Mapping[str, Any]) -> dict[str, Any]:
    """Lines and money of an order, said as a full edit wants them; no personal data."""
    cost = shapes.text(row.get("shipping_cost")) or "0"
    surcharge = shapes.amount(row.get("payment_surcharge") or 0)  # the store adds it by itself
    body: dict[str, Any] = {
        "products": {key: _line(line) for key, line in shapes.mapping(row.get("products")).items()},
        "stored_shipping": {"0": {"0": cost}},
        "shipping_cost": cost,
        "subtotal": shapes.text(row.get("subtotal")),
        "subtotal_discount": shapes.text(row.get("subtotal_discount")) or 0,
        "discount": shapes.text(row.get("discount")) or 0,
        "promotions": {},
        "total": f"{shapes.amount(row['total']) - surcharge:f}",
    }
    if taxes := _as_maps(row.get("taxes")):
        body["taxes"] = taxes
    return body


def with_buyer(row: Mapping[str, Any], fields: Mapping[str, str], emptied: Collection[str]) -> dict[str, Any]:
    """What to say beside `unchanged` so that some fields of the buyer get other values.

    `emptied` are numbers of the store's own profile fields.

    Builds differ in whether `user_data` or the top level wins, and in whether `user_data` is replaced whole.
    """
    data = {name: shapes.text(row.get(name)) for name in BUYER}
    data |= {name: value for name, value in fields.items() if name in data}
    data["tax_exempt"] = shapes.text(row.get("tax_exempt")) or "N"
    known = shapes.mapping(row.get("fields"))
    custom = {key: "" if key in emptied else _as_maps(one) for key, one in known.items()}
    return {"user_data": {**data, **({"fields": custom} if custom else {})}, **fields, "email": data["email"]}


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    extra = shapes.mapping(line.get("extra"))
    return {
        "product_id": shapes.text(line.get("product_id")),
        "amount": shapes.text(line.get("amount")),
        "price": shapes.text(line.get("price")),
        "stored_price": "Y",
        "discount": 0,
        "company_id": shapes.text(line.get("company_id") or extra.get("company_id")),
        "product_options": _as_maps(extra.get("product_options")),
        "extra": {name: value for name, value in extra.items() if name not in _OF_STORE},
    }


def _as_maps(value: Any) -> Any:
    """The same without lists: PHP shows maps as lists, empty ones above all, and reads nothing but maps."""
    if isinstance(value, Mapping):
        return {name: _as_maps(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {str(number): _as_maps(one) for number, one in enumerate(value)}
    return {} if value is None else value
