"""Orders in every style in which marketplaces have been seen to state money, to try readers on all of them.

The worlds hold what is common. Here each order draws its own style: how tax is told, with which sign discounts come,
how the tax on a discount is told, in which currency, and which charges it has beside its goods.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandbox.world.amounts import (
    NO_TAX,
    TAX_BESIDE,
    TAX_INSIDE,
    TAX_ON_TOP,
    ZERO_TAX,
    Money,
    add_cod_fee,
    add_tax,
)
from sandbox.world.draft import ZERO, Draft, Line
from sandbox.world.make import Maker
from sandbox.world.marketplaces import DE, FR, GB, IT, JP, US, Marketplace

CASES = ("merchant_unshipped", "merchant_partly", "merchant_shipped", "amazon_shipped", "amazon_unshipped")
UNKNOWN_CHARGE = "MOON_SURCHARGE"
_PLACES = (DE, FR, IT, GB, JP, US)
_OTHER_CURRENCIES = {"KWD": (Decimal("0.36"), 3), "BHD": (Decimal("0.44"), 3), "KRW": (Decimal(1500), 0)}
_TAXES = (NO_TAX, TAX_ON_TOP, TAX_INSIDE, TAX_BESIDE, ZERO_TAX)


@dataclass(frozen=True)
class Style:
    """How one order states its money."""

    marketplace: Marketplace
    money: Money
    currency: str
    discount: str
    """`positive` or `negative` discounts, `mixed`: one of them takes a discount back, or `none`."""
    discount_tax: str
    """See `Line.discount_tax_told`; empty: tax is told of what is left after the discount."""
    facilitated: bool
    extras: frozenset[str]
    """Of `wrap`, `cod`, `unknown`, `tip`, `pending tip`, `waived tip`, `other`, `points`, `empty line`."""


_EXTRAS = ("wrap", "cod", "unknown", "tip", "pending tip", "waived tip", "other", "points", "empty line")


def choose_style(dice: random.Random, marketplace: Marketplace | None = None) -> Style:
    """Any style; with a marketplace one in its own currency."""
    place = marketplace or dice.choice(_PLACES)
    currency, rate, digits = place.currency, place.rate, place.digits
    if marketplace is None and dice.random() < 0.2:
        currency = dice.choice(sorted(_OTHER_CURRENCIES))
        rate, digits = _OTHER_CURRENCIES[currency]
    tax = dice.choice(_TAXES)
    # Points are those of Japan.
    extras = [name for name in _EXTRAS if marketplace is None or name != "points"]
    told = dice.choice(("", "negative", "added", "apart")) if tax == TAX_ON_TOP else ""
    return Style(
        marketplace=place,
        money=Money(rate, digits, tax),
        currency=currency,
        discount=dice.choice(("positive", "negative", "mixed", "none")),
        discount_tax=told,
        facilitated=dice.random() < 0.3,
        extras=frozenset(name for name in extras if dice.random() < 0.15),
    )


def styled_order(maker: Maker, style: Style, created: datetime, updated: datetime) -> Draft:
    """An order in a style."""
    dice, money = maker.dice, style.money
    draft = maker.draft(dice.choice(CASES), style.marketplace, created, updated, amounts_in=(money, style.currency))
    for line in draft.lines:
        line.facilitated = style.facilitated
        _add_extras(line, style)
        _discount(dice, line, style)
    draft.discount_sign = -1 if style.discount == "negative" else 1
    _charge(draft, style)
    if "empty line" in style.extras:
        draft.lines.append(_emptied(maker, draft, money))
    draft.settle_packages()
    return draft


def _add_extras(line: Line, style: Style) -> None:
    money = style.money
    if "wrap" in style.extras:
        line.parts.setdefault("GIFT_WRAP", money.stated(money.from_euro("3.95")))
    if "unknown" in style.extras:
        line.parts[UNKNOWN_CHARGE] = money.from_euro("0.75")


def _discount(dice: random.Random, line: Line, style: Style) -> None:
    money = style.money
    line.tax, line.tax_detailed, line.discount = {}, True, {}
    if style.discount != "none":
        line.discount["ITEM"] = money.round(line.parts["ITEM"] * dice.randrange(5, 31) / 100)
        if "SHIPPING" in line.parts and dice.random() < 0.5:
            line.discount["SHIPPING"] = line.parts["SHIPPING"]
    if style.discount == "mixed":
        line.discount["GIFT_WRAP"] = -money.from_euro("0.40")
    told_apart = style.discount_tax and line.discount.get("ITEM", ZERO) > 0
    whole, line.discount = (line.discount, {}) if told_apart else ({}, line.discount)
    add_tax(line, money)
    line.tax.pop(UNKNOWN_CHARGE, None)
    if told_apart:
        line.discount = whole
        line.discount_tax = money.tax_on(sum(whole.values(), ZERO)) or ZERO
        line.discount_tax_told = style.discount_tax


def _charge(draft: Draft, style: Style) -> None:
    money = style.money
    if "cod" in style.extras and not draft.payment_methods:
        add_cod_fee(draft.lines[0], money)
    tips = {"tip": ("FINALIZED", True), "pending tip": ("PENDING", True), "waived tip": ("PENDING", False)}
    draft.tip, draft.other = ZERO, ZERO
    for name in sorted(style.extras & tips.keys())[:1]:
        draft.tip = money.from_euro("5.00")
        draft.tip_status, draft.tip_counts = tips[name]
    if "other" in style.extras:
        draft.other = money.from_euro("1.50")
    draft.order_breakdowns = bool(draft.tip or draft.other)
    if "points" in style.extras:
        draft.marketplace = JP
        draft.payment_methods += ("Points",) if draft.payment_methods else ()


def _emptied(maker: Maker, draft: Draft, money: Money) -> Line:
    """A line of which nothing is left: all of its units were cancelled."""
    return Line(
        item_id=f"{maker.dice.randrange(10**13):014d}",
        product=draft.lines[0].product,
        sku="CANCELLED-LINE",
        asin="B000000000",
        title="Cancelled",
        quantity=0,
        parts={"ITEM": money.round(ZERO)},
    )
