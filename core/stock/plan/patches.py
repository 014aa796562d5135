"""The two attributes that hold price and stock, with everything else in them as Amazon has it.

A patch replaces a whole attribute, so what is not sent with it is lost: offers to businesses, discounts, the maximum
retail price, the handling time. Source: Listings Items API 2021-08-01, `purchasable_offer`, `fulfillment_availability`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.money import Money, decimals, parse_amount

OFFER, AVAILABILITY = "purchasable_offer", "fulfillment_availability"
MERCHANT_CODE = "DEFAULT"
_EVERYBODY = "ALL"
Entry = Mapping[str, Any]


def offer(present: Sequence[Entry], price: Money, marketplace_id: str) -> tuple[Entry, ...]:
    """The entries of a marketplace's `purchasable_offer` with another price for everybody."""
    amount = int(price.amount) if decimals(price.currency) == 0 else float(price.amount)
    told = {"our_price": [{"schedule": [{"value_with_tax": amount}]}]}
    mine = next((one for one in present if _is_for_everybody(one, price.currency)), None)
    if mine is not None:
        return tuple({**one, **told} if one is mine else one for one in present)
    new = {"marketplace_id": marketplace_id, "currency": price.currency, "audience": _EVERYBODY}
    return (*present, {**new, **told})


def is_reduced_from(present: Sequence[Entry], price: Money) -> bool:
    """Whether everybody is to pay this price already, and a discount makes Amazon show less."""
    mine = next((one for one in present if _is_for_everybody(one, price.currency)), {})
    return bool(mine.get("discounted_price")) and _our_price(mine) == price.amount


def availability(present: Sequence[Entry], quantity: int) -> tuple[Entry, ...]:
    """The entries of `fulfillment_availability` with another quantity of the merchant's."""
    mine = next((one for one in present if one.get("fulfillment_channel_code") == MERCHANT_CODE), None)
    if mine is None:
        return ({"fulfillment_channel_code": MERCHANT_CODE, "quantity": quantity},)
    return ({**mine, "quantity": quantity},)


def _our_price(entry: Entry) -> Decimal | None:
    try:
        return parse_amount(entry["our_price"][0]["schedule"][0]["value_with_tax"])
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _is_for_everybody(entry: Entry, currency: str) -> bool:
    return bool(entry.get("audience", _EVERYBODY) == _EVERYBODY and entry.get("currency", currency) == currency)
