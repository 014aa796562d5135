"""`GET /orders`: filters, sorting and what a page holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.store import php
from sandbox.store.columns import timestamp
from sandbox.store.model import StoreOrder
from sandbox.store.money import decimal
from sandbox.store.order_view import ISSUER_NAME, full, row
from sandbox.store.paging import envelope
from sandbox.store.state import Store
from sandbox.store.stock import INCOMPLETE

Query = dict[str, Any]
Test = Callable[[StoreOrder], bool]

SORTS: dict[str, Callable[[StoreOrder], Any]] = {
    "order_id": lambda order: order.order_id,
    "status": lambda order: (order.status, order.order_id),
    "customer": lambda order: (order.profile.get("lastname", ""), order.profile.get("firstname", "")),
    "email": lambda order: order.email,
    "date": lambda order: (order.timestamp, order.order_id),
    "total": lambda order: order.total,
}


def list_orders(store: Store, query: Query, company_id: int | None) -> dict[str, Any]:
    """The envelope of `GET /orders`; with `get_orders_data=1` each row is the full object."""
    found = find_orders(store, query, company_id)
    sort_by = str(query.get("sort_by", ""))
    sort_by = sort_by if sort_by in SORTS else "date"
    descending = str(query.get("sort_order", "desc")) != "asc"
    found.sort(key=SORTS[sort_by], reverse=descending)
    show = row if php.empty(query.get("get_orders_data")) else full
    return envelope(
        "orders",
        found,
        lambda order: show(store, order),
        query,
        store.options,
        sort=(sort_by, "desc" if descending else "asc"),
        total_when_unlimited=False,
        repeats_end=False,
    )


def find_orders(store: Store, query: Query, company_id: int | None) -> list[StoreOrder]:
    """Orders the filters of `query` let through, in no order."""
    tests = _tests(store, query)
    if company_id is not None:
        tests.append(lambda order: order.company_id == company_id)
    return [order for order in _candidates(store, query) if all(test(order) for test in tests)]


def _candidates(store: Store, query: Query) -> list[StoreOrder]:
    """The narrowest set a look-up gives; the tests do the rest."""
    if not php.empty(query.get("order_id")):
        ids = php.integers(query["order_id"])
        return [order for number in ids if (order := store.orders.get(number)) is not None]
    if not php.empty(query.get("email")) and not store.options.email_filter_ignored:
        return store.orders_with("email", str(query["email"]).strip())
    if not php.empty(query.get("company")):
        return store.orders_with("company", str(query["company"]).strip())
    return store.all_orders()


def _tests(store: Store, query: Query) -> list[Test]:
    tests = [_visible(query)]
    tests += _text_tests(store, query)
    tests += _id_tests(query)
    tests += _time_tests(store, query)
    if not php.empty(query.get("total_from")):
        least = decimal(query["total_from"])
        tests.append(lambda order: order.total >= least)
    if not php.empty(query.get("total_to")):
        most = decimal(query["total_to"])
        tests.append(lambda order: order.total <= most)
    if not php.empty(query.get("no_issuer")):
        tests.append(lambda order: order.issuer_id is None)
    if not php.empty(query.get("issuer")):
        pattern = php.like(str(query["issuer"]))
        tests.append(lambda order: order.issuer_id is not None and bool(pattern.search(ISSUER_NAME)))
    return tests


def _visible(query: Query) -> Test:
    """Parents never show; incomplete orders only when asked for by status or by switch."""
    wanted = set(php.values(query.get("status")))
    incomplete = not php.empty(query.get("include_incompleted"))

    def test(order: StoreOrder) -> bool:
        if order.is_parent_order:
            return False
        if wanted:
            return order.status in wanted
        return incomplete or order.status != INCOMPLETE

    return test


def _text_tests(store: Store, query: Query) -> list[Test]:
    tests: list[Test] = []
    email, company, phone, name = (
        str(query.get(key, "") or "").strip() for key in ("email", "company", "phone", "cname")
    )
    if email and not store.options.email_filter_ignored:
        matches_email = php.like(email).search
        tests.append(lambda order: bool(matches_email(order.email)))
    if company:
        matches_company = php.like(company).search
        tests.append(lambda order: bool(matches_company(order.company)))
    digits = "".join(char for char in phone if char.isdigit())
    if digits:
        tests.append(lambda order: digits in "".join(filter(str.isdigit, order.profile.get("phone", ""))))
    if name:
        matches_name = php.like(name).search
        tests.append(
            lambda order: bool(
                matches_name(f"{order.profile.get('firstname', '')} {order.profile.get('lastname', '')}")
            )
        )
    return tests


def _id_tests(query: Query) -> list[Test]:
    tests: list[Test] = []
    getters: dict[str, Callable[[StoreOrder], set[int]]] = {
        "payments": lambda order: {order.payment_id},
        "shippings": lambda order: {one.shipping_id for one in order.shipping},
        "p_ids": lambda order: {line.product_id for line in order.lines.values()},
        "user_id": lambda order: {order.user_id},
        "company_id": lambda order: {order.company_id},
        "parent_order_id": lambda order: {order.parent_order_id},
    }
    for name, getter in getters.items():
        wanted = php.integers(query.get(name))
        if wanted:
            tests.append(_meets(getter, wanted))
    return tests


def _meets(getter: Callable[[StoreOrder], set[int]], wanted: set[int]) -> Test:
    return lambda order: not wanted.isdisjoint(getter(order))


def _time_tests(store: Store, query: Query) -> list[Test]:
    tests: list[Test] = []
    start, end = window(query, store.now())
    if start is not None:
        tests.append(lambda order: order.timestamp >= start)
    if end is not None:
        tests.append(lambda order: order.timestamp <= end)
    if store.options.old_build:
        return tests
    if not php.empty(query.get("updated_at_from")):
        since = php.integer(query["updated_at_from"])
        tests.append(lambda order: order.updated_at >= since)
    if not php.empty(query.get("updated_at_to")):
        until = php.integer(query["updated_at_to"])
        tests.append(lambda order: order.updated_at <= until)
    return tests


def window(query: Query, now: int) -> tuple[int | None, int | None]:
    """The creation window in unix seconds; `time_from` and `time_to` count only with a `period`."""
    period = str(query.get("period", "") or "A")
    if period == "A":
        return None, None
    if period == "C":
        return _bound(query.get("time_from")), _bound(query.get("time_to"))
    hours = {"HH": 24, "HW": 7 * 24, "HM": 30 * 24, "HC": php.integer(query.get("last_days")) * 24}
    if period in hours:
        return now - hours[period] * 3600, now
    return _calendar(period, now)


def _bound(value: Any) -> int | None:
    return None if php.empty(value) else timestamp(value)


def _calendar(period: str, now: int) -> tuple[int | None, int | None]:
    """This (D, W, M, Y) or the last (LD, LW, LM, LY) day, week, month or year, in UTC."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "D": today,
        "W": today - timedelta(days=today.weekday()),
        "M": today.replace(day=1),
        "Y": today.replace(month=1, day=1),
    }
    start = starts.get(period[-1])
    if start is None:
        return None, None
    if not period.startswith("L"):
        return int(start.timestamp()), now
    before = start - timedelta(seconds=1)
    previous = _calendar(period[-1], int(before.timestamp()))[0]
    return previous, int(before.timestamp())
