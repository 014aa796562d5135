"""What Amazon checks besides the schema: prices that fit together, and titles that are not told twice."""

from __future__ import annotations

from sandbox.amazon.issues import Issue, issue
from sandbox.amazon.patching import Attributes
from sandbox.amazon.written import OFFER, amount, first

_LONGEST_SPLIT_TITLE = 75


def price_problems(told: Attributes) -> list[Issue]:
    """Issues of one marketplace's attributes."""
    issues = []
    for offer in told.get(OFFER, ()):
        price, least, most = (
            amount(offer, name)
            for name in ("our_price", "minimum_seller_allowed_price", "maximum_seller_allowed_price")
        )
        if price is not None and least is not None and least > price:
            issues.append(issue("18155", "The minimum price is above the price.", OFFER, category="INVALID_PRICE"))
        if price is not None and most is not None and most < price:
            issues.append(issue("18155", "The maximum price is below the price.", OFFER, category="INVALID_PRICE"))
    title = str(first(told, "item_name") or "")
    if told.get("title_differentiation") and len(title) > _LONGEST_SPLIT_TITLE:
        message = f"A title beside 'title_differentiation' has at most {_LONGEST_SPLIT_TITLE} characters."
        issues.append(issue("100476", message, "item_name", "title_differentiation"))
    return issues
