"""What to do with one Amazon order in one channel: create it, change its status, hold it, or leave it.

The checks stand in the order in which people can act on them. A held order keeps no state of its own: it is planned
again whenever its mirror, a mapping or a setting changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.orders import AMAZON, MERCHANT
from core.orders.document import CANCELLED, SHIPPED, STATUSES, Order, is_cash_on_delivery
from core.orders.plan import problems
from core.orders.plan.address import missing_fields, store_fields
from core.orders.plan.amounts import Charged, charged, converted, is_free, unit_prices
from core.orders.plan.rules import ChannelRules, StoreOrderRef
from core.orders.plan.staff_notes import staff_notes
from core.orders.plan.store_order import PlannedLine, PlannedOrder
from core.products.refs import ProductRef
from core.sync.codes import Code
from core.sync.decisions import Hold

_UNSHIPPED, _PARTIALLY_SHIPPED = "UNSHIPPED", "PARTIALLY_SHIPPED"

_UNSHIPPED, _PARTIALLY_SHIPPED = "UNSHIPPED", "PARTIALLY_SHIPPED"

Products = Mapping[str, Sequence[ProductRef]]
"""SKU → the store's products that carry it."""


LONGEST_CODE = 64
"""Characters of a product's code in the store."""


@dataclass(frozen=True)
class Create:
    """Make this order in the store."""

    order: PlannedOrder


@dataclass(frozen=True)
class SetStatus:
    """Move the store order to another status."""

    store_order_id: int
    status_code: str
    cancels: bool
    expected: str
    """The status code we wrote last; any other means that people moved the order."""
    shipped: str
    """That of shipped orders: those are not cancelled any more."""
    ended: tuple[str, ...]
    """Those in which people have ended an order; it is not revived."""


@dataclass(frozen=True)
class Leave:
    """Nothing to do, and why."""

    reason: str


Decision = Create | SetStatus | Hold | Leave


class _Held(Exception):
    """Carries the hold out of the depth of a check."""

    def __init__(self, problem: Code, message: str, fix: str, about: str = "") -> None:
        super().__init__(problem.name)
        self.hold = Hold(problem, message, fix, about)


def plan_order(
    order: Order, rules: ChannelRules, products: Products, linked: StoreOrderRef | None = None, held_by: str = ""
) -> Decision:
    """Decide on one order; `linked` is its store order, if it has one, `held_by` who holds it back by hand."""
    try:
        if held_by and linked is None and order.status != CANCELLED:
            return problems.held_by_hand(held_by, rules.channel, order.order_id)
        if linked is not None and linked.verified:
            return _follow(order, rules, linked)
        reason = _out_of_range(order, rules) if linked is None else ""
        if not reason:
            _require_known(order)
            reason = _not_selected(order, rules) if linked is None else ""
        if reason:
            return Leave(reason)
        if order.is_pending:
            raise _Held(
                problems.PENDING,
                "Amazon has not released it yet: payment is not authorized.",
                "Nothing to do: it is imported when Amazon releases it.",
            )
        return Create(_planned(order, rules, products))
    except _Held as held:
        return held.hold


def skus(order: Order) -> set[str]:
    """The SKUs that planning the order needs products for."""
    return {item.sku for item in order.items if item.quantity}


def _out_of_range(order: Order, rules: ChannelRules) -> str:
    if order.sales_channel == "NON_AMAZON":
        return "it was not placed on Amazon"
    if rules.orders_from and order.created_at < rules.orders_from:
        return "it is older than the channel's first date"
    if rules.orders_to and order.created_at > rules.orders_to:
        return "it is newer than the channel's last date"
    return ""


def _require_known(order: Order) -> None:
    """What Amazon has invented since is never taken for something else, nor left aside in silence."""
    fix = "Look at it in Seller Central; it is planned again when Amazon changes it."
    if order.status not in STATUSES:
        what = f"Amazon calls its status {order.status!r}, which is not known here."
        raise _Held(problems.STATUS_UNKNOWN, what, fix, order.status)
    if order.fulfilled_by not in (AMAZON, MERCHANT):
        who = f"names {order.fulfilled_by!r} as who ships it" if order.fulfilled_by else "does not tell who ships it"
        raise _Held(problems.FULFILMENT_UNKNOWN, f"Amazon {who}.", fix, order.fulfilled_by)
    if not order.marketplace_id:
        what = "Amazon does not tell in which marketplace it was placed."
        raise _Held(problems.MARKETPLACE_UNKNOWN, what, fix)


def _not_selected(order: Order, rules: ChannelRules) -> str:
    if rules.fulfilment != "both" and order.by_amazon != (rules.fulfilment == "amazon"):
        return "the channel does not import orders of this fulfilment"
    # Pending orders wait to become one of the selected.
    if order.status not in rules.order_statuses and not (order.is_pending and rules.order_statuses - {CANCELLED}):
        return f"status {order.status} is not selected"
    return ""


def _follow(order: Order, rules: ChannelRules, linked: StoreOrderRef) -> Decision:
    """Mirror a later change of status."""
    if order.status == linked.amazon_status:
        return Leave("nothing changed")
    _require_known(order)
    target = _target_status(order, rules)
    # What took stock when it was made keeps it, also when the home was lost since and the channel is newer than it.
    target = _onward(order, rules, target).get(linked.store_status, target)
    if target == linked.store_status:
        return Leave("its status in the store fits")
    no_stock = rules.statuses.get("NO_STOCK")
    return SetStatus(
        linked.store_order_id,
        target,
        cancels=order.status == CANCELLED,
        expected=linked.store_status,
        shipped=rules.statuses.get(SHIPPED, ""),
        ended=tuple(sorted(key for key, gives_back in rules.store_statuses.items() if gives_back and key != no_stock)),
    )


def _planned(order: Order, rules: ChannelRules, products: Products) -> PlannedOrder:
    rate = _rate(order, rules)
    found = {sku: _product(sku, rules, products) for sku in sorted(skus(order))}
    amounts = charged(order)
    lines = _lines(order, rules, amounts, rate, found)
    if not order.by_amazon:
        _require_address(order)
    if amounts is None or not lines:
        raise _Held(
            problems.TOTAL_MISMATCH,
            f"Its amounts do not add up to Amazon's grand total of {order.grand_total or '?'} {order.currency}.",
            "Compare it in Seller Central; it is planned again when Amazon changes it.",
        )
    final = converted(amounts, rate, rules.store_currency)
    if rate == 1 and order.grand_total is not None and final.total != order.grand_total:
        raise _Held(
            problems.TOTAL_MISMATCH,
            f"Its amounts are finer than {order.currency} can be paid; rounded they are {final.total}.",
            "Enter this order in the store by hand.",
        )
    if final.shipping < 0:
        raise _Held(
            problems.TOTAL_MISMATCH,
            "Its shipping discount is larger than its shipping charge.",
            "Enter this order in the store by hand.",
        )
    status = _target_status(order, rules)
    return PlannedOrder(
        order_id=order.order_id,
        company_id=rules.company_id,
        payment_id=_payment(order, amounts, rules),
        shipping_id=_shipping(order, rules),
        status=status,
        timestamp=int(order.created_at.timestamp()),
        currency=rules.store_currency,
        lines=lines,
        shipping_cost=final.shipping,
        total=final.total,
        tax=final.tax,
        tax_id=rules.tax_id,
        address=store_fields(order, rules.country),
        details=staff_notes(order, amounts, rules),
        amazon_status=order.status,
        onward=_onward(order, rules, status),
    )


def _rate(order: Order, rules: ChannelRules) -> Decimal:
    if order.currency == rules.store_currency or is_free(order):
        return Decimal(1)
    rate = rules.exchange_rates.of(order.currency)
    if rate is None:
        raise _Held(
            problems.CURRENCY_MISMATCH,
            f"It is in {order.currency or 'no currency'}, the store in {rules.store_currency}.",
            f"Set exchange_rate of the channel (what one {order.currency or 'USD'} costs in {rules.store_currency}), "
            "or connect a store in that currency.",
            "exchange_rate",
        )
    return rate


def _product(sku: str, rules: ChannelRules, products: Products) -> ProductRef:
    if not sku:
        raise _Held(
            problems.SKU_UNKNOWN, "Amazon names no SKU for one of its lines.", "Enter the order in the store by hand."
        )
    known = products.get(sku, ())
    candidates = [product for product in known if rules.may_use(product.company_id)]
    if len(candidates) == 1 and candidates[0].is_there:
        return candidates[0]
    if known and known[0].linked:
        state = "belongs to another company" if known[0].is_there else "is not in the store"
        what = f"The SKU {sku!r} is linked to product {known[0].product_id}, which {state}."
        fix = "Link it to another product, or unlink it with: crossdock listings unlink"
    elif candidates:
        what = f"{len(candidates)} products of the store carry the SKU {sku!r}."
        fix = "Keep the code on one of them, or link the SKU with: crossdock listings link"
    elif len(sku) > LONGEST_CODE:
        raise _Held(
            problems.SKU_UNKNOWN,
            f"Its SKU {sku[:LONGEST_CODE]!r}… has {len(sku)} characters, more than a product code of the store.",
            "Enter the order in the store by hand.",
            sku,
        )
    else:
        what = f"No product of the store carries the SKU {sku!r}."
        fix = "Give the product this code in the store, or link the SKU with: crossdock listings link"
    raise _Held(problems.SKU_UNKNOWN, what, f"{fix}; the order is released by itself.", sku)


def _lines(
    order: Order,
    rules: ChannelRules,
    amounts: Charged | None,
    rate: Decimal,
    found: Mapping[str, ProductRef],
) -> tuple[PlannedLine, ...]:
    """The lines in the store's currency; empty when the amounts cannot be used."""
    if amounts is None:
        return ()
    lines: list[PlannedLine] = []
    for item, gross in converted(amounts, rate, rules.store_currency).lines:
        if not item.quantity:
            if gross:
                return ()
            continue
        product = found[item.sku]
        for unit in unit_prices(gross, item.quantity, rules.store_currency):
            if unit.price < 0 or (unit.price == 0 and product.zero_price_action != "P"):
                raise _Held(
                    problems.ZERO_PRICE,
                    f"SKU {item.sku!r} is free of charge"
                    + (f" (it replaces order {order.replaces})" if order.replaces else "")
                    + "; the store drops such lines.",
                    "Allow a zero price on the product in the store, or enter the order by hand.",
                    item.sku,
                )
            lines.append(PlannedLine(product.product_id, unit.amount, unit.price, item.sku, item.asin, item.item_id))
    return tuple(lines)


def _require_address(order: Order) -> None:
    missing = missing_fields(order.address)
    if missing:
        raise _Held(
            problems.ADDRESS_INCOMPLETE,
            f"Amazon sent no {', '.join(missing)}.",
            "Give the app the role Direct-to-Consumer Shipping and authorize it again, or enter the order by hand.",
        )


def _payment(order: Order, amounts: Charged, rules: ChannelRules) -> int:
    methods = order.payment_methods
    by_payment = any(map(is_cash_on_delivery, methods))
    fees = [part.amount for item in order.items for part in item.parts if part.kind == "COD_FEE"]
    fees += [part.amount for part in order.charges if part.kind == "COD_FEE"]
    by_other = any(fees) or order.cash_on_delivery_constraint
    if by_other and methods and not by_payment:
        raise _Held(
            problems.PAYMENT_AMBIGUOUS,
            f"Amazon names {', '.join(methods)} as payment and yet asks for cash on delivery.",
            "Look at the order in Seller Central and enter it by hand.",
        )
    kind, payment = ("cod", rules.payment_cod) if by_payment or by_other else ("prepaid", rules.payment_prepaid)
    if payment is None or not rules.store_payments.get(payment, False):
        state = "no payment is mapped" if payment is None else f"payment {payment} is not active in the store"
        raise _Held(
            problems.PAYMENT_UNMAPPED,
            f"It is {'cash on delivery' if kind == 'cod' else 'prepaid'}, and {state}.",
            f"Set payments.{kind} of the channel to an active payment of the store.",
            f"payments.{kind}",
        )
    return payment


def _shipping(order: Order, rules: ChannelRules) -> int:
    level = order.service_level
    shipping = rules.shipping.get(level) or rules.shipping.get("default")
    if shipping is None or not rules.store_shippings.get(shipping, False):
        state = "no shipping method is mapped" if shipping is None else f"shipping method {shipping} is not active"
        raise _Held(
            problems.SHIPPING_UNMAPPED,
            f"Its service level is {level or 'not told'}, and {state}.",
            f"Set shipping.{level or 'default'} or shipping.default of the channel to a method of the store.",
            f"shipping.{level or 'default'}",
        )
    return shipping


def _target_status(order: Order, rules: ChannelRules) -> str:
    if order.status == CANCELLED:
        return _mapped_status(CANCELLED, rules)
    if _moves_no_stock(order, rules):
        target = rules.statuses.get("NO_STOCK", "")
        if not rules.store_statuses.get(target, False):
            state = f"status {target} takes stock" if target in rules.store_statuses else "no status is mapped for it"
            raise _Held(
                problems.NO_STOCK_UNMAPPED,
                f"It must not move the store's stock ({_why_no_stock(order)}), and {state}.",
                "Run store prepare, or set statuses.NO_STOCK of the channel to a status that gives stock back.",
                "statuses.NO_STOCK",
            )
        return target
    return _mapped_status(order.status, rules)


def _onward(order: Order, rules: ChannelRules, target: str) -> dict[str, str]:
    """Where a store order goes that an earlier import left with one of these statuses; a new one ends with `target`.

    An order that took stock when it was made keeps it: only a new one may be shipped "before the channel".
    """
    statuses = {status: given for status, given in rules.statuses.items() if given in rules.store_statuses}
    ongoing = [statuses[status] for status in (_UNSHIPPED, _PARTIALLY_SHIPPED) if status in statuses]
    no_stock = [statuses["NO_STOCK"]] if "NO_STOCK" in statuses else []
    if order.status == CANCELLED:
        return dict.fromkeys([*ongoing, *no_stock, target], target)
    if order.by_amazon or order.status not in (SHIPPED, _PARTIALLY_SHIPPED):
        return {target: target}
    if order.status == _PARTIALLY_SHIPPED:
        return dict.fromkeys([*ongoing[:1], target], target)
    shipped = statuses.get(SHIPPED, target)
    return dict.fromkeys([*ongoing, shipped], shipped) | {code: code for code in [*no_stock, target]}


def _mapped_status(status: str, rules: ChannelRules) -> str:
    target = rules.statuses.get(status, "")
    if target not in rules.store_statuses:
        state = f"the store has no status {target}" if target else "no store status is mapped"
        raise _Held(
            problems.STATUS_UNMAPPED,
            f"Its status is {status}, and {state}.",
            f"Set statuses.{status} of the channel to a status code of the store.",
            f"statuses.{status}",
        )
    return target


def _moves_no_stock(order: Order, rules: ChannelRules) -> bool:
    """Shipped by Amazon, or shipped before the channel was connected: the stock is right without it."""
    left = order.shipped_at or order.updated_at
    return order.by_amazon or (order.status == SHIPPED and left < rules.connected_at)


def _why_no_stock(order: Order) -> str:
    return "Amazon ships it" if order.by_amazon else "it was shipped before the channel was connected"
