"""What is said of a store's refusals and troubles holds no word of the store's, whatever the error says."""

from __future__ import annotations

import pytest

from core.errors import (
    AuthorizationError,
    ConfigurationError,
    CrossdockError,
    OutcomeUnknown,
    Rejected,
    RemoteBusy,
    Unreachable,
)
from core.orders.refusals import refusal
from core.sync import wording

PLANTED = "orders/105 (400): ERIKA MUSTERMANN, titled 'order 113-1234567-7654321'"


@pytest.mark.parametrize("kind", [Unreachable, OutcomeUnknown, RemoteBusy, Rejected, ConfigurationError])
def test_a_trouble_of_the_store_names_nobodys_order_and_keeps_what_callers_look_at(kind: type[CrossdockError]) -> None:
    error = kind(PLANTED, subject="store main")
    told = wording.trouble(error)
    assert type(told) is kind and told.exit_code == error.exit_code and told.next_step == error.next_step
    assert str(told).startswith("store main: ")
    assert not any(word in str(told) for word in ("105", "ERIKA", "113-"))
    assert error.what == PLANTED, "the error itself is left as it was"


def test_refused_credentials_are_told_as_they_are() -> None:
    error = AuthorizationError("It refuses the e-mail address or the API key.", subject="store main")
    assert wording.trouble(error) is error


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("The field payment_id is required", "the payment"),
        ("ERIKA: not enough in STOCK", "stock or quantity"),
        ("Product 12 is not available for delivery", "the shipping method, a product"),
        ("Please select a storefront first", "the company or storefront"),
        ("The order is below the minimum", "the minimum order"),
        ("phone of Mustermann", "the address"),
    ],
)
def test_a_refusal_is_told_by_what_it_is_about(said: str, about: str) -> None:
    told = refusal(Rejected(f"It refuses orders (400): {said}", status=400))
    assert told == f"The store refuses it (400); its answer speaks of {about}."


@pytest.mark.parametrize("said", ["Bad Request", "", "ERIKA MUSTERMANN"])
def test_a_refusal_without_a_reason_says_so(said: str) -> None:
    told = refusal(Rejected(f"It refuses orders (400): {said}", status=400))
    assert told == "The store refuses it (400); its answer names no reason known here."
