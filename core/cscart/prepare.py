"""What imports need in a store: an offline payment, a shipping method, a tax label, a status without stock effect.

Everything is looked up by its name before it is created, so preparing twice creates nothing twice.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.checks import Check
from core.cscart import lookups, shapes
from core.cscart.lookups import Lookup
from core.cscart.transport import StoreClient
from core.errors import ConfigurationError, CrossdockError, OutcomeUnknown, RemoteBusy, Unreachable

PAYMENT = "Amazon"
SHIPPING = "Amazon"
TAX = "Amazon tax"
NO_STOCK = "Amazon: no stock effect"

_DESTINATION_EVERYWHERE = "1"


@dataclass
class Preparation:
    """Ids of what is there, by purpose, and the checklist."""

    ids: dict[str, Any] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)


def prepare(client: StoreClient, *, apply: bool) -> Preparation:
    """Look for what imports need; with `apply`, create what is missing.

    Raises CrossdockError when the store cannot be read; a refused creation is a failed check.
    """
    done = Preparation()
    _need(done, "payment", PAYMENT, lambda: lookups.payments(client), lambda: _make_payment(client), apply)
    _need(done, "shipping", SHIPPING, lambda: lookups.shippings(client), lambda: _make_shipping(client), apply)
    _need(done, "tax", TAX, lambda: lookups.taxes(client), lambda: _make_tax(client), apply)
    _need(done, "no_stock", NO_STOCK, lambda: lookups.statuses(client), lambda: _make_status(client), apply)
    _silent_changes(client, done)
    return done


def _need(
    done: Preparation,
    purpose: str,
    name: str,
    read: Callable[[], list[Lookup]],
    make: Callable[[], None],
    apply: bool,
) -> None:
    found = _usable(purpose, name, read())
    if found is None and apply:
        try:
            make()
        except (OutcomeUnknown, RemoteBusy, Unreachable):
            pass  # whether it was made is seen below; the next run finds it by its name
        except CrossdockError as error:
            done.checks.append(Check(purpose, False, f"{name!r} cannot be created: {error.what}", error.next_step))
            return
        found = _usable(purpose, name, read())
    if found is None:
        fix = "Run: crossdock store prepare --apply" if not apply else f"Create {name!r} in the store by hand."
        done.checks.append(Check(purpose, False, f"{name!r} is not in the store, or not active.", fix))
        return
    done.ids[purpose] = found.key if purpose == "no_stock" else int(found.key)
    done.checks.append(Check(purpose, True, f"{found.name!r} ({found.key})."))


def _usable(purpose: str, name: str, rows: list[Lookup]) -> Lookup | None:
    named = [row for row in rows if row.name.strip().lower() == name.lower()]
    if purpose == "no_stock":
        return next((row for row in named if row.increases_stock), None)
    return next((row for row in named if row.active or purpose == "tax"), None)


def _make_payment(client: StoreClient) -> None:
    client.write(
        "POST",
        "payments",
        {"payment": PAYMENT, "status": "A", "processor_id": 0, "a_surcharge": 0, "p_surcharge": 0, "position": 900},
    )


def _make_shipping(client: StoreClient) -> None:
    # A manual method without rate rows counts as unavailable, so it gets one row of value zero.
    free = {"C": [{"range_from_value": 0, "range_to_value": "", "value": 0, "type": "F", "per_unit": "N"}]}
    rates = {_DESTINATION_EVERYWHERE: {"base_rate": 0, "rate_value": free}}
    client.write(
        "POST",
        "shippings",
        {"shipping": SHIPPING, "status": "A", "rate_calculation": "M", "rates": rates, "position": 900},
    )


def _make_tax(client: StoreClient) -> None:
    client.write("POST", "taxes", {"tax": TAX, "address_type": "S", "price_includes_tax": "Y", "status": "A"})


def _make_status(client: StoreClient) -> None:
    taken = {row.key for row in lookups.statuses(client)}
    code = next((code for code in "SZXWVUQ" + string.ascii_uppercase if code not in taken | set("NT")), None)
    if code is None:
        raise ConfigurationError("All status codes are taken.", next_step="Delete a status in the store.")
    client.write(
        "POST",
        "statuses",
        {"status": code, "type": "O", "description": NO_STOCK, "params": {"inventory": "I", "notify": "N"}},
    )


def _silent_changes(client: StoreClient, done: Preparation) -> None:
    """Settings with which the store changes orders without a word. They are reported, never changed."""
    try:
        settings = lookups.settings(client)
    except CrossdockError:
        done.checks.append(Check("settings", True, "The store does not give out its settings."))
        return
    if not lookups.sells_below_zero(settings):
        done.checks.append(
            Check(
                "negative stock",
                True,
                "Orders for more than is in stock end as backordered, or wait: out_of_stock of the channel says which.",
                "Allow a negative amount in inventory, in the store's general settings, to sell more than there is.",
            )
        )
    minimum = shapes.text(settings.get("min_order_amount"))
    if minimum not in ("", "0", "0.00"):
        done.checks.append(
            Check("minimum order", True, f"Orders below {minimum} are refused by the store.", "Lower it to zero.")
        )
