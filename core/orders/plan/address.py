"""Where a store order goes, in the store's fields."""

from __future__ import annotations

from collections.abc import Mapping

from core.orders.document import Address, Order

# Countries whose addresses need no postal code (Universal Postal Union).
# fmt: off
_WITHOUT_POSTAL_CODE = frozenset((
    "AE", "AG", "AO", "AW", "BF", "BI", "BJ", "BO", "BS", "BW", "BZ", "CD", "CF", "CG", "CI", "CK", "CM",
    "DJ", "DM", "ER", "FJ", "GA", "GD", "GH", "GM", "GQ", "GY", "HK", "IE", "JM", "KI", "KM", "KN", "KP",
    "LC", "ML", "MO", "MR", "MU", "MW", "NR", "NU", "PA", "QA", "RW", "SB", "SC", "SL", "SR", "ST", "SY",
    "TD", "TF", "TG", "TK", "TO", "TT", "TV", "UG", "VU", "YE", "ZW",
))
# fmt: on
_FBA_RECIPIENT = ("Amazon", "customer")


def missing_fields(address: Address) -> list[str]:
    """What a parcel cannot do without and Amazon did not send."""
    wanted = {
        "name": address.name,
        "street": address.street,
        "city": address.city,
        "country": address.country,
        "postal code": address.postal_code or address.country in _WITHOUT_POSTAL_CODE,
    }
    return [name for name, value in wanted.items() if not value]


def store_fields(order: Order, country: str) -> dict[str, str]:
    """The address under the store's names, for billing and shipping alike: Amazon tells no billing address.

    Orders that Amazon ships may come without any; they get a stand-in recipient in the marketplace's `country`.
    """
    address = order.address
    name = recipient_name(order)
    first, last = _split(name) if name else _FBA_RECIPIENT
    company = address.company or order.buyer_company
    place = {
        "firstname": first,
        "lastname": last,
        "address": address.street or "Fulfilled by Amazon",
        "address_2": ", ".join(address.more),
        "city": address.city or "-",
        "county": address.county,
        "state": address.state,
        "country": address.country or country,
        "zipcode": address.postal_code,
        "phone": address.phone,
    }
    fields = {f"{prefix}_{name}": value for prefix in ("s", "b") for name, value in place.items()}
    return {**fields, "firstname": first, "lastname": last, "phone": address.phone, "company": company}


def recipient_name(order: Order) -> str:
    """Whom it goes to, as far as Amazon tells."""
    return order.address.name or order.buyer_name


def profile_fields(order: Order, numbers: Mapping[str, int]) -> dict[str, str]:
    """What orders of businesses have beside an address, under the numbers of the store's own profile fields."""
    told = {"purchase_order": order.purchase_order, "vat_number": order.buyer_tax_number}
    return {str(number): told[name] for name, number in numbers.items() if told[name]}


def _split(name: str) -> tuple[str, str]:
    """First and last name: the last word is the last name."""
    first, _, last = name.strip().rpartition(" ")
    return (first.strip(), last) if first else (last, "")
