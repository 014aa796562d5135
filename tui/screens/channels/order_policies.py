"""How a channel deals with the orders that a store cannot take as they come, as fields of its form."""

from __future__ import annotations

from core.exchange import parse_rates
from tui.forms.fields import Field
from tui.widgets.choice import Choice

_FACILITATOR_TAX = (
    Choice("included", "included", "the store order has what the buyer paid"),
    Choice("left_out", "left out", "the store order has what you get"),
)
_FBA_RECIPIENT = (
    Choice("placeholder", "Amazon customer", "the order goes to a stand-in"),
    Choice("hold", "held", "the order waits"),
)
_OUT_OF_STOCK = (
    Choice("hold", "held", "the order waits for the goods"),
    Choice("flag", "backordered, and told", "the store has it as backordered; it is a problem"),
    Choice("allow", "backordered", "the store has it as backordered"),
)
_UNKNOWN_SKU = (
    Choice("hold", "held", "the order waits until the SKU is linked"),
    Choice("placeholder", "a placeholder", "the product below stands for it"),
)


def order_policies() -> list[Field]:
    """What becomes of orders that the store cannot take as they are, and of what it has no words for."""

    policies = (
        ("out_of_stock", "Too little stock", _OUT_OF_STOCK, "Orders for more than the store has."),
        ("unknown_sku", "Unknown SKU", _UNKNOWN_SKU, "Orders with a SKU that no product of the store carries."),
        ("fba_recipient", "FBA without a name", _FBA_RECIPIENT, "Amazon withholds many names of what it ships."),
        ("facilitator_tax", "Tax that Amazon pays", _FACILITATOR_TAX, "Where Amazon pays the authorities itself."),
    )
    fields = [
        Field(f"settings.{name}", label, "choice", choices=choices, required=True, help=help)
        for name, label, choices, help in policies
    ]
    placeholder = Field(
        "settings.placeholder_product",
        "Placeholder product",
        "number",
        least=1,
        most=2**31 - 1,
        blank="none",
        help="Number of a product of the store whose stock is not tracked.",
    )
    return [
        *fields[:2],
        placeholder,
        *fields[2:],
        *_rates(),
        _profile_field("purchase_order", "PO number in field", "The order number of businesses."),
        _profile_field("vat_number", "VAT number in field", "The VAT number of businesses."),
    ]


def _rates() -> list[Field]:
    rate = "In the store's currency: 1.08, or USD 0.92 from 2026-01-31, JPY 0.006"
    return [
        Field("settings.exchange_rate", "Exchange rate", check=_check_rates, blank="same currency", help=rate),
        Field(
            "settings.exchange_rate_days",
            "Rates serve for",
            "number",
            least=1,
            most=3_660,
            blank="until the next one",
            help="Days from the day of a rate on; later orders wait for a newer one.",
        ),
    ]


def _profile_field(name: str, label: str, help: str) -> Field:
    return Field(
        f"settings.order_fields.{name}",
        label,
        "number",
        least=1,
        most=2**31 - 1,
        blank="staff notes only",
        help=f"{help} Number of a profile field.",
    )


def _check_rates(text: str) -> str:
    parse_rates(text)
    return text
