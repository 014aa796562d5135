"""Which kinds of orders a world holds, and how many of each."""

from __future__ import annotations

import random

CASES = {
    "merchant_unshipped": 300,
    "merchant_partly": 55,
    "merchant_shipped": 180,
    "amazon_shipped": 225,
    "amazon_unshipped": 50,
    "pending": 36,
    "pending_availability": 6,
    "currency": 8,
    "sku_unknown": 16,
    "zero_price": 20,
    "address": 18,
    "mismatch": 8,
    "cancelled": 46,
    "unfulfillable": 8,
    "too_old": 24,
}
"""Kind of order -> share in thousandths."""

_SHIPMENTS = (("UNSHIPPED", "MERCHANT"), ("SHIPPED", "MERCHANT"), ("SHIPPED", "AMAZON"))

FULFILMENT = {
    "merchant_unshipped": (("UNSHIPPED", "MERCHANT"),),
    "merchant_partly": (("PARTIALLY_SHIPPED", "MERCHANT"),),
    "merchant_shipped": (("SHIPPED", "MERCHANT"),),
    "amazon_shipped": (("SHIPPED", "AMAZON"),),
    "amazon_unshipped": (("UNSHIPPED", "AMAZON"),),
    "pending": (("PENDING", "MERCHANT"), ("PENDING", "AMAZON")),
    "pending_availability": (("PENDING_AVAILABILITY", "MERCHANT"),),
    "currency": _SHIPMENTS,
    "sku_unknown": _SHIPMENTS,
    "zero_price": _SHIPMENTS,
    # Only orders the merchant ships need an address.
    "address": (("UNSHIPPED", "MERCHANT"), ("UNSHIPPED", "MERCHANT"), ("PARTIALLY_SHIPPED", "MERCHANT")),
    "mismatch": _SHIPMENTS,
    "cancelled": (("CANCELLED", "MERCHANT"), ("CANCELLED", "AMAZON")),
    "unfulfillable": (("UNFULFILLABLE", "AMAZON"),),
    "too_old": (("SHIPPED", "MERCHANT"), ("SHIPPED", "AMAZON"), ("UNSHIPPED", "MERCHANT")),
}
"""Kind of order -> the pairs of status and fulfilment it may have."""

FOREIGN_CASES = ("merchant_unshipped", "merchant_shipped", "amazon_shipped", "pending", "cancelled")


def deal(dice: random.Random, count: int) -> list[str]:
    """`count` kinds in random order: at least one of each when there is room, else by share."""
    shares = {case: count * share / 1000 for case, share in CASES.items()}
    least = 1 if count >= 3 * len(CASES) else 0
    numbers = {case: max(int(share), least) for case, share in shares.items()}
    for case in sorted(shares, key=lambda one: int(shares[one]) - shares[one]):
        if sum(numbers.values()) >= count:
            break
        numbers[case] += 1
    numbers["merchant_unshipped"] += count - sum(numbers.values())
    dealt = [case for case, number in numbers.items() for _ in range(number)]
    dice.shuffle(dealt)
    return dealt
