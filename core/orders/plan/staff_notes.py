"""The staff notes of a store order: what Amazon said that has no field of its own in the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.orders.document import Order
from core.orders.invoice import BY_AMAZON, ISSUED_BY_AMAZON
from core.orders.plan.amounts import Charged, unknown_charges
from core.orders.plan.rules import ChannelRules
from core.orders.plan.store_order import PlannedLine

CHECK = "check: "
"""Begins the lines that somebody should look at."""

OF_BUYER = (
    "buyer e-mail: ",
    "buyer company: ",
    "buyer VAT number: ",
    "the buyer asks to cancel: ",
    "gift message (",
)
"""How the lines begin that tell something of the buyer."""


def staff_notes(order: Order, amounts: Charged, rules: ChannelRules, lines: Sequence[PlannedLine]) -> str:
    """One fact per line; the first is the marker by which the order is found again, then what is to be looked at."""
    facts = {
        "channel": f"{rules.channel} ({rules.country})",
        "fulfilled by": order.fulfilled_by,
        "service level": order.service_level,
        "payment": ", ".join(order.payment_methods),
        "buyer e-mail": order.buyer_email,
        "order of a business": "yes" if "AMAZON_BUSINESS" in order.programs else "",
        "invoice": ISSUED_BY_AMAZON if BY_AMAZON in order.programs else "",
        "buyer company": order.buyer_company,
        "buyer VAT number": order.buyer_tax_number,
        "purchase order": order.purchase_order,
        "replaces order": order.replaces,
        "tax included": f"{amounts.tax} {order.currency}" if amounts.tax else "",
        "tax that Amazon pays itself": _facilitator_tax(order, amounts, rules),
        "converted from": _conversion(order, rules),
        "the buyer asks to cancel": "; ".join(item.cancel_reason for item in order.items if item.cancel_reason),
    }
    notes = [f"amazon_order_id={order.order_id}"]
    notes += [f"{CHECK}{_one_line(what)}" for what in _checks(order, lines)]
    notes += [f"{name}: {_one_line(value)}" for name, value in facts.items() if value]
    notes += [
        f"gift message ({_one_line(item.sku)}): {_one_line(item.gift_message)}"
        for item in order.items
        if item.gift_message
    ]
    return "\n".join(notes)


def _checks(order: Order, lines: Sequence[PlannedLine]) -> Iterator[str]:
    for name, amount in unknown_charges(order):
        yield f"Amazon charges {amount} {order.currency} as {name}, which is not known here; it stands in the order"
    for line in lines:
        if line.title:
            yield f"a placeholder stands for {line.amount} x {line.sku} (ASIN {line.asin}): {line.title}"


def _facilitator_tax(order: Order, amounts: Charged, rules: ChannelRules) -> str:
    if not amounts.facilitator_tax:
        return ""
    left_out = ", left out here" if rules.facilitator_tax == "left_out" else ""
    return f"{amounts.facilitator_tax} {order.currency}{left_out}"


def _conversion(order: Order, rules: ChannelRules) -> str:
    rate = rules.exchange_rates.on(order.currency, order.created_at.date())
    if order.currency == rules.store_currency or rate is None:
        return ""
    total = order.grand_total if order.grand_total is not None else Decimal(0)
    since = f", the rate from {rate.since}" if rate.since else ""
    return f"{total} {order.currency} at {rate.amount}{since}"


def _one_line(text: str) -> str:
    """Text of buyers on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
