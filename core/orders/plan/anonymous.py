"""What of a store order tells who the buyer is, and what stands there once that is over.

City, postal code and country stay: invoices need them, and they name nobody. So does the e-mail address, which is the
mark of the program and receives no mail.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from core.orders.plan.staff_notes import OF_BUYER
from core.orders.plan.store_order import StoreLine

WITHOUT_BUYER: Mapping[str, Any] = {"address": {}, "details": "", "fields": {}}
"""Laid over a planned order whose store order is there: nothing of it is needed to make that exact."""

_NEUTRAL = {
    "firstname": "Anonymised",
    "lastname": "buyer",
    "company": "",
    "phone": "",
    "s_firstname": "Anonymised",
    "s_lastname": "buyer",
    "s_address": "anonymised",
    "s_address_2": "",
    "s_phone": "",
    "b_firstname": "Anonymised",
    "b_lastname": "buyer",
    "b_address": "anonymised",
    "b_address_2": "",
    "b_phone": "",
}
_SALT = 16
"""Characters; without one, whoever has the database could try addresses."""


def neutral_fields(details: str) -> dict[str, str]:
    """What replaces the buyer's data, with the staff notes `details` less what they say of the buyer."""
    lines = (line for line in details.splitlines() if not line.startswith(OF_BUYER))
    return {**_NEUTRAL, "details": "\n".join(lines)}


def is_neutral(buyer: Mapping[str, str]) -> bool:
    """Whether a store order tells nothing of its buyer any more."""
    return all(buyer.get(name, "") == value for name, value in _NEUTRAL.items())


def left_as(buyer: Mapping[str, str], lines: Sequence[StoreLine], total: Decimal, shipping: Decimal | None) -> str:
    """A digest of what the program has written into a store order, which tells nothing but whether it is still so."""
    salt = secrets.token_hex(_SALT // 2)
    return salt + _digest(salt, buyer, lines, total, shipping)


def is_as_left(
    digest: str, buyer: Mapping[str, str], lines: Sequence[StoreLine], total: Decimal, shipping: Decimal | None
) -> bool:
    """Whether a store order is as it was left; staff notes and status, which people change daily, aside."""
    salt = digest[:_SALT]
    return digest == salt + _digest(salt, buyer, lines, total, shipping)


def _digest(
    salt: str, buyer: Mapping[str, str], lines: Sequence[StoreLine], total: Decimal, shipping: Decimal | None
) -> str:
    amounts = sorted((line.product_id, line.amount, _plain(line.price)) for line in lines)
    text = json.dumps([dict(buyer), amounts, _plain(total), _plain(shipping)], sort_keys=True)
    return blake2b(text.encode(), key=salt.encode(), digest_size=16).hexdigest()


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"
