"""Invents single orders of a wanted kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.world import amounts
from sandbox.world.amounts import NO_TAX, Money
from sandbox.world.cases import FULFILMENT
from sandbox.world.draft import AMAZON, MERCHANT, Draft, Line
from sandbox.world.marketplaces import FOREIGN_CURRENCIES, Marketplace
from sandbox.world.people import (
    ADDRESS_GAPS,
    COMPANIES,
    amazon_fulfilled_recipient,
    invent_person,
    with_gap,
)
from sandbox.world.product import WorldProduct

SERVICE_LEVELS = ("STANDARD", "EXPEDITED", "NEXT_DAY", "SECOND_DAY", "FREE_ECONOMY", "PRIORITY", "SCHEDULED")
SERVICE_WEIGHTS = (66, 18, 5, 3, 4, 2, 2)
CARRIERS = ("DHL", "DPD", "GLS", "UPS", "Hermes Logistik Gruppe")


@dataclass
class Maker:
    """Draws orders from one random stream; order ids never repeat."""

    dice: random.Random
    products: Sequence[WorldProduct]
    used: set[str] = field(default_factory=set)
    gaps: int = 0

    def order_id(self) -> str:
        """A new Amazon order id, 3-7-7 digits."""
        while True:
            dice = self.dice
            digits = f"{dice.randrange(10**7):07d}-{dice.randrange(10**7):07d}"
            order_id = f"{dice.choice(('302', '303', '304', '305', '306', '028'))}-{digits}"
            if order_id not in self.used:
                self.used.add(order_id)
                return order_id

    def draft(
        self,
        case: str,
        marketplace: Marketplace,
        created: datetime,
        updated: datetime,
        *,
        lines: list[Line] | None = None,
        amounts_in: tuple[Money, str] | None = None,
    ) -> Draft:
        """An order of the kind `case` (see cases.CASES); `lines` replaces invented ones.

        `amounts_in` says how amounts are stated, and their currency, where the marketplace is not to say it.
        """
        dice = self.dice
        status, fulfilled_by = dice.choice(FULFILMENT[case])
        money, currency = amounts_in or self._money(case, marketplace)
        company = dice.choice(COMPANIES) if dice.random() < 0.12 else None
        buyer = invent_person(dice, marketplace, company=company)
        recipient = {"deliveryAddress": buyer.address}
        draft = Draft(
            order_id=self.order_id(),
            marketplace=marketplace,
            currency=currency,
            digits=money.digits,
            created=created,
            updated=updated,
            status=status,
            fulfilled_by=fulfilled_by,
            service_level=dice.choices(SERVICE_LEVELS, SERVICE_WEIGHTS)[0],
            buyer=buyer,
            recipient=amazon_fulfilled_recipient(dice, buyer.address) if fulfilled_by == AMAZON else recipient,
            lines=lines or amounts.invent_lines(dice, self.products, money),
            case=case,
            company=company,
            carrier=dice.choice(CARRIERS),
            tracking=f"{dice.randrange(10**11, 10**12)}",
        )
        if status == "PARTIALLY_SHIPPED" and sum(line.quantity for line in draft.lines) < 2:
            draft.lines.append(amounts.invent_line(dice, dice.choice(self.products), money))
        self._add_payment(draft, money)
        self._add_features(draft, money)
        self._spoil(draft, money)
        draft.settle_packages()
        return draft

    def money(self, marketplace: Marketplace, tax: str | None = None) -> Money:
        """How an order of this marketplace states amounts."""
        return Money(marketplace.rate, marketplace.digits, tax or amounts.choose_tax(self.dice))

    def _money(self, case: str, marketplace: Marketplace) -> tuple[Money, str]:
        if case == "currency":
            currency = self.dice.choice(sorted(FOREIGN_CURRENCIES))
            rate, digits = FOREIGN_CURRENCIES[currency]
            return Money(rate, digits, NO_TAX), currency
        # An order that does not add up must not do so under another reading of tax either.
        tax = NO_TAX if case == "mismatch" or marketplace.country == "JP" else None
        return self.money(marketplace, tax), marketplace.currency

    def _add_payment(self, draft: Draft, money: Money) -> None:
        dice = self.dice
        if draft.fulfilled_by == MERCHANT and dice.random() < 0.12:
            evidence = dice.choice(("method", "fee", "both"))
            if evidence != "fee":
                draft.payment_methods = ("CashOnDelivery",)
                draft.cod_constraint = dice.random() < 0.5
            if evidence != "method":
                amounts.add_cod_fee(draft.lines[0], money)
            return
        method = "Invoice" if draft.company and dice.random() < 0.5 else "CreditCard"
        draft.payment_methods = dice.choices(((method,), (), (method, "GiftCertificate")), (70, 25, 5))[0]

    def _add_features(self, draft: Draft, money: Money) -> None:
        dice = self.dice
        programs = []
        if draft.company:
            programs.append("AMAZON_BUSINESS")
            draft.purchase_order = f"PO-{dice.randrange(10**5)}" if dice.random() < 0.7 else None
            draft.vat_number = f"DE{dice.randrange(10**8, 10**9)}" if dice.random() < 0.6 else None
            for line in draft.lines:
                line.business_price = True
        if draft.fulfilled_by == AMAZON or dice.random() < 0.1:
            programs.append("PRIME")
        draft.programs = tuple(programs)
        if dice.random() < 0.04:
            draft.alias = f"SO-{dice.randrange(10**6)}"
        if any(line.discount for line in draft.lines) and dice.random() < 0.12:
            draft.discount_sign = -1
        if dice.random() < 0.015:
            draft.tip = money.from_euro("5.00")
        if dice.random() < 0.015:
            draft.other = money.from_euro("1.50")
        draft.order_breakdowns = bool(draft.tip or draft.other) or dice.random() >= 0.1
        if draft.status in ("UNSHIPPED", "CANCELLED") and dice.random() < 0.06:
            amounts.ask_cancellation(dice, draft.lines[0])

    def _spoil(self, draft: Draft, money: Money) -> None:
        """Give a held kind its one cause."""
        dice, lines = self.dice, draft.lines
        if draft.case == "sku_unknown":
            spoiled = lines[-1]
            number = dice.randrange(1000)
            spoiled.product = None
            spoiled.sku = None if dice.random() < 0.1 else f"NOT-IN-STORE-{number:03d}"
            spoiled.title = f"Discontinued article {number}"
        elif draft.case == "zero_price":
            self._make_free(draft, money)
        elif draft.case == "address":
            gap = ADDRESS_GAPS[self.gaps % len(ADDRESS_GAPS)]
            self.gaps += 1
            draft.recipient = with_gap(draft.buyer.address, gap)
        elif draft.case == "mismatch":
            for line in lines:
                line.discount, line.promotion_ids = {}, []
            cents = dice.choice((-1, 1)) * dice.randrange(50, 300)
            draft.total_error = Decimal(cents).scaleb(-draft.digits)

    def _make_free(self, draft: Draft, money: Money) -> None:
        dice = self.dice
        way = dice.choices(("replacement", "gift", "discount"), (60, 20, 20))[0]
        if way == "replacement":
            draft.lines = [amounts.free_line(dice, dice.choice(self.products), money)]
            draft.replaces = self.order_id()
            draft.payment_methods, draft.tip, draft.other = (), Decimal(0), Decimal(0)
        elif way == "gift":
            draft.lines = draft.lines[:1]
            free = next(one for one in self.products if one.sku != draft.lines[0].sku)
            draft.lines.append(amounts.free_line(dice, free, money))
        else:
            draft.lines = draft.lines[:1]
            amounts.give_away(draft.lines[0], money)


def moments(dice: random.Random, now: datetime, case: str, previous: datetime | None) -> tuple[datetime, datetime]:
    """When an order was created and last updated; `previous` is an update time to share, if any."""
    updated = previous or whole_millisecond(now - timedelta(seconds=dice.uniform(360, 29 * 86400)))
    if case == "too_old":
        created = now - timedelta(days=32 + 25 * dice.random())
    else:
        longest = {"merchant_unshipped": 1.2, "pending": 0.3}.get(case, 4.0)
        created = updated - timedelta(days=longest * dice.random() ** 2, seconds=1)
        created = max(created, now - timedelta(days=29.5))
    return whole_millisecond(created), updated


def whole_millisecond(moment: datetime) -> datetime:
    """The moment without the digits the interface does not show."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
