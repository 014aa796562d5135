"""The store's small tables over REST.

They are statuses, payments, shippings, taxes, settings, categories, companies and languages.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.store import php
from sandbox.store.call import Call, Reply
from sandbox.store.errors import ApiError
from sandbox.store.paging import envelope, page_of
from sandbox.store.reference import Rows, payment, shipping
from sandbox.store.state import Store

Handler = Callable[[Store, Call], Reply]
Row = dict[str, Any]

API_VERSIONS = ("1.0", "2.0", "2.1", "4.0", "4.1")


@dataclass(frozen=True)
class Table:
    """A small table: where its rows are, what a new row needs and how it starts."""

    name: str
    key: str
    required: str
    blank: Callable[[Store, int, Row], Row]
    keyed_when_unlimited: bool = False
    hidden_in_lists: tuple[str, ...] = ()

    def rows(self, store: Store) -> Rows:
        rows: Rows = getattr(store, self.name)
        return rows

    def index(self, store: Store, call: Call) -> Reply:
        """The list; payments and shippings turn into an id-keyed object with `items_per_page=0`."""
        with store.lock:
            found = [row for row in self.rows(store).values() if _matches(row, call.query, self.name)]
        answer = envelope(self.name, found, self._list_row, call.query, store.options)
        if self.keyed_when_unlimited and not answer["params"]["items_per_page"]:
            answer[self.name] = php.array({row[self.key]: row for row in answer[self.name]})
        return Reply(200, answer)

    def _list_row(self, row: Row) -> Row:
        return {name: php.arrays(value) for name, value in row.items() if name not in self.hidden_in_lists}

    def get(self, store: Store, call: Call) -> Reply:
        return Reply(200, php.arrays(self._found(store, call)))

    def create(self, store: Store, call: Call) -> Reply:
        if php.empty(call.body.get(self.required)):
            raise ApiError(400, f"The field {self.required} is required")
        with store.lock:
            number = store.next_key(self.rows(store))
            row = self.blank(store, number, call.body) | call.body
            row[self.key] = str(number)
            self.rows(store)[number] = row
        return Reply(201, {self.key: number})

    def update(self, store: Store, call: Call) -> Reply:
        row = self._found(store, call)
        with store.lock:
            row.update({name: value for name, value in call.body.items() if name != self.key})
        return Reply(200, {self.key: call.number})

    def delete(self, store: Store, call: Call) -> Reply:
        self._found(store, call)
        with store.lock:
            self.rows(store).pop(call.number, None)
        return Reply(204, None)

    def _found(self, store: Store, call: Call) -> Row:
        row = self.rows(store).get(call.number)
        if row is None:
            raise ApiError(404)
        return row


def _matches(row: Row, query: dict[str, Any], name: str) -> bool:
    if name == "statuses":
        return bool(row["type"] == str(query.get("type", "O")))
    if name == "settings" and not php.empty(query.get("section_id")):
        return bool(row["section_id"] == str(query["section_id"]))
    if name == "categories" and "parent_category_id" in query and row["parent_id"] != str(query["parent_category_id"]):
        return False
    wanted = php.values(query.get("status"))
    return not wanted or row.get("status") in wanted


def _new_status(store: Store, number: int, body: Row) -> Row:
    """The status code sent if it is free, else refused; without one the first free letter."""
    kind = str(body.get("type") or "O")
    used = {row["status"] for row in store.statuses.values() if row["type"] == kind} | {"T"}
    code = str(body.get("status") or next((one for one in string.ascii_uppercase if one not in used), ""))
    if not code or code in used or len(code) != 1:
        raise ApiError(400, "The status cannot be created")
    return {
        "type": kind,
        "status": code,
        "is_default": "N",
        "position": str(number * 10),
        "email_subj": "",
        "email_header": "",
        "lang_code": "en",
        "params": {},
    }


def _new_tax(store: Store, number: int, body: Row) -> Row:
    return {
        "address_type": "S",
        "status": "A",
        "price_includes_tax": "N",
        "display_including_tax": "N",
        "priority": "0",
        "regnumber": "",
        "rates": {},
    }


STATUSES = Table("statuses", "status_id", "description", _new_status)
PAYMENTS = Table(
    "payments",
    "payment_id",
    "payment",
    lambda store, number, body: payment(number, ""),
    keyed_when_unlimited=True,
)
SHIPPINGS = Table(
    "shippings",
    "shipping_id",
    "shipping",
    lambda store, number, body: shipping(number, ""),
    keyed_when_unlimited=True,
    hidden_in_lists=("rates", "rate_calculation", "service_id", "service_params"),
)
TAXES = Table("taxes", "tax_id", "tax", _new_tax, hidden_in_lists=("rates",))
CATEGORIES = Table("categories", "category_id", "category", lambda store, number, body: {})
SETTINGS = Table("settings", "object_id", "name", lambda store, number, body: {})


def update_setting(store: Store, call: Call) -> Reply:
    """`PUT /settings/:object_id` takes `value` alone."""
    row = store.settings.get(call.number)
    if row is None:
        raise ApiError(404)
    if "value" not in call.body:
        raise ApiError(400, "The field value is required")
    row["value"] = call.body["value"]
    return Reply(200, {"object_id": call.number})


def list_companies(store: Store, call: Call) -> Reply:
    """`GET /stores` or `/vendors`: the params say nothing, not even the total."""
    rows = [row for row in store.companies.values() if _matches(row, call.query, call.entity)]
    _, _, page = page_of(rows, call.query, store.options)
    return Reply(200, {call.entity: list(page), "params": [0]})


def get_company(store: Store, call: Call) -> Reply:
    """`GET /stores/:id` or `/vendors/:id`."""
    row = store.companies.get(call.number)
    if row is None:
        raise ApiError(404)
    return Reply(200, row)


def list_languages(store: Store, call: Call) -> Reply:
    """`GET /languages`: keyed by code."""
    params = {**call.query, "page": 1, "items_per_page": 0, "total_items": len(store.languages)}
    return Reply(200, {"languages": store.languages, "params": params})


def get_version(store: Store, call: Call) -> Reply:
    """`GET /version`: the version of the API this call used."""
    return Reply(200, {"Version": call.version})


def list_versions(store: Store, call: Call) -> Reply:
    """`GET /versions`: unknown to old builds."""
    if store.options.old_build:
        raise ApiError(404)
    return Reply(200, list(API_VERSIONS))
