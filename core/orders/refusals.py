"""What a store's refusal of an order is about, told by a fixed vocabulary: nothing that it said is stored."""

from __future__ import annotations

from core.errors import CrossdockError, Rejected
from core.sync.wording import status_of, trouble

_ABOUT = {
    "the payment": ("payment",),
    "the shipping method": ("shipping", "delivery"),
    "stock or quantity": ("stock", "inventory", "quantity", "amount"),
    "a product": ("product", "item"),
    "the company or storefront": ("company", "storefront", "vendor"),
    "the minimum order": ("minimum", "min_order"),
    "the address": ("address", "s_", "b_", "city", "state", "zip", "country", "phone", "name", "email", "e-mail"),
}
"""What an answer may be about → parts of words that tell it, field names of the REST API among them."""


def refusal(error: CrossdockError) -> str:
    """What the store's refusal of a write is about."""
    if not isinstance(error, Rejected):
        return trouble(error).what
    said = error.what.partition(": ")[2].lower()
    about = [words for words, parts in _ABOUT.items() if any(part in said for part in parts)]
    named = f"its answer speaks of {', '.join(about)}" if about else "its answer names no reason known here"
    return f"The store refuses it{status_of(error)}; {named}."
