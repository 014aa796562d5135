"""What the plan says of one order now: what the store would get, why it is held or left, or what it became.

Nothing is written but products into the mirror and a line in the audit, because buyers' names and addresses are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.documents import NOT_SHOWN
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.store import Store, StoreLookup, StoreProduct
from core.orders.channel_rules import channel_rules
from core.orders.detail import address_lines
from core.orders.document import Order
from core.orders.goods import Goods, endless
from core.orders.list import OrderView, not_read, only_figures_left, order_key, order_rows
from core.orders.plan.decide import Change, Create, Follow, Leave, plan_order
from core.orders.plan.store_order import PlannedOrder
from core.orders.planning import linked_to, links_of, readable, rules_for
from core.people.audit import record
from core.people.rights import require_channel
from core.sync.decisions import Hold
from core.workspace import Workspace

_ASKED_FOR = ("buyer", "recipient", "proceeds", "fulfillment", "payment")


@dataclass(frozen=True)
class PreviewLine:
    """One line; product and prices are None where the plan has none."""

    sku: str
    product_id: int | None
    name: str
    quantity: int
    unit_price: Decimal | None
    total: Decimal | None


@dataclass(frozen=True)
class OrderPreview:
    """One order as it is and as it would be; holds personal data.

    `outcome` is `create`, `status` (its store order would get another status), `hold`, `leave` (nothing to do). Amounts
    are in `currency`, which is the store's where the order can be planned, else Amazon's; None where nobody can tell.
    """

    order: OrderView = field(metadata=NOT_SHOWN)
    outcome: str
    code: str = ""
    message: str = ""
    """Why it is held or left, or what would change."""
    fix: str = ""
    lines: tuple[PreviewLine, ...] = ()
    shipping_cost: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    currency: str = ""
    payment: str = ""
    shipping: str = ""
    status: str = ""
    """By name, with the number or status code of the store."""
    date: datetime | None = None
    address: tuple[str, ...] = ()
    """Where it goes, line by line."""
    notes: tuple[str, ...] = ()
    """The staff notes of the store order."""
    not_sent: tuple[str, ...] = ()
    """Blocks of the order that Amazon was asked for and left out, as it calls them."""


@dataclass(frozen=True)
class _Names:
    """What the store calls what the plan names by number."""

    lookups: dict[tuple[str, str], str] = field(default_factory=dict)
    products: dict[int, str] = field(default_factory=dict)

    def of(self, kind: str, key: object) -> str:
        name = self.lookups.get((kind, str(key)), "")
        return f"{name} ({key})" if name else str(key)


def preview(workspace: Workspace, actor: Actor, channel_name: str, order_id: str) -> OrderPreview:
    """Plan one order without doing anything; asks the store for products that the mirror does not know.

    Raises UsageError for an order that was not read or whose personal data is deleted, and what the store's client
    raises.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        key = order_key(session, channel, order_id)
        row = session.get(AmazonOrder, key) if key else None
        store = session.get_one(Store, channel.store_id)
        rules = channel_rules(session, channel, store)
        links = links_of(session, channel, [order_id]).get(order_id, [])
    if row is None or key is None:
        raise not_read(channel_name, order_id)
    rules = rules_for(row, rules)
    if row.raw is None:
        raise only_figures_left(channel_name, order_id, row.fingerprint)
    with workspace.database.write() as session:
        record(session, actor, "order.preview", f"order {order_id}", channel=channel.name)
    (view,) = order_rows(workspace.database, actor, [key])
    order = readable(row)
    if isinstance(order, Hold):
        return OrderPreview(view, "hold", order.code, order.message, order.fix)
    goods = Goods(workspace, workspace.store_client(store))
    rules, products = goods.find(channel, store, rules, [order])
    # One that is in the store has taken its goods.
    products = endless(products) if links else goods.left(order, products)
    decision = plan_order(order, rules, products, linked_to(links), row.held_by)
    # What an order that is in the store already, or is left, would be made of.
    whole = decision if isinstance(decision, Create) else plan_order(order, rules, products)
    planned = whole.orders if isinstance(whole, Create) else ()
    with workspace.database.read() as session:
        names = _names(session, store, planned)
    shown = _of_plan(planned, names) if planned else _of_amazon(order)
    shown["not_sent"] = tuple(block for block in _ASKED_FOR if not row.raw.get(block))
    if isinstance(decision, Hold):
        return OrderPreview(view, "hold", decision.code, decision.message, decision.fix, **shown)
    if isinstance(decision, Follow):
        message = " ".join(_changed(change, names) for change in decision.changes)
        return OrderPreview(view, "status", message=message, **shown)
    if isinstance(decision, Leave):
        return OrderPreview(view, "leave", message=_left(links, decision), **shown)
    return OrderPreview(view, "create", message=_made(links, decision), **shown)


def _changed(change: Change, names: _Names) -> str:
    found = [f"gets status {names.of('status', change.status_code)}"] * (change.status_code != change.expected)
    found += ["gets the address that Amazon has sent since"] * (change.lacking is not None)
    found += ["is compared with the units that Amazon has now"] * bool(change.sold)
    return f"Store order {change.store_order_id} {', '.join(found)}."


def _left(links: Sequence[OrderLink], decision: Leave) -> str:
    if not links:
        return f"It is not imported: {decision.reason}."
    return f"It is store order {_numbers(links)}; {decision.reason}."


def _made(links: Sequence[OrderLink], decision: Create) -> str:
    if links and len(links) >= links[0].parts:
        return f"Store order {_numbers(links)} would be made exact."
    vendors = [str(one.vendor_id) for one in decision.orders if one.parts > 1]
    if vendors:
        return f"It would be created in the store as one order for each of the vendors {', '.join(vendors)}."
    return "It would be created in the store."


def _numbers(links: Sequence[OrderLink]) -> str:
    return ", ".join(str(link.store_order_id) for link in links)


def _names(session: Session, store: Store, planned: Sequence[PlannedOrder]) -> _Names:
    lookups = session.exec(select(StoreLookup).where(col(StoreLookup.store_id) == store.id)).all()
    ids = [product for one in planned for product in one.products]
    products = session.exec(
        select(StoreProduct.product_id, StoreProduct.name).where(
            col(StoreProduct.store_id) == store.id, col(StoreProduct.product_id).in_(ids)
        )
    ).all()
    return _Names({(row.kind, row.key): row.name for row in lookups}, dict(products))


def _of_plan(parts: Sequence[PlannedOrder], names: _Names) -> dict[str, Any]:
    """What the store would get; of several parts all together."""
    planned = parts[0]
    return {
        "lines": tuple(
            PreviewLine(
                line.sku, line.product_id, names.products.get(line.product_id, ""), line.amount, line.price, line.total
            )
            for one in parts
            for line in one.lines
        ),
        "shipping_cost": sum((one.shipping_cost for one in parts), Decimal(0)),
        "tax": sum((one.tax for one in parts), Decimal(0)),
        "total": sum((one.total for one in parts), Decimal(0)),
        "currency": planned.currency,
        "payment": names.of("payment", planned.payment_id),
        "shipping": names.of("shipping", planned.shipping_id),
        "status": names.of("status", planned.status),
        "date": datetime.fromtimestamp(planned.timestamp, UTC),
        "address": _store_address(planned),
        "notes": tuple(planned.details.splitlines()),
    }


def _store_address(planned: PlannedOrder) -> tuple[str, ...]:
    part = {name.removeprefix("s_"): value for name, value in planned.address.items() if name.startswith("s_")}
    return _lines(
        f"{part['firstname']} {part['lastname']}",
        planned.address.get("company", ""),
        part["address"],
        part["address_2"],
        f"{part['zipcode']} {part['city']}",
        ", ".join(filter(None, (part["county"], part["state"], part["country"]))),
        part["phone"],
    )


def _of_amazon(order: Order) -> dict[str, Any]:
    """What there is to see of an order that cannot be planned."""
    return {
        "lines": tuple(PreviewLine(item.sku, None, item.title, item.quantity, None, None) for item in order.items),
        "total": order.grand_total,
        "currency": order.currency,
        "status": order.status,
        "date": order.created_at,
        "address": _lines(*address_lines(order.address), order.address.phone),
    }


def _lines(*texts: str) -> tuple[str, ...]:
    return tuple(stripped for text in texts if (stripped := text.strip()))
