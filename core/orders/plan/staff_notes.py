"""The staff notes of a store order: what Amazon said that has no field of its own in the store."""

from __future__ import annotations

from decimal import Decimal

from core.orders.document import Order
from core.orders.plan.amounts import Charged
from core.orders.plan.rules import ChannelRules

OF_BUYER = ("buyer e-mail: ", "buyer company: ", "the buyer asks to cancel: ", "gift message (")
"""How the lines begin that tell something of the buyer."""


def staff_notes(order: Order, amounts: Charged, rules: ChannelRules) -> str:
    """One fact per line; the first is the marker by which the order is found again."""
    facts = {
        "channel": f"{rules.channel} ({rules.country})",
        "fulfilled by": order.fulfilled_by,
        "service level": order.service_level,
        "payment": ", ".join(order.payment_methods),
        "buyer e-mail": order.buyer_email,
        "buyer company": order.buyer_company,
        "purchase order": order.purchase_order,
        "replaces order": order.replaces,
        "tax included": f"{amounts.tax} {order.currency}" if amounts.tax else "",
        "converted from": _conversion(order, rules),
        "the buyer asks to cancel": "; ".join(item.cancel_reason for item in order.items if item.cancel_reason),
    }
    lines = [f"amazon_order_id={order.order_id}"]
    lines += [f"{name}: {_one_line(value)}" for name, value in facts.items() if value]
    lines += [
        f"gift message ({_one_line(item.sku)}): {_one_line(item.gift_message)}"
        for item in order.items
        if item.gift_message
    ]
    return "\n".join(lines)


def _conversion(order: Order, rules: ChannelRules) -> str:
    rate = rules.exchange_rates.of(order.currency)
    if order.currency == rules.store_currency or rate is None:
        return ""
    total = order.grand_total if order.grand_total is not None else Decimal(0)
    return f"{total} {order.currency} at {rate}"


def _one_line(text: str) -> str:
    """Text of buyers on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
