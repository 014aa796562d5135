"""A store of recorded answers in PHP's JSON: strings for numbers, lists or maps, `[]` for nothing."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses
from requests import PreparedRequest

from core.cscart.transport import Access, StoreClient
from core.http import Http
from tests.clients.amazon_kit import text

SHOP = "https://shop.example"
EMAIL = "api@shop.example"
API_KEY = "k3Yz0123456789abcdefABCDEF987654"
BASIC = base64.b64encode(f"{EMAIL}:{API_KEY}".encode()).decode()
ACCESS = Access("main", SHOP, EMAIL, API_KEY)
MARKER = "113-1234567-1234567"

HTML = "<html><head><title>Log in</title></head><body><b>Please</b> sign in</body></html>"
NOT_FOUND = (404, {"message": "Not Found", "status": 404})

Reply = Any
"""A body, or (status, body), or (status, body, headers), or a function of the call that gives one of these."""


@dataclass(frozen=True)
class Call:
    """One request as the store saw it; `path` is below the API version."""

    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any
    headers: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def get(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)


class Shop:
    """Answers by `METHOD path`; whatever is not recorded is 404, as in the real API."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.replies: dict[str, Reply] = {}
        self.calls: list[Call] = []
        for method in (responses.GET, responses.POST, responses.PUT, responses.DELETE):
            mock.add_callback(method, re.compile(re.escape(SHOP)), self._answer)

    def on(self, call: str, reply: Reply) -> Shop:
        """Record the reply to `METHOD path`."""
        self.replies[call] = reply
        return self

    def each(self, call: str, *replies: Reply) -> Shop:
        """Record replies for one after the other; the last one stays."""
        left = list(replies)
        return self.on(call, lambda seen: left.pop(0) if len(left) > 1 else left[0])

    def made(self) -> list[str]:
        """All calls so far, in short."""
        return [str(call) for call in self.calls]

    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.method != "GET"]

    def _answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(str(request.url))
        path, query = parts.path, parse_qsl(parts.query, keep_blank_values=True)
        if path == "/api.php":
            path = "/api.php:" + next((value for name, value in query if name == "_d"), "")
        body = json.loads(text(request)) if request.body else None
        call = Call(str(request.method), path, query, body, request.headers)
        self.calls.append(call)
        assert len(self.calls) < 500, "the client asks without end"
        reply = self.replies.get(str(call), NOT_FOUND)
        while callable(reply):
            reply = reply(call)
        status, content, headers = (*reply, {})[:3] if isinstance(reply, tuple) else (200, reply, {})
        data = content if isinstance(content, str) else json.dumps(content)
        return status, headers, data.encode()


def client(http: Http, **changes: Any) -> StoreClient:
    """A client of the example store."""
    return StoreClient(replace(ACCESS, **changes), http)


def listed(entity: str, rows: Any, total: Any = None, **params: Any) -> dict[str, Any]:
    """A list answer with its envelope."""
    count = {} if total is None else {"total_items": str(total)}
    return {entity: rows, "params": {"ajax_custom": "1", "page": 1, **params, **count}}


def paged(entity: str, rows: list[Any], *, clamp: bool = True, cap: int = 10_000) -> Callable[[Call], Reply]:
    """A list that pages like the store: a page beyond the last repeats the last."""

    def reply(call: Call) -> Reply:
        size = min(int(call.get("items_per_page", "10")), cap)
        last = max(-(-len(rows) // size), 1)
        page = int(call.get("page", "1"))
        if clamp:
            page = min(page, last)
        return listed(entity, rows[(page - 1) * size : page * size], len(rows), page=page, items_per_page=size)

    return reply


def keyed(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """The same rows as an object keyed by id, or `[]` when there are none."""
    result: Any = {str(row[key]): row for row in rows} or []
    return result  # type: ignore[no-any-return]


def product(product_id: int, sku: str, **changes: Any) -> dict[str, Any]:
    """A short product row."""
    return {
        "product_id": str(product_id),
        "product_code": sku,
        "product": f"Product {product_id}",
        "product_type": "P",
        "status": "A",
        "company_id": "1",
        "list_price": "0.00",
        "price": "19.990000",
        "amount": "15",
        "weight": "0.500",
        "tracking": "B",
        "is_edp": "N",
        "zero_price_action": "R",
        "category_ids": [166],
        "main_pair": [],
        **changes,
    }


def order(order_id: int, marker: str = "", **changes: Any) -> dict[str, Any]:
    """A whole order, made by an import when `marker` is given."""
    return {
        "order_id": str(order_id),
        "is_parent_order": "N",
        "parent_order_id": "0",
        "company_id": "1",
        "issuer_id": None,
        "status": "P",
        "timestamp": "1763800000",
        "updated_at": "1763800100",
        "total": "41.99",
        "subtotal": 37,
        "discount": "0.00",
        "shipping_cost": "4.99",
        "email": f"{marker}@orders.invalid" if marker else "ann@buyer.example",
        "details": f"amazon_order_id={marker}\nMarketplace: DE" if marker else "",
        "notes": "",
        "payment_info": {"transaction_id": marker} if marker else [],
        "products": {
            "822274303": {
                "item_id": "822274303",
                "order_id": str(order_id),
                "product_id": "12",
                "product_code": "LAMP-1",
                "price": "18.50",
                "amount": "2",
                "extra": {"amazon_order_item_id": "05412345", "product_options": [], "stored_price": "Y"},
            }
        },
        "taxes": [],
        "shipping": [{"shipping_id": "9", "rate": 0}],
        **changes,
    }


def plain_row(order_id: int, email: str) -> dict[str, Any]:
    """An order in a list without `get_orders_data`."""
    return {"order_id": str(order_id), "email": email, "status": "P", "total": "41.99", "timestamp": "1763800000"}


Row = dict[str, Any]

PAYMENTS: list[Row] = [
    {"payment_id": "1", "payment": "PayPal", "status": "A", "processor_id": "5", "processor_params": {"key": "x"}},
    {"payment_id": "6", "payment": "Cash on delivery", "status": "A", "processor_id": "0", "tax_ids": []},
    {"payment_id": "7", "payment": "Old", "status": "D", "processor_id": None},
]
SHIPPINGS: list[Row] = [
    {"shipping_id": "1", "shipping": "Standard", "status": "A", "company_id": "1"},
    {"shipping_id": "4", "shipping": "Express", "status": "D", "company_id": "1"},
]
TAXES: list[Row] = [{"tax_id": "6", "tax": "VAT", "status": "A", "price_includes_tax": "Y"}]
STATUSES: list[Row] = [
    {"status_id": "1", "status": "O", "type": "O", "description": "Open", "params": {"inventory": "D", "notify": "Y"}},
    {"status_id": "2", "status": "P", "type": "O", "description": "Processed", "params": {"inventory": "D"}},
    {"status_id": "5", "status": "I", "type": "O", "description": "Canceled", "params": {"inventory": "I"}},
    {"status_id": "9", "status": "N", "type": "O", "description": "Incomplete", "params": []},
    {"status_id": "30", "status": "A", "type": "G", "description": "Gift", "params": []},
]
SETTINGS: list[Row] = [
    {"object_id": "1", "name": "inventory_tracking", "value": "Y", "section_id": "2"},
    {"object_id": "2", "name": "allow_negative_amount", "value": "Y", "section_id": "2"},
    {"object_id": "3", "name": "min_order_amount", "value": "0", "section_id": "2"},
    {"object_id": "4", "name": "", "value": "header"},
    {"object_id": "5", "name": "empty", "value": None},
]


def healthy(shop: Shop, api: str = "/api/2.1") -> Shop:
    """A store in which all goes well, with a storefront."""
    shop.on(f"GET {api}/products", product_list([product(12, "LAMP-1"), product(13, "MUG")]))
    shop.on(f"GET {api}/orders", order_list([order(101), order(102, MARKER)]))
    shop.on(f"GET {api}/payments", listed("payments", keyed(PAYMENTS, "payment_id")))
    shop.on(f"GET {api}/shippings", listed("shippings", keyed(SHIPPINGS, "shipping_id")))
    shop.on(f"GET {api}/taxes", listed("taxes", TAXES))
    shop.on(f"GET {api}/statuses", listed("statuses", STATUSES))
    shop.on(f"GET {api}/settings", listed("settings", SETTINGS))
    shop.on(f"GET {api}/stores", {"stores": [{"company_id": "1", "storefront": "shop.example"}], "params": [0]})
    shop.on(f"GET {api}/stores/1/orders", order_list([order(101)]))
    shop.on("GET /", "CS-Cart: version 4.18.2 ULTIMATE")
    versions = "GET /api/versions" if api.startswith("/api/") else "GET /api.php:versions"
    return shop.on(versions, ["1.0", "2.0", "2.1", "4.0"])


def product_list(rows: list[dict[str, Any]]) -> Callable[[Call], Reply]:
    """A product list that knows the exact filter by code, blind to case as MySQL is."""

    def reply(call: Call) -> Reply:
        codes = {value.lower() for name, value in call.query if name == "filter_params[product_code][]"}
        chosen = [row for row in rows if not codes or str(row["product_code"]).lower() in codes]
        return paged("products", chosen)(call)

    return reply


def order_list(rows: list[dict[str, Any]]) -> Callable[[Call], Reply]:
    """An order list that knows `email` (part of it), `order_id` and `updated_at_from`."""

    def reply(call: Call) -> Reply:
        ids = set(filter(None, call.get("order_id").split(",")))
        chosen = [
            row
            for row in rows
            if call.get("email").lower() in row["email"].lower()
            and (not ids or row["order_id"] in ids)
            and int(row.get("updated_at", 0)) >= int(call.get("updated_at_from", "0"))
        ]
        chosen.sort(key=lambda row: int(row["order_id"]), reverse=call.get("sort_order", "desc") == "desc")
        return paged("orders", chosen)(call)

    return reply
