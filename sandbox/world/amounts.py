"""Invents the lines of an order with their amounts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.world.draft import ZERO, Line
from sandbox.world.people import CANCEL_REASONS, GIFT_MESSAGES
from sandbox.world.product import WorldProduct

VAT = Decimal("0.19")
TAX_ON_TOP, NO_TAX, ZERO_TAX = "on top", "none", "zero"
TAX_INSIDE, TAX_BESIDE = "inside", "beside"
"""Told and no part of the total: the prices hold it, or Amazon has kept it already."""


@dataclass(frozen=True)
class Money:
    """How amounts of one order are made: units of the currency per euro, decimals, and how tax is stated."""

    rate: Decimal
    digits: int
    tax: str

    def round(self, amount: Decimal) -> Decimal:
        """To the smallest unit of the currency."""
        return amount.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)

    def from_euro(self, amount: Decimal | str) -> Decimal:
        """An amount in euros in the currency of the order, rounded."""
        return self.round(Decimal(amount) * self.rate)

    def stated(self, gross: Decimal) -> Decimal:
        """What the entry of a part says when the buyer pays `gross` for it."""
        return self.round(gross / (1 + VAT)) if self.tax in (TAX_ON_TOP, TAX_BESIDE) else gross

    def tax_on(self, stated: Decimal) -> Decimal | None:
        """The tax entry for a part, None where orders have none."""
        if self.tax == NO_TAX:
            return None
        if self.tax == TAX_INSIDE:
            return self.round(stated * VAT / (1 + VAT))
        return self.round(ZERO if self.tax == ZERO_TAX else stated * VAT)


def choose_tax(dice: random.Random) -> str:
    """How an order states tax."""
    return dice.choices((NO_TAX, TAX_ON_TOP, ZERO_TAX), (58, 36, 6))[0]


def invent_lines(dice: random.Random, products: Sequence[WorldProduct], money: Money) -> list[Line]:
    """One to five lines; sometimes two of one SKU."""
    count = dice.choices((1, 2, 3, 5), (68, 20, 9, 3))[0]
    chosen = [dice.choice(products) for _ in range(count)]
    if count > 1 and dice.random() < 0.25:
        chosen[-1] = chosen[0]
    return [invent_line(dice, product, money) for product in chosen]


def invent_line(dice: random.Random, product: WorldProduct, money: Money, *, quantity: int | None = None) -> Line:
    """One line of a product, with shipping, gift wrap, discounts and tax as the dice say."""
    quantity = quantity or dice.choices((1, 2, 3, 4, 5, 6, 7), (60, 17, 9, 5, 4, 2, 3))[0]
    unit = money.from_euro(product.price)
    if dice.random() < 0.4:
        unit = max(money.round(unit * dice.randrange(80, 126) / 100), money.from_euro("1"))
    gross = unit * quantity
    if quantity > 1 and dice.random() < 0.4:
        # Bundle prices: the line is not a multiple of anything.
        gross -= Decimal(dice.randrange(1, quantity)).scaleb(-money.digits)
    line = Line(
        item_id="".join(str(dice.randrange(10)) for _ in range(14)),
        product=product,
        sku=product.sku,
        asin=product.asin,
        title=product.title,
        quantity=quantity,
        parts={"ITEM": money.stated(gross)},
        tax_counts=money.tax not in (TAX_INSIDE, TAX_BESIDE),
    )
    _add_services(dice, line, money)
    _add_discounts(dice, line, money)
    add_tax(line, money)
    if set(line.tax) == set(line.parts) == {"ITEM"} and dice.random() < 0.06:
        line.tax_detailed = False
    return line


def free_line(dice: random.Random, product: WorldProduct, money: Money) -> Line:
    """A line that costs nothing, as in a replacement order."""
    line = invent_line(dice, product, money, quantity=1)
    line.parts, line.discount, line.promotion_ids = {"ITEM": money.round(ZERO)}, {}, []
    line.gift_message = None
    line.tax, line.tax_detailed = {}, True
    add_tax(line, money)
    return line


def give_away(line: Line, money: Money) -> None:
    """Discount the goods of a line down to nothing."""
    line.parts = {"ITEM": line.parts["ITEM"]}
    line.discount = {"ITEM": line.parts["ITEM"]}
    line.gift_message = None
    line.promotion_ids = ["FREE-GIFT"]
    line.tax, line.tax_detailed = {}, True
    add_tax(line, money)


def add_tax(line: Line, money: Money) -> None:
    """Put tax on what is left of each part after its discount."""
    for name, amount in line.parts.items():
        tax = money.tax_on(amount - line.discount.get(name, ZERO))
        if tax is not None and (name == "ITEM" or tax):
            line.tax[name] = tax


def add_cod_fee(line: Line, money: Money) -> None:
    """Charge for cash on delivery."""
    line.parts["COD_FEE"] = money.stated(money.from_euro("2.50"))
    tax = money.tax_on(line.parts["COD_FEE"])
    if tax:
        line.tax["COD_FEE"] = tax
        line.tax_detailed = True


def _add_services(dice: random.Random, line: Line, money: Money) -> None:
    if dice.random() < 0.35:
        line.parts["SHIPPING"] = money.stated(money.from_euro(dice.choice(("3.90", "4.99", "7.45"))))
    if dice.random() < 0.07:
        line.gift_message = dice.choice(GIFT_MESSAGES)
        if dice.random() < 0.7:
            line.parts["GIFT_WRAP"] = money.stated(money.from_euro("3.95"))


def _add_discounts(dice: random.Random, line: Line, money: Money) -> None:
    if dice.random() < 0.16:
        share = Decimal(dice.randrange(5, 31)) / 100
        line.discount["ITEM"] = money.round(line.parts["ITEM"] * share)
        line.promotion_ids.append(f"PROMO-{dice.randrange(100, 999)}")
    if "SHIPPING" in line.parts and dice.random() < 0.2:
        line.discount["SHIPPING"] = line.parts["SHIPPING"]
        line.promotion_ids.append("FREE-SHIPPING")


def ask_cancellation(dice: random.Random, line: Line) -> None:
    """The buyer asks to cancel this line."""
    line.cancel_reason = dice.choice(CANCEL_REASONS)
