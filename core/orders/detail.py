"""One order in full: its lines with prices, its money by parts, where people look at it; and, asked for, its buyer.

Lists never read what Amazon said of an order; this does, for one at a time. Names, addresses and messages of buyers
are given out by `buyer` alone, which writes down to whom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from sqlmodel import Session, col, select

from core.actor import Actor
from core.documents import NOT_SHOWN
from core.model.channel import Channel
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import Store
from core.money import round_to_unit
from core.orders.document import Address, Item, MalformedOrder, Order, read
from core.orders.invoice import invoice_of
from core.orders.list import OrderView, not_read, only_figures_left, order_key, order_rows
from core.orders.panels import seller_central_url, store_panel_url
from core.people.audit import record
from core.people.rights import require_channel
from core.vault import is_sealed
from core.workspace import Workspace

_ITEM, _SHIPPING, _DISCOUNT, _TAX = "ITEM", "SHIPPING", "DISCOUNT", "TAX"


@dataclass(frozen=True)
class OrderLine:
    """One line; title and amounts are empty once only figures are kept of the order. Amounts are Amazon's."""

    item_id: str
    sku: str
    asin: str
    quantity: int
    title: str = ""
    price: Decimal | None = None
    """Of one unit, rounded to what can be paid."""
    total: Decimal | None = None


@dataclass(frozen=True)
class OrderMoney:
    """What Amazon charged, by parts, as it told them; `discounts` are never positive."""

    currency: str
    subtotal: Decimal
    shipping: Decimal
    other: Decimal
    """Gift wrap, fees and tips."""
    discounts: Decimal
    tax: Decimal
    tax_included: bool | None
    """Whether the tax stands inside the other amounts; None where neither way adds up to the total."""
    total: Decimal | None


@dataclass(frozen=True)
class OrderDetail:
    """One order without personal data; `money` is None once only figures are kept."""

    view: OrderView = field(metadata=NOT_SHOWN)
    lines: tuple[OrderLine, ...]
    money: OrderMoney | None
    country: str
    """Where it goes."""
    gift_messages: int
    invoice: str
    """How it stands at Amazon, in words; empty where Amazon says nothing of it."""
    amazon_url: str
    store_url: str


@dataclass(frozen=True)
class Buyer:
    """Personal data of one order, line by line; for the one who asked, and nowhere else."""

    buyer: tuple[str, ...]
    address: tuple[str, ...]
    phone: str
    email: str
    purchase_order: str
    gift_messages: tuple[tuple[str, str], ...]
    """SKU and message."""
    cancel_reasons: tuple[str, ...]


def order_detail(workspace: Workspace, actor: Actor, channel_name: str, order_id: str) -> OrderDetail:
    """One order of a channel. Raises UsageError for one that was not read."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        row = _row(session, channel, channel_name, order_id)
        store = session.get_one(Store, channel.store_id)
        query = select(AmazonOrderItem).where(
            col(AmazonOrderItem.account_id) == row.account_id, col(AmazonOrderItem.order_id) == order_id
        )
        items = session.exec(query.order_by(col(AmazonOrderItem.id))).all()
    found = order_rows(workspace.database, actor, [row.id or 0])
    if not found:
        raise not_read(channel_name, order_id)
    order = _readable(row)
    return OrderDetail(
        view=found[0],
        lines=_lines(order) if order else tuple(OrderLine(i.item_id, i.sku, i.asin, i.quantity) for i in items),
        money=_money(order) if order and order.currency else None,
        country=order.address.country if order else "",
        gift_messages=sum(bool(item.gift_message) for item in order.items) if order else 0,
        invoice=invoice_of(row.raw or {}) if order else "",
        amazon_url=seller_central_url(workspace.settings, row.marketplace_id or channel.marketplace_id, order_id),
        store_url=store_panel_url(store, found[0].store_order_id, for_vendor=not actor.is_admin),
    )


def buyer(workspace: Workspace, actor: Actor, channel_name: str, order_id: str) -> Buyer:
    """Who ordered and where it goes; the audit says who has seen it.

    Raises UsageError for an order that was not read, or whose personal data is deleted or cannot be read.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        row = _row(session, channel, channel_name, order_id)
        order = _readable(row)
    if order is None:
        raise only_figures_left(channel_name, order_id, row.fingerprint)
    with workspace.database.write() as session:
        record(session, actor, "order.buyer", f"order {order_id}", channel=channel.name)
    return Buyer(
        buyer=_told(order.buyer_name, order.buyer_company),
        address=address_lines(order.address),
        phone=order.address.phone,
        email=order.buyer_email,
        purchase_order=order.purchase_order,
        gift_messages=tuple((item.sku, item.gift_message) for item in order.items if item.gift_message),
        cancel_reasons=_told(*(item.cancel_reason for item in order.items)),
    )


def address_lines(address: Address) -> tuple[str, ...]:
    """An address as one writes it on a parcel, without the phone number."""
    return _told(
        address.name,
        address.company,
        address.street,
        *address.more,
        f"{address.postal_code} {address.city}",
        ", ".join(filter(None, (address.county, address.state, address.country))),
    )


def _row(session: Session, channel: Channel, channel_name: str, order_id: str) -> AmazonOrder:
    key = order_key(session, channel, order_id)
    row = session.get(AmazonOrder, key) if key else None
    if row is None:
        raise not_read(channel_name, order_id)
    return row


def _readable(row: AmazonOrder) -> Order | None:
    """What Amazon said of it; None where that was deleted, is lost with its key, or is no order."""
    if row.raw is None or row.fault or is_sealed(row.raw):
        return None
    try:
        return read(row.raw)
    except MalformedOrder:  # an earlier version could read it
        return None


def _lines(order: Order) -> tuple[OrderLine, ...]:
    return tuple(_line(item, order.currency) for item in order.items)


def _line(item: Item, currency: str) -> OrderLine:
    parts = [part.amount for part in item.parts if part.kind == _ITEM]
    total = sum(parts, Decimal(0)) if parts else None
    price = round_to_unit(total / item.quantity, currency) if total is not None and item.quantity else None
    return OrderLine(item.item_id, item.sku, item.asin, item.quantity, item.title, price, total)


def _money(order: Order) -> OrderMoney:
    parts = [*order.charges, *(part for item in order.items for part in item.parts)]

    def of(*kinds: str) -> Decimal:
        return sum((part.amount for part in parts if part.kind in kinds), Decimal(0))

    subtotal, shipping, tax = of(_ITEM), of(_SHIPPING), of(_TAX)
    other = of(*({part.kind for part in parts} - {_ITEM, _SHIPPING, _DISCOUNT, _TAX}))
    discounts = -sum((abs(part.amount) for part in parts if part.kind == _DISCOUNT), Decimal(0))
    net = subtotal + shipping + other + discounts
    ways = {net + tax: False, net: True}  # without any tax, the prices include it
    included = ways.get(order.grand_total) if order.grand_total is not None else None
    return OrderMoney(order.currency, subtotal, shipping, other, discounts, tax, included, order.grand_total)


def _told(*texts: str) -> tuple[str, ...]:
    return tuple(stripped for text in texts if (stripped := text.strip()))
