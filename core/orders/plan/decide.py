"""What to do with one Amazon order in one channel: create it, change its status, hold it, or leave it.

The checks stand in the order in which people can act on them. A held order keeps no state of its own: it is planned
again whenever its mirror, a mapping or a setting changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.orders import AMAZON, MERCHANT
from core.orders.document import CANCELLED, HISTORY, SHIPPED, STATUSES, Order, is_cash_on_delivery
from core.orders.plan import problems
from core.orders.plan.address import missing_fields, profile_fields, recipient_name, store_fields
from core.orders.plan.amounts import charged, converted, is_free
from core.orders.plan.changes import Sold, is_filled_in, lacking, sold_now
from core.orders.plan.lines import Products, planned_lines, products_of, stand_in_for
from core.orders.plan.problems import Held
from core.orders.plan.rules import INTO_STORE, MIRROR_ONLY, ChannelRules, StoreOrderRef
from core.orders.plan.staff_notes import staff_notes
from core.orders.plan.store_order import PlannedOrder
from core.orders.plan.vendors import by_vendor
from core.sync.decisions import Hold

_UNSHIPPED, _PARTIALLY_SHIPPED = "UNSHIPPED", "PARTIALLY_SHIPPED"


@dataclass(frozen=True)
class Create:
    """Make this order in the store: in a Multi-Vendor store one for each vendor that is still to be made."""

    orders: tuple[PlannedOrder, ...]

    @property
    def order(self) -> PlannedOrder:
        """The only one, or the first."""
        return self.orders[0]


@dataclass(frozen=True)
class Change:
    """What a store order has to follow Amazon in."""

    store_order_id: int
    status_code: str
    """The status that it should have: it may have it already."""
    cancels: bool
    expected: str
    """The status code we wrote last; any other means that people moved the order."""
    shipped: str
    """That of shipped orders: those are not cancelled any more."""
    ended: tuple[str, ...]
    """Those in which people have ended an order; it is not revived."""
    left_as: str
    """Digest of the store order as we left it."""
    sold: tuple[Sold, ...] = ()
    """Amazon's items as they are now, where their units have changed."""
    lacking: str | None = None
    """What Amazon still does not send of the address, where it has sent more of it; None where it has not."""
    filled: PlannedOrder | None = None
    """The order with that address; None where it cannot be planned any more."""


@dataclass(frozen=True)
class Follow:
    """Change the store orders of an order that is in the store."""

    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Leave:
    """Nothing to do, and why."""

    reason: str


Decision = Create | Follow | Hold | Leave


def plan_order(
    order: Order, rules: ChannelRules, products: Products, linked: Sequence[StoreOrderRef] = (), held_by: str = ""
) -> Decision:
    """Decide on one order; `linked` are its store orders, if it has any, `held_by` is who holds it back by hand."""
    try:
        if held_by and not linked and order.status != CANCELLED:
            return problems.held_by_hand(held_by, rules.channel, order.order_id)
        if linked and all(one.verified for one in linked) and len(linked) >= linked[0].parts:
            return _follow(order, rules, products, linked)
        reason = "" if linked else _out_of_range(order, rules)
        if not reason:
            _require_known(order)
            reason = "" if linked else _not_selected(order, rules) or _nothing_left(order)
        if reason:
            return Leave(reason)
        if order.is_pending:
            raise Held(
                problems.PENDING,
                "Amazon has not released it yet: payment is not authorized.",
                "Nothing to do: it is imported when Amazon releases it.",
            )
        return Create(_still_to_make(_planned(order, rules, products), linked))
    except Held as held:
        return held.hold


def _out_of_range(order: Order, rules: ChannelRules) -> str:
    if order.sales_channel == "NON_AMAZON":
        return "it was not placed on Amazon"
    if rules.history == MIRROR_ONLY and order.status in HISTORY:
        return "it is history, which stays in the mirror"
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
        raise Held(problems.STATUS_UNKNOWN, what, fix, order.status)
    if order.fulfilled_by not in (AMAZON, MERCHANT):
        who = f"names {order.fulfilled_by!r} as who ships it" if order.fulfilled_by else "does not tell who ships it"
        raise Held(problems.FULFILMENT_UNKNOWN, f"Amazon {who}.", fix, order.fulfilled_by)
    if not order.marketplace_id:
        what = "Amazon does not tell in which marketplace it was placed."
        raise Held(problems.MARKETPLACE_UNKNOWN, what, fix)


def _not_selected(order: Order, rules: ChannelRules) -> str:
    if rules.fulfilment != "both" and order.by_amazon != (rules.fulfilment == "amazon"):
        return "the channel does not import orders of this fulfilment"
    # Pending orders wait to become one of the selected.
    if order.status not in rules.order_statuses and not (order.is_pending and rules.order_statuses - {CANCELLED}):
        return f"status {order.status} is not selected"
    return ""


def _nothing_left(order: Order) -> str:
    """A cancelled order that the store never had: of most Amazon tells no amounts any more."""
    return "it was cancelled, and Amazon tells no amounts of it" if order.status == CANCELLED and is_free(order) else ""


def _still_to_make(planned: tuple[PlannedOrder, ...], linked: Sequence[StoreOrderRef]) -> tuple[PlannedOrder, ...]:
    """The parts of an order that the store does not have yet, or not exactly."""
    if len(planned) == 1 and len(linked) <= 1:
        return planned
    there = {one.company_id: one.verified for one in linked}
    if there and (there.keys() - {one.link_company for one in planned} or linked[0].parts != len(planned)):
        numbers = ", ".join(str(one.store_order_id) for one in linked)
        raise Held(
            problems.STORE_ORDER_CHANGED,
            f"A part of it is store order {numbers}, and its products belong to other vendors since.",
            "Compare it with Amazon, and enter by hand what the store lacks.",
        )
    return tuple(one for one in planned if not there.get(one.link_company))


def _follow(order: Order, rules: ChannelRules, products: Products, linked: Sequence[StoreOrderRef]) -> Decision:
    """Mirror a later change."""
    changes = tuple(filter(None, (_change(order, rules, products, one) for one in linked)))
    if changes:
        return Follow(changes)
    same = all(order.status == one.amazon_status for one in linked)
    return Leave("nothing changed" if same else "its status in the store fits")


def _change(order: Order, rules: ChannelRules, products: Products, linked: StoreOrderRef) -> Change | None:
    cancels = order.status == CANCELLED
    target = linked.store_status
    if order.status != linked.amazon_status:
        _require_known(order)
        # What took stock when it was made keeps it, also when the home was lost since and the channel is newer than it.
        begun = _target_status(order, rules)
        moved = begun if order.by_amazon or cancels else _mapped_status(order.status, rules)
        target = _onward(order, rules, begun).get(linked.store_status, moved)
    sold = () if cancels else sold_now(order, linked.lines)
    more = not cancels and is_filled_in(linked.lacking, lacking(order))
    if target == linked.store_status and sold in ((), linked.lines) and not more:
        return None
    no_stock = rules.statuses.get("NO_STOCK")
    return Change(
        linked.store_order_id,
        target,
        cancels=cancels,
        expected=linked.store_status,
        shipped=rules.statuses.get(SHIPPED, ""),
        ended=tuple(sorted(key for key, gives_back in rules.store_statuses.items() if gives_back and key != no_stock)),
        left_as=linked.left_as,
        sold=() if sold == linked.lines else sold,
        lacking=lacking(order) if more else None,
        filled=_filled(order, rules, products, linked, target) if more else None,
    )


def _filled(
    order: Order, rules: ChannelRules, products: Products, linked: StoreOrderRef, target: str
) -> PlannedOrder | None:
    """The store order as it would be made now, with the whole address and the status that it should have."""
    try:
        planned = _planned(order, rules, products)
    except Held:
        return None
    found = (one for one in planned if len(planned) == 1 or one.link_company == linked.company_id)
    return next((replace(one, status=target) for one in found), None)


def _planned(order: Order, rules: ChannelRules, products: Products) -> tuple[PlannedOrder, ...]:
    rate = _rate(order, rules)
    found = products_of(order, rules, products)
    stated = charged(
        order,
        tax_beside=rules.prices_without_tax,
        leave_out_facilitator_tax=rules.facilitator_tax == "left_out",
    )
    amounts = converted(stated, rate, rules.store_currency) if stated else None
    lines = planned_lines(order, rules, amounts, found) if amounts else ()
    _require_address(order, rules)
    if stated is None or amounts is None or not lines:
        raise Held(
            problems.TOTAL_MISMATCH,
            f"Its amounts do not add up to Amazon's grand total of {order.grand_total or '?'} {order.currency}.",
            "Compare it in Seller Central; it is planned again when Amazon changes it.",
        )
    if rate == 1 and amounts.total != stated.total:
        raise Held(
            problems.TOTAL_MISMATCH,
            f"Its amounts are finer than {order.currency} can be paid; rounded they are {amounts.total}.",
            "Enter this order in the store by hand.",
        )
    if amounts.shipping < 0:
        raise Held(
            problems.TOTAL_MISMATCH,
            "Its shipping discount is larger than its shipping charge.",
            "Enter this order in the store by hand.",
        )
    status = _target_status(order, rules)
    takes = not rules.store_statuses[status]
    planned = PlannedOrder(
        order_id=order.order_id,
        company_id=rules.company_id,
        payment_id=_payment(order, rules),
        shipping_id=_shipping(order, rules),
        status=status,
        timestamp=int(order.created_at.timestamp()),
        currency=rules.store_currency,
        lines=lines,
        shipping_cost=amounts.shipping,
        total=amounts.total,
        tax=amounts.tax,
        tax_id=rules.tax_id,
        address=store_fields(order, rules.country),
        details=staff_notes(order, stated, rules, lines),
        amazon_status=order.status,
        onward=_onward(order, rules, status),
        stand_in=stand_in_for(lines, rules, found, takes=takes),
        if_backordered=("allow" if rules.out_of_stock == "allow" else "flag") if takes else "",
        fields=profile_fields(order, rules.order_fields),
        lacking=lacking(order),
    )
    if not rules.companies_are_vendors or rules.company_id:
        return (planned,)
    known = [*found.values(), *([rules.placeholder] if rules.placeholder else [])]
    return by_vendor(planned, order, {one.product_id: one.company_id or 0 for one in known})


def _rate(order: Order, rules: ChannelRules) -> Decimal:
    if order.currency == rules.store_currency or is_free(order):
        return Decimal(1)
    day = order.created_at.date()
    rate = rules.exchange_rates.on(order.currency, day)
    if rate is None:
        told = f"no rate is set for {day}" if rules.exchange_rates.all else "no rate is set"
        raise Held(
            problems.CURRENCY_MISMATCH,
            f"It is in {order.currency or 'no currency'}, the store in {rules.store_currency}; {told}.",
            f"Set exchange_rate of the channel (what one {order.currency or 'USD'} costs in {rules.store_currency}), "
            "or connect a store in that currency.",
            "exchange_rate",
        )
    if rules.exchange_rate_days and rate.since and (day - rate.since).days >= rules.exchange_rate_days:
        raise Held(
            problems.CURRENCY_MISMATCH,
            f"It is of {day}, and the rate of {order.currency} is of {rate.since}: it serves for "
            f"{rules.exchange_rate_days} days.",
            f"Add a newer rate to exchange_rate of the channel: {order.currency} {rate.amount} from {day}",
            "exchange_rate",
        )
    return rate.amount


def _require_address(order: Order, rules: ChannelRules) -> None:
    if order.by_amazon:
        if rules.fba_recipient == "hold" and not recipient_name(order):
            raise Held(
                problems.ADDRESS_INCOMPLETE,
                "Amazon ships it to somebody it does not name.",
                "Set fba_recipient of the channel to placeholder, or enter the order by hand.",
            )
        return
    missing = missing_fields(order.address)
    if missing:
        raise Held(
            problems.ADDRESS_INCOMPLETE,
            f"Amazon sent no {', '.join(missing)}.",
            "Give the app the role Direct-to-Consumer Shipping and authorize it again, or enter the order by hand; "
            "it is released by itself when the address comes.",
        )


def _payment(order: Order, rules: ChannelRules) -> int:
    methods = order.payment_methods
    by_payment = any(map(is_cash_on_delivery, methods))
    fees = [part.amount for item in order.items for part in item.parts if part.kind == "COD_FEE"]
    fees += [part.amount for part in order.charges if part.kind == "COD_FEE"]
    by_other = any(fees) or order.cash_on_delivery_constraint
    if by_other and methods and not by_payment:
        raise Held(
            problems.PAYMENT_AMBIGUOUS,
            f"Amazon names {', '.join(methods)} as payment and yet asks for cash on delivery.",
            "Look at the order in Seller Central and enter it by hand.",
        )
    kind, payment = ("cod", rules.payment_cod) if by_payment or by_other else ("prepaid", rules.payment_prepaid)
    if payment is None or not rules.store_payments.get(payment, False):
        state = "no payment is mapped" if payment is None else f"payment {payment} is not active in the store"
        raise Held(
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
        raise Held(
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
            raise Held(
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
        raise Held(
            problems.STATUS_UNMAPPED,
            f"Its status is {status}, and {state}.",
            f"Set statuses.{status} of the channel to a status code of the store.",
            f"statuses.{status}",
        )
    return target


def _moves_no_stock(order: Order, rules: ChannelRules) -> bool:
    """Shipped by Amazon, or shipped before the channel was connected: the stock is right without it."""
    left = order.shipped_at or order.updated_at
    is_over = rules.history == INTO_STORE or left < rules.connected_at
    return order.by_amazon or (order.status == SHIPPED and is_over)


def _why_no_stock(order: Order) -> str:
    return "Amazon ships it" if order.by_amazon else "it was shipped before it was imported"
