"""Compares what the store holds with what a right import of the world would have made of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sandbox.store.model import StoreOrder
from sandbox.store.money import decimal
from sandbox.store.state import Store
from sandbox.world.build import World
from sandbox.world.order import Expected, WorldOrder

CANCELLED = frozenset({"I", "D"})
"""Statuses of an order given up, such as the second of two that were created by mistake."""

_SUMS = ("total", "shipping_cost", "payment_surcharge", "subtotal_discount")

AT_WORK = frozenset({"P", "C"})
"""Statuses of an order in which its parcels leave."""

AMAZON_ID = re.compile(r"\d{3}-\d{7}-\d{7}")


@dataclass
class Audit:
    """The verdict. `ok` is True when nothing is missing, doubled, wrong or stray and all stock is right."""

    ok: bool = False
    expected: int = 0
    """Orders that should be in the store."""
    created: int = 0
    """Those of them that are there exactly once and exactly right."""
    held: int = 0
    """Orders that should be held, and so not be in the store."""
    ignored: int = 0
    """Orders that should be left alone."""
    missing: list[str] = field(default_factory=list)
    """Amazon ids of orders that should be in the store and are not."""
    doubled: list[tuple[str, list[int]]] = field(default_factory=list)
    """Amazon id and the store's ids, where more than one live order stands for it."""
    cancelled_doubles: list[tuple[str, list[int]]] = field(default_factory=list)
    """Amazon id and the store's ids of doubles that were cancelled, leaving one live order: harmless."""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """Amazon id and what is wrong about its order."""
    stray: list[int] = field(default_factory=list)
    """Store ids of orders that should not be there: held, ignored or unknown ones."""
    stock_wrong: list[tuple[int, str]] = field(default_factory=list)
    """Product id and what is wrong about its stock."""
    expected_held: dict[str, str] = field(default_factory=dict)
    """Amazon id of each order that should be held -> its code."""
    mails: int = 0
    """Mails the store would have sent."""

    def as_dict(self) -> dict[str, Any]:
        """The verdict ready for JSON."""
        return {
            **vars(self),
            "doubled": [list(pair) for pair in self.doubled],
            "cancelled_doubles": [list(pair) for pair in self.cancelled_doubles],
            "wrong": [list(pair) for pair in self.wrong],
            "stock_wrong": [list(pair) for pair in self.stock_wrong],
        }


def audit(world: World, store: Store, others: Iterable[WorldOrder] = ()) -> Audit:
    """Judge the store's orders and stock against the expectations of `world` and of other sellers' orders."""
    sold = [*world.orders, *others]
    result = Audit(mails=len(store.mails))
    orders = [order for order in store.all_orders() if not order.is_parent_order]
    # What buyers ordered in the store itself is none of Amazon's business, but it takes stock.
    ours = [order for order in orders if order.issuer_id is not None]
    by_amazon_id, unknown = _by_amazon_id(ours, {order.order_id for order in sold})
    result.stray += unknown
    shipped = {shipment.order_id for shipment in store.shipments.values()}
    for order in sold:
        found = by_amazon_id.get(order.order_id, [])
        if order.expected.outcome == "created":
            _judge(
                result, order.order_id, order.expected, _whole(found) if store.options.multivendor else found, shipped
            )
            continue
        result.stray += [one.order_id for one in found]
        if order.expected.outcome == "held":
            result.held += 1
            result.expected_held[order.order_id] = order.expected.code or ""
        else:
            result.ignored += 1
    result.stray.sort()
    _judge_stock(result, store, orders)
    bad = (result.missing, result.doubled, result.wrong, result.stray, result.stock_wrong)
    result.ok = not any(bad)
    return result


def amazon_ids(order: StoreOrder) -> set[str]:
    """Amazon ids a store order speaks of: in e-mail, company, staff note or the transaction id."""
    transaction = str(order.payment_info.get("transaction_id", ""))
    return set(AMAZON_ID.findall(f"{order.email}\n{order.company}\n{order.details}\n{transaction}"))


def _by_amazon_id(orders: list[StoreOrder], known: set[str]) -> tuple[dict[str, list[StoreOrder]], list[int]]:
    """Store orders by the Amazon id they stand for, and the ids of those that stand for none."""
    found: dict[str, list[StoreOrder]] = defaultdict(list)
    unknown: list[int] = []
    for order in orders:
        ids = amazon_ids(order) & known
        if len(ids) == 1:
            found[ids.pop()].append(order)
        else:
            unknown.append(order.order_id)
    return found, unknown


def _judge(
    result: Audit, amazon_id: str, expected: Expected, found: list[StoreOrder], shipped: Collection[int]
) -> None:
    result.expected += 1
    if not found:
        result.missing.append(amazon_id)
        return
    chosen = _the_one(expected, found)
    if chosen is None:
        result.doubled.append((amazon_id, sorted(order.order_id for order in found)))
        return
    if len(found) > 1:
        others = sorted(order.order_id for order in found if order is not chosen)
        result.cancelled_doubles.append((amazon_id, others))
    faults = list(_faults(expected, chosen, shipped=chosen.order_id in shipped))
    result.wrong += [(amazon_id, fault) for fault in faults]
    result.created += not faults


def _whole(found: list[StoreOrder]) -> list[StoreOrder]:
    """Live orders of different vendors as the one that they are together; anything else as it is."""
    live = [order for order in found if order.status not in CANCELLED] or found
    vendors = [order.company_id for order in live]
    foreign = [line for order in live for line in order.lines.values() if line.company_id != order.company_id]
    same = {(order.status, order.timestamp, order.payment_id) for order in live}
    if len(live) < 2 or len(set(vendors)) < len(vendors) or foreign or len(same) > 1:
        return found
    lines = {(order.order_id << 32) + number: line for order in live for number, line in order.lines.items()}
    sums = {name: sum((getattr(order, name) for order in live), Decimal(0)) for name in _SUMS}
    one = replace(live[0], lines=lines, taxes={}, **sums)
    return [one, *(order for order in found if order.status in CANCELLED and order not in live)]


def _the_one(expected: Expected, found: list[StoreOrder]) -> StoreOrder | None:
    """The order that counts when all others are cancelled; None when several are live."""
    live = [order for order in found if order.status not in CANCELLED]
    if len(live) > 1:
        return None
    if live:
        return live[0]
    # All cancelled: right only if that is how the order should end, and then the oldest is the original.
    return min(found, key=lambda order: order.order_id)


def _faults(expected: Expected, order: StoreOrder, *, shipped: bool) -> list[str]:
    """What differs, in words, each with the store's order id."""
    # Whoever ships an order may complete it, before Amazon knows of it or after.
    at_work = shipped and {order.status, expected.status} <= AT_WORK
    where = f"store order {order.order_id}: "
    compared: list[tuple[str, object, object]] = [
        ("total", order.total, expected.total),
        ("status", expected.status if at_work else order.status, expected.status),
        ("timestamp", order.timestamp, expected.timestamp),
        ("payment", order.payment_id, expected.payment_id),
    ]
    if expected.shipping_id is not None:
        compared.append(("shipping", [one.shipping_id for one in order.shipping], [expected.shipping_id]))
    faults = [
        f"{where}{name} is {actual}, expected {wanted}"
        for name, actual, wanted in compared
        if wanted is not None and actual != wanted
    ]
    actual_lines = summed_lines(order)
    for product_id in sorted(actual_lines.keys() | expected.lines.keys()):
        actual, wanted = actual_lines.get(product_id), expected.lines.get(product_id)
        if actual != wanted:
            faults.append(f"{where}product {product_id} is {_line(actual)}, expected {_line(wanted)}")
    return faults + [where + fault for fault in _sum_faults(order)]


def _sum_faults(order: StoreOrder) -> list[str]:
    """Whether the parts of the order add up to its total, as its own books have it."""
    goods = sum((line.subtotal for line in order.lines.values()), Decimal(0))
    taxes = sum(
        (
            decimal(tax.get("tax_subtotal"))
            for tax in order.taxes.values()
            if isinstance(tax, dict) and tax.get("price_includes_tax") != "Y"
        ),
        Decimal(0),
    )
    parts = goods + order.shipping_cost + taxes + order.payment_surcharge - order.subtotal_discount
    return [] if parts == order.total else [f"parts add up to {parts}, total is {order.total}"]


def summed_lines(order: StoreOrder) -> dict[int, tuple[int, Decimal]]:
    """Product id -> (summed quantity, summed line amount after discount)."""
    lines: dict[int, tuple[int, Decimal]] = {}
    for line in order.lines.values():
        quantity, amount = lines.get(line.product_id, (0, Decimal(0)))
        lines[line.product_id] = (quantity + line.amount, amount + line.subtotal)
    return lines


def _line(pair: tuple[int, Decimal] | None) -> str:
    return "absent" if pair is None else f"{pair[0]} for {pair[1]}"


def _judge_stock(result: Audit, store: Store, orders: list[StoreOrder]) -> None:
    """Stock must be what it was at the start less what live orders hold."""
    taken: Counter[int] = Counter()
    for order in orders:
        if store.inventory_effect(order.status) == "D":
            for line in order.lines.values():
                taken[line.product_id] += line.amount
    for product in list(store.products.values()):
        wanted = product.initial_amount
        if product.tracking != "D":
            wanted -= taken[product.product_id]
        if product.amount != wanted:
            result.stock_wrong.append((product.product_id, f"is {product.amount}, expected {wanted}"))
